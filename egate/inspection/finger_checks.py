"""The checks on a finger, from what the fingerprint host measured and the policy's thresholds.

    reference_finger_is_available   available; template_unfit, template_broken, decoy_missing,
                                    decoy_unfit
    finger_sensor_is_believed       decoys_failed; decoy_matched; odd_measures, sensor_lost,
                                    sensor_garbled, sensor_refused, late
    finger_is_the_holder            match; no_match; odd_measures and the sensor's faults; else not
                                    done, by its reason: no_finger, too_dry, ...

All three are not applicable to who is enrolled without a finger (not_enrolled), comes with a
document (no_registration) or at a lane without a sensor (not_fitted), and not done before the face
was looked at (not_asked). Every measure ends in all three findings, a nonsensical one in findings
that pass nothing. A finger that did not match stays in the findings of the passage (after) until
one has matched: who lays down a wrong one and then none at all was not merely slow.

Source: research/hardware.md 2.4 (our threshold, never the sensor's level; decoys).
"""

from typing import Final

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.decision import Decision
from egate.domain.finger import FingerReason
from egate.domain.finger_measures import FingerMeasures
from egate.inspection.policy import Policy

REFERENCE: Final = Check.REFERENCE_FINGER_IS_AVAILABLE
BELIEVED: Final = Check.FINGER_SENSOR_IS_BELIEVED
HOLDER: Final = Check.FINGER_IS_THE_HOLDER
CHECKS: Final = (REFERENCE, BELIEVED, HOLDER)
NO_REFERENCE: Final = frozenset(
    {
        FingerReason.TEMPLATE_UNFIT,
        FingerReason.TEMPLATE_BROKEN,
        FingerReason.DECOY_MISSING,
        FingerReason.DECOY_UNFIT,
    }
)
FAULTS: Final = frozenset(
    {FingerReason.SENSOR_LOST, FingerReason.SENSOR_GARBLED, FingerReason.SENSOR_REFUSED}
)
LARGEST_SCORE: Final = 65_535  # two bytes on the wire of a sensor
NOT_ASKED: Final = "not_asked"


def _all(outcome: Outcome, reason: str) -> tuple[Finding, ...]:
    return tuple(Finding(check, outcome, reason) for check in CHECKS)


NOT_FITTED: Final = _all(Outcome.NOT_APPLICABLE, "not_fitted")
NO_REGISTRATION: Final = _all(Outcome.NOT_APPLICABLE, "no_registration")
NOT_YET: Final = _all(Outcome.NOT_DONE, NOT_ASKED)
NOT_ENROLLED: Final = _all(Outcome.NOT_APPLICABLE, "not_enrolled")


def lacks_only_the_finger(decision: Decision) -> bool:
    """Say whether nothing stands against admission but that the finger was not asked for yet."""
    awaited = {f"{check}: {NOT_ASKED}" for check in CHECKS}
    return bool(decision.reasons) and awaited.issuperset(decision.reasons)


def unanswered(reason: str) -> tuple[Finding, ...]:
    """Return the findings when the host gave no answer."""
    told = Finding(REFERENCE, Outcome.NOT_DONE, reason)
    return (told, *(Finding(check, Outcome.INCONCLUSIVE, reason) for check in (BELIEVED, HOLDER)))


def examine_finger(measures: FingerMeasures, policy: Policy) -> tuple[Finding, ...]:
    """Answer the checks on a finger."""
    reason = measures.reason
    if reason is FingerReason.TEMPLATE_MISSING:
        return NOT_ENROLLED
    if reason in NO_REFERENCE:
        spoilt = Finding(REFERENCE, Outcome.FAILED, reason.value)
        return (spoilt, *(Finding(one, Outcome.NOT_DONE, reason.value) for one in CHECKS[1:]))
    evidence: Evidence = {"took_ms": round(measures.took_ms, 3)}
    available = Finding(REFERENCE, Outcome.PASSED, "available", evidence)
    return (available, *_compared(measures, policy))


def after(mismatch: Finding | None, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return a try's findings, an earlier mismatch beside them unless this try tells itself."""
    told = {Outcome.PASSED, Outcome.FAILED}
    if mismatch is None or any(one.check is HOLDER and one.outcome in told for one in findings):
        return findings
    return (*findings, mismatch)


def mismatch_in(findings: tuple[Finding, ...]) -> Finding | None:
    """Return the finding that a finger was not the holder's, if it is among these."""
    found = (one for one in findings if one.check is HOLDER and one.outcome is Outcome.FAILED)
    return next(found, None)


def _compared(measures: FingerMeasures, policy: Policy) -> tuple[Finding, Finding]:
    reason = measures.reason
    if reason in FAULTS:
        return _both(Outcome.INCONCLUSIVE, reason.value)
    if reason is FingerReason.DECOY_MATCHED:
        evidence: Evidence = {"decoys": measures.decoys}
        return (
            Finding(BELIEVED, Outcome.FAILED, reason.value, evidence),
            Finding(HOLDER, Outcome.NOT_DONE, reason.value),
        )
    if reason is not FingerReason.OK:
        return _both(Outcome.NOT_DONE, reason.value)
    if not _makes_sense(measures):
        return _both(Outcome.INCONCLUSIVE, "odd_measures")
    believed = Finding(BELIEVED, Outcome.PASSED, "decoys_failed", {"decoys": measures.decoys})
    return believed, _scored(measures, policy)


def _makes_sense(measures: FingerMeasures) -> bool:
    has_score = measures.score is not None and 0 <= measures.score <= LARGEST_SCORE
    return has_score and measures.decoys >= 1 and measures.format is not None


def _scored(measures: FingerMeasures, policy: Policy) -> Finding:
    assert measures.format is not None
    assert measures.score is not None
    accept_at = policy.finger_accept_at[measures.format]
    evidence: Evidence = {
        "score": measures.score,
        "accept_at_score": accept_at,
        "format": measures.format.value,
    }
    if measures.score >= accept_at:
        return Finding(HOLDER, Outcome.PASSED, "match", evidence)
    return Finding(HOLDER, Outcome.FAILED, "no_match", evidence)


def _both(outcome: Outcome, reason: str) -> tuple[Finding, Finding]:
    return Finding(BELIEVED, outcome, reason), Finding(HOLDER, outcome, reason)
