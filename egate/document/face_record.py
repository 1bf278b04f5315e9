"""Face records, down to the bytes of the picture; no picture is ever decoded here.

    ISO 19794-5   46414300 30313000  length u32  faces u16, then for each face
                  length u32  points u16  14 bytes  points x 8 bytes
                  type u8  coding u8  width u16  height u16  6 bytes  the picture
    ISO 39794-5   A1 65  A0 version  A1 30  A1 A0 A0  80 the picture
                                                      A1  A0 coding  A7 {80 width 81 height}

What a record says of its picture's size is told as announced: it is unproven, and a decoder's
limits do not rest on it. The kind is taken from the picture's first bytes.

Source: ISO/IEC 19794-5:2005, 5.4 to 5.8 (version 010, which 9303-10 asks for); ISO/IEC 39794-5
as profiled by ICAO (TRIP ISO WG3, module ID-ICAO-ISO-IEC-39794-5-ed-1-v1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
import struct
from typing import Final

from egate.document.lds import LdsError, inside, items_of
from egate.wire.tlv import Tlv, find

PART: Final = "face record"
MAX_PICTURES: Final = 9
SHORTER_BY: Final = (0, 8)  # passports of New Zealand leave the first two fields out of the length


class PictureKind(StrEnum):
    """How a picture is coded."""

    JPEG = "jpeg"
    JP2 = "jp2"
    J2K = "j2k"


SIGNATURES: Final = {
    b"\xff\xd8\xff": PictureKind.JPEG,
    bytes.fromhex("0000000C 6A502020 0D0A870A"): PictureKind.JP2,
    b"\xff\x4f\xff\x51": PictureKind.J2K,
}
_HEADER: Final = struct.Struct(">8sIH")
_FACE: Final = struct.Struct(">IH14x")
_POINT_BYTES: Final = 8
_IMAGE: Final = struct.Struct(">xBHH6x")


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A picture as the chip holds it; announced sizes are in pixels, 0 when not announced."""

    kind: PictureKind
    data: bytes
    announced_width: int
    announced_height: int


def decode_19794(record: bytes) -> tuple[Picture, ...]:
    """Return the pictures of a record of ISO 19794-5, at least one.

    Raises:
        LdsError: it is no such record; `reason` is malformed, bad_structure, too_many,
            unknown_version or unknown_picture.
    """
    if len(record) < _HEADER.size:
        raise LdsError(PART, "malformed")
    magic, length, count = _HEADER.unpack_from(record)
    if magic[:4] != b"FAC\0":
        raise LdsError(PART, "bad_structure")
    if magic[4:] != b"010\0":
        raise LdsError(PART, "unknown_version")
    if len(record) - length not in SHORTER_BY:
        raise LdsError(PART, "malformed")
    if not 1 <= count <= MAX_PICTURES:
        raise LdsError(PART, "too_many" if count else "bad_structure")
    return tuple(_faces(record[_HEADER.size :], count))


def decode_39794(block: bytes) -> tuple[Picture, ...]:
    """Return the pictures of a biometric data block of ISO 39794-5, at least one.

    Raises:
        LdsError: it is no such block; reasons as for `decode_19794`.
    """
    data = items_of(inside(inside(block, 0xA1, PART), 0x65, PART), PART)
    representations = items_of(_child(data, 0xA1), PART)
    if len(representations) > MAX_PICTURES:
        raise LdsError(PART, "too_many")
    if not representations or any(one.tag != 0x30 for one in representations):
        raise LdsError(PART, "bad_structure")
    return tuple(_representation(one.value) for one in representations)


def _faces(rest: bytes, count: int) -> Iterator[Picture]:
    for _ in range(count):
        if len(rest) < _FACE.size:
            raise LdsError(PART, "malformed")
        length, points = _FACE.unpack_from(rest)
        image_at = _FACE.size + points * _POINT_BYTES
        if not image_at + _IMAGE.size <= length <= len(rest):
            raise LdsError(PART, "malformed")
        _, width, height = _IMAGE.unpack_from(rest, image_at)
        yield _picture(rest[image_at + _IMAGE.size : length], width, height)
        rest = rest[length:]
    if rest:
        raise LdsError(PART, "malformed")


def _representation(value: bytes) -> Picture:
    fields = items_of(value, PART)
    base = inside(inside(_child(fields, 0xA1), 0xA0, PART), 0xA0, PART)
    image = items_of(base, PART)
    size = find(items_of(_child(image, 0xA1), PART), 0xA7)
    width, height = (
        int.from_bytes((find(items_of(size, PART), tag) or b"")[:3]) if size is not None else 0
        for tag in (0x80, 0x81)
    )
    return _picture(_child(image, 0x80), width, height)


def _child(items: tuple[Tlv, ...], tag: int) -> bytes:
    value = find(items, tag)
    if value is None:
        raise LdsError(PART, "bad_structure")
    return value


def _picture(data: bytes, width: int, height: int) -> Picture:
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            return Picture(kind, data, width, height)
    raise LdsError(PART, "unknown_picture")
