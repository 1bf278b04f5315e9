"""The bench's camera as a piece of glass and silicon: its size, its room, its noise, its JPEG.

What is seen is painted by simulators.heads; who is seen when is simulators.camera's.

Source: research/hardware.md section 4 (1280 x 720, 30 Hz, MJPEG).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

WIDTH: Final = 1280
HEIGHT: Final = 720
RATE_HZ: Final = 30.0
FOCAL_PX: Final = 1000.0  # 65 degrees across 1280 px, a usual webcam
EYES_HIGH: Final = 0.42  # of the picture's height: where the camera is pointed
EYES_APART_M: Final = 0.062  # adults' mean is 63 mm (ISO 15535 data sets), the bench's is round
NOISE: Final = 3.0  # standard deviation, of 255
GRAIN_SHIFT: Final = 64
FLICKER: Final = 0.01  # how much the exposure differs from one picture to the next
JPEG_QUALITY: Final = 85


def room(draw: np.random.Generator) -> Picture:
    """Give the chamber behind the traveller: soft grey panels, no face."""
    panels = draw.integers(95, 165, (6, 10, 1), np.uint8).repeat(3, axis=2)
    wide = cv2.resize(panels, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, np.uint8)


def grain(draw: np.random.Generator) -> Picture:
    """Give sensor noise about 128, larger than a picture, so that each takes another part."""
    size = (WIDTH + GRAIN_SHIFT, HEIGHT + GRAIN_SHIFT)
    coarse = draw.normal(128, NOISE, (size[1] // 2, size[0] // 2)).astype(np.float32)
    grey = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def noisy(picture: Picture, grain: Picture, draw: np.random.Generator) -> Picture:
    """Return the picture as this sensor takes it, with another part of its grain each time."""
    left, top = draw.integers(0, GRAIN_SHIFT, 2)
    own = grain[top : top + HEIGHT, left : left + WIDTH]
    lit = 1 + draw.normal(0, FLICKER)
    return np.asarray(cv2.addWeighted(picture, lit, own, 1.0, -128.0), np.uint8)


def encode(picture: Picture) -> bytes:
    """Return the picture as the camera sends it."""
    done, raw = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done
    return raw.tobytes()


def sent(picture: Picture) -> Picture:
    """Return the picture as it arrives: encoded and decoded once."""
    raw = np.frombuffer(encode(picture), np.uint8)
    return np.asarray(cv2.imdecode(raw, cv2.IMREAD_COLOR), np.uint8)
