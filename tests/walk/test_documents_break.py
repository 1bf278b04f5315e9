"""What happens to passages with a document when something of the document's side dies or lies.

One bench, one gate, the real pcscd. Whatever breaks: it has a name in the journal, no door moves
that nobody let go, who comes with a permit is served meanwhile, and the next document is read.
Swaps at any byte are in tests/drivers/test_card_pcsc.py and tests/loop/test_card_session.py.

Source: DESIGN section 3; research/emrtd.md 6.2, rules 15 to 19 and 21.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
import os
from pathlib import Path
from signal import Signals
import time

import pytest

from egate.compose.hosts import CARD_WITHIN_S
from egate.domain.check import Check
from egate.domain.record import EntryKind, Fact
from egate.loop.document_body import APDU_WITHIN_S, CARD_READER, MRZ_READER
from simulators.card_chip import Chip
from simulators.people import Way
from simulators.private_pcscd import PcscdNotPossible
from simulators.vpcd import Traffic
from tests.walk.bench_gate import BenchGate, Stage, on_the_bench
from tests.walk.drills import HOWS, KILL, STOP, dies, dies_now, has_settled, stage, stands_well

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

LIMITS = {"turned_away_s": 1.0, "out_of_service_retry_s": 2.0, "entry_released_s": 3.0}
KBIT_S = 212.0  # a slow field: the portrait alone takes 0.7 s, in one answer
MIDDLE_APDUS = 8  # of 14: the chip is open, its portrait still to come
SWAPPED_AFTER_S = 0.6  # a hand is slower than pcscd's look, 0.4 s; quicker ones are a driver's test
READ_WITHIN_S = 10.0
BOTH_READERS = {CARD_READER, MRZ_READER}
WHOLE, REFERENCE = Check.CHIP_WAS_READ_WHOLE, Check.REFERENCE_FACE_IS_AVAILABLE
DECODER = b"egate.loop.decoder_child"


@pytest.fixture(scope="module", name="gate")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    bench = BenchGate(tmp_path_factory.mktemp("documents"), LIMITS, carries=True)
    try:
        with stage(bench) as staged:
            bench.documents.slots[0].radio.kbit_s = KBIT_S
            yield staged
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")


# ---- what is seen ---------------------------------------------------------------------------


def facts(gate: BenchGate, kind: EntryKind, since_s: float) -> list[dict[str, Fact]]:
    return [dict(entry.facts) for entry in gate.entries(since_s) if entry.kind is kind]


def found(gate: BenchGate, since_s: float, check: Check) -> list[Fact]:
    """What came of a check, findings by findings."""
    told = facts(gate, EntryKind.FINDINGS, since_s)
    return [one[check.value] for one in told if check.value in one]


def endings(gate: BenchGate, since_s: float) -> list[Fact]:
    """How each passage ended."""
    return [one["ending"] for one in facts(gate, EntryKind.PASSAGE_ENDED, since_s)]


def lost(gate: BenchGate, since_s: float) -> set[Fact]:
    told = facts(gate, EntryKind.DEVICE, since_s)
    return {one["device"] for one in told if not one["present"]}


def admitted(gate: BenchGate, since_s: float) -> list[Fact]:
    """The stages of the admissions."""
    told = facts(gate, EntryKind.DECISION, since_s)
    return [one["stage"] for one in told if one["ruling"] == "admit"]


def traffic(gate: BenchGate) -> Traffic:
    """What went to and from the chip that lies there, or did last."""
    return gate.documents.slots[0].traffic


def chip(gate: BenchGate, name: str) -> Chip:
    carried = (gate.bench.carried or {})[name]
    assert carried.chip is not None
    return carried.chip


# ---- what is done ---------------------------------------------------------------------------


async def is_in_the_middle(gate: BenchGate) -> None:
    """Wait until a chip is being read; resumes before its portrait has come."""
    await gate.sees("reading")
    await gate.until(lambda: traffic(gate).apdus >= MIDDLE_APDUS, READ_WITHIN_S, "a chip is read")


async def is_turned_away(gate: BenchGate, since_s: float, within_s: float = READ_WITHIN_S) -> None:
    await gate.until(lambda: "turned_away" in gate.states_since(since_s), within_s, "turned away")


@asynccontextmanager
async def broken(gate: BenchGate, fault: str, reader: str) -> AsyncIterator[None]:
    """Break a reader of documents; mended, it is back by itself."""
    await gate.documents.set_fault(fault, on=True)
    try:
        await gate.until(lambda: reader in gate.missing, READ_WITHIN_S, f"{fault} is noticed")
        yield
        assert reader in gate.missing
    finally:
        await gate.documents.set_fault(fault, on=False)
    await gate.until(lambda: reader not in gate.missing, READ_WITHIN_S, f"{fault} is mended")


async def pulls(gate: BenchGate, at_byte: int, back: Chip) -> None:
    """Let the chip that is read be pulled off at a byte, and lay this one into its place."""
    slot = gate.documents.slots[0]
    slot.radio.removed_at_byte = at_byte
    await gate.until(lambda: traffic(gate).size >= at_byte, READ_WITHIN_S, "pulled off")
    slot.radio.removed_at_byte = None
    await asyncio.sleep(SWAPPED_AFTER_S)
    await asyncio.to_thread(slot.insert, back)


# ---- the document host -----------------------------------------------------------------------


@HOWS
@on_the_bench
async def test_an_idle_lane_stays_open_for_permits_when_its_document_host_dies(
    gate: BenchGate, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    loss = await dies_now(gate, "document", how)
    await has_settled(gate, began_s, [loss])
    assert set(gate.states_since(began_s)) == {"ready"}


@on_the_bench
async def test_a_host_that_dies_while_it_reads_turns_away_and_the_same_document_passes_after_it(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    person = gate.comes(document=gate.document())
    await is_in_the_middle(gate)
    struck = [await dies_now(gate, "document", KILL)]
    assert (struck[0].state, admitted(gate, began_s)) == ("reading", [])
    struck.append(await dies(gate, "entering", "document", STOP, person))
    struck.append(await dies(gate, "exit_released", "document", KILL, person))
    await has_settled(gate, began_s, struck)
    assert gate.ways == [Way.THROUGH]
    assert found(gate, began_s, WHOLE) == ["inconclusive reader_lost", "passed whole"]
    assert endings(gate, began_s) == ["device_lost", "completed"]


@on_the_bench
async def test_a_host_that_hangs_while_it_reads_turns_away_and_opens_nothing(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    await asyncio.gather(gate.lies(gate.document()), is_in_the_middle(gate))
    loss = await dies_now(gate, "document", STOP)
    await gate.documents.take_up()
    await has_settled(gate, began_s, [loss])
    assert (loss.state, admitted(gate, began_s)) == ("reading", [])
    assert found(gate, began_s, WHOLE) == ["inconclusive reader_lost"]


# ---- readers that are gone, and a chip that says nothing -------------------------------------


@on_the_bench
async def test_without_readers_of_documents_permits_are_taken_and_they_are_back_by_themselves(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    async with (
        broken(gate, "card_reader_gone", CARD_READER),
        broken(gate, "mrz_reader_unplugged", MRZ_READER),
    ):
        await gate.lies(gate.document())
        gate.comes(gate.permit())
        await gate.sees("leaving")
    await gate.documents.take_up()
    await gate.empties()
    assert (gate.ways, lost(gate, began_s)) == ([Way.THROUGH], BOTH_READERS)
    assert [one["token"] for one in facts(gate, EntryKind.PASSAGE_BEGAN, began_s)] == ["permit"]
    assert "out_of_service" not in gate.states_since(began_s)
    stands_well(gate)


@on_the_bench
async def test_a_pcscd_that_dies_while_a_chip_is_read_turns_away_and_the_same_one_passes_after_it(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    gate.comes(document=gate.document())
    await is_in_the_middle(gate)
    async with broken(gate, "card_reader_gone", CARD_READER):
        await is_turned_away(gate, began_s)
        assert admitted(gate, began_s) == []
    await gate.sees("leaving")
    await gate.empties()
    assert (gate.ways, lost(gate, began_s)) == ([Way.THROUGH], {CARD_READER})
    assert found(gate, began_s, WHOLE) == ["inconclusive reader_lost", "passed whole"]
    assert endings(gate, began_s) == ["device_lost", "completed"]
    stands_well(gate)


async def falls_silent(gate: BenchGate, silence: str) -> None:
    """Let a chip say nothing more, ever; wait until its passage is over and there is a new host."""
    began_s = time.monotonic()
    await asyncio.gather(gate.lies(gate.document()), is_in_the_middle(gate))
    setattr(gate.documents.slots[0].radio, silence, True)
    silent_s = time.monotonic()
    try:
        await is_turned_away(gate, began_s, 2 * APDU_WITHIN_S)
        assert time.monotonic() - silent_s >= APDU_WITHIN_S
        await gate.until(lambda: not gate.missing, READ_WITHIN_S, "a new host")
    finally:
        setattr(gate.documents.slots[0].radio, silence, False)
    await gate.documents.take_up()
    await gate.empties()


@on_the_bench
async def test_a_chip_that_is_silent_for_ever_costs_a_host_and_one_passage(gate: BenchGate) -> None:
    await gate.empties()
    began_s = time.monotonic()
    await falls_silent(gate, "mute")
    await falls_silent(gate, "empty")
    gate.comes(document=gate.document())
    await gate.sees("leaving")
    await gate.empties()
    assert (gate.ways, lost(gate, began_s)) == ([Way.THROUGH], BOTH_READERS)
    unread = "inconclusive reader_lost"
    assert found(gate, began_s, WHOLE) == [unread, unread, "passed whole"]
    stands_well(gate)


# ---- two documents ---------------------------------------------------------------------------


@pytest.mark.parametrize("at_byte", [600, 3_000, 12_000])
@on_the_bench
async def test_a_document_swapped_for_anothers_opens_nothing(gate: BenchGate, at_byte: int) -> None:
    await gate.empties()
    shown, other = gate.document(), gate.document(person="person_4")
    began_s = await gate.lies(shown, leaves_at_byte=at_byte)
    await pulls(gate, at_byte, chip(gate, other))
    await is_turned_away(gate, began_s, 20.0)
    await gate.documents.take_up()
    await gate.empties()
    assert admitted(gate, began_s) == []
    assert found(gate, began_s, Check.ACCESS_CONTROL_IS_ESTABLISHED) == ["failed password_refused"]
    stands_well(gate)


@on_the_bench
async def test_a_document_swapped_for_one_with_the_same_page_is_compared_with_its_own_portrait(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    name = gate.document()
    gate.comes(document=name)
    await is_in_the_middle(gate)
    await pulls(gate, traffic(gate).size + 1, gate.twin(name, "person_4"))
    await gate.sees("referred")
    gate.order("let_back")
    await gate.empties()
    assert (gate.ways, admitted(gate, began_s)) == ([Way.BACK], ["token"])
    assert found(gate, began_s, WHOLE) == ["passed whole"]
    assert found(gate, began_s, Check.FACE_IS_THE_HOLDER) == ["failed no_match"]
    stands_well(gate)


# ---- the page --------------------------------------------------------------------------------


@on_the_bench
async def test_a_page_that_comes_garbled_opens_no_chip_and_is_read_the_next_time(
    gate: BenchGate,
) -> None:
    await gate.empties()
    name = gate.document()
    await gate.documents.set_fault("mrz_reader_garbled", on=True)
    try:
        began_s = await gate.lies(name)
        await is_turned_away(gate, began_s)
    finally:
        await gate.documents.set_fault("mrz_reader_garbled", on=False)
    await gate.until(gate.is_ready, READ_WITHIN_S, "ready again")
    assert traffic(gate).apdus == 0
    await gate.lies(name)
    await gate.sees("entry_released")
    await gate.documents.take_up()
    await gate.empties()
    assert endings(gate, began_s) == ["document_wrongly_placed", "nobody_entered"]
    stands_well(gate)


@on_the_bench
async def test_a_page_whose_chip_does_not_come_is_told_to_be_wrongly_placed(
    gate: BenchGate,
) -> None:
    await gate.empties()
    carried = (gate.bench.carried or {})[gate.document()]
    began_s = time.monotonic()
    await gate.documents.lay_down(replace(carried, chip=None))
    await is_turned_away(gate, began_s)
    assert time.monotonic() - began_s >= CARD_WITHIN_S
    await gate.empties()
    assert found(gate, began_s, WHOLE) == ["inconclusive no_card"]
    assert endings(gate, began_s) == ["document_wrongly_placed"]
    stands_well(gate)


# ---- the portrait ----------------------------------------------------------------------------


def decoders(gate: BenchGate) -> list[int]:
    """The processes of the vision host that wait for a portrait, or decode one."""
    vision = gate.gate.pids()["vision"]
    children = Path(f"/proc/{vision}/task").glob("*/children")
    pids = [int(pid) for task in children for pid in task.read_text().split()]
    return [pid for pid in pids if DECODER in Path(f"/proc/{pid}/cmdline").read_bytes()]


@on_the_bench
async def test_a_document_that_slips_is_read_anew_and_eyes_that_die_are_shown_its_portrait_again(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    name = gate.document()
    gate.comes(document=name)
    await is_in_the_middle(gate)
    await pulls(gate, traffic(gate).size + 1, chip(gate, name))
    struck = [await dies(gate, "verifying", "vision", KILL)]
    await has_settled(gate, began_s, struck)
    assert (gate.ways, admitted(gate, began_s)) == ([Way.THROUGH], ["token", "traveller"])
    assert found(gate, began_s, WHOLE) == ["passed whole"]


@on_the_bench
async def test_a_decoder_that_hangs_over_a_portrait_is_killed_and_another_opens_it(
    gate: BenchGate,
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    await gate.until(lambda: decoders(gate), READ_WITHIN_S, "a decoder waits")
    hanging = decoders(gate)
    for pid in hanging:
        os.kill(pid, STOP)
    gate.comes(document=gate.document())
    await gate.sees("verifying")
    await gate.empties()
    assert not set(hanging) & set(decoders(gate))
    assert (gate.ways, admitted(gate, began_s)) == ([Way.THROUGH], ["token", "traveller"])
    stands_well(gate)


# ---- all of it -------------------------------------------------------------------------------


@on_the_bench
async def test_nothing_of_a_page_stands_in_the_log_or_in_a_file_of_the_journal(
    gate: BenchGate,
) -> None:
    await gate.empties()
    files = [gate.log, *gate.data.glob("journal.sqlite*")]
    assert len(files) > 1
    secrets = [part for one in gate.secrets for part in one.parts]
    assert secrets
    for file, raw in ((file, file.read_bytes()) for file in files):
        found = sum(secret.encode() in raw for secret in secrets)
        assert found == 0, f"{file.name} holds personal data"
