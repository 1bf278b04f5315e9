"""BER-TLV: vectors both ways, cut at every byte, followed, and hostile."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.errors import FrameError
from egate.wire.tlv import (
    Tlv,
    decode,
    decode_all,
    decode_one,
    encode,
    find,
    whole_size,
)

VECTORS = [
    (Tlv(0x61, b""), "61 00"),
    (Tlv(0x5F1F, b"AB"), "5F1F 02 4142"),
    (Tlv(0x7F61, b"\x02\x01\x01"), "7F61 03 020101"),
    (Tlv(0x04, bytes(127)), "04 7F" + "00" * 127),
    (Tlv(0x04, bytes(128)), "04 81 80" + "00" * 128),
    (Tlv(0x75, bytes(256)), "75 82 0100" + "00" * 256),
    (Tlv(0x7F2E, bytes(65_536)), "7F2E 83 010000" + "00" * 65_536),
    (Tlv(0x5F8102, b"\x01"), "5F8102 01 01"),
]


@pytest.mark.parametrize(("item", "wire"), VECTORS)
def test_a_data_object_is_its_bytes_both_ways(item: Tlv, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(item.tag, item.value) == raw
    assert decode(raw + b"next") == (item, b"next")
    assert whole_size(raw[:7]) == len(raw) or len(raw) < 7
    for cut in range(min(len(raw), 300)):
        assert decode(raw[:cut]) == (None, raw[:cut])


@pytest.mark.parametrize("wire", ["61 81 01 41", "61 82 0001 41", "61 84 00000001 41"])
def test_a_length_longer_than_needed_is_read(wire: str) -> None:
    assert decode(bytes.fromhex(wire)) == (Tlv(0x61, b"A"), b"")


@pytest.mark.parametrize(
    "hostile",
    [
        "00 00",
        "61 80 0000",
        "61 85 0000000001 41",
        "61 84 FFFFFFFF",
        "61 83 010001",
        "7F8181 01 00",
    ],
)
def test_what_no_chip_should_send_is_refused_before_it_is_waited_for(hostile: str) -> None:
    with pytest.raises(FrameError):
        decode(bytes.fromhex(hostile))


def test_a_value_may_be_as_long_as_allowed_and_no_longer() -> None:
    assert decode(b"\x61\x05", max_length=5) == (None, b"\x61\x05")
    with pytest.raises(FrameError, match="6 bytes, 5 are allowed"):
        decode(b"\x61\x06", max_length=5)


def test_all_data_objects_of_a_value_come_in_order_and_are_found_by_tag() -> None:
    items = decode_all(bytes.fromhex("5F01 01 30 5C 02 6175 5F01 01 31"))
    assert [item.tag for item in items] == [0x5F01, 0x5C, 0x5F01]
    assert find(items, 0x5F01) == b"0"
    assert find(items, 0x4D) is None


@pytest.mark.parametrize("cut_short", ["61", "61 02 41", "61 00 5F"])
def test_a_value_that_ends_inside_a_data_object_is_refused(cut_short: str) -> None:
    with pytest.raises(FrameError, match=r"cut short|allowed"):
        decode_all(bytes.fromhex(cut_short))


def test_too_many_data_objects_are_refused() -> None:
    with pytest.raises(FrameError, match="more than 256"):
        decode_all(b"\x61\x00" * 257)


def test_the_one_data_object_asked_for_must_be_there_alone_and_whole() -> None:
    assert decode_one(b"\x77\x01A", 0x77) == b"A"
    for wrong in (b"", b"\x77\x02A", b"\x61\x01A", b"\x77\x01AB"):
        with pytest.raises(FrameError):
            decode_one(wrong, 0x77)


@pytest.mark.parametrize("tag", [-1, 0, 0x1F, 0x0161, 0x6100, 0x5F81, 0x5F818102])
def test_what_is_no_tag_is_not_written(tag: int) -> None:
    with pytest.raises(FrameError):
        encode(tag, b"")


def test_a_data_object_shows_no_content() -> None:
    assert repr(Tlv(0x5F1F, b"P<UTO")) == "Tlv(0x5f1f, 5 bytes)"


@given(st.binary(max_size=64))
def test_noise_is_a_data_object_or_more_needed_or_a_frame_error(noise: bytes) -> None:
    try:
        item, rest = decode(noise)
    except FrameError:
        return
    assert noise.endswith(rest)
    assert item is None or decode(encode(item.tag, item.value)) == (item, b"")
    assert (item is None) == (whole_size(noise) is None or whole_size(noise, 2**33) > len(noise))  # type: ignore[operator]  # None is excluded on its left


@given(st.binary(max_size=64))
def test_noise_is_data_objects_or_a_frame_error(noise: bytes) -> None:
    try:
        items = decode_all(noise)
    except FrameError:
        return
    assert sum(len(item.value) + 2 for item in items) <= len(noise)
