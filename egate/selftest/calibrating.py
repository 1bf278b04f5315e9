"""What a calibration has measured so far, and the checks that make values of it.

    EG-C301    limits.door_follow_s           EG-C304         devices.board.debounce_ms
    EG-C302    limits.door_disagreement_s     EG-C305.DEVICE  devices.DEVICE.frame_timeout_ms
    EG-C303    limits.occupancy_settle_s

A value that would have to be more than a calibration may set is a fault of what was measured: its
check fails with the part and the cure, and nothing is made looser to suit a worn part.

Source: egate/profile/calibrated.py (rules and bounds); issue 5, item 7.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from egate.profile.calibrated import (
    CALIBRATED,
    DEBOUNCE,
    DISAGREEMENT,
    FOLLOW,
    SETTLE,
    Figures,
    Number,
    as_written,
    most,
)
from egate.profile.problem import KeyPath
from egate.profile.settings import HardwareProfile
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.derivation import worst

Checks = Iterator[Check[ClosedLane]]

BOARD_KEYS: Final = {
    FOLLOW: "EG-C301",
    DISAGREEMENT: "EG-C302",
    SETTLE: "EG-C303",
    DEBOUNCE: "EG-C304",
}
PICTURES_ID: Final = "EG-C305"

DERIVED = Reason("derived", Outcome.PASSED, ("part",))
BEYOND = Reason("beyond", Outcome.FAILED, ("part",))
TOO_FEW = Reason("too_few", Outcome.NOT_DONE)


@dataclass(frozen=True, slots=True)
class Derived:
    """A value, and the figures of the part that wants it."""

    key: KeyPath
    value: Number
    figures: Figures


@dataclass(slots=True)
class Taken:
    """Samples by key and part, in the key's unit, and what was derived of them.

    Args:
        profile: as it is without a calibration; it says how far one may go.
        repeats: how often each part is measured.
    """

    profile: HardwareProfile
    repeats: int
    samples: dict[KeyPath, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    derived: dict[KeyPath, Derived] = field(default_factory=dict)

    def add(self, key: KeyPath, part: str, *values: float) -> None:
        """Keep what was measured of a part."""
        self.samples[key][part].extend(values)


def pictures_id(device: str) -> str:
    """Return the id of the check that derives how long a camera may give no picture."""
    return f"{PICTURES_ID}.{device}"


def derives(taken: Taken, key: KeyPath, id_: str, device: str, *needs: str) -> Check[ClosedLane]:
    """Return the check that makes a key's value of its samples; `needs` took them."""
    return Check(
        id_, device, (DERIVED, BEYOND, TOO_FEW), _derive(taken, key), needs, ("value", "measured")
    )


def _derive(taken: Taken, key: KeyPath) -> Callable[[ClosedLane], Answer]:
    def ask(_lane: ClosedLane) -> Answer:
        samples = {part: values for part, values in taken.samples[key].items() if values}
        if not samples or min(len(values) for values in samples.values()) < taken.repeats:
            return Answer(TOO_FEW)
        rule, seen = CALIBRATED[key], worst(samples)
        top = most(taken.profile, key)
        value = Measured("value", rule.value(seen), rule.unit, at_least=rule.least, at_most=top)
        series = (Series("measured", rule.unit, tuple(samples[seen.part])),)
        if value.is_within:
            written = as_written(key, float(value.value))
            taken.derived[key] = Derived(key, written, seen)
        reason = DERIVED if value.is_within else BEYOND
        return Answer(reason, {"part": seen.part}, (value,), series)

    return ask
