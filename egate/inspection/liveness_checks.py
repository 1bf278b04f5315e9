"""The checks on whether a face is a living one: each layer, then what they prove together.

    each layer     living; what it saw instead; near_threshold; why it could not tell; not_fitted
    face_is_live   all_required_layers; LAYER_REASON of the first layer that failed;
                   LAYER_REASON of the first required layer that did not pass (inconclusive; not
                   applicable where the gate lacks the device for it);
                   not done when nobody was seen whole, by the reason of the look

A layer that failed fails the face whether it is required or not: of six watchers one who saw
the edge of a screen is enough. A layer that could not tell counts only where it is required.

Source: research/face.md section 5 (presentation attack detection); ISO/IEC 30107-1 (terms).
"""

from collections.abc import Mapping
from types import MappingProxyType

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.face_measures import FaceMeasures, FaceReason, LayerReason, LayerScore, PadLayer
from egate.inspection.policy import LayerLimits, LivenessPolicy

CHECK_OF: Mapping[PadLayer, Check] = MappingProxyType(
    {
        PadLayer.PERSISTENCE: Check.FACE_PERSISTS_AND_STIRS,
        PadLayer.MOTION: Check.FACE_IS_NOT_FLAT,
        PadLayer.TEXTURE: Check.FACE_SHOWS_NO_SCREEN_OR_PAPER,
        PadLayer.ACTIVE_LIGHT: Check.FACE_ANSWERS_THE_LIGHT,
        PadLayer.INFRARED: Check.FACE_IS_SEEN_IN_INFRARED,
        PadLayer.DEPTH: Check.FACE_HAS_DEPTH,
    }
)
NEAR_THRESHOLD = "near_threshold"


def examine_liveness(measures: FaceMeasures, policy: LivenessPolicy) -> tuple[Finding, ...]:
    """Answer the check of each layer, and FACE_IS_LIVE last."""
    if measures.reason is not FaceReason.OK:
        nothing = [*CHECK_OF.values(), Check.FACE_IS_LIVE]
        return tuple(Finding(check, Outcome.NOT_DONE, measures.reason.value) for check in nothing)
    told = {one.layer: one for one in measures.layers}
    layers = {
        layer: _layer(check, told.get(layer), policy.limits[layer])
        for layer, check in CHECK_OF.items()
    }
    return (*layers.values(), _together(layers, policy))


def _layer(check: Check, told: LayerScore | None, limits: LayerLimits) -> Finding:
    if told is None or told.reason is LayerReason.NOT_FITTED:
        return Finding(check, Outcome.NOT_DONE, LayerReason.NOT_FITTED.value)
    if told.score is None:
        return Finding(check, Outcome.INCONCLUSIVE, told.reason.value)
    evidence: Evidence = {
        "score": round(told.score, 4),
        "reject_below": limits.reject_below,
        "accept_from": limits.accept_from,
    }
    if limits.accept_from <= told.score <= 1:
        return Finding(check, Outcome.PASSED, LayerReason.LIVING.value, evidence)
    if limits.reject_below <= told.score < limits.accept_from:
        return Finding(check, Outcome.INCONCLUSIVE, NEAR_THRESHOLD, evidence)
    if 0 <= told.score < limits.reject_below:
        return Finding(check, Outcome.FAILED, told.reason.value, evidence)
    return Finding(check, Outcome.INCONCLUSIVE, "odd_score")


def _together(layers: Mapping[PadLayer, Finding], policy: LivenessPolicy) -> Finding:
    """Make one finding of the layers' own."""
    check = Check.FACE_IS_LIVE
    for layer, finding in layers.items():
        if finding.outcome is Outcome.FAILED:
            return Finding(check, Outcome.FAILED, f"{layer}_{finding.reason}")
    for layer, finding in layers.items():
        is_fitted = finding.outcome is not Outcome.NOT_DONE
        if layer in policy.required and not is_fitted:
            return Finding(check, Outcome.NOT_APPLICABLE, f"{layer}_{finding.reason}")
        is_required = layer in policy.required or (
            is_fitted and layer in policy.required_when_fitted
        )
        if is_required and finding.outcome is not Outcome.PASSED:
            return Finding(check, Outcome.INCONCLUSIVE, f"{layer}_{finding.reason}")
    passed = [layer for layer, finding in layers.items() if finding.outcome is Outcome.PASSED]
    evidence: Evidence = {f"{layer}_score": layers[layer].evidence["score"] for layer in passed}
    return Finding(check, Outcome.PASSED, "all_required_layers", evidence)
