"""Each component of a frame's quality moves with what it is named after, and has its own reason."""

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceReason
from egate.inspection.guidance import PROMPTS
from egate.inspection.policy import FACE_LIMITS
from egate.vision.faces import FaceEngine, Picture
from egate.vision.quality import (
    EYES,
    RULES,
    FaceQuality,
    Points,
    pitch_deg,
    quality_of,
    rank,
    roll_deg,
    unfit_because,
    yaw_deg,
)
from tests.vision.limits import GOOD, LIMITS

R = FaceReason
FRONTAL: Points = ((30, 40), (70, 40), (50, 62.85), (35, 86.16), (65, 86.16))
SUNNY = ["person_1", "person_2", "person_3", "person_4"]
DARK, PAPER = (25, 25, 25), (225, 225, 225)


def moved(left_eye_y: float = 40.0, nose: tuple[float, float] = (50, 62.85)) -> Points:
    right, (left_x, _), _, *mouth = FRONTAL
    return (right, (left_x, left_eye_y), nose, mouth[0], mouth[1])


def crop_of(engine: FaceEngine, picture: Picture) -> tuple[Picture, Points]:
    (face,) = engine.detect(picture)
    return engine.align(picture, face), face.points


def painted(crop: Picture, colour: tuple[int, int, int], *places: tuple[slice, slice]) -> Picture:
    changed = crop.copy()
    for place in places:
        changed[place] = colour
    return np.asarray(cv2.GaussianBlur(changed, (0, 0), 0.8), np.uint8)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, R.OK),
        ({"eye_distance_px": 59}, R.TOO_SMALL),
        ({"yaw_deg": -21}, R.TURNED_AWAY),
        ({"pitch_deg": 31}, R.UP_OR_DOWN),
        ({"roll_deg": 13}, R.TILTED),
        ({"light": 39}, R.TOO_DARK),
        ({"underexposed": 0.36}, R.TOO_DARK),
        ({"light": 216}, R.TOO_BRIGHT),
        ({"overexposed": 0.21}, R.TOO_BRIGHT),
        ({"sharpness": 39}, R.BLURRED),
        ({"unevenness": 0.61}, R.UNEVENLY_LIT),
        ({"eyes_visible": 0.34}, R.EYES_COVERED),
        ({"mouth_contrast": 0.29}, R.MOUTH_COVERED),
        ({"eyes_open": 0.34}, R.EYES_CLOSED),
        ({"mouth_contrast": 0.0, "sharpness": 0}, R.BLURRED),
    ],
)
def test_every_component_has_its_limit_and_its_reason(
    changed: dict[str, float], reason: FaceReason
) -> None:
    assert unfit_because(replace(GOOD, **changed), LIMITS) is reason


@pytest.mark.parametrize("component", [field.name for field in fields(FaceQuality)])
def test_a_component_that_is_no_number_fits_nothing(component: str) -> None:
    broken = replace(GOOD, **{component: float("nan")})
    assert unfit_because(broken, LIMITS) is not R.OK


def test_every_limit_is_one_the_policy_names() -> None:
    assert {field.name for field in fields(FaceLimits)} == set(FACE_LIMITS)


def test_every_reason_a_frame_can_be_unfit_for_has_its_own_prompt() -> None:
    reasons = {reason for reason, _ in RULES} | {R.NO_FACE, R.TWO_FACES, R.TOO_FEW_FRAMES}
    assert set(PROMPTS) == reasons
    assert len(set(PROMPTS.values())) == len(reasons)


def test_a_frame_is_ranked_frontal_then_awake_then_sharp() -> None:
    turned = replace(GOOD, yaw_deg=-8, eyes_open=0.9, sharpness=900)
    asleep = replace(GOOD, yaw_deg=2, eyes_open=0.22, sharpness=900)
    soft = replace(GOOD, sharpness=100)
    assert sorted([soft, GOOD, turned, asleep], key=rank) == [turned, asleep, soft, GOOD]


def test_the_angles_of_a_head_follow_its_points() -> None:
    assert (yaw_deg(FRONTAL), roll_deg(FRONTAL)) == (0, 0)
    assert pitch_deg(FRONTAL) == pytest.approx(0, abs=0.1)
    assert yaw_deg(moved(nose=(60, 62.85))) == pytest.approx(22.6, abs=0.1)
    assert yaw_deg(moved(nose=(40, 62.85))) == pytest.approx(-22.6, abs=0.1)
    assert roll_deg(moved(left_eye_y=47.0)) == pytest.approx(9.9, abs=0.1)
    assert pitch_deg(moved(nose=(50, 72))) == pytest.approx(20.9, abs=0.1)
    assert pitch_deg(moved(nose=(50, 54))) == pytest.approx(-20.2, abs=0.1)


def test_points_that_fall_together_give_numbers() -> None:
    point = (5.0, 5.0)
    together: Points = (point, point, point, point, point)
    for angle in (yaw_deg, pitch_deg, roll_deg):
        assert abs(angle(together)) <= 90


@pytest.mark.parametrize("name", SUNNY)
def test_an_uncovered_face_is_fit(engine: FaceEngine, live: dict[str, Picture], name: str) -> None:
    crop, points = crop_of(engine, live[name])
    assert unfit_because(quality_of(crop, points), LIMITS) is R.OK


@pytest.mark.parametrize("name", SUNNY)
def test_what_is_done_to_a_face_is_told_by_its_component(
    engine: FaceEngine, live: dict[str, Picture], name: str
) -> None:
    crop, points = crop_of(engine, live[name])
    flat = np.asarray(cv2.GaussianBlur(crop, (0, 0), 4), np.uint8)
    half = crop.copy()
    half[:, 56:] //= 3
    told = {
        "blurred": flat,
        "too_dark": np.asarray(crop // 5, np.uint8),
        "too_bright": np.asarray(255 - (255 - crop) // 8, np.uint8),
        "unevenly_lit": half,
        "eyes_covered": painted(crop, DARK, *EYES),
        "mouth_covered": painted(crop, PAPER, (slice(70, 112), slice(20, 92))),
    }
    found = {what: unfit_because(quality_of(one, points), LIMITS) for what, one in told.items()}
    assert found == {what: FaceReason(what) for what in told}


@pytest.mark.parametrize("name", SUNNY)
def test_an_eye_without_its_iris_is_less_open(
    engine: FaceEngine, live: dict[str, Picture], name: str
) -> None:
    crop, points = crop_of(engine, live[name])
    lids = np.median(crop[58:62, 30:82].reshape(-1, 3), axis=0)
    shut = painted(crop, tuple(int(part) for part in lids), *EYES)  # type: ignore[arg-type]  # three
    assert quality_of(shut, points).eyes_open < 0.5 * quality_of(crop, points).eyes_open


def test_a_crop_of_one_colour_gives_numbers() -> None:
    for level in (0, 128, 255):
        quality = quality_of(np.full((112, 112, 3), level, np.uint8), FRONTAL)
        assert all(np.isfinite(getattr(quality, field.name)) for field in fields(quality))
        assert unfit_because(quality, LIMITS) is not R.OK
