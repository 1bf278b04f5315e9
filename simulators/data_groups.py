"""The files of a travel document as an issuer writes them; egate/document reads them back.

Content comes in, bytes go out; nothing is checked, so that a case may write what it likes.

Source: ICAO 9303-10, 4.6 (EF.COM) and 4.7 (data groups); ISO/IEC 19794-5:2005; ICAO's profile of
ISO/IEC 39794-5; research/emrtd.md section 7 (DG13 of a CCCD).
"""

from collections.abc import Iterable, Mapping
import struct
from typing import Final

from egate.document.data_group_13 import Detail
from egate.document.lds import APPLICATION, COM, DATA_GROUPS, DIR
from egate.document.pace import encode_oid
from egate.wire.tlv import encode

# A grey square of 8 x 8, as OpenCV writes it: a picture that decodes, and shows nobody.
GREY_JPEG: Final = bytes.fromhex(
    """ffd8ffe000104a46494600010100000100010000ffdb00430050373c463c32504641465a55505f78c882786e
       6e78f5afb991c8ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
       ffffc0000b080008000801011100ffc4001f0000010501010101010100000000000000000102030405060708
       090a0bffc400b5100002010303020403050504040000017d0102030004110512213141061351610722711432
       8191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a43444546474849
       4a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3
       a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9ea
       f1f2f3f4f5f6f7f8f9faffda0008010100003f002bffd9"""
)
PORTRAIT_WIDTH, PORTRAIT_HEIGHT = 413, 531  # 35 x 45 mm at 300 dpi
FRAME_HEADERS: Final = (b"\xff\xc0", b"\xff\xc1", b"\xff\xc2")


def data_group_1(lines: Iterable[str]) -> bytes:
    """Write the machine readable zone."""
    return _file(1, encode(0x5F1F, "".join(lines).encode()))


def data_group_2(portrait: bytes, *, is_39794: bool = False) -> bytes:
    """Write the portrait into one template, of ISO 19794-5 or ISO 39794-5."""
    record = encode(0x7F2E, _face_39794(portrait)) if is_39794 else encode(0x5F2E, _face(portrait))
    kind = b"\x87\x02\x01\x01\x88\x02\x00" + (b"\x2a" if is_39794 else b"\x08")
    template = encode(0x7F60, encode(0xA1, b"\x80\x02\x01\x01\x81\x01\x02" + kind) + record)
    return _file(2, encode(0x7F61, b"\x02\x01\x01" + template))


def data_group_7(pictures: Iterable[bytes]) -> bytes:
    """Write pictures of the holder's mark."""
    marks = [encode(0x5F43, picture) for picture in pictures]
    return _file(7, _counted(len(marks)) + b"".join(marks))


def data_group_11(full_name: str, birth_date: str, birth_place: str) -> bytes:
    """Write details about the holder; the date is YYYYMMDD."""
    fields = {0x5F0E: full_name, 0x5F2B: birth_date, 0x5F11: birth_place}
    return _file(11, _texts(fields))


def data_group_12(authority: str, issued: str) -> bytes:
    """Write details about the document; the date is YYYYMMDD."""
    return _file(12, _texts({0x5F19: authority, 0x5F26: issued}))


def data_group_13(details: Mapping[Detail, tuple[str, ...]]) -> bytes:
    """Write what a CCCD has there: several texts of one entry are wrapped one by one."""
    entries = [_entry(number, texts) for number, texts in details.items()]
    return _file(13, encode(0x30, b"".join(entries)))


def data_group_14(infos: Iterable[bytes]) -> bytes:
    """Write SecurityInfos."""
    return _file(14, security_infos(infos))


def data_group_15(public_key_info: bytes) -> bytes:
    """Write the key of active authentication."""
    return _file(15, public_key_info)


def data_group_16(name: str, telephone: str, recorded: str) -> bytes:
    """Write one person to notify; the date is YYYYMMDD."""
    fields = {0x5F50: recorded, 0x5F51: name, 0x5F52: telephone}
    person = b"".join(encode(tag, text.encode()) for tag, text in fields.items())
    return _file(16, _counted(1) + encode(0xA1, person))


def com(numbers: Iterable[int], lds_version: str) -> bytes:
    """Write EF.COM, which names these data groups."""
    tags = bytes(DATA_GROUPS[number].tag for number in numbers)
    versions = encode(0x5F01, lds_version.encode()) + encode(0x5F36, b"040000")
    return encode(COM.tag, versions + encode(0x5C, tags))


def directory() -> bytes:
    """Write EF.DIR, which names the one application."""
    return encode(DIR.tag, encode(0x4F, APPLICATION))


def security_infos(infos: Iterable[bytes]) -> bytes:
    """Write a SET of SecurityInfo, as EF.CardAccess is."""
    return encode(0x31, b"".join(infos))


def info(protocol: str, *parts: bytes) -> bytes:
    """Write one SecurityInfo: the protocol's OID and what comes after it."""
    return encode(0x30, oid(protocol) + b"".join(parts))


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    return encode(0x06, encode_oid(dotted))


def number(value: int) -> bytes:
    """Write an INTEGER that is not negative."""
    return encode(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def with_announced_size(jpeg: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose header tells another size: what a decoder would make room for."""
    at = next(at for at in map(jpeg.find, FRAME_HEADERS) if at >= 0)
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def with_announced_length(file: bytes, length: int) -> bytes:
    """Return a file whose header tells another length of its content: 0 to FFFFFFFF."""
    head = 2 + (file[1] & 0x7F if file[1] & 0x80 else 0)
    return file[:1] + b"\x84" + length.to_bytes(4) + file[head:]


def _file(which: int, content: bytes) -> bytes:
    return encode(DATA_GROUPS[which].tag, content)


def _counted(count: int) -> bytes:
    return encode(0x02, bytes([count]))


def _texts(fields: Mapping[int, str]) -> bytes:
    """Write a tag list and the texts it lists."""
    tags = b"".join(tag.to_bytes(2) for tag in fields)
    return encode(0x5C, tags) + b"".join(encode(tag, text.encode()) for tag, text in fields.items())


def _entry(which: Detail, texts: tuple[str, ...]) -> bytes:
    each = [encode(0x0C, text.encode()) for text in texts]
    if len(each) > 1:
        each = [encode(0x30, one) for one in each]
    return encode(0x30, encode(0x02, bytes([which])) + b"".join(each))


def _face(portrait: bytes) -> bytes:
    """Write a record of ISO 19794-5 with one face and no points."""
    coding = 0 if portrait.startswith(b"\xff\xd8") else 1
    size = (PORTRAIT_WIDTH, PORTRAIT_HEIGHT)
    image = struct.pack(">BBHHBBHH", 1, coding, *size, 1, 2, 0, 0) + portrait
    body = struct.pack(">IH14x", 20 + len(image), 0) + image
    return b"FAC\x00" + b"010\x00" + struct.pack(">IH", 14 + len(body), 1) + body


def _face_39794(portrait: bytes) -> bytes:
    """Write a block of ISO 39794-5 with one face."""
    size = b"".join(
        encode(tag, edge.to_bytes(2))
        for tag, edge in ((0x80, PORTRAIT_WIDTH), (0x81, PORTRAIT_HEIGHT))
    )
    told = encode(0xA1, encode(0xA0, b"\x80\x01\x02") + encode(0xA7, size))
    image = encode(0xA1, encode(0xA0, encode(0xA0, encode(0x80, portrait) + told)))
    version = encode(0xA0, b"\x80\x01\x03\x81\x02\x07\xe3")
    face = encode(0xA1, encode(0x30, b"\x80\x01\x00" + image))
    return encode(0xA1, encode(0x65, version + face))
