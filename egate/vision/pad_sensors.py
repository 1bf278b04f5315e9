"""What an infrared or a depth camera shows of a face, where a gate has one.

    infrared   a screen is black in it; on many prints the ink lets it through, so eyes and skin
               are alike; skin is bright and eyes are dark
    depth      the tip of a nose stands 10 to 30 mm before the plane of eyes and mouth

Both show the view of the colour camera, at any resolution. No such camera was had: the rules are
simple, and tried on drawn frames only.

Source: research/face.md section 5, layer 6; Farkas, Anthropometry of the Head and Face, 2nd
edition (nasal tip protrusion of adults about 20 mm).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from egate.vision.faces import Face
from egate.vision.quality import Point

PLACE_SHARE = 0.12  # of the eye distance, to each side of a place


def skin_and_eyes(
    infrared: NDArray[np.uint8], face: Face, size: tuple[int, int]
) -> tuple[float, float]:
    """Return the brightness of the cheeks, 0..255, and how much darker the eyes are, 0..1.

    `size` is the width and height of the picture in which the face was found.
    """
    eyes, mouths = face.points[:2], face.points[3:]
    cheeks = [_between(eye, mouth) for eye, mouth in zip(eyes, mouths, strict=True)]
    skin, eye = (
        float(np.nanmean([_at(infrared, place, face, size) for place in places]))
        for places in (cheeks, eyes)
    )
    return skin, (skin - eye) / skin if skin > 1 else 0.0


def nose_m(depth_m: NDArray[np.float32], face: Face, size: tuple[int, int]) -> float | None:
    """Return how far the nose tip stands before the plane of eyes and mouth, None when unknown."""
    known = np.where(depth_m > 0, depth_m, np.nan)
    away = np.array([_at(known, point, face, size) for point in face.points])
    if not np.isfinite(away).all():
        return None
    places = np.array(face.points)
    others = [0, 1, 3, 4]
    flat = np.column_stack([places[others], np.ones(4)])
    plane, *_ = np.linalg.lstsq(flat, away[others], rcond=None)
    return float(np.array([*places[2], 1.0]) @ plane - away[2])


def _between(one: Point, other: Point) -> Point:
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)


def _at(seen: NDArray[np.generic], place: Point, face: Face, size: tuple[int, int]) -> float:
    """Return the median about a place of the face, in a frame of another resolution."""
    scales: Sequence[float] = (seen.shape[1] / size[0], seen.shape[0] / size[1])
    half = [max(1, round(PLACE_SHARE * face.eye_distance_px * scale)) for scale in scales]
    x, y = (round(value * scale) for value, scale in zip(place, scales, strict=True))
    part = seen[max(0, y - half[1]) : y + half[1] + 1, max(0, x - half[0]) : x + half[0] + 1]
    values = np.asarray(part, np.float64).ravel()
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")
