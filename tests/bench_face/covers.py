"""Covers painted on the faces of a set, and how often their component refuses them.

    mask      a plain sheet from the bridge of the nose to below the chin, shaded as the face is
    glasses   two dark lenses and a bridge, 92 % opaque; tinted 75 %
    lids      skin over both eyes, a line of lashes below

They are flat and clean: a mask with a print or folds, a hand, a scarf are not among them. Only
faces that are frontal and fit uncovered are painted, so what is counted is the cover's doing.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceReason
from egate.vision.faces import Face, FaceEngine, Picture
from egate.vision.quality import RULES, FaceQuality
from tests.bench_face.faces import Gallery, picture

Plane = NDArray[np.float32]
Paint = Callable[[Picture, Face], Picture]
MOST_FACES: Final = 60
SIDES: Final = (-0.5, 0.5)
LESS_OPEN: Final = "lids: less open"
MOST_YAW_DEG: Final = 20.0
# About the eyes' middle: x along the eyes (0.5 is the left one), y towards the mouth (1.15).
SHEET: Final = (
    (0.0, 0.25), (0.85, 0.6), (0.8, 1.5), (0.0, 1.95), (-0.8, 1.5), (-0.85, 0.6),
)  # fmt: skip


def refused(
    folder: Path, gallery: Gallery, engine: FaceEngine, limits: FaceLimits
) -> dict[str, tuple[int, int]]:
    """Return how many of how many painted faces their component refuses, by cover."""
    counts = {name: [0, 0] for name in (*COVERS, LESS_OPEN)}
    frontal = [
        name
        for name, found in gallery.faces.items()
        if abs(found.quality.yaw_deg) <= MOST_YAW_DEG
        and not any(is_told(found.quality, limits, reason) for _, reason in COVERS.values())
    ]
    for file in frontal[:MOST_FACES]:
        plain, found = picture(folder, file), gallery.faces[file]
        for name, (paint, reason) in COVERS.items():
            quality = _measured(paint(plain, found.face), engine)
            counts[name][0] += quality is None or is_told(quality, limits, reason)
            counts[name][1] += 1
            if paint is lids and quality is not None:
                counts[LESS_OPEN][0] += quality.eyes_open < found.quality.eyes_open
                counts[LESS_OPEN][1] += 1
    return {name: (told, of) for name, (told, of) in counts.items()}


def _measured(covered: Picture, engine: FaceEngine) -> FaceQuality | None:
    faces = engine.detect(covered)
    return engine.measure(covered, faces[0]) if faces else None


def is_told(quality: FaceQuality, limits: FaceLimits, reason: FaceReason) -> bool:
    """Say whether the component of this reason refuses the frame, whatever else does."""
    return not all(rule(quality, limits) for one, rule in RULES if one is reason)


def mask(plain: Picture, face: Face, colour: tuple[int, int, int]) -> Picture:
    """Hang a plain sheet over mouth and nose."""
    sheet = np.array([_at(face, *point) for point in SHEET], np.int32)
    shape = np.zeros(plain.shape[:2], np.float32)
    cv2.fillPoly(shape, [sheet], 1.0)
    light = np.asarray(cv2.cvtColor(plain, cv2.COLOR_BGR2GRAY), np.float32)
    shade = np.asarray(cv2.GaussianBlur(light, (0, 0), 0.25 * face.eye_distance_px)) / 160
    cloth = np.asarray(colour, np.float32) * np.clip(shade, 0.3, 1.3)[..., None]
    return _laid(plain, np.asarray(cloth, np.float32), shape, face)


def glasses(plain: Picture, face: Face, opaque: float) -> Picture:
    """Put lenses before both eyes."""
    shape, apart = np.zeros(plain.shape[:2], np.float32), face.eye_distance_px
    lens = (round(0.40 * apart), round(0.28 * apart))
    for side in SIDES:
        cv2.ellipse(shape, _at(face, side, 0.05), lens, 0, 0, 360, opaque, -1)
    ends = [_at(face, side, 0.0) for side in SIDES]
    cv2.line(shape, ends[0], ends[1], opaque, max(1, round(0.06 * apart)))
    return _laid(plain, np.full(plain.shape, 25, np.float32), shape, face)


def lids(plain: Picture, face: Face) -> Picture:
    """Close both eyes."""
    apart, closed = face.eye_distance_px, plain
    size = (round(0.23 * apart), round(0.09 * apart))
    for side in SIDES:
        skin = np.median(_about(plain, _at(face, side, 0.22), round(0.1 * apart)), axis=(0, 1))
        lid, lash = np.zeros(plain.shape[:2], np.float32), np.zeros(plain.shape[:2], np.float32)
        cv2.ellipse(lid, _at(face, side, 0.0), size, 0, 0, 360, 1.0, -1)
        line = max(1, round(0.03 * apart))
        cv2.ellipse(lash, _at(face, side, 0.0), size, 0, 20, 160, 0.65, line)
        closed = _laid(closed, np.full(plain.shape, 0.95 * skin, np.float32), lid, face)
        closed = _laid(closed, np.full(plain.shape, 30, np.float32), lash, face)
    return closed


COVERS: Final[dict[str, tuple[Paint, FaceReason]]] = {
    "mask, white": (partial(mask, colour=(225, 225, 225)), FaceReason.MOUTH_COVERED),
    "mask, blue": (partial(mask, colour=(200, 170, 130)), FaceReason.MOUTH_COVERED),
    "mask, black": (partial(mask, colour=(35, 35, 35)), FaceReason.MOUTH_COVERED),
    "mask, as skin": (partial(mask, colour=(140, 170, 210)), FaceReason.MOUTH_COVERED),
    "glasses, dark": (partial(glasses, opaque=0.92), FaceReason.EYES_COVERED),
    "glasses, tinted": (partial(glasses, opaque=0.75), FaceReason.EYES_COVERED),
    "lids": (lids, FaceReason.EYES_CLOSED),
}


def _at(face: Face, x: float, y: float) -> tuple[int, int]:
    """Return the pixel that stands here in the face."""
    points = np.asarray(face.points, np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    at = eyes + x * (points[1] - points[0]) + y * (mouth - eyes) / 1.15
    return round(float(at[0])), round(float(at[1]))


def _about(plain: Picture, at: tuple[int, int], reach: int) -> Picture:
    """Return what is about a pixel, at least one pixel of the picture."""
    x = min(max(at[0], 0), plain.shape[1] - 1)
    y = min(max(at[1], 0), plain.shape[0] - 1)
    return plain[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]


def _laid(plain: Picture, over: Plane, shape: Plane, face: Face) -> Picture:
    blurred = cv2.GaussianBlur(shape, (0, 0), max(0.8, 0.015 * face.eye_distance_px))
    soft = np.asarray(blurred, np.float32)[..., None]
    return np.asarray(np.clip(plain * (1 - soft) + over * soft, 0, 255), np.uint8)
