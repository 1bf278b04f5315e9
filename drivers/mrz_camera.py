"""A camera over the window of a page: the zone is read from its pictures, newest picture only.

    a zone that two looks read alike, each accepted     told once, until the page has left
    a page whose zone is not surely read for 2.5 s      told as unsure, once for each reason
    ... but surely read, and its check digits differ    told as it is: an officer looks at it
    something that covers the window, without a zone    told as unsure too
    an empty window                                     nothing

A scanner that lights the page with near infrared, too, has a second line for those pictures. The
one that was taken with a picture goes first, and what lies there is told by the other. Either line
lost is the reader lost.

What an empty window looks like is learnt where nothing moves: at the start, and of whatever has
lain there half a minute without a zone. A lamp that is switched may be taken for a page, once.

What a look accepts is egate.vision.mrz_ocr's; this driver repairs nothing. A page that was left
lying is not told again: what was read of it has been told, and would begin a second passage. A
window in which nothing moves is looked at less and less often, since a look costs a tenth of a
second of a core and more. A look that takes a second delays what else its process does by as much.

Source: research/mrz_qr.md section 3 (two looks: 0 wrong of 169 accepted still allows 1.8 %), 2
(ICAO has the zone readable in near infrared, B900; background print and stamps mostly are not).
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
import math
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers._tesseract import load
from drivers._video import open_video
from egate.ports.camera import Frame
from egate.ports.errors import DeviceError, DeviceRefused
from egate.ports.mrz_reader import MrzFrame, MrzReader, MrzUnsure
from egate.profile.settings import MrzCameraSettings
from egate.vision.models import ModelAltered, ModelMissing
from egate.vision.mrz_network import load_network
from egate.vision.mrz_ocr import read_zone
from egate.vision.mrz_weigh import MrzReason

DEVICE: Final = "mrz_reader"
LOOKS_ALIKE: Final = 2
LOOK_WITHIN_S: Final = 2.0  # a busy board; a beat of the host is missed after 5
ONE_THING_S: Final = 2.0  # egate/ports/mrz_reader.py
LEFT_S: Final = 0.4  # without a zone for so long: a hand over it is shorter
UNSURE_AFTER_S: Final = 2.5  # to lay a page down and let go of it takes one or two
RESTS_S: Final = (0.15, 0.3, 0.6, 1.2, 2.5, 5.0)  # before an unchanged picture is looked at again
UNSURE_RESTS_S: Final = RESTS_S[:3]  # of a page that is not surely read: the noise may be kinder
SCENE: Final = (64, 36)  # cells in which two pictures are compared
CELL_DIFFERS: Final = 10  # of 255: ten times the noise of a cell, twice the flicker of a lamp
CELLS_CHANGED: Final = 0.01  # of all: a finger at the edge
PAPER_DIFFERS: Final = 40  # of 255: paper from a dark window, and no cloud
CELLS_COVERED: Final = 0.15  # an identity card, a little smaller than it should be seen
TOGETHER_S: Final = 0.2  # between two lines' pictures of one look: three at 15 Hz
LIGHTS: Final = 4
LEARNS_S: Final = 30.0
BRIGHT: Final = 250
MOST_BRIGHT: Final = 0.02  # of the picture; white paper is not that white on a camera

Picture = NDArray[np.uint8]


class Seen(Protocol):
    """What a look at a picture gave; egate.vision.mrz_ocr.MrzSeen is one."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as read, also when they are not sure; none without a zone."""

    @property
    def is_record(self) -> bool:
        """Whether the lines count."""

    @property
    def reason(self) -> str:
        """Why they do not, as the code of a finding."""


class Pictures(Protocol):
    """What this driver needs of a line of pictures; drivers._video.Video is one."""

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        """Return the newest frame past `after`, None when none came yet; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


class Look(Protocol):
    """What reads a zone in a picture of a page, and in one in near infrared if there is one."""

    def __call__(self, picture: Picture, infrared: Picture | None, /) -> Seen:
        """Return what was seen."""


class MrzCamera:
    """An MrzReader; of a zone that was told it keeps a digest."""

    def __init__(
        self,
        pictures: Pictures,
        look: Look,
        clock: Callable[[], float],
        infrared: Pictures | None = None,
    ) -> None:
        self._pictures = pictures
        self._infrared = infrared
        self._look = look
        self._clock = clock
        self._number = 0
        self._still = _Still()
        self._empty = _Empty()
        self._page = _Page()

    def read(self, timeout_s: float) -> MrzFrame | MrzUnsure | None:
        """Look until there is something to tell or the time is over; a look may end later."""
        deadline_s, left_s = self._clock() + timeout_s, timeout_s
        told: MrzFrame | MrzUnsure | None = None
        while told is None and left_s > 0:
            frame = self._pictures.newer(self._number, left_s)
            if frame is not None:
                self._number = frame.number
                told = self._looked(frame)
            left_s = deadline_s - self._clock()
        return told

    def close(self) -> None:
        self._pictures.close()
        if self._infrared is not None:
            self._infrared.close()

    def _beside(self, frame: Frame) -> Picture | None:
        """Return the infrared picture that was taken with this one."""
        beside = None if self._infrared is None else self._infrared.newer(0, TOGETHER_S)
        if beside is None or abs(beside.taken_at_s - frame.taken_at_s) > TOGETHER_S:
            return None
        return beside.picture

    def _looked(self, frame: Frame) -> MrzFrame | MrzUnsure | None:
        if not self._still.is_due(frame):
            return None
        seen = self._look(frame.picture, self._beside(frame))
        if seen.reason == MrzReason.OUT_OF_TIME and not seen.lines:
            return None  # of this machine, and nothing of the page
        is_covered = self._empty.is_covered(self._still, has_zone=bool(seen.lines))
        if is_covered and not seen.lines:
            seen = _Unseen(_why_unseen(frame.picture, seen.reason))
        told = self._page.told(seen, frame.taken_at_s, self._clock(), is_covered=is_covered)
        self._still.rest(_rests_s(seen, is_over=self._page.is_over, is_covered=is_covered))
        return told


def _rests_s(seen: Seen, *, is_over: bool, is_covered: bool) -> tuple[float, ...]:
    """Return how long an unchanged picture rests after the first look at it, the second, ..."""
    if seen.is_record:
        return (math.inf,) if is_over else (0.0,)
    return UNSURE_RESTS_S if seen.lines or is_covered else RESTS_S


def _why_unseen(picture: Picture, reason: str) -> str:
    """Tell a page whose zone is lost in a lamp's light from one that lies the wrong way."""
    return MrzReason.GLARE if (picture.min(axis=2) >= BRIGHT).mean() > MOST_BRIGHT else reason


@dataclass(frozen=True, slots=True)
class _Unseen:
    """A page of which no line is seen."""

    reason: str
    lines: tuple[str, ...] = ()
    is_record: bool = False


@dataclass(slots=True)
class _Still:
    """Whether another look is worth it: the picture changed, or has rested long enough."""

    scene: NDArray[np.int16] | None = None
    looks: int = 0
    due_at_s: float = 0.0
    taken_at_s: float = 0.0

    def is_due(self, frame: Frame) -> bool:
        """Say whether this frame is to be looked at; then it is the one to compare with."""
        scene = _scene(frame.picture)
        if self.scene is None or _has_changed(self.scene, scene):
            self.looks = 0
        elif frame.taken_at_s < self.due_at_s:
            return False
        self.scene, self.taken_at_s = scene, frame.taken_at_s
        return True

    def rest(self, rests_s: tuple[float, ...]) -> None:
        """Let it rest after a look; each look at an unchanged picture makes it longer."""
        self.due_at_s = self.taken_at_s + rests_s[min(self.looks, len(rests_s) - 1)]
        self.looks += 1


@dataclass(slots=True)
class _Empty:
    """What the window looks like when nothing lies there, in one light and in others."""

    known: deque[NDArray[np.int16]] = field(default_factory=lambda: deque(maxlen=LIGHTS))
    covered_at_s: float | None = None

    def is_covered(self, still: "_Still", *, has_zone: bool) -> bool:
        """Say whether something lies there, with a zone in it or without."""
        if has_zone:
            self.covered_at_s = None
            return True
        scene, at_s = still.scene, still.taken_at_s
        assert scene is not None
        for number, known in enumerate(self.known):
            if not _is_other(known, scene):
                self.known[number], self.covered_at_s = scene, None  # daylight comes and goes
                return False
        self.covered_at_s = at_s if self.covered_at_s is None else self.covered_at_s
        is_new = not self.known
        if still.looks > 0 and (is_new or at_s - self.covered_at_s >= LEARNS_S):
            self.known.append(scene)
            self.covered_at_s = None
        return not is_new and self.covered_at_s is not None


@dataclass(slots=True)
class _Page:
    """The page before the camera: what was read of it, and what of that was told."""

    began_at_s: float | None = None
    empty_at_s: float | None = None
    is_told: bool = False
    alike: int = 0
    read_digest: bytes = b""
    told_digest: bytes = b""
    told_at_s: float = -math.inf
    reasons: Counter[str] = field(default_factory=Counter)
    told_reasons: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Say whether what was last read has been told; another page may lie there by then."""
        return self.is_told and self.read_digest == self.told_digest

    def told(
        self, seen: Seen, taken_at_s: float, now_s: float, *, is_covered: bool
    ) -> MrzFrame | MrzUnsure | None:
        """Take in a look; return what is to be told of it now."""
        if not is_covered:
            self.alike = 0
            self.empty_at_s = taken_at_s if self.empty_at_s is None else self.empty_at_s
            return None
        began_at_s = self._began(taken_at_s)
        if seen.is_record:
            return self._zone(seen.lines, began_at_s, now_s)
        return self._unsure(seen, began_at_s, now_s)

    def _began(self, taken_at_s: float) -> float:
        """Return since when this page lies there; what lay there before is forgotten."""
        has_left = self.empty_at_s is not None and taken_at_s - self.empty_at_s >= LEFT_S
        self.empty_at_s = None
        if has_left or self.began_at_s is None:
            self._forget(taken_at_s)
        assert self.began_at_s is not None
        return self.began_at_s

    def _forget(self, began_at_s: float) -> None:
        self.began_at_s, self.is_told, self.alike = began_at_s, False, 0
        self.reasons.clear()
        self.told_reasons.clear()

    def _zone(self, lines: tuple[str, ...], began_at_s: float, now_s: float) -> MrzFrame | None:
        if not self._are_alike(lines):
            return None
        was_just_told = self.is_told or now_s - self.told_at_s < ONE_THING_S
        if self.read_digest == self.told_digest and was_just_told:
            self.is_told = True
            return None
        self.is_told, self.told_digest, self.told_at_s = True, self.read_digest, now_s
        return MrzFrame(lines, began_at_s, now_s)

    def _are_alike(self, lines: tuple[str, ...]) -> bool:
        """Say whether this look and enough before it read the same."""
        digest = sha256("\n".join(lines).encode()).digest()
        self.alike = self.alike + 1 if self.alike and digest == self.read_digest else 1
        self.read_digest = digest
        return self.alike >= LOOKS_ALIKE

    def _unsure(self, seen: Seen, began_at_s: float, now_s: float) -> MrzFrame | MrzUnsure | None:
        self.reasons[seen.reason] += 1
        is_misprint = seen.reason == MrzReason.DIGIT_DIFFERS and self._are_alike(seen.lines)
        if seen.reason != MrzReason.DIGIT_DIFFERS:
            self.alike = 0
        if self.is_told or now_s - began_at_s < UNSURE_AFTER_S:
            return None
        most, _ = self.reasons.most_common(1)[0]
        if most in self.told_reasons:
            return None
        self.told_reasons.add(most)
        if is_misprint and most == MrzReason.DIGIT_DIFFERS:
            return MrzFrame(seen.lines, began_at_s, now_s)
        return MrzUnsure(most, began_at_s, now_s)


def _scene(picture: Picture) -> NDArray[np.int16]:
    """Return the picture in cells, so coarse that a living camera's noise is gone."""
    small = cv2.resize(picture, SCENE, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.int16)


def _is_other(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    return bool((np.abs(one - other) > PAPER_DIFFERS).mean() > CELLS_COVERED)


def _has_changed(one: NDArray[np.int16], other: NDArray[np.int16]) -> bool:
    return bool((np.abs(one - other) > CELL_DIFFERS).mean() > CELLS_CHANGED)


def build(settings: MrzCameraSettings, clock: Callable[[], float]) -> MrzReader:
    """Open the camera of a profile and load what reads its pictures; `clock` is monotonic.

    Raises:
        DeviceLost: the camera does not answer, or gives no two different pictures.
        DeviceRefused: it gives pictures of another size, or nothing here reads a zone.
    """
    look = _reader_of_zones(settings, clock)
    pictures = open_video(DEVICE, settings, clock)
    if settings.infrared is None:
        return MrzCamera(pictures, look, clock)
    beside = settings.model_copy(update={"line": settings.infrared})
    try:
        infrared = open_video(DEVICE, beside, clock)
    except DeviceError:
        pictures.close()
        raise
    return MrzCamera(pictures, look, clock, infrared)


def _reader_of_zones(settings: MrzCameraSettings, clock: Callable[[], float]) -> Look:
    """Return what reads a zone, with its network loaded."""
    try:
        network = load_network()
    except (ModelMissing, ModelAltered) as error:
        raise DeviceRefused(DEVICE, str(error)) from error
    named, sha256 = settings.second_opinion, settings.second_opinion_sha256
    second = load(Path(named), sha256) if named else None

    def look(picture: Picture, infrared: Picture | None) -> Seen:
        return read_zone(
            picture,
            network,
            clock=clock,
            budget_s=LOOK_WITHIN_S,
            infrared=infrared,
            second=second,
        )

    return look
