"""One look gathers the right frames of one person, soon, and says what was in the way.

Most tests give the look an eye that sees what is written in each line: no network runs.
"""

from dataclasses import dataclass, field, replace
from itertools import count
import math

import cv2
import numpy as np
import pytest

from egate.domain.face_measures import FaceReason, LayerReason, LayerScore, PadLayer
from egate.domain.head_turn import Turn
from egate.domain.light_order import LightStep
from egate.vision.capture import FaceCapture
from egate.vision.faces import Embedding, Face, FaceEngine, Picture
from egate.vision.quality import FaceQuality
from simulators.camera import Scene, render
from tests.vision.limits import GOOD, LIMITS

FRAME_S = 1 / 30
NOTHING = np.zeros((2, 2, 3), np.uint8)
BLURRED = replace(GOOD, sharpness=5)
FACE = Face((0, 0, 100, 130), ((30, 40), (70, 40), (50, 65), (35, 90), (65, 90)), 0.9)


def direction(number: int) -> Embedding:
    return np.asarray(np.eye(128)[number], np.float32)


@dataclass
class ScriptedEye:
    """An eye for which faces, quality and person are set by hand."""

    faces: int = 1
    quality: FaceQuality = GOOD
    person: int = 0
    embedded: list[FaceQuality] = field(default_factory=list)

    def detect(self, _picture: Picture) -> tuple[Face, ...]:
        return (FACE,) * self.faces

    def measure(self, _picture: Picture, _face: Face) -> FaceQuality:
        return self.quality

    def embed(self, _picture: Picture, _face: Face) -> Embedding:
        self.embedded.append(self.quality)
        return direction(self.person)


def look(eye: ScriptedEye) -> FaceCapture:
    return FaceCapture(eye, lambda: 0.0, LIMITS)


def feed(capture: FaceCapture, from_s: float, for_s: float, every_s: float = FRAME_S) -> float:
    """Feed frames until enough or `for_s` is over; return when the last one came."""
    for number in count():
        at_s = from_s + number * every_s
        if at_s > from_s + for_s:
            return at_s - every_s
        capture.feed(NOTHING, at_s)
        if capture.is_enough:
            return at_s
    raise AssertionError


@pytest.mark.parametrize("every_s", [1 / 60, 1 / 30, 1 / 15, 1 / 10])
def test_five_frames_over_half_a_second_are_enough(every_s: float) -> None:
    eye = ScriptedEye()
    capture = look(eye)
    assert 0.5 <= feed(capture, 0.0, 5.0, every_s) <= 0.85
    measures = capture.measures(direction(0))
    assert (measures.reason, measures.frames) == (FaceReason.OK, 5)
    assert measures.score == pytest.approx(1.0)
    assert len(eye.embedded) == 5


def test_the_score_is_that_of_the_reference() -> None:
    capture = look(ScriptedEye(person=3))
    feed(capture, 0.0, 5.0)
    assert capture.measures(direction(4)).score == pytest.approx(0.0)
    assert capture.measures([0.6, 0, 0, 0.8] + [0.0] * 124).score == pytest.approx(0.8)


def test_the_most_frontal_then_most_awake_then_sharpest_frame_of_a_slot_is_taken() -> None:
    eye = ScriptedEye()
    capture = look(eye)
    kinds = ((9, 0.5, 900), (0, 0.36, 900), (1, 0.5, 200), (2, 0.5, 300))
    shots = [
        replace(GOOD, yaw_deg=yaw, eyes_open=eyes, sharpness=sharp) for yaw, eyes, sharp in kinds
    ]
    for number, shot in enumerate([*shots, shots[0]]):
        eye.quality = shot
        capture.feed(NOTHING, number * 0.03)
    capture.feed(NOTHING, 0.2)
    assert len(eye.embedded) == 1
    assert capture._kept[0].at_s == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("eye", "reason"),
    [
        (ScriptedEye(faces=0), FaceReason.NO_FACE),
        (ScriptedEye(faces=2), FaceReason.TWO_FACES),
        (ScriptedEye(quality=BLURRED), FaceReason.BLURRED),
    ],
)
def test_at_the_deadline_it_says_what_was_in_the_way(eye: ScriptedEye, reason: FaceReason) -> None:
    capture = look(eye)
    feed(capture, 0.0, 2.0)
    measures = capture.measures(direction(0))
    assert (measures.reason, measures.score, measures.frames) == (reason, None, 0)
    assert measures.faces_seen == eye.faces
    assert not eye.embedded


def test_only_the_last_second_counts_for_the_reason() -> None:
    eye = ScriptedEye(faces=0)
    capture = look(eye)
    feed(capture, 0.0, 5.0)
    eye.faces, eye.quality = 1, BLURRED
    feed(capture, 5.1, 1.0)
    assert capture.in_the_way is FaceReason.BLURRED


def test_a_look_that_ends_too_soon_has_no_score() -> None:
    capture = look(ScriptedEye())
    feed(capture, 0.0, 0.3)
    measures = capture.measures(direction(0))
    assert (measures.reason, measures.score) == (FaceReason.TOO_FEW_FRAMES, None)


def test_three_frames_of_a_slow_camera_will_do_at_the_deadline() -> None:
    capture = look(ScriptedEye())
    feed(capture, 0.0, 0.75, every_s=0.35)
    measures = capture.measures(direction(0))
    assert (measures.reason, measures.frames) == (FaceReason.OK, 3)


@pytest.mark.parametrize("broken_by", [{"faces": 0}, {"faces": 2}, {"quality": BLURRED}])
def test_frames_before_a_break_do_not_count(broken_by: dict[str, object]) -> None:
    eye = ScriptedEye()
    capture = look(eye)
    feed(capture, 0.0, 0.4)
    for name, value in broken_by.items():
        setattr(eye, name, value)
    feed(capture, 0.45, 0.4)
    eye.faces, eye.quality, eye.embedded = 1, GOOD, []
    assert 1.4 <= feed(capture, 0.9, 5.0) <= 1.7
    assert len(eye.embedded) == 5


def test_a_person_who_takes_another_s_place_starts_the_look_again() -> None:
    eye = ScriptedEye(person=0)
    capture = look(eye)
    feed(capture, 0.0, 0.4)
    eye.person = 1
    feed(capture, 0.43, 5.0)
    measures = capture.measures(direction(1))
    assert measures.score == pytest.approx(1.0)
    assert capture.measures(direction(0)).score == pytest.approx(0.0)


def test_a_swap_in_the_last_frame_leaves_no_score() -> None:
    eye = ScriptedEye(person=0)
    capture = look(eye)
    feed(capture, 0.0, 0.45)
    eye.person = 1
    measures = capture.measures(direction(0))
    assert (measures.reason, measures.score) == (FaceReason.TWO_FACES, None)


def test_the_time_of_our_own_software_is_counted() -> None:
    ticks = count()
    capture = FaceCapture(ScriptedEye(), lambda: float(next(ticks)), LIMITS)
    capture.feed(NOTHING, 0.0)
    capture.feed(NOTHING, 0.1)
    assert capture.measures(direction(0)).compute_ms == 3000.0


@dataclass
class Watcher:
    """A liveness look that counts what it is given; `settles_at_s` is when it has seen enough."""

    settles_at_s: float = 0.0
    wants_light: bool = False
    jumps_at_s: float = math.inf
    fed: list[float] = field(default_factory=list)
    lit: list[object] = field(default_factory=list)
    compared: int = 0
    asks: Turn | None = None

    @property
    def is_broken(self) -> bool:
        return len(self.fed) > 1 and self.fed[-1] >= self.jumps_at_s

    def is_settled(self, at_s: float) -> bool:
        return at_s >= self.settles_at_s

    def feed(self, _picture: Picture, _face: Face, at_s: float, light: object = None) -> None:
        self.fed.append(at_s)
        self.lit.append(light)

    def matched(self, _picture: Picture, _face: Face) -> None:
        self.compared += 1

    def scores(self) -> tuple[LayerScore, ...]:
        return (LayerScore(PadLayer.MOTION, 0.7, LayerReason.LIVING),)


def watched(eye: ScriptedEye, settles_at_s: float = 0.0) -> tuple[FaceCapture, list[Watcher]]:
    watchers: list[Watcher] = []

    def new_liveness() -> Watcher:
        watchers.append(Watcher(settles_at_s))
        return watchers[-1]

    return FaceCapture(eye, lambda: 0.0, LIMITS, new_liveness=new_liveness), watchers


def test_a_face_that_jumps_is_looked_at_from_there_on() -> None:
    capture, watchers = watched(ScriptedEye())
    feed(capture, 0.0, 0.3)
    watchers[0].jumps_at_s = 0.4
    feed(capture, 0.4, 0.6, every_s=0.05)
    first, then = watchers
    assert (first.fed[-1], then.fed[0]) == (0.4, 0.4)
    assert then.fed[-1] == pytest.approx(1.0)
    assert capture.measures(direction(0)).frames <= then.compared


def test_every_frame_is_checked_and_those_compared_are_among_them() -> None:
    capture, watchers = watched(ScriptedEye())
    ended_s = feed(capture, 0.0, 5.0)
    (watcher,) = watchers
    assert len(watcher.fed) == round(ended_s / FRAME_S) + 1
    measures = capture.measures(direction(0))
    assert (watcher.compared, measures.frames) == (5, 5)
    assert measures.layers == watcher.scores()


def test_a_look_goes_on_until_liveness_is_settled() -> None:
    capture, watchers = watched(ScriptedEye(), settles_at_s=1.2)
    assert feed(capture, 0.0, 5.0) >= 1.2
    assert capture.measures(direction(0)).frames == 5
    assert watchers[0].compared > 5


@pytest.mark.parametrize("broken_by", [{"faces": 0}, {"faces": 2}, {"person": 1}])
def test_a_break_in_the_sight_starts_the_liveness_look_again(
    broken_by: dict[str, object],
) -> None:
    eye = ScriptedEye()
    capture, watchers = watched(eye)
    feed(capture, 0.0, 0.4)
    for name, value in broken_by.items():
        setattr(eye, name, value)
    feed(capture, 0.45, 0.45)
    eye.faces = 1
    feed(capture, 0.95, 0.3)
    assert len(watchers) >= 2
    assert min(watchers[-1].fed) > 0.4


def test_without_a_score_no_layer_is_told() -> None:
    capture, _ = watched(ScriptedEye(quality=BLURRED))
    feed(capture, 0.0, 1.0)
    assert capture.measures(direction(0)).layers == ()


def test_what_the_light_shows_reaches_the_liveness_look() -> None:
    capture, (watcher,) = watched(ScriptedEye())
    assert not capture.wants_light
    watcher.wants_light = True
    assert capture.wants_light
    order = (LightStep(0.0, (255, 0, 0)),)
    capture.feed(NOTHING, 0.0, order)
    assert watcher.lit == [order]
    assert not look(ScriptedEye()).wants_light


def test_who_turns_as_asked_is_unfit_for_a_while_and_not_away() -> None:
    eye = ScriptedEye()
    capture, watchers = watched(eye, settles_at_s=9.0)
    feed(capture, 0.0, 0.8)
    watchers[0].asks = Turn.LEFT
    assert capture.asks is Turn.LEFT
    eye.quality = replace(GOOD, yaw_deg=40)
    feed(capture, 0.83, 1.0)
    eye.quality, watchers[0].asks = GOOD, None
    feed(capture, 1.9, 0.3)
    assert len(watchers) == 1
    assert capture.measures(direction(0)).score == pytest.approx(1.0)
    eye.quality = replace(GOOD, yaw_deg=40)
    feed(capture, 2.2, 1.0)
    eye.quality = GOOD
    feed(capture, 3.3, 0.1)
    assert len(watchers) == 2


def test_a_real_look_at_the_holder_matches_and_at_another_does_not(
    engine: FaceEngine, live: dict[str, Picture], enrolled: dict[str, Embedding]
) -> None:
    frames = [
        np.asarray(cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR), np.uint8)
        for raw in render(Scene(("person_1",), 0.8), live)
    ]
    capture = FaceCapture(engine, lambda: 0.0, LIMITS)
    for number in range(60):
        capture.feed(frames[number % len(frames)], number * FRAME_S)
        if capture.is_enough:
            break
    assert number * FRAME_S < 0.8
    own, other = (capture.measures(enrolled[name]) for name in ("person_1", "person_2"))
    assert own.score is not None
    assert own.score >= 0.6
    assert other.score is not None
    assert other.score < 0.36
