"""An MRZ reader: a zone in, the bursts a real reader sends out. It hears no commands.

Source: research/mrz_qr.md section 7; simulators/serial_line.py for its line and its faults.
"""

from dataclasses import dataclass, field

from egate.wire.mrz_lines import MrzFraming, encode
from simulators.serial_line import Burst, Faults


@dataclass(slots=True)
class MrzReader:
    """How the reader is set up, and its faults."""

    framing: MrzFraming
    faults: Faults = field(default_factory=Faults)

    def answer(self, text: str) -> tuple[Burst, ...]:
        """Return what the reader sends when a document with these lines is laid before it."""
        return self.faults.bursts(encode(text.splitlines(), self.framing))
