"""Face records: both standards, down to the picture's bytes, and every wrong length.

Source: ISO/IEC 19794-5:2005; ICAO's profile of ISO/IEC 39794-5 (module of its working group).
"""

import struct

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.data_group_2 import read_data_group_2
from egate.document.face_record import PictureKind, decode_19794, decode_39794
from egate.document.lds import LdsError
from egate.wire.tlv import encode

JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
JP2 = bytes.fromhex("0000000C 6A502020 0D0A870A") + bytes(40)
J2K = b"\xff\x4f\xff\x51" + bytes(40)


def face(picture: bytes, points: int = 0, width: int = 413, height: int = 531) -> bytes:
    image = struct.pack(">BBHHBBHH", 1, 0, width, height, 1, 2, 0, 0) + picture
    body = bytes(14) + bytes(8 * points) + image
    return struct.pack(">IH", 6 + len(body), points) + body


def record(
    *faces: bytes, less: int = 0, count: int | None = None, version: bytes = b"010\0"
) -> bytes:
    body = b"".join(faces)
    number = len(faces) if count is None else count
    return b"FAC\0" + version + struct.pack(">IH", 14 + len(body) - less, number) + body


def block(picture: bytes, *, size: bool = True, count: int = 1) -> bytes:
    sizes = encode(0xA7, b"\x80\x02\x01\x9d\x81\x02\x02\x13") if size else b""
    info = encode(0xA1, encode(0xA0, b"\x80\x01\x02") + sizes)
    image = encode(0xA1, encode(0xA0, encode(0xA0, encode(0x80, picture) + info)))
    one = encode(0x30, b"\x80\x01\x00" + image)
    version = encode(0xA0, b"\x80\x01\x03\x81\x02\x07\xe3")
    return encode(0xA1, encode(0x65, version + encode(0xA1, one * count)))


def template(record_tag: int, content: bytes, header: bytes | None = None) -> bytes:
    fields = bytes.fromhex("87020101 88020008") if header is None else header
    return encode(0x7F60, encode(0xA1, fields) + encode(record_tag, content))


def data_group_2(*templates: bytes, count: int | None = None) -> bytes:
    number = len(templates) if count is None else count
    return encode(0x75, encode(0x7F61, b"\x02\x01" + bytes([number]) + b"".join(templates)))


def reason(raw: bytes, *, is_39794: bool = False) -> str:
    with pytest.raises(LdsError) as error:
        decode_39794(raw) if is_39794 else decode_19794(raw)
    return error.value.reason


@pytest.mark.parametrize(
    ("picture", "kind"),
    [(JPEG, PictureKind.JPEG), (JP2, PictureKind.JP2), (J2K, PictureKind.J2K)],
)
def test_the_picture_comes_out_as_it_went_in(picture: bytes, kind: PictureKind) -> None:
    for pictures in (decode_19794(record(face(picture, points=3))), decode_39794(block(picture))):
        (found,) = pictures
        assert (found.kind, found.data) == (kind, picture)
        assert (found.announced_width, found.announced_height) == (413, 531)


def test_several_faces_come_in_order() -> None:
    found = decode_19794(record(face(JPEG), face(JP2, points=2)))
    assert [one.kind for one in found] == [PictureKind.JPEG, PictureKind.JP2]


def test_a_size_that_is_not_announced_is_nought() -> None:
    (found,) = decode_39794(block(JPEG, size=False))
    assert (found.announced_width, found.announced_height) == (0, 0)


def test_a_record_of_new_zealand_counts_eight_bytes_less() -> None:
    assert len(decode_19794(record(face(JPEG), less=8))) == 1


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "malformed"),
        (b"FAC\0", "malformed"),
        (b"FIR\0" + record(face(JPEG))[4:], "bad_structure"),
        (record(face(JPEG), version=b"030\0"), "unknown_version"),
        (record(face(JPEG), less=1), "malformed"),
        (record(face(JPEG), less=-1), "malformed"),
        (record(count=0), "bad_structure"),
        (record(face(JPEG), count=2), "malformed"),
        (record(face(JPEG), face(JPEG), count=1), "malformed"),
        (record(*[face(JPEG)] * 10), "too_many"),
        (record(face(b"GIF89a")), "unknown_picture"),
        (record(face(b"")), "unknown_picture"),
        (record(struct.pack(">IH", 20, 65_535) + bytes(14)), "malformed"),
        (record(struct.pack(">IH", 0xFFFF_FFFF, 0) + bytes(60)), "malformed"),
        (record(struct.pack(">IH", 31, 0) + bytes(25)), "malformed"),
    ],
)
def test_a_record_that_lies_is_refused_with_a_reason(raw: bytes, why: str) -> None:
    assert reason(raw) == why


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "malformed"),
        (encode(0x65, b""), "malformed"),
        (encode(0xA1, encode(0x65, b"")), "bad_structure"),
        (encode(0xA1, encode(0x65, encode(0xA1, b""))), "bad_structure"),
        (encode(0xA1, encode(0x65, encode(0xA1, encode(0x31, b"")))), "bad_structure"),
        (block(JPEG, count=10), "too_many"),
        (block(b"GIF89a"), "unknown_picture"),
        (block(JPEG)[:-1], "malformed"),
    ],
)
def test_a_block_that_lies_is_refused_with_a_reason(raw: bytes, why: str) -> None:
    assert reason(raw, is_39794=True) == why


def test_a_data_group_has_the_templates_it_counts() -> None:
    old, new = template(0x5F2E, record(face(JPEG))), template(0x7F2E, block(JP2))
    first, second = read_data_group_2(data_group_2(old, new))
    assert (first.format_owner, first.format_type) == (0x0101, 0x0008)
    assert second.pictures[0].kind is PictureKind.JP2
    for wrong in (
        data_group_2(old, count=2),
        data_group_2(old, new, count=1),
        data_group_2(),
        data_group_2(template(0x5F2F, b"")),
        data_group_2(template(0x7D, b"")),
        data_group_2(template(0x5F2E, record(face(JPEG)), header=b"")),
    ):
        with pytest.raises(LdsError):
            read_data_group_2(wrong)


def test_a_data_group_over_its_limit_is_refused_unread() -> None:
    with pytest.raises(LdsError, match="DG2: malformed"):
        read_data_group_2(data_group_2(template(0x5F2E, record(face(JPEG + bytes(204_800))))))


@given(st.binary(max_size=80), st.integers(0, 90), st.binary(min_size=1, max_size=4))
def test_a_spoilt_record_is_read_or_refused_with_the_typed_error(
    noise: bytes, at: int, patch: bytes
) -> None:
    good = record(face(JPEG, points=1))
    patched = good[:at] + patch + good[at + len(patch) :]
    for raw, decode in ((noise, decode_19794), (patched, decode_19794), (noise, decode_39794)):
        try:
            assert decode(raw)
        except LdsError as error:
            assert error.part == "face record"  # noqa: PT017 - either outcome is right
