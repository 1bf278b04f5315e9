"""Presentation attack detection: every frame of one look through every layer, and their scores.

    persistence    the face neither jumps nor stands                  egate.vision.pad_persistence
    motion         its points show a head's parallax, not a plane     egate.vision.pad_motion
    texture        no screen's pattern, no edges that go with it      egate.vision.pad_texture
    active light   the skin answers the colours drawn for this look   egate.vision.pad_light
    infrared,      skin in infrared, a nose in depth                  egate.vision.pad_sensors
    depth
    head turn      it turns as asked, if the others cannot tell       egate.vision.pad_turn

A score is 0 (attack) to 1 (living); each measure is turned into one on a straight line between
two anchors, below. What a score leads to is the policy's (egate.inspection). A layer that cannot
tell has none, and says why. Memory is bounded: tracks, patches and cues, no picture but the first.

The anchors were set on simulated presentations of odd seeds (tests/bench_pad). They say that each
layer sees the difference it was made to see, not how an attack fares at a real gate.

Source: research/face.md section 5; ISO/IEC 30107-1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egate.domain.face_measures import LayerReason, LayerScore, PadLayer
from egate.domain.head_turn import Turn
from egate.domain.light_order import DARK, LightStep
from egate.vision.faces import Face, Picture
from egate.vision.pad_light import LitSkin
from egate.vision.pad_motion import FEWEST_FRAMES, Motion, Tracks
from egate.vision.pad_persistence import Path
from egate.vision.pad_sensors import nose_m, skin_and_eyes
from egate.vision.pad_sight import Sight
from egate.vision.pad_texture import Network, Textures
from egate.vision.pad_turn import Ended, HeadTurn
from egate.vision.quality import yaw_deg

Anchors = tuple[float, float]  # the measure of an attack, the measure of a living face

STIRRED_PX: Anchors = (0.3, 0.9)
JUMPED = 0.4  # near the threshold of any policy: another may have come into sight
PARALLAX_PX: Anchors = (0.0, 0.5)
HEAD_OVER_BENT: Anchors = (0.75, 1.0)
NOT_FLAT = 0.3  # below it is told flat, and how it is bent is noise
LEAST_WAY = 0.03  # eye distances: who moved less may be living or flat
PATTERN: Anchors = (4.4, 3.6)
EDGES: Anchors = (0.5, 0.2)
IN_A_HAND: Anchors = (0.5, 0.2)
FOLLOWS: Anchors = (0.6, 0.92)
GLINT: Anchors = (2.0, 1.3)
OVER_THE_ROOM: Anchors = (1.0, 3.0)
LEAST_GAIN = 0.02  # of the ambient light: where neither skin nor room gets more, the sun wins
INFRARED_SKIN: Anchors = (20.0, 70.0)
INFRARED_EYES: Anchors = (0.04, 0.16)
NOSE_M: Anchors = (0.003, 0.013)
SENSED_FRAMES = 30
UNFOLLOWED = 0.4  # near any threshold: people confuse left and right, or do not understand

PICKED_EVERY_S = 0.1
SHORTEST_S = 0.5
LONGEST_S = 1.2
LONGEST_LIT_S = 2.0
ENOUGH_FRAMES = 12  # a camera or a computer that gives fewer in time is waited for
GIVEN_UP_S = 4.0
LATEST_S = 0.15  # from the light to the picture
LATE = 0.01  # pictures that come late look like a face that ignores the light: never quite nothing
LOOKED_AT_EVERY_S = 0.15
SURE_OF_MOTION = 0.65

R = LayerReason


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the gate has beyond its camera."""

    light: bool = False
    infrared: bool = False
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """The turns to ask for, and whether scores are such that one is to be asked for them."""

    turns: tuple[Turn, ...]
    is_unsure: Callable[[tuple[LayerScore, ...]], bool]


class LivenessLook:
    """One unbroken look at one face; make a new one when the sight breaks.

    With a challenge the look that has seen enough and is unsure goes on: `asks` says what for.
    `picks_own` lets the texture layer take a frame every PICKED_EVERY_S by itself; who compares
    faces sets it to False and hands over each frame that is compared with `matched`.
    """

    def __init__(
        self,
        fitted: Fitted = Fitted(),
        network: Network | None = None,
        *,
        picks_own: bool = True,
        challenge: Challenge | None = None,
    ) -> None:
        self._fitted = fitted
        self._began_s = np.inf
        self._picks_own = picks_own
        self._path = Path()
        self._tracks = Tracks()
        self._textures = Textures(network)
        self._skin = LitSkin()
        self._infrared: list[tuple[float, float]] = []
        self._noses: list[float] = []
        self._picked_at_s = -np.inf
        self._looked_at_s = -np.inf
        self._is_sure = False
        self._challenge = challenge
        self._turn = HeadTurn(challenge.turns if challenge else ())

    @property
    def is_broken(self) -> bool:
        """Say whether the face jumped, so that another may have come into sight."""
        return self._path.jumped

    @property
    def wants_light(self) -> bool:
        """Say whether an order of colours is still to be drawn for this look."""
        return self._fitted.light and not self._skin.order and self._path.frames > 0

    @property
    def asks(self) -> Turn | None:
        """Return which way the traveller is to look now, None when nothing is asked."""
        return self._turn.asked

    def is_settled(self, at_s: float) -> bool:
        """Say whether nothing is gained by feeding more."""
        return not self._turn.is_on and (self._turn.is_over or self._saw_enough(at_s))

    def _saw_enough(self, at_s: float) -> bool:
        span_s = self._path.span_s
        if self._path.frames < ENOUGH_FRAMES:
            return span_s >= GIVEN_UP_S
        if self._fitted.light and span_s < LONGEST_LIT_S:
            order = self._skin.order
            is_over = len(order) > 1 and order[-1].rgb == DARK
            return is_over and at_s >= order[-1].at_s + LATEST_S
        return span_s >= LONGEST_S or (span_s >= SHORTEST_S and self._sure_of_motion(at_s))

    def feed(  # noqa: PLR0913, PLR0917  # one frame, and what else the gate's devices saw of it
        self,
        picture: Picture,
        face: Face,
        at_s: float,
        light: Sequence[LightStep] | None = None,
        infrared: NDArray[np.uint8] | None = None,
        depth: NDArray[np.float32] | None = None,
    ) -> None:
        """Take one frame, in order of `at_s`.

        `light` holds the steps of the order drawn for this look, all or those commanded so far;
        the last one is dark. One that began before this look was drawn for another, and is not
        looked at.
        """
        self._began_s = min(self._began_s, at_s)
        own = light if light and light[0].at_s >= self._began_s else ()
        sight = Sight(picture, face, at_s, own)
        self._path.feed(face, at_s)
        self._tracks.feed(sight)
        if not self._turn.is_on:
            self._skin.feed(sight)  # the order is over by then, and turned cheeks see another lamp
        size = picture.shape[1], picture.shape[0]
        if infrared is not None and len(self._infrared) < SENSED_FRAMES:
            self._infrared.append(skin_and_eyes(infrared, face, size))
        if depth is not None and len(self._noses) < SENSED_FRAMES:
            nose = nose_m(depth, face, size)
            self._noses += [] if nose is None else [nose]
        if self._picks_own and at_s - self._picked_at_s >= PICKED_EVERY_S:
            self._picked_at_s = at_s
            self.matched(picture, face)
        self._follow(face, at_s)

    def _follow(self, face: Face, at_s: float) -> None:
        """Take the head's turn further, or ask the first one when it is due."""
        self._turn.feed(yaw_deg(face.points), at_s)
        if self._challenge and not self._turn.is_over and self._saw_enough(at_s):
            challenge, self._challenge = self._challenge, None
            if challenge.is_unsure(self.scores()):
                self._turn.begin(at_s)

    def matched(self, picture: Picture, face: Face) -> None:
        """Take a frame that is compared with the reference; it was fed before."""
        self._textures.feed(picture, face)

    def scores(self) -> tuple[LayerScore, ...]:
        """Return what every layer says of the frames so far."""
        motion = self._tracks.motion()
        return (
            self._persistence(motion),
            self._motion(motion),
            self._texture(),
            self._active_light(),
            self._in_infrared(),
            self._in_depth(),
            self._head_turn(),
        )

    def _sure_of_motion(self, at_s: float) -> bool:
        if not self._is_sure and at_s - self._looked_at_s >= LOOKED_AT_EVERY_S:
            self._looked_at_s = at_s
            score = self._motion(self._tracks.motion()).score
            self._is_sure = score is not None and score >= SURE_OF_MOTION
        return self._is_sure

    def _persistence(self, motion: Motion | None) -> LayerScore:
        layer = PadLayer.PERSISTENCE
        if self._path.jumped:
            return LayerScore(layer, JUMPED, R.FACE_JUMPED)
        if self._path.odd:
            return LayerScore(layer, JUMPED, R.SIZE_IMPLAUSIBLE)
        if not self._path.is_long_enough:
            return LayerScore(layer, None, R.TOO_FEW_FRAMES)
        if motion is None:
            return LayerScore(layer, None, R.TOO_FEW_TRACKS)
        return _told(layer, [(_on(STIRRED_PX, motion.stirred_px), R.STANDS_STILL)])

    def _motion(self, motion: Motion | None) -> LayerScore:
        layer = PadLayer.MOTION
        if motion is None:
            few = self._path.frames <= FEWEST_FRAMES
            return LayerScore(layer, None, R.TOO_FEW_FRAMES if few else R.TOO_FEW_TRACKS)
        score = motion.likeness * _on(PARALLAX_PX, motion.parallax_px)
        if self._path.frames < ENOUGH_FRAMES and score < SURE_OF_MOTION:
            return LayerScore(layer, None, R.TOO_FEW_FRAMES)
        if motion.moved < LEAST_WAY and score < SURE_OF_MOTION:
            return LayerScore(layer, None, R.TOO_LITTLE_MOTION)
        told = [(score, R.MOVES_AS_A_PLANE)]
        if score >= NOT_FLAT:
            told.append((_on(HEAD_OVER_BENT, motion.head_over_bent), R.BENT_AS_A_SHEET))
        return _told(layer, told)

    def _texture(self) -> LayerScore:
        layer, seen = PadLayer.TEXTURE, self._textures.texture()
        if seen is None:
            return LayerScore(layer, None, R.TOO_FEW_FRAMES)
        told = [
            (_on(PATTERN, seen.pattern), R.SCREEN_PATTERN),
            (_on(EDGES, seen.edges), R.FRAME_AROUND_THE_FACE),
            (_on(IN_A_HAND, seen.in_a_hand), R.FRAME_IN_A_HAND),
        ]
        if seen.network is not None:
            told.append((float(np.clip(seen.network, 0, 1)), R.NETWORK_SAYS_ATTACK))
        return _told(layer, told)

    def _active_light(self) -> LayerScore:
        layer = PadLayer.ACTIVE_LIGHT
        if not self._skin.order:
            is_lost = self._fitted.light and self._path.frames > 0
            return LayerScore(layer, None, R.DEVICE_LOST if is_lost else R.NOT_FITTED)
        answer = self._skin.answer()
        if answer is None:
            return LayerScore(layer, None, R.TOO_FEW_FRAMES)
        if max(answer.gain, answer.room) < LEAST_GAIN:
            return LayerScore(layer, None, R.TOO_BRIGHT)
        over = answer.gain / max(answer.room, LEAST_GAIN)
        told = [
            (max(LATE, _on(FOLLOWS, answer.follows)), R.IGNORES_THE_LIGHT),
            (_on(OVER_THE_ROOM, over), R.ROOM_ANSWERS_ALIKE),
            (max(LATE, _on(GLINT, answer.glint)), R.GLINTS_IN_A_SPOT),
        ]
        return _told(layer, told)

    def _in_infrared(self) -> LayerScore:
        layer = PadLayer.INFRARED
        if not self._infrared:
            return LayerScore(layer, None, _missing(fitted=self._fitted.infrared))
        skin, eyes = np.median(np.array(self._infrared), axis=0)
        told = [
            (_on(INFRARED_SKIN, float(skin)), R.DARK_IN_INFRARED),
            (_on(INFRARED_EYES, float(eyes)), R.PALE_IN_INFRARED),
        ]
        return _told(layer, told)

    def _in_depth(self) -> LayerScore:
        layer = PadLayer.DEPTH
        if not self._noses:
            return LayerScore(layer, None, _missing(fitted=self._fitted.depth))
        return _told(layer, [(_on(NOSE_M, float(np.median(self._noses))), R.FLAT_IN_DEPTH)])

    def _head_turn(self) -> LayerScore:
        match self._turn.ended:
            case Ended.FOLLOWED:
                return LayerScore(PadLayer.HEAD_TURN, 1.0, R.LIVING)
            case Ended.OTHER_WAY:
                return LayerScore(PadLayer.HEAD_TURN, UNFOLLOWED, R.TURNED_THE_OTHER_WAY)
            case Ended.TOO_LATE:
                return LayerScore(PadLayer.HEAD_TURN, UNFOLLOWED, R.DID_NOT_TURN)
            case None:
                reason = R.TOO_FEW_FRAMES if self._turn.is_on else R.NOT_ASKED
                return LayerScore(PadLayer.HEAD_TURN, None, reason)


def _missing(*, fitted: bool) -> LayerReason:
    return R.DEVICE_LOST if fitted else R.NOT_FITTED


def _on(anchors: Anchors, measure: float) -> float:
    """Return where a measure lies from attack (0) to living (1); what is no number is an attack.

    >>> _on((0.5, 0.9), 0.8), _on((4.0, 3.0), 5.0)
    (0.75, 0.0)
    """
    attack, living = anchors
    share = (measure - attack) / (living - attack)
    return round(min(1.0, max(0.0, share)), 6) if np.isfinite(share) else 0.0


def _told(layer: PadLayer, told: Sequence[tuple[float, LayerReason]]) -> LayerScore:
    """Return the least of the scores, with what was seen instead of a living face."""
    score, reason = min(told, key=lambda pair: pair[0])
    return LayerScore(layer, score, R.LIVING if score >= 0.5 else reason)
