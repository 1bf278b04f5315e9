"""pigpio's socket language: vectors both ways, cut at every byte, followed, and hostile."""

import struct

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.errors import FrameError
from egate.wire.pigpio import (
    Answer,
    Code,
    Command,
    Report,
    decode_answer,
    decode_command,
    decode_report,
    encode,
)

COMMANDS = [
    (Command(Code.WRITE, 17, 1), "04000000 11000000 01000000 00000000"),
    (Command(Code.HWVER), "11000000 00000000 00000000 00000000"),
    (Command(Code.NB, 0, 0x0002_0000), "13000000 00000000 00000200 00000000"),
    (Command(86, 4, 0, b"\x01\x02\x03\x04"), "56000000 04000000 00000000 04000000 01020304"),
]
ANSWERS = [
    (Command(Code.READ, 17), Answer(Code.READ, 17, 0, 1), "03000000 11000000 00000000 01000000"),
    (Command(Code.READ, 99), Answer(Code.READ, 99, 0, -3), "03000000 63000000 00000000 fdffffff"),
]
REPORTS = [
    (Report(0, 0, 1_000_000, 0x0002_0000), "0000 0000 40420f00 00000200"),
    (Report(1, 0x40, 0xFFFF_FFFF, 0), "0100 4000 ffffffff 00000000"),
]


@pytest.mark.parametrize(("command", "wire"), COMMANDS)
def test_a_command_is_its_bytes_both_ways(command: Command, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(command) == raw
    assert decode_command(raw + b"next") == (command, b"next")
    for cut in range(len(raw)):
        assert decode_command(raw[:cut]) == (None, raw[:cut])


@pytest.mark.parametrize(("command", "answer", "wire"), ANSWERS)
def test_an_answer_is_its_bytes_both_ways(command: Command, answer: Answer, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(answer) == raw
    assert decode_answer(raw + b"next", command) == (answer, b"next")
    for cut in range(len(raw)):
        assert decode_answer(raw[:cut], command) == (None, raw[:cut])


@pytest.mark.parametrize(("report", "wire"), REPORTS)
def test_a_report_is_its_bytes_both_ways(report: Report, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(report) == raw
    assert decode_report(raw + b"next", report.seqno) == (report, b"next")
    for cut in range(len(raw)):
        assert decode_report(raw[:cut], report.seqno) == (None, raw[:cut])


def test_a_level_word_with_the_top_bit_set_is_sent_as_the_client_expects() -> None:
    assert encode(Answer(Code.BR1, 0, 0, 0x8000_0001))[12:] == b"\x01\x00\x00\x80"


def test_a_late_answer_to_another_command_is_refused() -> None:
    late = encode(Answer(Code.READ, 17, 0, 1))
    with pytest.raises(FrameError, match="does not echo"):
        decode_answer(late, Command(Code.WRITE, 17, 1))


def test_a_lost_report_is_noticed_by_its_number() -> None:
    with pytest.raises(FrameError, match="report 2 follows instead of 1"):
        decode_report(encode(Report(2, 0, 0, 0)), 1)


def test_report_numbers_wrap_after_65535() -> None:
    report, rest = decode_report(encode(Report(0, 0, 5, 1)), 65_536)
    assert (report, rest) == (Report(0, 0, 5, 1), b"")


@pytest.mark.parametrize(
    "hostile",
    [
        struct.pack("<IIII", 128, 0, 0, 0),
        struct.pack("<IIII", 4, 17, 1, 65),
        struct.pack("<IIII", 4, 17, 1, 0xFFFF_FFFF),
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_a_stranger_is_refused_before_anything_is_allocated(hostile: bytes) -> None:
    with pytest.raises(FrameError):
        decode_command(hostile)


@given(st.binary(max_size=64))
def test_noise_is_a_message_or_more_needed_or_a_frame_error(noise: bytes) -> None:
    try:
        command, rest = decode_command(noise)
    except FrameError:
        return
    assert (encode(command) if command else b"") + rest == noise
