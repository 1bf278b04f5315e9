"""DG1, 2, 7, 11, 12, 13, 15 and 16: as the standard has them, as hostile chips have them.

Source: ICAO 9303-10, 4.7 (the tables' examples are of UTO); research/emrtd.md section 7.
"""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.data_group_1 import read_data_group_1
from egate.document.data_group_2 import read_data_group_2
from egate.document.data_group_7 import read_data_group_7
from egate.document.data_group_11 import read_data_group_11
from egate.document.data_group_12 import read_data_group_12
from egate.document.data_group_13 import Detail, cccd_details, read_data_group_13
from egate.document.data_group_14 import read_data_group_14
from egate.document.data_group_15 import read_data_group_15
from egate.document.data_group_16 import read_data_group_16
from egate.document.lds import (
    LdsError,
    read_card_security,
    read_com,
    read_directory,
    read_security_object,
)
from egate.document.security_infos import read_card_access
from egate.wire.tlv import encode

ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
ONE = b"\x02\x01\x01"
TWO = b"\x02\x01\x02"


def tlv(tag: int, *values: bytes) -> bytes:
    return encode(tag, b"".join(values))


def reason(read: Callable[[bytes], object], raw: bytes) -> str:
    with pytest.raises(LdsError) as error:
        read(raw)
    return error.value.reason


def test_the_chips_zone_is_read_like_a_printed_one() -> None:
    reading = read_data_group_1(tlv(0x61, tlv(0x5F1F, ZONE.encode())))
    assert reading.mrz is not None
    assert reading.mrz.primary_identifier == "ERIKSSON"
    assert "".join(reading.lines) == ZONE


def test_a_chips_zone_that_is_none_is_a_finding_and_no_error() -> None:
    assert read_data_group_1(tlv(0x61, tlv(0x5F1F, b"HELLO"))).mrz is None


def test_the_holders_mark_comes_as_it_is() -> None:
    raw = tlv(0x67, TWO, tlv(0x5F43, b"one"), tlv(0x5F43, b"two"))
    assert read_data_group_7(raw) == (b"one", b"two")
    assert reason(read_data_group_7, tlv(0x67, TWO, tlv(0x5F43, b"one"))) == "bad_structure"
    assert reason(read_data_group_7, tlv(0x67, b"\x02\x01\x0a")) == "too_many"
    assert reason(read_data_group_7, tlv(0x67, b"\x02\x02\x00\x01")) == "bad_structure"


def test_personal_details_are_told_by_name() -> None:
    details = read_data_group_11(
        tlv(
            0x6B,
            tlv(0x5C, bytes.fromhex("5F0E5F115F2B")),
            tlv(0x5F0E, "ERIKSSON<<ANNA<MÅRIA".encode()),
            tlv(0xA0, TWO, tlv(0x5F0F, b"A<<B"), tlv(0x5F0F, b"C")),
            tlv(0x5F2B, b"19740812"),
            tlv(0x5F11, b"ZENITH<UTO"),
            tlv(0x5F16, b"\xff\xd8"),
        )
    )
    assert details.full_name == "ERIKSSON<<ANNA<MÅRIA"
    assert details.other_names == ("A<<B", "C")
    assert details.birth_date == "19740812"
    assert details.birth_place == "ZENITH<UTO"
    assert details.proof_of_citizenship == b"\xff\xd8"
    assert details.custody is None


def test_a_date_may_be_bcd() -> None:
    raw = tlv(0x6B, tlv(0x5F2B, bytes.fromhex("19740812")))
    assert read_data_group_11(raw).birth_date == "19740812"
    assert (
        reason(read_data_group_11, tlv(0x6B, tlv(0x5F2B, b"\x19\x7a\x08\x12"))) == "bad_structure"
    )
    assert reason(read_data_group_11, tlv(0x6B, tlv(0x5F2B, b"740812"))) == "bad_structure"


def test_a_byte_that_is_no_utf_8_shows_and_breaks_nothing() -> None:
    details = read_data_group_11(tlv(0x6B, tlv(0x5F0E, b"M\xc5RIA")))
    assert details.full_name == "M\ufffdRIA"


def test_hostile_lists_of_names_are_refused() -> None:
    many = tlv(0x6B, tlv(0xA0, b"\x02\x01\xff", *[tlv(0x5F0F, b"A")] * 255))
    assert reason(read_data_group_11, many) == "too_many"
    endless = tlv(0x6B, tlv(0xA0, ONE, *[tlv(0x5F0F, b"")] * 4000))
    assert reason(read_data_group_11, endless) == "malformed"
    wrong = tlv(0x6B, tlv(0xA0, TWO, tlv(0x5F0F, b"A")))
    assert reason(read_data_group_11, wrong) == "bad_structure"


def test_document_details_are_told_by_name() -> None:
    details = read_data_group_12(
        tlv(
            0x6C,
            tlv(0x5F19, b"UNITED STATES OF UTOPIA"),
            tlv(0x5F26, b"20020531"),
            tlv(0xA0, ONE, tlv(0x5F1A, b"SMITH<<BRENDA<P")),
            tlv(0x5F1D, b"front"),
            tlv(0x5F55, bytes.fromhex("20020531120000")),
            tlv(0x5F56, b"M-1"),
        )
    )
    assert (details.authority, details.issued) == ("UNITED STATES OF UTOPIA", "20020531")
    assert details.other_people == ("SMITH<<BRENDA<P",)
    assert (details.made_at, details.made_with) == ("20020531120000", "M-1")
    assert (details.front, details.rear) == (b"front", None)
    assert reason(read_data_group_12, tlv(0x6C, tlv(0x5F55, b"2002"))) == "bad_structure"


def entry(number: int, *texts: str) -> bytes:
    return tlv(0x30, b"\x02\x01" + bytes([number]), *[tlv(0x0C, one.encode()) for one in texts])


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_cccd_is_recognised_however_its_entries_are_wrapped(depth: int) -> None:
    family = tlv(
        0x30, b"\x02\x01\x0d", tlv(0x30, tlv(0x0C, b"CHA")), tlv(0x30, tlv(0x0C, "MẸ".encode()))
    )
    inside = (
        entry(1, "001199012345") + entry(2, "Ngô Thị Ví Dụ") + family + entry(0x10, "012345678")
    )
    for _ in range(depth):
        inside = tlv(0x30, inside)
    assert cccd_details(read_data_group_13(tlv(0x6D, inside))) == {
        Detail.ID_NUMBER: ("001199012345",),
        Detail.FULL_NAME: ("Ngô Thị Ví Dụ",),
        Detail.FAMILY: ("CHA", "MẸ"),
        Detail.OLD_ID_NUMBER: ("012345678",),
    }


@pytest.mark.parametrize(
    "inside", [b"", b"\x01", b"free text of some state", bytes(300), entry(0x55, "A"), entry(1)]
)
def test_what_is_no_cccd_says_nothing_and_fails_nothing(inside: bytes) -> None:
    assert cccd_details(read_data_group_13(tlv(0x6D, inside))) == {}


def test_a_cccd_nested_without_end_is_given_up() -> None:
    inside = entry(1, "001199012345")
    for _ in range(200):
        inside = tlv(0x30, inside)
    assert cccd_details(inside) == {}
    assert len(cccd_details(entry(1, "A") * 4000)) <= 1


def test_the_active_authentication_key_is_raw() -> None:
    assert read_data_group_15(tlv(0x6F, b"\x30\x02\x05\x00")) == b"\x30\x02\x05\x00"
    assert reason(read_data_group_15, tlv(0x6F, b"\x31\x00")) == "malformed"


def test_people_to_notify_are_told_in_order() -> None:
    raw = tlv(
        0x70,
        TWO,
        tlv(0xA1, tlv(0x5F50, b"20020101"), tlv(0x5F51, b"SMITH<<CHARLES<R")),
        tlv(0xA2, tlv(0x5F52, b"9525551212"), tlv(0x5F53, b"123 MAPLE RD<ANYTOWN")),
    )
    first, second = read_data_group_16(raw)
    assert (first.recorded, first.name, first.telephone) == ("20020101", "SMITH<<CHARLES<R", None)
    assert second.address == "123 MAPLE RD<ANYTOWN"
    assert reason(read_data_group_16, tlv(0x70, TWO, tlv(0xA1))) == "bad_structure"
    assert reason(read_data_group_16, tlv(0x70, b"\x02\x01\x10")) == "too_many"


READERS = [
    (read_data_group_1, 0x61), (read_data_group_2, 0x75), (read_data_group_7, 0x67),
    (read_data_group_11, 0x6B), (read_data_group_12, 0x6C), (read_data_group_13, 0x6D),
    (read_data_group_14, 0x6E), (read_data_group_15, 0x6F), (read_data_group_16, 0x70),
    (read_com, 0x60), (read_security_object, 0x77), (read_directory, 0x61),
    (read_card_access, 0x31), (read_card_security, 0x30),
]  # fmt: skip
leaves = st.builds(
    encode,
    st.sampled_from([0x02, 0x06, 0x0C, 0x5C, 0x80, 0x87, 0x5F01, 0x5F0F, 0x5F1F, 0x5F2B, 0x5F2E]),
    st.binary(max_size=24),
)
trees = st.recursive(
    leaves | st.binary(max_size=6),
    lambda inner: st.builds(
        encode,
        st.sampled_from([0x30, 0x31, 0x61, 0x65, 0xA0, 0xA1, 0x7F60, 0x7F61, 0x7F2E]),
        st.lists(inner, max_size=4).map(b"".join),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(("read", "tag"), READERS)
@given(inside=st.lists(trees, max_size=4).map(b"".join), cut=st.integers(0, 3))
def test_whatever_a_chip_sends_is_read_or_refused_with_the_typed_error(
    read: Callable[[bytes], object], tag: int, inside: bytes, cut: int
) -> None:
    raw = encode(tag, inside)
    for one in (raw, raw[: len(raw) - cut], inside):
        try:
            read(one)
        except LdsError as error:
            assert error.reason  # noqa: PT017 - either outcome is right, only its kind is asked


@given(st.binary(max_size=200))
def test_whatever_stands_in_data_group_13_no_error_comes_of_it(inside: bytes) -> None:
    cccd_details(inside)
