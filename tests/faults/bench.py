"""A bench whose lane is closed, and the self-test run against its wires, as a technician runs it.

The bench lives in a loop of its own thread; the self-test runs in the caller's, through the real
drivers. Doors of this bench are quick and its relay lapses soon, so that a run takes seconds; what
is proven does not hang on how long a leaf takes.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
import threading
import time
from types import MappingProxyType
from typing import Any, Self, TypeVar

import numpy as np

import drivers._io_lines
import drivers._io_pigpio
import drivers.io_gpiozero
from egate.compose.technician import selftest_openers
from egate.domain.lane_part import Door, Shape
from egate.loop.files import Places
from egate.profile.load import load
from egate.profile.settings import DoorWiring, HardwareProfile
from egate.selftest.check import Result
from egate.selftest.closed_lane import ClosedLane, Paces
from egate.selftest.device_checks import TEST_CODE
from egate.selftest.lane_checks import lane_checks
import egate.selftest.moving_checks
from egate.selftest.person import Person
from egate.selftest.runner import Means, run
from simulators.bench import Bench
from simulators.code_camera import CodeCamera
from simulators.document_reader import Carried
from simulators.faces import CUT_HEIGHT, CUT_WIDTH, Picture
from simulators.fingerprint_zfm import Sensor, Thinking
from simulators.page_camera import PageCamera
import simulators.switches
from tests.faults.table import Fault

OPEN_S, RELAY_S = 0.1, 0.5
PACES = Paces(lapses_s=RELAY_S + 0.1, watches_s=0.4, answers_s=2.0, shows_s=0.5)
ANSWERS_MS = 1500  # of the finger sensor
LIMITS = {"door_follow_s": 0.5}
LATEST_MS = 2000.0  # of a tick, on a machine that runs other tests too
PAGE_S = 12.0  # a page is looked at twice, on a machine that has other things to do
CODE_CUT = "test_code"
OPTIONAL = ("light", "fingerprint", "mrz_reader", "card_reader")

T = TypeVar("T")


def suit_the_bench(put: Callable[[object, str, float], None] = setattr) -> None:
    """Give the drivers the relay of this bench, and boards time on a machine that has none.

    What a mute board is told as does not hang on how long it is waited for, and how late this
    process comes beside a whole bench is no fault of a lane.
    """
    for limit in ("LATE_MS", "DROPS_MS"):
        put(egate.selftest.moving_checks, limit, LATEST_MS)
    put(drivers._io_lines, "RELAY_LAPSES_S", RELAY_S)
    put(drivers._io_pigpio, "ANSWER_S", 1.0)
    put(drivers.io_gpiozero, "OPERATION_S", 1.5)
    put(drivers.io_gpiozero, "OPEN_S", 4.0)


class FaultBench:
    """One bench with open wires and nobody at it."""

    def __init__(
        self,
        shape: Shape,
        folder: Path,
        *,
        documents: bool = False,
        cameras: bool = False,
        faces: Mapping[str, Picture] = MappingProxyType({}),
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        carried: dict[str, Carried] | None = {} if documents or cameras else None
        self.bench = Bench(
            shape,
            folder,
            {**faces, CODE_CUT: code_cut()},
            carried=carried,
            page_camera=PageCamera() if cameras else None,
            code_camera=CodeCamera(held_pictures=0) if cameras else None,
        )
        self.paces = replace(PACES, answers_s=PAGE_S) if cameras else PACES
        self.doors: dict[str, DoorWiring] = {}  # as another profile has them
        self.like: HardwareProfile | None = None  # whose devices and doors this bench has
        self.reader = ""  # what the profile calls the card reader, as it should be without
        self.bench.plant._open_s, self.bench.plant._relay_s = OPEN_S, RELAY_S
        self.bench.sensor = Sensor(Random(7), thinking=Thinking(0.0, 0.0, 0.0))  # in any shape
        self.folder = folder
        self.do(self.bench.open(LIMITS))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

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
        broken = fault.of_the_simulators(self.bench.shape)
        if broken is not None:
            self.do(self._puts_in(broken))
        self.reader = fault.reader or self.reader
        if fault.fails_secured:
            self.doors_are(dict.fromkeys(Door, DoorWiring(fail="secured")))

    async def _puts_in(self, fault: simulators.switches.Fault) -> None:
        fault.switch(self.bench, True)
        while not fault.is_in(self.bench):  # a service takes a moment to end
            await asyncio.sleep(0.01)

    def doors_are(self, wirings: dict[Door, DoorWiring]) -> None:
        """Have other doors than the shipped profile's, in the plant and in the profile."""
        self.doors = {door.value: wiring for door, wiring in wirings.items()}

        def change(bench: Bench) -> None:
            for door, wiring in wirings.items():
                bench.plant._fails_free[door] = wiring.fail == "free"
            bench.plant.by_hand = {door for door, one in wirings.items() if one.opens == "by_hand"}

        self.change(change)

    def be_like(self, profile: HardwareProfile) -> None:
        """Have the doors of this profile, and none of the devices that it has not."""
        self.like = profile
        self.doors_are({Door(name): wired for name, wired in profile.doors if wired is not None})

    def profile(self) -> HardwareProfile:
        """Return the profile of the bench's wires."""
        told = load(self.bench.profile)
        assert told.devices.fingerprint is not None
        sensor = told.devices.fingerprint.model_copy(update={"answer_timeout_ms": ANSWERS_MS})
        changed: dict[str, object] = {"fingerprint": sensor}
        if self.reader and told.devices.card_reader is not None:
            changed["card_reader"] = told.devices.card_reader.model_copy(
                update={"reader": self.reader}
            )
        if self.like is not None:
            has = self.like.devices
            changed |= {name: None for name in OPTIONAL if getattr(has, name) is None}
        devices = told.devices.model_copy(update=changed)
        doors = told.doors.model_copy(update=self.doors)
        return told.model_copy(update={"devices": devices, "doors": doors})

    def run(self, person: Person | None = None, only: tuple[str, ...] = ()) -> tuple[Result, ...]:
        """Run the self-test; `only` are beginnings of ids, all without any."""
        places = Places(self.folder, self.folder / "run")
        openers = selftest_openers(self.profile(), places)
        lane = ClosedLane(self.profile(), openers, time.monotonic, person, self.paces)
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
