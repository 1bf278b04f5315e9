"""A reader of cards in the same process: a CardReader over a simulated chip, in numbers of time.

What waits adds to its clock. A chip that falls silent is taken out, as whoever sees that the
session hangs will have it taken out (tests/corpus/through_pcscd.py does).

Source: egate/ports/card_reader.py.
"""

from egate.ports.card_reader import Card, CardGone
from egate.ports.errors import DeviceGarbled
from egate.wire.apdu import decode_command
from simulators.card_chip import CONTACT_T0, CONTACTLESS, Chip, ChipSilent
from simulators.direct import CardLeft, Direct
from simulators.vpcd import Radio

DEVICE = "card reader"


class DirectCard:
    """A Card over a line to a chip."""

    session = 1

    def __init__(self, line: Direct) -> None:
        self._line = line
        self._is_over = False
        self.answer_to_reset = line.chip.atr
        self.is_contactless = line.chip.atr == CONTACTLESS
        self.has_extended_length = line.chip.atr != CONTACT_T0

    def transmit(self, command: bytes) -> bytes:
        """Send one command; a card that is gone or garbled is over."""
        if self._is_over:
            raise CardGone(DEVICE, "the session is over")
        try:
            response = self._line(decode_command(command))
        except (ChipSilent, CardLeft) as error:
            self._is_over = True
            raise CardGone(DEVICE, "it left") from error
        if self._line.radio.garbled:
            self._is_over = True
            raise DeviceGarbled(DEVICE, "one byte")
        return response.encode()

    @property
    def is_there(self) -> bool:
        """Whether the card was not taken out."""
        return not self._is_over or self._line.radio.garbled

    def close(self) -> None:
        """End the session."""
        self._is_over = True


class DirectReader:
    """A CardReader with one card in it, or none."""

    def __init__(self, chip: Chip | None, radio: Radio) -> None:
        self._line = None if chip is None else Direct(chip, radio)
        self._card: DirectCard | None = None
        self._waited_s = 0.0

    def clock(self) -> float:
        """Return the seconds that were waited, for whatever it was."""
        return self._waited_s + (self._line.took_s if self._line else 0.0)

    def wait_for_card(self, timeout_s: float) -> bool:
        """Look whether the card is there."""
        is_there = self._line is not None and (self._card is None or self._card.is_there)
        return self._seen(timeout_s, is_so=is_there)

    def wait_for_removal(self, timeout_s: float) -> bool:
        """Look whether no card is there."""
        is_there = self._line is not None and (self._card is None or self._card.is_there)
        return self._seen(timeout_s, is_so=not is_there)

    def connect(self) -> Card:
        """Power the card up."""
        if self._line is None:
            raise CardGone(DEVICE, "there is no card")
        self._line.chip.reset()
        self._card = DirectCard(self._line)
        return self._card

    def close(self) -> None:
        """Give the reader back."""

    def _seen(self, timeout_s: float, *, is_so: bool) -> bool:
        self._waited_s += 0.0 if is_so else timeout_s
        return is_so
