"""A lane with documents: the page begins a passage, the chip decides, its portrait is seen."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.domain.token import TravelDocument
from egate.loop.messages import DeviceIs, Forget
from tests.loop.documents import (
    DOCUMENT,
    LANES_OWN,
    PASSED,
    PORTRAIT,
    answers,
    reasons,
    shown,
    shows_a_document,
)
from tests.loop.gate import Gate
from tests.loop.parts import document_host, token, until


def test_a_traveller_with_a_document_walks_through_and_the_chip_is_in_the_record(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        assert gate.state() is LaneState.READING
        answers(gate)
        await gate.is_let_in()
        ask = gate.asked()[0]
        assert (ask.reference, ask.registration, ask.nonce) == (PORTRAIT, "", b"")
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        await until(lambda: gate.document.got(Forget) == [Forget(passage=41)])

    gate = run_gate(case, takes_documents=True)
    assert gate.journal.facts(EntryKind.PASSAGE_BEGAN)[0]["token"] == "document"
    found = gate.journal.facts(EntryKind.FINDINGS)[0]
    assert (found["chip.portrait_s"], found["chip_is_genuine"]) == (0.3, "passed as said")
    assert gate.journal.facts(EntryKind.PASSAGE_ENDED) == [{"ending": "completed"}]
    used = [entry.clearance for entry in gate.journal.entries if entry.clearance]
    assert [one.token for one in used] == [DOCUMENT.identity]
    assert all("L898902C3" not in str(entry.facts) for entry in gate.journal.entries)
    sealed = [entry.personal for entry in gate.journal.entries if "document" in entry.personal]
    assert sealed == [{"document": "L898902C3"}]


def test_a_document_handed_back_over_the_barrier_opens_no_door(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate)
        await gate.is_let_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        gate.board.driven.clear()
        await shows_a_document(gate)
        answers(gate)
        await gate.stands(LaneState.TURNED_AWAY)
        assert Output.ENTRY_RELEASE not in {output for output, _ in gate.board.driven}

    assert reasons(run_gate(case, takes_documents=True)) == "document_was_not_just_used: just_used"


@pytest.mark.parametrize("check", [one.check for one in PASSED], ids=str)
def test_each_check_that_did_not_pass_opens_no_door(
    run_gate: Callable[..., Gate], check: Check
) -> None:
    others = tuple(one for one in PASSED if one.check is not check)

    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate, findings=(*others, Finding(check, Outcome.INCONCLUSIVE, "odd")))
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert reasons(gate) == f"{check}: odd"


def test_findings_without_a_document_open_no_door(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate, document=None)
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert "document_is_in_force: missing" in reasons(gate)


@pytest.mark.parametrize("changes", [{"passage": 40}, {"request": 99}])
def test_a_foreign_answer_about_a_chip_is_dropped_with_a_note(
    run_gate: Callable[..., Gate], changes: dict[str, object]
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate, **changes)
        await until(lambda: any("late or foreign" in note for note in gate.notes()))
        assert gate.state() is LaneState.READING

    run_gate(case, takes_documents=True)


def test_a_chip_that_is_not_answered_for_in_time_opens_no_door(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        await gate.stands(LaneState.TURNED_AWAY)
        answers(gate)
        await until(lambda: any("late or foreign" in note for note in gate.notes()))

    gate = run_gate(case, takes_documents=True, limits=TimeLimits(reading_s=0.6))
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert "chip_was_read_whole: late" in reasons(gate)


def test_a_document_host_that_dies_while_it_reads_turns_the_traveller_away_at_once(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        gate.document.close()
        await gate.stands(LaneState.TURNED_AWAY)
        gate.document = await document_host(gate.socket)
        await gate.stands(LaneState.READY)

    gate = run_gate(case, takes_documents=True)
    assert "chip_was_read_whole: reader_lost" in reasons(gate)


def test_a_lane_goes_on_with_permits_when_its_document_reader_is_lost(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        gate.document.say(DeviceIs(device="card_reader", present=False, what="unplugged"))
        await until(
            lambda: (
                {"device": "card_reader", "present": False, "what": "unplugged"}
                in gate.journal.facts(EntryKind.DEVICE)
            )
        )
        assert gate.state() is LaneState.READY
        gate.scanner.say(token())
        await until(lambda: Output.ENTRY_RELEASE in gate.board.active())

    run_gate(case, takes_documents=True)


def test_a_page_that_is_shown_while_a_passage_runs_is_dropped_with_a_note(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.document.say(shown())
        await until(lambda: any("dropped" in note for note in gate.notes()))
        assert gate.asked_for_chips() == []

    run_gate(case, takes_documents=True)


@pytest.mark.parametrize("document", [None, DOCUMENT], ids=["without a document", "with one"])
def test_the_document_host_cannot_answer_what_is_the_lanes_to_answer(
    run_gate: Callable[..., Gate], document: TravelDocument | None
) -> None:
    said = tuple(Finding(check, Outcome.PASSED, "as said", {"measure": 1}) for check in LANES_OWN)

    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        expired = None if document is None else replace(document, last_day=1)
        answers(gate, findings=(*PASSED, *said), document=expired)
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    found = gate.journal.facts(EntryKind.FINDINGS)[0]
    assert all("as said" not in str(found.get(check.value)) for check in LANES_OWN)


def test_a_number_that_no_measure_has_costs_the_host_its_line_and_not_the_lane(
    run_gate: Callable[..., Gate],
) -> None:
    huge = Finding(Check.CHIP_IS_GENUINE, Outcome.PASSED, "as said", {"measure": 10**400})

    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate, findings=(*PASSED, huge))
        await gate.stands(LaneState.TURNED_AWAY)
        gate.document = await document_host(gate.socket)
        await gate.stands(LaneState.READY)

    assert "reader_lost" in reasons(run_gate(case, takes_documents=True))
