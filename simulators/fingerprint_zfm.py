"""A fingerprint sensor of the ZFM-20 kind: what it is asked goes in, what it says comes out.

Sensor is the pure part: bytes in, bursts out, with its faults as fields. It has two buffers, a
library and a notepad in flash, and forgets the buffers, the image and who gave the password when it
loses power. An upload that does not come whole leaves what was in the buffer, and it says nothing:
so do the real ones.

`live` is the few lines that a bench runs: bytes take the line's time in both directions, and the
sensor its own to look, to take points and to compare. Those three are guesses (research/hardware.md
2.2: unproven) and fields.

Source: egate/wire/zfm.py; research/hardware.md 2.2 (the knobs that are needed).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
import struct
from typing import Final

from egate.wire.errors import FrameError
from egate.wire.zfm import (
    BAUD_STEP,
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    NO_ADDRESS,
    PACKET_BYTES,
    POWER_UP,
    SHAPES,
    Ack,
    Code,
    Command,
    Kind,
    Op,
    Packet,
    SystemParameters,
    ack_payload,
    after_noise,
    command_of,
    decode,
    encode,
    image_bytes,
    in_packets,
    line_s,
    parameters_result,
)
from simulators.fingers import TOUCH_CODES, Touch, alike, captured, combined, picture
from simulators.serial_line import Burst, Cable, Faults

LEVEL_SCORES: Final = (
    10,
    20,
    40,
    60,
    80,
)  # what a match needs at level 1 to 5; ours, not a maker's
NOTEPAD_PAGES, NOTEPAD_BYTES = 16, 32
INDEX_PAGE: Final = 256  # templates that one page of the index tells of
TICK_S: Final = 0.01  # how finely a long answer is paced
HOLDS_S: Final = 0.5  # how late bytes may be that the gate did not fetch; then they are lost
BUSY, MATCHED, PASSWORD_GIVEN, IMAGE_HELD = 1, 2, 4, 8  # bits of the status


@dataclass(slots=True)
class ReplyFaults:
    """What is wrong with an answer; `only` says to which operation, None to every one."""

    line: Faults = field(default_factory=Faults)
    only: Op | None = None
    once: bool = False  # only the next such answer
    foreign: int | None = None  # the address it comes from
    replay: bytes = b""  # said at once when the question comes, before the true answer
    cut_to: int | None = None  # it dies after so many bytes
    length: int | None = None  # what its length says
    code: Code | None = None  # its code, without a result
    restarts: bool = False  # it loses power instead
    loses_upload: bool = False  # data for it is lost on the way


@dataclass(frozen=True, slots=True)
class Thinking:
    """How long the sensor itself takes, in seconds."""

    image_s: float = 0.3
    points_s: float = 0.1
    match_s: float = 0.005


@dataclass(slots=True)
class Sensor:
    """The sensor; `finger` is whose lies on it, `touch` how; `draw` is its noise."""

    draw: Random
    faults: ReplyFaults = field(default_factory=ReplyFaults)
    thinking: Thinking = field(default_factory=Thinking)
    finger: int | None = None
    touch: Touch = Touch.CLEAN
    template_bytes: int = 512
    packet_bytes: int = 128
    picture_size: tuple[int, int] = (IMAGE_WIDTH, IMAGE_HEIGHT)
    capacity: int = 1000
    address: int = NO_ADDRESS
    password: int = 0
    level: int = 3
    baud: int = 57600
    system: int = 9
    library: dict[int, bytes] = field(default_factory=dict)
    led: bytes = b""
    asked: list[Op] = field(default_factory=list)  # what it was asked, in order
    _notepad: dict[int, bytes] = field(default_factory=dict)
    _buffers: dict[int, bytes] = field(default_factory=dict)
    _image: tuple[int, Touch] | bytes | None = None
    _is_open: bool = False  # the password was given
    _matched: bool = False
    _pending: bytes = b""
    _uploading: tuple[Op, int] | None = None
    _upload: bytes = b""

    def power_up(self) -> tuple[Burst, ...]:
        """Lose power and get it again: what is not in flash is gone, and one byte is said."""
        self._buffers, self._image, self._uploading = {}, None, None
        self._pending, self._is_open, self._matched = b"", False, False
        return (Burst(0.0, POWER_UP),)

    def feed(self, data: bytes) -> tuple[Burst, ...]:
        """Take what the gate wrote; return what is said to it."""
        self._pending += data
        said: list[Burst] = []
        while self._pending:
            self._pending = after_noise(self._pending)
            try:
                packet, self._pending = decode(self._pending)
            except FrameError:
                self._pending = self._pending[1:]
                said += self._say(None, Ack(Code.RECEIVE_ERROR)) if not self._uploading else ()
                continue
            if packet is None:
                break
            if packet.address == self.address:
                said += self._take(packet)
        return tuple(said)

    def _take(self, packet: Packet) -> tuple[Burst, ...]:
        if packet.kind in {Kind.DATA, Kind.LAST}:
            self._store_data(packet)
            return ()
        if packet.kind is not Kind.COMMAND:
            return ()
        self._uploading = None
        try:
            return self._answer(command_of(packet.payload))
        except FrameError:
            return self._say(None, Ack(Code.RECEIVE_ERROR))

    def _answer(self, command: Command) -> tuple[Burst, ...]:
        op, faults = command.op, self.faults
        self.asked.append(op)
        is_faulty = faults.only in {None, op}
        if is_faulty and faults.restarts:
            self._spent()
            return self.power_up()
        if is_faulty and faults.code is not None:
            return self._say(op, Ack(faults.code))
        if not (self._is_open or self.password == 0 or op is Op.VFY_PWD):
            return self._say(op, Ack(Code.PASSWORD_NEEDED))
        ack = _ANSWERS[op](self, command.parameters)
        sends = self._sends(op, command.parameters) if ack.code is Code.OK else b""
        return self._say(op, ack, sends)

    def _say(self, op: Op | None, ack: Ack, sends: bytes = b"") -> tuple[Burst, ...]:
        """Return an answer and what is sent after it, spoilt as the faults say."""
        faults = self.faults
        is_faulty = faults.only is None or faults.only is op
        address = self.address if faults.foreign is None or not is_faulty else faults.foreign
        packets = [Packet(address, Kind.ACK, ack_payload(ack))]
        packets += in_packets(sends, self.packet_bytes, address) if sends else ()
        raw = b"".join(encode(packet) for packet in packets)
        thinks_s = {
            Op.GEN_IMG: self.thinking.image_s * (self.finger is not None),
            Op.IMG_2_TZ: self.thinking.points_s,
            Op.MATCH: self.thinking.match_s,
        }.get(op or Op.RANDOM, 0.0)
        if not is_faulty:
            return (Burst(thinks_s, raw),)
        self._spent()
        if faults.length is not None:
            raw = raw[:7] + faults.length.to_bytes(2) + raw[9:]
        bursts = faults.line.bursts(raw[: faults.cut_to])
        replay = (Burst(0.0, faults.replay),) if faults.replay else ()
        return (*replay, Burst(thinks_s, b""), *bursts)

    def _spent(self) -> None:
        if self.faults.once:
            self.faults = ReplyFaults()

    def _sends(self, op: Op, parameters: bytes) -> bytes:
        if op is Op.UP_CHAR:
            return self._buffers[parameters[0]]
        if op is not Op.UP_IMAGE:
            return b""
        return self._image if isinstance(self._image, bytes) else self._picture()

    def _picture(self) -> bytes:
        assert isinstance(self._image, tuple)
        finger, touch = self._image
        return picture(finger, self.draw, self.picture_size, touch)

    def _store_data(self, packet: Packet) -> None:
        """Take a piece of an upload; one of another length than due changes nothing."""
        if self._uploading is None:
            return
        self._upload += packet.payload
        op, buffer = self._uploading
        whole = self.template_bytes if op is Op.DOWN_CHAR else image_bytes(*self.picture_size)
        if packet.kind is Kind.DATA and len(self._upload) <= whole:
            return
        if len(self._upload) == whole and not self.faults.loses_upload:
            if op is Op.DOWN_CHAR:
                self._buffers[buffer] = self._upload
            else:
                self._image = self._upload
        self._uploading = None

    def _gen_img(self, _: bytes) -> Ack:
        self._image = None
        if self.finger is None:
            return Ack(Code.NO_FINGER)
        self._image = (self.finger, self.touch)
        return Ack(Code.OK)

    def _img_2_tz(self, parameters: bytes) -> Ack:
        if self._image is None or parameters[0] not in {1, 2}:
            return Ack(Code.NO_VALID_IMAGE)
        if isinstance(self._image, bytes):
            return Ack(Code.FEW_POINTS)  # a picture from outside is nobody's finger
        finger, touch = self._image
        if touch is Touch.CLEAN:
            self._buffers[parameters[0]] = captured(finger, self.draw, self.template_bytes)
        return Ack(TOUCH_CODES[touch])

    def _match(self, _: bytes) -> Ack:
        score = alike(self._buffers.get(1, b""), self._buffers.get(2, b""))
        self._matched = score >= LEVEL_SCORES[self.level - 1]
        if not self._matched:
            return Ack(Code.NO_MATCH, bytes(2))
        return Ack(Code.OK, score.to_bytes(2))

    def _search(self, parameters: bytes) -> Ack:
        buffer, start, count = struct.unpack(">BHH", parameters)
        live = self._buffers.get(buffer, b"")
        pages = [page for page in self.library if start <= page < start + count]
        best = max(pages, key=lambda page: alike(live, self.library[page]), default=None)
        score = 0 if best is None else alike(live, self.library[best])
        if best is None or score < LEVEL_SCORES[self.level - 1]:
            return Ack(Code.NOT_FOUND, bytes(4))
        return Ack(Code.OK, struct.pack(">HH", best, score))

    def _reg_model(self, _: bytes) -> Ack:
        one, other = self._buffers.get(1, b""), self._buffers.get(2, b"")
        if alike(one, other) < LEVEL_SCORES[self.level - 1]:
            return Ack(Code.CANNOT_COMBINE)
        self._buffers = dict.fromkeys((1, 2), combined(one, other))
        return Ack(Code.OK)

    def _store(self, parameters: bytes) -> Ack:
        buffer, page = struct.unpack(">BH", parameters)
        if page >= self.capacity:
            return Ack(Code.BAD_PAGE)
        if buffer not in self._buffers:
            return Ack(Code.BAD_TEMPLATE)
        self.library[page] = self._buffers[buffer]
        return Ack(Code.OK)

    def _load_char(self, parameters: bytes) -> Ack:
        buffer, page = struct.unpack(">BH", parameters)
        if page >= self.capacity:
            return Ack(Code.BAD_PAGE)
        if page not in self.library:
            return Ack(Code.BAD_TEMPLATE)
        self._buffers[buffer] = self.library[page]
        return Ack(Code.OK)

    def _up_char(self, parameters: bytes) -> Ack:
        return Ack(Code.OK if parameters[0] in self._buffers else Code.UPLOAD_FAILED)

    def _down_char(self, parameters: bytes) -> Ack:
        if parameters[0] not in {1, 2}:
            return Ack(Code.CANNOT_RECEIVE_DATA)
        self._uploading, self._upload = (Op.DOWN_CHAR, parameters[0]), b""
        return Ack(Code.OK)

    def _up_image(self, _: bytes) -> Ack:
        return Ack(Code.IMAGE_UPLOAD_FAILED if self._image is None else Code.OK)

    def _down_image(self, _: bytes) -> Ack:
        self._uploading, self._upload = (Op.DOWN_IMAGE, 0), b""
        return Ack(Code.OK)

    def _delete(self, parameters: bytes) -> Ack:
        start, count = struct.unpack(">HH", parameters)
        if start + count > self.capacity:
            return Ack(Code.DELETE_FAILED)
        for page in range(start, start + count):
            self.library.pop(page, None)
        return Ack(Code.OK)

    def _empty(self, _: bytes) -> Ack:
        self.library.clear()
        return Ack(Code.OK)

    def _set_sys_para(self, parameters: bytes) -> Ack:
        number, value = parameters
        if number == 4 and 1 <= value <= 12:
            self.baud = value * BAUD_STEP
        elif number == 5 and 1 <= value <= len(LEVEL_SCORES):
            self.level = value
        elif number == 6 and value < len(PACKET_BYTES):
            self.packet_bytes = PACKET_BYTES[value]
        else:
            return Ack(Code.BAD_REGISTER)
        return Ack(Code.OK)

    def _read_sys_para(self, _: bytes) -> Ack:
        flags = (self._matched, self._is_open, self._image is not None)
        bits = zip(flags, (MATCHED, PASSWORD_GIVEN, IMAGE_HELD), strict=True)
        status = sum(bit for flag, bit in bits if flag)
        told = SystemParameters(
            status,
            self.system,
            self.capacity,
            self.level,
            self.address,
            self.packet_bytes,
            self.baud,
        )
        return Ack(Code.OK, parameters_result(told))

    def _set_pwd(self, parameters: bytes) -> Ack:
        self.password = int.from_bytes(parameters)
        return Ack(Code.OK)

    def _vfy_pwd(self, parameters: bytes) -> Ack:
        self._is_open = int.from_bytes(parameters) == self.password
        return Ack(Code.OK if self._is_open else Code.WRONG_PASSWORD)

    def _random(self, _: bytes) -> Ack:
        return Ack(Code.OK, self.draw.randbytes(4))

    def _set_addr(self, parameters: bytes) -> Ack:
        self.address = int.from_bytes(parameters)  # the answer comes from it already
        return Ack(Code.OK)

    def _write_notepad(self, parameters: bytes) -> Ack:
        if parameters[0] >= NOTEPAD_PAGES:
            return Ack(Code.BAD_NOTEPAD_PAGE)
        self._notepad[parameters[0]] = parameters[1:]
        return Ack(Code.OK)

    def _read_notepad(self, parameters: bytes) -> Ack:
        if parameters[0] >= NOTEPAD_PAGES:
            return Ack(Code.BAD_NOTEPAD_PAGE)
        return Ack(Code.OK, self._notepad.get(parameters[0], bytes(NOTEPAD_BYTES)))

    def _template_num(self, _: bytes) -> Ack:
        return Ack(Code.OK, len(self.library).to_bytes(2))

    def _read_index(self, parameters: bytes) -> Ack:
        first = parameters[0] * INDEX_PAGE
        if first >= self.capacity:
            return Ack(Code.BAD_PAGE)
        bits = sum(1 << page - first for page in self.library if 0 <= page - first < INDEX_PAGE)
        return Ack(Code.OK, bits.to_bytes(SHAPES[Op.READ_INDEX].result, "little"))

    def _aura_led(self, parameters: bytes) -> Ack:
        self.led = parameters
        return Ack(Code.OK)

    def _handshake(self, _: bytes) -> Ack:
        return Ack(Code.OK)

    def _handshake_r503(self, _: bytes) -> Ack:
        return Ack(Code.HANDSHAKE)


# ruff: noqa: SLF001  # the table of a class's own methods stands behind it
_ANSWERS: Final[dict[Op, Callable[[Sensor, bytes], Ack]]] = {
    Op.GEN_IMG: Sensor._gen_img,
    Op.IMG_2_TZ: Sensor._img_2_tz,
    Op.MATCH: Sensor._match,
    Op.SEARCH: Sensor._search,
    Op.REG_MODEL: Sensor._reg_model,
    Op.STORE: Sensor._store,
    Op.LOAD_CHAR: Sensor._load_char,
    Op.UP_CHAR: Sensor._up_char,
    Op.DOWN_CHAR: Sensor._down_char,
    Op.UP_IMAGE: Sensor._up_image,
    Op.DOWN_IMAGE: Sensor._down_image,
    Op.DELETE: Sensor._delete,
    Op.EMPTY: Sensor._empty,
    Op.SET_SYS_PARA: Sensor._set_sys_para,
    Op.READ_SYS_PARA: Sensor._read_sys_para,
    Op.SET_PWD: Sensor._set_pwd,
    Op.VFY_PWD: Sensor._vfy_pwd,
    Op.RANDOM: Sensor._random,
    Op.SET_ADDR: Sensor._set_addr,
    Op.WRITE_NOTEPAD: Sensor._write_notepad,
    Op.READ_NOTEPAD: Sensor._read_notepad,
    Op.FAST_SEARCH: Sensor._search,
    Op.TEMPLATE_NUM: Sensor._template_num,
    Op.READ_INDEX: Sensor._read_index,
    Op.AURA_LED: Sensor._aura_led,
    Op.HANDSHAKE: Sensor._handshake,
    Op.HANDSHAKE_R503: Sensor._handshake_r503,
}


async def live(sensor: Sensor, line: Cable, baud: int) -> None:
    """Be a sensor on this line until cancelled; `baud` is the line's, whatever the sensor says."""
    now = asyncio.get_running_loop().time
    came_s = 0.0  # when the line has carried what the gate wrote
    while True:
        data = await line.heard()
        came_s = max(now(), came_s) + line_s(len(data), baud)
        await asyncio.sleep(came_s - now())
        faults = sensor.faults
        for burst in sensor.feed(data):
            await asyncio.sleep(burst.after_s)
            await _sent(line, burst.data, baud)
        if (gone_s := faults.line.drops_line_s) and faults.only in {None, *sensor.asked[-1:]}:
            line.unplug()
            sensor.power_up()
            await asyncio.sleep(gone_s)
            line.replug()


async def _sent(line: Cable, data: bytes, baud: int) -> None:
    """Put bytes on the line no faster than it carries them."""
    now = asyncio.get_running_loop().time
    piece, due_s = max(12, int(TICK_S / line_s(1, baud))), now()
    for at in range(0, len(data), piece):
        due_s += line_s(len(data[at : at + piece]), baud)
        await asyncio.sleep(due_s - now())
        left = data[at : at + piece]
        while (left := left[line.send(left) :]) and now() < due_s + HOLDS_S:
            await asyncio.sleep(TICK_S)
