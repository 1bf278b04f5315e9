"""The bench's document reader through its real lines: a serial port, and PC/SC under its own pcscd.

What a gate has of them is in near_ends.py.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
import functools
from pathlib import Path
import time

import pytest
import serial

from egate.document import mrz
from simulators.card_chip import CONTACT_T0, Chip, seeded
from simulators.card_files import Manner
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import identity_card, issue, traveller
from simulators.document_reader import BAUD, FAULTS, Carried, DocumentReader
from simulators.private_pcscd import PcscdNotPossible
from tests.simulators.near_ends import WITHIN_S, NearEnds, near_ends

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
pytestmark = pytest.mark.bench

PORTRAIT = GREY_JPEG + bytes(8_000)


@dataclass
class Bench:
    """The document reader of a bench, and what a gate has of it."""

    documents: DocumentReader
    gate: NearEnds


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Bench]:
    try:
        documents = await asyncio.to_thread(DocumentReader, folder)
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")
    try:
        async with near_ends(folder / "mrz", documents.socket) as gate:
            yield Bench(documents, gate)
    finally:
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
    assert (zone := await bench.gate.zone()) == carried.page
    assert mrz.read(zone).mrz is not None
    assert await bench.gate.says("comes") == "True"
    assert await bench.gate.says("reads", *zone) == "contactless None True"
    assert bench.documents.slots[0].traffic.size > len(PORTRAIT)
    await bench.documents.take_up()
    await bench.documents.take_up()
    assert await bench.gate.says("goes") == "True"


@on_the_bench
async def test_a_card_with_contacts_goes_into_the_other_slot(bench: Bench) -> None:
    document = issue(traveller(2, PORTRAIT, identity_card(signing_key="secp256r1")))
    manner = Manner(has_extended_length=False, waits_for_get_response=True, tells_right_le=True)
    chip = Chip(document, seeded(1), manner, atr=CONTACT_T0)
    await bench.documents.lay_down(Carried(document.printed, chip))
    assert len(zone := await bench.gate.zone()) == 3
    assert await bench.gate.says("comes") == "True"
    assert await bench.gate.says("reads", *zone) == "contacts None True"
    assert bench.documents.slots[1].traffic.apdus > 0


@on_the_bench
async def test_a_page_without_a_chip_is_read_and_no_card_comes(bench: Bench) -> None:
    carried = passport()
    await bench.documents.lay_down(Carried(carried.page, None))
    assert await bench.gate.zone() == carried.page
    assert all(slot.traffic.apdus == 0 for slot in bench.documents.slots)


@on_the_bench
async def test_a_document_pulled_off_while_it_is_read_is_gone(bench: Bench) -> None:
    await bench.documents.lay_down(passport(leaves_at_byte=4_000))
    zone = await bench.gate.zone()
    assert await bench.gate.says("comes") == "True"
    assert await bench.gate.says("reads", *zone) == "CardGone"
    assert await bench.gate.says("goes") == "True"
    await bench.documents.take_up()
    await bench.documents.lay_down(passport())
    assert await bench.gate.says("comes") == "True"
    assert await bench.gate.says("reads", *await bench.gate.zone()) == "contactless None True"


@on_the_bench
async def test_a_chip_takes_the_time_of_a_real_one(bench: Bench) -> None:
    await bench.documents.lay_down(passport())
    zone = await bench.gate.zone()
    assert await bench.gate.says("comes") == "True"
    began_s = time.monotonic()
    await bench.gate.says("reads", *zone)
    traffic = bench.documents.slots[0].traffic
    assert time.monotonic() - began_s >= traffic.apdus * 0.010 + traffic.size * 8 / 424_000


@on_the_bench
async def test_what_is_laid_down_and_taken_up_at_once_comes_in_that_order(bench: Bench) -> None:
    carried = passport()
    work: list[Coroutine[object, object, None]] = []
    for _ in range(3):
        work += [bench.documents.lay_down(carried), bench.documents.take_up()]
    await asyncio.gather(*work, bench.documents.lay_down(carried))
    assert await bench.gate.says("comes") == "True"
    await bench.documents.take_up()
    assert await bench.gate.says("goes") == "True"


@on_the_bench
async def test_a_page_is_garbled_until_its_reader_is_mended(bench: Bench) -> None:
    await bench.documents.set_fault("mrz_reader_garbled", on=True)
    await bench.documents.lay_down(passport())
    assert "\x07" in "".join(bench.gate.zones.read(50).decode())
    await bench.documents.set_fault("mrz_reader_garbled", on=False)
    bench.gate.zones.reset_input_buffer()
    await bench.documents.lay_down(passport())
    assert await bench.gate.zone() == passport().page


@on_the_bench
async def test_an_unplugged_page_reader_is_lost_and_back_behind_its_path(bench: Bench) -> None:
    await bench.documents.set_fault("mrz_reader_unplugged", on=True)
    with pytest.raises(serial.SerialException):
        bench.gate.zones.read(1)
    await bench.documents.set_fault("mrz_reader_unplugged", on=False)
    with serial.Serial(bench.gate.zones.port, BAUD, timeout=WITHIN_S) as again:
        await bench.documents.lay_down(passport())
        assert tuple(again.read_until(b"\r\n").decode().split()) == passport().page


@on_the_bench
async def test_a_card_that_lies_there_is_pulled_off_and_one_laid_down_after_it_is_mute(
    bench: Bench,
) -> None:
    documents, page = bench.documents, passport().page
    await documents.lay_down(passport())
    assert await bench.gate.says("comes") == "True"
    await documents.set_fault("card_pulled", on=True)
    assert await bench.gate.says("reads", *page) == "CardGone"
    await documents.set_fault("card_pulled", on=False)
    await documents.set_fault("card_mute", on=True)
    await documents.take_up()
    assert await bench.gate.says("goes") == "True"
    await documents.lay_down(passport())
    assert await bench.gate.says("comes") == "True"
    reading = asyncio.create_task(bench.gate.says("reads", *page))
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
    assert await bench.gate.says("comes") == "True"
    await documents.set_fault("card_reader_gone", on=True)
    assert await bench.gate.says("comes") == "DeviceLost"
    await documents.take_up()
    await documents.lay_down(passport())
    await documents.set_fault("card_reader_gone", on=False)
    assert await bench.gate.says("comes") == "True"
    assert await bench.gate.says("reads", *page) == "contactless None True"


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
    assert not Path(str(bench.gate.zones.port)).exists()
