"""All findings about one subject and the policy to one decision: pure and total.

The traveller is admitted only when every required check has an answer and each of its answers
passed, or is one the policy accepts with a record. Of several answers to one check each must
stand, so the worst counts. An answer to a check that is not required counts only when it
failed. The order of the findings changes nothing.

Source: DESIGN section 3 (invariant 2) and section 6.
"""

from collections.abc import Iterable

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling, Subject
from egate.inspection.policy import Meaning, Policy

CHECKS = tuple(Check)
OUTCOMES = tuple(Outcome)


def decide(passage: int, subject: Subject, findings: Iterable[Finding], policy: Policy) -> Decision:
    """Weigh the findings about one subject; every reason against admission is named."""
    ordered = tuple(sorted(findings, key=_place))
    required = policy.required[subject]
    against = [
        (finding, policy.meanings[finding.check, finding.outcome])
        for finding in ordered
        if _counts(finding, required)
    ]
    against = [pair for pair in against if pair[1] is not Meaning.ACCEPT_WITH_RECORD]
    answered = {finding.check for finding in ordered}
    missing = [check for check in required if check not in answered]
    meanings = {meaning for _, meaning in against}
    return Decision(
        passage=passage,
        stage=subject.stage,
        ruling=_ruling(meanings, is_complete=not missing),
        reasons=(
            *(f"{finding.check}: {finding.reason}" for finding, _ in against),
            *(f"{check}: missing" for check in missing),
        ),
        findings=ordered,
        policy=policy.version,
        may_retry=meanings == {Meaning.RETRY} and not missing,
    )


def _counts(finding: Finding, required: tuple[Check, ...]) -> bool:
    """Say whether a finding stands against admission unless the policy accepts it."""
    if finding.check in required:
        return finding.outcome is not Outcome.PASSED
    return finding.outcome is Outcome.FAILED


def _ruling(meanings: set[Meaning], *, is_complete: bool) -> Ruling:
    if Meaning.HOLD in meanings:
        return Ruling.HOLD
    return Ruling.REFER if meanings or not is_complete else Ruling.ADMIT


def _place(finding: Finding) -> tuple[int, int, str, str]:
    """Return where a finding stands among others: by check, outcome, reason, evidence."""
    return (
        CHECKS.index(finding.check),
        OUTCOMES.index(finding.outcome),
        finding.reason,
        repr(sorted(finding.evidence.items())),
    )
