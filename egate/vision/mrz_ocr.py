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
from dataclasses import dataclass, field, replace
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
from egate.vision.mrz_locate import Line, Point, Quad, Zone, cut, lines, slope_deg, zones
from egate.vision.mrz_network import PITCH_PX, STEP_PX, STRIP_HEIGHT
from egate.vision.mrz_weigh import LIKELY, MrzReason, Weighed, confirmed, weigh

Values = NDArray[np.float64]

WIDEST_STRIP_PX: Final = 1400  # 44 characters and what may lie beyond them
SECOND_HEIGHT: Final = 64  # for another engine: letters of about 30 px
NARROWEST_STRIP_PX: Final = 200  # 30 characters in 6 px each
HIGH: Final = 2.05  # heights of letters in a strip's height
BEYOND: Final = 2.5  # heights of letters left and right of what was found
SPARE_PITCHES: Final = 1.5
COUNTS: Final = {1: (30, 36, 44), 2: (36, 44), 3: (30,)}
LINES: Final = {30: 3, 36: 2, 44: 2}
SPACINGS: Final = (2.5, 2.2, 2.8)  # from line to line, in pitches; 9303-4, 4.2: 6.35 mm to 2.54
LEAST_SCORE: Final = -1.2  # a grid that fits less is no line of a zone
OTHER_TEXT: Final = -2.5
SURE_AT_ONCE: Final = math.log(0.9)  # a weaker character is looked at again, cut otherwise
HOPELESS: Final = math.log(0.05)
LEAST_ALONE: Final = -0.8  # that much better must a line fit to have others looked for
LEAST_SURE_ALONE: Final = 0.65  # of a line; upside down it fits a grid, but is half sure
LEAST_SURE_SHARE: Final = 0.75  # of a zone's characters
MOST_ZONES: Final = 6  # for each way to hold the page
MOST_ALONE: Final = 2
ALONE: Final = (26.0, 54.0)  # heights of letters
TILTS_DEG: Final = (90.0, 15.0, -15.0)
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


class SecondOpinion(Protocol):
    """Another engine, asked about a zone that the network is not sure of."""

    def __call__(self, strips: Sequence[Picture], /) -> tuple[str, ...]:
        """Return a line for each grey strip, 64 pixels high; () where it cannot tell."""


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
        """Whether one look is enough."""
        is_read = self.weighed.reason is MrzReason.READ
        return is_read and self.is_zone and self.weighed.weakest >= SURE_AT_ONCE

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (
            self.weighed.reason is MrzReason.READ,
            self.is_zone,
            self.weighed.weakest + self.score,
        )


def read_zone(  # noqa: PLR0913  # a picture or two, two engines, and their time
    picture: Picture,
    network: Network,
    *,
    clock: Callable[[], float],
    budget_s: float = 2.0,
    infrared: Picture | None = None,
    second: SecondOpinion | None = None,
) -> MrzSeen:
    """Read the zone of a page, within about `budget_s` of `clock`'s seconds.

    `picture` is BGR or grey; `infrared` shows the same page, and is preferred. Boxes are in the
    pixels of the one that was read. The picture is not kept. `second` is asked about what is a
    zone and not sure, and may only say the same.
    """
    until_s = clock() + budget_s
    if infrared is not None:
        seen = _seen(_grey(infrared), network, lambda: clock() > until_s - budget_s / 2, second)
        if seen.is_record:
            return seen
    return _seen(_grey(picture), network, lambda: clock() > until_s, second)


def _grey(picture: Picture) -> Picture:
    """Return the picture in grey, no side longer than LARGEST_SIDE_PX."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(grey[:LARGEST_SIDE_PX, :LARGEST_SIDE_PX], np.uint8)


def _seen(
    grey: Picture, network: Network, is_late: Callable[[], bool], second: SecondOpinion | None
) -> MrzSeen:
    best: _Read | None = None
    for held in _held(grey):
        for zone in held:
            read = None if is_late() else _either_way_up(grey, network, zone)
            if read is not None and (best is None or read.rank > best.rank):
                best = read
            if best is not None and best.is_zone:
                best = best if second is None else _asked(grey, best, second)
                return _told(_reason(grey, best), best)
        if is_late():
            break
    return _told(MrzReason.OUT_OF_TIME if is_late() else _no_zone(grey), None)


def _asked(grey: Picture, read: _Read, second: SecondOpinion) -> _Read:
    """Return the reading, sure now if the second opinion is the same."""
    if read.weighed.reason is not MrzReason.UNSURE_CHARACTER or not read.weighed.lines:
        return read
    strips = [cut(grey, quad, SECOND_HEIGHT, 2 * WIDEST_STRIP_PX) for quad in read.quads]
    return replace(read, weighed=confirmed(read.weighed, second(strips)))


def _held(grey: Picture) -> Iterator[tuple[Zone, ...]]:
    """Give what may be zones for each way to hold a page, the likeliest way first."""
    upright = lines(grey)
    yield (*zones(upright)[:MOST_ZONES], *_alone(upright))
    yield zones([line.turned for line in upright])[:MOST_ZONES]
    for turn in (-slope_deg(upright), *TILTS_DEG):
        if abs(turn) > OWN_SLOPE_DEG:
            turned = lines(grey, turn)
            yield (*zones(turned)[:MOST_ZONES], *_alone(turned))
            yield zones([line.turned for line in turned])[:MOST_ZONES]


def _alone(found: Sequence[Line]) -> tuple[Zone, ...]:
    """Return lines that are as long as a zone's: the other ones may be lost."""
    long = [line for line in found if ALONE[0] <= line.length / line.height <= ALONE[1]]
    return tuple((line,) for line in long[:MOST_ALONE])


def _either_way_up(grey: Picture, network: Network, zone: Zone) -> _Read | None:
    """Read a candidate; one that is a zone, but hopelessly read, may stand on its head."""
    read = _read(grey, network, zone)
    if read is None or not read.is_zone or read.weighed.weakest > HOPELESS:
        return read
    other = _read(grey, network, tuple(line.turned for line in reversed(zone)))
    return read if other is None or other.rank <= read.rank else other


def _read(grey: Picture, network: Network, zone: Zone) -> _Read | None:
    """Read a candidate; when it is a zone, but not sure, cut it again by its own places."""
    first = _read_strips(grey, network, [line.quad(HIGH, BEYOND) for line in zone])
    if first is None or first.is_clear:
        return first
    if not first.is_zone:
        return _with_neighbours(grey, network, zone, first)
    return _again(grey, network, zone, first)


def _again(grey: Picture, network: Network, zone: Zone, first: _Read) -> _Read:
    """Return what a reading and another one, of strips cut by the first one's places, saw together.

    What only one of the two is sure of is not sure.
    """
    again = _read_strips(grey, network, *_straight(first, zone))
    if again is None or len(again.grids[0].places) != len(first.grids[0].places):
        return first
    pairs = zip(first.grids, again.grids, strict=True)
    grids = tuple(replace(b, seen=_mean(a.seen, b.seen)) for a, b in pairs)
    return replace(again, grids=grids, weighed=_weighed(grids))


def _mean(one: Values, other: Values) -> Values:
    """Return the logarithm of the mean probabilities."""
    return np.asarray(np.logaddexp(one, other) - math.log(2))


def _with_neighbours(grey: Picture, network: Network, zone: Zone, first: _Read) -> _Read:
    """Look where the other lines must be when one line alone is of a zone.

    The line spacing is 2.5 pitches on paper; seen from above or below it is less or more.
    """
    number = int(np.argmax([grid.score for grid in first.grids]))
    grid, best = first.grids[number], first
    sure_share = float((grid.seen.max(axis=1) >= LIKELY).mean())
    if grid.score <= LEAST_ALONE or sure_share < LEAST_SURE_ALONE:
        return first
    ends = _ends(first, number, 0.0)
    line = Line(ends[0], ends[1], zone[number].height)
    count = len(grid.places)
    pitch = line.length / (count - 1)
    for spacing in SPACINGS:
        for before in range(LINES[count]):
            below = [(at - before) * spacing * pitch for at in range(LINES[count])]
            held = tuple(line.shifted(one) for one in below)
            read = _read_strips(grey, network, [one.quad(HIGH, BEYOND) for one in held])
            if read is not None and read.is_zone and not read.is_clear:
                read = _again(grey, network, held, read)
            best = read if read is not None and read.rank > best.rank else best
    return best


def _read_strips(
    grey: Picture, network: Network, quads: Sequence[Quad], width: int | None = None
) -> _Read | None:
    seen, widths = [], []
    for quad in quads:
        strip = cut(grey, quad, STRIP_HEIGHT, WIDEST_STRIP_PX, width)
        if strip.shape[1] < NARROWEST_STRIP_PX:
            return None
        seen.append(np.asarray(network.read(strip), np.float64))
        widths.append(strip.shape[1])
        if len(seen) == 1 and _is_no_line(seen[0], COUNTS[len(quads)]):
            return None
    fits = _fits(seen, COUNTS[len(quads)])
    if not fits:
        return None
    grids = max(fits, key=lambda one: sum(grid.score for grid in one))
    return _Read(tuple(quads), tuple(widths), grids, _weighed(grids))


def _is_no_line(seen: Values, counts: tuple[int, ...]) -> bool:
    """Say whether the first strip holds other text, so that the rest need not be read."""
    pitch = pitch_of(seen)
    if pitch is None:
        return False
    scores = [grid.score for grid in aligned(seen, pitch, counts).values()]
    return not scores or max(scores) < OTHER_TEXT


def _weighed(grids: Sequence[Grid]) -> Weighed:
    """Weigh a zone; a line alone is none."""
    if len(grids) == 1:
        return Weighed((), -math.inf, MrzReason.UNSURE_CHARACTER, sure_share=0.0)
    return weigh([grid.seen for grid in grids])


def _fits(seen: Sequence[Values], counts: tuple[int, ...]) -> list[tuple[Grid, ...]]:
    """Return all lines on grids of one number of places, for each number that has room.

    A line without a pitch of its own has that of another: half of it may be under glare.
    """
    pitches = [pitch_of(line) for line in seen]
    known = [pitch for pitch in pitches if pitch is not None]
    if not known:
        return []
    usual = float(np.median(known))
    found = [
        aligned(line, usual if pitch is None else pitch, counts)
        for line, pitch in zip(seen, pitches, strict=True)
    ]
    return [
        tuple(grids[count] for grids in found)
        for count in counts
        if all(count in grids for grids in found)
    ]


def _straight(read: _Read, zone: Zone) -> tuple[tuple[Quad, ...], int]:
    """Return where to cut again, and how wide: first characters stand below each other."""
    both = [_ends(read, number, SPARE_PITCHES) for number in range(len(zone))]
    half = HIGH / 2 * zone[0].height
    left = _down([first for first, _ in both], half)
    right = _down([last for _, last in both], half)
    quads = tuple(
        (
            (x0 - left[0], y0 - left[1]),
            (x1 - right[0], y1 - right[1]),
            (x1 + right[0], y1 + right[1]),
            (x0 + left[0], y0 + left[1]),
        )
        for (x0, y0), (x1, y1) in both
    )
    count = len(read.grids[0].places)
    return quads, round((count - 1 + 2 * SPARE_PITCHES) * PITCH_PX)


def _ends(read: _Read, number: int, spare: float) -> tuple[Point, Point]:
    """Return where a line's first and last characters stand, `spare` pitches farther out."""
    grid, width = read.grids[number], read.widths[number]
    count = len(grid.places)
    slope, start = np.polyfit(np.arange(count), (grid.places + 0.5) * STEP_PX / width, 1)
    first = _inside(read.quads[number], float(start - slope * spare))
    last = _inside(read.quads[number], float(start + slope * (count - 1 + spare)))
    return first, last


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
