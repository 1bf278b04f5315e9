"""The bench with a document reader: people's hands move what a gate finds on its two lines."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
import time

import pytest

from egate.domain.lane_part import Door, Output, Shape
from egate.profile.load import load
from egate.profile.settings import MrzCameraSettings, MrzSerialSettings
from simulators import mrz_page
from simulators.bench import Bench
from simulators.card_chip import Chip, seeded
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import issue, traveller
from simulators.document_reader import BAUD, FRAMING, READER, Carried
from simulators.page_camera import PageCamera
from simulators.people import Left, Way
from simulators.people import traveller as person
from simulators.private_pcscd import SOCKET_VARIABLE, PcscdNotPossible
from tests.simulators.near_ends import NearEnds, near_ends

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
pytestmark = pytest.mark.bench

WITHIN_S = 10.0


def carried() -> dict[str, Carried]:
    documents = [issue(traveller(number, GREY_JPEG + bytes(4_000))) for number in (1, 2)]
    return {
        f"document_{place}": Carried(one.printed, Chip(one, seeded(place)))
        for place, one in enumerate(documents)
    }


@asynccontextmanager
async def opened(
    shape: Shape, folder: Path, gone: list[Left], page_camera: PageCamera | None = None
) -> AsyncIterator[tuple[Bench, NearEnds]]:
    bench = Bench(shape, folder, {}, gone.append, carried=carried(), page_camera=page_camera)
    try:
        await bench.open({})
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")
    try:
        socket = Path(bench.environment[SOCKET_VARIABLE])
        async with near_ends(bench.run_folder / "mrz", socket) as gate:
            yield bench, gate
    finally:
        await bench.close()


async def until(holds: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.01)


def test_a_bench_for_codes_has_no_document_reader(tmp_path: Path) -> None:
    async def work() -> None:
        bench = Bench(Shape.MANTRAP, tmp_path, {})
        await bench.open({})
        try:
            devices = load(bench.profile).devices
            assert (devices.mrz_reader, devices.card_reader) == (None, None)
            assert (bench.documents, bench.environment) == (None, {})
            with pytest.raises(ValueError, match="no fault"):
                bench.set_fault("card_mute", on=True)
        finally:
            await bench.close()

    asyncio.run(work())


@pytest.mark.parametrize("shape", Shape)
def test_the_profile_names_the_lines_of_the_document_reader(shape: Shape, tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(shape, tmp_path, []) as (bench, _):
            devices = load(bench.profile).devices
            assert isinstance(devices.mrz_reader, MrzSerialSettings)
            assert devices.card_reader is not None
            assert devices.mrz_reader.line == str(bench.run_folder / "mrz")
            assert (devices.mrz_reader.framing, devices.mrz_reader.baud) == (FRAMING, BAUD)
            assert fnmatchcase(f"{READER} 00 01", devices.card_reader.reader)

    asyncio.run(work())


@pytest.mark.parametrize("shape", Shape)
def test_with_a_camera_over_the_window_the_profile_names_its_line_and_pages_come_before_it(
    shape: Shape, tmp_path: Path
) -> None:
    async def work() -> None:
        async with opened(shape, tmp_path, [], page_camera=PageCamera()) as (bench, _):
            camera = bench.page_camera
            assert camera is not None
            reader = load(bench.profile).devices.mrz_reader
            assert isinstance(reader, MrzCameraSettings)
            assert reader.line == f"http://127.0.0.1:{bench.page_camera_port}/stream"
            assert (reader.width, reader.height) == (mrz_page.WIDTH, mrz_page.HEIGHT)
            bench.set_fault("mrz_reader_unplugged", on=True)
            await until(lambda: camera.drops_line)
            bench.set_fault("mrz_reader_unplugged", on=False)
            await until(lambda: not camera.drops_line)

    asyncio.run(work())


@pytest.mark.parametrize("shape", Shape)
def test_a_traveller_lays_a_document_down_and_takes_it_along_at_the_stop_lamp(
    shape: Shape, tmp_path: Path
) -> None:
    async def work() -> None:
        gone: list[Left] = []
        async with opened(shape, tmp_path, gone) as (bench, gate):
            assert bench.carried is not None
            bench.walkway.add(person("one", Random(1), document="document_1"))
            zone = await gate.zone()
            assert zone == bench.carried["document_1"].page
            assert await gate.says("comes") == "True"
            assert await gate.says("reads", *zone) == "contactless None True"
            bench.plant.drive(Output.STOP, energised=True)
            assert await gate.says("goes") == "True"
            await until(lambda: gone)
            assert [left.way for left in gone] == [Way.BACK]

    asyncio.run(work())


def test_a_traveller_takes_the_document_along_when_the_entry_opens(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(Shape.MANTRAP, tmp_path, []) as (bench, gate):
            bench.walkway.add(person("one", Random(1), document="document_0"))
            await gate.zone()
            assert await gate.says("comes") == "True"
            plant = bench.plant
            plant.drive(Output.ENTRY_RELEASE, energised=not plant.fails_free(Door.ENTRY))
            feeding = asyncio.create_task(feed(bench))
            assert await gate.says("goes") == "True"
            assert plant.leaves[Door.ENTRY].is_passable
            feeding.cancel()

    asyncio.run(work())


async def feed(bench: Bench) -> None:
    """Pulse the safety relay, as a gate does."""
    while True:
        alive = bench.plant.is_energised(Output.ALIVE)
        bench.plant.drive(Output.ALIVE, energised=not alive)
        await asyncio.sleep(0.1)


def test_the_next_one_in_the_queue_lays_down_a_document_of_their_own(tmp_path: Path) -> None:
    async def work() -> None:
        gone: list[Left] = []
        async with opened(Shape.MANTRAP, tmp_path, gone) as (bench, gate):
            assert bench.carried is not None
            for number in (0, 1):
                name = f"document_{number}"
                bench.walkway.add(person(name, Random(number), document=name))
            assert await gate.zone() == bench.carried["document_0"].page
            bench.plant.drive(Output.STOP, energised=True)
            await until(lambda: gone)
            bench.plant.drive(Output.STOP, energised=False)
            zone = await gate.zone()
            assert zone == bench.carried["document_1"].page
            assert await gate.says("comes") == "True"
            assert await gate.says("reads", *zone) == "contactless None True"

    asyncio.run(work())


def test_a_fault_of_the_document_reader_is_set_and_mended_by_name(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(Shape.MANTRAP, tmp_path, []) as (bench, gate):
            bench.set_fault("card_reader_gone", on=True)
            await until(lambda: not Path(bench.environment[SOCKET_VARIABLE]).exists())
            assert await gate.says("comes") == "DeviceLost"
            bench.set_fault("card_reader_gone", on=False)
            await until(Path(bench.environment[SOCKET_VARIABLE]).exists)
            bench.set_fault("mrz_reader_unplugged", on=True)
            await until(lambda: not (bench.run_folder / "mrz").exists())

    asyncio.run(work())


def test_a_closed_bench_leaves_no_pcscd_behind(tmp_path: Path) -> None:
    async def work() -> None:
        async with opened(Shape.TURNSTILE, tmp_path, []) as (bench, _):
            socket = Path(bench.environment[SOCKET_VARIABLE])
            assert socket.exists()
        assert not socket.parent.parent.exists()

    asyncio.run(work())
