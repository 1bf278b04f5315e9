"""Layers become findings, and a face is a living one only when each required layer says so."""

from dataclasses import replace
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.face_measures import (
    FaceMeasures,
    FaceReason,
    LayerReason,
    LayerScore,
    PadLayer,
)
from egate.inspection.liveness_checks import CHECK_OF, asks_for_a_turn, examine_liveness
from egate.inspection.policy import LayerLimits, LivenessPolicy, load

P, R = PadLayer, LayerReason
LIMITS = {layer: LayerLimits(0.3, 0.5) for layer in PadLayer}
POLICY = LivenessPolicy(
    required=frozenset({P.PERSISTENCE, P.MOTION}),
    required_when_fitted=frozenset({P.ACTIVE_LIGHT}),
    asks_turn_for=frozenset({P.MOTION}),
    limits=LIMITS,
)
PERSISTS = LayerScore(P.PERSISTENCE, 0.9, R.LIVING)
NOT_FLAT = LayerScore(P.MOTION, 0.8, R.LIVING)
SHIPPED = {
    name: load(files("egate.inspection").joinpath(name).read_text()).liveness
    for name in ("policy.toml", "policy_bench.toml")
}


def seen(*layers: LayerScore, reason: FaceReason = FaceReason.OK) -> FaceMeasures:
    return FaceMeasures(reason, 0.8, 5, 1, 20.0, layers)


def live(*layers: LayerScore, policy: LivenessPolicy = POLICY) -> Finding:
    *_, finding = examine_liveness(seen(*layers), policy)
    assert finding.check is Check.FACE_IS_LIVE
    return finding


def told(*layers: LayerScore) -> tuple[Outcome, str]:
    finding = live(*layers)
    return finding.outcome, finding.reason


def test_every_layer_has_its_check_and_its_finding() -> None:
    findings = examine_liveness(seen(PERSISTS), POLICY)
    assert [one.check for one in findings] == [*CHECK_OF.values(), Check.FACE_IS_LIVE]
    assert set(CHECK_OF) == set(PadLayer)


@pytest.mark.parametrize(
    ("score", "reason", "outcome", "told_as"),
    [
        (0.5, R.LIVING, Outcome.PASSED, "living"),
        (0.4999999, R.LIVING, Outcome.INCONCLUSIVE, "near_threshold"),
        (0.3, R.MOVES_AS_A_PLANE, Outcome.INCONCLUSIVE, "near_threshold"),
        (0.2999999, R.MOVES_AS_A_PLANE, Outcome.FAILED, "moves_as_a_plane"),
        (0.0, R.MOVES_AS_A_PLANE, Outcome.FAILED, "moves_as_a_plane"),
        (None, R.TOO_LITTLE_MOTION, Outcome.INCONCLUSIVE, "too_little_motion"),
        (None, R.NOT_FITTED, Outcome.NOT_DONE, "not_fitted"),
        (1.0, R.NOT_FITTED, Outcome.NOT_DONE, "not_fitted"),
        (float("nan"), R.LIVING, Outcome.INCONCLUSIVE, "odd_score"),
        (1.1, R.LIVING, Outcome.INCONCLUSIVE, "odd_score"),
        (-0.1, R.LIVING, Outcome.INCONCLUSIVE, "odd_score"),
    ],
)
def test_a_layer_is_weighed_by_the_policys_limits(
    score: float | None, reason: LayerReason, outcome: Outcome, told_as: str
) -> None:
    finding = examine_liveness(seen(LayerScore(P.MOTION, score, reason)), POLICY)[1]
    assert (finding.check, finding.outcome, finding.reason) == (
        Check.FACE_IS_NOT_FLAT,
        outcome,
        told_as,
    )


def test_all_required_layers_prove_a_living_face_and_are_its_evidence() -> None:
    finding = live(PERSISTS, NOT_FLAT)
    assert (finding.outcome, finding.reason) == (Outcome.PASSED, "all_required_layers")
    assert finding.evidence == {"persistence_score": 0.9, "motion_score": 0.8}


def test_a_layer_that_failed_fails_the_face_though_nobody_required_it() -> None:
    screen = LayerScore(P.TEXTURE, 0.0, R.SCREEN_PATTERN)
    assert told(PERSISTS, NOT_FLAT, screen) == (Outcome.FAILED, "texture_screen_pattern")


def test_an_attack_counts_before_what_could_not_be_told() -> None:
    flat = LayerScore(P.MOTION, 0.1, R.MOVES_AS_A_PLANE)
    unsure = LayerScore(P.PERSISTENCE, None, R.TOO_FEW_FRAMES)
    assert told(unsure, flat) == (Outcome.FAILED, "motion_moves_as_a_plane")


def test_a_required_layer_that_cannot_tell_may_be_tried_again() -> None:
    unsure = LayerScore(P.MOTION, None, R.TOO_LITTLE_MOTION)
    assert told(PERSISTS, unsure) == (Outcome.INCONCLUSIVE, "motion_too_little_motion")


@pytest.mark.parametrize("motion", [[], [LayerScore(P.MOTION, None, R.NOT_FITTED)]])
def test_a_required_layer_the_gate_has_no_device_for_is_never_a_pass(
    motion: list[LayerScore],
) -> None:
    assert told(PERSISTS, *motion) == (Outcome.NOT_APPLICABLE, "motion_not_fitted")


@pytest.mark.parametrize(
    ("light", "outcome"),
    [
        (LayerScore(P.ACTIVE_LIGHT, None, R.NOT_FITTED), Outcome.PASSED),
        (LayerScore(P.ACTIVE_LIGHT, 0.9, R.LIVING), Outcome.PASSED),
        (LayerScore(P.ACTIVE_LIGHT, 0.4, R.LIVING), Outcome.INCONCLUSIVE),
        (LayerScore(P.ACTIVE_LIGHT, None, R.DEVICE_LOST), Outcome.INCONCLUSIVE),
        (LayerScore(P.ACTIVE_LIGHT, 0.1, R.IGNORES_THE_LIGHT), Outcome.FAILED),
    ],
)
def test_a_light_that_is_fitted_must_be_answered(light: LayerScore, outcome: Outcome) -> None:
    assert live(PERSISTS, NOT_FLAT, light).outcome is outcome


def test_a_look_without_a_whole_sight_says_nothing_about_life() -> None:
    findings = examine_liveness(seen(PERSISTS, NOT_FLAT, reason=FaceReason.TWO_FACES), POLICY)
    assert {(one.outcome, one.reason) for one in findings} == {(Outcome.NOT_DONE, "two_faces")}


SCORES = st.builds(
    LayerScore,
    st.sampled_from(PadLayer),
    st.none() | st.floats(),
    st.sampled_from(LayerReason),
)


@given(
    st.lists(SCORES, max_size=8, unique_by=lambda one: one.layer), st.sampled_from(sorted(SHIPPED))
)
def test_a_living_face_means_every_required_layer_accepted_and_none_rejected(
    layers: list[LayerScore], name: str
) -> None:
    policy = SHIPPED[name]
    finding = live(*layers, policy=policy)
    if finding.outcome is not Outcome.PASSED:
        return
    untried = {R.NOT_FITTED, R.NOT_ASKED}
    scores = {one.layer: one.score for one in layers if one.reason not in untried}
    turned = scores.get(P.HEAD_TURN) or 0.0
    for layer in policy.required:
        score = scores[layer]
        if score is None:
            assert layer in policy.asks_turn_for
            assert turned >= policy.limits[P.HEAD_TURN].accept_from
            continue
        assert score >= policy.limits[layer].accept_from
    for layer, score in scores.items():
        assert score is None or not score < policy.limits[layer].reject_below


def test_a_border_requires_the_light_and_a_bench_only_where_it_is_fitted() -> None:
    border, bench = SHIPPED["policy.toml"], SHIPPED["policy_bench.toml"]
    assert border.required == {P.PERSISTENCE, P.MOTION, P.ACTIVE_LIGHT}
    assert bench.required == {P.PERSISTENCE, P.MOTION}
    assert P.ACTIVE_LIGHT in bench.required_when_fitted
    assert (
        replace(bench, required=border.required, required_when_fitted=border.required_when_fitted)
        == border
    )


TURNED = LayerScore(P.HEAD_TURN, 1.0, R.LIVING)
UNASKED = LayerScore(P.HEAD_TURN, None, R.NOT_ASKED)
BLIND = LayerScore(P.MOTION, None, R.TOO_LITTLE_MOTION)
NEAR = LayerScore(P.MOTION, 0.4, R.MOVES_AS_A_PLANE)
FLAT = LayerScore(P.MOTION, 0.1, R.MOVES_AS_A_PLANE)


@pytest.mark.parametrize(
    ("layers", "is_asked"),
    [
        ((PERSISTS, NOT_FLAT), False),
        ((PERSISTS, BLIND), True),
        ((PERSISTS, NEAR), True),
        ((PERSISTS, FLAT), False),
        ((LayerScore(P.PERSISTENCE, None, R.TOO_FEW_FRAMES), BLIND), False),
        ((PERSISTS, BLIND, LayerScore(P.TEXTURE, 0.0, R.SCREEN_PATTERN)), False),
        ((PERSISTS, BLIND, LayerScore(P.ACTIVE_LIGHT, None, R.DEVICE_LOST)), False),
        ((PERSISTS, NEAR, LayerScore(P.ACTIVE_LIGHT, 0.9, R.LIVING)), True),
    ],
)
def test_a_turn_is_asked_for_only_where_it_is_all_that_is_missing(
    layers: tuple[LayerScore, ...], *, is_asked: bool
) -> None:
    assert asks_for_a_turn((*layers, UNASKED), POLICY) is is_asked
    jumped = LayerScore(P.PERSISTENCE, 0.4, R.FACE_JUMPED)
    both = replace(POLICY, asks_turn_for=frozenset({P.MOTION, P.PERSISTENCE}))
    assert not asks_for_a_turn((jumped, *layers[1:], UNASKED), both)
    assert not asks_for_a_turn((*layers, UNASKED), replace(POLICY, asks_turn_for=frozenset()))


@pytest.mark.parametrize(
    ("motion", "turn", "outcome"),
    [
        (BLIND, TURNED, Outcome.PASSED),
        (BLIND, UNASKED, Outcome.INCONCLUSIVE),
        (BLIND, LayerScore(P.HEAD_TURN, 0.4, R.DID_NOT_TURN), Outcome.INCONCLUSIVE),
        (BLIND, LayerScore(P.HEAD_TURN, 0.4, R.TURNED_THE_OTHER_WAY), Outcome.INCONCLUSIVE),
        (NEAR, TURNED, Outcome.INCONCLUSIVE),
        (FLAT, TURNED, Outcome.FAILED),
        (LayerScore(P.MOTION, 2.0, R.LIVING), TURNED, Outcome.INCONCLUSIVE),
    ],
)
def test_a_head_that_turned_settles_only_what_could_not_tell(
    motion: LayerScore, turn: LayerScore, outcome: Outcome
) -> None:
    assert live(PERSISTS, motion, turn).outcome is outcome
    if outcome is Outcome.PASSED:
        strict = replace(POLICY, asks_turn_for=frozenset({P.PERSISTENCE}))
        assert live(PERSISTS, motion, turn, policy=strict).outcome is Outcome.INCONCLUSIVE
