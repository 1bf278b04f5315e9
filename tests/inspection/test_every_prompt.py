"""Every reason a traveller can cause has a prompt of its own; all of them, in one table.

OFFICERS are the reasons of which the traveller is told nothing but to wait for an officer: what a
signature, a list, a clock, a device or a likeness said. A reason that is new is in one of the
two, or a test here fails.
"""

from importlib.resources import files

import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling, Subject
from egate.domain.effect import Prompt as P  # noqa: N817  # a long table wants one letter
from egate.domain.face_measures import FaceReason, LayerReason, PadLayer
from egate.domain.head_turn import Turn
from egate.inspection.decide import decide
from egate.inspection.guidance import (
    CHIP_PROMPTS,
    FINGER_PROMPTS,
    OTHER_CODES,
    PAGE_PROMPTS,
    PROMPTS,
    TURN_PROMPTS,
    prompt_of,
)
from egate.inspection.policy import load
from egate.inspection.presented_code import REASONS
from egate.vision.mrz_weigh import MrzReason

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
C, F, U, N = Check, Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE
SUBJECTS = {
    C.PERMIT_IS_READABLE: Subject.PERMIT,
    C.MRZ_IS_READABLE: Subject.DOCUMENT,
    C.CHIP_WAS_READ_WHOLE: Subject.DOCUMENT,
}

TABLE = (
    # A code.
    (C.PERMIT_IS_READABLE, F, "identity_card_code", P.SHOW_PERMIT),
    (C.PERMIT_IS_READABLE, F, "visible_seal", P.SHOW_PERMIT),
    (C.PERMIT_IS_READABLE, F, "not_a_permit", P.SHOW_PERMIT),
    (C.PERMIT_IS_READABLE, F, "truncated", P.HOLD_TOKEN_STILL),
    (C.PERMIT_IS_READABLE, F, "garbled", P.HOLD_TOKEN_STILL),
    (C.PERMIT_IS_READABLE, F, "oversized", P.HOLD_TOKEN_STILL),
    (C.PERMIT_IS_READABLE, F, "bad_structure", P.HOLD_TOKEN_STILL),
    (C.PERMIT_IS_READABLE, F, "hostile_characters", P.HOLD_TOKEN_STILL),
    # A page.
    (C.MRZ_IS_READABLE, U, "no_zone", P.TURN_DOCUMENT),
    (C.MRZ_IS_READABLE, U, "unsure_character", P.FLATTEN_DOCUMENT),
    (C.MRZ_IS_READABLE, U, "glare", P.LESS_LIGHT),
    (C.MRZ_IS_READABLE, U, "too_dark", P.MORE_LIGHT),
    (C.MRZ_IS_READABLE, U, "too_small", P.LAY_DOCUMENT_AGAIN),
    (C.MRZ_IS_READABLE, U, "out_of_time", P.LAY_DOCUMENT_AGAIN),
    (C.MRZ_IS_READABLE, F, "garbled", P.LAY_DOCUMENT_AGAIN),
    # A chip.
    (C.CHIP_WAS_READ_WHOLE, U, "no_card", P.LAY_DOCUMENT_AGAIN),
    (C.CHIP_WAS_READ_WHOLE, U, "zone_in_doubt", P.LAY_DOCUMENT_AGAIN),
    (C.CHIP_WAS_READ_WHOLE, U, "key_refused", P.LAY_DOCUMENT_AGAIN),
    (C.CHIP_WAS_READ_WHOLE, U, "password_refused", P.LAY_DOCUMENT_AGAIN),
    (C.CHIP_WAS_READ_WHOLE, U, "card_left", P.LEAVE_DOCUMENT),
    (C.CHIP_WAS_READ_WHOLE, U, "card_mute", P.LEAVE_DOCUMENT),
    (C.CHIP_WAS_READ_WHOLE, U, "card_garbled", P.LEAVE_DOCUMENT),
    (C.CHIP_WAS_READ_WHOLE, U, "too_slow", P.LEAVE_DOCUMENT),
    (C.CHIP_WAS_READ_WHOLE, U, "late", P.LEAVE_DOCUMENT),
    # A face.
    (C.FACE_IS_THE_HOLDER, N, "no_face", P.LOOK_HERE_AGAIN),
    (C.FACE_IS_THE_HOLDER, N, "two_faces", P.ONE_PERSON_ONLY),
    (C.FACE_IS_THE_HOLDER, N, "too_small", P.COME_CLOSER),
    (C.FACE_IS_THE_HOLDER, N, "turned_away", P.FACE_THE_CAMERA),
    (C.FACE_IS_THE_HOLDER, N, "up_or_down", P.LOOK_STRAIGHT_AHEAD),
    (C.FACE_IS_THE_HOLDER, N, "tilted", P.HOLD_HEAD_UPRIGHT),
    (C.FACE_IS_THE_HOLDER, N, "too_dark", P.MORE_LIGHT),
    (C.FACE_IS_THE_HOLDER, N, "too_bright", P.LESS_LIGHT),
    (C.FACE_IS_THE_HOLDER, N, "unevenly_lit", P.UNSHADE_YOUR_FACE),
    (C.FACE_IS_THE_HOLDER, N, "blurred", P.HOLD_STILL),
    (C.FACE_IS_THE_HOLDER, N, "eyes_covered", P.TAKE_OFF_GLASSES),
    (C.FACE_IS_THE_HOLDER, N, "mouth_covered", P.TAKE_OFF_MASK),
    (C.FACE_IS_THE_HOLDER, N, "eyes_closed", P.OPEN_EYES),
    (C.FACE_IS_THE_HOLDER, N, "too_few_frames", P.KEEP_LOOKING),
    # A living face: what a look that could not tell lacked. What it saw instead is never told.
    (C.FACE_IS_LIVE, U, "motion_too_few_frames", P.KEEP_LOOKING),
    (C.FACE_IS_LIVE, U, "motion_too_little_motion", P.MOVE_A_LITTLE),
    (C.FACE_IS_LIVE, U, "motion_too_few_tracks", P.COME_CLOSER),
    (C.FACE_IS_LIVE, U, "active_light_too_bright", P.LESS_LIGHT),
    (C.FACE_IS_LIVE, U, "motion_near_threshold", P.LOOK_HERE_AGAIN),
    # A finger.
    (C.FINGER_IS_THE_HOLDER, N, "no_finger", P.PLACE_FINGER_AGAIN),
    (C.FINGER_IS_THE_HOLDER, N, "too_dry", P.MOISTEN_FINGER),
    (C.FINGER_IS_THE_HOLDER, N, "too_wet", P.DRY_FINGER),
    (C.FINGER_IS_THE_HOLDER, N, "smeared", P.WIPE_FINGER),
    (C.FINGER_IS_THE_HOLDER, N, "too_few_points", P.PRESS_FINGER_FIRMER),
    (C.FINGER_IS_THE_HOLDER, N, "not_lifted", P.LIFT_FINGER),
    (C.FINGER_IS_THE_HOLDER, F, "no_match", P.PLACE_FINGER_AGAIN),
)  # fmt: skip

OFFICERS = (
    *((C.FACE_IS_LIVE, U, f"active_light_{reason}") for reason in ("device_lost", "not_fitted")),
    (C.FACE_IS_LIVE, U, "motion_odd_score"),
    *(
        (C.FACE_IS_LIVE, F, f"{layer}_{reason}")
        for layer in PadLayer
        for reason in LayerReason
    ),
    (C.FACE_IS_THE_HOLDER, F, "no_match"),
    (C.FACE_IS_THE_HOLDER, U, "near_threshold"),
    (C.FACE_IS_THE_HOLDER, U, "camera_lost"),
    (C.FACE_IS_THE_HOLDER, U, "camera_frozen"),
    (C.PORTRAIT_IS_OF_ONE_PERSON, U, "less_alike_than_one_person"),
    *((C.FACE_IS_THE_HOLDER, N, reason) for reason in FaceReason if "reference" in reason),
    *((C.PERMIT_IS_IN_FORCE, F, reason) for reason in ("expired", "not_yet_valid")),
    (C.PERMIT_IS_SIGNED, F, "forged"),
    (C.PERMIT_IS_FOR_THIS_SITE, F, "wrong_site"),
    (C.PERMIT_IS_FOR_THIS_DIRECTION, F, "wrong_direction"),
    (C.PERMIT_IS_NOT_REVOKED, F, "revoked"),
    *((C.PERMIT_IS_UNUSED, F, reason) for reason in ("replayed", "cool_down")),
    (C.FINGER_IS_THE_HOLDER, U, "sensor_lost"),
    (C.FINGER_SENSOR_IS_BELIEVED, F, "decoy_matched"),
    (C.CHIP_WAS_READ_WHOLE, U, "reader_lost"),
    (C.CHIP_WAS_READ_WHOLE, U, "card_refused"),
    (C.CHIP_IS_GENUINE, F, "a_proof_failed"),
    (C.DATA_GROUPS_ARE_UNALTERED, F, "hash_differs"),
    (C.DOCUMENT_IS_IN_FORCE, F, "expired"),
    (C.DOCUMENT_WAS_NOT_JUST_USED, F, "just_used"),
)  # fmt: skip


def weighed(check: Check, outcome: Outcome, reason: str) -> Decision:
    subject = SUBJECTS.get(check, Subject.TRAVELLER)
    return decide(7, subject, [Finding(check, outcome, reason)], POLICY)


@pytest.mark.parametrize(
    ("check", "outcome", "reason", "prompt"), TABLE, ids=[f"{row[0]}-{row[2]}" for row in TABLE]
)
def test_what_a_traveller_can_mend_they_are_told(
    check: Check, outcome: Outcome, reason: str, prompt: P
) -> None:
    decision = weighed(check, outcome, reason)
    assert decision.ruling is not Ruling.ADMIT
    assert prompt_of(decision) is prompt


@pytest.mark.parametrize(("check", "outcome", "reason"), OFFICERS)
def test_what_is_the_officers_is_told_to_nobody_else(
    check: Check, outcome: Outcome, reason: str
) -> None:
    assert prompt_of(weighed(check, outcome, reason)) is None


def test_no_reason_is_left_out_of_the_table() -> None:
    told = {(check, reason) for check, _, reason, _ in TABLE}
    apart = {(check, reason) for check, outcome, reason in OFFICERS if outcome is not F}
    known = {
        *((C.FACE_IS_THE_HOLDER, reason.value) for reason in FaceReason if reason != "ok"),
        *((C.CHIP_WAS_READ_WHOLE, reason) for reason in CHIP_PROMPTS),
        *((C.PERMIT_IS_READABLE, reason) for reason in REASONS.values()),
        *((C.FINGER_IS_THE_HOLDER, reason) for reason in FINGER_PROMPTS),
    }
    assert known <= told | apart
    assert not told & apart
    assert set(OTHER_CODES) == set(REASONS.values())
    pages = {reason for check, _, reason, _ in TABLE if check is C.MRZ_IS_READABLE}
    assert set(PAGE_PROMPTS) <= pages
    assert {"too_small", "out_of_time"} <= {*MrzReason}


def test_every_look_has_its_own_prompt_and_so_has_every_turn() -> None:
    assert len(set(PROMPTS.values())) == len(PROMPTS)
    assert set(TURN_PROMPTS) == set(Turn)
    assert len(set(TURN_PROMPTS.values())) == len(Turn)


def test_every_prompt_that_mends_something_is_in_the_table() -> None:
    shown = {row[-1] for row in TABLE} | set(TURN_PROMPTS.values())
    of_the_lane = {
        P.CLOSED, P.PRESENT_TOKEN, P.PLEASE_WAIT, P.WALK_IN, P.STEP_FORWARD, P.LOOK_HERE,
        P.WALK_OUT, P.DO_NOT_STOP, P.WAIT_FOR_OFFICER, P.STEP_BACK, P.ONE_AT_A_TIME, P.FREE_WAY,
        P.PLACE_FINGER,
    }  # fmt: skip
    assert shown | of_the_lane == set(P)
    assert not shown & of_the_lane
