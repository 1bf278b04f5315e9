"""Faces are found, measured and compared as research/face.md section 3 measured them.

The thresholds here are those of the policy: 0.43 accepts, below 0.36 is no match.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from egate.domain.embedding import dequantise, quantise
from egate.domain.face_measures import FaceReason
from egate.vision.faces import (
    Embedding,
    Face,
    FaceEngine,
    Picture,
    VisionUnsupported,
    dominant,
    match,
)
from egate.vision.models import load_models
from egate.vision.quality import unfit_because
from simulators.camera import Scene, render
from simulators.faces import PERSONS
from tests.vision.limits import LIMITS

ACCEPTED = 0.43
NO_MATCH = 0.36
PASSING = list(PERSONS)


def face(width: float) -> Face:
    return Face((0, 0, width, 130), ((30, 40), (70, 40), (50, 65), (35, 90), (65, 90)), 0.9)


def scene(live: dict[str, Picture], *names: str, distance_m: float = 0.7) -> Picture:
    raw = render(Scene(names, distance_m), live)[0]
    return np.asarray(cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize("holder", PASSING)
def test_the_holder_matches_and_nobody_else_does(
    engine: FaceEngine, live: dict[str, Picture], enrolled: dict[str, Embedding], holder: str
) -> None:
    picture = scene(live, holder)
    embedding = engine.embed(picture, engine.detect(picture)[0])
    own = PERSONS[holder].enrolment
    for name, person in PERSONS.items():
        score = match(embedding, enrolled[name])
        assert score >= ACCEPTED if person.enrolment == own else score < NO_MATCH


@pytest.mark.parametrize("holder", PASSING)
def test_a_reference_kept_in_128_bytes_scores_the_same(
    engine: FaceEngine, live: dict[str, Picture], enrolled: dict[str, Embedding], holder: str
) -> None:
    embedding = engine.embed(live[holder], engine.detect(live[holder])[0])
    reference = enrolled[holder]
    kept = np.asarray(dequantise(quantise(reference.tolist())), np.float32)
    assert match(embedding, kept) == pytest.approx(match(embedding, reference), abs=0.002)


def test_an_embedding_is_128_numbers_of_length_one(enrolled: dict[str, Embedding]) -> None:
    for embedding in enrolled.values():
        assert embedding.shape == (128,)
        assert embedding.dtype == np.float32
        assert np.linalg.norm(embedding) == pytest.approx(1.0, abs=1e-5)


def test_the_points_of_a_face_are_in_the_full_picture(
    engine: FaceEngine, live: dict[str, Picture]
) -> None:
    (found,) = engine.detect(scene(live, "person_2", distance_m=0.7))
    right, left = found.points[:2]
    assert (right[0] + left[0]) / 2 == pytest.approx(640, abs=20)
    assert (right[1] + left[1]) / 2 == pytest.approx(302, abs=20)
    assert found.eye_distance_px == pytest.approx(1000 * 0.062 / 0.7, rel=0.12)


@pytest.mark.parametrize(
    ("names", "distance_m", "reason"),
    [
        (("person_1",), 0.7, FaceReason.OK),
        ((), 0.7, FaceReason.NO_FACE),
        (("person_1", "person_2"), 0.7, FaceReason.TWO_FACES),
        (("person_1",), 1.5, FaceReason.TOO_SMALL),
        (("photo:person_3",), 0.6, FaceReason.OK),  # a match proves no living face
    ],
)
def test_a_frame_is_judged_by_who_stands_there_and_where(
    engine: FaceEngine,
    live: dict[str, Picture],
    names: tuple[str, ...],
    distance_m: float,
    reason: FaceReason,
) -> None:
    picture = scene(live, *names, distance_m=distance_m)
    found = dominant(engine.detect(picture), LIMITS)
    if isinstance(found, Face):
        found = unfit_because(engine.measure(picture, found), LIMITS)
    assert found is reason


def test_a_face_far_behind_the_traveller_does_not_count() -> None:
    near, far = face(width=100.0), face(width=40.0)
    assert dominant((near, far), LIMITS) is near
    assert dominant((near, face(width=60.0)), LIMITS) is FaceReason.TWO_FACES


def test_a_picture_of_any_shape_is_looked_at(engine: FaceEngine, live: dict[str, Picture]) -> None:
    tall = cv2.copyMakeBorder(live["person_4"], 900, 900, 0, 0, cv2.BORDER_REPLICATE)
    assert len(engine.detect(np.asarray(tall, np.uint8))) == 1
    for height, width in ((1, 1000), (8, 8), (32, 32), (1000, 20), (1, 1), (64, 64), (320, 64)):
        assert engine.detect(np.zeros((height, width, 3), np.uint8)) == ()


def test_an_opencv_that_cannot_run_the_models_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "__version__", "5.0.0")
    with pytest.raises(VisionUnsupported, match=r"5\.0\.0"):
        FaceEngine(load_models())


def test_the_table_of_scores_is_printed(
    engine: FaceEngine,
    live: dict[str, Picture],
    enrolled: dict[str, Embedding],
    capsys: pytest.CaptureFixture[str],
    faces_folder: Path,
) -> None:
    lines = [f"{'live / enrolled':18}" + "".join(f"{name:>16}" for name in PASSING)]
    for name in PASSING:
        picture = scene(live, name)
        embedding = engine.embed(picture, engine.detect(picture)[0])
        scores = "".join(f"{match(embedding, enrolled[other]):16.3f}" for other in PASSING)
        lines.append(f"{name:18}{scores}")
    with capsys.disabled():
        print("", *lines, sep="\n")  # noqa: T201  # the table is what this test is for
    assert len(list(faces_folder.glob("*_live.jpg"))) >= 4
