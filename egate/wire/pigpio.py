"""pigpio's socket language, both directions: commands and answers, and reports of edges.

    command   code u32 | p1 u32 | p2 u32 | length u32 | extension (length bytes)
    answer    code u32 | p1 u32 | p2 u32 | result i32      the first three echo the command
    report    seqno u16 | flags u16 | tick u32 | level u32

All little-endian. A negative result is an error number. A connection that asked NOIB is sent
reports from then on; NB says for which pins of 0..31. `tick` is microseconds, modulo 2**32.
Only the commands that move and watch digital pins are named here.

Source: pigpio's socket interface page (abyz.me.uk, "pigpio Socket Interface") and its Python
client 1.78, which is in the public domain (command numbers, error numbers, report layout).
"""

from dataclasses import dataclass
from enum import IntEnum
import struct
from typing import Final

from egate.wire.errors import FrameError

HEADER: Final = struct.Struct("<IIII")
ANSWER: Final = struct.Struct("<IIIi")
REPORT: Final = struct.Struct("<HHII")

EXTENSION_LIMIT: Final = 64  # no command named here has more than one word of it
CODE_LIMIT: Final = 127  # the newest pigpio knows commands up to 117
PINS: Final = 54
REPORTED_PINS: Final = 32
GLITCH_LIMIT_US: Final = 300_000

INPUT: Final = 0
OUTPUT: Final = 1
PULL_OFF: Final = 0
PULL_DOWN: Final = 1
PULL_UP: Final = 2

EVENT: Final = 1 << 7
ALIVE: Final = 1 << 6
WATCHDOG: Final = 1 << 5
FLAGS: Final = EVENT | ALIVE | WATCHDOG | 0x1F

BAD_USER_GPIO: Final = -2
BAD_GPIO: Final = -3
BAD_MODE: Final = -4
BAD_LEVEL: Final = -5
BAD_PULL: Final = -6
BAD_HANDLE: Final = -25
UNKNOWN_COMMAND: Final = -88
BAD_FILTER: Final = -125


class Code(IntEnum):
    """The commands that move and watch digital pins."""

    MODES = 0
    MODEG = 1
    PUD = 2
    READ = 3
    WRITE = 4
    BR1 = 10
    TICK = 16
    HWVER = 17
    NO = 18
    NB = 19
    NP = 20
    NC = 21
    PIGPV = 26
    FG = 97
    NOIB = 99


@dataclass(frozen=True, slots=True)
class Command:
    """What a client asks; `code` may be one we do not name."""

    code: int
    p1: int = 0
    p2: int = 0
    extension: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the board says: the command's first three words and its result."""

    code: int
    p1: int
    p2: int
    result: int


@dataclass(frozen=True, slots=True)
class Report:
    """An edge on a watched pin, with the level of pins 0..31; `flags` is 0 for an edge."""

    seqno: int
    flags: int
    tick: int
    level: int


def encode(message: Command | Answer | Report) -> bytes:
    """Return the bytes of one message."""
    match message:
        case Command(code, p1, p2, extension):
            return HEADER.pack(code, p1, p2, len(extension)) + extension
        case Answer(code, p1, p2, result):
            signed = (result + 2**31) % 2**32 - 2**31  # a tick or a level word uses all 32 bits
            return ANSWER.pack(code, p1, p2, signed)
        case Report(seqno, flags, tick, level):
            return REPORT.pack(seqno, flags, tick, level)


def decode_command(buffer: bytes) -> tuple[Command | None, bytes]:
    """Take one command off the front; return it and the rest, or (None, buffer) for more.

    Raises:
        FrameError: no pigpio client sends this; nothing after it can be trusted.
    """
    if len(buffer) < HEADER.size:
        return None, buffer
    code, p1, p2, length = HEADER.unpack_from(buffer)
    if code > CODE_LIMIT:
        raise FrameError(f"command {code} is outside 0..{CODE_LIMIT}")
    if length > EXTENSION_LIMIT:
        raise FrameError(f"extension of {length} bytes is longer than {EXTENSION_LIMIT}")
    end = HEADER.size + length
    if len(buffer) < end:
        return None, buffer
    return Command(code, p1, p2, buffer[HEADER.size : end]), buffer[end:]


def decode_answer(buffer: bytes, to: Command) -> tuple[Answer | None, bytes]:
    """Take the answer to one command off the front; return it and the rest.

    Returns (None, buffer) when more bytes are needed.

    Raises:
        FrameError: it does not echo the command: a late answer to another, or noise.
    """
    if len(buffer) < ANSWER.size:
        return None, buffer
    code, p1, p2, result = ANSWER.unpack_from(buffer)
    if (code, p1, p2) != (to.code, to.p1, to.p2):
        raise FrameError(f"the answer to command {to.code} does not echo it")
    return Answer(code, p1, p2, result), buffer[ANSWER.size :]


def decode_report(buffer: bytes, seqno: int) -> tuple[Report | None, bytes]:
    """Take report number `seqno` (modulo 2**16) off the front; return it and the rest.

    Returns (None, buffer) when more bytes are needed.

    Raises:
        FrameError: flags no pigpio sets, or another number: an edge was lost.
    """
    if len(buffer) < REPORT.size:
        return None, buffer
    report = Report(*REPORT.unpack_from(buffer))
    if report.flags & ~FLAGS:
        raise FrameError(f"report flags {report.flags:#06x}")
    if report.seqno != seqno % 2**16:
        raise FrameError(f"report {report.seqno} follows instead of {seqno % 2**16}")
    return report, buffer[REPORT.size :]
