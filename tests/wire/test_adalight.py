"""Adalight: vectors both ways, cut at every byte, followed, and hostile."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.adalight import MOST, Rgb, decode, encode
from egate.wire.errors import FrameError

VECTORS: list[tuple[Rgb, int, str]] = [
    ((255, 0, 0), 1, "416461 00 00 55 FF0000"),
    ((1, 2, 3), 2, "416461 00 01 54 010203 010203"),
    ((0, 0, 0), 25, "416461 00 18 4D" + "000000" * 25),
    ((9, 8, 7), 257, "416461 01 00 54" + "090807" * 257),
]


@pytest.mark.parametrize(("rgb", "leds", "wire"), VECTORS)
def test_a_colour_is_its_bytes_both_ways(rgb: Rgb, leds: int, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(rgb, leds) == raw
    assert decode(raw + b"Ada") == ((rgb,) * leds, b"Ada")
    for cut in range(len(raw)):
        assert decode(raw[:cut]) == (None, raw[:cut])


@pytest.mark.parametrize(
    "wire",
    ["4164 00", "416461 00 00 54 FF0000", "416461 FF FF 55", "416461 04 00 51", "0A"],
    ids=["no magic", "wrong check", "65536 LEDs", "1025 LEDs", "not the beginning"],
)
def test_what_is_no_frame_is_refused(wire: str) -> None:
    with pytest.raises(FrameError):
        decode(bytes.fromhex(wire))


@given(st.binary(max_size=80))
def test_any_bytes_are_a_frame_or_too_few_or_refused(data: bytes) -> None:
    try:
        colours, rest = decode(data)
    except FrameError:
        return
    assert rest == data if colours is None else len(colours) <= MOST
