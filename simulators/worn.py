"""What somebody may wear before their face: painted on the cut of a living head.

    dark_glasses   two lenses that let a twelfth of the light through, a bridge, the arms
    face_mask      a plain cloth from the nose to the chin, with the strings of it

Painted flat on the relief of the face: a real mask stands off the mouth, real glasses reflect the
gate's light. What they are for is to be told that they cover something.

Source: issue 4 section 3 (occlusion); places as egate's faces have them, in eye distances.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import CUT_EYES_APART, CUT_EYES_AT, Picture

Mask = NDArray[np.uint8]
LETS_THROUGH: Final = 0.08
CLOTH: Final = (208, 190, 170)  # a pale blue, BGR
RIM: Final = (  # of the cloth, from the nose round by the chin
    (0.0, 0.42), (0.55, 0.55), (0.98, 0.62), (0.90, 1.35), (0.50, 1.85), (0.0, 1.98),
    (-0.50, 1.85), (-0.90, 1.35), (-0.98, 0.62), (-0.55, 0.55),
)  # fmt: skip


def dark_glasses(cut: Picture) -> Picture:
    """Return the cut with dark lenses before both eyes."""
    shape = np.zeros(cut.shape[:2], np.uint8)
    for side in (-0.5, 0.5):
        lens = (round(0.42 * CUT_EYES_APART), round(0.30 * CUT_EYES_APART))
        cv2.ellipse(shape, _at(side, 0.06), lens, 0, 0, 360, 255, cv2.FILLED)
        cv2.line(shape, _at(2 * side * 0.9, 0.0), _at(2 * side * 1.25, 0.05), 255, 8)
    cv2.line(shape, _at(-0.12, 0.0), _at(0.12, 0.0), 255, 8)
    return _through(cut, shape, np.asarray(cut * LETS_THROUGH, np.uint8))


def face_mask(cut: Picture) -> Picture:
    """Return the cut with nose, mouth and chin under a cloth."""
    shape = np.zeros(cut.shape[:2], np.uint8)
    cv2.fillPoly(shape, [np.array([_at(*place) for place in RIM], np.int32)], 255)
    for side in (-1, 1):
        cv2.line(shape, _at(side * 0.95, 0.66), _at(side * 1.3, 0.1), 255, 4)
    light = cv2.GaussianBlur(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), (0, 0), 25) / 255.0
    cloth = np.asarray(np.array(CLOTH) * (0.55 + 0.45 * light[:, :, None]), np.uint8)
    return _through(cut, shape, cloth)


def _at(x: float, y: float) -> tuple[int, int]:
    about_x, about_y = CUT_EYES_AT
    return round(about_x + x * CUT_EYES_APART), round(about_y + y * CUT_EYES_APART)


def _through(cut: Picture, shape: Mask, over: Picture) -> Picture:
    soft = cv2.GaussianBlur(shape, (0, 0), 1.5)[:, :, None] / 255.0
    return np.asarray(cut * (1 - soft) + over * soft, np.uint8)


WORN: Final[Mapping[str, Callable[[Picture], Picture]]] = MappingProxyType(
    {"shades": dark_glasses, "cloth": face_mask}
)
