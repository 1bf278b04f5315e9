"""A QR scanner on a serial line, set to read by itself whatever is held before it.

The scanner never says that it is there: a mute one and one that sees no code are the same on
this line, so its silence proves nothing. It sends a code again as long as it is held; equal codes
are told once in 2 s. It sends no checksum unless it is set to pack its data, so a bit may have
flipped: what was read proves nothing before its signature is verified. This driver does not know
what a permit is.

Read without pause: bytes wait in the kernel with no note of when they came, so a reader that
stays away longer than a frame's silence sees its code cut in two, or two as one.

Source: research/mrz_qr.md section 7; egate/wire/code_frames.py for the framings.
"""

from collections import deque
from collections.abc import Callable
from hashlib import sha256
import math
from typing import Final, Protocol

from drivers._serial import open_line
from egate.ports.code_reader import CodeFrame, CodeReader
from egate.ports.errors import DeviceGarbled
from egate.profile.settings import Scanner
from egate.wire.code_frames import Code, Framing, Heard, Splitter, Terminator
from egate.wire.errors import FrameError

DEVICE: Final = "scanner"
ONE_CODE_S: Final = 2.0  # research/mrz_qr.md section 7: two equal frames inside 2 s are one


class Line(Protocol):
    """What this driver needs of a line; drivers._serial.SerialLine is one."""

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, or nothing when nothing came in time; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


class QrSerial:
    """A CodeReader; it holds no code longer than it takes to tell it."""

    def __init__(self, line: Line, framing: Framing, clock: Callable[[], float]) -> None:
        self._line = line
        self._clock = clock
        self._splitter = Splitter(framing)
        self._heard: deque[Heard] = deque()
        self._told_digest = b""
        self._told_at_s = -math.inf

    def read(self, timeout_s: float) -> CodeFrame | None:
        deadline_s = self._clock() + timeout_s
        wait_s = 0.0
        while (frame := self._next()) is None and wait_s >= 0:
            self._listen(wait_s)
            wait_s = deadline_s - self._clock()
        return frame

    def close(self) -> None:
        self._line.close()

    def _listen(self, wait_s: float) -> None:
        silence_s = self._splitter.silence_s
        data = self._line.read(wait_s if silence_s is None else min(wait_s, silence_s))
        self._heard.extend(self._splitter.feed(data, self._clock()))

    def _next(self) -> CodeFrame | None:
        while self._heard:
            heard = self._heard.popleft()
            if isinstance(heard, FrameError):
                raise DeviceGarbled(DEVICE, str(heard))
            if not self._was_just_told(heard):
                return CodeFrame(heard.text, heard.began_s, heard.ended_s)
        return None

    def _was_just_told(self, code: Code) -> bool:
        digest = sha256(code.text.encode()).digest()
        if digest == self._told_digest and code.began_s - self._told_at_s < ONE_CODE_S:
            return True
        self._told_digest, self._told_at_s = digest, code.ended_s
        return False


def build(scanner: Scanner, clock: Callable[[], float]) -> CodeReader:
    """Open the scanner's line as the profile says; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or somebody else holds it.
    """
    framing = Framing(
        Terminator(scanner.terminator), scanner.code_id_prefix, scanner.idle_gap_ms / 1000
    )
    return QrSerial(open_line(DEVICE, scanner.line, scanner.baud), framing, clock)
