"""How good a frame of a face is: named components, each a number with a unit, and what unfits it.

    component        unit, range              ISO/IEC 29794-5 calls it        when unfit
    eye_distance_px  pixels of the frame      inter-eye distance              too_small
    yaw_deg          -90..90, 0 frontal       head pose yaw                   turned_away
    pitch_deg        -90..90, + is down       head pose pitch                 up_or_down
    roll_deg         -180..180, 0 upright     head pose roll                  tilted
    light            mean luminance, 0..255   luminance mean                  too_dark, too_bright
    underexposed     share of face, 0..1      under-exposure prevention       too_dark
    overexposed      share of face, 0..1      over-exposure prevention        too_bright
    sharpness        variance of Laplacian    sharpness                       blurred
    unevenness       0 (even)..1              illumination uniformity         unevenly_lit
    eyes_visible     share of cheeks' light   eyes visible                    eyes_covered
    mouth_contrast   share of light, 0..      mouth occlusion prevention      mouth_covered
    eyes_open        0..1                     eyes open                       eyes_closed

The thirteenth, one face (single face present), is of the frame, not of a face: faces.dominant.
The names are comparable, the numbers are not: the standard maps each component to 0..100 by
its own models; ours are raw measures of the five points and of the upright 112 x 112 crop.

What five points and a small crop can tell, and what not (`make bench-face`, covers painted on 121
public pictures that are fit without):
- pitch is rough: where the nose stands between eyes and mouth differs from person to person.
- eyes_visible tells dark lenses (116), tinted ones less (85); a frame of glasses covers nothing.
- mouth_contrast tells a plain mask of any colour (102 to 106) by the missing line of the lips. A
  printed or pleated mask, a hand and a scarf with folds have contrast of their own.
- eyes_open is the darkness of a spot as large as an iris. It orders frames of one look (100 are
  less open with lids painted on); as a limit it finds few closed eyes (20), because sockets in
  shadow are as dark as some irises, and small faces (44 px) are refused for blur (12 of 100).

Source: names of ISO/IEC 29794-5 as its reference implementation OFIQ has them (recalled);
research/face.md 3b, 3d and section 5. `make bench-face` prints how often each limit refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceReason as R  # a table wants one letter

Crop = NDArray[np.uint8]
Point = tuple[float, float]
Points = tuple[Point, Point, Point, Point, Point]
Plane = NDArray[np.float32]

NOSE_DEPTH = 0.6  # how far the nose tip stands before the eyes, in eye distances
NOSE_BETWEEN = 0.495  # where it stands between eyes and mouth, and how far these are apart in eye
EYES_TO_MOUTH = 1.154  # distances: of the five points that SFace's crops are made to fit
YAW_STEP_DEG = 3.0  # closer than the five points can tell
OPEN_STEP = 0.1

# Of the 112 x 112 crop, whose eyes are at (38, 52) and (74, 52), mouth at (42..71, 92).
FACE: Final = (slice(16, 108), slice(24, 88))
LEFT_HALF: Final = (slice(30, 100), slice(26, 50))
RIGHT_HALF: Final = (slice(30, 100), slice(62, 86))
CHEEKS: Final = ((slice(64, 76), slice(28, 44)), (slice(64, 76), slice(68, 84)))
EYES: Final = ((slice(46, 57), slice(28, 49)), (slice(46, 57), slice(63, 84)))
MOUTH: Final = (slice(88, 97), slice(42, 70))
IRIS_PX: Final = 5  # an iris of 11.7 mm in 63 mm of eye distance, 35 px here, half hidden by lids
BLACK, WHITE = 30, 247  # a sensor tells nothing below or above


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The components of one face in one frame, as the table above has them."""

    eye_distance_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    light: float
    underexposed: float
    overexposed: float
    sharpness: float
    unevenness: float
    eyes_visible: float
    mouth_contrast: float
    eyes_open: float


Rule = Callable[[FaceQuality, FaceLimits], bool]
RULES: Final[tuple[tuple[R, Rule], ...]] = (
    (R.TOO_SMALL, lambda has, limit: has.eye_distance_px >= limit.eye_distance_px),
    (R.TURNED_AWAY, lambda has, limit: abs(has.yaw_deg) <= limit.yaw_deg),
    (R.UP_OR_DOWN, lambda has, limit: abs(has.pitch_deg) <= limit.pitch_deg),
    (R.TILTED, lambda has, limit: abs(has.roll_deg) <= limit.roll_deg),
    (R.TOO_DARK, lambda has, limit: has.light >= limit.darkest),
    (R.TOO_DARK, lambda has, limit: has.underexposed <= limit.underexposed),
    (R.TOO_BRIGHT, lambda has, limit: has.light <= limit.brightest),
    (R.TOO_BRIGHT, lambda has, limit: has.overexposed <= limit.overexposed),
    (R.BLURRED, lambda has, limit: has.sharpness >= limit.sharpness),
    (R.UNEVENLY_LIT, lambda has, limit: has.unevenness <= limit.unevenness),
    (R.EYES_COVERED, lambda has, limit: has.eyes_visible >= limit.eyes_visible),
    (R.MOUTH_COVERED, lambda has, limit: has.mouth_contrast >= limit.mouth_contrast),
    (R.EYES_CLOSED, lambda has, limit: has.eyes_open >= limit.eyes_open),
)  # what hides the rest first: a dark crop is not sharp, an unsharp one has no mouth


def quality_of(crop: Crop, points: Points) -> FaceQuality:
    """Measure one face: `points` in the frame, `crop` its upright 112 x 112 cut, BGR."""
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), np.uint8)
    light = np.asarray(grey, np.float32)
    return FaceQuality(
        eye_distance_px=math.dist(points[0], points[1]),
        yaw_deg=yaw_deg(points),
        pitch_deg=pitch_deg(points),
        roll_deg=roll_deg(points),
        light=float(light.mean()),
        underexposed=float((light[FACE] < BLACK).mean()),
        overexposed=float((light[FACE] > WHITE).mean()),
        sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        unevenness=_unevenness(light),
        eyes_visible=_eyes_visible(light),
        mouth_contrast=_contrast(light[MOUTH]),
        eyes_open=_eyes_open(light),
    )


def unfit_because(quality: FaceQuality, limits: FaceLimits) -> R:
    """Return OK when the frame may be compared, else the first thing in its way."""
    return next((reason for reason, holds in RULES if not holds(quality, limits)), R.OK)


def rank(quality: FaceQuality) -> tuple[float, float, float]:
    """Return what frames of one look are ordered by: frontal, then eyes open, then sharp."""
    return (
        -(abs(quality.yaw_deg) // YAW_STEP_DEG),
        quality.eyes_open // OPEN_STEP,
        quality.sharpness,
    )


def roll_deg(points: Points) -> float:
    """Return how far the line through the eyes is off the horizontal, -180..180."""
    (right_x, right_y), (left_x, left_y) = points[:2]
    return math.degrees(math.atan2(left_y - right_y, left_x - right_x))


def yaw_deg(points: Points) -> float:
    """Return roughly how far the head is turned, -90..90; 0 is towards the camera.

    Seen from afar, a head turned by a shrinks the eye distance with cos a and moves the nose
    tip, which stands NOSE_DEPTH before the eyes, with sin a.
    """
    right, left, nose = (np.array(point) for point in points[:3])
    return math.degrees(math.atan((_along(right, left, nose) - 0.5) / NOSE_DEPTH))


def pitch_deg(points: Points) -> float:
    """Return very roughly how far the head nods, -90..90; above 0 it looks down.

    As yaw, with the nose between the middle of the eyes and the middle of the mouth.
    """
    right, left, nose, right_mouth, left_mouth = (np.array(point) for point in points)
    at = _along((right + left) / 2, (right_mouth + left_mouth) / 2, nose)
    return math.degrees(math.atan((at - NOSE_BETWEEN) * EYES_TO_MOUTH / NOSE_DEPTH))


def _along(start: NDArray[np.float64], end: NDArray[np.float64], at: NDArray[np.float64]) -> float:
    """Return where a point stands between two others: 0 beside the first, 1 beside the second."""
    across = end - start
    return float(np.dot(at - start, across) / max(float(np.dot(across, across)), 1e-9))


def _unevenness(light: Plane) -> float:
    sides = [float(np.median(light[half])) for half in (LEFT_HALF, RIGHT_HALF)]
    return 1 - min(sides) / max(*sides, 1.0)


def _eyes_visible(light: Plane) -> float:
    """Return how bright the brighter parts of the darker eye are, against the cheeks."""
    skin = _skin(light)
    return min(float(np.percentile(light[eye], 80)) for eye in EYES) / skin


def _eyes_open(light: Plane) -> float:
    """Return how much darker than the skin about it an iris-sized spot is, mean of both eyes."""
    spots = np.asarray(cv2.blur(light, (IRIS_PX, IRIS_PX)), np.float32)
    return float(np.mean([_darkest(light[eye], spots[eye]) for eye in EYES]))


def _darkest(eye: Plane, spots: Plane) -> float:
    skin = max(float(np.percentile(eye, 75)), 1.0)
    return max(0.0, 1 - float(spots.min()) / skin)


def _contrast(part: Plane) -> float:
    dark, usual, bright = np.percentile(part, [5, 50, 95])
    return float((bright - dark) / max(usual, 1.0))


def _skin(light: Plane) -> float:
    return max(float(np.median(np.concatenate([light[one].ravel() for one in CHEEKS]))), 1.0)
