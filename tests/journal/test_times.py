"""The times of a passage: every step from its marks, and what is missing is absent."""

from dataclasses import replace

import pytest

from egate.domain.decision import Subject
from egate.domain.record import Entry, EntryKind, Fact
from egate.journal.leaf import Recorded
from egate.journal.times import (
    OF_DOCUMENTS,
    OF_PERMITS,
    STEPS_OF,
    PassageTimes,
    Step,
    percentile_95,
    story,
    table,
    times,
)


def _entry(kind: EntryKind, at_s: float, passage: int | None = 1, **facts: Fact) -> Entry:
    return Entry(kind, at_s, 1_795_305_600.0 + at_s, passage, facts=facts)


BEGAN = _entry(
    EntryKind.PASSAGE_BEGAN, 100.1, token="qr", token_began_at_s=100.0, token_ended_at_s=100.3
)
TOKEN = _entry(EntryKind.FINDINGS, 100.4, stage="token", compute_ms=3)
VERIFYING = _entry(EntryKind.STATE, 104.0, state="verifying")
FACE = _entry(EntryKind.FINDINGS, 105.0, stage="traveller", compute_ms=40.0)
OUT = _entry(EntryKind.STATE, 105.1, state="exit_released")
LET_OUT = _entry(EntryKind.RELEASE, 105.1, door="exit", event_to_output_ms=4.0)
EXIT_OPEN = _entry(EntryKind.INPUT, 105.7, None, line="exit_closed", active=False)
ENDED = _entry(EntryKind.PASSAGE_ENDED, 107.9, ending="completed")
READY = _entry(EntryKind.STATE, 108.0, None, state="ready")
MANTRAP = [
    BEGAN,
    TOKEN,
    _entry(EntryKind.STATE, 100.5, state="entry_released"),
    _entry(EntryKind.RELEASE, 100.5, door="entry", event_to_output_ms=6.0),
    _entry(EntryKind.INPUT, 101.1, None, line="entry_closed", active=False),
    _entry(EntryKind.INPUT, 103.0, None, line="entry_closed", active=True),
    VERIFYING,
    FACE,
    OUT,
    LET_OUT,
    EXIT_OPEN,
    ENDED,
    READY,
]
TURNSTILE = [BEGAN, TOKEN, VERIFYING, FACE, OUT, LET_OUT, EXIT_OPEN, ENDED, READY]


PAGE = replace(BEGAN, facts={**BEGAN.facts, "token": "document"})
CHIP: dict[str, Fact] = {
    "chip.card_s": 0.2, "chip.access_s": 0.1, "chip.files_s": 0.05, "chip.proofs_s": 0.15,
    "chip.portrait_s": 0.4, "chip.own_s": 0.02,
}  # fmt: skip
WITH_CHIP = [
    PAGE,
    replace(TOKEN, at_s=101.22, facts={**TOKEN.facts, **CHIP}),
    _entry(EntryKind.STATE, 101.25, state="entry_released"),
    *[replace(each, at_s=each.at_s + 1.0) for each in MANTRAP[3:]],
]


def _measured(entries: list[Entry]) -> PassageTimes:
    measured = times(1, entries)
    assert measured is not None
    return measured


def _numbered(entries: list[Entry]) -> list[Recorded]:
    return [Recorded(seq, entry) for seq, entry in enumerate(entries, start=1)]


def test_a_mantrap_passage_is_told_in_eight_steps() -> None:
    assert _measured(MANTRAP).steps == pytest.approx(
        {
            Step.QR_READ: 0.4,
            Step.PERMIT_CHECKED: 0.1,
            Step.ENTRY_OPENS: 0.6,
            Step.WALK_IN: 2.9,
            Step.FACE: 1.0,
            Step.DECIDE: 0.1,
            Step.EXIT_OPENS: 0.6,
            Step.WALK_OUT: 2.3,
        }
    )


def test_the_total_runs_from_the_token_s_first_byte_to_ready() -> None:
    assert _measured(MANTRAP).total_s == pytest.approx(8.0)


def test_our_own_share_leaves_out_devices_and_legs() -> None:
    read_s, checked_s, face_s, decide_s, outputs_s = 0.1, 0.1, 0.04, 0.1, 0.01
    own_s = read_s + checked_s + face_s + decide_s + outputs_s
    assert _measured(MANTRAP).software_s == pytest.approx(own_s)


def test_what_ran_while_the_camera_was_at_work_is_computing_and_not_waited_for() -> None:
    looked = replace(FACE, facts={**FACE.facts, "waited_ms": 15.0})
    measured = _measured([looked if each is FACE else each for each in MANTRAP])
    whole_s = _measured(MANTRAP).software_s
    assert measured.computing_s == whole_s is not None
    assert measured.software_s == pytest.approx((whole_s or 0.0) - 0.025)


def test_a_passage_with_a_document_tells_the_chips_steps_apart() -> None:
    measured = _measured(WITH_CHIP)
    assert measured.token is Subject.DOCUMENT
    assert [*measured.steps][:6] == [*OF_DOCUMENTS]
    assert [measured.steps[step] for step in OF_DOCUMENTS] == pytest.approx(
        [0.3 + 0.2, 0.1, 0.05, 0.15, 0.4, 1.25 - 0.3 - 0.9]
    )
    assert not set(OF_PERMITS) & set(measured.steps)
    assert measured.total_s == pytest.approx(9.0)


def test_our_own_share_of_a_chip_is_what_the_host_told_of_itself() -> None:
    own_s = 0.02 + (1.25 - 0.3 - 0.9) + 0.04 + 0.1 + 0.01
    assert _measured(WITH_CHIP).software_s == pytest.approx(own_s)


def test_a_chip_that_was_never_reached_has_no_steps() -> None:
    lost = _entry(EntryKind.FINDINGS, 101.22, stage="token", compute_ms=3)
    assert _measured([PAGE, lost, ENDED, READY]).steps == {}


def test_passages_with_documents_have_a_table_of_their_own() -> None:
    both = [_measured(MANTRAP), _measured(WITH_CHIP)]
    permits, documents = table(both), table(both, Subject.DOCUMENT)
    assert [row.name for row in documents][:6] == [*OF_DOCUMENTS]
    assert {row.count for row in (*permits, *documents)} == {1}
    assert documents[-3].budget_s == (11.3, 18.5)


def test_a_turnstile_has_no_entry_door() -> None:
    steps = _measured(TURNSTILE).steps
    assert Step.ENTRY_OPENS not in steps
    assert Step.WALK_IN not in steps
    assert steps[Step.PERMIT_CHECKED] == pytest.approx(3.6)
    assert steps[Step.FACE] == pytest.approx(1.0)


def test_a_second_look_at_the_face_belongs_to_its_step() -> None:
    first = replace(FACE, at_s=104.5)
    for lane in (MANTRAP, TURNSTILE):
        at = lane.index(FACE)
        again = [*lane[:at], first, VERIFYING, *lane[at:]]
        assert _measured(again).steps == _measured(lane).steps


def test_an_officer_s_time_is_not_a_decision_of_ours() -> None:
    at = MANTRAP.index(OUT)
    referred = _entry(EntryKind.STATE, 105.05, state="referred")
    measured = _measured([*MANTRAP[:at], referred, *MANTRAP[at:]])
    assert Step.DECIDE not in measured.steps
    assert measured.had_officer
    assert not measured.is_unaided


def test_a_refused_traveller_has_a_total_and_no_doors() -> None:
    refused = [BEGAN, TOKEN, replace(ENDED, facts={"ending": "token_refused"}), READY]
    measured = _measured(refused)
    assert list(measured.steps) == [Step.QR_READ]
    assert measured.total_s == pytest.approx(8.0)
    assert measured.ending == "token_refused"
    assert not measured.is_unaided


def test_an_interrupted_passage_has_no_total() -> None:
    measured = _measured(MANTRAP[:6])
    assert (measured.total_s, measured.software_s, measured.ending) == (None, None, None)


def test_a_door_contact_that_was_never_recorded_takes_both_its_steps_away() -> None:
    steps = _measured([each for each in MANTRAP if each is not EXIT_OPEN]).steps
    assert Step.EXIT_OPENS not in steps
    assert Step.WALK_OUT not in steps


def test_entries_without_a_begin_are_no_passage() -> None:
    assert times(1, MANTRAP[1:]) is None
    assert times(2, MANTRAP) is None


def test_a_story_ends_when_the_lane_is_ready_and_leaves_out_the_next_passage() -> None:
    nearby = [replace(BEGAN, passage=2, at_s=107.0)]
    later = [_entry(EntryKind.INPUT, 200.0, None, line="exit_closed", active=False)]
    told = story(1, _numbered([*MANTRAP[:-2], *nearby, *MANTRAP[-2:], *later]))
    assert [each.entry for each in told] == MANTRAP


def test_a_story_may_have_the_lane_ready_before_the_passage_is_ended() -> None:
    entries = [*MANTRAP[:-2], READY, ENDED]
    later = [_entry(EntryKind.STATE, 200.0, None, state="ready")]
    assert [each.entry for each in story(1, _numbered([*entries, *later]))] == entries


@pytest.mark.parametrize(
    "cut",
    [
        _entry(EntryKind.GATE_STARTED, 1.0, None),
        replace(BEGAN, passage=2),
        _entry(EntryKind.STATE, 300.0, None, state="closed"),
    ],
)
def test_a_story_does_not_run_on_when_the_lane_never_is_ready(cut: Entry) -> None:
    entries = [*MANTRAP[:-1], cut, replace(READY, at_s=400.0)]
    assert times(1, [each.entry for each in story(1, _numbered(entries))]) == times(1, MANTRAP[:-1])


def test_the_table_sets_the_budget_beside_the_measure() -> None:
    slower = [*MANTRAP[:-1], replace(READY, at_s=110.0)]
    rows = {row.name: row for row in table([_measured(MANTRAP), _measured(slower)])}
    assert [*rows] == [*STEPS_OF[Subject.PERMIT], "total", "software", "computing"]
    total = rows["total"]
    assert (total.budget_s, total.median_s, total.p95_s, total.count) == ((8.0, 13.0), 9, 10, 2)
    assert rows["qr_read"].budget_s == (0.5, 1.0)


def test_the_budget_of_the_steps_adds_up_to_that_of_the_whole() -> None:
    rows = table([])
    budgets = [row.budget_s for row in rows if row.budget_s is not None]
    for which in (0, 1):
        assert sum(each[which] for each in budgets[:8]) == pytest.approx(budgets[8][which])
    assert rows[8].median_s is None


def test_only_passages_that_needed_nobody_are_counted() -> None:
    refused = _measured([BEGAN, TOKEN, ENDED, READY])
    assert table([refused])[0].count == 0


def test_the_95th_percentile_is_a_value_that_was_measured() -> None:
    assert percentile_95([float(number) for number in range(1, 101)]) == 95.0
