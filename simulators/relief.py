"""What stands before a camera is not flat: the relief of a head, of a bent sheet, of a mask.

A relief gives, for each pixel of a cut (simulators.faces), how far it stands towards the camera,
in metres, measured from the plane of the eyes. The head's is modelled by hand: an ellipsoid with
brow, eye sockets, nose, lips and chin of an average adult, the same for everybody.

    normals   which way each pixel looks, from the slopes of the relief
    outline   the part of a cut that is there at all, 0..255, with a soft edge
    lids      the eyes of a cut closed a part of the way

Source: the proportions are those of ISO/IEC 19794-5 annex (eyes 62 mm apart, nose about 20 mm
deep); everything is rounded, and nobody was measured.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import CUT_EYES_APART, CUT_EYES_AT, CUT_HEIGHT, CUT_WIDTH, Picture
from simulators.sensor import EYES_APART_M

Relief = NDArray[np.float32]

M_PER_PX: Final = EYES_APART_M / CUT_EYES_APART  # of a cut as large as life
BACK_M: Final = -0.095  # hair and ears
SHOULDERS_M: Final = -0.06
BUMPS_M: Final = (  # across, down, how high, how wide, how tall
    (-0.031, 0.002, -0.006, 0.011, 0.009),  # the sockets
    (0.031, 0.002, -0.006, 0.011, 0.009),
    (0.0, -0.022, 0.004, 0.040, 0.008),  # the brow
    (0.0, 0.066, 0.005, 0.018, 0.010),  # the lips
    (0.0, 0.105, 0.006, 0.018, 0.012),  # the chin
)
NOSE_TIP_M: Final = (0.034, 0.021)  # below the eyes, before the face
EYE_AXES_PX: Final = (31, 15)
LID_PX: Final = 3


def _metres() -> tuple[Relief, Relief]:
    across, down = np.meshgrid(np.arange(CUT_WIDTH), np.arange(CUT_HEIGHT))
    return (
        ((across - CUT_EYES_AT[0]) * M_PER_PX).astype(np.float32),
        ((down - CUT_EYES_AT[1]) * M_PER_PX).astype(np.float32),
    )


@cache
def head() -> Relief:
    """Return the relief of a head and shoulders."""
    across, down = _metres()
    radius = (across / 0.080) ** 2 + ((down - 0.012) / 0.125) ** 2
    skull = BACK_M + 0.103 * np.maximum(0.0, 1.0 - radius) ** 0.7
    body = np.where(down > 0.11, SHOULDERS_M, BACK_M)
    relief = np.maximum(skull, body)
    for x_m, y_m, high_m, wide_m, tall_m in BUMPS_M:
        relief += high_m * _bell(across - x_m, wide_m) * _bell(down - y_m, tall_m)
    return np.asarray(cv2.GaussianBlur(relief + _nose(across, down), (0, 0), 3), np.float32)


def _nose(across: Relief, down: Relief) -> Relief:
    tip_m, high_m = NOSE_TIP_M
    along = np.clip((down + 0.008) / (tip_m + 0.008), 0.0, 1.0)
    end = np.where(down > tip_m, _bell(down - tip_m, 0.005), 1.0)
    ridge = high_m * along * end * _bell(across / (0.5 + 0.5 * along), 0.008)
    return np.asarray(ridge, np.float32)


def _bell(distance: Relief, width: float) -> Relief:
    return np.asarray(np.exp(-0.5 * (distance / width) ** 2), np.float32)


@cache
def bent(curve_per_m: float) -> Relief:
    """Return the relief of a sheet bent backwards about its upright middle; 0 is flat."""
    across, _ = _metres()
    return np.asarray(-0.5 * curve_per_m * across**2, np.float32)


@cache
def normals_of(name: str, curve_per_m: float = 0.0) -> Relief:
    """Return where each pixel of "head" or "bent" looks: x, y, z with z towards the camera."""
    relief = head() if name == "head" else bent(curve_per_m)
    across = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) / (8 * M_PER_PX)
    down = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) / (8 * M_PER_PX)
    looks = np.dstack([-across, -down, np.ones_like(relief)])
    return np.asarray(looks / np.linalg.norm(looks, axis=2, keepdims=True), np.float32)


@cache
def outline_of(name: str) -> Picture:
    """Return the outline of a "head", a "sheet", or a "mask" with holes for the eyes."""
    shape = np.zeros((CUT_HEIGHT, CUT_WIDTH), np.uint8)
    if name == "sheet":
        shape[:] = 255
        return shape
    if name == "head":
        cv2.ellipse(shape, (240, 275), (172, 232), 0, 0, 360, 255, cv2.FILLED)
        cv2.ellipse(shape, (240, 690), (300, 230), 0, 0, 360, 255, cv2.FILLED)
        cv2.rectangle(shape, (150, 400), (330, 599), 255, cv2.FILLED)
    else:
        cv2.ellipse(shape, (240, 275), (168, 225), 0, 0, 360, 255, cv2.FILLED)
        for eye in _eyes():
            cv2.ellipse(shape, eye, (EYE_AXES_PX[0] - 3, EYE_AXES_PX[1] - 2), 0, 0, 360, 0, -1)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), 1.5), np.uint8)


def _eyes() -> tuple[tuple[int, int], tuple[int, int]]:
    x, y, half = int(CUT_EYES_AT[0]), int(CUT_EYES_AT[1]), int(CUT_EYES_APART) // 2
    return (x - half, y), (x + half, y)


def eyes_covered(cut: Picture) -> Picture:
    """Return the cut with skin where its eyes are: what lids are made of."""
    eyes = np.zeros(cut.shape[:2], np.uint8)
    for eye in _eyes():
        cv2.ellipse(eyes, eye, EYE_AXES_PX, 0, 0, 360, 255, cv2.FILLED)
    return np.asarray(cv2.inpaint(cut, eyes, 5, cv2.INPAINT_TELEA), np.uint8)


def lids(cut: Picture, covered: Picture, shut: float) -> Picture:
    """Return the cut with its lids `shut` (0..1) of the way down, lashes at their edge."""
    if shut <= 0.0:
        return cut
    closing = cut.copy()
    wide, high = EYE_AXES_PX
    for x, y in _eyes():
        lid = np.zeros(cut.shape[:2], np.uint8)
        cv2.ellipse(lid, (x, y), EYE_AXES_PX, 0, 0, 360, 255, cv2.FILLED)
        edge = round(y - high + 2 * high * shut)
        lid[edge:, :] = 0
        cv2.copyTo(covered, lid, closing)
        reach = round(wide * (1 - (2 * shut - 1) ** 2) ** 0.5)
        cv2.ellipse(closing, (x, edge - LID_PX), (reach, LID_PX), 0, 0, 180, (30, 34, 46), 2)
    return closing
