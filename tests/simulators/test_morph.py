"""A morph is like both persons, like each less than a picture of that one, and is seen as that."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from egate.vision.faces import Embedding, FaceEngine, Picture, match
from egate.vision.models import load_models
from simulators.faces import FacesNotObtained, enrolment_file, live_pictures, obtain
from simulators.morph import morph
from tests.vision.limits import POLICY

FOLDER = Path(__file__).parents[2] / ".bench" / "faces"


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return FaceEngine(load_models())


@pytest.fixture(scope="module")
def portraits() -> dict[str, Picture]:
    try:
        obtain(FOLDER)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    return {
        name: np.asarray(cv2.imread(str(enrolment_file(FOLDER, name))), np.uint8)
        for name in ("person_1", "person_2")
    }


def embedding(engine: FaceEngine, picture: Picture) -> Embedding:
    return engine.embed(picture, engine.detect(picture)[0])


def made(engine: FaceEngine, portraits: dict[str, Picture], share: float) -> Picture:
    one, other = portraits["person_1"], portraits["person_2"]
    points = [engine.detect(picture)[0].points for picture in (one, other)]
    return morph(one, points[0], other, points[1], share)


def test_the_more_of_a_person_is_in_it_the_more_alike_it_is(
    engine: FaceEngine, portraits: dict[str, Picture]
) -> None:
    morphs = [embedding(engine, made(engine, portraits, share)) for share in (0.0, 0.25, 0.5, 0.75)]
    first, second = (embedding(engine, portraits[name]) for name in ("person_1", "person_2"))
    to_first = [match(one, first) for one in morphs]
    to_second = [match(one, second) for one in morphs]
    assert to_first == sorted(to_first, reverse=True)
    assert to_second == sorted(to_second)
    assert to_first[0] > 0.98


def test_a_morph_of_halves_is_less_alike_to_either_than_the_policy_takes_for_one_person(
    engine: FaceEngine, portraits: dict[str, Picture]
) -> None:
    least = (
        POLICY.morphing.genuine_score - POLICY.morphing.refer_at * POLICY.morphing.genuine_spread
    )
    half = embedding(engine, made(engine, portraits, 0.5))
    live = live_pictures(FOLDER)
    own = embedding(engine, portraits["person_1"])
    assert match(own, embedding(engine, live["person_1"])) >= least
    for name in ("person_1", "person_2"):
        assert match(half, embedding(engine, live[name])) < least


def test_the_same_two_pictures_make_the_same_morph(
    engine: FaceEngine, portraits: dict[str, Picture]
) -> None:
    assert np.array_equal(made(engine, portraits, 0.5), made(engine, portraits, 0.5))
