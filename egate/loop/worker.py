"""One thread that owns a blocking thing; the loop hands it calls and hears how they ended.

Calls run one after another, in order; the queue is bounded. The worker never decides that a call
took too long: the loop asks `late_s` in its health round.

Source: research/hardware.md section 6 (one thread owns the blocking library).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Full, Queue
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """How a call ended: a value, or the error it raised."""

    value: T | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[], None]
    due_at_s: float


class Worker:
    """The thread and its queue. `submit` is called from the loop only."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, capacity: int = 256) -> None:
        self._loop = loop
        self._jobs: Queue[_Job | None] = Queue(capacity)
        self._current: _Job | None = None
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(
        self, call: Callable[[], T], then: Callable[[Ended[T]], None], within_s: float
    ) -> bool:
        """Queue a call; `then` runs in the loop when it ended. False when the queue is full."""

        def run() -> None:
            try:
                ended: Ended[T] = Ended(value=call())
            except Exception as error:  # noqa: BLE001  # told to the loop, which knows what it means
                ended = Ended(error=error)
            self._tell(then, ended)

        try:
            self._jobs.put_nowait(_Job(run, self._loop.time() + within_s))
        except Full:
            return False
        return True

    def late_s(self) -> float:
        """Return by how many seconds the running call is late, 0.0 if it is not."""
        job = self._current
        return max(0.0, self._loop.time() - job.due_at_s) if job else 0.0

    def close(self, within_s: float = 1.0) -> None:
        """Let the queued calls end, then the thread; gives up waiting after `within_s`."""
        try:
            self._jobs.put_nowait(None)
        except Full:
            self._empty()
            self._jobs.put_nowait(None)
        self._thread.join(within_s)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._current = job
            job.run()
            self._current = None

    def _tell(self, then: Callable[[Ended[T]], None], ended: Ended[T]) -> None:
        try:
            self._loop.call_soon_threadsafe(then, ended)
        except RuntimeError:
            return  # the loop has ended; nobody is left to hear

    def _empty(self) -> None:
        try:
            while True:
                self._jobs.get_nowait()
        except Empty:
            return
