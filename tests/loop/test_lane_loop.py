"""The lane process with the real lane and inspection: board and journal in memory, real sockets."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import logging
from pathlib import Path
import time

import pytest

from egate.domain.check import Finding, Outcome
from egate.domain.decision import Subject
from egate.domain.lane_event import LaneEvent, Order
from egate.domain.lane_part import Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.domain.signs import STANDINGS
from egate.domain.token import token_digest
from egate.inspection import permit_checks
from egate.lane import Step
from egate.loop.lane_loop import LaneLoop
from egate.loop.messages import (
    Attach,
    DeviceIs,
    Forget,
    GiveOrder,
    StateShown,
)
from egate.selftest.boot import LaneSeen, in_short, stands_against
from tests.loop.gate import POLICY, Gate
from tests.loop.parts import (
    NO_FACE,
    PERMIT,
    Peer,
    token,
    until,
    vision,
)


def test_a_traveller_walks_through_and_the_journal_tells_it_in_order(
    run_gate: Callable[..., Gate], caplog: pytest.LogCaptureFixture
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        assert gate.asked()[0].registration == "R-1"
        gate.looks()
        await gate.walks_out()
        await until(lambda: EntryKind.PASSAGE_ENDED in gate.journal.kinds())
        await gate.stands(LaneState.READY)
        await until(lambda: gate.vision.got(Forget) == [Forget(passage=41)])

    with caplog.at_level(logging.WARNING, "asyncio"):
        gate = run_gate(case)
    assert "took" not in caplog.text  # nothing held up the loop
    told = [
        (entry.kind, entry.facts.get("stage") or entry.facts.get("door"))
        for entry in gate.journal.entries
        if entry.passage == 41
        and entry.kind not in (EntryKind.STATE, EntryKind.INPUT, EntryKind.LOCK)
    ]
    assert told == [
        (EntryKind.PASSAGE_BEGAN, None),
        (EntryKind.FINDINGS, "token"),
        (EntryKind.DECISION, "token"),
        (EntryKind.RELEASE, "entry"),
        (EntryKind.FINDINGS, "traveller"),
        (EntryKind.DECISION, "traveller"),
        (EntryKind.RELEASE, "exit"),
        (EntryKind.PASSAGE_ENDED, None),
    ]
    assert gate.journal.facts(EntryKind.PASSAGE_ENDED) == [{"ending": "completed"}]
    used = [entry for entry in gate.journal.entries if entry.clearance]
    assert [entry.facts["stage"] for entry in used] == ["traveller"]
    assert used[0].clearance is not None
    assert used[0].clearance.token == token_digest(PERMIT.nonce)
    assert all("R-1" not in str(entry.facts) for entry in gate.journal.entries)
    released = gate.journal.facts(EntryKind.RELEASE)
    assert all(0 <= float(str(facts["event_to_output_ms"])) < 500 for facts in released)


def test_a_used_token_is_refused_and_no_door_opens(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        gate.board.driven.clear()
        gate.scanner.say(token())
        await gate.stands(LaneState.TURNED_AWAY)
        assert not {output for output, _ in gate.board.driven} & {
            Output.ENTRY_RELEASE,
            Output.EXIT_RELEASE,
        }

    gate = run_gate(case)
    assert "replayed" in str(gate.journal.facts(EntryKind.DECISION)[-1]["reasons"])


def test_a_permit_that_may_have_been_used_before_the_journal_was_lost_opens_no_door(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token())
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case, known_from_utc_s=2.0)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert "record_was_lost" in str(gate.journal.facts(EntryKind.DECISION)[-1]["reasons"])


def test_a_token_that_could_not_be_read_is_a_passage_that_is_refused(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token(None))
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case)
    assert gate.journal.facts(EntryKind.PASSAGE_BEGAN)[0]["token"] == "unreadable"
    assert "truncated" in str(gate.journal.facts(EntryKind.DECISION)[0]["reasons"])


def test_a_scanner_that_says_all_is_well_with_no_permit_opens_no_door(
    run_gate: Callable[..., Gate],
) -> None:
    said = tuple(
        Finding(check, Outcome.PASSED, "as said", {"measure": 1})
        for check in POLICY.required[Subject.PERMIT]
    )

    async def case(gate: Gate) -> None:
        gate.scanner.say(token(None).model_copy(update={"findings": said}))
        await gate.stands(LaneState.TURNED_AWAY)

    gate = run_gate(case)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    reasons = str(gate.journal.facts(EntryKind.DECISION)[0]["reasons"])
    assert all(f"{check}: missing" in reasons for check in permit_checks.CHECKS)


def test_a_token_read_while_a_passage_runs_is_dropped_with_a_note(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.scanner.say(token())
        await until(lambda: any("dropped" in note for note in gate.notes()))
        assert gate.journal.kinds().count(EntryKind.PASSAGE_BEGAN) == 1
        assert gate.state() is LaneState.VERIFYING

    run_gate(case)


@pytest.mark.parametrize("changes", [{"passage": 40}, {"request": 99}])
def test_a_foreign_answer_is_dropped_with_a_note(
    run_gate: Callable[..., Gate], changes: dict[str, int]
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks(**changes)
        await until(lambda: any("late or foreign" in note for note in gate.notes()))
        assert gate.state() is LaneState.VERIFYING
        gate.looks()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        gate.looks()  # the same answer once more
        await until(lambda: sum("late or foreign" in note for note in gate.notes()) == 2)

    run_gate(case)


def test_an_unanswered_question_is_no_pass_and_its_late_answer_is_dropped(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        await gate.stands(LaneState.REFERRED)
        gate.looks()
        await until(lambda: any("late or foreign" in note for note in gate.notes()))
        assert gate.state() is LaneState.REFERRED
        assert (Output.EXIT_RELEASE, True) not in gate.board.driven

    gate = run_gate(case, limits=TimeLimits(face_try_s=0.1))
    assert "late" in str(gate.journal.facts(EntryKind.FINDINGS)[-1]["face_is_the_holder"])


async def _is_shut_in_without_eyes(gate: Gate) -> None:
    gate.scanner.say(token())
    await until(lambda: Output.ENTRY_RELEASE in gate.board.active())
    await gate.steps_in()
    await gate.stands(LaneState.ENTERING)
    gate.vision.close()
    await until(lambda: "vision" in missing(gate))
    await gate.is_shut_in()
    await gate.stands(LaneState.VERIFYING)


def test_eyes_lost_on_the_way_in_are_asked_when_they_are_back(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await _is_shut_in_without_eyes(gate)
        gate.vision = await vision(gate.socket)
        await until(gate.asked)
        gate.looks()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())

    run_gate(case)


def test_eyes_that_never_come_back_are_no_pass(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await _is_shut_in_without_eyes(gate)
        await gate.stands(LaneState.REFERRED)
        assert (Output.EXIT_RELEASE, True) not in gate.board.driven

    gate = run_gate(case, limits=TimeLimits(face_try_s=0.1))
    found = str(gate.journal.facts(EntryKind.FINDINGS)[-1]["face_is_the_holder"])
    assert "vision_lost" in found


def test_no_face_may_be_tried_again_and_each_try_is_a_question_of_its_own(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks(NO_FACE)
        await until(lambda: len(gate.asked()) == 2)
        first, second = gate.asked()
        assert (first.attempt, second.attempt) == (1, 2)
        assert first.request != second.request
        gate.looks()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())

    run_gate(case)


def test_a_journal_that_cannot_write_lets_nobody_in(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.journal.fails = True
        gate.scanner.say(token())
        await until(lambda: "journal" in missing(gate))
        await gate.stands(LaneState.OUT_OF_SERVICE)
        assert not gate.board.active() & {Output.ENTRY_RELEASE, Output.EXIT_RELEASE}
        gate.journal.fails = False
        await gate.stands(LaneState.READY)

    gate = run_gate(case, limits=TimeLimits(turned_away_s=0.1, left_object_s=0.1))
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert not [entry for entry in gate.journal.entries if entry.clearance]


def test_a_journal_that_hangs_lets_nobody_in(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.journal.on_disk.clear()
        gate.scanner.say(token())
        await until(lambda: "journal" in missing(gate))
        gate.journal.on_disk.set()
        await gate.stands(LaneState.READY)

    gate = run_gate(case, limits=TimeLimits(turned_away_s=0.1, left_object_s=0.1))
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven


def missing(gate: Gate) -> tuple[str, ...]:
    shown = [message for message in gate.page.received if isinstance(message, StateShown)]
    return shown[-1].missing if shown else ()


def test_a_host_that_dies_closes_the_lane_and_its_return_opens_it(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        gate.vision.close()
        await gate.stands(LaneState.OUT_OF_SERVICE)
        assert missing(gate) == ("vision", "camera")
        gate.vision = await vision(gate.socket)
        await gate.stands(LaneState.READY)

    gate = run_gate(case)
    lost = [facts for facts in gate.journal.facts(EntryKind.DEVICE) if facts["present"] is False]
    assert [facts["device"] for facts in lost] == ["vision", "camera"]


def test_a_host_that_comes_back_in_the_middle_of_a_look_is_asked_again(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.vision.close()
        await until(lambda: "vision" in missing(gate))
        gate.vision = await vision(gate.socket)
        await until(gate.asked)
        assert gate.asked()[0].attempt == 2
        gate.looks()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())

    run_gate(case)


def test_what_is_absent_from_the_start_is_named_with_its_reason(tmp_path: Path) -> None:
    gate = Gate(tmp_path, Shape.MANTRAP, TimeLimits(self_test_s=0.1))
    gate.board.gone = True

    async def main() -> None:
        lane = LaneLoop(gate.parts)
        running = asyncio.get_running_loop().create_task(lane.run())
        await until(lambda: "out_of_service" in str(gate.journal.facts(EntryKind.STATE)))
        lane.stop()
        await running

    asyncio.run(main())
    board = {"device": "board", "present": False, "what": "gone"}
    assert gate.journal.facts(EntryKind.DEVICE).count(board) == 1  # though it is tried again
    stands = gate.journal.facts(EntryKind.STATE)[-1]
    assert stands["missing"] == "board, scanner, vision, camera"


def test_at_boot_the_checks_that_keep_it_from_opening_are_shown_and_written(tmp_path: Path) -> None:
    gate = Gate(tmp_path, Shape.MANTRAP, TimeLimits())
    gate.board.change(Input.EXIT_LOCKED, False)
    gate.parts = replace(
        gate.parts,
        self_test=lambda levels, missing: in_short(
            stands_against(LaneSeen(Shape.MANTRAP, levels, missing))
        ),
    )

    def failing() -> tuple[str, ...]:
        shown = [message for message in gate.page.received if isinstance(message, StateShown)]
        return shown[-1].failing if shown else ()

    async def main() -> None:
        lane = LaneLoop(gate.parts)
        running = asyncio.get_running_loop().create_task(lane.run())
        await gate.is_staffed()
        await until(lambda: failing() == ("EG-S140.exit not_locked",))
        assert gate.state() is LaneState.BOOT
        gate.board.change(Input.EXIT_LOCKED, True)
        await gate.stands(LaneState.READY)
        assert failing() == ()
        lane.stop()
        await running

    asyncio.run(main())
    assert "self-test: EG-S140.exit not_locked" in gate.notes()


def test_a_host_that_falls_silent_is_lost_within_a_second(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        began_s = time.monotonic()
        gate.scanner.fall_silent()
        await gate.stands(LaneState.OUT_OF_SERVICE)
        assert time.monotonic() - began_s < 1.2
        assert missing(gate) == ("scanner",)

    run_gate(case)


def test_a_camera_that_is_lost_is_told_apart_from_its_host(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.vision.say(DeviceIs(device="camera", present=False, what="frozen"))
        await gate.stands(LaneState.OUT_OF_SERVICE)
        assert missing(gate) == ("camera",)
        gate.vision.say(DeviceIs(device="camera", present=True))
        await gate.stands(LaneState.READY)

    run_gate(case)


def test_a_lost_board_locks_and_its_return_opens_no_door(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token())
        await until(lambda: Output.ENTRY_RELEASE in gate.board.active())
        gate.board.gone = True
        await until(lambda: "board" in missing(gate))
        gate.board.gone = False
        await until(lambda: "board" not in missing(gate))
        assert Output.ENTRY_RELEASE not in gate.board.active()

    run_gate(case)


def test_an_emergency_frees_every_door(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.board.change(Input.EMERGENCY_CLEAR, False)
        await until(lambda: {Output.ENTRY_RELEASE, Output.EXIT_RELEASE} <= gate.board.active())
        await gate.stands(LaneState.EMERGENCY)

    run_gate(case)


def test_an_officers_order_reaches_the_lane_and_is_recorded_without_a_name(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        console = await Peer().connect(gate.socket)
        console.say(
            Attach(officer="officer-7"),
            GiveOrder(order=Order.CLOSE_LANE, passage=0, reason="end of shift"),
        )
        await gate.stands(LaneState.CLOSED)
        console.close()

    gate = run_gate(case)
    noted = [entry for entry in gate.journal.entries if "ordered" in str(entry.facts.get("what"))]
    assert noted[0].personal == {"officer": "officer-7", "reason": "end of shift"}
    assert "officer-7" not in str(noted[0].facts)


def test_an_officers_override_is_durable_before_the_exit_opens_and_uses_the_token_up(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        await gate.stands(LaneState.REFERRED)
        console = await Peer().connect(gate.socket)
        console.say(
            Attach(officer="officer-7"),
            GiveOrder(order=Order.ADMIT, passage=41, reason="document seen"),
        )
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        console.close()

    gate = run_gate(case, limits=TimeLimits(face_try_s=0.1))
    override = next(entry for entry in gate.journal.entries if entry.kind is EntryKind.OVERRIDE)
    assert override.clearance is not None
    release = gate.journal.kinds().index(EntryKind.RELEASE, gate.journal.entries.index(override))
    assert gate.journal.entries[release].facts["door"] == "exit"


def test_an_admission_that_was_written_too_late_opens_nothing_in_place_of_an_override(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        console = await Peer().connect(gate.socket)
        console.say(Attach(officer="officer-7"))
        gate.journal.one_at_a_time = True
        gate.journal.on_disk.clear()
        gate.looks()
        await gate.stands(LaneState.REFERRED)
        await gate.is_writing(EntryKind.DECISION)
        console.say(GiveOrder(order=Order.ADMIT, passage=41, reason="document seen"))
        await gate.stands(LaneState.DECIDED)
        await gate.is_writing(EntryKind.OVERRIDE)
        assert Output.EXIT_RELEASE not in gate.board.active()
        gate.journal.one_at_a_time = False
        gate.journal.on_disk.set()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        console.close()

    run_gate(case, limits=TimeLimits(decided_s=0.3))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"began_at_s": 0.0, "ended_at_s": 1.0}, "too long ago"),
        ({"ended_at_s": 1e308}, "no time that can be"),
        ({"began_at_s": 1e308}, "no time that can be"),
    ],
)
def test_a_token_from_another_time_is_dropped_and_the_journal_goes_on(
    run_gate: Callable[..., Gate], changes: dict[str, float], why: str
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token().model_copy(update=changes))
        await until(lambda: any(why in note for note in gate.notes()))
        assert gate.state() is LaneState.READY

    run_gate(case)


def test_the_supervisor_is_told_ready_then_alive_and_the_relay_is_fed(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await until(lambda: gate.board.renewals >= 2 and gate.said.count("WATCHDOG=1") >= 2)

    gate = run_gate(case)
    assert gate.said.count("READY=1") == 1
    assert gate.said[-1] == "STOPPING=1"
    assert gate.board.active() == set()
    assert gate.journal.is_closed


def test_a_stuck_loop_feeds_neither_relay_nor_watchdog(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await until(lambda: gate.board.renewals)
        fed, said = gate.board.renewals, len(gate.said)
        stuck_until_s = time.monotonic() + 0.5
        while time.monotonic() < stuck_until_s:  # the loop's thread is busy with something else
            pass
        assert gate.board.renewals - fed <= 1  # one may have been on its way
        assert len(gate.said) == said

    run_gate(case)


class Broken:
    """A lane that cannot answer."""

    def start(self) -> Step:
        return Step(LaneState.BOOT, ())

    def handle(self, event: LaneEvent) -> Step:
        raise ZeroDivisionError(type(event).__name__)


def test_an_error_of_our_own_ends_the_process_with_every_output_at_rest(tmp_path: Path) -> None:
    gate = Gate(tmp_path, Shape.MANTRAP, TimeLimits())

    async def main() -> None:
        await LaneLoop(replace(gate.parts, lane=Broken())).run()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert gate.board.closed == 1
    assert gate.journal.is_closed


def test_a_turnstile_lets_a_traveller_through(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.moves((Input.CHAMBER_EMPTY, False), (Input.CHAMBER_SINGLE, True))
        gate.scanner.say(token())
        await until(gate.asked)
        gate.looks()
        await gate.walks_out()
        await until(lambda: EntryKind.PASSAGE_ENDED in gate.journal.kinds())
        await gate.stands(LaneState.READY)

    gate = run_gate(case, shape=Shape.TURNSTILE)
    assert gate.journal.facts(EntryKind.PASSAGE_ENDED) == [{"ending": "completed"}]


def test_every_state_has_its_lamps() -> None:
    assert set(STANDINGS) == set(LaneState)
