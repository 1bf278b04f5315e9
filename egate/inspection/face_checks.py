"""The checks on a face, from what the vision host measured and the policy's thresholds.

    reference_face_is_available   available; reference_missing, reference_broken,
                                  reference_unreadable, reference_has_no_face;
                                  no camera reason says anything about it (not_done)
    face_is_the_holder            match; no_match; near_threshold, no_score, odd_score,
                                  camera_lost, camera_frozen; else not done, by its reason
    each layer, face_is_live      egate.inspection.liveness_checks

A score is compared as it came; rounding is for the record. Every measure ends in all these
findings, a nonsensical one in a finding that passes nothing.

Source: research/face.md section 5 (thresholds: >= 0.43 accept, 0.36 to 0.43 refer).
"""

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.inspection.liveness_checks import examine_liveness
from egate.inspection.policy import Policy

HIGHEST_COSINE = 1.001  # rounding of 32-bit sums
NO_REFERENCE = frozenset(
    {
        FaceReason.REFERENCE_MISSING,
        FaceReason.REFERENCE_BROKEN,
        FaceReason.REFERENCE_UNREADABLE,
        FaceReason.REFERENCE_HAS_NO_FACE,
    }
)
FAULTS = frozenset({FaceReason.CAMERA_LOST, FaceReason.CAMERA_FROZEN})


def examine_face(measures: FaceMeasures, policy: Policy) -> tuple[Finding, ...]:
    """Answer the checks on a face."""
    return (
        _reference(measures),
        _holder(measures, policy),
        *examine_liveness(measures, policy.liveness),
    )


def _reference(measures: FaceMeasures) -> Finding:
    check = Check.REFERENCE_FACE_IS_AVAILABLE
    if measures.reason in NO_REFERENCE:
        return Finding(check, Outcome.FAILED, measures.reason.value)
    if measures.reason in FAULTS:
        return Finding(check, Outcome.NOT_DONE, measures.reason.value)
    took: Evidence = {"compute_ms": measures.compute_ms, "waited_ms": measures.waited_ms}
    return Finding(check, Outcome.PASSED, "available", took)


def _holder(measures: FaceMeasures, policy: Policy) -> Finding:
    check = Check.FACE_IS_THE_HOLDER
    if measures.reason in FAULTS:
        return Finding(check, Outcome.INCONCLUSIVE, measures.reason.value)
    if measures.reason is not FaceReason.OK:
        seen: Evidence = {"frames": measures.frames, "faces_seen": measures.faces_seen}
        return Finding(check, Outcome.NOT_DONE, measures.reason.value, seen)
    if measures.score is None:
        return Finding(check, Outcome.INCONCLUSIVE, "no_score")
    if not -HIGHEST_COSINE <= measures.score <= HIGHEST_COSINE:
        return Finding(check, Outcome.INCONCLUSIVE, "odd_score")
    return _compared(measures.score, measures.frames, policy)


def _compared(score: float, frames: int, policy: Policy) -> Finding:
    """Answer from the score."""
    check = Check.FACE_IS_THE_HOLDER
    evidence: Evidence = {
        "score": round(score, 4),
        "accept_at_score": policy.accept_at_score,
        "refer_at_score": policy.refer_at_score,
        "frames": frames,
    }
    if frames < policy.least_frames:
        return Finding(check, Outcome.NOT_DONE, FaceReason.TOO_FEW_FRAMES.value, evidence)
    if score >= policy.accept_at_score:
        return Finding(check, Outcome.PASSED, "match", evidence)
    if score >= policy.refer_at_score:
        return Finding(check, Outcome.INCONCLUSIVE, "near_threshold", evidence)
    return Finding(check, Outcome.FAILED, "no_match", evidence)
