"""An MRZ reader on a serial line, which reads by itself what is laid or swiped before it.

It is the reader that recognises characters; this driver repairs none, and does not know what a
zone is. Most of these readers send no checksum: a bit may have flipped, and only the zone's check
digits and the chip tell. A mute reader and one that sees no document are the same on this line.

Read without pause, as drivers/qr_serial.py says: silence ends most frames.

Source: research/mrz_qr.md section 7; egate/wire/mrz_lines.py for the framings.
"""

from collections.abc import Callable
from typing import Final

from drivers._serial import FramedLine, Line, open_line
from egate.ports.mrz_reader import MrzFrame, MrzReader
from egate.profile.settings import MrzSerialSettings
from egate.wire.mrz_lines import MrzFraming, MrzLanguage

DEVICE: Final = "mrz_reader"


class MrzSerial:
    """An MrzReader; it holds no zone longer than it takes to tell it."""

    def __init__(self, line: Line, language: MrzLanguage, clock: Callable[[], float]) -> None:
        self._line = FramedLine(DEVICE, line, language, clock)

    def read(self, timeout_s: float) -> MrzFrame | None:
        zone = self._line.read(timeout_s)
        return None if zone is None else MrzFrame(zone.lines, zone.began_s, zone.ended_s)

    def close(self) -> None:
        self._line.close()


def build(settings: MrzSerialSettings, clock: Callable[[], float]) -> MrzReader:
    """Open the reader's line as the profile says; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or somebody else holds it.
    """
    language = MrzLanguage(MrzFraming(settings.framing), settings.idle_gap_ms / 1000)
    return MrzSerial(open_line(DEVICE, settings.line, settings.baud), language, clock)
