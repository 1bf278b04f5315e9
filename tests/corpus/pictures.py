"""Pictures for portraits, sound and otherwise; nobody is shown on any of them."""

from functools import cache
import struct

import cv2
import numpy as np

from simulators.data_groups import GREY_JPEG, with_announced_size

CODESTREAM = b"\xff\x4f\xff\x51"


@cache
def grey_jp2() -> bytes:
    """Return a grey square as JP2."""
    made, encoded = cv2.imencode(".jp2", np.full((64, 48), 127, np.uint8))
    assert made
    return bytes(encoded)


def grey_j2k() -> bytes:
    """Return the codestream of it alone."""
    return grey_jp2()[grey_jp2().index(CODESTREAM) :]


def of_size(size: int) -> bytes:
    """Return a picture of so many bytes: the rest is beyond its end, where nobody looks."""
    return GREY_JPEG + bytes(size - len(GREY_JPEG))


def bomb(width: int = 65_535, height: int = 65_535) -> bytes:
    """Return a small JPEG that announces a large one."""
    return with_announced_size(GREY_JPEG, width, height)


def bomb_j2k() -> bytes:
    """Return the beginning of a codestream of 2^32 by 2^32 pixels."""
    return CODESTREAM + struct.pack(">HHIIII", 0x2F, 0, 0xFFFF_FFFF, 0xFFFF_FFFF, 0, 0)
