"""What a traveller before the camera is asked: a side, a distance, then what hinders."""

import pytest

from egate.domain.face_measures import FaceReason
from egate.domain.signs import SIGNS
from egate.inspection.guidance import PROMPTS
from egate.pages.traveller.position import cue_of

MIDDLE = (0.4, 0.2, 0.2, 0.3)
NO_FACE = (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("face", "reason", "cue"),
    [
        (MIDDLE, "ok", None),
        (MIDDLE, "", None),
        (MIDDLE, "too_few_frames", None),
        (MIDDLE, "reference_missing", None),  # nothing that a traveller can do about
        (MIDDLE, "no such reason", None),
        ((0.02, 0.2, 0.2, 0.3), "ok", "move_left"),  # as a camera sees it: to the right of the lane
        ((0.78, 0.2, 0.2, 0.3), "ok", "move_right"),
        ((0.25, 0.1, 0.5, 0.8), "ok", "move_back"),
        ((0.45, 0.2, 0.08, 0.1), "too_small", "come_closer"),
        ((0.78, 0.2, 0.2, 0.3), "eyes_covered", "move_right"),  # one thing at a time
        ((0.78, 0.2, 0.2, 0.3), "two_faces", "one_person_only"),
        (MIDDLE, "mouth_covered", "take_off_mask"),
        (NO_FACE, "no_face", "look_here_again"),
        (NO_FACE, "", None),
    ],
)
def test_the_side_and_the_distance_come_before_what_hinders(
    face: tuple[float, float, float, float], reason: str, cue: str | None
) -> None:
    assert cue_of(face, reason) == cue


@pytest.mark.parametrize("top", [0.0, 0.3, 0.68])
def test_nobody_is_too_short_or_too_tall(top: float) -> None:
    assert cue_of((0.4, top, 0.2, 0.3), "ok") is None


def test_every_reason_ends_in_a_sign_or_in_nothing() -> None:
    for reason in FaceReason:
        cue = cue_of(NO_FACE, reason)
        assert cue is None or (cue in SIGNS and cue is PROMPTS[reason])
