"""The lane's time limits by name: asking again replaces, and a stale one is never delivered.

A limit that ran out waits in the loop's queue like any event; until its turn comes the lane may
have cancelled it or asked anew. `Due` carries the generation it was asked with, and `is_current`
tells the two apart.

Source: research/hardware.md 1.5, point 9 (deadline and number, stale numbers ignored).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from egate.domain.effect import Limit


@dataclass(frozen=True, slots=True)
class Due:
    """A limit ran out, as it was asked for the `generation`-th time; it was due at `due_at_s`."""

    limit: Limit
    generation: int
    due_at_s: float = field(default=0.0, compare=False)


class Timers:
    """The running limits; `post` is called with a Due when one runs out."""

    def __init__(self, loop: asyncio.AbstractEventLoop, post: Callable[[Due], None]) -> None:
        self._loop = loop
        self._post = post
        self._generation: dict[Limit, int] = {}
        self._running: dict[Limit, asyncio.TimerHandle] = {}

    def ask(self, limit: Limit, for_s: float) -> None:
        """Start this limit anew."""
        self.cancel(limit)
        due_at_s = self._loop.time() + for_s
        due = Due(limit, self._generation[limit], due_at_s)
        self._running[limit] = self._loop.call_at(due_at_s, self._post, due)

    def cancel(self, limit: Limit) -> None:
        """Forget this limit, also one that already waits in the queue."""
        self._generation[limit] = self._generation.get(limit, 0) + 1
        if handle := self._running.pop(limit, None):
            handle.cancel()

    def is_current(self, due: Due) -> bool:
        """Say whether this is the newest asking of its limit, and never say so twice."""
        if self._generation.get(due.limit) != due.generation:
            return False
        self.cancel(due.limit)
        return True

    def cancel_all(self) -> None:
        """Forget every limit."""
        for limit in tuple(self._running):
            self.cancel(limit)
