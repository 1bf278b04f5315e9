"""A serial line that one process owns: opened exclusively, read in pieces, lost in one way.

8 data bits, no parity, 1 stop bit, no handshake; the path may be a symlink, as udev's
/dev/serial/by-id are. What had arrived before the line was opened is thrown away. A line that
was lost stays lost, also when the device is back: close it, open a new one. One thread uses it.

FramedLine is such a line under a device that speaks by itself: it cuts frames, and tells a
frame that is sent again while a thing is held before the device only once.

Exclusive means flock: a second opening through this file fails in any process, but a program
that does not ask for a lock still gets in.

Source: pyserial 3.5 serialposix.py; research/hardware.md 1.1 (measured).
"""

from collections import deque
from collections.abc import Callable
import contextlib
from hashlib import sha256
import math
import termios
from typing import Final, Generic, Protocol, TypeVar

import serial

from egate.ports.errors import DeviceGarbled, DeviceLost
from egate.wire.errors import FrameError
from egate.wire.frames import Language, Splitter

PIECE: Final = 4096  # the kernel's own buffer of a terminal line
WRITE_TIMEOUT_S: Final = 0.5  # pyserial's default waits for ever on a stuck line

ONE_THING_S: Final = 2.0  # research/mrz_qr.md section 7: two equal frames inside 2 s are one

# tcflush and tcsetattr raise termios.error, which is no OSError; SerialException is one.
_LOST: Final = (OSError, termios.error)


class SerialLine:
    """An open line; `device` is the name its errors carry."""

    def __init__(self, device: str, port: serial.Serial) -> None:
        self._device = device
        self._port = port

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, at most PIECE bytes, waiting for the first byte only.

        Raises:
            DeviceLost: the line is gone or closed.
        """
        try:
            self._port.timeout = timeout_s
            first = self._port.read(1)
            more = min(self._port.in_waiting, PIECE - 1) if first else 0
            return first + self._port.read(more) if more else first
        except _LOST as error:
            raise DeviceLost(self._device, f"the line was lost: {error}") from error

    def write(self, data: bytes) -> None:
        """Put these bytes on the line; they have left this program when it returns.

        Raises:
            DeviceLost: the line is gone or closed, or took them not within WRITE_TIMEOUT_S.
        """
        try:
            self._port.write(data)
        except _LOST as error:
            raise DeviceLost(self._device, f"the line was lost: {error}") from error

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
        with contextlib.suppress(*_LOST):
            self._port.close()


def open_line(device: str, path: str, baud: int) -> SerialLine:
    """Open the line at `path` for this process alone.

    Raises:
        DeviceLost: there is no such line, it is no serial line, or somebody else holds it.
    """
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
    except _LOST as error:
        raise DeviceLost(device, f"cannot open its line: {error}") from error
    return SerialLine(device, port)


class Line(Protocol):
    """What FramedLine needs of a line; SerialLine is one."""

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, or nothing when nothing came in time; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


class Message(Protocol):
    """What FramedLine needs of a message."""

    @property
    def began_s(self) -> float:
        """When its first byte came."""

    @property
    def ended_s(self) -> float:
        """When it was complete."""

    @property
    def content(self) -> str:
        """What two equal messages have in common."""


M = TypeVar("M", bound=Message)


class FramedLine(Generic[M]):
    """The messages of one line, in order; it holds none longer than it takes to tell it."""

    def __init__(
        self, device: str, line: Line, language: Language[M], clock: Callable[[], float]
    ) -> None:
        self._device = device
        self._line = line
        self._clock = clock
        self._splitter = Splitter(language)
        self._heard: deque[M | FrameError] = deque()
        self._told_digest = b""
        self._told_at_s = -math.inf

    def read(self, timeout_s: float) -> M | None:
        """Return the next message that was not just told, None when none came in time.

        Raises:
            DeviceLost: the line is gone or closed.
            DeviceGarbled: what came is no message; the next read starts clean.
        """
        deadline_s = self._clock() + timeout_s
        wait_s = 0.0
        while (message := self._next()) is None and wait_s >= 0:
            self._listen(wait_s)
            wait_s = deadline_s - self._clock()
        return message

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
        self._line.close()

    def _listen(self, wait_s: float) -> None:
        silence_s = self._splitter.silence_s
        data = self._line.read(wait_s if silence_s is None else min(wait_s, silence_s))
        self._heard.extend(self._splitter.feed(data, self._clock()))

    def _next(self) -> M | None:
        while self._heard:
            heard = self._heard.popleft()
            if isinstance(heard, FrameError):
                raise DeviceGarbled(self._device, str(heard))
            if not self._was_just_told(heard):
                return heard
        return None

    def _was_just_told(self, message: M) -> bool:
        digest = sha256(message.content.encode()).digest()
        if digest == self._told_digest and message.began_s - self._told_at_s < ONE_THING_S:
            return True
        self._told_digest, self._told_at_s = digest, message.ended_s
        return False
