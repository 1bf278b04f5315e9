"""A hand at a fingerprint sensor: whose finger it is, how it lies there, and when.

Nobody here reads a prompt. Whoever is shut in and has nothing else to do lays the finger down after
a moment, takes it away again, and so on until the way is free: that is three tries and more. Who
errs lays down another finger the first time.

Source: research/hardware.md 2.2 (the knobs that are needed).
"""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

from simulators.fingers import Touch

WAITS_S: Final = 1.0
LIES_S: Final = 2.5
LIES_FOR_A_PICTURE_S: Final = 4.0  # while the bar of a sensor that sends its picture still moves


@dataclass(frozen=True, slots=True)
class LaysFinger:
    """Somebody lays a finger on the sensor, and leaves it there."""

    who: str
    finger: int
    touch: Touch


@dataclass(frozen=True, slots=True)
class LiftsFinger:
    """Somebody takes the finger away again."""

    who: str


@dataclass(slots=True)
class Hand:
    """One finger of somebody; `first` is another one that is laid down before it, by mistake.

    It lies there for `lies_s` each time.
    """

    finger: int
    touch: Touch = Touch.CLEAN
    first: int | None = None
    lies_s: float = LIES_S
    lies: bool = False

    def moves(self, who: str, since_s: float | None) -> LaysFinger | LiftsFinger | None:
        """Return what others see of it; `since_s` is how long its owner has stood shut in."""
        lies = since_s is not None and since_s % (WAITS_S + self.lies_s) >= WAITS_S
        if lies is self.lies:
            return None
        self.lies = lies
        if not lies:
            return LiftsFinger(who)
        finger, self.first = (self.finger if self.first is None else self.first), None
        return LaysFinger(who, finger, self.touch)


def finger_of(face: str) -> int:
    """Return the finger that belongs to a face: another one for each."""
    return crc32(face.encode())
