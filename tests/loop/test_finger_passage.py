"""A lane with a fingerprint sensor: the finger is asked for once the face is the holder's."""

from collections.abc import Callable

import pytest

from egate.domain.effect import Prompt
from egate.domain.finger import FingerReason, TemplateFormat
from egate.domain.finger_measures import FingerMeasures
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.loop.messages import DeviceIs, ExpectFinger, FingerExpected, Forget, StateShown
from tests.loop.documents import answers, shows_a_document
from tests.loop.gate import Gate
from tests.loop.parts import NO_FACE, token, until

MATCH = FingerMeasures(FingerReason.OK, TemplateFormat.ZFM, 120, 1, 80.0)
WRONG = FingerMeasures(FingerReason.OK, TemplateFormat.ZFM, 0, 1, 80.0)
NO_FINGER = FingerMeasures(FingerReason.NO_FINGER)
NOT_ENROLLED = FingerMeasures(FingerReason.TEMPLATE_MISSING)


def prompts(gate: Gate) -> list[Prompt]:
    shown = [one.prompt for one in gate.page.received if isinstance(one, StateShown)]
    return [one for one in shown if one is not None]


def last_findings(gate: Gate) -> dict[str, object]:
    return dict(gate.journal.facts(EntryKind.FINDINGS)[-1])


def at_the_sensor(gate: Gate) -> list[dict[str, object]]:
    found = gate.journal.facts(EntryKind.FINDINGS)
    return [dict(facts) for facts in found if "finger_s" in facts]


async def shows_face(gate: Gate) -> None:
    await gate.walks_in()
    gate.looks()


async def is_asked(gate: Gate, times: int = 1) -> None:
    await until(lambda: len(gate.asked_for_fingers()) == times, f"asked {times} times")


def test_a_resident_with_a_finger_passes_with_both_and_the_record_holds_scores_only(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        ask = gate.asked_for_fingers()[0]
        assert (ask.registration, ask.attempt) == ("R-1", 1)
        await until(lambda: Prompt.PLACE_FINGER in prompts(gate))
        assert Output.EXIT_RELEASE not in gate.board.active()
        gate.lays_a_finger(MATCH)
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        await until(lambda: gate.fingerprint.got(Forget) == [Forget(passage=41)])

    gate = run_gate(case, has_fingerprint=True)
    found = last_findings(gate)
    assert found["finger_is_the_holder"] == "passed match"
    assert found["finger_is_the_holder.score"] == 120
    assert found["face_is_the_holder"] == "passed match"
    assert isinstance(found["finger_s"], float)
    assert gate.journal.facts(EntryKind.PASSAGE_ENDED) == [{"ending": "completed"}]
    assert all("R-1" not in str(entry.facts) for entry in gate.journal.entries)


def test_a_resident_without_a_finger_passes_as_before(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.lays_a_finger(NOT_ENROLLED)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(case, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "not_applicable not_enrolled"


def test_who_has_no_finger_here_is_never_asked_for_one_and_passes_in_one_look(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token())
        await until(lambda: gate.fingerprint.got(ExpectFinger))
        (asked,) = gate.fingerprint.got(ExpectFinger)
        assert asked == ExpectFinger(passage=41, registration="R-1")
        gate.fingerprint.say(FingerExpected(passage=40, is_wanted=True))
        gate.fingerprint.say(FingerExpected(passage=41, is_wanted=False))
        await gate.is_let_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        assert gate.asked_for_fingers() == []
        assert Prompt.PLACE_FINGER not in prompts(gate)

    gate = run_gate(case, has_fingerprint=True)
    found = last_findings(gate)
    assert found["finger_is_the_holder"] == "not_applicable not_enrolled"
    assert "finger_s" not in found


@pytest.mark.parametrize(
    "said",
    [FingerExpected(passage=40, is_wanted=False), FingerExpected(passage=41, is_wanted=True)],
)
def test_a_finger_is_wanted_unless_it_is_said_of_this_passage_that_none_is(
    run_gate: Callable[..., Gate], said: FingerExpected
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token())
        await until(lambda: gate.fingerprint.got(ExpectFinger))
        gate.fingerprint.say(said)
        await gate.is_let_in()
        gate.looks()
        await is_asked(gate)

    run_gate(case, has_fingerprint=True)


def test_a_lane_without_a_sensor_and_who_comes_with_a_document_are_asked_for_none(
    run_gate: Callable[..., Gate],
) -> None:
    async def with_permit(gate: Gate) -> None:
        await shows_face(gate)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(with_permit)
    assert last_findings(gate)["finger_is_the_holder"] == "not_applicable not_fitted"

    async def with_document(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate)
        await gate.is_let_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        assert gate.asked_for_fingers() == []

    gate = run_gate(with_document, takes_documents=True, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "not_applicable no_registration"


def test_without_the_right_face_no_finger_is_asked_for(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks(NO_FACE)
        await until(lambda: len(gate.asked()) == 2)
        assert gate.asked_for_fingers() == []
        gate.looks()
        await is_asked(gate)

    gate = run_gate(case, has_fingerprint=True)
    assert gate.journal.facts(EntryKind.FINDINGS)[1]["finger_is_the_holder"] == "not_done not_asked"


def test_a_dry_finger_is_tried_three_times_and_then_referred(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        for attempt in (1, 2, 3):
            await is_asked(gate, attempt)
            assert gate.asked_for_fingers()[-1].attempt == attempt
            gate.lays_a_finger(FingerMeasures(FingerReason.TOO_DRY))
        await gate.stands(LaneState.REFERRED)
        assert len(gate.asked()) == 1  # the face was the holder's all the while
        assert Prompt.MOISTEN_FINGER in prompts(gate)

    gate = run_gate(case, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "not_done too_dry"
    assert gate.journal.facts(EntryKind.ALARM)[-1]["trouble"] == "finger_not_captured"


def test_a_wrong_finger_may_be_laid_down_again_and_the_own_one_passes(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.lays_a_finger(WRONG)
        await is_asked(gate, 2)
        await until(lambda: Prompt.PLACE_FINGER_AGAIN in prompts(gate))
        assert Output.EXIT_RELEASE not in gate.board.active()
        gate.lays_a_finger(MATCH)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(case, has_fingerprint=True)
    tried = [facts["finger_is_the_holder"] for facts in at_the_sensor(gate)]
    assert tried == ["failed no_match", "passed match"]
    assert [facts["finger_is_the_holder.score"] for facts in at_the_sensor(gate)] == [0, 120]
    assert gate.journal.facts(EntryKind.PASSAGE_ENDED) == [{"ending": "completed"}]


def test_three_wrong_fingers_are_referred_each_in_the_record_and_there_is_no_fourth(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        for attempt in (1, 2, 3):
            await is_asked(gate, attempt)
            gate.lays_a_finger(WRONG)
        await gate.stands(LaneState.REFERRED)
        assert len(gate.asked_for_fingers()) == 3
        assert Output.EXIT_RELEASE not in gate.board.active()

    gate = run_gate(case, has_fingerprint=True)
    tried = [facts["finger_is_the_holder"] for facts in at_the_sensor(gate)]
    assert tried == ["failed no_match"] * 3
    assert gate.journal.facts(EntryKind.ALARM)[-1]["trouble"] == "finger_mismatch"


def test_a_wrong_finger_and_then_none_is_a_mismatch_and_both_are_in_the_record(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        for attempt, measures in enumerate((WRONG, NO_FINGER, NO_FINGER), start=1):
            await is_asked(gate, attempt)
            gate.lays_a_finger(measures)
        await gate.stands(LaneState.REFERRED)

    gate = run_gate(case, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "failed no_match, not_done no_finger"
    assert gate.journal.facts(EntryKind.ALARM)[-1]["trouble"] == "finger_mismatch"


@pytest.mark.parametrize(
    ("second", "trouble"),
    [
        (FingerMeasures(FingerReason.SENSOR_GARBLED), "finger_mismatch"),
        (FingerMeasures(FingerReason.SENSOR_LOST), "finger_mismatch"),
        (FingerMeasures(FingerReason.DECOY_MATCHED, TemplateFormat.ZFM, None, 1), "tamper"),
    ],
)
def test_after_a_wrong_finger_a_sensor_that_is_not_believed_is_not_asked_again(
    run_gate: Callable[..., Gate], second: FingerMeasures, trouble: str
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.lays_a_finger(WRONG)
        await is_asked(gate, 2)
        gate.lays_a_finger(second)
        await gate.stands(LaneState.REFERRED)
        assert len(gate.asked_for_fingers()) == 2

    gate = run_gate(case, has_fingerprint=True)
    assert gate.journal.facts(EntryKind.ALARM)[-1]["trouble"] == trouble


@pytest.mark.parametrize(
    ("measures", "reason", "trouble"),
    [
        (
            FingerMeasures(FingerReason.SENSOR_GARBLED),
            "finger_sensor_is_believed: sensor_garbled",
            "device_lost",
        ),
        (
            FingerMeasures(FingerReason.DECOY_MATCHED, TemplateFormat.ZFM, None, 1),
            "finger_sensor_is_believed: decoy_matched",
            "tamper",
        ),
        (
            FingerMeasures(FingerReason.TEMPLATE_BROKEN),
            "reference_finger_is_available: template_broken",
            "not_eligible",
        ),
    ],
)
def test_a_sensor_or_a_template_that_is_not_believed_is_referred_at_once_with_its_name(
    run_gate: Callable[..., Gate], measures: FingerMeasures, reason: str, trouble: str
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.lays_a_finger(measures)
        await gate.stands(LaneState.REFERRED)
        assert Output.EXIT_RELEASE not in gate.board.active()
        assert len(gate.asked_for_fingers()) == 1

    gate = run_gate(case, has_fingerprint=True)
    assert reason in str(gate.journal.facts(EntryKind.DECISION)[-1]["reasons"])
    assert gate.journal.facts(EntryKind.ALARM)[-1]["trouble"] == trouble


def test_a_host_that_is_gone_when_the_finger_is_due_refers(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.fingerprint.close()
        await until(lambda: "fingerprint" in str(gate.journal.facts(EntryKind.DEVICE)[-1]))
        assert gate.state() is LaneState.READY
        await shows_face(gate)
        await gate.stands(LaneState.REFERRED)

    gate = run_gate(case, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "inconclusive sensor_lost"


def test_a_host_that_dies_while_it_is_asked_refers_at_once(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.fingerprint.close()
        await gate.stands(LaneState.REFERRED)

    gate = run_gate(case, has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "inconclusive sensor_lost"


def test_a_host_that_never_answers_is_late(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        await gate.stands(LaneState.REFERRED)

    gate = run_gate(case, limits=TimeLimits(finger_try_s=0.3), has_fingerprint=True)
    assert last_findings(gate)["finger_is_the_holder"] == "inconclusive late"


@pytest.mark.parametrize("changes", [{"request": 99}, {"passage": 40}])
def test_a_foreign_answer_is_dropped(
    run_gate: Callable[..., Gate], changes: dict[str, int]
) -> None:
    async def case(gate: Gate) -> None:
        await shows_face(gate)
        await is_asked(gate)
        gate.lays_a_finger(MATCH, **changes)
        await until(lambda: any("foreign answer of the fingerprint" in one for one in gate.notes()))
        assert gate.state() is LaneState.VERIFYING
        gate.lays_a_finger(MATCH)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    run_gate(case, has_fingerprint=True)


def test_a_vision_host_has_no_say_about_a_finger(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        gate.vision.say(DeviceIs(device="fingerprint", present=False))
        await until(lambda: gate.vision.closed is not None)

    run_gate(case, has_fingerprint=True)
