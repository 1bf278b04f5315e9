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

from collections.abc import Callable
from typing import Final

from drivers._serial import FramedLine, Line, open_line
from egate.ports.code_reader import CodeFrame, CodeReader
from egate.profile.settings import QrSerialSettings
from egate.wire.code_frames import Framing, Terminator

DEVICE: Final = "scanner"


class QrSerial:
    """A CodeReader; it holds no code longer than it takes to tell it."""

    def __init__(self, line: Line, framing: Framing, clock: Callable[[], float]) -> None:
        self._line = FramedLine(DEVICE, line, framing, clock)

    def read(self, timeout_s: float) -> CodeFrame | None:
        code = self._line.read(timeout_s)
        return None if code is None else CodeFrame(code.text, code.began_s, code.ended_s)

    def close(self) -> None:
        self._line.close()


def build(scanner: QrSerialSettings, clock: Callable[[], float]) -> CodeReader:
    """Open the scanner's line as the profile says; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or somebody else holds it.
    """
    framing = Framing(
        Terminator(scanner.terminator), scanner.code_id_prefix, scanner.idle_gap_ms / 1000
    )
    return QrSerial(open_line(DEVICE, scanner.line, scanner.baud), framing, clock)
