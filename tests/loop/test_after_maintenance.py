"""What broke during maintenance keeps a lane from opening, and is named; once mended, it opens.

The lane process is the real one and its board the bench's, through the real driver; the hosts are
played, so that one can go away. Entering and leaving are events of the lane, whoever asks for them.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
import time

import pytest

from egate.compose.technician import selftest_openers
from egate.domain.lane_event import MaintenanceEntered, MaintenanceLeft, OfficerOrdered, Order
from egate.domain.lane_part import Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.loop.files import Places
from egate.loop.lane_loop import LaneLoop
from egate.loop.messages import DeviceIs, StateShown
from egate.selftest.boot import LaneSeen, in_short, stands_against
from simulators.plant import Body
from tests.faults.bench import FaultBench, suit_the_bench
from tests.loop.gate import Gate
from tests.loop.parts import scanner, until

pytestmark = pytest.mark.bench

LIMITS = TimeLimits(self_test_s=0.6, out_of_service_retry_s=0.4)
RELEASES = frozenset({Output.ENTRY_RELEASE, Output.EXIT_RELEASE})


@dataclass
class AtTheBench:
    """A lane process with a bench behind its board."""

    bench: FaultBench
    gate: Gate
    lane: LaneLoop

    def failing(self) -> tuple[str, ...]:
        """Return the checks that keep it from opening, as a page is told."""
        shown = [one for one in self.gate.page.received if isinstance(one, StateShown)]
        return shown[-1].failing if shown else ()

    async def is_in_maintenance(self) -> None:
        self.orders(Order.CLOSE_LANE)
        await self.gate.stands(LaneState.CLOSED)
        self.lane._post(MaintenanceEntered(time.monotonic()))
        await self.gate.stands(LaneState.MAINTENANCE)

    def orders(self, order: Order) -> None:
        self.lane._post(OfficerOrdered(time.monotonic(), order, 0, "officer", "maintenance"))

    def leaves_maintenance(self) -> None:
        self.lane._post(MaintenanceLeft(time.monotonic()))

    async def breaks(self, line: Input, active: bool) -> None:
        self.bench.change(lambda made: made.plant.faults.stuck.update({line: active}))
        await until(lambda: self.lane._levels.get(line) is active)

    def mends(self) -> None:
        self.bench.change(lambda made: made.plant.faults.stuck.clear())


async def beam_blind(it: AtTheBench) -> None:
    await it.breaks(Input.EXIT_BEAM_CLEAR, False)


async def counter_stuck(it: AtTheBench) -> None:
    await it.breaks(Input.CHAMBER_SINGLE, True)


async def luggage(it: AtTheBench) -> None:
    body = Body(it.bench.bench.plant.length_m / 2, 0.3, heads=0)
    it.bench.change(lambda made: made.plant.bodies.append(body))
    await until(lambda: it.lane._levels.get(Input.CHAMBER_EMPTY) is False)


async def scanner_gone(it: AtTheBench) -> None:
    it.gate.scanner.close()
    await until(lambda: "scanner" in it.lane._presence.missing)


async def camera_gone(it: AtTheBench) -> None:
    it.gate.vision.say(DeviceIs(device="camera", present=False, what="unplugged"))
    await until(lambda: "camera" in it.lane._presence.missing)


async def lines_mended(it: AtTheBench) -> None:
    it.mends()


async def looked_in(it: AtTheBench) -> None:
    """Mend it, and have an officer say that nobody was shut in: a mantrap asks for that."""
    it.mends()
    it.bench.change(lambda made: made.plant.bodies.clear())
    rested = {Input.CHAMBER_SINGLE: False, Input.CHAMBER_EMPTY: True}
    await until(lambda: all(it.lane._levels.get(line) is on for line, on in rested.items()))
    it.orders(Order.CLEAR)


async def scanner_back(it: AtTheBench) -> None:
    it.gate.scanner = await scanner(it.gate.socket)


async def camera_back(it: AtTheBench) -> None:
    it.gate.vision.say(DeviceIs(device="camera", present=True))


def run(folder: Path, case: Callable[[AtTheBench], object]) -> AtTheBench:
    with FaultBench(Shape.MANTRAP, folder) as bench:
        openers = selftest_openers(bench.profile(), Places(folder, folder / "run"))
        gate = Gate(folder, Shape.MANTRAP, LIMITS)
        gate.parts = replace(
            gate.parts,
            open_board=openers.board,
            self_test=lambda levels, missing: in_short(
                stands_against(LaneSeen(Shape.MANTRAP, levels, missing))
            ),
        )

        async def main() -> AtTheBench:
            it = AtTheBench(bench, gate, LaneLoop(gate.parts))
            running = asyncio.get_running_loop().create_task(it.lane.run())
            try:
                await gate.is_staffed()
                await gate.stands(LaneState.READY)
                await case(it)  # type: ignore[misc]  # a coroutine
            finally:
                for peer in (gate.scanner, gate.vision, gate.page):
                    peer.close()
                it.lane.stop()
                await running
            return it

        return asyncio.run(main())


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


@pytest.mark.parametrize(
    ("breaks", "named", "mends"),
    [
        (beam_blind, "EG-S150.exit blocked", lines_mended),
        (counter_stuck, "EG-S160 contradict", looked_in),
        (luggage, "EG-S160 not_empty", looked_in),
        (scanner_gone, "EG-S201 device_lost", scanner_back),
        (camera_gone, "EG-S241 device_lost", camera_back),
    ],
)
def test_a_device_that_broke_during_maintenance_keeps_the_lane_shut_until_it_is_mended(
    breaks: Callable[[AtTheBench], object],
    named: str,
    mends: Callable[[AtTheBench], object],
    tmp_path: Path,
) -> None:
    async def case(it: AtTheBench) -> None:
        await it.is_in_maintenance()
        await breaks(it)  # type: ignore[misc]  # a coroutine
        states = it.gate.page.received
        since = len(states)
        it.leaves_maintenance()
        await until(lambda: named in it.failing())
        stays_shut = (
            LaneState.EXCEPTION if named.startswith("EG-S160") else LaneState.OUT_OF_SERVICE
        )
        await it.gate.stands(stays_shut)
        shown = {one.state for one in states[since:] if isinstance(one, StateShown)}
        assert shown & {LaneState.CLOSED, LaneState.READY} == set()
        await mends(it)  # type: ignore[misc]  # a coroutine
        await it.gate.stands(LaneState.READY)
        assert it.failing() == ()

    it = run(tmp_path, case)
    assert f"self-test: {named}" in it.gate.notes()
    assert not any(
        edge.on and edge.part is Output.EXIT_RELEASE for edge in it.bench.bench.plant.edges
    )


def test_nothing_broken_it_opens_by_itself(tmp_path: Path) -> None:
    async def case(it: AtTheBench) -> None:
        await it.is_in_maintenance()
        it.leaves_maintenance()
        await it.gate.stands(LaneState.READY)

    run(tmp_path, case)
