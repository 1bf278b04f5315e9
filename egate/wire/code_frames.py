"""A code scanner's byte stream, both ways: codes out of it, and for a simulated scanner into it.

    plain    [id] text [terminator]                CR, LF, CR LF, TAB, or silence when there is none
    packed   STX [id] text ETX [BCC] [terminator]  BCC = XOR of everything from STX to ETX
    reply    02 00 type length data CRC            GM65, EM3095; CRC-16/XMODEM from type to data
    reply    STX SOH 0000 @ ... ;  ETX             Newland HR and FM

Replies to commands come in the same stream, just before a code; they are dropped. The id is the
prefix the scanner was told to send, or an AIM identifier (`]Q1`), or both in this order: a text
that itself begins like an AIM identifier loses those three characters. Text is UTF-8, else
cp1258; a character that cannot be printed spoils the frame. No error ever shows content.

Source: research/mrz_qr.md section 7; Newland NLS-EM3095 user manual, page 9 (replies and their
checksums); Newland NLS-FM200 user manual, page 105 (packing); ISO/IEC 15424 (AIM identifiers).
"""

from binascii import crc_hqx
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import xor
import re
from typing import Final

from egate.wire.errors import FrameError

LIMIT: Final = 2048  # bytes of one code, id included; our permits stay under a third of it
STALLED_S: Final = 1.0  # a busy machine may hold half a frame back, nobody shows two codes so fast

GM65_TRIGGER: Final = bytes.fromhex("7E 00 08 01 00 02 01 AB CD")  # AB CD: no checksum is made
GM65_SAVE: Final = bytes.fromhex("7E 00 09 01 00 00 00 DE C8")
GM65_DONE: Final = bytes.fromhex("02 00 00 01 00 33 31")
NEWLAND_TRIGGER: Final = b"~\x010000#SCNTRG1;\x03"  # `#`: until power-off, `@` would save it
NEWLAND_DONE: Final = b"\x02\x010000#SCNTRG1\x06;\x03"

_STX: Final = b"\x02"
_ETX: Final = b"\x03"
_OVERHEAD: Final = 3  # STX, ETX and BCC; CR LF is shorter
_BETWEEN: Final = frozenset(b"\r\n\t")
_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")


class Terminator(StrEnum):
    """What the scanner was told to send after each code."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    NONE = "none"


_BYTES: Final = {
    Terminator.CR: b"\r",
    Terminator.LF: b"\n",
    Terminator.CRLF: b"\r\n",
    Terminator.TAB: b"\t",
    Terminator.NONE: b"",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One code; `began_s` is when its first byte came, `ended_s` when it was complete."""

    text: str
    began_s: float
    ended_s: float

    def __repr__(self) -> str:
        """Give the length only: the content may be personal data."""
        return f"Code({len(self.text)} characters)"

    @property
    def content(self) -> str:
        """The text, by which a code sent twice is known."""
        return self.text


@dataclass(frozen=True, slots=True)
class Framing:
    """How one scanner is set up, and so its Language (egate/wire/frames.py).

    `idle_gap_s` of silence ends a code that has no terminator.
    """

    terminator: Terminator
    code_id_prefix: str = ""
    idle_gap_s: float = 0.1

    @property
    def between(self) -> frozenset[int]:
        return _BETWEEN

    @property
    def end(self) -> bytes:
        return _BYTES[self.terminator]

    @property
    def silence_s(self) -> float:
        return STALLED_S if self.end else self.idle_gap_s

    @property
    def limit(self) -> int:
        return LIMIT

    def complete(self, pending: bytes) -> bytes | None:
        return _complete(pending, self.end)

    def cut_off(self, pending: bytes) -> bytes:
        return _cut_off(pending, self.end)

    def message(self, payload: bytes, began_s: float, ended_s: float) -> Code:
        return Code(_text(payload, self.code_id_prefix), began_s, ended_s)


Heard = Code | FrameError


def encode(text: str, framing: Framing, *, packed: bool = False) -> bytes:
    """Return the bytes a scanner sends for this code.

    Raises:
        FrameError: the text is empty, longer than LIMIT with its id, or cannot be printed.
    """
    payload = (framing.code_id_prefix + text).encode()
    if not text or not text.isprintable() or len(payload) > LIMIT:
        raise FrameError(f"{len(text)} characters in {len(payload)} bytes are no code")
    if packed:
        payload = _STX + payload + _ETX
        payload += bytes([reduce(xor, payload)])
    return payload + _BYTES[framing.terminator]


def _complete(pending: bytes, end: bytes) -> bytes | None:
    """Return the payload once the last byte made it complete: empty for a reply, None for more."""
    if len(pending) > LIMIT + _OVERHEAD:
        raise FrameError(f"no end after {len(pending)} bytes")
    if pending.startswith(b"\x02\x00"):
        return _numbered_reply(pending)
    if pending.startswith(_STX):
        return _packed(pending, end)
    return pending.removesuffix(end) if end and pending.endswith(end) else None


def _numbered_reply(pending: bytes) -> bytes | None:
    if len(pending) < 4 or len(pending) < 6 + pending[3]:
        return None
    if crc_hqx(pending[2:-2], 0).to_bytes(2, "big") != pending[-2:]:
        raise FrameError(f"a reply of {len(pending)} bytes with a wrong checksum")
    return b""


def _packed(pending: bytes, end: bytes) -> bytes | None:
    payload, etx, check = pending[1:].partition(_ETX)
    if etx and payload.startswith(b"\x01") and payload.endswith(b";"):
        return b""
    if check == end[:1] and etx and check:
        return payload  # no BCC: the terminator follows at once
    if check and check[0] != reduce(xor, pending[:-1]):
        raise FrameError(f"a frame of {len(pending)} bytes with a wrong check byte")
    if not etx and end and pending.endswith(end):
        raise FrameError(f"a frame of {len(pending)} bytes without its ETX")
    return payload if check else None


def _cut_off(pending: bytes, end: bytes) -> bytes:
    """Return the payload of what silence ended."""
    if pending.startswith(_STX) and pending.find(_ETX) == len(pending) - 1:
        if len(pending) == 2:
            raise FrameError("a frame without a code in it")
        return pending[1:-1]
    if end or pending.startswith(_STX):
        raise FrameError(f"the line fell silent after {len(pending)} bytes of a frame")
    return pending.rstrip(bytes(_BETWEEN))


def _text(payload: bytes, prefix: str) -> str:
    if len(payload) > LIMIT:
        raise FrameError(f"a code of {len(payload)} bytes, {LIMIT} are allowed")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        try:
            text = payload.decode("cp1258")
        except UnicodeDecodeError:
            raise FrameError(f"{len(payload)} bytes in no known character set") from None
    if not text.isprintable():
        raise FrameError(f"a code of {len(payload)} bytes with characters that cannot be printed")
    text = text.removeprefix(prefix)
    aim = _AIM.match(text)
    text = text[aim.end() :] if aim else text
    if not text:
        raise FrameError("a frame without a code in it")
    return text
