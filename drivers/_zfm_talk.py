"""Questions and answers with a fingerprint sensor, of which none is taken for another's.

A sensor's answer does not say which question it belongs to: a stale or doubled one would put every
later answer off by one, and an impostor would get another's score. So

    turn      one thread at a time; what lies on the line is thrown away when it begins
    ask       one write, one deadline; noise is passed over; address, kind, check and length hold
    in a turn whatever comes unasked is an error, also shortly after the last answer
    after an  the line must fall silent, and then a question is asked that is answered with a
    error     length of its own: answers are in order, so nothing older comes behind that

DeviceLost here may also mean silence; the line is open still, and the next turn may do better.

Source: research/hardware.md 2.3 (the faults, measured, and the rules that passed).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final, Protocol

from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.profile.settings import FingerprintLine
from egate.wire.errors import FrameError
from egate.wire.zfm import (
    HEADER,
    LONGEST,
    SHAPES,
    Ack,
    Code,
    Command,
    Kind,
    Op,
    Packet,
    ack_of,
    after_noise,
    command_payload,
    decode,
    encode,
    in_packets,
    line_s,
)

QUIET_S: Final = 0.05  # research/hardware.md 2.3: silence after an error
LINGER_S: Final = 0.02  # ten times what a second answer takes to begin at 9600 baud


class Line(Protocol):
    """What a sensor needs of a line; drivers._serial.SerialLine is one."""

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, or nothing when nothing came in time; raise DeviceLost."""

    def write(self, data: bytes) -> None:
        """Put these bytes on the line; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


class ZfmTalk:
    """The sensor of a profile on its line; `device` is the name that errors carry."""

    def __init__(
        self, device: str, line: Line, settings: FingerprintLine, clock: Callable[[], float]
    ) -> None:
        self._device = device
        self._line = line
        self._address = int(settings.address, 16)
        self._baud = settings.baud
        self._answer_s = settings.answer_timeout_ms / 1000
        self._clock = clock
        self._lock = Lock()
        self._heard = b""
        self._sent_until_s = clock()  # when the line has carried what was written
        self._in_step = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the sensor for oneself; whatever is raised inside, the next turn begins in step.

        Raises:
            DeviceLost, DeviceGarbled: it could not be brought back in step, or spoke unasked.
        """
        with self._lock:
            self._line.read(0)  # from before this turn: nobody's answer
            if not self._in_step:
                self._come_in_step()
            self._in_step = False
            yield
            self.rest(LINGER_S)
            self._in_step = True

    def ask(self, op: Op, parameters: bytes = b"") -> Ack:
        """Return what the sensor says to one command.

        Raises:
            DeviceLost: nothing, or no whole answer, came in time.
            DeviceGarbled: what came is no answer to this, or came unasked.
        """
        self.rest(0)
        deadline_s = self._say(Command(op, parameters))
        ack = self._ack(op, self._packet(op, deadline_s))
        if self._heard:
            raise self._garbled(f"{op.name}: {len(self._heard)} bytes more than the answer")
        return ack

    def send(self, content: bytes, packet_bytes: int) -> None:
        """Send a template or a picture; the sensor does not say whether it came."""
        self.rest(0)
        packets = in_packets(content, packet_bytes, self._address)
        self._write(b"".join(encode(packet) for packet in packets))

    def receive(self, op: Op, parameters: bytes, count: int) -> bytes:
        """Ask for a template or a picture, and return it: `count` bytes, no more and no fewer.

        Raises:
            DeviceLost, DeviceGarbled: as of `ask`.
            DeviceRefused: the sensor does not send it.
        """
        self.rest(0)
        deadline_s = self._say(Command(op, parameters)) + line_s(2 * count, self._baud)
        ack = self._ack(op, self._packet(op, deadline_s))
        if ack.code is not Code.OK:
            raise self.refused(op, ack.code)
        content, kind = b"", Kind.DATA
        piece_s = self._answer_s + line_s(HEADER + LONGEST, self._baud)
        while kind is Kind.DATA:
            packet = self._packet(op, min(deadline_s, self._clock() + piece_s))
            content, kind = content + packet.payload, packet.kind
            if kind not in {Kind.DATA, Kind.LAST} or len(content) > count:
                raise self._garbled(f"{op.name}: no data of {count} bytes")
        if len(content) != count or self._heard:
            raise self._garbled(f"{op.name}: {len(content)} bytes of data, not {count}")
        return content

    def rest(self, wait_s: float) -> None:
        """Let this time pass, in which the sensor has nothing to say.

        Raises:
            DeviceGarbled: it spoke.
        """
        unasked = self._line.read(wait_s)
        if unasked:
            raise self._garbled(f"{len(unasked)} bytes came unasked")

    def refused(self, op: Op, code: Code) -> DeviceRefused:
        """Return the error that a code which no finger explains is."""
        return DeviceRefused(self._device, f"{op.name}: {code.name.lower()} ({code:02X})")

    def close(self) -> None:
        """Give the line back once nobody is in a turn; repeatable, never raises."""
        with self._lock:
            self._line.close()

    def _come_in_step(self) -> None:
        """Wait for silence, then for an answer that only one question has."""
        deadline_s = self._clock() + self._answer_s
        while self._line.read(QUIET_S):
            if self._clock() > deadline_s:
                raise self._garbled("it does not fall silent")
        self._heard = b""
        deadline_s = self._say(Command(Op.READ_SYS_PARA))
        length = 1 + SHAPES[Op.READ_SYS_PARA].result
        while len(self._packet(Op.READ_SYS_PARA, deadline_s).payload) != length:
            pass  # the late answer to something else

    def _say(self, command: Command) -> float:
        """Write a command; return when its answer must be there."""
        self._heard = b""
        self._write(encode(Packet(self._address, Kind.COMMAND, command_payload(command))))
        answer = len(encode(Packet(0, Kind.ACK, bytes(1 + SHAPES[command.op].result))))
        return self._sent_until_s + self._answer_s + line_s(answer, self._baud)

    def _write(self, data: bytes) -> None:
        self._line.write(data)
        begins_s = max(self._clock(), self._sent_until_s)
        self._sent_until_s = begins_s + line_s(len(data), self._baud)

    def _packet(self, op: Op, deadline_s: float) -> Packet:
        """Return the next packet, looked for behind noise."""
        noise = 0
        while True:
            heard = after_noise(self._heard)
            noise += len(self._heard) - len(heard)
            try:
                packet, self._heard = decode(heard)
            except FrameError as error:
                raise self._garbled(f"{op.name}: {error}") from error
            if packet is not None:
                return self._own(op, packet)
            left_s = deadline_s - self._clock()
            if left_s <= 0:
                raise self._silent(op, noise)
            self._heard += self._line.read(left_s)

    def _own(self, op: Op, packet: Packet) -> Packet:
        if packet.address != self._address:
            raise self._garbled(f"{op.name}: an answer from address {packet.address:08X}")
        return packet

    def _ack(self, op: Op, packet: Packet) -> Ack:
        if packet.kind is not Kind.ACK:
            raise self._garbled(f"{op.name}: {packet.kind.name}, where ACK was due")
        try:
            return ack_of(op, packet.payload)
        except FrameError as error:
            raise self._garbled(f"{op.name}: {error}") from error

    def _silent(self, op: Op, noise: int) -> DeviceError:
        if noise:
            return self._garbled(f"{op.name}: {noise} bytes of noise and no answer")
        what = "only the beginning of an answer" if self._heard else "no answer"
        return DeviceLost(self._device, f"{op.name}: {what} within {self._answer_s:g} s")

    def _garbled(self, what: str) -> DeviceGarbled:
        return DeviceGarbled(self._device, what)
