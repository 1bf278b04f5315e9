"""Made-up fingers, as a sensor's features of them: who is who is found by content alone.

A finger is a number; its points are drawn from it. A capture sees most of them and some that are
not there; a template is a list of points. Two templates are as alike as the points they share:
captures of one finger share most, those of two fingers a few by chance. No real finger and no real
sensor's template is like this: it proves plumbing, not accuracy.

Its picture is another matter, drawn from the same number: ridges with minutiae, for a matcher that
wants to see a finger.

Source: research/hardware.md 2.4 (what synthetic fingers prove).
"""

from collections.abc import Iterable
from enum import StrEnum
from math import cos, pi, sin
from random import Random
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egate.wire.zfm import Code

MARK: Final = b"\x03\x01"  # what templates of ours begin with
POINTS: Final = 48  # of a finger
SPACE: Final = 4096  # different points there are
SEEN: Final = 0.85  # share of the points that a capture sees
STRAY: Final = 4  # points that a capture sees and that are not there
A_POINT: Final = 4  # what a shared point adds to a score
RIDGE_PX: Final = 9.0  # from ridge to ridge at 500 dpi
MINUTIAE: Final = 36
NOISE: Final = 2.0  # grey levels of 16
BROKEN: Final = 0.85  # share of a dry finger's ridge that leaves nothing
SMEAR: Final = 36  # pixels to either side
TIP_PX: Final = 22
TURN: Final = 0.14  # radians: 8 degrees
MOVE: Final = 14.0  # pixels

Plane = NDArray[np.float64]


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


def picture(finger: int, draw: Random, size: tuple[int, int], touch: Touch = Touch.CLEAN) -> bytes:
    """Return a picture, `size` is width and height, two pixels to a byte, 0 dark to 15 bright.

    The ridges are one phase around a core, with a spiral of phase wherever one of them is to end:
    so its minutiae are where they were drawn, and each capture has them turned, moved and noisy.
    A dry finger's ridges are broken, a wet one's are one dark field, a smeared one's drawn along.
    """
    turn, noise = draw.uniform(-TURN, TURN), np.random.default_rng(draw.getrandbits(64))
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    x = columns - size[0] / 2 + draw.uniform(-MOVE, MOVE)
    y = rows - size[1] / 2 + draw.uniform(-MOVE, MOVE)
    x, y = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
    levels = 7.5 - 7.5 * np.cos(_phase(finger, x, y)) + noise.normal(0, NOISE, x.shape)
    match touch:
        case Touch.DRY:
            levels = np.where(noise.random(x.shape) < BROKEN, 15.0, levels)
        case Touch.WET:
            levels = np.ones_like(levels)
        case Touch.SMEARED:
            levels = np.mean([np.roll(levels, by, axis=1) for by in range(-SMEAR, SMEAR + 1)], 0)
        case Touch.TIP:
            levels = np.where(np.hypot(x, y) < TIP_PX, levels, 15.0)
        case Touch.CLEAN:
            pass
    grey = np.clip(np.rint(levels), 0, 15).astype(np.uint8).ravel()
    return bytes(16 * grey[::2] + grey[1::2])


def _phase(finger: int, x: Plane, y: Plane) -> Plane:
    """Return the phase of the ridges at each pixel, from the middle of the picture."""
    shape = Random(finger)  # noqa: S311
    tall, wide = shape.uniform(0.7, 1.0), shape.uniform(0.8, 1.1)
    phase: Plane = 2 * pi / RIDGE_PX * np.hypot(x * wide, (y + 20) * tall)
    for _ in range(MINUTIAE):
        way, far = shape.uniform(0, 2 * pi), shape.uniform(25, 110)
        there_x, there_y = far * cos(way), far * sin(way)
        phase = phase + shape.choice((-1, 1)) * np.arctan2(y - there_y, x - there_x)
    return phase


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
