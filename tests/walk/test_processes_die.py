"""What happens when processes of a running gate die or hang, in every state a lane stands in.

One bench, one gate (`egate run`), many deaths. After each: the loss has a name in the journal and
on the console, no door moved that nobody let go, the process is back, and the lane is ready for
the next traveller. States that pass in a millisecond are held up in test_short_states.py.

Source: DESIGN section 3, rules 1, 5, 7, 8 and 9; research/hardware.md section 6.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from signal import Signals
import time

import pytest

from egate.domain.lane_part import Door
from egate.domain.record import EntryKind
from simulators.people import Way
from tests.walk.bench_gate import BenchGate, Stage, on_the_bench
from tests.walk.drills import HOWS, KILL, dies, dies_now, has_settled, stage, stands_well

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

HOSTS = pytest.mark.parametrize("host", ["scanner", "vision"])
OTHER = {"scanner": "vision", "vision": "scanner"}
SAFE_WITHIN_S = 2.0


@pytest.fixture(scope="module", name="gate")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(BenchGate(tmp_path_factory.mktemp("die"))) as staged:
        yield staged


# ---- a host, without anybody there ----------------------------------------------------------


@HOWS
@HOSTS
@on_the_bench
async def test_a_ready_lane_closes_without_its_host_and_is_ready_with_it(
    gate: BenchGate, host: str, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    loss = await dies_now(gate, host, how)
    await has_settled(gate, began_s, [loss])
    assert "out_of_service" in gate.states_since(began_s)


@HOWS
@HOSTS
@on_the_bench
async def test_a_lane_out_of_service_for_another_device_takes_its_host_back(
    gate: BenchGate, host: str, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    fault = {"scanner": "camera_frozen", "vision": "scanner_unplugged"}[host]
    gate.bench.set_fault(fault, on=True)
    await gate.until(lambda: gate.state == "out_of_service", 5.0)
    loss = await dies_now(gate, host, how)
    assert gate.missing
    gate.bench.set_fault(fault, on=False)
    await has_settled(gate, began_s, [loss])


@HOWS
@on_the_bench
async def test_an_emergency_stays_free_whoever_dies_in_it(gate: BenchGate, how: Signals) -> None:
    await gate.empties()
    began_s = time.monotonic()
    gate.bench.set_fault("emergency_open", on=True)
    await gate.until(lambda: gate.state == "emergency", 10.0)
    losses = []
    for host in OTHER:
        losses.append(await dies_now(gate, host, how))
        assert all(gate.bench.plant.released(door) for door in Door)
    gate.bench.set_fault("emergency_open", on=False)
    await asyncio.sleep(0.1)
    gate.order("reset_emergency")
    await gate.until(lambda: gate.state != "emergency", 10.0)
    await has_settled(gate, began_s, losses)


@HOWS
@on_the_bench
async def test_an_exception_stays_locked_whoever_dies_in_it(gate: BenchGate, how: Signals) -> None:
    await gate.empties()
    began_s = time.monotonic()
    gate.bench.plant.faults.forced.add(Door.EXIT)
    await gate.until(lambda: gate.state == "exception", 10.0)
    gate.bench.plant.faults.forced.clear()
    losses = [await dies_now(gate, host, how) for host in OTHER]
    assert gate.state == "exception"
    gate.order("clear")
    await has_settled(gate, began_s, losses)


# ---- a host, with a traveller there ---------------------------------------------------------

WALKS = {
    "letting in, comparing, walking out": (
        ("entry_released", "scanner"), ("verifying", "vision"), ("leaving", "scanner"),
    ),
    "walking in, letting out": (("entering", "scanner"), ("exit_released", "vision")),
    "letting in, then comparing, walking out": (
        ("entry_released", "vision"), ("verifying", "scanner"), ("leaving", "vision"),
    ),
    "walking in, then letting out": (("entering", "vision"), ("exit_released", "scanner")),
}  # fmt: skip


@HOWS
@pytest.mark.parametrize("walk", WALKS)
@on_the_bench
async def test_a_traveller_still_comes_through_whichever_host_dies_on_the_way(
    gate: BenchGate, walk: str, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    person = gate.comes(gate.permit())
    losses = [await dies(gate, state, host, how, person) for state, host in WALKS[walk]]
    await has_settled(gate, began_s, losses)
    assert gate.ways == [Way.THROUGH]


@HOWS
@HOSTS
@on_the_bench
async def test_a_referred_traveller_is_let_back_whichever_host_dies_meanwhile(
    gate: BenchGate, host: str, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    gate.comes(gate.permit("person_4"))
    losses = [await dies(gate, "referred", host, how)]
    assert gate.state == "referred"
    gate.order("let_back")
    losses.append(await dies(gate, "returning", OTHER[host], how))
    await has_settled(gate, began_s, losses)
    assert gate.ways == [Way.BACK]


@HOWS
@HOSTS
@on_the_bench
async def test_a_chamber_being_cleared_stays_locked_whichever_host_dies(
    gate: BenchGate, host: str, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    gate.comes(gate.permit("person_4"))
    await gate.sees("referred")
    gate.order("let_back")
    loss = await dies(gate, "clearing", host, how)
    await has_settled(gate, began_s, [loss])


@HOWS
@on_the_bench
async def test_one_turned_away_stays_outside_whoever_dies_meanwhile(
    gate: BenchGate, how: Signals
) -> None:
    await gate.empties()
    began_s = time.monotonic()
    person = gate.comes("EGP1:NOT A PERMIT")
    person.heeds_stop_s = 1.0
    losses = [await dies(gate, "turned_away", "scanner", how)]
    losses.append(await dies_now(gate, "vision", how))
    await has_settled(gate, began_s, losses)
    assert gate.ways == [Way.BACK]


# ---- the lane ------------------------------------------------------------------------------


async def lane_dies(gate: BenchGate, how: Signals) -> None:
    """Strike the lane now; wait until a new one has shown itself and looked."""
    gate.watch.lane_is_dead = True
    loss = gate.strike("lane", how)
    plant, was = gate.bench.plant, len(gate.shown)
    await gate.until(
        lambda: (
            not plant.released(Door.EXIT)
            and (gate.watch.lapsed_since(loss.at_s) or len(gate.shown) > was + 1)
        ),
        SAFE_WITHIN_S,
        "both releases at their safe level",
    )
    loss.lost_at_s = time.monotonic()
    await gate.until(lambda: loss.died_at_s, 3.0, "the lane is killed")
    await gate.until(lambda: gate.states_since(loss.died_at_s), 20.0, "a new lane")
    assert gate.states_since(loss.died_at_s)[0] == "boot"
    await gate.until(lambda: gate.state in ("ready", "exception"), 20.0, "the lane has looked")
    loss.back_at_s = time.monotonic()
    gate.watch.lane_is_dead = False


async def lane_has_settled(gate: BenchGate) -> None:
    """From its sensors: somebody inside is an officer's, an empty lane is ready."""
    inside = gate.bench.plant.heads()
    assert gate.state == ("exception" if inside else "ready")
    if inside:
        assert gate.shown[-1][1]["trouble"] == "occupied_at_boot"
        gate.order("let_back")
    await gate.empties()
    stands_well(gate)


@HOWS
@pytest.mark.parametrize("state", ["ready", "entry_released", "verifying", "exit_released"])
@on_the_bench
async def test_a_dead_lane_rests_its_doors_and_comes_back_from_its_sensors(
    gate: BenchGate, state: str, how: Signals
) -> None:
    await gate.empties()
    if state != "ready":
        gate.comes(gate.permit())
        await gate.sees(state)
    await lane_dies(gate, how)
    await lane_has_settled(gate)


@on_the_bench
async def test_a_permit_is_used_up_though_the_lane_died_as_soon_as_that_was_written(
    gate: BenchGate,
) -> None:
    await gate.empties()
    person = gate.comes(gate.permit())
    await gate.sees("exit_released")
    await lane_dies(gate, KILL)
    await lane_has_settled(gate)
    began_s = time.monotonic()
    again = gate.comes(person.token)
    again.heeds_stop_s = 1.0
    await gate.sees("turned_away")
    await gate.empties()
    findings = [entry.facts for entry in gate.entries(began_s) if entry.kind is EntryKind.FINDINGS]
    assert str(findings[0]["permit_is_unused"]).startswith("failed")


# ---- all of it -----------------------------------------------------------------------------


@on_the_bench
async def test_personal_data_stands_in_no_log_and_in_no_file_of_the_journal(
    gate: BenchGate,
) -> None:
    await gate.empties()
    gate.comes(gate.permit())
    await gate.sees("leaving")
    await gate.empties()
    assert any(entry.kind is EntryKind.PASSAGE_BEGAN for entry in gate.entries(0.0))
    files = [gate.log, *gate.data.glob("journal.sqlite*")]
    assert len(files) > 1
    secrets = [part for secret in gate.secrets for part in secret.parts]
    for file, raw in ((file, file.read_bytes()) for file in files):
        found = sum(secret.encode() in raw for secret in secrets)
        assert found == 0, f"{file.name} holds personal data"


def test_a_start_and_a_stop_let_no_door_go(gate: Stage, tmp_path: Path) -> None:
    async def work() -> None:
        fresh = BenchGate(tmp_path)
        try:
            await fresh.open()
            assert fresh.watch.let_go == []
            await fresh.gate.stop()
            assert not fresh.bench.plant.is_fed
            assert fresh.watch.let_go == []
            assert not fresh.watch.wrongs
        finally:
            await fresh.close()

    gate.thread.carry_out(work())
