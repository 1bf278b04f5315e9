"""Made-up fingers, as a sensor's features of them: who is who is found by content alone.

A finger is a number; its points are drawn from it. A capture sees most of them and some that are
not there; a template is a list of points. Two templates are as alike as the points they share:
captures of one finger share most, those of two fingers a few by chance. No real finger and no real
sensor's template is like this: it proves plumbing, not accuracy.

Its picture is ridges around a core, with noise, for what wants to see one.

Source: research/hardware.md 2.4 (what synthetic fingers prove).
"""

from collections.abc import Iterable
from enum import StrEnum
from math import atan2, cos, hypot, pi
from random import Random
import struct
from typing import Final

from egate.wire.zfm import IMAGE_HEIGHT, IMAGE_WIDTH, Code

MARK: Final = b"\x03\x01"  # what templates of ours begin with
POINTS: Final = 48  # of a finger
SPACE: Final = 4096  # different points there are
SEEN: Final = 0.85  # share of the points that a capture sees
STRAY: Final = 4  # points that a capture sees and that are not there
A_POINT: Final = 4  # what a shared point adds to a score
RIDGE_PX: Final = 9.0  # from ridge to ridge at 500 dpi
NOISE: Final = 2.0  # grey levels of 16


class Touch(StrEnum):
    """How a finger lies on the sensor."""

    CLEAN = "clean"
    DRY = "dry"
    WET = "wet"
    SMEARED = "smeared"
    TIP = "tip"  # only its tip: too few points


TOUCH_CODES: Final = {
    Touch.CLEAN: Code.OK,
    Touch.DRY: Code.TOO_DRY,
    Touch.WET: Code.TOO_WET,
    Touch.SMEARED: Code.MESSY,
    Touch.TIP: Code.FEW_POINTS,
}


def captured(finger: int, draw: Random, size: int) -> bytes:
    """Return the template of one capture, `size` bytes, at least 128."""
    points = _own(finger)
    seen = {point for point in sorted(points) if draw.random() < SEEN}
    return _template(seen | set(draw.sample(range(SPACE), STRAY)), size)


def alike(one: bytes, other: bytes) -> int:
    """Return the score of two templates; 0 where one of them is none."""
    return A_POINT * len(_points(one) & _points(other))


def combined(one: bytes, other: bytes) -> bytes:
    """Return the template of two captures, as long as they are."""
    both, either = _points(one) & _points(other), _points(one) ^ _points(other)
    most = (len(one) - len(MARK) - 1) // 2
    return _template([*sorted(both), *sorted(either)][:most], len(one))


def picture(finger: int, draw: Random) -> bytes:
    """Return a picture of 256 x 288 pixels, two to a byte, 0 dark to 15 bright."""
    shape = Random(finger)  # noqa: S311  # who is who, not a secret
    core_x, core_y = 128 + shape.uniform(-20, 20), 130 + shape.uniform(-20, 20)
    bend, turn = shape.uniform(0.3, 0.9), shape.uniform(-0.4, 0.4)
    pixels = [
        _grey(x - core_x, y - core_y, bend, turn) + draw.gauss(0, NOISE)
        for y in range(IMAGE_HEIGHT)
        for x in range(IMAGE_WIDTH)
    ]
    levels = [min(15, max(0, round(pixel))) for pixel in pixels]
    return bytes(16 * left + right for left, right in zip(levels[::2], levels[1::2], strict=True))


def _grey(x: float, y: float, bend: float, turn: float) -> float:
    radius, angle = hypot(x, y), atan2(y, x) + turn
    return 7.5 + 7.5 * cos(2 * pi * radius / RIDGE_PX + bend * 6 * cos(angle) + angle)


def _own(finger: int) -> set[int]:
    return set(Random(finger).sample(range(SPACE), POINTS))  # noqa: S311


def _template(points: Iterable[int], size: int) -> bytes:
    listed = list(points)
    head = MARK + bytes([len(listed)])
    return (head + struct.pack(f">{len(listed)}H", *listed)).ljust(size, b"\0")


def _points(template: bytes) -> set[int]:
    if not template.startswith(MARK) or len(template) < 3 + 2 * template[2]:
        return set()
    return set(struct.unpack_from(f">{template[2]}H", template, 3))
