"""The bench's document reader: a page reader, and chip slots under a pcscd.

    lay_down     the chip comes into its slot while the lines of the page leave on the serial line,
                 or a hand brings the page before the camera
    take_up      the slots are empty; pcscd sees that within 0.4 s

A chip without contacts lies in the field of the first slot, a card with contacts is put into the
second. Slots and pcscd block for up to half a second, so one thread of their own does it all, in
the order in which it was asked for; nothing here decides when something is laid down.

Source: research/emrtd.md 2.2 and 2.3 (vpcd), 5.3 (the radio); ISO/IEC 7816-3, 8.1 (F 372, D 12).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from egate.wire.mrz_lines import MrzFraming
from simulators.card_chip import CONTACTLESS, Chip
from simulators.mrz_serial import MrzReader
from simulators.page_camera import PageCamera
from simulators.private_pcscd import PrivatePcscd
from simulators.serial_line import PtyLine
from simulators.vpcd import Radio, Slot

READER: Final = "Bench document reader"  # what the profiles of a bench with documents look for
FRAMING: Final = MrzFraming.GENERIC
BAUD: Final = 115200
APDU_MS: Final = 10.0
FIELD_KBIT_S: Final = 424.0
CONTACTS_KBIT_S: Final = 115.2  # 3.57 MHz, after PPS
PULLED_AT_BYTE: Final = 6_000  # in the middle of a portrait
FAULTS: Final = frozenset(
    {
        "mrz_reader_unplugged",
        "mrz_reader_garbled",
        "card_reader_gone",
        "card_pulled",
        "card_mute",
    }
)
CAMERA_FAULTS: Final = {"mrz_reader_unplugged": "drops_line", "mrz_reader_garbled": "garbled"}


@dataclass(frozen=True, slots=True, repr=False)
class Carried:
    """A document in somebody's hand: the lines of its page, and its chip where it has one.

    `leaves_at_byte`: whoever carries it pulls it off after so many bytes of APDUs.
    """

    page: tuple[str, ...]
    chip: Chip | None
    leaves_at_byte: int | None = None


class DocumentReader:
    """The far ends of the lines; plugged in once made. `line` is the serial page reader's.

    With a `camera` over the window nothing comes on the serial line.
    """

    def __init__(self, folder: Path, camera: PageCamera | None = None) -> None:
        """Start pcscd and open the line `mrz` in a folder; takes up to half a second.

        Raises:
            PcscdNotPossible: this machine cannot run a pcscd of ours.
        """
        self._pcscd = PrivatePcscd(READER)
        self._pages = MrzReader(FRAMING)
        self._camera = camera
        self.line = PtyLine(self._pages, folder / "mrz", BAUD)
        self.slots = tuple(
            Slot(partial(self._pcscd.plug, number), name)
            for number, name in enumerate(self._pcscd.names)
        )
        for slot, radio in zip(self.slots, self.sound_radios(), strict=True):
            slot.radio = radio
        self.pulled_at: int | None = None  # after so many bytes; None: it stays
        self.is_without_service = False
        self._hand = ThreadPoolExecutor(1, "documents")

    @staticmethod
    def sound_radios() -> tuple[Radio, Radio]:
        """Return how cards are reached while nothing is wrong: in the field, and in the slot."""
        return Radio(APDU_MS, FIELD_KBIT_S), Radio(APDU_MS, CONTACTS_KBIT_S)

    @property
    def socket(self) -> Path:
        """Where pcscd listens."""
        return self._pcscd.socket

    async def lay_down(self, document: Carried) -> None:
        """Lay a document down; return when its lines have left and its chip is in its slot."""
        laid = self._by_hand(partial(self._put_in, document))
        if self._camera is not None:
            await self._camera.lay_down(document.page)
        else:
            await self.line.show("\n".join(document.page))
        await laid

    async def take_up(self) -> None:
        """Take up whatever lies there; repeatable."""
        if self._camera is not None:
            await self._camera.take_up()
        await self._by_hand(self._take_out)

    async def set_fault(self, fault: str, *, on: bool) -> None:
        """Break something by name, or mend it (FAULTS)."""
        match fault:
            case "mrz_reader_unplugged" | "mrz_reader_garbled":
                self._break_page_reader(fault, on=on)
            case "card_reader_gone":
                await self._by_hand(self._end_service if on else self._begin_service)
            case "card_pulled":
                self.pull_at(PULLED_AT_BYTE if on else None)
            case "card_mute":
                for slot in self.slots:
                    slot.radio.mute = on
            case _:
                raise ValueError(f"there is no fault {fault!r}")

    def pull_at(self, byte: int | None) -> None:
        """Let whatever card comes leave after so many bytes of APDUs; None: it stays."""
        self.pulled_at = byte
        for slot in self.slots:
            slot.radio.removed_at_byte = byte

    def _break_page_reader(self, fault: str, *, on: bool) -> None:
        if self._camera is not None:
            setattr(self._camera, CAMERA_FAULTS[fault], on)
        elif fault == "mrz_reader_garbled":
            self._pages.faults.garbled = on
        else:
            (self.line.unplug if on else self.line.replug)()

    async def close(self) -> None:
        """End what was started; repeatable."""
        self.line.unplug()
        await asyncio.to_thread(self._end)

    def _by_hand(self, work: Callable[[], None]) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(self._hand, work)

    def _end_service(self) -> None:
        if not self.is_without_service:
            self._pcscd.kill()
            self.is_without_service = True

    def _begin_service(self) -> None:
        if self.is_without_service:
            self._pcscd.start()
            self.is_without_service = False

    def _put_in(self, document: Carried) -> None:
        self._take_out()
        chip = document.chip
        if chip is None:
            return
        slot = self.slots[0 if chip.atr == CONTACTLESS else 1]
        slot.radio.removed_at_byte = document.leaves_at_byte or self.pulled_at
        slot.insert(chip)

    def _take_out(self) -> None:
        for slot in self.slots:
            slot.remove()

    def _end(self) -> None:
        self._hand.shutdown(cancel_futures=True)
        self._take_out()
        self._pcscd.close()
