"""A copy of a picture with the lines of its zone in boxes, for who must see what was read."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from egate.vision.faces import Picture
from egate.vision.mrz_locate import Quad

COUNTED: Final = (0, 160, 0)  # blue, green, red
NOT_COUNTED: Final = (0, 0, 220)
SHIFT: Final = 4


def boxed(picture: Picture, boxes: Sequence[Quad], *, is_record: bool) -> Picture:
    """Return a copy, BGR, with a box around each line: green for a record, else red."""
    copy = picture.copy() if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    thick = max(1, round(max(picture.shape[:2]) / 600))
    for quad in boxes:
        corners = np.rint(np.array(quad) * (1 << SHIFT)).astype(np.int32)
        cv2.polylines(
            copy,
            [corners],
            isClosed=True,
            color=COUNTED if is_record else NOT_COUNTED,
            thickness=thick,
            lineType=cv2.LINE_AA,
            shift=SHIFT,
        )
    return np.asarray(copy, np.uint8)
