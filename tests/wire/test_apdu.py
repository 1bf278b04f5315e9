"""APDUs: the seven forms both ways, and hostile ones."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.apdu import Command, Response, Sw, decode_command, decode_response
from egate.wire.errors import FrameError

LONG = bytes(300)
COMMANDS = [
    (Command(0x00, 0xA4, 0x00, 0x0C), "00A4000C"),
    (Command(0x00, 0xB0, 0x9E, 0x00, le=4), "00B09E00 04"),
    (Command(0x00, 0xB0, 0x00, 0x00, le=256), "00B00000 00"),
    (Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e"), "00A4020C 02 011E"),
    (Command(0x00, 0x88, 0x00, 0x00, bytes(8), 256), "00880000 08 0000000000000000 00"),
    (Command(0x00, 0xB0, 0x00, 0x00, le=257), "00B00000 000101"),
    (Command(0x00, 0xB0, 0x00, 0x00, le=65_536), "00B00000 000000"),
    (Command(0x00, 0x2A, 0x00, 0xBE, LONG), "002A00BE 00012C" + LONG.hex()),
    (Command(0x0C, 0xB0, 0x00, 0x00, LONG, 256), "0CB00000 00012C" + LONG.hex() + "0100"),
    (Command(0x0C, 0xB0, 0x00, 0x00, b"\x01", 65_536), "0CB00000 000001 01 0000"),
]


@pytest.mark.parametrize(("command", "wire"), COMMANDS)
def test_a_command_is_its_bytes_both_ways(command: Command, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert command.encode() == raw
    assert decode_command(raw) == command


def test_an_extended_form_that_was_not_needed_is_read() -> None:
    assert decode_command(bytes.fromhex("00B00000 000010")) == Command(0, 0xB0, 0, 0, le=16)


@pytest.mark.parametrize(
    "hostile",
    ["", "00B000", "00B00000 0000", "00B00000 02 01", "00B00000 01 01 00 00", "00B00000 000002 01",
     "00B00000 000001 01 00", "00B00000 000000 00 00"],
)  # fmt: skip
def test_what_is_none_of_the_seven_forms_is_refused(hostile: str) -> None:
    with pytest.raises(FrameError):
        decode_command(bytes.fromhex(hostile))


@pytest.mark.parametrize(
    "impossible",
    [
        {"p1": 256}, {"cla": -1}, {"le": 0}, {"le": 65_537}, {"data": bytes(65_536)},
    ],
)  # fmt: skip
def test_an_impossible_command_cannot_be_built(impossible: dict[str, int | bytes]) -> None:
    with pytest.raises(ValueError, match=r"bytes|Le"):
        Command(**{"cla": 0, "ins": 0xB0, "p1": 0, "p2": 0, **impossible})  # type: ignore[arg-type]  # a table of one field each


def test_a_response_is_its_bytes_both_ways() -> None:
    assert Response(b"\x60\x14", Sw.OK).encode() == bytes.fromhex("6014 9000")
    assert decode_response(bytes.fromhex("6014 6282")) == Response(b"\x60\x14", 0x6282)


@pytest.mark.parametrize("size", [0, 1, 65_539])
def test_a_response_of_no_possible_size_is_refused(size: int) -> None:
    with pytest.raises(FrameError):
        decode_response(bytes(size))


def test_neither_shows_content() -> None:
    assert repr(Command(0, 0x82, 0, 0, b"secret", 40)) == "Command(00 82 00 00, 6 bytes, le=40)"
    assert repr(Response(b"secret", 0x6A82)) == "Response(6 bytes, 6a82 file_not_found)"


@given(st.binary(max_size=300))
def test_noise_is_a_command_or_a_frame_error(noise: bytes) -> None:
    try:
        command = decode_command(noise)
    except FrameError:
        return
    assert decode_command(command.encode()) == command
