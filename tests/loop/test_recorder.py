"""The journal's thread: group commit, failures that lose no plain entry and keep no decision."""

import asyncio
from collections.abc import Callable, Coroutine
import time

import pytest

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance, Entry, EntryKind
from egate.loop.clock import Clock
from egate.loop.recorder import JournalOpened, Recorder
from tests.loop.parts import MemoryJournal, until

CLOCK = Clock(time.monotonic, time.time)
USED = Clearance(b"t" * 16, Direction.ENTRY, 5.0)


def entry(kind: EntryKind = EntryKind.NOTE, clearance: Clearance | None = None) -> Entry:
    return Entry(kind, 1.0, 2.0, clearance=clearance)


class Told:
    """A JournalListener that keeps what it hears."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.durable: list[bool] = []
        self.cleared: list[tuple[Clearance | None, bool]] = []

    def journal_opened(self, opened: JournalOpened) -> None:
        self.said.append(f"opened at {opened.next_passage}")

    def journal_failed(self, what: str) -> None:
        self.said.append(f"failed: {what}")

    def journal_back(self) -> None:
        self.said.append("back")

    def was_cleared(self, clearance: Clearance | None, known: bool) -> None:
        self.cleared.append((clearance, known))


Case = Callable[[MemoryJournal, Told, Recorder], Coroutine[None, None, None]]


def recorded(case: Case) -> MemoryJournal:
    journal, told = MemoryJournal(), Told()

    async def main() -> None:
        recorder = Recorder(journal.open, asyncio.get_running_loop(), CLOCK, told)
        recorder.start()
        await until(lambda: told.said)
        try:
            await case(journal, told, recorder)
        finally:
            journal.on_disk.set()
            recorder.close()

    asyncio.run(main())
    return journal


def test_entries_that_wait_while_the_disk_is_slow_are_one_append() -> None:
    async def case(journal: MemoryJournal, _told: Told, recorder: Recorder) -> None:
        journal.on_disk.clear()
        recorder.record(entry())
        await until(lambda: recorder.late_s() > 0.01)
        for _ in range(5):
            recorder.record(entry(), entry())
        journal.on_disk.set()
        await until(lambda: len(journal.entries) == 11)
        assert journal.appends == 2

    recorded(case)


def test_a_decision_is_durable_only_once_the_append_returned() -> None:
    async def case(journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        journal.on_disk.clear()
        recorder.make_durable((entry(EntryKind.DECISION),), told.durable.append)
        await until(lambda: recorder.late_s() > 0.01)
        assert told.durable == []
        journal.on_disk.set()
        await until(lambda: told.durable == [True])

    recorded(case)


def test_a_failed_append_answers_the_decision_at_once_and_never_writes_it_later() -> None:
    async def case(journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        journal.fails = True
        recorder.record(entry(EntryKind.STATE))
        recorder.make_durable((entry(EntryKind.DECISION, USED),), told.durable.append)
        await until(lambda: told.durable == [False])
        assert told.said[-1] == "failed: disk full"
        journal.fails = False
        recorder.record(entry(EntryKind.DEVICE))
        await until(lambda: told.said[-1] == "back")
        assert journal.kinds() == [EntryKind.STATE, EntryKind.DEVICE]

    recorded(case)


def test_what_was_kept_over_a_failure_is_tried_again_though_nothing_new_comes() -> None:
    async def case(journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        journal.fails = True
        recorder.record(entry())
        await until(lambda: told.said[-1] == "failed: disk full")
        journal.fails = False
        await until(lambda: told.said[-1] == "back")
        assert journal.kinds() == [EntryKind.NOTE]

    recorded(case)


def test_what_could_not_be_kept_is_counted_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egate.loop.recorder.MOST_KEPT", 3)

    async def case(journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        journal.fails = True
        recorder.record(*(entry(EntryKind.INPUT) for _ in range(5)))
        await until(lambda: told.said[-1] == "failed: disk full")
        journal.fails = False
        await until(lambda: told.said[-1] == "back")
        assert journal.kinds() == [EntryKind.NOTE, *[EntryKind.INPUT] * 3]
        assert str(journal.facts(EntryKind.NOTE)[0]["what"]).startswith("2 entries are missing")

    recorded(case)


def test_a_lookup_sees_what_was_written_before_it() -> None:
    async def case(_journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        recorder.record(entry(EntryKind.DECISION, USED))
        recorder.last_clearance(USED.token, told.was_cleared)
        recorder.last_clearance(b"another", told.was_cleared)
        await until(lambda: told.cleared == [(USED, True), (None, True)])

    recorded(case)


def test_closing_writes_what_is_queued_and_closes_the_journal() -> None:
    async def case(_journal: MemoryJournal, _told: Told, recorder: Recorder) -> None:
        recorder.record(entry())

    journal = recorded(case)
    assert journal.kinds() == [EntryKind.NOTE]
    assert journal.is_closed


def test_a_journal_that_does_not_open_is_told_and_tried_again() -> None:
    journal, told = MemoryJournal(), Told()
    attempts: list[int] = []

    def open_journal() -> MemoryJournal:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("no disk")
        return journal

    async def main() -> None:
        recorder = Recorder(open_journal, asyncio.get_running_loop(), CLOCK, told)
        recorder.start()
        await until(lambda: told.said == ["failed: OSError"])
        recorder.record(entry())
        await until(lambda: told.said[-1] == "opened at 41")
        await until(lambda: journal.kinds() == [EntryKind.NOTE])
        recorder.close()

    asyncio.run(main())


def test_what_is_written_aside_comes_after_every_entry_and_may_fail_alone() -> None:
    order: list[object] = []
    failed: list[str] = []

    def refuses() -> None:
        raise OSError(28, "no space")

    async def case(journal: MemoryJournal, told: Told, recorder: Recorder) -> None:
        journal.on_disk.clear()
        recorder.record(entry())
        await until(lambda: journal.is_held_up)
        recorder.write_aside(lambda: order.append(len(journal.entries)), failed.append)
        recorder.write_aside(refuses, failed.append)
        recorder.make_durable((entry(), entry()), told.durable.append)
        journal.on_disk.set()
        await until(lambda: failed)
        recorder.make_durable((entry(),), told.durable.append)
        await until(lambda: told.durable == [True, True])

    journal = recorded(case)
    assert (order, failed, len(journal.entries)) == ([3], ["OSError"], 4)
