"""A QR scanner: a code in, the bursts a real scanner sends out. It hears no commands.

Source: research/mrz_qr.md section 7; simulators/serial_line.py for its line and its faults.
"""

from dataclasses import dataclass, field

from egate.wire.code_frames import Framing, encode
from simulators.serial_line import Burst, Faults


@dataclass(slots=True)
class Scanner:
    """How the scanner is set up, and its faults."""

    framing: Framing
    packed: bool = False
    faults: Faults = field(default_factory=Faults)

    def answer(self, text: str) -> tuple[Burst, ...]:
        """Return what the scanner sends when this code is held before it."""
        return self.faults.bursts(encode(text, self.framing, packed=self.packed))
