"""Each layer sees the difference it was made to see, and says when it cannot tell.

What is presented here are simulations (simulators.heads tells their limits), on even seeds; the
anchors were set on odd ones.
"""

import cv2
import numpy as np
import pytest

from egate.domain.face_measures import LayerReason, LayerScore, PadLayer
from egate.domain.light_order import COLOURS, DARK, LightStep
from egate.vision.faces import Face, FaceEngine, Picture
from egate.vision.pad_light import LitSkin
from egate.vision.pad_motion import Tracks
from egate.vision.pad_sight import Sight
from egate.vision.presentation_attack import Fitted, LivenessLook
from simulators.camera import to_and_fro
from simulators.heads import Presented
from simulators.reel import Reel, Scene
from tests.vision.presented import FACE, depth_of, looked_at, noise

P, R = PadLayer, LayerReason
FRAME_S = 1 / 30
WIDE = Face((200, 100, 200, 260), ((250, 200), (350, 200), (300, 260), (260, 310), (340, 310)), 0.9)


def look_of(*frames: Picture, fitted: Fitted = Fitted()) -> dict[PadLayer, LayerScore]:  # noqa: B008  # frozen
    look = LivenessLook(fitted)
    for number, picture in enumerate(frames):
        look.feed(picture, WIDE, number * FRAME_S)
    return {one.layer: one for one in look.scores()}


@pytest.mark.parametrize(("name", "seed"), [("person_1", 2), ("person_3", 4)])
def test_a_living_head_passes_every_layer(
    engine: FaceEngine, live: dict[str, Picture], name: str, seed: int
) -> None:
    told = looked_at(engine, Presented.LIVING, live[name], seed)
    for layer in (P.PERSISTENCE, P.MOTION, P.TEXTURE, P.ACTIVE_LIGHT):
        score = told[layer].score
        assert score is not None
        assert score >= 0.5
        assert told[layer].reason is R.LIVING
    assert told[P.DEPTH] == LayerScore(P.DEPTH, None, R.NOT_FITTED)


@pytest.mark.parametrize("kind", [Presented.PRINTED_PHOTO, Presented.PHONE_PHOTO])
def test_a_picture_in_the_hand_moves_as_a_plane(
    engine: FaceEngine, live: dict[str, Picture], kind: Presented
) -> None:
    told = looked_at(engine, kind, live["person_2"], 6)[P.MOTION]
    assert told.score is not None
    assert told.score < 0.35
    assert told.reason is R.MOVES_AS_A_PLANE


def test_of_a_look_that_was_cut_short_nobody_is_told_a_plane(
    engine: FaceEngine, live: dict[str, Picture]
) -> None:
    told = looked_at(engine, Presented.PRINTED_PHOTO, live["person_2"], 6, seconds=0.3)[P.MOTION]
    assert (told.score, told.reason) == (None, R.TOO_FEW_FRAMES)


def test_a_recording_on_a_screen_moves_as_a_head_and_is_seen_by_another_layer(
    engine: FaceEngine, live: dict[str, Picture]
) -> None:
    told = looked_at(engine, Presented.REPLAYED_VIDEO, live["person_2"], 8)
    assert told[P.MOTION].reason is R.LIVING
    others = [told[layer].score for layer in (P.TEXTURE, P.ACTIVE_LIGHT)]
    assert min(score for score in others if score is not None) < 0.3


def test_what_stands_still_is_no_living_face() -> None:
    told = look_of(*[noise(1)] * 20)
    assert told[P.PERSISTENCE] == LayerScore(P.PERSISTENCE, 0.0, R.STANDS_STILL)
    assert told[P.MOTION].reason is R.TOO_LITTLE_MOTION


def test_of_few_frames_nothing_is_said() -> None:
    for told in (look_of(), look_of(noise(1), noise(1))):
        assert all(one.score is None for one in told.values())
        assert told[P.MOTION].reason is R.TOO_FEW_FRAMES


def test_a_face_that_jumps_is_near_no_pass() -> None:
    look = LivenessLook()
    for number in range(20):
        aside = 0 if number < 10 else 150
        points = tuple((x + aside, y) for x, y in WIDE.points)
        box = (WIDE.box[0] + aside, *WIDE.box[1:])
        look.feed(noise(1), Face(box, points, 0.9), number * FRAME_S)  # type: ignore[arg-type]  # five points
    persistence = look.scores()[0]
    assert (persistence.score, persistence.reason) == (0.4, R.FACE_JUMPED)


def test_an_order_drawn_for_another_look_is_not_looked_at() -> None:
    look = LivenessLook(Fitted(light=True))
    another = (LightStep(9.9, COLOURS[0]), LightStep(10.1, COLOURS[1]))
    look.feed(noise(1), WIDE, 10.0, another)
    assert look.wants_light
    look.feed(noise(1), WIDE, 10.2, another)
    assert look.wants_light
    look.feed(noise(1), WIDE, 10.3, (LightStep(10.25, COLOURS[2]),))
    assert not look.wants_light


@pytest.mark.parametrize(("since", "before", "missed"), [(64, 13, 9), (61, 14, 8), (65, 9, 11)])
def test_a_head_is_followed_over_a_third_of_a_second_without_pictures(
    engine: FaceEngine, live: dict[str, Picture], since: int, before: int, missed: int
) -> None:
    """Looked for where they last were, other corners were found: a living head was told flat."""
    reel = Reel(Scene(("person_1",)), live, 1)
    looks = [2 * number + (missed if number >= before else 0) for number in range(19)]
    look = LivenessLook()
    for number in looks:
        jpeg = np.frombuffer(reel.jpeg(to_and_fro(since + number, reel.length), DARK), np.uint8)
        picture = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
        (face,) = engine.detect(picture)
        look.feed(picture, face, number * FRAME_S)
    motion = {one.layer: one for one in look.scores()}[P.MOTION]
    assert motion.score is not None
    assert motion.score >= 0.62
    assert motion.reason is R.LIVING


def test_memory_is_bounded_however_long_a_look_lasts() -> None:
    look, tracks, skin = LivenessLook(), Tracks(), LitSkin()
    order = (LightStep(0.0, COLOURS[0]),)
    for number in range(100):
        sight = Sight(noise(number % 2), WIDE, number * FRAME_S, order)
        look.feed(sight.picture, WIDE, sight.at_s, order)
        tracks.feed(sight)
        skin.feed(sight)
    assert len(tracks._ways) <= 30
    assert len(skin._sent) <= 90
    assert len(look._textures._patterns) <= 12


def test_a_light_that_was_to_shine_and_did_not_is_told_lost() -> None:
    told = look_of(*[noise(1)] * 20, fitted=Fitted(light=True))
    assert told[P.ACTIVE_LIGHT] == LayerScore(P.ACTIVE_LIGHT, None, R.DEVICE_LOST)


def test_a_light_that_nothing_answers_is_beaten_by_the_sun() -> None:
    look = LivenessLook(Fitted(light=True))
    order = tuple(
        LightStep(0.2 * number, rgb) for number, rgb in enumerate((*COLOURS, COLOURS[0], DARK))
    )
    for number in range(40):
        look.feed(noise(1), WIDE, number * FRAME_S, order)
    assert look.scores()[3] == LayerScore(P.ACTIVE_LIGHT, None, R.TOO_BRIGHT)


def test_a_look_wants_light_once_a_face_is_there_and_settles_when_it_was_shown() -> None:
    look = LivenessLook(Fitted(light=True))
    assert not look.wants_light
    look.feed(noise(1), WIDE, 0.0)
    assert look.wants_light
    order = (LightStep(0.0, COLOURS[0]), LightStep(0.2, DARK))
    look.feed(noise(1), WIDE, 0.1, order[:1])
    assert not look.wants_light
    for number in range(12):
        look.feed(noise(1), WIDE, 0.1 + number * 0.01, order[:1])
    assert not look.is_settled(0.9)
    look.feed(noise(1), WIDE, 0.25, order)
    assert not look.is_settled(0.3)
    assert look.is_settled(0.36)


def test_a_slow_camera_is_waited_for() -> None:
    look = LivenessLook()
    for number in range(11):
        look.feed(noise(1), WIDE, number * 0.2)
    assert not look.is_settled(2.0)
    look.feed(noise(1), WIDE, 2.2)
    assert look.is_settled(2.2)


@pytest.mark.parametrize(
    ("skin", "eyes", "reason"),
    [(120, 70, R.LIVING), (10, 5, R.DARK_IN_INFRARED), (180, 178, R.PALE_IN_INFRARED)],
)
def test_infrared_tells_skin_from_screens_and_ink(
    skin: int, eyes: int, reason: LayerReason
) -> None:
    seen = np.full((50, 50), skin, np.uint8)  # half the size of the picture
    for x, y in FACE.points[:2]:
        seen[int(y) // 2 - 4 : int(y) // 2 + 4, int(x) // 2 - 4 : int(x) // 2 + 4] = eyes
    look = LivenessLook(Fitted(infrared=True))
    for number in range(5):
        look.feed(noise(1)[:100, :100], FACE, number * FRAME_S, infrared=seen)
    told = look.scores()[4]
    assert told.reason is reason
    assert told.score is not None
    assert (told.score >= 0.5) is (reason is R.LIVING)


@pytest.mark.parametrize(("nose_m", "reason"), [(0.02, R.LIVING), (0.0, R.FLAT_IN_DEPTH)])
def test_depth_tells_a_nose_from_a_sheet(nose_m: float, reason: LayerReason) -> None:
    look = LivenessLook(Fitted(depth=True))
    for number in range(5):
        look.feed(noise(1)[:100, :100], FACE, number * FRAME_S, depth=depth_of(nose_m))
    assert look.scores()[5].reason is reason


@pytest.mark.parametrize("fitted", [Fitted(infrared=True, depth=True), Fitted()])
def test_a_device_that_gave_no_frame_is_lost_where_it_is_fitted(fitted: Fitted) -> None:
    told = look_of(*[noise(1)] * 3, fitted=fitted)
    expected = R.DEVICE_LOST if fitted.depth else R.NOT_FITTED
    assert {told[P.INFRARED].reason, told[P.DEPTH].reason} == {expected}


def test_depth_that_knows_nothing_of_the_face_says_nothing() -> None:
    look = LivenessLook(Fitted(depth=True))
    look.feed(noise(1)[:100, :100], FACE, 0.0, depth=np.zeros((100, 100), np.float32))
    assert look.scores()[5].reason is R.DEVICE_LOST
