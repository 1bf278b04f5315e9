"""How large a picture says it is, from its own first bytes: what a decoder would allocate.

    JPEG    FFD8, segments FF type length, until a start of frame: height, width
    JP2     boxes length type, until jp2c, whose content is a codestream
    J2K     FF4F FF51 Lsiz Rsiz, then Xsiz Ysiz XOsiz YOsiz: the size is their difference

No sample is decoded. A picture whose size cannot be found this way should not be decoded at all.
A decoder may still meet other numbers further inside: its own limits hold, too.

Source: ITU-T T.81, B.1 and B.2.2 (JPEG); ITU-T T.800, A.5.1 (SIZ) and I.4 (boxes).
"""

import struct
from typing import Final

from egate.document.face_record import Picture, PictureKind

MAX_SEGMENTS: Final = 256
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC are none
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # segments without a length
_SIZ: Final = struct.Struct(">4xHHIIII")


def picture_size(picture: Picture) -> tuple[int, int] | None:
    """Return width and height in pixels; None when the picture does not say so where it should."""
    match picture.kind:
        case PictureKind.JPEG:
            size = _jpeg(picture.data)
        case PictureKind.JP2:
            size = _jp2(picture.data)
        case PictureKind.J2K:
            size = _codestream(picture.data)
    return size if size is not None and min(size) > 0 else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(MAX_SEGMENTS):
        if len(data) < at + 2 or data[at] != 0xFF:
            return None
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1  # a byte that fills up
        elif kind in _ALONE:
            at += 2
        elif kind in _FRAMES:
            return _frame(data[at : at + 9])
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return None


def _frame(segment: bytes) -> tuple[int, int] | None:
    if len(segment) < 9:
        return None
    height, width = struct.unpack_from(">HH", segment, 5)
    return width, height


def _jp2(data: bytes) -> tuple[int, int] | None:
    at = 0
    for _ in range(MAX_SEGMENTS):
        if len(data) < at + 8:
            return None
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 16 if length == 1 else 8
        if kind == b"jp2c":
            return _codestream(data[at + head :])
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if length < head:
            return None  # to the end of the file, or nonsense
        at += length
    return None


def _codestream(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"\xff\x4f\xff\x51") or len(data) < _SIZ.size:
        return None
    _, _, right, bottom, left, top = _SIZ.unpack_from(data)
    return right - left, bottom - top
