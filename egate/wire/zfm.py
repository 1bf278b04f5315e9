r"""The language of ZFM-20, R30x, AS608 and R503 fingerprint sensors, both ways.

    packet    EF 01   address 4   kind 1   length 2   payload   checksum 2      big endian
    length    payload and checksum together, 3 to 258
    checksum  of kind, length and payload, byte by byte, modulo 65536
    kind      01 command   02 data, more follows   07 acknowledgement   08 data, the last
    command   operation 1, parameters       acknowledgement   confirmation 1, result

An operation's parameters have one length, and so has what it gives when it is confirmed with OK;
one that says no may leave its result out. A sensor acknowledges UpChar and UpImage first and sends
data after; for DownChar and DownImage the host sends data after the acknowledgement, and hears no
more. Some models say one unframed 55 when they get power.

A packet's payload may be a template or a picture of a finger: no repr and no error shows it.

Source: research/hardware.md 2.1 (from the makers' manuals of ZFM-20, R303A, AS608 and R503); Grow,
R503 User Manual V1.2, p. 10 (codes 1B to 1D, 22 to 29, FC to FE).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
import struct
from typing import Final

from egate.wire.errors import FrameError

START: Final = b"\xef\x01"
HEADER: Final = 9  # start, address, kind and length
CHECKSUM: Final = 2
SHORTEST, LONGEST = 3, 258  # what the length may say
POWER_UP: Final = b"\x55"
BITS_A_BYTE: Final = 10  # 8N1
BAUD_STEP: Final = 9600
PACKET_BYTES: Final = (32, 64, 128, 256)  # by packet code
IMAGE_WIDTH, IMAGE_HEIGHT = 256, 288  # of most; R503: 192, 192
NO_ADDRESS: Final = 0xFFFFFFFF  # what sensors are sold with
WORD, PAIR = 4, 2


class Kind(IntEnum):
    """What a packet is."""

    COMMAND = 0x01
    DATA = 0x02
    ACK = 0x07
    LAST = 0x08


class Op(IntEnum):
    """What a sensor can be asked for, by the names of the manuals."""

    GEN_IMG = 0x01
    IMG_2_TZ = 0x02
    MATCH = 0x03
    SEARCH = 0x04
    REG_MODEL = 0x05
    STORE = 0x06
    LOAD_CHAR = 0x07
    UP_CHAR = 0x08
    DOWN_CHAR = 0x09
    UP_IMAGE = 0x0A
    DOWN_IMAGE = 0x0B
    DELETE = 0x0C
    EMPTY = 0x0D
    SET_SYS_PARA = 0x0E
    READ_SYS_PARA = 0x0F
    SET_PWD = 0x12
    VFY_PWD = 0x13
    RANDOM = 0x14
    SET_ADDR = 0x15
    WRITE_NOTEPAD = 0x18
    READ_NOTEPAD = 0x19
    FAST_SEARCH = 0x1B
    TEMPLATE_NUM = 0x1D
    READ_INDEX = 0x1F
    AURA_LED = 0x35
    HANDSHAKE = 0x40
    HANDSHAKE_R503 = 0x53


class Code(IntEnum):
    """What an acknowledgement confirms, or why not."""

    OK = 0x00
    RECEIVE_ERROR = 0x01
    NO_FINGER = 0x02
    IMAGE_FAILED = 0x03
    TOO_DRY = 0x04
    TOO_WET = 0x05
    MESSY = 0x06
    FEW_POINTS = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    CANNOT_COMBINE = 0x0A
    BAD_PAGE = 0x0B
    BAD_TEMPLATE = 0x0C
    UPLOAD_FAILED = 0x0D
    CANNOT_RECEIVE_DATA = 0x0E
    IMAGE_UPLOAD_FAILED = 0x0F
    DELETE_FAILED = 0x10
    EMPTY_FAILED = 0x11
    WRONG_PASSWORD = 0x13
    NO_VALID_IMAGE = 0x15
    FLASH_ERROR = 0x18
    UNDEFINED = 0x19
    BAD_REGISTER = 0x1A
    BAD_SETTING = 0x1B
    BAD_NOTEPAD_PAGE = 0x1C
    PORT_FAILED = 0x1D
    LIBRARY_FULL = 0x1F
    WRONG_ADDRESS = 0x20
    PASSWORD_NEEDED = 0x21
    EMPTY_TEMPLATE = 0x22
    EMPTY_LIBRARY = 0x24
    TIMED_OUT = 0x26
    ALREADY_THERE = 0x27
    SENSOR_HARDWARE = 0x29
    HANDSHAKE = 0x55  # how some models confirm a handshake
    UNSUPPORTED = 0xFC
    HARDWARE = 0xFD
    FAILED = 0xFE


@dataclass(frozen=True, slots=True)
class Shape:
    """How long an operation's parameters are, and its result."""

    parameters: int
    result: int = 0


SHAPES: Final = {
    Op.GEN_IMG: Shape(0),
    Op.IMG_2_TZ: Shape(1),
    Op.MATCH: Shape(0, 2),
    Op.SEARCH: Shape(5, 4),
    Op.REG_MODEL: Shape(0),
    Op.STORE: Shape(3),
    Op.LOAD_CHAR: Shape(3),
    Op.UP_CHAR: Shape(1),
    Op.DOWN_CHAR: Shape(1),
    Op.UP_IMAGE: Shape(0),
    Op.DOWN_IMAGE: Shape(0),
    Op.DELETE: Shape(4),
    Op.EMPTY: Shape(0),
    Op.SET_SYS_PARA: Shape(2),
    Op.READ_SYS_PARA: Shape(0, 16),
    Op.SET_PWD: Shape(4),
    Op.VFY_PWD: Shape(4),
    Op.RANDOM: Shape(0, 4),
    Op.SET_ADDR: Shape(4),
    Op.WRITE_NOTEPAD: Shape(33),
    Op.READ_NOTEPAD: Shape(1, 32),
    Op.FAST_SEARCH: Shape(5, 4),
    Op.TEMPLATE_NUM: Shape(0, 2),
    Op.READ_INDEX: Shape(1, 32),
    Op.AURA_LED: Shape(4),
    Op.HANDSHAKE: Shape(0),
    Op.HANDSHAKE_R503: Shape(0),
}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; its payload is 1 to 256 bytes."""

    address: int
    kind: Kind
    payload: bytes

    def __repr__(self) -> str:
        """Give no byte of the payload: it may be a template."""
        return f"Packet({self.address:08X}, {self.kind.name}, {len(self.payload)} bytes)"


@dataclass(frozen=True, slots=True)
class Command:
    """What a sensor is asked for; `parameters` have the length of its shape."""

    op: Op
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class Ack:
    """What a sensor says to a command; `result` is whole, or empty where it said no."""

    code: Code
    result: bytes = b""


@dataclass(frozen=True, slots=True)
class SystemParameters:
    """What READ_SYS_PARA tells.

    `status` bits: 0 busy, 1 matched, 2 password given, 3 image held.
    """

    status: int
    system: int
    capacity: int
    level: int
    address: int
    packet_bytes: int
    baud: int


def encode(packet: Packet) -> bytes:
    """Return a packet as it goes over the line."""
    length = len(packet.payload) + CHECKSUM
    assert SHORTEST <= length <= LONGEST
    summed = struct.pack(">BH", packet.kind, length) + packet.payload
    head = START + struct.pack(">I", packet.address)
    return head + summed + struct.pack(">H", sum(summed) % 65536)


def decode(data: bytes) -> tuple[Packet | None, bytes]:
    """Return the packet that begins here and the bytes behind it; None for more bytes.

    Raises:
        FrameError: no packet begins here, or its length, kind or checksum is wrong. The length is
            refused as soon as it is read.
    """
    if not START.startswith(data[: len(START)]):
        raise FrameError("no packet begins here")
    if len(data) < HEADER:
        return None, data
    address, kind, length = struct.unpack_from(">IBH", data, len(START))
    if not SHORTEST <= length <= LONGEST:
        raise FrameError(f"a length of {length}, where {SHORTEST} to {LONGEST} may stand")
    if kind not in set(Kind):
        raise FrameError(f"a packet of kind {kind:02X}")
    end = HEADER + length
    if len(data) < end:
        return None, data
    body, check = data[HEADER - 3 : end - CHECKSUM], data[end - CHECKSUM : end]
    if sum(body) % 65536 != int.from_bytes(check):
        raise FrameError("a wrong checksum")
    return Packet(address, Kind(kind), data[HEADER : end - CHECKSUM]), data[end:]


def after_noise(data: bytes) -> bytes:
    """Return what is left from where a packet begins, or could with the next byte."""
    at = data.find(START)
    if at >= 0:
        return data[at:]
    return data[-1:] if data.endswith(START[:1]) else b""


def command_payload(command: Command) -> bytes:
    """Return the payload of a command."""
    assert len(command.parameters) == SHAPES[command.op].parameters
    return bytes([command.op]) + command.parameters


def command_of(payload: bytes) -> Command:
    """Return the command that a payload is.

    Raises:
        FrameError: no such operation, or not its parameters.
    """
    if payload[0] not in set(Op):
        raise FrameError(f"an operation {payload[0]:02X}")
    op = Op(payload[0])
    if len(payload) - 1 != SHAPES[op].parameters:
        raise FrameError(f"{op.name} with {len(payload) - 1} bytes of parameters")
    return Command(op, payload[1:])


def ack_payload(ack: Ack) -> bytes:
    """Return the payload of an acknowledgement."""
    return bytes([ack.code]) + ack.result


def ack_of(op: Op, payload: bytes) -> Ack:
    """Return what a payload says to an operation.

    Raises:
        FrameError: a confirmation code that nobody knows, or a result of another length.
    """
    if payload[0] not in set(Code):
        raise FrameError(f"a confirmation code {payload[0]:02X}")
    code, result = Code(payload[0]), payload[1:]
    whole = len(result) == SHAPES[op].result
    if not whole and (code is Code.OK or result):
        raise FrameError(f"{op.name} with {len(result)} bytes of result")
    return Ack(code, result)


def in_packets(content: bytes, packet_bytes: int, address: int) -> Iterator[Packet]:
    """Cut a template or a picture into the data packets that carry it; the last says so."""
    last = max(0, len(content) - 1) // packet_bytes
    for number in range(last + 1):
        piece = content[number * packet_bytes : (number + 1) * packet_bytes]
        yield Packet(address, Kind.LAST if number == last else Kind.DATA, piece)


def parameters_result(told: SystemParameters) -> bytes:
    """Return the result of READ_SYS_PARA."""
    return struct.pack(
        ">HHHHIHH",
        told.status,
        told.system,
        told.capacity,
        told.level,
        told.address,
        PACKET_BYTES.index(told.packet_bytes),
        told.baud // BAUD_STEP,
    )


def parameters_of(result: bytes) -> SystemParameters:
    """Return what the result of READ_SYS_PARA says.

    Raises:
        FrameError: a packet code or a baud rate that no sensor has.
    """
    status, system, capacity, level, address, packet, steps = struct.unpack(">HHHHIHH", result)
    if packet >= len(PACKET_BYTES) or not 1 <= steps <= 12:
        raise FrameError(f"packet code {packet}, {steps} times {BAUD_STEP} baud")
    return SystemParameters(
        status, system, capacity, level, address, PACKET_BYTES[packet], steps * BAUD_STEP
    )


def image_bytes(width: int, height: int) -> int:
    """Return how long a picture is: two pixels of 4 bits a byte."""
    return width * height // 2


def line_s(count: int, baud: int) -> float:
    """Return how long so many bytes are on the line."""
    return count * BITS_A_BYTE / baud
