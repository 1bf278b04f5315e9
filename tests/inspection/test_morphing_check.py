"""A portrait less alike than one person's is doubted: referred, never failed nor admitted."""

from dataclasses import replace
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling, Subject
from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.domain.lane_state import Trouble
from egate.inspection.decide import decide
from egate.inspection.morphing_check import examine_portrait
from egate.inspection.policy import load
from egate.inspection.trouble import trouble_of

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
REQUIRED = POLICY.required[Subject.TRAVELLER]
RECORDED = replace(
    POLICY,
    required={
        Subject.TRAVELLER: tuple(
            check for check in REQUIRED if check is not Check.PORTRAIT_IS_OF_ONE_PERSON
        )
    },
)


def look(score: float | None, reason: FaceReason = FaceReason.OK) -> FaceMeasures:
    return FaceMeasures(reason, score, frames=5, faces_seen=1, compute_ms=20.0)


def others(outcome: Outcome = Outcome.PASSED) -> list[Finding]:
    rest = [check for check in REQUIRED if check is not Check.PORTRAIT_IS_OF_ONE_PERSON]
    return [Finding(check, outcome, "as_asked", {"score": 1}) for check in rest]


@pytest.mark.parametrize(
    ("score", "outcome", "reason"),
    [
        (0.74, Outcome.PASSED, "as_alike_as_one_person"),
        (0.61, Outcome.PASSED, "as_alike_as_one_person"),
        (0.59, Outcome.INCONCLUSIVE, "less_alike_than_one_person"),
        (0.10, Outcome.INCONCLUSIVE, "less_alike_than_one_person"),
        (None, Outcome.INCONCLUSIVE, "odd_score"),
        (float("nan"), Outcome.INCONCLUSIVE, "odd_score"),
    ],
)
def test_a_score_is_held_against_what_genuine_pairs_have(
    score: float | None, outcome: Outcome, reason: str
) -> None:
    found = examine_portrait(look(score), POLICY, is_portrait=True)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_finding_rests_on_its_shortfall() -> None:
    found = examine_portrait(look(0.53), POLICY, is_portrait=True)
    assert found.evidence == {"score": 0.53, "shortfall": 3.0, "refer_at_shortfall": 2.0}


def test_a_permits_own_face_is_no_portrait_and_keeps_nobody() -> None:
    found = examine_portrait(look(0.5), POLICY, is_portrait=False)
    assert found.outcome is Outcome.NOT_APPLICABLE
    assert decide(7, Subject.TRAVELLER, [found, *others()], POLICY).ruling is Ruling.ADMIT


def test_without_a_look_the_portrait_is_no_reason_against_another_try() -> None:
    found = examine_portrait(look(None, FaceReason.MOUTH_COVERED), POLICY, is_portrait=True)
    assert (found.outcome, found.reason) == (Outcome.NOT_DONE, "mouth_covered")
    assert decide(7, Subject.TRAVELLER, [found, *others()], POLICY).may_retry


def test_a_doubted_portrait_goes_to_an_officer_or_into_the_record_as_the_policy_says() -> None:
    found = examine_portrait(look(0.5), POLICY, is_portrait=True)
    referred = decide(7, Subject.TRAVELLER, [found, *others()], POLICY)
    assert (referred.ruling, referred.may_retry) == (Ruling.REFER, False)
    assert trouble_of(referred) is Trouble.FACE_MISMATCH
    recorded = decide(7, Subject.TRAVELLER, [found, *others()], RECORDED)
    assert recorded.ruling is Ruling.ADMIT
    assert found in recorded.findings


@given(st.none() | st.floats(), st.sampled_from(FaceReason), st.booleans())
def test_whatever_is_measured_nobody_fails_by_the_portrait(
    score: float | None, reason: FaceReason, is_portrait: bool
) -> None:
    found = examine_portrait(look(score, reason), POLICY, is_portrait=is_portrait)
    assert found.outcome is not Outcome.FAILED
    failing = [found, *others(Outcome.FAILED)]
    assert decide(7, Subject.TRAVELLER, failing, POLICY).ruling is not Ruling.ADMIT
