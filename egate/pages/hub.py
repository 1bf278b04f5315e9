"""What the pages know of the lanes now, and who waits to hear of a change.

A reader of the hub is told that something changed, never what: it takes the newest when it can.
So a slow browser costs no memory, and nothing is queued. A state that is 2 s old is "closed",
whatever it said: the lane renews it every second (DESIGN section 8).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from egate.domain.lane_state import LaneState
from egate.domain.lane_view import HealthView, LaneView
from egate.ports.lane_link import LaneLink

STALE_AFTER_S = 2.0
LOOKS_EVERY_S = 0.2


@dataclass(slots=True, eq=False)
class Lane:
    """One lane: its link, what it last showed and told, and since when it is in that state."""

    link: LaneLink
    view: LaneView | None = None
    health: HealthView | None = None
    since_s: float = 0.0
    is_silent: bool = False

    @property
    def name(self) -> str:
        """Which gate it is."""
        return self.link.name

    def is_stale(self, now_s: float) -> bool:
        """Say whether nothing may be shown of it but "closed"."""
        return self.view is None or now_s - self.view.at_s > STALE_AFTER_S

    def state(self, now_s: float) -> LaneState:
        """Return the state that may be shown."""
        if self.view is None or self.is_stale(now_s):
            return LaneState.CLOSED
        return self.view.state


@dataclass(slots=True, eq=False)
class Waiter:
    """One reader; `changed` is set whenever anything did."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """All lanes of this process. `on_view(lane, before)` hears each state before readers wake."""

    def __init__(self, links: tuple[LaneLink, ...], clock: Callable[[], float]) -> None:
        self.lanes = {link.name: Lane(link) for link in links}
        self.clock = clock
        self.listeners: list[Callable[[Lane, LaneView | None], None]] = []
        self.silences: list[Callable[[Lane], None]] = []  # who hears of a lane that fell silent
        self._began_s = clock()
        self._waiters: set[Waiter] = set()

    async def run(self) -> None:
        """Watch every lane until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self.lanes.values():
                told = partial(self.told, lane)
                tasks.create_task(lane.link.watch(partial(self.shown, lane), told))
            tasks.create_task(self._look_for_silence())

    def shown(self, lane: Lane, view: LaneView) -> None:
        """Take in what a lane shows."""
        before, lane.view = lane.view, view
        was_silent, lane.is_silent = lane.is_silent, False
        if (
            was_silent
            or before is None
            or (before.state, before.passage) != (view.state, view.passage)
        ):
            lane.since_s = view.at_s
        for listener in self.listeners:
            listener(lane, before)
        self.wake()

    def told(self, lane: Lane, health: HealthView) -> None:
        """Take in how late a lane is and what its parts have done; readers see it at their next."""
        lane.health = health

    def look(self) -> None:
        """Tell of every lane that has just been silent for too long, also from the start on."""
        now_s = self.clock()
        for lane in self.lanes.values():
            heard_at_s = lane.view.at_s if lane.view is not None else self._began_s
            if not lane.is_silent and now_s - heard_at_s > STALE_AFTER_S:
                lane.is_silent = True
                lane.since_s = heard_at_s
                for listener in self.silences:
                    listener(lane)
                self.wake()

    async def _look_for_silence(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            self.look()

    def wake(self) -> None:
        """Tell every reader that something changed."""
        for waiter in self._waiters:
            waiter.changed.set()

    @contextmanager
    def waiter(self) -> Iterator[Waiter]:
        """Read the hub: a waiter that is forgotten at the end."""
        waiter = Waiter()
        waiter.changed.set()
        self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)

    @property
    def readers(self) -> int:
        """How many read it now."""
        return len(self._waiters)
