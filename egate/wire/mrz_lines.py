"""An MRZ reader's byte stream, both ways: the lines of a zone out of it, and into it.

    cr_joined  line CR line [CR line] [CR]                   until a whole zone and CR, or silence
    desko      SOD STX line CR line CR [line CR] ETX EOD     SOD and EOD as each site sets them
    rte6701    SOH length(2) "OU" STX flag line CR line CR line CR ETX BCC
               a missing line keeps its CR, above the others; short lines are filled up with `_`
    generic    [SOH ...] [STX] line [CR line ...] [ETX BCC], or all lines in one, cut by its length;
               until ETX, a whole zone and CR, or silence

What the reader gives is told as it is: no case is changed, no character put in another's place,
no line made longer. The `_` that rte6701 fills up with are its framing, and taken off; inside a
line they stay. Whether lines are a zone is egate.document.mrz's. The length word and the check
byte of rte6701 are not checked: our source breaks off before it says what they count.

Source: research/mrz_qr.md section 7; 3M RTE6701-OEM integration manual 1.03, 9.1.1 (pages 25 and
26); DESKO protocol description for CUTE 2.12, 1.1 and 1.4; Honeywell OCR programming guide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor
import re
from typing import Final

from egate.wire.errors import FrameError

LIMIT: Final = 256  # bytes of one frame; the longest has 3 x 44 characters and some ten more
NONSENSE: Final = 2048  # bytes; more of them are another error
FEWEST: Final = 7  # characters of a line, as DESKO has it
MOST: Final = 44
MOST_LINES: Final = 3
EDGE: Final = 4  # bytes of a site's own before STX and after ETX
ZONES: Final = {44: 2, 36: 2, 30: 3}  # a line's characters: how many lines

_SOH, _STX, _ETX, _CR = b"\x01", b"\x02", b"\x03", b"\r"
_BETWEEN: Final = frozenset(b"\r\n")
_LINE_ENDS: Final = re.compile(r"[\r\n]")
_RTE_HEADER: Final = re.compile(rb"\x01..OU\x02", re.DOTALL)
_RTE_DATA_AT: Final = 7  # after the header and the flag
_FILL: Final = "_"


class MrzFraming(StrEnum):
    """Which reader's frames these are."""

    CR_JOINED = "cr_joined"
    DESKO = "desko"
    RTE6701 = "rte6701"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class MrzLines:
    """What a reader read; `began_s` is when its first byte came, `ended_s` when it was complete."""

    lines: tuple[str, ...]
    began_s: float
    ended_s: float

    def __repr__(self) -> str:
        """Give sizes only: the content is personal data."""
        return f"MrzLines({', '.join(str(len(line)) for line in self.lines)} characters)"

    @property
    def content(self) -> str:
        """The lines in one, by which a zone sent twice is known."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class MrzLanguage:
    """How one reader is set up: a Language of egate/wire/frames.py; only silence surely ends it."""

    framing: MrzFraming
    silence_s: float = 0.15

    @property
    def between(self) -> frozenset[int]:
        return _BETWEEN

    @property
    def end(self) -> bytes:
        return b""

    @property
    def limit(self) -> int:
        return NONSENSE

    def complete(self, pending: bytes) -> bytes | None:
        if len(pending) > LIMIT:
            raise FrameError(f"no end after {len(pending)} bytes")
        return _COMPLETE[self.framing](pending)

    def cut_off(self, pending: bytes) -> bytes:
        framed = self.framing in {MrzFraming.DESKO, MrzFraming.RTE6701} or _STX in pending
        if len(pending) <= EDGE and self.framing is not MrzFraming.RTE6701:
            return b""  # what a site sends after ETX
        if framed:
            raise FrameError(f"the line fell silent after {len(pending)} bytes of a frame")
        return pending

    def message(self, payload: bytes, began_s: float, ended_s: float) -> MrzLines:
        return MrzLines(_lines(payload, self.framing), began_s, ended_s)


def encode(lines: Sequence[str], framing: MrzFraming) -> bytes:
    """Return the bytes a reader sends for these lines.

    Raises:
        FrameError: no reader sends so many lines, or such ones.
    """
    if not 1 <= len(lines) <= MOST_LINES or not all(_is_line(line) for line in lines):
        raise FrameError(f"{len(lines)} lines that no reader sends")
    joined = "\r".join(lines).encode()
    match framing:
        case MrzFraming.CR_JOINED:
            return joined
        case MrzFraming.GENERIC:
            return joined + b"\r\n"
        case MrzFraming.DESKO:
            return b"\x1e" + _STX + joined + _CR + _ETX + b"\x1f"
        case MrzFraming.RTE6701:
            return _rte6701(lines)


def _rte6701(lines: Sequence[str]) -> bytes:
    width = 30 if len(lines) == 3 else MOST
    filled = [""] * (MOST_LINES - len(lines)) + [line.ljust(width, _FILL) for line in lines]
    text = b"0" + "".join(line + "\r" for line in filled).encode() + _ETX
    length = len(text) + 1
    word = bytes((length & 0x7F, length >> 7))
    block = _SOH + word + b"OU" + _STX + text
    return block + bytes([reduce(xor, block)])


def _complete_cr_joined(pending: bytes) -> bytes | None:
    if pending[-1] not in _BETWEEN:
        return None
    sizes = [len(line) for line in re.split(rb"[\r\n]", pending) if line]
    whole = len(set(sizes)) == 1 and ZONES.get(sizes[0]) == len(sizes)
    return pending if whole else None


def _complete_desko(pending: bytes) -> bytes | None:
    head, stx, body = pending.partition(_STX)
    if len(head) > EDGE:
        raise FrameError(f"{len(head)} bytes before a frame")
    return body[:-1] if stx and body.endswith(_ETX) else None


def _complete_rte6701(pending: bytes) -> bytes | None:
    if not pending.startswith(_SOH):
        raise FrameError("a frame without its SOH")
    if len(pending) < _RTE_DATA_AT:
        return None
    if not _RTE_HEADER.match(pending):
        raise FrameError("a header of another device")
    end = pending.find(_ETX, _RTE_DATA_AT)
    return pending[_RTE_DATA_AT:end] if -1 < end < len(pending) - 1 else None


def _complete_generic(pending: bytes) -> bytes | None:
    head, stx, body = pending.partition(_STX)
    if not stx:
        head, body = b"", pending
    if len(head) > EDGE + 4 and stx:
        raise FrameError(f"{len(head)} bytes before a frame")
    if body.endswith(_ETX):
        return body[:-1]
    return None if stx or pending.startswith(_SOH) else _complete_cr_joined(pending)


_COMPLETE: Final[dict[MrzFraming, Callable[[bytes], bytes | None]]] = {
    MrzFraming.CR_JOINED: _complete_cr_joined,
    MrzFraming.DESKO: _complete_desko,
    MrzFraming.RTE6701: _complete_rte6701,
    MrzFraming.GENERIC: _complete_generic,
}


def _lines(payload: bytes, framing: MrzFraming) -> tuple[str, ...]:
    """Return the lines of a payload; empty ones are left out."""
    text = payload.decode("latin-1")
    lines = [line for line in _LINE_ENDS.split(text) if line]
    if framing is MrzFraming.RTE6701:
        lines = [line.rstrip(_FILL) for line in lines]
    if framing is MrzFraming.GENERIC and len(lines) == 1:
        lines = _cut_by_length(lines[0])
    if not 1 <= len(lines) <= MOST_LINES or not all(_is_line(line) for line in lines):
        raise FrameError(f"{len(payload)} bytes that are no lines of a zone")
    return tuple(lines)


def _cut_by_length(text: str) -> list[str]:
    for width, count in ZONES.items():
        if len(text) == width * count:
            return [text[at : at + width] for at in range(0, len(text), width)]
    return [text]


def _is_line(line: str) -> bool:
    return FEWEST <= len(line) <= MOST and line.isascii() and line.isprintable()
