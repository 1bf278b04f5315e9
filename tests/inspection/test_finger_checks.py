"""A finger is the holder's only by our own threshold, from a sensor that tells others apart."""

from dataclasses import replace
from importlib.resources import files
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling, Subject
from egate.domain.effect import Prompt
from egate.domain.finger import FingerReason as R  # a table wants one letter
from egate.domain.finger import TemplateFormat
from egate.domain.finger_measures import FingerMeasures
from egate.domain.lane_state import Trouble as T  # noqa: N817  # a table wants one letter
from egate.inspection.decide import decide
from egate.inspection.finger_checks import (
    NO_REGISTRATION,
    NOT_FITTED,
    NOT_YET,
    after,
    examine_finger,
    lacks_only_the_finger,
    mismatch_in,
    unanswered,
)
from egate.inspection.guidance import prompt_of
from egate.inspection.policy import MOST_FINGERS, Policy, false_accepts, load
from egate.inspection.trouble import trouble_of
from egate.registry import finger_templates
from simulators.fingers import alike, captured, combined

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
BENCH = load(files("egate.inspection").joinpath("policy_bench.toml").read_text())
AT = POLICY.finger_accept_at[TemplateFormat.ZFM]
MATCH = FingerMeasures(R.OK, TemplateFormat.ZFM, AT, 1, 120.0)
FACE = tuple(
    Finding(check, Outcome.PASSED, "as said", {"measure": 1})
    for check in POLICY.required[Subject.TRAVELLER]
    if "finger" not in check
)


def outcomes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.outcome.value, finding.reason) for finding in findings]


def test_a_finger_passes_from_the_threshold_on_and_only_with_a_decoy_that_failed() -> None:
    assert outcomes(examine_finger(MATCH, POLICY)) == [
        ("passed", "available"),
        ("passed", "decoys_failed"),
        ("passed", "match"),
    ]
    assert outcomes(examine_finger(replace(MATCH, score=AT - 1), POLICY))[2] == (
        "failed",
        "no_match",
    )
    for odd in (
        replace(MATCH, decoys=0),
        replace(MATCH, score=None),
        replace(MATCH, score=65_536),
        replace(MATCH, score=-1),
        replace(MATCH, format=None),
    ):
        assert outcomes(examine_finger(odd, POLICY))[1:] == [("inconclusive", "odd_measures")] * 2


@pytest.mark.parametrize(
    ("reason", "ruling", "may_retry", "trouble", "prompt"),
    [
        (R.NO_FINGER, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.PLACE_FINGER_AGAIN),
        (R.TOO_DRY, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.MOISTEN_FINGER),
        (R.TOO_WET, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.DRY_FINGER),
        (R.SMEARED, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.WIPE_FINGER),
        (R.TOO_FEW_POINTS, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.PRESS_FINGER_FIRMER),
        (R.NOT_LIFTED, Ruling.REFER, True, T.FINGER_NOT_CAPTURED, Prompt.LIFT_FINGER),
        (R.TEMPLATE_UNFIT, Ruling.REFER, False, T.NOT_ELIGIBLE, None),
        (R.TEMPLATE_BROKEN, Ruling.REFER, False, T.NOT_ELIGIBLE, None),
        (R.DECOY_MISSING, Ruling.REFER, False, T.NOT_ELIGIBLE, None),
        (R.DECOY_UNFIT, Ruling.REFER, False, T.NOT_ELIGIBLE, None),
        (R.DECOY_MATCHED, Ruling.REFER, False, T.TAMPER, None),
        (R.SENSOR_LOST, Ruling.REFER, False, T.DEVICE_LOST, None),
        (R.SENSOR_GARBLED, Ruling.REFER, False, T.DEVICE_LOST, None),
        (R.SENSOR_REFUSED, Ruling.REFER, False, T.DEVICE_LOST, None),
    ],
)
def test_whatever_was_in_the_way_refers_with_its_name_and_what_can_be_done_is_told(
    reason: R, ruling: Ruling, may_retry: bool, trouble: T, prompt: Prompt | None
) -> None:
    findings = (*FACE, *examine_finger(FingerMeasures(reason), POLICY))
    decision = decide(7, Subject.TRAVELLER, findings, POLICY)
    assert (decision.ruling, decision.may_retry) == (ruling, may_retry)
    assert any(named.endswith(f": {reason}") for named in decision.reasons)
    assert (trouble_of(decision), prompt_of(decision)) == (trouble, prompt)


WRONG = examine_finger(replace(MATCH, score=0), POLICY)


def test_a_wrong_finger_is_a_mismatch_and_may_be_laid_down_again() -> None:
    decision = decide(7, Subject.TRAVELLER, (*FACE, *WRONG), POLICY)
    assert decision.reasons == ("finger_is_the_holder: no_match",)
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, True)
    assert trouble_of(decision) is T.FINGER_MISMATCH
    assert prompt_of(decision) is Prompt.PLACE_FINGER_AGAIN


@pytest.mark.parametrize(
    "then", [R.DECOY_MATCHED, R.SENSOR_GARBLED, R.SENSOR_LOST, R.TEMPLATE_BROKEN, R.DECOY_UNFIT]
)
def test_a_sensor_that_is_not_believed_ends_the_tries_of_a_wrong_finger_too(then: R) -> None:
    found = after(mismatch_in(WRONG), examine_finger(FingerMeasures(then), POLICY))
    assert not decide(7, Subject.TRAVELLER, (*FACE, *found), POLICY).may_retry


@pytest.mark.parametrize("then", [R.NO_FINGER, R.TOO_DRY, R.NOT_LIFTED])
def test_who_laid_down_a_wrong_finger_and_then_none_is_a_mismatch_still(then: R) -> None:
    found = after(mismatch_in(WRONG), examine_finger(FingerMeasures(then), POLICY))
    decision = decide(7, Subject.TRAVELLER, (*FACE, *found), POLICY)
    assert trouble_of(decision) is T.FINGER_MISMATCH
    assert "finger_is_the_holder: no_match" in decision.reasons
    assert f"finger_is_the_holder: {then}" in decision.reasons
    assert decision.may_retry


def test_a_finger_that_matches_clears_an_earlier_mismatch_and_a_second_one_is_told_once() -> None:
    match = examine_finger(MATCH, POLICY)
    assert after(mismatch_in(WRONG), match) == match
    assert after(mismatch_in(WRONG), WRONG) == WRONG
    assert after(None, WRONG) == WRONG


@pytest.mark.parametrize("policy", [POLICY, BENCH])
def test_all_tries_of_a_passage_together_let_no_more_through_than_the_policy_says(
    policy: Policy,
) -> None:
    for one in TemplateFormat:
        rate = policy.finger_false_matches[one]
        wrongly_in = 1 - (1 - rate) ** (policy.finger_tries * MOST_FINGERS)
        assert wrongly_in <= false_accepts(policy, one) <= policy.finger_false_accepts_at_most
        assert false_accepts(policy, one) == pytest.approx(0.00048)
    assert MOST_FINGERS == finger_templates.MOST_FINGERS


@pytest.mark.parametrize(
    "findings",
    [NOT_FITTED, NO_REGISTRATION, examine_finger(FingerMeasures(R.TEMPLATE_MISSING), POLICY)],
)
def test_who_is_to_lay_down_no_finger_passes_with_the_face(findings: tuple[Finding, ...]) -> None:
    assert decide(7, Subject.TRAVELLER, (*FACE, *findings), POLICY).ruling is Ruling.ADMIT


def test_a_finger_is_asked_for_only_when_it_is_all_that_is_missing() -> None:
    assert lacks_only_the_finger(decide(7, Subject.TRAVELLER, (*FACE, *NOT_YET), POLICY))
    missing = (*FACE[:-1], *NOT_YET)
    assert not lacks_only_the_finger(decide(7, Subject.TRAVELLER, missing, POLICY))
    assert not lacks_only_the_finger(decide(7, Subject.TRAVELLER, (*FACE, *NOT_FITTED), POLICY))


@pytest.mark.parametrize("reason", ["sensor_lost", "late"])
def test_no_answer_refers_and_is_never_tried_again(reason: str) -> None:
    decision = decide(7, Subject.TRAVELLER, (*FACE, *unanswered(reason)), POLICY)
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, False)
    assert trouble_of(decision) is T.DEVICE_LOST


@given(
    st.builds(
        FingerMeasures,
        st.sampled_from(R),
        st.sampled_from(TemplateFormat) | st.none(),
        st.integers() | st.none(),
        st.integers(),
        st.floats(),
    )
)
def test_every_measure_ends_in_all_three_findings_and_passes_only_a_match(
    measures: FingerMeasures,
) -> None:
    findings = examine_finger(measures, POLICY)
    assert [finding.check for finding in findings] == [
        Check.REFERENCE_FINGER_IS_AVAILABLE,
        Check.FINGER_SENSOR_IS_BELIEVED,
        Check.FINGER_IS_THE_HOLDER,
    ]
    if findings[2].outcome is Outcome.PASSED:
        assert measures.reason is R.OK
        assert measures.score is not None
        assert measures.score >= AT
        assert measures.decoys >= 1


def test_the_threshold_lies_between_one_and_two_of_the_benchs_fingers() -> None:
    draw = Random(7)  # repeats itself on purpose
    enrolled = [combined(captured(one, draw, 512), captured(one, draw, 512)) for one in range(100)]
    own = [alike(enrolled[one], captured(one, draw, 512)) for one in range(100)]
    others = [alike(enrolled[one], captured(one + 1, draw, 512)) for one in range(100)]
    assert min(own) >= AT > max(others)
