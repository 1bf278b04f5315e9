"""What happens when processes of a running gate die or hang, in every state a lane stands in.

One bench, one gate (`egate run`), many deaths. After each: the loss has a name in the journal and
on the console, no door moved that nobody let go, the process is back, and the lane is ready for
the next traveller. States that pass in a millisecond are held up in test_short_states.py.

Source: DESIGN section 3, rules 1, 5, 7, 8 and 9; research/hardware.md section 6.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
import signal
from signal import Signals
import sys
import time

import pytest

from egate.domain.lane_part import Door
from egate.domain.record import EntryKind
from simulators import faces
from simulators.people import Way
from tests.walk.bench_gate import FACES, NAMES, BenchGate, LoopThread, Loss, Stage, on_the_bench

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

KILL, STOP = signal.SIGKILL, signal.SIGSTOP
HOWS = pytest.mark.parametrize("how", [KILL, STOP], ids=["killed", "hung"])
HOSTS = pytest.mark.parametrize("host", ["scanner", "vision"])
OTHER = {"scanner": "vision", "vision": "scanner"}
# Deadlines for a machine that others share; `make bench` prints the figures (a host is to be
# back within 1 s), and -s shows those of this run.
BACK_WITHIN_S = 6.0
NOTICED_WITHIN_S = {KILL: 3.0, STOP: 4.0}
SAFE_WITHIN_S = 2.0


@pytest.fixture(scope="module", name="gate")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    faces.obtain(FACES)
    thread = LoopThread()
    bench = BenchGate(tmp_path_factory.mktemp("die"))
    try:
        thread.carry_out(bench.open())
        yield Stage(thread, bench)
    finally:
        with suppress(AssertionError):
            thread.carry_out(bench.close())
        tell(bench)
        thread.close()


def tell(gate: BenchGate) -> None:
    """Write every death with its figures, for `pytest -s`."""
    lines = [f"{'process':8} {'how':8} {'in state':15} {'noticed':>8} {'died':>8} {'back':>8}"]
    for loss in gate.losses:
        after = (loss.lost_at_s - loss.at_s, loss.died_at_s - loss.at_s, loss.back_after_s)
        told = " ".join(f"{seconds:8.3f}" if 0 <= seconds < 100 else f"{'':8}" for seconds in after)
        lines.append(f"{loss.process:8} {loss.how:8} {loss.state:15} {told}")
    unsecured_s = gate.watch.unsecured_at_rest_s
    lines.append(f"two doors unsecured while a lane was dead: {unsecured_s:.2f} s")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


async def has_settled(gate: BenchGate, since_s: float, losses: list[Loss]) -> None:
    """What must hold after every drill."""
    await gate.empties()
    entries = gate.entries(since_s)
    for loss in losses:
        named = {
            entry.facts["device"]
            for entry in entries
            if entry.kind is EntryKind.DEVICE and not entry.facts["present"]
        }
        assert NAMES[loss.process] <= named
        assert loss.lost_at_s - loss.at_s < NOTICED_WITHIN_S[Signals[loss.how]], loss
        assert loss.back_after_s < BACK_WITHIN_S, loss
    stands_well(gate)


def stands_well(gate: BenchGate) -> None:
    """No door did what it may not, since the last look."""
    unbidden = gate.watch.unbidden(gate.entries(0.0))
    wrongs, gate.watch.wrongs = gate.watch.wrongs, set()
    gate.watch.let_go.clear()
    assert (wrongs, unbidden) == (set(), [])


async def dies(gate: BenchGate, state: str, host: str, how: Signals) -> Loss:
    """Strike this host at the moment the lane comes into this state; wait until it is back."""
    struck: list[Loss] = []
    happened = asyncio.Event()

    def strike() -> None:
        struck.append(gate.strike(host, how))
        happened.set()

    gate.at(state, strike)
    try:
        await asyncio.wait_for(happened.wait(), 30.0)
    except TimeoutError:
        raise AssertionError(f"{state} was not seen; the lane stands in {gate.state}") from None
    assert struck[0].state == state
    await gate.is_lost_and_back(struck[0])
    return struck[0]


async def dies_now(gate: BenchGate, host: str, how: Signals) -> Loss:
    """Strike this host in the state in which the lane stands; wait until it is back."""
    loss = gate.strike(host, how)
    await gate.is_lost_and_back(loss)
    return loss


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
    gate.comes(gate.permit())
    losses = [await dies(gate, state, host, how) for state, host in WALKS[walk]]
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
    await gate.until(lambda: gate.states_since(loss.died_at_s), 5.0, "a new lane")
    assert gate.states_since(loss.died_at_s)[0] == "boot"
    await gate.until(lambda: gate.state in ("ready", "exception"), 10.0, "the lane has looked")
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
    for file, raw in ((file, file.read_bytes()) for file in files):
        secrets = chain.from_iterable(
            (secret.registration, secret.document_number, secret.text) for secret in gate.secrets
        )
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
