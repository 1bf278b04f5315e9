"""One frame of a look as every layer of presentation attack detection sees it.

Places on a face are counted in eye distances from half-way between the eyes, x towards the
picture's right along the line through the eyes, y down the face. `upright` cuts the face out in
these coordinates, so that a place on the skin stays where it is while the head moves.

    y -0.9  hair line      y 0  eyes      y 0.65  nose tip      y 1.1  mouth      y 1.7  chin
    x +-0.5 eyes           x +-1.1 sides of the head

Source: research/face.md section 5; proportions as in drawing schools (eyes half-way down a head).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.domain.light_order import LightStep
from egate.vision.faces import Face, Picture

Field = NDArray[np.float32]

HALF_WIDTH = 1.2  # of the upright cut, in eye distances
ABOVE = 0.9
BELOW = 1.7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sight:
    """One frame, the one face on it, and the order of colours drawn for this look, if any.

    The order's instants are on the clock of `at_s`.
    """

    picture: Picture
    face: Face
    at_s: float
    light: Sequence[LightStep] = ()


def upright(picture: Picture, face: Face, px_per_eye: float) -> Picture:
    """Return the face cut out upright, this many pixels to the eye distance."""
    size = (round(2 * HALF_WIDTH * px_per_eye), round((ABOVE + BELOW) * px_per_eye))
    (right_x, right_y), (left_x, left_y) = face.points[:2]
    across = np.array([left_x - right_x, left_y - right_y]) / px_per_eye
    down = np.array([-across[1], across[0]])
    middle = np.array([(right_x + left_x) / 2, (right_y + left_y) / 2])
    corner = middle - across * HALF_WIDTH * px_per_eye - down * ABOVE * px_per_eye
    back = np.column_stack([across, down, corner]).astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(picture, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def on_face(points: Field, face: Face) -> Field:
    """Return pixels of the picture, shape (n, 2), as places on the face, in eye distances."""
    right, left = (np.asarray(point) for point in face.points[:2])
    across = left - right
    apart = float(np.hypot(*across)) or 1.0
    across = across / apart
    down = np.array([-across[1], across[0]])
    aside = points - (right + left) / 2
    return np.asarray(np.column_stack([aside @ across, aside @ down]) / apart, np.float32)


def of_face(places: Field, face: Face) -> Field:
    """Return places on the face, in eye distances, as pixels of the picture, shape (n, 2)."""
    right, left = (np.asarray(point) for point in face.points[:2])
    across = left - right
    down = np.array([-across[1], across[0]])
    aside = places[:, :1] * across + places[:, 1:] * down
    return np.asarray((right + left) / 2 + aside, np.float32)
