"""A bench whose lane is closed, and the self-test run against its wires, as a technician runs it.

The bench lives in a loop of its own thread; the self-test runs in the caller's, through the real
drivers. Doors of this bench are quick and its relay lapses soon, so that a run takes seconds; what
is proven does not hang on how long a leaf takes.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random
import threading
import time
from typing import Any, Self, TypeVar

import numpy as np

import drivers._io_lines
import drivers._io_pigpio
import drivers.io_gpiozero
from egate.compose import selftest_openers
from egate.domain.lane_part import Shape
from egate.loop.files import Places
from egate.profile.load import load
from egate.profile.settings import FingerprintZfmSettings, HardwareProfile
from egate.selftest.check import Result
from egate.selftest.closed_lane import ClosedLane, Paces
from egate.selftest.device_checks import TEST_CODE
from egate.selftest.lane_checks import lane_checks
from egate.selftest.person import Person
from egate.selftest.runner import Means, run
from simulators.bench import Bench
from simulators.document_reader import Carried
from simulators.faces import CUT_HEIGHT, CUT_WIDTH, Picture
from simulators.fingerprint_zfm import Sensor, Thinking, live
from simulators.serial_line import Cable
from tests.faults.table import Fault

OPEN_S, RELAY_S = 0.1, 0.5
FAST = 921600  # the finger sensor's line: less to wait for
PACES = Paces(lapses_s=RELAY_S + 0.1, watches_s=0.4, answers_s=2.0)
LIMITS = {"door_follow_s": 0.5}
CODE_CUT = "test_code"

T = TypeVar("T")


def suit_the_bench(put: Callable[[object, str, float], None] = setattr) -> None:
    """Give the drivers the relay of this bench, and boards time on a machine that has none.

    What a mute board is told as does not hang on how long it is waited for.
    """
    put(drivers._io_lines, "RELAY_LAPSES_S", RELAY_S)
    put(drivers._io_pigpio, "ANSWER_S", 1.0)
    put(drivers.io_gpiozero, "OPERATION_S", 1.5)
    put(drivers.io_gpiozero, "OPEN_S", 4.0)


class FaultBench:
    """One bench with open wires and nobody at it."""

    def __init__(self, shape: Shape, folder: Path, *, documents: bool = False) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        carried: dict[str, Carried] | None = {} if documents else None
        self.bench = Bench(shape, folder, {CODE_CUT: code_cut()}, carried=carried)
        self.bench.plant._open_s, self.bench.plant._relay_s = OPEN_S, RELAY_S
        self.folder = folder
        self.do(self.bench.open(LIMITS))
        self.finger = Sensor(Random(7), thinking=Thinking(0.0, 0.0, 0.0))
        self.finger_cable = Cable(folder / "run" / "finger")
        self.begin(live(self.finger, self.finger_cable, FAST))
        self.change(self._take_the_sensors_place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _take_the_sensors_place(self, bench: Bench) -> None:
        """Have the table break this sensor: a lane of any shape has it, and it is quick."""
        if bench.sensor_line is not None:
            bench.sensor_line.unplug()
        bench.sensor, bench.sensor_line = self.finger, self.finger_cable

    async def _end(self) -> None:
        await self.bench.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def do(self, work: Coroutine[Any, Any, T], within_s: float = 20.0) -> T:
        """Carry out a coroutine in the bench's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within_s)

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin a coroutine in the bench's loop; nobody waits for it."""
        asyncio.run_coroutine_threadsafe(work, self.loop)

    def change(self, act: Callable[[Bench], object]) -> None:
        """Change something at the bench between two of its ticks."""

        async def acts() -> None:
            act(self.bench)

        self.do(acts())

    def break_it(self, fault: Fault) -> None:
        """Break what a row of the table says; it is broken when this returns."""
        self.change(fault.break_it)
        if fault.by_hand is None:
            is_in = fault.of_the_simulators(self.bench.shape).is_in
            self.do(self._until(lambda: is_in(self.bench)))

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.01)

    def profile(self) -> HardwareProfile:
        """Return the profile of the bench's wires."""
        told = load(self.bench.profile)
        line = str(self.folder / "run" / "finger")
        sensor = FingerprintZfmSettings(
            driver="fingerprint_zfm", line=line, baud=57600, answer_timeout_ms=600
        )
        devices = told.devices.model_copy(update={"fingerprint": sensor})
        return told.model_copy(update={"devices": devices})

    def run(self, person: Person | None = None, only: tuple[str, ...] = ()) -> tuple[Result, ...]:
        """Run the self-test; `only` are beginnings of ids, all without any."""
        places = Places(self.folder, self.folder / "run")
        openers = selftest_openers(self.profile(), places)
        lane = ClosedLane(self.profile(), openers, time.monotonic, person, PACES)
        registry = lane_checks(lane)
        asked = [one.id for one in registry if not only or one.id.startswith(only)]
        try:
            return run(registry.only(asked), lane, Means(time.monotonic))
        finally:
            lane.close()


def code_cut() -> Picture:
    """Return the test code as something that can be held before the camera."""
    from egate.permit.drawing import draw

    rows = np.array(draw(TEST_CODE).rows)
    modules = np.where(rows, 20, 235).astype(np.uint8)
    scale = CUT_WIDTH // (len(rows) + 4)
    code = np.kron(modules, np.ones((scale, scale), np.uint8))
    cut = np.full((CUT_HEIGHT, CUT_WIDTH), 235, np.uint8)
    top, left = (CUT_HEIGHT - len(code)) // 2, (CUT_WIDTH - len(code)) // 2
    cut[top : top + len(code), left : left + len(code)] = code
    return np.repeat(cut[:, :, None], 3, axis=2)
