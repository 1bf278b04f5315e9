"""The bench's light: what a gate's driver tells it shines on whoever the camera sees."""

import asyncio
from collections.abc import Callable
from pathlib import Path
import time

import pytest

from drivers.catalogue import light
from egate.domain.lane_part import Shape
from egate.ports.errors import DeviceLost
from egate.profile.load import load
from simulators.bench import Bench

pytestmark = pytest.mark.bench

RED, DARK = (255, 0, 0), (0, 0, 0)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5.0):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("shape", Shape)
def test_the_light_of_the_benchs_profile_shines_into_its_camera(
    shape: Shape, tmp_path: Path
) -> None:
    async def work() -> None:
        bench = Bench(shape, tmp_path, {})
        await bench.open({})
        settings = load(bench.profile).devices.light
        assert settings is not None
        own = await asyncio.to_thread(light, settings, time.monotonic)
        own.shine(RED)
        await until(lambda: bench.camera.lamp == RED)
        bench.set_fault("light_unplugged", on=True)
        with pytest.raises(DeviceLost):
            own.shine(DARK)
        bench.set_fault("light_unplugged", on=False)
        own.close()
        again = await asyncio.to_thread(light, settings, time.monotonic)
        await until(lambda: bench.camera.lamp == DARK)
        again.close()
        await bench.close()

    asyncio.run(work())
