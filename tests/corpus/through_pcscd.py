"""A case carried out through the real pcscd and the gate's own driver for card readers.

pcscd looks for cards every 0.4 s, so one card stays in a slot and gets another chip each time its
session is over and its power is off: the reader, pcscd and driver read 260 chips in a row. The few
cases in which a card leaves, comes or falls silent are carried out in the other slot, in which
cards are put in and taken out. A silent one would hold its session for ever: somebody takes it.

Source: DESIGN section 5.3; research/emrtd.md 2.3 and 6.2, rules 18 and 19.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
import threading
import time

from drivers.card_pcsc import build
from egate.ports.card_reader import CardReader
from egate.profile.settings import CardReaderSettings
from simulators.card_chip import Chip
from simulators.private_pcscd import PrivatePcscd
from simulators.vpcd import Radio, Slot
from tests.corpus.carried_out import Judged, chip_of, document_of, inspected, judged
from tests.corpus.case import Case

SEEN_WITHIN_S = 2.0  # pcscd asks every 0.4 s


class CardWithChip:
    """A card whose chip can be exchanged; it shows when the chip says nothing more."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.fell_silent = threading.Event()

    @property
    def atr(self) -> bytes:
        """What the chip says to power."""
        return self.chip.atr

    def reset(self) -> None:
        """Lose power."""
        self.chip.reset()

    def answer(self, command: bytes) -> bytes | None:
        """Answer as the chip does."""
        said = self.chip.answer(command)
        if said is None:
            self.fell_silent.set()
        return said


class TwoSlots:
    """A pcscd's two slots with a reader each: one whose card stays, one whose cards come and go."""

    def __init__(self, pcscd: PrivatePcscd) -> None:
        self._slots = tuple(Slot(partial(pcscd.plug, at), pcscd.names[at]) for at in (0, 1))
        self._readers = tuple(_opened(slot) for slot in self._slots)
        self._staying: CardWithChip | None = None

    def carry_out(self, case: Case) -> Judged:
        """Carry a case out; nothing of it is left in a slot but a card that has no power."""
        document = document_of(case)
        chip = chip_of(case, document)
        if not case.chip or case.line != Radio() or case.troubles.mute_at is not None:
            with self._put_in(case, chip) as reader:
                return judged(case, inspected(case, document, reader, time.monotonic))
        return judged(case, inspected(case, document, self._with(chip), time.monotonic))

    def close(self) -> None:
        """Empty both slots."""
        for reader in self._readers:
            reader.close()
        for slot in self._slots:
            slot.remove()

    def _with(self, chip: Chip) -> CardReader:
        """Give the card that stays this chip; return its reader."""
        slot, reader = self._slots[0], self._readers[0]
        if self._staying is None:
            self._staying = CardWithChip(chip)
            slot.insert(self._staying)
            assert reader.wait_for_card(SEEN_WITHIN_S)
        self._staying.chip = chip
        return reader

    @contextmanager
    def _put_in(self, case: Case, chip: Chip) -> Iterator[CardReader]:
        """Put a card in for as long as the case takes, if there is one; return its reader."""
        slot, reader = self._slots[1], self._readers[1]
        card = CardWithChip(chip)
        assert reader.wait_for_removal(SEEN_WITHIN_S)
        slot.radio = replace(case.line)
        try:
            with _taken_out(card.fell_silent, slot.remove):
                if case.chip:
                    slot.insert(card)
                    assert reader.wait_for_card(SEEN_WITHIN_S)
                yield reader
        finally:
            slot.remove()
            slot.radio = Radio()


def _opened(slot: Slot) -> CardReader:
    settings = CardReaderSettings(driver="card_pcsc", reader=slot.name)
    return build(settings, time.monotonic)


@contextmanager
def _taken_out(when: threading.Event, remove: Callable[[], None]) -> Iterator[None]:
    """Take the card out as soon as its chip falls silent."""
    is_over = threading.Event()

    def attend() -> None:
        when.wait()
        if not is_over.is_set():
            remove()

    attendant = threading.Thread(target=attend)
    attendant.start()
    try:
        yield
    finally:
        is_over.set()
        when.set()
        attendant.join()
