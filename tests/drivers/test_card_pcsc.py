"""The card reader's driver keeps the CardReader promises through the real pcscd.

FAULTS is the fault table of DESIGN section 4: what is wrong, what transmit says then and within
which time; after each of them a clean card is read. A card that says nothing has no time limit at
any layer: whoever waits for it is killed from outside, and the reader serves the next card.

Source: research/emrtd.md 2.3 and 6.2 (rules 18 and 19); research/hardware.md 1.3.
"""

from collections.abc import Callable, Iterator
import contextlib
from functools import partial
from secrets import token_bytes
import subprocess
import sys
import threading
import time

import pytest

from egate.document.dialogue import run
from egate.document.reading import DocumentReading, read_document
from egate.document.reading_result import Access, Plan, Reading
from egate.domain.check import Check
from egate.ports.card_reader import Card, CardGone, CardReader
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.profile.settings import CardReaderSettings
from egate.wire.apdu import Command, Response, decode_command, decode_response
from simulators.card_chip import CONTACT_T0, CONTACT_T1, CONTACTLESS, Chip
from simulators.card_files import Manner
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import Description, issue, traveller
from simulators.private_pcscd import PrivatePcscd
from simulators.terminal_pki import Verifiers, usual_terminal
from simulators.vpcd import Card as VirtualCard
from simulators.vpcd import Radio, Slot
from tests.simulators.inspected import told_of

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
from drivers.card_pcsc import PcscReader, _whole_answer, build  # only where it is

pytestmark = pytest.mark.bench

READ = Command(0x00, 0xB0, 0x00, 0x00, le=256).encode()
POLLED_S = 0.5  # pcscd asks every 0.4 s
SEEN_WITHIN_S = 2.0


class Echo:
    """A card that answers with its own mark, as many times as Le asks."""

    def __init__(self, mark: int = 0x41, atr: bytes = CONTACTLESS) -> None:
        self.atr = atr
        self.mark = mark
        self.heard: list[bytes] = []

    def reset(self) -> None: ...

    def answer(self, command: bytes) -> bytes | None:
        self.heard.append(command)
        return bytes([self.mark]) * (decode_command(command).le or 0) + b"\x90\x00"


class Drip(Echo):
    """A T=0 card: what it has waits for GET RESPONSE, and a wrong Le is told the right one."""

    def __init__(self, waiting: int, endless: bool = False) -> None:
        super().__init__(atr=CONTACT_T0)
        self.waiting = waiting
        self.endless = endless

    def answer(self, command: bytes) -> bytes | None:
        self.heard.append(command)
        asked = decode_command(command)
        if asked.ins != 0xC0 or self.endless:
            return b"\x61" + bytes([min(self.waiting, 256) % 256])
        given = min(self.waiting, 256)
        if asked.le != given:
            return b"\x6c" + bytes([given % 256])
        self.waiting -= given
        left = bytes([min(self.waiting, 256) % 256])
        return bytes([self.mark]) * given + (b"\x61" + left if self.waiting else b"\x90\x00")


@pytest.fixture
def reader(slot: Slot) -> Iterator[CardReader]:
    reader = opened(slot.name)
    assert reader.wait_for_removal(SEEN_WITHIN_S)
    yield reader
    reader.close()


def opened(pattern: str) -> CardReader:
    return build(CardReaderSettings(driver="card_pcsc", reader=pattern), time.monotonic)


def inserted(slot: Slot, reader: CardReader, card: VirtualCard | None = None) -> Card:
    """Put a card in and connect to it."""
    slot.insert(card or Echo())
    assert reader.wait_for_card(SEEN_WITHIN_S)
    return reader.connect()


def connected_at_last(reader: CardReader) -> Card:
    """Connect as a host does: a card that is gone while pcscd looks again is waited for anew."""
    deadline_s = time.monotonic() + 2 * SEEN_WITHIN_S
    while time.monotonic() < deadline_s:
        assert reader.wait_for_card(SEEN_WITHIN_S)
        with contextlib.suppress(CardGone):
            return reader.connect()
    raise AssertionError("the card never came back")


def said(ask: Callable[[], object]) -> object:
    """What it returns, or the type of its error."""
    try:
        return ask()
    except DeviceError as error:
        return type(error)


def test_it_is_a_card_reader(reader: CardReader) -> None:
    assert isinstance(reader, PcscReader)


def test_a_card_is_seen_read_and_seen_to_leave(slot: Slot, reader: CardReader) -> None:
    assert not reader.wait_for_card(0.0)
    card = inserted(slot, reader)
    assert (card.answer_to_reset, card.is_contactless) == (CONTACTLESS, True)
    assert card.has_extended_length
    assert card.transmit(READ) == b"A" * 256 + b"\x90\x00"
    assert not reader.wait_for_removal(0.0)
    slot.remove()
    assert reader.wait_for_removal(SEEN_WITHIN_S)
    assert not reader.wait_for_card(0.0)


def test_a_wait_takes_no_longer_than_asked_and_no_longer_than_it_must(
    slot: Slot, reader: CardReader
) -> None:
    began_s = time.monotonic()
    assert not reader.wait_for_card(0.3)
    assert 0.29 <= time.monotonic() - began_s < 0.8
    later = threading.Timer(0.2, slot.insert, [Echo()])
    later.start()
    assert reader.wait_for_card(10.0)
    assert time.monotonic() - began_s < 3.0
    later.join()


def test_an_extended_apdu_goes_both_ways_whole(slot: Slot, reader: CardReader) -> None:
    echo = Echo()
    card = inserted(slot, reader, echo)
    command = Command(0x00, 0xB0, 0x00, 0x00, bytes(40_000), 60_000)
    assert card.transmit(command.encode()) == b"A" * 60_000 + b"\x90\x00"
    assert echo.heard == [command.encode()]


def test_a_contact_card_is_read_whole_by_get_response_with_the_le_it_wants(
    slot: Slot, reader: CardReader
) -> None:
    drip = Drip(600)
    card = inserted(slot, reader, drip)
    assert (card.is_contactless, card.has_extended_length) == (False, False)
    assert card.transmit(READ) == b"A" * 600 + b"\x90\x00"
    assert [command.hex() for command in drip.heard] == ["00b0000000"] + ["00c0000000"] * 2 + [
        "00c0000058"
    ]


def test_over_t0_a_command_with_data_goes_without_le_and_an_extended_one_not_at_all(
    slot: Slot, reader: CardReader
) -> None:
    echo = Echo(atr=CONTACT_T0)
    card = inserted(slot, reader, echo)
    card.transmit(Command(0x00, 0xA4, 0x04, 0x0C, b"\xa0\x00", 256).encode())
    assert echo.heard == [bytes.fromhex("00A4040C02A000")]
    with pytest.raises(DeviceRefused, match="no extended"):
        card.transmit(Command(0x00, 0xB0, 0x00, 0x00, le=1000).encode())
    assert card.transmit(READ)[-2:] == b"\x90\x00"


def test_what_is_no_command_is_refused_and_the_session_goes_on(
    slot: Slot, reader: CardReader
) -> None:
    card = inserted(slot, reader)
    with pytest.raises(DeviceRefused):
        card.transmit(b"\x00\xb0")
    assert card.transmit(READ)[-2:] == b"\x90\x00"


CARDS_AT_FAULT = [
    ("garbled", Radio(garbled=True), Echo(), DeviceGarbled, 0.5),
    ("leaves while it answers", Radio(removed_at_byte=100), Echo(), CardGone, 0.5),
    ("leaves after an answer", Radio(removed_at_byte=300), Echo(), CardGone, 0.5),
    ("promises more for ever", Radio(), Drip(256, endless=True), DeviceGarbled, 2.0),
]
GOOD_CARDS = [
    ("slow", Radio(slow_s=0.2), Echo(), 1.0),
    ("a weak field", Radio(apdu_ms=5.0, kbit_s=106.0, jitter_ms=5.0), Echo(), 1.0),
]


@pytest.mark.parametrize("row", CARDS_AT_FAULT, ids=[row[0] for row in CARDS_AT_FAULT])
def test_every_fault_is_told_in_time_and_a_clean_card_is_read_after_it(
    slot: Slot, reader: CardReader, row: tuple[str, Radio, Echo, type, float]
) -> None:
    _, slot.radio, card, expected, within_s = row
    faulty = inserted(slot, reader, card)
    began_s = time.monotonic()
    told = [said(partial(faulty.transmit, READ)) for _ in range(2)]
    assert expected in told
    assert time.monotonic() - began_s < within_s
    assert said(partial(faulty.transmit, READ)) is CardGone
    slot.radio = Radio()
    assert inserted_after(slot, reader).transmit(READ) == b"B" * 256 + b"\x90\x00"


def inserted_after(slot: Slot, reader: CardReader, card: VirtualCard | None = None) -> Card:
    """Put the next card in, once pcscd has seen the slot empty.

    Put in sooner, 1.9.9 may not see it: where the one before failed its reset, it never does.
    """
    slot.remove()
    assert reader.wait_for_removal(SEEN_WITHIN_S)
    assert not reader.wait_for_card(0.1)
    return inserted(slot, reader, card or Echo(0x42))


@pytest.mark.parametrize(
    ("radio", "card", "within_s"), [row[1:] for row in GOOD_CARDS], ids=[r[0] for r in GOOD_CARDS]
)
def test_a_slow_card_is_only_slow(
    slot: Slot, reader: CardReader, radio: Radio, card: Echo, within_s: float
) -> None:
    slot.radio = radio
    began_s = time.monotonic()
    assert inserted(slot, reader, card).transmit(READ)[-2:] == b"\x90\x00"
    assert time.monotonic() - began_s < within_s + SEEN_WITHIN_S


def test_a_card_swapped_quicker_than_pcscd_looks_is_never_taken_for_the_first(
    slot: Slot, reader: CardReader
) -> None:
    first = inserted(slot, reader)
    assert first.transmit(READ)[:1] == b"A"
    slot.insert(Echo(0x42))
    assert {said(partial(first.transmit, READ)) for _ in range(5)} == {CardGone}
    second = connected_at_last(reader)
    assert second.session > first.session
    assert second.transmit(READ)[:1] == b"B"
    assert said(partial(first.transmit, READ)) is CardGone


def test_connecting_again_ends_the_session_before_and_resets_the_card(
    slot: Slot, reader: CardReader
) -> None:
    first = inserted(slot, reader)
    second = reader.connect()
    assert said(partial(first.transmit, READ)) is CardGone
    assert second.transmit(READ)[:1] == b"A"
    second.close()
    second.close()
    assert said(partial(second.transmit, READ)) is CardGone


def test_there_is_nothing_to_connect_to_without_a_card(reader: CardReader) -> None:
    with pytest.raises(CardGone):
        reader.connect()


def test_a_card_held_by_another_program_is_refused(slot: Slot, reader: CardReader) -> None:
    card = inserted(slot, reader)
    other = opened(slot.name)
    with pytest.raises(DeviceRefused):
        other.connect()
    other.close()
    assert card.transmit(READ)[:1] == b"A"


@pytest.mark.parametrize("fault", ["mute", "empty"])
def test_taking_a_silent_card_out_frees_who_waits_for_it(
    slot: Slot, reader: CardReader, fault: str
) -> None:
    card = inserted(slot, reader)
    setattr(slot.radio, fault, True)
    taken_out = threading.Timer(0.2, slot.remove)
    taken_out.start()
    began_s = time.monotonic()
    assert said(partial(card.transmit, READ)) is CardGone
    assert time.monotonic() - began_s < 2.0
    taken_out.join()
    slot.radio = Radio()
    assert inserted_after(slot, reader).transmit(READ)[:1] == b"B"


WAITS_FOR_A_SILENT_CARD = """
import sys, time
from drivers.card_pcsc import PcscReader
reader = PcscReader(sys.argv[1], time.monotonic)
assert reader.wait_for_card(5.0)
reader.connect().transmit(bytes.fromhex(sys.argv[2]))
"""


def test_a_process_killed_while_it_waits_leaves_the_reader_to_the_next_card(
    slot: Slot, reader: CardReader
) -> None:
    silent = Echo()
    slot.radio.mute = True
    slot.insert(silent)
    words = [sys.executable, "-c", WAITS_FOR_A_SILENT_CARD, slot.name, READ.hex()]
    with subprocess.Popen(words) as waiting:
        deadline_s = time.monotonic() + 10.0
        while not silent.heard and time.monotonic() < deadline_s:
            threading.Event().wait(0.01)
        waiting.kill()
    assert said(reader.connect) is DeviceRefused
    slot.remove()
    slot.radio.mute = False
    assert reader.wait_for_removal(SEEN_WITHIN_S)
    assert not reader.wait_for_card(POLLED_S)
    assert inserted_after(slot, reader).transmit(READ)[:1] == b"B"


def test_a_killed_pcscd_is_a_lost_reader_and_a_new_one_reads_the_card_that_stayed(
    slot: Slot, reader: CardReader, pcscd: PrivatePcscd
) -> None:
    card = inserted(slot, reader)
    killer = threading.Timer(0.2, pcscd.kill)
    killer.start()
    began_s = time.monotonic()
    assert said(partial(reader.wait_for_removal, 10.0)) is DeviceLost
    assert time.monotonic() - began_s < 2.0
    killer.join()
    again = partial(opened, slot.name)
    lost: list[Callable[[], object]] = [partial(card.transmit, READ), reader.connect, again]
    assert [said(ask) for ask in lost] == [DeviceLost] * 3
    reader.close()
    pcscd.start()
    reader = again()
    assert reader.wait_for_card(SEEN_WITHIN_S)
    assert reader.connect().transmit(READ)[:1] == b"A"
    reader.close()


def test_a_card_in_any_slot_that_matches_is_read(slot: Slot) -> None:
    both = opened(slot.name[:-1] + "?")
    assert both.wait_for_removal(SEEN_WITHIN_S)
    assert inserted(slot, both).transmit(READ)[:1] == b"A"
    both.close()


@pytest.mark.usefixtures("pcscd")
def test_a_reader_that_is_not_there_cannot_be_opened() -> None:
    with pytest.raises(DeviceLost, match="none of 2 readers"):
        opened("Gate contact*")


def test_it_closes_twice_and_then_reads_nothing(slot: Slot, reader: CardReader) -> None:
    card = inserted(slot, reader)
    reader.close()
    reader.close()
    assert said(partial(card.transmit, READ)) is CardGone
    assert said(partial(reader.wait_for_card, 0.1)) is DeviceLost
    assert said(reader.connect) is DeviceLost


def test_no_error_shows_what_a_card_said(slot: Slot, reader: CardReader) -> None:
    slot.radio.garbled = True
    with pytest.raises(DeviceGarbled) as caught:
        inserted(slot, reader).transmit(READ)
    assert "41" not in str(caught.value)


ANSWERS: list[tuple[list[str], str, list[str]]] = [
    (["4141 9000"], "4141 9000", ["00b0000002"]),
    (["6A82"], "6A82", ["00b0000002"]),
    (["6C01", "41 9000"], "41 9000", ["00b0000002", "00b0000001"]),
    (["6C01", "6C01"], "6C01", ["00b0000002", "00b0000001"]),
    (["41 6101", "42 9000"], "4142 9000", ["00b0000002", "00c0000001"]),
    (["41 6102", "6C01", "42 6282"], "4142 6282", ["00b0000002", "00c0000002", "00c0000001"]),
    (["41 6102", "6982"], "41 6982", ["00b0000002", "00c0000002"]),
]


@pytest.mark.parametrize(("script", "whole", "asked"), ANSWERS)
def test_what_a_card_holds_back_is_fetched(script: list[str], whole: str, asked: list[str]) -> None:
    heard: list[str] = []
    answers = iter(script)

    def exchange(command: bytes) -> bytes:
        heard.append(command.hex())
        return bytes.fromhex(next(answers))

    command = Command(0x00, 0xB0, 0x00, 0x00, le=2)
    assert _whole_answer(exchange, command) == bytes.fromhex(whole)
    assert heard == asked


def test_an_answer_of_more_than_64_kib_in_pieces_is_no_answer() -> None:
    with pytest.raises(DeviceGarbled):
        _whole_answer(lambda _: bytes(256) + b"\x61\x00", Command(0x00, 0xB0, 0x00, 0x00, le=256))


DOCUMENT = issue(Description(portrait=GREY_JPEG + bytes(17_700), signing_key="secp256r1"))
WAYS = [
    ("contactless", CONTACTLESS, Manner(), 32_768, 20),
    ("contactless, short only", CONTACTLESS, Manner(has_extended_length=False), 256, 115),
    ("by contacts, T=1", CONTACT_T1, Manner(), 32_768, 20),
    (
        "by contacts, T=0",
        CONTACT_T0,
        Manner(has_extended_length=False, waits_for_get_response=True, tells_right_le=True),
        256,
        220,
    ),
]


def ask(card: Card) -> Callable[[Command], Response]:
    """What a dialogue needs of a card."""
    return lambda command: decode_response(card.transmit(command.encode()))


def read(card: Card, answer_bytes: int = 32_768) -> Reading:
    access = Access(DOCUMENT.key, DOCUMENT.can)
    return run(read_document(access, Plan(answer_bytes=answer_bytes), token_bytes), ask(card))


@pytest.mark.parametrize("way", WAYS, ids=[way[0] for way in WAYS])
def test_a_document_is_read_whole_however_it_is_reached(
    slot: Slot, reader: CardReader, way: tuple[str, bytes, Manner, int, int]
) -> None:
    _, atr, manner, answer_bytes, most_apdus = way
    card = inserted(slot, reader, Chip(DOCUMENT, token_bytes, manner, atr=atr))
    assert card.is_contactless == (atr == CONTACTLESS)
    reading = read(card, answer_bytes if card.has_extended_length else 256)
    told = told_of(DOCUMENT, reading)
    assert {outcome for outcome, _ in told.values()} <= {"passed", "not_applicable"}
    assert slot.traffic.apdus <= most_apdus


@pytest.mark.parametrize("way", WAYS, ids=[way[0] for way in WAYS])
def test_fingers_and_irises_are_read_by_a_terminal_with_the_right_however_they_are_reached(
    slot: Slot, reader: CardReader, way: tuple[str, bytes, Manner, int, int]
) -> None:
    _, atr, manner, answer_bytes, _ = way
    document = issue(Description(verifiers=Verifiers(), more=frozenset({3, 4})))
    card = inserted(slot, reader, Chip(document, token_bytes, manner, atr=atr))
    most = answer_bytes if card.has_extended_length else 256
    plan = Plan(frozenset({1, 2, 3, 4}), most, terminal=usual_terminal())
    reading = run(read_document(Access(document.key), plan, token_bytes), ask(card))
    assert {3, 4} <= set(reading.data_groups)
    told = told_of(document, reading)
    assert told[Check.CHIP_ACCEPTS_THE_TERMINAL] == ("passed", "chip_took_our_signature")
    assert {outcome for outcome, _ in told.values()} <= {"passed", "not_applicable"}


@pytest.mark.parametrize("at_byte", [10, 900, 15_000])
def test_a_document_taken_away_at_any_byte_is_void_and_the_next_one_is_itself(
    slot: Slot, reader: CardReader, at_byte: int
) -> None:
    slot.radio.removed_at_byte = at_byte
    card = inserted(slot, reader, Chip(DOCUMENT, token_bytes))
    with pytest.raises(CardGone):
        read(card)
    slot.radio = Radio()
    again = inserted_after(slot, reader, Chip(DOCUMENT, token_bytes))
    with pytest.raises(CardGone):
        read(card)
    assert read(again).ended is None


def test_a_document_swapped_in_the_middle_gives_nothing_of_the_second(
    slot: Slot, reader: CardReader
) -> None:
    other = issue(traveller(1, GREY_JPEG))
    reading = DocumentReading(Access(DOCUMENT.key), Plan(), token_bytes)
    transmit = ask(inserted(slot, reader, Chip(DOCUMENT, token_bytes)))
    second = Chip(other, token_bytes)

    def swapped_at_the_tenth(command: Command) -> Response:
        if slot.traffic.apdus == 10:
            slot.insert(second)
        return transmit(command)

    with pytest.raises(CardGone):
        run(reading.dialogue(), swapped_at_the_tenth)
    kept = reading.result()
    assert kept.ended is not None
    ours = set(DOCUMENT.application.values()) | set(DOCUMENT.master.values())
    assert set(kept.files.values()) <= ours
    assert second.heard == 0
