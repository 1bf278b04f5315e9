"""Pictures from the vision host to the pages: one datagram each, JPEG behind a small head.

    datagram = kind (1)  passage (8, big endian)  taken_at_s (8, double)
               x y width height (4 floats, shares of the picture; width 0: no face)
               reason (1 byte length, then ASCII)  JPEG to the end

A picture never crosses the lane, is never stored, and is wiped with `FORGET`, which has no JPEG.
Whoever reads one takes nothing of it apart: the JPEG goes to a browser as it came.
"""

from dataclasses import dataclass, field
from enum import IntEnum
import math
import struct

from egate.wire.errors import FrameError

MOST_BYTES = 131_072  # of a datagram; Linux takes some 200,000 between two processes
HEAD = struct.Struct(">BQd4fB")
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"
LONGEST_REASON = 40

Box = tuple[float, float, float, float]
NO_FACE: Box = (0.0, 0.0, 0.0, 0.0)


class PictureKind(IntEnum):
    """What a picture is of."""

    PREVIEW = 1  # what the camera sees now
    REFERENCE = 2  # the portrait that the document brought
    LIVE = 3  # the newest frame of a look that has a face
    FORGET = 4  # none: drop all of this passage


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of one passage. `face` is where the face is, `reason` what a frame lacked."""

    kind: PictureKind
    passage: int
    taken_at_s: float = 0.0
    face: Box = NO_FACE
    reason: str = ""
    jpeg: bytes = field(default=b"", repr=False)


def encode(picture: Picture) -> bytes:
    """Return the datagram of a picture.

    Raises:
        FrameError: it is longer than a datagram may be.
    """
    reason = picture.reason.encode("ascii")[:LONGEST_REASON]
    head = HEAD.pack(picture.kind, picture.passage, picture.taken_at_s, *picture.face, len(reason))
    datagram = head + reason + picture.jpeg
    if len(datagram) > MOST_BYTES:
        raise FrameError(f"a picture of {len(datagram)} bytes is longer than {MOST_BYTES}")
    return datagram


def decode(datagram: bytes) -> Picture:
    """Return the picture of a datagram.

    Raises:
        FrameError: it is none.

    >>> decode(encode(Picture(PictureKind.FORGET, 7))).passage
    7
    """
    if not HEAD.size <= len(datagram) <= MOST_BYTES:
        raise FrameError(f"{len(datagram)} bytes are no picture")
    kind, passage, taken_at_s, x, y, width, height, length = HEAD.unpack_from(datagram)
    reason, jpeg = datagram[HEAD.size : HEAD.size + length], datagram[HEAD.size + length :]
    is_jpeg = jpeg.startswith(JPEG_BEGINS) and jpeg.endswith(JPEG_ENDS)
    face = (x, y, width, height)
    if kind not in set(PictureKind) or is_jpeg == (kind == PictureKind.FORGET):
        raise FrameError("a picture of no kind, or without its JPEG")
    if not all(map(math.isfinite, (taken_at_s, *face))) or not reason.isascii():
        raise FrameError("a picture's head says what none can")
    return Picture(PictureKind(kind), passage, taken_at_s, face, reason.decode("ascii"), jpeg)
