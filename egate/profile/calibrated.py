"""The keys of a profile that `egate calibrate` may set, how each is derived, and how far it may go.

    a value is   p95 of what was measured x factor + spare, no less than the largest measured,
                 up to the next step, and at least `least`
    and at most  `most`, or what the profile itself says where that is more

So a calibration tightens what was shipped loose, and loosens nothing beyond what ships or what an
operator wrote by hand: what needs more is a worn part to be mended, or a decision to be written
into the profile. No limit of matching, of liveness or of a picture's quality is a key of a profile
(they are policy), so none can be set from here.

    debounce_ms          a beam broken for less is not seen. A body 0.3 m deep breaks it for 0.1 s
                         at 3 m/s; an edge waits as long, of 50 ms from event to output
    door_follow_s        a door that takes longer is a fault; shipped: 3
    door_disagreement_s  so long a bolt may be told home while its leaf is open; shipped: 2
    occupancy_settle_s   so long mat and counter may contradict each other; shipped: 0.3
    frame_timeout_ms     so long a camera may give no picture before it is lost; shipped: 1000

Source: issue 5, item 7; DESIGN section 9 (event to output); egate/domain/limits.py (defaults).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from egate.profile.problem import KeyPath
from egate.profile.settings import HardwareProfile

Number = int | float
UP_TO: Final = 1e-9  # of a step: 0.3 is three steps of 0.1, though not in binary


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one part, in the unit of its key: how often, and how it is spread."""

    part: str
    n: int
    p50: float
    p95: float
    largest: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How a value comes from what was measured, and within which bounds; units are the key's."""

    unit: str
    factor: float
    spare: float
    step: float
    least: float
    most: float

    @property
    def words(self) -> str:
        """Say it as it stands in an overlay."""
        return f"p95 x {self.factor:g} + {self.spare:g} {self.unit}, up to the next {self.step:g}"

    def value(self, seen: Figures) -> float:
        """Return what the key has to be for what was seen; it may be more than it may be."""
        wanted = max(seen.p95 * self.factor + self.spare, seen.largest, self.least)
        return round(ceil(wanted / self.step - UP_TO) * self.step, 6)


S, MS = "s", "ms"
PICTURES: Final = Rule(MS, factor=4, spare=200, step=50, least=500, most=1000)
DEBOUNCE: Final[KeyPath] = ("devices", "board", "debounce_ms")
FOLLOW: Final[KeyPath] = ("limits", "door_follow_s")
DISAGREEMENT: Final[KeyPath] = ("limits", "door_disagreement_s")
SETTLE: Final[KeyPath] = ("limits", "occupancy_settle_s")
CAMERAS: Final = ("camera", "scanner", "mrz_reader")  # devices that may be one
CALIBRATED: Final[Mapping[KeyPath, Rule]] = {
    DEBOUNCE: Rule(MS, factor=1.5, spare=1, step=1, least=1, most=20),
    FOLLOW: Rule(S, factor=1.5, spare=0.3, step=0.1, least=0.5, most=3),
    DISAGREEMENT: Rule(S, factor=2, spare=0.5, step=0.1, least=0.5, most=2),
    SETTLE: Rule(S, factor=1.5, spare=0.1, step=0.05, least=0.1, most=0.3),
    **{("devices", device, "frame_timeout_ms"): PICTURES for device in CAMERAS},
}


def said(profile: HardwareProfile, key: KeyPath) -> Number | None:
    """Return what a profile says of a key, None where it has no such device or driver."""
    here: object = profile
    for name in key:
        here = getattr(here, name, None)
    return here if isinstance(here, (int, float)) else None


def most(profile: HardwareProfile, key: KeyPath) -> float:
    """Return the most that a calibration may set; `profile` is without one."""
    own = said(profile, key)
    return CALIBRATED[key].most if own is None else max(CALIBRATED[key].most, own)


def as_written(key: KeyPath, value: float) -> Number:
    """Return the value as its key wants it: milliseconds are whole numbers."""
    return round(value) if CALIBRATED[key].unit == MS else float(value)
