"""One look at a traveller: the best frames of about half a second, and their mean score.

Frames are fed as they come. Time is cut into slots of `slot_s`; of each slot the best frame
(quality.rank) is embedded as soon as the slot is over, so that at the end only the last
one is left to do. Five frames that span half a second are enough; at the caller's deadline
three will do. All frames must show one person without a break: a second face, a gap, a jump, or an
embedding unlike the first one starts the look again.

Every frame with the one face goes to the liveness look too, fit to be compared or not, and a look
that starts again starts that again: what is compared is part of the one sight that was checked. It
may take longer to be settled, and frames are kept until it is; it may ask for turns of the head.

This file knows no camera and no deadline; pictures are dropped once embedded.

Source: research/face.md section 5 (pipeline), 3b (mean of embeddings against one).
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceMeasures, FaceReason, LayerScore
from egate.domain.head_turn import Turn
from egate.domain.light_order import LightStep
from egate.vision.faces import Embedding, Face, Picture, dominant, match
from egate.vision.quality import FaceQuality, rank, unfit_because

SAME_PERSON = 0.363  # OpenCV's own bound of SFace; frames of one visit score above 0.8
ENOUGH_FRAMES = 5
FEWEST_FRAMES = 3
REASONS_KEPT = 30  # about one second of frames


class Eye(Protocol):
    """What a look needs of the FaceEngine."""

    def detect(self, picture: Picture, /) -> tuple[Face, ...]:
        """Return the faces, the widest first."""

    def measure(self, picture: Picture, face: Face, /) -> FaceQuality:
        """Return the measures of one face."""

    def embed(self, picture: Picture, face: Face, /) -> Embedding:
        """Return its embedding."""


class Liveness(Protocol):
    """What a look needs of presentation attack detection: its LivenessLook."""

    @property
    def is_broken(self) -> bool:
        """Say whether the face jumped, so that another may have come into sight."""

    @property
    def wants_light(self) -> bool:
        """Say whether an order of colours is still to be drawn."""

    @property
    def asks(self) -> Turn | None:
        """Return which way the traveller is to look now, None when nothing is asked."""

    def is_settled(self, at_s: float) -> bool:
        """Say whether nothing is gained by feeding more."""

    def feed(
        self,
        picture: Picture,
        face: Face,
        at_s: float,
        light: Sequence[LightStep] | None = None,
    ) -> None:
        """Take every frame."""

    def matched(self, picture: Picture, face: Face) -> None:
        """Take a frame that is compared."""

    def scores(self) -> tuple[LayerScore, ...]:
        """Return what every layer says."""


@dataclass(frozen=True, slots=True)
class LookTimes:
    """How the frames are spread; `gap_s` is how long the face may be unfit or out of sight."""

    slot_s: float = 0.125
    span_s: float = 0.5
    gap_s: float = 0.4


LONGER = LookTimes(slot_s=0.3)  # a look that a light makes longer: as many frames, farther apart


@dataclass(frozen=True, slots=True, repr=False)
class _Candidate:
    """The best frame so far of the slot that is open; a larger rank is better."""

    slot_began_s: float
    at_s: float
    rank: tuple[float, float, float]
    picture: Picture
    face: Face


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    at_s: float
    rank: tuple[float, float, float]
    embedding: Embedding


class FaceCapture:
    """One look; make a new one for each try. `clock` is monotonic, in seconds.

    Without `new_liveness` nobody looks for an attack, and the measures hold no layers.
    """

    def __init__(  # two engines, a clock, and two tables of settings
        self,
        eye: Eye,
        clock: Callable[[], float],
        limits: FaceLimits,
        *,
        new_liveness: Callable[[], Liveness] | None = None,
        times: LookTimes = LookTimes(),  # a frozen value, shared safely
    ) -> None:
        self._eye = eye
        self._clock = clock
        self._limits = limits
        self._times = times
        self._new_liveness = new_liveness
        self._liveness = new_liveness() if new_liveness is not None else None
        self._newest_s = 0.0
        self._kept: list[_Kept] = []
        self._candidate: _Candidate | None = None
        self._last_fit_s: float | None = None
        self._reasons: deque[FaceReason] = deque(maxlen=REASONS_KEPT)
        self._faces_seen = 0
        self._compute_s = 0.0
        self._box: tuple[float, float, float, float] | None = None

    @property
    def face_box(self) -> tuple[float, float, float, float] | None:
        """Where the one face of the last frame is: left, top, width and height in pixels."""
        return self._box

    @property
    def is_enough(self) -> bool:
        """Say whether nothing is gained by feeding more."""
        is_matched = len(self._kept) >= ENOUGH_FRAMES and self._span_s() >= self._times.span_s
        return is_matched and (self._liveness is None or self._liveness.is_settled(self._newest_s))

    @property
    def wants_light(self) -> bool:
        """Say whether an order of colours is to be drawn and shown from now on."""
        return self._liveness is not None and self._liveness.wants_light

    @property
    def asks(self) -> Turn | None:
        """Return which way the traveller is to look now, None when nothing is asked."""
        return self._liveness.asks if self._liveness is not None else None

    @property
    def in_the_way(self) -> FaceReason:
        """Return what most frames of the last second lacked; TOO_FEW_FRAMES when nothing."""
        counted = Counter(reason for reason in self._reasons if reason is not FaceReason.OK)
        return counted.most_common(1)[0][0] if counted else FaceReason.TOO_FEW_FRAMES

    def feed(
        self, picture: Picture, at_s: float, light: Sequence[LightStep] | None = None
    ) -> FaceReason:
        """Take one frame, in order of `at_s`; return OK when it was fit to be compared.

        `light` holds what the gate's light was told to show since it was last wanted.
        """
        began_s = self._clock()
        reason = self._take(picture, at_s, light)
        self._reasons.append(reason)
        if reason is FaceReason.TWO_FACES:
            self._start_again()
        self._compute_s += self._clock() - began_s
        return reason

    def measures(self, reference: Sequence[float] | Embedding) -> FaceMeasures:
        """Return the score of the frames so far against the reference, else what was missing."""
        began_s = self._clock()
        if self._candidate is not None and self._embed(self._candidate) is not FaceReason.OK:
            self._reasons.append(FaceReason.TWO_FACES)
            self._start_again()
        best = self._best()
        score = _score(best, reference) if best else None
        frames = len(best or self._kept)
        layers = self._liveness.scores() if score is not None and self._liveness else ()
        return FaceMeasures(
            reason=self.in_the_way if score is None else FaceReason.OK,
            score=score,
            frames=frames,
            faces_seen=self._faces_seen,
            compute_ms=(self._compute_s + self._clock() - began_s) * 1000,
            layers=layers,
        )

    def mean(self) -> Embedding | None:
        """Return the mean of the best frames, of length one: an enrolment; None of too few."""
        best = self._best()
        return _mean(best) if best else None

    def _best(self) -> list[_Kept]:
        """Return the frames that count, none where they are too few or too close together."""
        if len(self._kept) < FEWEST_FRAMES or self._span_s() < self._times.span_s:
            return []
        return sorted(self._kept, key=lambda kept: kept.rank)[-ENOUGH_FRAMES:]

    def _take(self, picture: Picture, at_s: float, light: Sequence[LightStep] | None) -> FaceReason:
        faces = self._eye.detect(picture)
        self._faces_seen = max(self._faces_seen, len(faces))
        face = dominant(faces, self._limits)
        self._box = None if isinstance(face, FaceReason) else face.box
        if isinstance(face, FaceReason):
            return face
        if self._newest_s and at_s - self._newest_s > self._times.gap_s:
            self._start_again()
        self._newest_s = at_s
        self._look_for_life(picture, face, at_s, light)
        quality = self._eye.measure(picture, face)
        reason = unfit_because(quality, self._limits)
        if self.asks is not None and self._last_fit_s is not None:
            self._last_fit_s = at_s  # who turns as asked is unfit for a while, and not away
        if reason is not FaceReason.OK:
            return reason
        if self._last_fit_s is not None and at_s - self._last_fit_s > self._times.gap_s:
            self._start_again()
        self._last_fit_s = at_s
        return self._weigh(_Candidate(at_s, at_s, rank(quality), picture, face))

    def _look_for_life(
        self, picture: Picture, face: Face, at_s: float, light: Sequence[LightStep] | None
    ) -> None:
        """Let the liveness look have the frame; a face that jumped begins a look of its own."""
        if self._liveness is None:
            return
        self._liveness.feed(picture, face, at_s, light)
        if self._liveness.is_broken:
            self._start_again()
            self._liveness.feed(picture, face, at_s, light)

    def _weigh(self, new: _Candidate) -> FaceReason:
        """Set the new frame against the open slot's best; close the slot when it is over."""
        held, reason = self._candidate, FaceReason.OK
        if held is None or new.at_s - held.slot_began_s >= self._times.slot_s:
            reason = self._embed(held) if held is not None else reason
            self._candidate = new
        elif new.rank > held.rank:
            self._candidate = _Candidate(
                held.slot_began_s, new.at_s, new.rank, new.picture, new.face
            )
        if len(self._kept) == ENOUGH_FRAMES - 1 and self._span_s(new.at_s) >= self._times.span_s:
            reason = self._embed(new)
        return reason

    def _embed(self, candidate: _Candidate) -> FaceReason:
        """Keep this frame's embedding; TWO_FACES when it is not the person of the first."""
        self._candidate = None
        embedding = self._eye.embed(candidate.picture, candidate.face)
        if self._kept and match(self._kept[0].embedding, embedding) < SAME_PERSON:
            return FaceReason.TWO_FACES
        if self._liveness is not None:
            self._liveness.matched(candidate.picture, candidate.face)
        self._kept.append(_Kept(candidate.at_s, candidate.rank, embedding))
        return FaceReason.OK

    def _start_again(self) -> None:
        self._kept, self._candidate, self._last_fit_s = [], None, None
        if self._new_liveness is not None:
            self._liveness = self._new_liveness()

    def _span_s(self, until_s: float | None = None) -> float:
        if not self._kept:
            return 0.0
        return (self._kept[-1].at_s if until_s is None else until_s) - self._kept[0].at_s


def _mean(kept: Sequence[_Kept]) -> Embedding:
    mean = np.mean([frame.embedding for frame in kept], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _score(kept: Sequence[_Kept], reference: Sequence[float] | Embedding) -> float:
    against = np.asarray(reference, np.float32)
    return match(_mean(kept), np.asarray(against / np.linalg.norm(against), np.float32))
