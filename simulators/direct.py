"""A chip in the same process as who reads it: no reader, no pcscd, and the time as numbers only.

For fault corpora and benchmarks: what the line would have carried is counted, and how long it
would have taken is added up, not waited for.

Source: research/emrtd.md 5.1 (what bounds a reading) and 5.3.
"""

from dataclasses import dataclass, field
from random import Random

from egate.wire.apdu import Command, Response
from simulators.card_chip import Chip, ChipSilent
from simulators.vpcd import Radio, Traffic


class CardLeft(Exception):
    """The card left the field in the middle of the dialogue."""


@dataclass(slots=True, repr=False)
class Direct:
    """A line to a chip; call it with a command. `took_s` is the time of the radio's model."""

    chip: Chip
    radio: Radio = field(default_factory=Radio)
    traffic: Traffic = field(default_factory=Traffic)
    took_s: float = 0.0
    draw: Random = field(default_factory=lambda: Random(1))  # noqa: S311  # jitter is no secret

    def __call__(self, command: Command) -> Response:
        """Return the chip's response.

        Raises:
            ChipSilent: it says nothing.
            CardLeft: it left before the answer was complete.
        """
        if self.radio.mute:
            raise ChipSilent
        sent = command.encode()
        response = self.chip.respond(command)
        size = len(sent) + len(response.data) + 2
        self.traffic.apdus += 1
        self.traffic.sent += len(sent)
        self.traffic.received += len(response.data) + 2
        self.took_s += self.radio.takes_s(size, self.draw)
        limit = self.radio.removed_at_byte
        if limit is not None and self.traffic.size >= limit:
            raise CardLeft
        return response
