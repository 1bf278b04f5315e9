"""Where a machine readable zone may stand in a picture, and straight strips cut from it.

    1  black-hat        what is dark, thinner than a letter, before any paper
    2  local threshold  strokes that stand out of their own neighbourhood
    3  closing          letters of one line grow together, lines stay apart
    4  components       long and low ones, each with the line fitted through its middle
    5  zones            two or three of them, parallel, evenly spaced, of one length

Done in two sizes of the picture, so that letters from 0.6 to 4 percent of its longer side grow
together in one of them. Nothing is read here: what is no zone costs the reader a strip.

Source: research/mrz_qr.md section 3; ICAO 9303-3, 4.1.1 (one size of letter, constant pitch);
9303-4, 4.2 (6.35 mm from line to line, letters 2.54 mm apart).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.vision.faces import Picture

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
Mask = NDArray[np.uint8]
Values = NDArray[np.float64]

LONGER_SIDES_PX: Final = (1000, 500)
STROKE_KERNEL_PX: Final = 9  # wider than any stroke of a letter that grows together below
NEIGHBOURHOOD_PX: Final = 41
STANDS_OUT: Final = 1.4  # times the mean of the neighbourhood
FAINTEST: Final = 3.0  # grey levels; less is noise of the camera
CLOSING_PX: Final = 17
LOWEST_PX: Final = 4  # letters lower than this are not read
HIGHEST_PX: Final = 30
WIDEST_PX: Final = 90  # letters that touch; an edge or a frame is longer
LONGEST_TO_HIGH: Final = 9.0  # a line of 30 is 29 pitches long, half of it may be lost
MOST_COMPONENTS: Final = 40  # a size; the longest come first
MOST_ZONES: Final = 12
FEWEST_LETTERS: Final = 24.0  # a zone's length in heights, a little lost or too high
MOST_LETTERS: Final = 54.0
SPACING: Final = (1.5, 4.2)  # from line to line, in heights of letters
PARALLEL_DEG: Final = 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """The middle of a line of letters from its first to its last, and how high the letters are."""

    left: Point
    right: Point
    height: float

    @property
    def length(self) -> float:
        """Return how long it is, in pixels of the picture."""
        return math.dist(self.left, self.right)

    @property
    def angle_deg(self) -> float:
        """Return how it falls to the right, -180..180."""
        (x0, y0), (x1, y1) = self.left, self.right
        return math.degrees(math.atan2(y1 - y0, x1 - x0))

    @property
    def turned(self) -> "Line":
        """Return the same line as it is read upside down."""
        return Line(self.right, self.left, self.height)

    def at(self, share: float) -> Point:
        """Return the point at this share of its length; less than 0 and more than 1 go on."""
        (x0, y0), (x1, y1) = self.left, self.right
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share

    def along(self, point: Point) -> float:
        """Return the share of the length at which `point` stands beside the line."""
        (x0, y0), (x1, y1) = self.left, self.right
        dx, dy = x1 - x0, y1 - y0
        return ((point[0] - x0) * dx + (point[1] - y0) * dy) / (dx * dx + dy * dy)

    def below(self, point: Point) -> float:
        """Return how far `point` is below the line, in pixels."""
        (x0, y0), (x1, y1) = self.left, self.right
        return ((point[1] - y0) * (x1 - x0) - (point[0] - x0) * (y1 - y0)) / self.length

    def quad(self, high: float, beyond: float) -> Quad:
        """Return the corners, top left first, clockwise, of `high` letters' heights."""
        share = beyond * self.height / self.length
        (x0, y0), (x1, y1) = self.at(-share), self.at(1 + share)
        length = math.dist((x0, y0), (x1, y1))
        half = high * self.height / 2
        up = ((y1 - y0) / length * half, (x0 - x1) / length * half)
        return (
            (x0 + up[0], y0 + up[1]),
            (x1 + up[0], y1 + up[1]),
            (x1 - up[0], y1 - up[1]),
            (x0 - up[0], y0 - up[1]),
        )


Zone = tuple[Line, ...]


def lines(grey: Picture, turn_deg: float = 0.0) -> tuple[Line, ...]:
    """Return the lines of letters of a grey picture, in its pixels; the longest first.

    Letters are looked for as if the picture were turned by `turn_deg`, clockwise.
    """
    found: list[Line] = []
    for longer_side in LONGER_SIDES_PX:
        reduced, matrix = _reduced(grey, longer_side, turn_deg)
        found += [_mapped(line, matrix) for line in _lines_at(reduced)]
    return tuple(sorted(_apart(found), key=lambda line: -line.length))


def slope_deg(found: Sequence[Line]) -> float:
    """Return how most of what was found falls to the right, by length; 0 when there is nothing."""
    ordered = sorted((line.angle_deg, line.length) for line in found)
    half, so_far = sum(length for _, length in ordered) / 2, 0.0
    for angle, length in ordered:
        so_far += length
        if so_far >= half:
            return angle
    return 0.0


def zones(found: Sequence[Line]) -> tuple[Zone, ...]:
    """Return what may be zones, top line first: the longest and most even first."""
    pairs = [
        (one, other) if one.below(other.at(0.5)) > 0 else (other, one)
        for one, other in combinations(found, 2)
        if _belong_together(one, other)
    ]
    triples = [
        (*pair, third)
        for pair in pairs
        for second, third in pairs
        if second == pair[1] and 0.7 < _spacing(*pair) / _spacing(second, third) < 1.4
    ]
    kept = sorted((*triples, *pairs), key=_merit, reverse=True)
    return tuple(_of_one_length(zone) for zone in kept[:MOST_ZONES])


def cut(
    grey: Picture, quad: Quad, height_px: int, widest_px: int, width_px: int | None = None
) -> Picture:
    """Return what stands in `quad` as a straight strip, at most `widest_px` wide.

    The width is that of the quad at this height if not given. Beyond the picture its edge is
    repeated.
    """
    top = (math.dist(quad[0], quad[1]) + math.dist(quad[3], quad[2])) / 2
    side = (math.dist(quad[0], quad[3]) + math.dist(quad[1], quad[2])) / 2
    width = width_px or max(1, min(widest_px, round(top * height_px / max(side, 1e-6))))
    scale = side / height_px
    if scale > 1.5:  # sampling leaves out pixels: take their mean first
        grey, quad = _shrunk(grey, quad, scale)
    target = np.array([(0, 0), (width, 0), (width, height_px), (0, height_px)], np.float32) - 0.5
    source = np.array(quad, np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    strip = cv2.warpPerspective(
        grey, matrix, (width, height_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(strip, np.uint8)


def _shrunk(grey: Picture, quad: Quad, scale: float) -> tuple[Picture, Quad]:
    """Return the part of the picture around `quad`, smaller by `scale`, and the quad in it."""
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    left, top = max(0, math.floor(min(xs)) - 2), max(0, math.floor(min(ys)) - 2)
    part = grey[top : math.ceil(max(ys)) + 3, left : math.ceil(max(xs)) + 3]
    if not part.size:
        return grey, quad
    width, height = max(1, round(part.shape[1] / scale)), max(1, round(part.shape[0] / scale))
    reduced = cv2.resize(part, (width, height), None, 0, 0, cv2.INTER_AREA)
    by_x, by_y = width / part.shape[1], height / part.shape[0]
    corners = [((x - left) * by_x, (y - top) * by_y) for x, y in quad]
    return np.asarray(reduced, np.uint8), (corners[0], corners[1], corners[2], corners[3])


def strokes(grey: Picture) -> Mask:
    """Return where thin dark strokes are, 255, in a grey picture."""
    kernel = np.ones((STROKE_KERNEL_PX, STROKE_KERNEL_PX), np.uint8)
    hats = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    around = cv2.boxFilter(hats, cv2.CV_32F, (NEIGHBOURHOOD_PX, NEIGHBOURHOOD_PX))
    return np.asarray((hats > np.maximum(FAINTEST, around * STANDS_OUT)) * np.uint8(255), np.uint8)


def _letters(thin: Mask) -> Mask:
    """Leave out what is too large or too small for a letter, or for a few that touch."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    wide, high = stats[:count, cv2.CC_STAT_WIDTH], stats[:count, cv2.CC_STAT_HEIGHT]
    is_kept = (high <= HIGHEST_PX) & (wide <= WIDEST_PX) & (np.maximum(wide, high) >= LOWEST_PX)
    is_kept[0] = False
    return np.asarray(is_kept[labels] * np.uint8(255), np.uint8)


def _lines_at(grey: Picture) -> Iterator[Line]:
    """Find the lines of letters whose pitch is some 6 to 16 pixels of this picture."""
    if min(grey.shape) < 2 * LOWEST_PX:
        return
    thin = _letters(strokes(grey))
    grown = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones((1, CLOSING_PX), np.uint8))
    grown = cv2.morphologyEx(grown, cv2.MORPH_OPEN, np.ones((3, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=4)
    order = np.argsort(-stats[1:count, cv2.CC_STAT_WIDTH])[:MOST_COMPONENTS] + 1
    for label in order:
        x, y, width, height, _ = (int(value) for value in stats[label])
        box = np.s_[y : y + height, x : x + width]
        line = _fitted((labels[box] == label) & (thin[box] > 0))
        if line is not None and LOWEST_PX <= line.height <= HIGHEST_PX:
            yield _moved(line, x, y)


def _fitted(mask: NDArray[np.bool_]) -> Line | None:
    """Fit a line through the middle of strokes; None when they are not long and low."""
    ys, xs = np.nonzero(mask)
    if len(xs) < 30 or mask.shape[1] < LONGEST_TO_HIGH * LOWEST_PX:
        return None
    slope, start = np.polyfit(xs.astype(float), ys.astype(float), 1)
    for _ in range(4):
        off = ys - slope * xs - start
        near = np.abs(off - np.median(off)) <= 2.5 * max(1.0, float(np.median(np.abs(off))))
        slope, start = np.polyfit(xs[near].astype(float), ys[near].astype(float), 1)
    off = (ys - slope * xs - start)[near] / math.hypot(1, slope)
    low, high = np.percentile(off, (4, 96))
    height = float(high - low) + 1
    first, last = np.percentile(xs[near], (0.2, 99.8))
    middle = (low + high) / 2 * math.hypot(1, slope)
    line = Line(
        (float(first), float(slope * first + start + middle)),
        (float(last), float(slope * last + start + middle)),
        height,
    )
    return line if line.length >= LONGEST_TO_HIGH * height else None


def _moved(line: Line, x: float, y: float) -> Line:
    (x0, y0), (x1, y1) = line.left, line.right
    return replace(line, left=(x0 + x, y0 + y), right=(x1 + x, y1 + y))


def _reduced(grey: Picture, longer_side: int, turn_deg: float) -> tuple[Picture, Values]:
    """Return the picture in another size, turned, and what leads from it back to the picture."""
    scale = longer_side / max(grey.shape)
    width, height = (max(1, round(side * scale)) for side in grey.shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(grey, (width, height), None, 0, 0, how), np.uint8)
    back = np.array(
        [[1 / scale, 0, 0.5 / scale - 0.5], [0, 1 / scale, 0.5 / scale - 0.5], [0, 0, 1]]
    )
    if not turn_deg:
        return small, back
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), -turn_deg, 1), [0, 0, 1]])
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = round(width * cos + height * sin), round(width * sin + height * cos)
    turn[:2, 2] += ((wide - width) / 2, (high - height) / 2)
    turned = cv2.warpAffine(small, turn[:2], (wide, high), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), back @ np.linalg.inv(turn)


def _mapped(line: Line, matrix: Values) -> Line:
    ends = [matrix @ (*end, 1.0) for end in (line.left, line.right)]
    left, right = ((float(x), float(y)) for x, y, _ in ends)
    return Line(left, right, line.height * math.dist(left, right) / line.length)


def _apart(found: Sequence[Line]) -> list[Line]:
    """Leave out each line that lies on a longer one."""
    kept: list[Line] = []
    for line in sorted(found, key=lambda line: -line.length):
        if not any(_same(other, line) for other in kept):
            kept.append(line)
    return kept


def _same(longer: Line, line: Line) -> bool:
    is_beside = longer.along(line.left) >= -0.05 and longer.along(line.right) <= 1.05
    return is_beside and all(
        abs(longer.below(end)) < 0.6 * longer.height for end in (line.left, line.right)
    )


def _belong_together(one: Line, other: Line) -> bool:
    """Say whether two lines may be of one zone; half of one may be lost."""
    apart_deg = abs(one.angle_deg - other.angle_deg)
    if PARALLEL_DEG < apart_deg < 360 - PARALLEL_DEG:
        return False
    if not 0.6 < one.height / other.height < 1.67 or not 0.5 < one.length / other.length < 2:
        return False
    high = (one.height + other.height) / 2
    return SPACING[0] * high <= _spacing(one, other) <= SPACING[1] * high and _overlap(one, other)


def _overlap(one: Line, other: Line) -> bool:
    first, last = one.along(other.left), one.along(other.right)
    return min(1.0, last) - max(0.0, first) > 0.5 * min(1.0, last - first)


def _spacing(one: Line, other: Line) -> float:
    return abs(one.below(other.at(0.5)))


def _merit(zone: Zone) -> float:
    """Return how much a zone looks like one: long, even, and as many letters as one has."""
    lengths = [line.length for line in zone]
    heights = [line.height for line in zone]
    even = min(lengths) / max(lengths) * min(heights) / max(heights)
    letters = max(lengths) * len(zone) / sum(heights)
    likely = min(1.0, letters / FEWEST_LETTERS, MOST_LETTERS / letters)
    return even * likely**2 * max(lengths) * (1 + 0.1 * len(zone))


def _of_one_length(zone: Zone) -> Zone:
    """Have all lines begin and end where the first and the last of their letters do."""
    longest = max(zone, key=lambda line: line.length)
    shares = [longest.along(end) for line in zone for end in (line.left, line.right)]
    ends = longest.at(min(shares)), longest.at(max(shares))
    height = float(np.median([line.height for line in zone]))
    return tuple(
        Line(line.at(line.along(ends[0])), line.at(line.along(ends[1])), height) for line in zone
    )
