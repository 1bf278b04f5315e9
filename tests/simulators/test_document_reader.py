"""The bench's document reader through its real lines: a serial port, and PC/SC under its own pcscd.

libpcsclite asks once in a process which pcscd is meant, and this process has that of other tests:
what a gate sees is asked of a process of its own, a word a line, an answer a line.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
import functools
import os
from pathlib import Path
import sys
import time

import pytest
import serial

from egate.document import mrz
from simulators.card_chip import CONTACT_T0, Chip, seeded
from simulators.card_files import Manner
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import identity_card, issue, traveller
from simulators.document_reader import BAUD, FAULTS, READER, Carried, DocumentReader
from simulators.private_pcscd import SOCKET_VARIABLE, PcscdNotPossible

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
pytestmark = pytest.mark.bench

PORTRAIT = GREY_JPEG + bytes(8_000)
HOUSE = Path(__file__).parents[2]
WITHIN_S = 5.0
GATE = """
import sys, time
from secrets import token_bytes
from drivers.card_pcsc import PcscReader
from egate.document import mrz
from egate.document.dialogue import run
from egate.document.lds import DATA_GROUPS
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan
from egate.ports.errors import DeviceError
from egate.wire.apdu import decode_response

def read(card, lines):
    plan = Plan(answer_bytes=32_768 if card.has_extended_length else 256)
    access = Access(mrz.read(lines).mrz.key)
    ask = lambda command: decode_response(card.transmit(command.encode()))
    done = run(read_document(access, plan, token_bytes), ask)
    way = "contactless" if card.is_contactless else "contacts"
    return f"{way} {done.ended} {DATA_GROUPS[2].name in done.files}"

reader = None
for line in sys.stdin:
    word, *lines = line.split()
    try:
        reader = reader or PcscReader(sys.argv[1], time.monotonic)
        if word == "comes":
            said = reader.wait_for_card(5.0)
        elif word == "goes":
            said = reader.wait_for_removal(5.0)
        else:
            said = read(reader.connect(), lines)
    except DeviceError as error:
        said = type(error).__name__
        if reader is not None and said == "DeviceLost":
            reader.close()
            reader = None
    print(said, flush=True)
"""


@dataclass
class Bench:
    """The document reader of a bench, and a gate at the near ends of its lines."""

    documents: DocumentReader
    zones: serial.Serial
    gate: asyncio.subprocess.Process

    async def says(self, word: str, *lines: str) -> str:
        """Ask the gate's process."""
        assert self.gate.stdin is not None
        assert self.gate.stdout is not None
        self.gate.stdin.write(" ".join([word, *lines]).encode() + b"\n")
        return (await asyncio.wait_for(self.gate.stdout.readline(), 20.0)).decode().strip()

    def zone(self) -> tuple[str, ...]:
        """What came over the serial line."""
        raw = self.zones.read_until(b"\r\n").decode("latin-1")
        return tuple(raw.split())


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Bench]:
    try:
        documents = await asyncio.to_thread(DocumentReader, folder)
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")
    gate = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GATE, f"{READER} *"),
        cwd=HOUSE,
        env=os.environ | {SOCKET_VARIABLE: str(documents.socket), "PYTHONPATH": str(HOUSE)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        with serial.Serial(str(folder / "mrz"), BAUD, timeout=WITHIN_S) as zones:
            yield Bench(documents, zones, gate)
    finally:
        assert gate.stdin is not None
        gate.stdin.close()
        await gate.wait()
        await documents.close()


def on_the_bench(
    test: Callable[[Bench], Awaitable[None]],
) -> Callable[[Path], None]:
    """Carry out a test in a loop of its own, with everything opened and closed."""

    async def work(folder: Path) -> None:
        async with opened(folder) as bench:
            await test(bench)

    @functools.wraps(test)
    def carried_out(tmp_path: Path) -> None:
        asyncio.run(work(tmp_path))

    del carried_out.__wrapped__  # or pytest wants its argument
    return carried_out


def passport(leaves_at_byte: int | None = None) -> Carried:
    document = issue(traveller(1, PORTRAIT))
    return Carried(document.printed, Chip(document, seeded(1)), leaves_at_byte)


@on_the_bench
async def test_a_document_laid_down_is_read_on_both_lines_and_taken_up_it_is_gone(
    bench: Bench,
) -> None:
    carried = passport()
    await bench.documents.lay_down(carried)
    assert (zone := bench.zone()) == carried.page
    assert mrz.read(zone).mrz is not None
    assert await bench.says("comes") == "True"
    assert await bench.says("reads", *zone) == "contactless None True"
    assert bench.documents.slots[0].traffic.size > len(PORTRAIT)
    await bench.documents.take_up()
    await bench.documents.take_up()
    assert await bench.says("goes") == "True"


@on_the_bench
async def test_a_card_with_contacts_goes_into_the_other_slot(bench: Bench) -> None:
    document = issue(traveller(2, PORTRAIT, identity_card(signing_key="secp256r1")))
    manner = Manner(has_extended_length=False, waits_for_get_response=True, tells_right_le=True)
    chip = Chip(document, seeded(1), manner, atr=CONTACT_T0)
    await bench.documents.lay_down(Carried(document.printed, chip))
    assert len(zone := bench.zone()) == 3
    assert await bench.says("comes") == "True"
    assert await bench.says("reads", *zone) == "contacts None True"
    assert bench.documents.slots[1].traffic.apdus > 0


@on_the_bench
async def test_a_page_without_a_chip_is_read_and_no_card_comes(bench: Bench) -> None:
    carried = passport()
    await bench.documents.lay_down(Carried(carried.page, None))
    assert bench.zone() == carried.page
    assert all(slot.traffic.apdus == 0 for slot in bench.documents.slots)


@on_the_bench
async def test_a_document_pulled_off_while_it_is_read_is_gone(bench: Bench) -> None:
    await bench.documents.lay_down(passport(leaves_at_byte=4_000))
    zone = bench.zone()
    assert await bench.says("comes") == "True"
    assert await bench.says("reads", *zone) == "CardGone"
    assert await bench.says("goes") == "True"
    await bench.documents.take_up()
    await bench.documents.lay_down(passport())
    assert await bench.says("comes") == "True"
    assert await bench.says("reads", *bench.zone()) == "contactless None True"


@on_the_bench
async def test_a_chip_takes_the_time_of_a_real_one(bench: Bench) -> None:
    await bench.documents.lay_down(passport())
    zone = bench.zone()
    assert await bench.says("comes") == "True"
    began_s = time.monotonic()
    await bench.says("reads", *zone)
    traffic = bench.documents.slots[0].traffic
    assert time.monotonic() - began_s >= traffic.apdus * 0.010 + traffic.size * 8 / 424_000


@on_the_bench
async def test_what_is_laid_down_and_taken_up_at_once_comes_in_that_order(bench: Bench) -> None:
    carried = passport()
    work: list[Coroutine[object, object, None]] = []
    for _ in range(3):
        work += [bench.documents.lay_down(carried), bench.documents.take_up()]
    await asyncio.gather(*work, bench.documents.lay_down(carried))
    assert await bench.says("comes") == "True"
    await bench.documents.take_up()
    assert await bench.says("goes") == "True"


@on_the_bench
async def test_a_page_is_garbled_until_its_reader_is_mended(bench: Bench) -> None:
    await bench.documents.set_fault("mrz_reader_garbled", on=True)
    await bench.documents.lay_down(passport())
    assert "\x07" in "".join(bench.zones.read(50).decode())
    await bench.documents.set_fault("mrz_reader_garbled", on=False)
    bench.zones.reset_input_buffer()
    await bench.documents.lay_down(passport())
    assert bench.zone() == passport().page


@on_the_bench
async def test_an_unplugged_page_reader_is_lost_and_back_behind_its_path(bench: Bench) -> None:
    await bench.documents.set_fault("mrz_reader_unplugged", on=True)
    with pytest.raises(serial.SerialException):
        bench.zones.read(1)
    await bench.documents.set_fault("mrz_reader_unplugged", on=False)
    with serial.Serial(bench.zones.port, BAUD, timeout=WITHIN_S) as again:
        await bench.documents.lay_down(passport())
        assert tuple(again.read_until(b"\r\n").decode().split()) == passport().page


@on_the_bench
async def test_a_card_that_lies_there_is_pulled_off_and_one_laid_down_after_it_is_mute(
    bench: Bench,
) -> None:
    documents, page = bench.documents, passport().page
    await documents.lay_down(passport())
    assert await bench.says("comes") == "True"
    await documents.set_fault("card_pulled", on=True)
    assert await bench.says("reads", *page) == "CardGone"
    await documents.set_fault("card_pulled", on=False)
    await documents.set_fault("card_mute", on=True)
    await documents.take_up()
    assert await bench.says("goes") == "True"
    await documents.lay_down(passport())
    assert await bench.says("comes") == "True"
    reading = asyncio.create_task(bench.says("reads", *page))
    done, _ = await asyncio.wait([reading], timeout=0.5)
    assert not done
    await documents.take_up()
    assert await reading == "CardGone"


@on_the_bench
async def test_a_pcscd_that_died_is_back_with_the_card_that_was_laid_down_meanwhile(
    bench: Bench,
) -> None:
    documents, page = bench.documents, passport().page
    await documents.lay_down(passport())
    assert await bench.says("comes") == "True"
    await documents.set_fault("card_reader_gone", on=True)
    assert await bench.says("comes") == "DeviceLost"
    await documents.take_up()
    await documents.lay_down(passport())
    await documents.set_fault("card_reader_gone", on=False)
    assert await bench.says("comes") == "True"
    assert await bench.says("reads", *page) == "contactless None True"


@on_the_bench
async def test_there_is_no_fault_that_nobody_named(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no fault"):
        await bench.documents.set_fault("card_eaten", on=True)
    for fault in FAULTS:
        await bench.documents.set_fault(fault, on=False)


@on_the_bench
async def test_a_closed_reader_leaves_nothing_behind(bench: Bench) -> None:
    await bench.documents.lay_down(passport())
    await bench.documents.close()
    assert not bench.documents.socket.exists()
    assert not Path(str(bench.zones.port)).exists()
