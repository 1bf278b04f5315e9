"""From findings to a decision: an admission needs every required check, and nothing against."""

from importlib.resources import files
import itertools

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling, Subject
from egate.domain.lane_state import Trouble
from egate.inspection.decide import decide
from egate.inspection.finger_checks import NOT_FITTED
from egate.inspection.policy import Meaning, Policy, load
from egate.inspection.trouble import trouble_of

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
BENCH = load(files("egate.inspection").joinpath("policy_bench.toml").read_text())
FINDINGS = st.builds(
    Finding,
    st.sampled_from(Check),
    st.sampled_from(Outcome),
    st.sampled_from(["one", "another"]),
    st.just({"measure": 1}),
)
STAGES = st.sampled_from(Subject)
SEVERITY = {Ruling.ADMIT: 0, Ruling.REFER: 1, Ruling.HOLD: 2}


def finding(check: Check, outcome: Outcome = Outcome.PASSED, reason: str = "as said") -> Finding:
    return Finding(check, outcome, reason, {"measure": 1})


def all_passed(subject: Subject) -> list[Finding]:
    return [finding(check) for check in POLICY.required[subject]]


def with_face(outcome: Outcome, reason: str, live: Outcome = Outcome.PASSED) -> Decision:
    """Decide on the bench about a face of this outcome."""
    findings = [
        finding(Check.PORTRAIT_IS_OF_ONE_PERSON),
        finding(Check.REFERENCE_FACE_IS_AVAILABLE),
        finding(Check.FACE_IS_THE_HOLDER, outcome, reason),
        finding(Check.FACE_IS_LIVE, live, reason),
        *NOT_FITTED,
    ]
    return decide(7, Subject.TRAVELLER, findings, BENCH)


@pytest.mark.parametrize("subject", Subject)
def test_all_required_checks_passed_is_an_admission(subject: Subject) -> None:
    decision = decide(7, subject, all_passed(subject), POLICY)
    assert (decision.ruling, decision.reasons, decision.passage) == (Ruling.ADMIT, (), 7)
    assert decision.policy == "2026-11-27.1"


@pytest.mark.parametrize("subject", Subject)
def test_each_missing_check_is_a_referral_that_names_it(subject: Subject) -> None:
    for left_out in all_passed(subject):
        rest = [one for one in all_passed(subject) if one != left_out]
        decision = decide(7, subject, rest, POLICY)
        assert (decision.ruling, decision.may_retry) == (Ruling.REFER, False)
        assert decision.reasons == (f"{left_out.check}: missing",)


def test_nothing_found_is_a_referral_with_every_check_missing() -> None:
    decision = decide(7, Subject.PERMIT, [], POLICY)
    assert decision.ruling is Ruling.REFER
    assert len(decision.reasons) == len(POLICY.required[Subject.PERMIT])


def test_every_reason_is_named() -> None:
    findings = all_passed(Subject.PERMIT)[2:]
    findings += [
        finding(Check.PERMIT_IS_SIGNED, Outcome.FAILED, "bad_signature"),
        finding(Check.PERMIT_IS_READABLE, Outcome.INCONCLUSIVE, "odd"),
    ]
    assert decide(7, Subject.PERMIT, findings, POLICY).reasons == (
        "permit_is_readable: odd",
        "permit_is_signed: bad_signature",
    )


def test_of_two_answers_to_one_check_the_worse_counts() -> None:
    twice = [
        *all_passed(Subject.PERMIT),
        finding(Check.PERMIT_IS_UNUSED, Outcome.FAILED, "replayed"),
    ]
    decision = decide(7, Subject.PERMIT, twice, POLICY)
    assert (decision.ruling, decision.reasons) == (Ruling.REFER, ("permit_is_unused: replayed",))


@pytest.mark.parametrize("policy", [POLICY, BENCH])
@pytest.mark.parametrize(
    ("live", "ruling", "may_retry"),
    [
        (Outcome.FAILED, Ruling.HOLD, False),
        (Outcome.INCONCLUSIVE, Ruling.REFER, True),
        (Outcome.NOT_DONE, Ruling.REFER, True),
        (Outcome.NOT_APPLICABLE, Ruling.REFER, False),
    ],
)
def test_a_photograph_is_not_decided_by_face_match_alone(
    policy: Policy, live: Outcome, ruling: Ruling, may_retry: bool
) -> None:
    found = [
        finding(Check.PORTRAIT_IS_OF_ONE_PERSON),
        finding(Check.REFERENCE_FACE_IS_AVAILABLE),
        finding(Check.FACE_IS_THE_HOLDER, Outcome.PASSED, "match"),
        finding(Check.FACE_IS_LIVE, live, "motion_as_said"),
        *NOT_FITTED,
    ]
    decision = decide(7, Subject.TRAVELLER, found, policy)
    assert (decision.ruling, decision.may_retry) == (ruling, may_retry)
    assert decision.reasons == ("face_is_live: motion_as_said",)


def test_a_face_of_which_nobody_could_tell_was_not_captured() -> None:
    decision = with_face(Outcome.PASSED, "match", live=Outcome.INCONCLUSIVE)
    assert trouble_of(decision) is Trouble.FACE_NOT_CAPTURED


def test_a_face_that_was_not_captured_may_be_tried_again() -> None:
    decision = with_face(Outcome.NOT_DONE, "no_face", live=Outcome.NOT_DONE)
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, True)
    assert trouble_of(decision) is Trouble.FACE_NOT_CAPTURED


@pytest.mark.parametrize(
    ("outcome", "reason", "trouble"),
    [
        (Outcome.FAILED, "no_match", Trouble.FACE_MISMATCH),
        (Outcome.INCONCLUSIVE, "near_threshold", Trouble.FACE_MISMATCH),
        (Outcome.INCONCLUSIVE, "camera_lost", Trouble.DEVICE_LOST),
    ],
)
def test_another_face_goes_to_an_officer_at_once(
    outcome: Outcome, reason: str, trouble: Trouble
) -> None:
    decision = with_face(outcome, reason)
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, False)
    assert trouble_of(decision) is trouble


def test_a_presentation_attack_is_held() -> None:
    decision = with_face(Outcome.PASSED, "match", live=Outcome.FAILED)
    assert decision.ruling is Ruling.HOLD
    assert trouble_of(decision) is Trouble.PRESENTATION_ATTACK


def test_an_admission_has_no_trouble() -> None:
    assert trouble_of(with_face(Outcome.PASSED, "match")) is None


@given(st.lists(FINDINGS, max_size=12), STAGES, st.sampled_from([POLICY, BENCH]))
def test_an_admission_means_every_required_check_passed_or_was_accepted_by_name(
    findings: list[Finding], subject: Subject, policy: Policy
) -> None:
    decision = decide(7, subject, findings, policy)
    if decision.ruling is not Ruling.ADMIT:
        return
    for check in policy.required[subject]:
        answers = [one for one in findings if one.check is check]
        assert answers
        for answer in answers:
            passed = answer.outcome is Outcome.PASSED and bool(answer.evidence)
            assert passed or (
                policy.meanings[check, answer.outcome] is Meaning.ACCEPT_WITH_RECORD
                and check in policy.accepted_because
            )


@given(st.lists(FINDINGS, max_size=6), FINDINGS, STAGES, st.booleans())
def test_a_failed_finding_more_never_softens_the_ruling_and_only_a_finger_is_tried_again(
    some: list[Finding], extra: Finding, subject: Subject, whole: bool
) -> None:
    findings = some + (all_passed(subject) if whole else [])
    failed = finding(extra.check, Outcome.FAILED)
    for policy in (POLICY, BENCH):
        before, after = (decide(7, subject, got, policy) for got in (findings, [*findings, failed]))
        assert after.ruling is not Ruling.ADMIT
        assert SEVERITY[after.ruling] >= SEVERITY[before.ruling]
        is_finger = extra.check is Check.FINGER_IS_THE_HOLDER
        assert not after.may_retry or (is_finger and before.ruling is not Ruling.HOLD)
        assert after.may_retry <= (before.may_retry or before.ruling is Ruling.ADMIT)


@given(st.permutations([*all_passed(Subject.PERMIT), finding(Check.FACE_IS_LIVE, Outcome.FAILED)]))
def test_the_order_of_findings_changes_nothing(findings: list[Finding]) -> None:
    expected = decide(7, Subject.PERMIT, sorted(findings, key=lambda one: one.check), POLICY)
    assert decide(7, Subject.PERMIT, findings, POLICY) == expected


def test_every_single_outcome_of_every_required_check_is_decided_as_the_policy_says() -> None:
    for subject, policy in itertools.product(Subject, (POLICY, BENCH)):
        for check, outcome in itertools.product(policy.required[subject], Outcome):
            rest = [one for one in all_passed(subject) if one.check is not check]
            decision = decide(7, subject, [*rest, finding(check, outcome)], policy)
            meaning = policy.meanings.get((check, outcome), Meaning.ACCEPT_WITH_RECORD)
            assert (
                decision.ruling
                is {
                    Meaning.ACCEPT_WITH_RECORD: Ruling.ADMIT,
                    Meaning.REFER: Ruling.REFER,
                    Meaning.RETRY: Ruling.REFER,
                    Meaning.HOLD: Ruling.HOLD,
                }[meaning]
            )
            assert decision.may_retry is (meaning is Meaning.RETRY)
