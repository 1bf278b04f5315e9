"""Measures of a look become findings; only a score over the threshold passes."""

from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Outcome
from egate.domain.face_measures import (
    FaceMeasures,
    FaceReason,
    LayerReason,
    LayerScore,
    PadLayer,
)
from egate.inspection.face_checks import examine_face
from egate.inspection.policy import load

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())


def look(reason: FaceReason, score: float | None, frames: int = 5) -> FaceMeasures:
    return FaceMeasures(reason, score, frames, faces_seen=1, compute_ms=20.0)


def holder(measures: FaceMeasures) -> tuple[Outcome, str]:
    finding = examine_face(measures, POLICY)[1]
    assert finding.check is Check.FACE_IS_THE_HOLDER
    return finding.outcome, finding.reason


@pytest.mark.parametrize(
    ("score", "outcome", "reason"),
    [
        (1.0, Outcome.PASSED, "match"),
        (0.43, Outcome.PASSED, "match"),
        (0.42999, Outcome.INCONCLUSIVE, "near_threshold"),  # rounds to 0.43 in the record
        (0.36, Outcome.INCONCLUSIVE, "near_threshold"),
        (0.35999, Outcome.FAILED, "no_match"),
        (-1.0, Outcome.FAILED, "no_match"),
        (None, Outcome.INCONCLUSIVE, "no_score"),
        (float("nan"), Outcome.INCONCLUSIVE, "odd_score"),
        (float("inf"), Outcome.INCONCLUSIVE, "odd_score"),
        (1.01, Outcome.INCONCLUSIVE, "odd_score"),
    ],
)
def test_a_score_is_weighed_by_the_policys_thresholds(
    score: float | None, outcome: Outcome, reason: str
) -> None:
    assert holder(look(FaceReason.OK, score)) == (outcome, reason)


def test_a_match_rests_on_score_thresholds_and_frames() -> None:
    assert examine_face(look(FaceReason.OK, 0.61234), POLICY)[1].evidence == {
        "score": 0.6123,
        "accept_at_score": 0.43,
        "refer_at_score": 0.36,
        "frames": 5,
    }


def test_a_high_score_on_too_few_frames_proves_nothing() -> None:
    assert holder(look(FaceReason.OK, 0.9, frames=2)) == (Outcome.NOT_DONE, "too_few_frames")


@pytest.mark.parametrize("reason", ["no_face", "two_faces", "too_small", "turned_away", "blurred"])
def test_what_a_traveller_can_mend_is_not_done(reason: str) -> None:
    assert holder(look(FaceReason(reason), 0.9)) == (Outcome.NOT_DONE, reason)


@pytest.mark.parametrize("reason", ["camera_lost", "camera_frozen"])
def test_a_lost_or_frozen_camera_decides_nothing(reason: str) -> None:
    reference, face, *_ = examine_face(look(FaceReason(reason), 0.9), POLICY)
    assert reference.outcome is Outcome.NOT_DONE
    assert (face.outcome, face.reason) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize(
    "reason", [reason for reason in FaceReason if reason.startswith("reference_")]
)
def test_without_a_reference_nobody_is_the_holder(reason: str) -> None:
    reference, face, *_ = examine_face(look(FaceReason(reason), None), POLICY)
    assert (reference.outcome, reference.reason) == (Outcome.FAILED, reason)
    assert face.outcome is Outcome.NOT_DONE


@given(
    st.builds(
        FaceMeasures,
        reason=st.sampled_from(FaceReason),
        score=st.none() | st.floats(),
        frames=st.integers(),
        faces_seen=st.integers(),
        compute_ms=st.floats(),
        layers=st.lists(
            st.builds(
                LayerScore,
                st.sampled_from(PadLayer),
                st.none() | st.floats(),
                st.sampled_from(LayerReason),
            ),
            max_size=8,
        ).map(tuple),
    )
)
def test_any_measures_end_in_a_finding_of_each_check(measures: FaceMeasures) -> None:
    reference, face, *_, live = examine_face(measures, POLICY)
    assert reference.check is Check.REFERENCE_FACE_IS_AVAILABLE
    assert live.check is Check.FACE_IS_LIVE
    if face.outcome is Outcome.PASSED:
        assert measures.reason is FaceReason.OK
        assert measures.score is not None
        assert measures.score >= 0.43
        assert reference.outcome is Outcome.PASSED
