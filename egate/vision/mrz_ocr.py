"""From a picture of a page to the lines of its machine readable zone, or the reason why not.

    look    lines of letters, and two or three that may be a zone (mrz_locate); upright and upside
            down first, then standing, then turned back by the slope of what was found
    read    each line a strip 32 pixels high, from the whole picture, through the network
    set     on the even grid of 44, 36 or 30 places (mrz_grid)
    weigh   alphabets, check digits, the weakest character (mrz_weigh)
    again   what is unsure is cut once more, by the places just found: even, upright, straight

READ is a record. Anything else is none, whatever the lines say: its findings are inconclusive,
and its reason is what the traveller can mend. An infrared picture goes first: background print and
most of what lies over the zone cannot be seen in it.

Source: research/mrz_qr.md section 3; ICAO 9303-3, 4.1 (readable in near infrared, B900).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
import math
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.document import mrz
from egate.document.mrz import DIGIT_CHECKS
from egate.domain.check import Check, Finding, Outcome
from egate.vision.faces import Picture
from egate.vision.mrz_grid import Grid, aligned, pitch_of
from egate.vision.mrz_locate import Point, Quad, Zone, cut, lines, slope_deg, zones
from egate.vision.mrz_network import PITCH_PX, STEP_PX, STRIP_HEIGHT
from egate.vision.mrz_weigh import MrzReason, Weighed, weigh

Values = NDArray[np.float64]

WIDEST_STRIP_PX: Final = 1400  # 44 characters and what may lie beyond them
NARROWEST_STRIP_PX: Final = 200  # 30 characters in 6 px each
HIGH: Final = 2.05  # heights of letters in a strip's height
BEYOND: Final = 2.5  # heights of letters left and right of what was found
SPARE_PITCHES: Final = 1.5
COUNTS: Final = {2: (36, 44), 3: (30,)}
LEAST_SCORE: Final = -1.2  # a grid that fits less is no line of a zone
LEAST_SURE_SHARE: Final = 0.75  # of a zone's characters
SCREENING: Final = -2.0
MOST_ZONES: Final = 8  # for each way to hold the page
TILTS_DEG: Final = (15.0, -15.0)
OWN_SLOPE_DEG: Final = 5.0  # less is read as it lies
LARGEST_SIDE_PX: Final = 8192
SMALLEST_PITCH_PX: Final = 5.0
BRIGHT: Final = 250
MOST_BRIGHT: Final = 0.03  # of the zone; white paper is not that white on a camera
DARKEST_LIGHT: Final = 60.0  # what nine tenths of the zone are darker than


class Network(Protocol):
    """What reading needs of MrzNetwork."""

    def read(self, strip: Picture, /) -> NDArray[np.float32]:
        """Return (steps, 38) log-probabilities of a strip (32, width), a step each 4 pixels."""


@dataclass(frozen=True, slots=True, repr=False)
class MrzSeen:
    """What was seen of a zone.

    `lines` are as read, also when they are not sure; () without a zone. `findings` are those of
    mrz.read only for READ and DIGIT_DIFFERS. `boxes` are corners in pixels of the picture, the
    top left of the text first, clockwise.
    """

    reason: MrzReason
    lines: tuple[str, ...] = ()
    weakest: float = -math.inf
    boxes: tuple[Quad, ...] = ()
    replaced: int = 0
    findings: tuple[Finding, ...] = field(default=())

    def __repr__(self) -> str:
        """Give no content."""
        return f"MrzSeen({self.reason}, weakest {self.weakest:.2f}, {len(self.boxes)} lines)"

    @property
    def is_record(self) -> bool:
        """Whether the lines count."""
        return self.reason is MrzReason.READ


@dataclass(frozen=True, slots=True, repr=False)
class _Read:
    """A zone, each line's strip and grid in it, and what they weigh."""

    quads: tuple[Quad, ...]
    widths: tuple[int, ...]
    grids: tuple[Grid, ...]
    weighed: Weighed

    @property
    def score(self) -> float:
        return min(grid.score for grid in self.grids)

    @property
    def is_zone(self) -> bool:
        """Whether a zone stands here, sure or not: text upside down fits a grid, too."""
        return self.score > LEAST_SCORE and self.weighed.sure_share > LEAST_SURE_SHARE

    @property
    def is_clear(self) -> bool:
        """Whether nothing is gained by looking elsewhere."""
        return self.weighed.reason is not MrzReason.UNSURE_CHARACTER and self.is_zone

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (
            self.weighed.reason is MrzReason.READ,
            self.is_zone,
            self.weighed.weakest + self.score,
        )


def read_zone(
    picture: Picture,
    network: Network,
    *,
    clock: Callable[[], float],
    budget_s: float = 2.0,
    infrared: Picture | None = None,
) -> MrzSeen:
    """Read the zone of a page, within about `budget_s` of `clock`'s seconds.

    `picture` is BGR or grey; `infrared` shows the same page, and is preferred. Boxes are in the
    pixels of the one that was read. The picture is not kept.
    """
    until_s = clock() + budget_s
    if infrared is not None:
        seen = _seen(_grey(infrared), network, lambda: clock() > until_s - budget_s / 2)
        if seen.is_record:
            return seen
    return _seen(_grey(picture), network, lambda: clock() > until_s)


def _grey(picture: Picture) -> Picture:
    """Return the picture in grey, no side longer than LARGEST_SIDE_PX."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey[:LARGEST_SIDE_PX, :LARGEST_SIDE_PX], np.uint8)


def _seen(grey: Picture, network: Network, is_late: Callable[[], bool]) -> MrzSeen:
    best: _Read | None = None
    for held in _held(grey):
        for zone in held[:MOST_ZONES]:
            read = None if is_late() else _read(grey, network, zone)
            if read is not None and (best is None or read.rank > best.rank):
                best = read
            if best is not None and best.is_clear:
                return _told(best.weighed.reason, best)
        if is_late() or (best is not None and best.is_zone):
            break
    if best is None or not best.is_zone:
        return _told(MrzReason.OUT_OF_TIME if is_late() else _no_zone(grey), None)
    return _told(_reason(grey, best), best)


def _held(grey: Picture) -> Iterator[tuple[Zone, ...]]:
    """Give what may be zones for each way to hold a page, the likeliest way first."""
    upright = lines(grey)
    yield zones(upright)
    slope = slope_deg(upright)
    if abs(slope) > OWN_SLOPE_DEG:
        yield zones(lines(grey, -slope))
    yield zones([line.turned for line in upright])
    standing = lines(grey, 90.0)
    yield zones(standing)
    yield zones([line.turned for line in standing])
    for turn in TILTS_DEG:
        tilted = lines(grey, turn)
        yield zones(tilted)
        yield zones([line.turned for line in tilted])


def _read(grey: Picture, network: Network, zone: Zone) -> _Read | None:
    """Read a candidate; cut it again by its own places when it is a zone, but not sure."""
    quads = tuple(line.quad(HIGH, BEYOND) for line in zone)
    first = _read_strips(grey, network, quads, len(zone))
    if first is None or first.weighed.reason is MrzReason.READ or first.score <= SCREENING:
        return first
    again = _read_strips(grey, network, *_straight(first, zone))
    return again if again is not None and again.rank > first.rank else first


def _read_strips(
    grey: Picture, network: Network, quads: Sequence[Quad], lines_: int, width: int | None = None
) -> _Read | None:
    seen, widths = [], []
    for quad in quads:
        strip = cut(grey, quad, STRIP_HEIGHT, WIDEST_STRIP_PX, width)
        if strip.shape[1] < NARROWEST_STRIP_PX:
            return None
        seen.append(np.asarray(network.read(strip), np.float64))
        widths.append(strip.shape[1])
        if len(seen) == 1 and pitch_of(seen[0]) is None:
            return None
    fits = _fits(seen, COUNTS[lines_])
    if not fits:
        return None
    grids = max(fits, key=lambda one: sum(grid.score for grid in one))
    return _Read(tuple(quads), tuple(widths), grids, weigh([grid.seen for grid in grids]))


def _fits(seen: Sequence[Values], counts: tuple[int, ...]) -> list[tuple[Grid, ...]]:
    """Return all lines on grids of one number of places, for each number that has room."""
    found = []
    for line in seen:
        pitch = pitch_of(line)
        if pitch is None:
            return []
        found.append(aligned(line, pitch, counts))
    return [
        tuple(grids[count] for grids in found)
        for count in counts
        if all(count in grids for grids in found)
    ]


def _straight(read: _Read, zone: Zone) -> tuple[tuple[Quad, ...], int, int]:
    """Return where to cut again: the first characters of all lines one below the other."""
    count = len(read.grids[0].places)
    firsts, lasts = [], []
    for quad, width, grid in zip(read.quads, read.widths, read.grids, strict=True):
        slope, start = np.polyfit(np.arange(count), (grid.places + 0.5) * STEP_PX / width, 1)
        firsts.append(_inside(quad, float(start - slope * SPARE_PITCHES)))
        lasts.append(_inside(quad, float(start + slope * (count - 1 + SPARE_PITCHES))))
    quads = []
    half = HIGH / 2 * zone[0].height
    for number in range(len(firsts)):
        left, right = _down(firsts, half), _down(lasts, half)
        (x0, y0), (x1, y1) = firsts[number], lasts[number]
        quads.append(
            (
                (x0 - left[0], y0 - left[1]),
                (x1 - right[0], y1 - right[1]),
                (x1 + right[0], y1 + right[1]),
                (x0 + left[0], y0 + left[1]),
            )
        )
    return tuple(quads), len(zone), round((count - 1 + 2 * SPARE_PITCHES) * PITCH_PX)


def _inside(quad: Quad, share: float) -> Point:
    """Return the point on a quad's middle line at this share of its width."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    left, right = ((ax + dx) / 2, (ay + dy) / 2), ((bx + cx) / 2, (by + cy) / 2)
    return left[0] + (right[0] - left[0]) * share, left[1] + (right[1] - left[1]) * share


def _down(points: Sequence[Point], length: float) -> Point:
    """Return the way from the first point to the last, `length` long."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    whole = math.dist(points[0], points[-1]) or 1.0
    return (x1 - x0) / whole * length, (y1 - y0) / whole * length


def _told(reason: MrzReason, read: _Read | None) -> MrzSeen:
    if read is None:
        return MrzSeen(reason, findings=_inconclusive(reason))
    weighed = read.weighed
    counts = reason in {MrzReason.READ, MrzReason.DIGIT_DIFFERS}
    findings = mrz.read(weighed.lines).findings if counts else _inconclusive(reason)
    return MrzSeen(reason, weighed.lines, weighed.weakest, read.quads, weighed.replaced, findings)


def _inconclusive(reason: MrzReason) -> tuple[Finding, ...]:
    checks = (Check.MRZ_IS_READABLE, *DIGIT_CHECKS)
    return tuple(Finding(check, Outcome.INCONCLUSIVE, reason) for check in checks)


def _no_zone(grey: Picture) -> MrzReason:
    is_dark = not grey.size or float(np.percentile(grey, 90)) < DARKEST_LIGHT
    return MrzReason.TOO_DARK if is_dark else MrzReason.NO_ZONE


def _reason(grey: Picture, read: _Read) -> MrzReason:
    """Return what may be the cause when characters are not sure: what can be seen of it."""
    if read.weighed.reason is not MrzReason.UNSURE_CHARACTER:
        return read.weighed.reason
    quad, grid, width = read.quads[0], read.grids[0], read.widths[0]
    apart = float(np.median(np.diff(grid.places))) * STEP_PX / width
    if apart * math.dist(quad[0], quad[1]) < SMALLEST_PITCH_PX:
        return MrzReason.TOO_SMALL
    strips = [cut(grey, one, STRIP_HEIGHT, WIDEST_STRIP_PX) for one in read.quads]
    values = np.concatenate([strip.ravel() for strip in strips])
    if float(np.percentile(values, 90)) < DARKEST_LIGHT:
        return MrzReason.TOO_DARK
    bright = float((values >= BRIGHT).mean())
    return MrzReason.GLARE if MOST_BRIGHT < bright < 0.5 else MrzReason.UNSURE_CHARACTER
