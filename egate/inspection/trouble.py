"""What an officer is told stands against a traveller: one trouble for all findings of a decision.

The first row that fits names it, so the graver stand first. What no row names (a check that is
missing, one that no gate can do yet) has no trouble of its own; its reason is in the decision.

Source: research/domain.md 2.3 (exceptions by name).
"""

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling
from egate.domain.lane_state import Trouble

ANY = None
ROWS: tuple[tuple[Check, Outcome, str | None, Trouble], ...] = (
    (Check.FACE_IS_LIVE, Outcome.FAILED, ANY, Trouble.PRESENTATION_ATTACK),
    (Check.ONE_PERSON_IS_PRESENT, Outcome.FAILED, ANY, Trouble.TWO_PERSONS),
    (Check.PERMIT_IS_READABLE, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.PERMIT_IS_SIGNED, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.PERMIT_IS_NOT_REVOKED, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.PERMIT_IS_UNUSED, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.PERMIT_IS_IN_FORCE, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.PERMIT_IS_FOR_THIS_SITE, Outcome.FAILED, ANY, Trouble.NOT_ELIGIBLE),
    (Check.PERMIT_IS_FOR_THIS_DIRECTION, Outcome.FAILED, ANY, Trouble.NOT_ELIGIBLE),
    (
        Check.PERMIT_IS_IN_FORCE,
        Outcome.INCONCLUSIVE,
        "clock_went_back",
        Trouble.CLOCK_NOT_SYNCHRONISED,
    ),
    (Check.PERMIT_IS_SIGNED, Outcome.INCONCLUSIVE, ANY, Trouble.CENTRE_LOST),
    (Check.PERMIT_IS_NOT_REVOKED, Outcome.INCONCLUSIVE, ANY, Trouble.CENTRE_LOST),
    (Check.REFERENCE_FACE_IS_AVAILABLE, Outcome.FAILED, ANY, Trouble.TOKEN_REFUSED),
    (Check.FACE_IS_THE_HOLDER, Outcome.FAILED, ANY, Trouble.FACE_MISMATCH),
    (Check.FACE_IS_THE_HOLDER, Outcome.INCONCLUSIVE, "near_threshold", Trouble.FACE_MISMATCH),
    (Check.FACE_IS_THE_HOLDER, Outcome.INCONCLUSIVE, ANY, Trouble.DEVICE_LOST),
    (Check.FACE_IS_THE_HOLDER, Outcome.NOT_DONE, ANY, Trouble.FACE_NOT_CAPTURED),
)


def trouble_of(decision: Decision) -> Trouble | None:
    """Return the gravest trouble among the findings of a decision, None for an admission."""
    if decision.ruling is Ruling.ADMIT:
        return None
    for check, outcome, reason, trouble in ROWS:
        if any(_fits(finding, check, outcome, reason) for finding in decision.findings):
            return trouble
    return None


def _fits(finding: Finding, check: Check, outcome: Outcome, reason: str | None) -> bool:
    return (
        finding.check is check
        and finding.outcome is outcome
        and (reason is ANY or finding.reason == reason)
    )
