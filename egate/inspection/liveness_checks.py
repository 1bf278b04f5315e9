"""The checks on whether a face is a living one: each layer, then what they prove together.

    each layer     living; what it saw instead; near_threshold; why it could not tell; not_fitted
    face_is_live   all_required_layers; LAYER_REASON of the first layer that failed;
                   LAYER_REASON of the first required layer that did not pass (inconclusive; not
                   applicable where the gate lacks the device for it);
                   not done when nobody was seen whole, by the reason of the look

A layer that failed fails the face whether it is required or not: of seven watchers one who saw
the edge of a screen is enough. A layer that could not tell counts only where it is required.

A turn of the head is asked for when everything else that is missing lies with layers of
`asks_turn_for`. It gives these more to see; one that has no score even then is settled by a head
that turned as asked. One that is near its threshold is not: that is no lack of sight.

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
        PadLayer.HEAD_TURN: Check.FACE_TURNS_AS_ASKED,
    }
)
NEAR_THRESHOLD = "near_threshold"
NOT_TRIED = frozenset({LayerReason.NOT_FITTED, LayerReason.NOT_ASKED})


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


def asks_for_a_turn(layers: tuple[LayerScore, ...], policy: LivenessPolicy) -> bool:
    """Say whether a turn of the head is what may still make a living face of this."""
    told = {one.layer: one for one in layers}
    findings = {
        layer: _layer(check, told.get(layer), policy.limits[layer])
        for layer, check in CHECK_OF.items()
    }
    unsure = {
        layer
        for layer, finding in findings.items()
        if _is_required(layer, finding, policy) and finding.outcome is not Outcome.PASSED
    }
    is_rejected = any(finding.outcome is Outcome.FAILED for finding in findings.values())
    has_jumped = bool(findings[PadLayer.PERSISTENCE].evidence) and PadLayer.PERSISTENCE in unsure
    is_of_use = bool(unsure) and unsure <= policy.asks_turn_for
    return is_of_use and not is_rejected and not has_jumped  # what jumped stays so


def _layer(check: Check, told: LayerScore | None, limits: LayerLimits) -> Finding:
    if told is None or told.reason in NOT_TRIED:
        reason = LayerReason.NOT_FITTED if told is None else told.reason
        return Finding(check, Outcome.NOT_DONE, reason.value)
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
        if finding.outcome is Outcome.PASSED or _is_settled(layer, layers, policy):
            continue
        if _is_required(layer, finding, policy):
            return Finding(check, Outcome.INCONCLUSIVE, f"{layer}_{finding.reason}")
    passed = [layer for layer, finding in layers.items() if finding.outcome is Outcome.PASSED]
    evidence: Evidence = {f"{layer}_score": layers[layer].evidence["score"] for layer in passed}
    return Finding(check, Outcome.PASSED, "all_required_layers", evidence)


def _is_required(layer: PadLayer, finding: Finding, policy: LivenessPolicy) -> bool:
    is_fitted = finding.outcome is not Outcome.NOT_DONE
    return layer in policy.required or (is_fitted and layer in policy.required_when_fitted)


def _is_settled(
    layer: PadLayer, layers: Mapping[PadLayer, Finding], policy: LivenessPolicy
) -> bool:
    """Say whether a layer that could not tell at all is answered by a head that turned as asked."""
    finding, turn = layers[layer], layers[PadLayer.HEAD_TURN]
    could_not_tell = finding.outcome is Outcome.INCONCLUSIVE and not finding.evidence
    is_asked = layer in policy.asks_turn_for and turn.outcome is Outcome.PASSED
    return could_not_tell and is_asked and finding.reason != "odd_score"
