"""What a screen or a sheet of paper shows of itself: its pattern on the face, its edges round it.

    pattern   the highest peak in the spectrum of the cheeks and nose, against its ring of equal
              frequency; where JPEG's blocks of 8 have theirs is left out
    edges     straight lines on both sides of the face and above or below it, upright with it,
              that go where the face goes; a door behind stays where it is
    in_a_hand such lines that go to and fro together whatever the face does: what is held up
              trembles, the face of a recording goes its own way in it, a room stands still

Two of at least five frames must show it. Neither cue proves life when it is missing: a good print
without a border has neither. With a network named by the profile its mean counts as well.

Source: research/face.md section 3c (frames, crop, order of colours) and 5, layer 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.vision.faces import Face, Picture
from egate.vision.quality import roll_deg

LARGEST_NUMBER_OF_FRAMES = 12
FEWEST_FRAMES = 5
PATTERN_PX = 128
LOWEST_FREQUENCY = 0.1  # of a turn a pixel; below is the face itself
BLOCK = 8  # of JPEG
RINGS = 16
REDUCED_PX = 480
UPRIGHT_DEG = 14.0
LINE_SHARE = 0.75  # of the face's height, and of its width
AWAY = (0.58, 2.0)  # of the face's width, from its middle
STAYS_SHARE = 0.4  # of the face's way: a line that went less stays behind
LEAST_WAY_PX = 0.5  # reduced, one deviation: below nobody can tell what goes with what
HELD_WAY_PX = 0.9  # the same, of a frame: lines that stand are found to within a third of it
TOGETHER = 0.75  # correlation of its two sides

Network = Callable[[Picture, Face], float]
Segments = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Texture:
    """What at least five frames show: `network` is its mean, 1 for living, None without one."""

    pattern: float
    edges: float
    in_a_hand: float
    network: float | None


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where the nearest lines beside the face are, and the face's middle, in reduced pixels."""

    middle: float
    left: float
    right: float
    is_closed: bool


class Textures:
    """The cues of one look, frame by frame; no picture is kept."""

    def __init__(self, network: Network | None = None) -> None:
        self._network = network
        self._patterns: list[float] = []
        self._edges: list[_Edges | None] = []
        self._network_says: list[float] = []
        self._lines = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE)

    def feed(self, picture: Picture, face: Face) -> None:
        """Look at one frame more; as many as there can be are enough."""
        if len(self._patterns) >= LARGEST_NUMBER_OF_FRAMES:
            return
        self._patterns.append(pattern(picture, face))
        self._edges.append(self._edges_in(picture, face))
        if self._network is not None:
            self._network_says.append(self._network(picture, face))

    def texture(self) -> Texture | None:
        """Return what was seen, None in too few frames."""
        if len(self._patterns) < FEWEST_FRAMES:
            return None
        network = float(np.mean(self._network_says)) if self._network_says else None
        return Texture(
            pattern=float(np.sort(self._patterns)[-2]),
            edges=_share_of_edges(self._edges),
            in_a_hand=_share_in_a_hand(self._edges),
            network=network,
        )

    def _edges_in(self, picture: Picture, face: Face) -> _Edges | None:
        scale = REDUCED_PX / picture.shape[1]
        size = (REDUCED_PX, round(picture.shape[0] * scale))
        grey = cv2.cvtColor(
            cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
        )
        found = self._lines.detect(grey)[0]
        return None if found is None else _beside(np.asarray(found, np.float64), face, scale)


def pattern(picture: Picture, face: Face) -> float:
    """Return how far the highest peak stands over its ring, in deviations of the ring."""
    middle_x, middle_y = face.points[2]
    left, top = round(middle_x - PATTERN_PX / 2), round(middle_y - PATTERN_PX / 2)
    cut = picture[max(0, top) : top + PATTERN_PX, max(0, left) : left + PATTERN_PX]
    if cut.shape[:2] != (PATTERN_PX, PATTERN_PX):
        return 0.0
    blue, green, red = np.moveaxis(cut.astype(np.float32), 2, 0)
    told = [_peak(green), _peak(red - blue)]
    return max(told)


@cache
def _rings() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the ring of each place of a spectrum, and whether it may be looked at."""
    turns = np.fft.fftfreq(PATTERN_PX)
    x, y = np.meshgrid(turns, turns)
    away = np.hypot(x, y)
    rings = np.minimum((away * 2 * RINGS).astype(np.int64), RINGS - 1)
    near_block = [
        np.abs(axis * BLOCK - np.round(axis * BLOCK)) < 1.5 * BLOCK / PATTERN_PX for axis in (x, y)
    ]
    on_axis = [np.abs(axis) < 1.5 / PATTERN_PX for axis in (x, y)]
    blocks = (
        (near_block[0] & near_block[1])
        | (on_axis[0] & near_block[1])
        | (on_axis[1] & near_block[0])
    )
    return rings, (away >= LOWEST_FREQUENCY) & (away < 0.5) & ~blocks


def _peak(values: NDArray[np.float32]) -> float:
    window = np.hanning(PATTERN_PX)
    spectrum = np.fft.fft2((values - values.mean()) * np.outer(window, window))
    ring, is_looked_at = _rings()
    rings, loud = ring[is_looked_at], np.log(np.abs(spectrum[is_looked_at]) + 1.0)
    counts = np.maximum(np.bincount(rings, minlength=RINGS), 1)
    means = np.bincount(rings, loud, RINGS) / counts
    deviations = np.sqrt(np.bincount(rings, (loud - means[rings]) ** 2, RINGS) / counts) + 1e-6
    return float(((loud - means[rings]) / deviations[rings]).max())


def _beside(segments: Segments, face: Face, scale: float) -> _Edges | None:
    """Return the lines beside the face in its own upright frame, None without one on each side."""
    left, top, width, height = (value * scale for value in face.box)
    middle = np.array([left + width / 2, top + height / 2])
    turn = math.radians(roll_deg(face.points))
    back = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    ends = (segments.reshape(-1, 2, 2) - middle) @ back.T
    way = ends[:, 1] - ends[:, 0]
    length = np.hypot(*way.T)
    steep = math.tan(math.radians(UPRIGHT_DEG))
    is_upright = np.abs(way[:, 0]) < steep * np.abs(way[:, 1])
    is_level = np.abs(way[:, 1]) < steep * np.abs(way[:, 0])
    aside, down = ends[:, :, 0].mean(axis=1), ends[:, :, 1].mean(axis=1)
    near, far = (share * width for share in AWAY)
    is_beside = is_upright & (np.abs(aside) > near) & (np.abs(aside) < far)
    is_beside &= np.abs(down) < height
    eyes = scale * (face.points[0][0] + face.points[1][0]) / 2
    sides = [
        _strongest(aside[chosen], length[chosen], LINE_SHARE * height)
        for chosen in (is_beside & (aside < 0), is_beside & (aside > 0))
    ]
    if sides[0] is None or sides[1] is None:
        return None
    is_across = is_level & (np.abs(down) > 0.5 * height) & (np.abs(down) < 1.6 * height)
    is_across &= np.abs(aside) < width
    closed = _strongest(down[is_across], length[is_across], LINE_SHARE * width) is not None
    return _Edges(eyes, float(middle[0] + sides[0]), float(middle[0] + sides[1]), closed)


def _strongest(places: Segments, lengths: Segments, least: float) -> float | None:
    """Return where the longest line made of pieces lies, None when it is shorter than `least`."""
    if not len(places):
        return None
    together = np.abs(places[:, None] - places[None, :]) < 4.0
    sums = together @ lengths
    best = int(sums.argmax())
    return float(places[best]) if sums[best] >= least else None


def _share_of_edges(edges: list[_Edges | None]) -> float:
    """Return in what part of the frames lines enclose the face and go where it goes."""
    closed = [one for one in edges if one is not None and one.is_closed]
    if len(closed) < 2:
        return 0.0
    middles, *lines = (
        np.array([getattr(one, name) for one in closed]) for name in ("middle", "left", "right")
    )
    ways = middles - middles.mean()
    if float(ways.std()) < LEAST_WAY_PX:
        return 0.0
    along = [float(ways @ (line - line.mean()) / (ways @ ways)) for line in lines]
    return len(closed) / len(edges) if min(along) > STAYS_SHARE else 0.0


def _share_in_a_hand(edges: list[_Edges | None]) -> float:
    """Return in what part of the frames lines enclose the face, if both sides go to and fro."""
    closed = [one for one in edges if one is not None and one.is_closed]
    if len(closed) < FEWEST_FRAMES:
        return 0.0
    left, right = (np.array([getattr(one, name) for one in closed]) for name in ("left", "right"))
    if min(left.std(), right.std()) < HELD_WAY_PX:
        return 0.0
    together = float(np.corrcoef(left, right)[0, 1])
    return len(closed) / len(edges) if together > TOGETHER else 0.0
