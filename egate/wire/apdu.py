"""Command and response APDUs, both directions, short and extended.

    case 1     CLA INS P1 P2
    case 2     CLA INS P1 P2 Le                  Le 00 is 256        extended: 00 Le Le, 0 is 65 536
    case 3     CLA INS P1 P2 Lc data             Lc 1..255           extended: 00 Lc Lc data
    case 4     CLA INS P1 P2 Lc data Le          both in one form    extended: 00 Lc Lc data Le Le
    response   data SW1 SW2

A command is extended when its sizes need it, and only then. 61xx and 6Cxx are a transport's.

Source: ISO/IEC 7816-4:2013, 5.1 (APDUs) and table 5 and 6 (status words).
"""

from dataclasses import dataclass
from enum import IntEnum
import struct
from typing import Final

from egate.wire.errors import FrameError

SHORT_DATA: Final = 0xFF
SHORT_LE: Final = 0x100
EXTENDED_DATA: Final = 0xFFFF
EXTENDED_LE: Final = 0x1_0000

MORE_DATA_SW1: Final = 0x61  # 61xx: xx bytes wait for GET RESPONSE (T=0)
WRONG_LE_SW1: Final = 0x6C  # 6Cxx: ask again with Le xx
_HEADER: Final = 4


class Sw(IntEnum):
    """The status words a chip document is known to answer with."""

    OK = 0x9000
    DATA_MAY_BE_CORRUPTED = 0x6281
    END_OF_FILE = 0x6282
    FILE_DEACTIVATED = 0x6283
    AUTHENTICATION_FAILED = 0x6300
    EXECUTION_ERROR = 0x6400
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    LOGICAL_CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    LAST_OF_CHAIN_EXPECTED = 0x6883
    CHAINING_NOT_SUPPORTED = 0x6884
    COMMAND_INCOMPATIBLE_WITH_FILE = 0x6981
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    AUTHENTICATION_METHOD_BLOCKED = 0x6983
    REFERENCE_DATA_NOT_USABLE = 0x6984
    CONDITIONS_OF_USE_NOT_SATISFIED = 0x6985
    COMMAND_NOT_ALLOWED = 0x6986
    SECURE_MESSAGING_OBJECTS_MISSING = 0x6987
    SECURE_MESSAGING_OBJECTS_INCORRECT = 0x6988
    INCORRECT_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    INCORRECT_P1_P2 = 0x6A86
    REFERENCED_DATA_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE_FILE = 0x6B00
    INSTRUCTION_NOT_SUPPORTED = 0x6D00
    CLASS_NOT_SUPPORTED = 0x6E00
    NO_PRECISE_DIAGNOSIS = 0x6F00


def sw_name(sw: int) -> str:
    """Return a status word as a technician reads it.

    >>> sw_name(0x6A82), sw_name(0x6C10)
    ('6a82 file_not_found', '6c10')
    """
    known = {word.value: f" {word.name.lower()}" for word in Sw}
    return f"{sw:04x}{known.get(sw, '')}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `le` is how many bytes are wanted: None, 1..256, or up to 65 536.

    256 and 65 536 mean "all there is" in the short and in the extended form.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __post_init__(self) -> None:
        if not all(0 <= byte <= 0xFF for byte in (self.cla, self.ins, self.p1, self.p2)):
            raise ValueError("CLA, INS, P1 and P2 are bytes")
        if len(self.data) > EXTENDED_DATA:
            raise ValueError(f"{len(self.data)} bytes of data, {EXTENDED_DATA} are possible")
        if self.le is not None and not 1 <= self.le <= EXTENDED_LE:
            raise ValueError(f"Le {self.le} is outside 1..{EXTENDED_LE}")

    def __repr__(self) -> str:
        """Give the header and sizes only: the data may be personal or secret."""
        header = bytes((self.cla, self.ins, self.p1, self.p2)).hex(" ")
        return f"Command({header}, {len(self.data)} bytes, le={self.le})"

    @property
    def is_extended(self) -> bool:
        """Whether its sizes need the extended form."""
        return len(self.data) > SHORT_DATA or (self.le or 0) > SHORT_LE

    def encode(self) -> bytes:
        """Return its bytes."""
        raw = bytes((self.cla, self.ins, self.p1, self.p2))
        size, marker = ("H", b"\x00") if self.is_extended else ("B", b"")
        if self.is_extended or self.data:
            raw += marker
        if self.data:
            raw += struct.pack(">" + size, len(self.data)) + self.data
        if self.le is not None:
            full = EXTENDED_LE if self.is_extended else SHORT_LE
            raw += struct.pack(">" + size, self.le % full)
        return raw


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: its data and its status word."""

    data: bytes
    sw: int

    def __repr__(self) -> str:
        """Give the size and the status word only."""
        return f"Response({len(self.data)} bytes, {sw_name(self.sw)})"

    def encode(self) -> bytes:
        """Return its bytes."""
        return self.data + self.sw.to_bytes(2)


def decode_command(raw: bytes) -> Command:
    """Return the command that is the whole of `raw`.

    Raises:
        FrameError: it is none of the seven forms.
    """
    if len(raw) < _HEADER:
        raise FrameError(f"a command of {len(raw)} bytes")
    cla, ins, p1, p2 = raw[:_HEADER]
    data, le = _body(raw[_HEADER:])
    return Command(cla, ins, p1, p2, data, le)


def decode_response(raw: bytes) -> Response:
    """Return the response that is the whole of `raw`.

    Raises:
        FrameError: it has no status word, or more data than an extended Le can ask for.
    """
    if not 2 <= len(raw) <= EXTENDED_LE + 2:
        raise FrameError(f"a response of {len(raw)} bytes")
    return Response(raw[:-2], int.from_bytes(raw[-2:]))


def _body(body: bytes) -> tuple[bytes, int | None]:
    """Return data and Le of what follows the header."""
    if not body:
        return b"", None
    if len(body) == 1:
        return b"", body[0] or SHORT_LE
    if body[0] != 0:
        return _data_and_le(body, 1, SHORT_LE)
    if len(body) == 3:
        return b"", int.from_bytes(body[1:]) or EXTENDED_LE
    return _data_and_le(body[1:], 2, EXTENDED_LE)


def _data_and_le(body: bytes, width: int, full: int) -> tuple[bytes, int | None]:
    """Return data and Le of `Lc data [Le]`, whose sizes are `width` bytes wide."""
    size = int.from_bytes(body[:width])
    data, after = body[width : width + size], body[width + size :]
    if size == 0 or len(data) != size or len(after) not in {0, width}:
        raise FrameError(f"Lc {size} before {len(body) - width} bytes")
    return data, (int.from_bytes(after) or full) if after else None
