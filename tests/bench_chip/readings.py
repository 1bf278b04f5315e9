"""Readings of one document, measured: with the chip in the same thread, and through the real pcscd.

In the same thread nothing lies between reader and chip, and the time the chip took to compute is
taken off: what stays is the reader's own. Through pcscd the chip has a thread of its own, so the
reading thread's time is the reader's, with pyscard and its share of the kernel. Both begin when
the document lies on the reader and end with the last finding that needs the chip.

The keys of chip and reader come from seeds. Signatures are fresh, so a file differs by a byte or
two from one run of the benchmark to the next.

Source: research/emrtd.md 5.2 (the document) and 5.3 (the scenarios).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
import os
import time
import tracemalloc
from typing import Final

from egate.document.dialogue import run
from egate.document.pace import Mapping, Offer
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan
from egate.document.symmetric import Cipher
from egate.ports.card_reader import CardReader
from egate.profile.settings import CardReaderSettings
from egate.wire.apdu import Command, Response, decode_response
from simulators.card_chip import Chip, seeded
from simulators.data_groups import GREY_JPEG
from simulators.direct import Direct
from simulators.document_factory import USUAL_PACE, Description, Document, issue, pace
from simulators.private_pcscd import SOCKET_VARIABLE, PcscdNotPossible, PrivatePcscd
from simulators.vpcd import Radio, Slot, Traffic

PORTRAIT_BYTES: Final = 18_160  # with it the document has 20,350 bytes, as the peer's had
ANSWER_BYTES: Final = {"short": 256, "ext": 32_768}
SEEN_WITHIN_S: Final = 3.0
CHIP_SEED, READER_SEED = 1, 2


def _generic(parameter_id: int) -> tuple[Offer, ...]:
    return (pace(Mapping.GENERIC, Cipher.AES_128, parameter_id),)


# BAC, or PACE with AES-128: its mapping and group; bp256 is brainpoolP256r1
OPENINGS: Final[dict[str, tuple[Offer, ...]]] = {
    "BAC": (),
    "GM bp256": (USUAL_PACE,),
    "GM bp384": _generic(16),
    "GM bp512": _generic(17),
    "GM P-256": _generic(12),
    "IM bp256": (pace(Mapping.INTEGRATED, Cipher.AES_128, 13),),
    "CAM bp256": (pace(Mapping.CHIP_AUTHENTICATION, Cipher.AES_128, 13),),
    "GM DH-2048": _generic(2),
}


class NotMeasured(Exception):
    """This machine cannot measure it; the text says why."""


class ReadingFailed(Exception):
    """A reading did not go to its end, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """What readings with the chip in the same thread took of the reader."""

    traffic: Traffic
    cpu_ms: tuple[float, ...]
    peak_kb: float  # of what Python allocated at once, the chip's part included


@dataclass(frozen=True, slots=True)
class ThroughPcscd:
    """What readings through pcscd took; `waited_s` is one with the radio's model waited out."""

    cpu_ms: tuple[float, ...]
    wall_ms: tuple[float, ...]
    waited_s: float


def document(offers: tuple[Offer, ...]) -> Document:
    """Issue EF.COM, EF.SOD and DG1, 2, 11, 12, 14 and 15, with both ways to prove the chip."""
    portrait = GREY_JPEG + bytes(PORTRAIT_BYTES)
    return issue(Description(portrait=portrait, pace=offers, signing_key="secp256r1"))


def in_process(held: Document, answer_bytes: int, runs: int) -> InProcess:
    """Read a document again and again, the first time uncounted.

    Raises:
        ReadingFailed: it was not read to its end.
    """
    tracemalloc.start()
    _read_directly(held, answer_bytes)
    peak_kb = tracemalloc.get_traced_memory()[1] / 1024
    tracemalloc.stop()
    measured = [_read_directly(held, answer_bytes) for _ in range(runs)]
    return InProcess(measured[0][0], tuple(cpu_ms for _, cpu_ms in measured), peak_kb)


def _read_directly(held: Document, answer_bytes: int) -> tuple[Traffic, float]:
    direct = Direct(Chip(held, seeded(CHIP_SEED)))
    chip_s = 0.0

    def ask(command: Command) -> Response:
        nonlocal chip_s
        began_s = time.thread_time()
        response = direct(command)
        chip_s += time.thread_time() - began_s
        return response

    began_s = time.thread_time()
    _read(held, answer_bytes, ask)
    return direct.traffic, 1000 * (time.thread_time() - began_s - chip_s)


def _read(held: Document, answer_bytes: int, ask: Callable[[Command], Response]) -> None:
    access, plan = Access(held.key, held.can), Plan(answer_bytes=answer_bytes)
    reading = run(read_document(access, plan, seeded(READER_SEED)), ask)
    if reading.ended or not set(held.application.values()) <= set(reading.files.values()):
        raise ReadingFailed(str(reading.ended or reading.troubles))


class Desk:
    """A card reader behind the real pcscd, with a slot to put documents in."""

    def __init__(self, slot: Slot, reader: CardReader) -> None:
        self._slot = slot
        self._reader = reader

    def measure(self, held: Document, answer_bytes: int, runs: int, radio: Radio) -> ThroughPcscd:
        """Read a document again and again, then once at the radio's pace.

        Raises:
            ReadingFailed: it was not read to its end, or never seen.
        """
        self._slot.radio = Radio()
        self._slot.insert(Chip(held, seeded(CHIP_SEED)))
        if not self._reader.wait_for_card(SEEN_WITHIN_S):
            raise ReadingFailed("the card was not seen")
        measured = [self._read(held, answer_bytes) for _ in range(runs + 1)][1:]
        self._slot.radio = radio
        _, waited_ms = self._read(held, answer_bytes)
        self._slot.remove()
        self._reader.wait_for_removal(SEEN_WITHIN_S)
        cpu_ms, wall_ms = zip(*measured, strict=True)
        return ThroughPcscd(cpu_ms, wall_ms, waited_ms / 1000)

    def _read(self, held: Document, answer_bytes: int) -> tuple[float, float]:
        card = self._reader.connect()
        cpu_s, wall_s = time.thread_time(), time.monotonic()
        _read(held, answer_bytes, lambda asked: decode_response(card.transmit(asked.encode())))
        took = (1000 * (time.thread_time() - cpu_s), 1000 * (time.monotonic() - wall_s))
        card.close()
        return took


@contextmanager
def desk() -> Iterator[Desk]:
    """Start a pcscd of our own, with a reader.

    Raises:
        NotMeasured: pyscard or pcscd cannot be had here.
    """
    try:
        from drivers.card_pcsc import build

        pcscd = PrivatePcscd()
    except (ImportError, PcscdNotPossible) as why:
        raise NotMeasured(str(why)) from why
    with ExitStack() as stack:
        stack.callback(pcscd.close)
        os.environ[SOCKET_VARIABLE] = str(pcscd.socket)
        slot = Slot(partial(pcscd.plug, 0), pcscd.names[0])
        reader = build(CardReaderSettings(driver="card_pcsc", reader=slot.name), time.monotonic)
        stack.callback(reader.close)
        stack.callback(slot.remove)
        yield Desk(slot, reader)
