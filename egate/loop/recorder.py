"""The journal's thread: the loop hands over entries and never waits for the disk.

Whatever lies in the queue is written in one transaction (group commit). A failed transaction
loses no plain entry: it is kept, up to a bound, and tried again every second; what the bound
drops is counted, and the count written in its place. A decision in it is answered "not durable"
at once and never written later, for nobody acted on it.

Source: DESIGN section 7; research/fleet_ops.md 2.1 (the journal thread never blocks the loop).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
import threading
from typing import Protocol

from egate.domain.record import Clearance, Entry, EntryKind
from egate.loop.clock import Clock
from egate.ports.journal import Journal, JournalFailed

MOST_KEPT = 4096  # entries kept over a failure: some two hundred passages
RETRY_S = 1.0
ON_DISK, NOT_KEPT = True, False
KNOWN, UNKNOWN = True, False


@dataclass(frozen=True, slots=True)
class JournalOpened:
    """What the loop needs of a journal that was just opened."""

    next_passage: int
    latest_utc_s: float
    used_known_from_utc_s: float


class JournalListener(Protocol):
    """Who hears of the journal; called in the loop."""

    def journal_opened(self, opened: JournalOpened) -> None:
        """The journal is open, with this to know."""

    def journal_failed(self, what: str) -> None:
        """The journal cannot write; told once until it can again."""

    def journal_back(self) -> None:
        """The journal writes again; all that was kept is durable."""


@dataclass(frozen=True, slots=True)
class _Append:
    entries: tuple[Entry, ...]
    then: Callable[[bool], None] | None
    at_s: float


@dataclass(frozen=True, slots=True)
class _Lookup:
    token: bytes
    then: Callable[[Clearance | None, bool], None]
    at_s: float


@dataclass(frozen=True, slots=True)
class _Aside:
    write: Callable[[], None]
    failed: Callable[[str], None]


_Work = _Append | _Lookup | _Aside


class Recorder:
    """The thread that owns the Journal. All methods are called from the loop."""

    def __init__(
        self,
        open_journal: Callable[[], Journal],
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        listener: JournalListener,
    ) -> None:
        self._open_journal = open_journal
        self._loop = loop
        self._clock = clock
        self._listener = listener
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._kept: list[Entry] = []
        self._dropped = 0
        self._journal: Journal | None = None
        self._has_failed = False
        self._busy_since_s: float | None = None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)

    def start(self) -> None:
        """Open the journal; the listener hears how it went."""
        self._thread.start()

    def record(self, *entries: Entry) -> None:
        """Write these entries soon."""
        if entries:
            self._queue.put(_Append(entries, None, self._clock.monotonic_s()))

    def make_durable(self, entries: tuple[Entry, ...], then: Callable[[bool], None]) -> None:
        """Write these entries; `then(True)` once they are on disk, `then(False)` if not kept."""
        self._queue.put(_Append(entries, then, self._clock.monotonic_s()))

    def last_clearance(self, token: bytes, then: Callable[[Clearance | None, bool], None]) -> None:
        """Look up the newest clearance; `then(clearance, known)`, known False when it failed."""
        self._queue.put(_Lookup(token, then, self._clock.monotonic_s()))

    def write_aside(self, write: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Have this thread write something else, after every entry that waits by then."""
        self._queue.put(_Aside(write, failed))

    @property
    def has_failed(self) -> bool:
        """Say whether the last attempt to write failed."""
        return self._has_failed

    def late_s(self) -> float:
        """Return for how long the thread has been at one piece of work."""
        since = self._busy_since_s
        return 0.0 if since is None else self._clock.monotonic_s() - since

    def close(self, within_s: float = 2.0) -> None:
        """Write what is queued, close the journal, end the thread."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(within_s)

    def _work(self) -> None:
        self._open()
        batch: list[_Work | None] = []
        while None not in batch:
            batch = self._gather()
            self._busy_since_s = self._clock.monotonic_s()
            if self._journal is None:
                self._open()
            self._carry_out(batch)
            self._busy_since_s = None
        if self._journal is not None:
            with suppress(JournalFailed):  # what could not be signed is signed at the next start
                self._journal.close()

    def _gather(self) -> list[_Work | None]:
        """Wait for work, then take all there is; after a failure wait no longer than a second."""
        batch: list[_Work | None] = []
        with suppress(Empty):
            batch.append(self._queue.get(timeout=RETRY_S if self._has_failed else None))
            while True:
                batch.append(self._queue.get_nowait())
        return batch

    def _open(self) -> None:
        try:
            journal = self._open_journal()
            opened = JournalOpened(
                journal.next_passage(), journal.latest_utc_s(), journal.used_known_from_utc_s()
            )
        except Exception as error:  # noqa: BLE001  # whatever it is, the lane stays locked and says so
            self._failed(_words(error))
            return
        self._journal, self._has_failed = journal, False
        self._tell(self._listener.journal_opened, opened)

    def _carry_out(self, batch: list[_Work | None]) -> None:
        """Do the batch in order, neighbouring appends together; then what is aside."""
        together: list[_Append] = []
        for item in batch:
            if isinstance(item, _Append):
                together.append(item)
            elif isinstance(item, _Lookup):
                self._append(together)
                together = []
                self._look_up(item)
        self._append(together)
        for item in batch:
            if isinstance(item, _Aside):
                self._write_aside(item)

    def _append(self, together: list[_Append]) -> None:
        if not together and not (self._kept and self._has_failed):
            return
        new = (entry for item in together for entry in item.entries)
        entries = [*self._gap(), *self._kept, *new]
        try:
            self._opened().append(entries)
        except Exception as error:  # noqa: BLE001  # a driver of the journal may fail in any way
            self._not_written(together, _words(error))
            return
        self._kept, self._dropped = [], 0
        if self._has_failed:
            self._has_failed = False
            self._tell(self._listener.journal_back)
        for item in together:
            if item.then is not None:
                self._tell(item.then, ON_DISK)

    def _gap(self) -> list[Entry]:
        """Return the entry that says how many others are missing here, if any are."""
        if not self._dropped:
            return []
        what = f"{self._dropped} entries are missing: the journal could not write for too long"
        facts = {"what": what}
        return [Entry(EntryKind.NOTE, self._clock.monotonic_s(), self._clock.utc_s(), facts=facts)]

    def _opened(self) -> Journal:
        if self._journal is None:
            raise JournalFailed("it is not open")
        return self._journal

    def _not_written(self, together: list[_Append], what: str) -> None:
        plain = [entry for item in together if item.then is None for entry in item.entries]
        kept = [*self._kept, *plain]
        self._kept = kept[-MOST_KEPT:]
        self._dropped += len(kept) - len(self._kept)
        self._failed(what)
        for item in together:
            if item.then is not None:
                self._tell(item.then, NOT_KEPT)

    def _look_up(self, lookup: _Lookup) -> None:
        try:
            clearance = self._opened().last_clearance(lookup.token)
        except Exception as error:  # noqa: BLE001  # see _append
            self._failed(_words(error))
            self._tell(lookup.then, None, UNKNOWN)
            return
        self._tell(lookup.then, clearance, KNOWN)

    def _write_aside(self, aside: _Aside) -> None:
        try:
            aside.write()
        except Exception as error:  # noqa: BLE001  # whatever it is, the journal goes on without it
            self._tell(aside.failed, _words(error))

    def _failed(self, what: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._tell(self._listener.journal_failed, what)

    def _tell(self, then: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(then, *values)
        except RuntimeError:
            return  # the loop has ended; nobody is left to hear


def _words(error: Exception) -> str:
    return error.what if isinstance(error, JournalFailed) else type(error).__name__
