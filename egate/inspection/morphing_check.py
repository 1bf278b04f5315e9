"""Whether a document's portrait is of one person: what a face match says about a morph.

    portrait_is_of_one_person   as_alike_as_one_person; less_alike_than_one_person (inconclusive);
                                no_portrait (not applicable: a permit's own face was enrolled by
                                its issuer); no score (not done, by the look's reason)

A morph of two persons is alike to both, and to each less than a picture of one is to that one.
So the score here is differential, chip portrait against the mean of the live frames: by how many
spreads of the likeness of genuine pairs it falls short of their mean. It never fails anybody and
admits nobody: at worst an officer looks. A policy makes it refer by requiring it of the traveller,
or leaves it in the record by not requiring it.

What it cannot tell: an old portrait, another light and a bad camera make one person less alike
as well, and a morph that is mostly this traveller is alike enough. It knows nothing of the
picture itself; the length of the embedding before it is normalised was tried and tells nothing.

Source: Scherhag et al., Deep Face Representations for Differential Morphing Attack Detection
(2020), the idea; figures of `make bench-face`, morphs of simulators/morph.py.
"""

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.inspection.policy import Morphing, Policy

CHECK = Check.PORTRAIT_IS_OF_ONE_PERSON


def shortfall(score: float, morphing: Morphing) -> float:
    """Return how many spreads of genuine pairs a score is below their mean; below 0 above it.

    >>> round(shortfall(0.60, Morphing(genuine_score=0.74, genuine_spread=0.07, refer_at=2.0)), 2)
    2.0
    """
    return (morphing.genuine_score - score) / morphing.genuine_spread


def examine_portrait(measures: FaceMeasures, policy: Policy, *, is_portrait: bool) -> Finding:
    """Answer whether the portrait is of one person only, the one who was looked at."""
    if not is_portrait:
        return Finding(CHECK, Outcome.NOT_APPLICABLE, "no_portrait")
    if measures.reason is not FaceReason.OK:
        return Finding(CHECK, Outcome.NOT_DONE, measures.reason.value)
    if measures.score is None or not -1.001 <= measures.score <= 1.001:
        return Finding(CHECK, Outcome.INCONCLUSIVE, "odd_score")
    falls_short = shortfall(measures.score, policy.morphing)
    evidence: Evidence = {
        "score": round(measures.score, 4),
        "shortfall": round(falls_short, 2),
        "refer_at_shortfall": policy.morphing.refer_at,
    }
    if falls_short < policy.morphing.refer_at:
        return Finding(CHECK, Outcome.PASSED, "as_alike_as_one_person", evidence)
    return Finding(CHECK, Outcome.INCONCLUSIVE, "less_alike_than_one_person", evidence)
