"""The trace of a chip: every command of a reading by its name, and no body in any line."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.apdu import Command, Response
from egate.wire.apdu_trace import command_name, trace_line

NAMES = [
    ("00A4000C", "SELECT by identifier"),
    ("00A4020C", "SELECT by EF identifier"),
    ("0CA4040C", "SELECT by application name, protected"),
    ("00A4080C", "SELECT by 08"),
    ("00B09C00", "READ BINARY SFI 1C"),
    ("0CB07FFF", "READ BINARY offset 7FFF, protected"),
    ("0CB10000", "READ BINARY odd, protected"),
    ("0022C1A4", "MSE:Set AT, PACE"),
    ("0C2241A4", "MSE:Set AT, chip authentication, protected"),
    ("0C2241A6", "MSE:Set KAT, chip authentication, protected"),
    ("002281B6", "MSE:Set DST, terminal authentication"),
    ("00220102", "MSE 01 02"),
    ("10860000", "GENERAL AUTHENTICATE, to be continued"),
    ("1C860000", "GENERAL AUTHENTICATE, protected, to be continued"),
    ("00840000", "GET CHALLENGE"),
    ("00820000", "EXTERNAL AUTHENTICATE"),
    ("0C880000", "INTERNAL AUTHENTICATE, protected"),
    ("00C00000", "GET RESPONSE"),
    ("00FE0102", "INS FE"),
]


@pytest.mark.parametrize(("header", "name"), NAMES)
def test_a_command_is_named_by_its_header(header: str, name: str) -> None:
    assert command_name(Command(*bytes.fromhex(header))) == name


def test_a_refusal_is_told_with_its_name() -> None:
    line = trace_line(12, 1.5, Command(0x00, 0xB0, 0x9C, 0x00, le=4), Response(b"", 0x6A82))
    assert line.startswith("  12  1500.0 ms  00 b0 9c 00  Lc 0   Le 4     > 0      READ BINARY")
    assert line.endswith("READ BINARY SFI 1C: 6a82 file_not_found")


@given(
    st.binary(min_size=1, max_size=300), st.binary(max_size=300), st.binary(min_size=4, max_size=4)
)
def test_a_line_tells_nothing_of_a_body_but_its_size(
    sent: bytes, answered: bytes, header: bytes
) -> None:
    cla, ins, p1, p2 = header
    command, blank = (Command(cla, ins, p1, p2, body, 256) for body in (sent, bytes(len(sent))))
    line = trace_line(1, 0.0, command, Response(answered, 0x9000))
    assert line == trace_line(1, 0.0, blank, Response(bytes(len(answered)), 0x9000))
