"""The camera's driver keeps the Camera promises, whatever the camera does to it.

FAULTS is the fault table of DESIGN section 4: what is wrong, what the driver says of it, and
within which time, while streaming and at opening; afterwards the camera opens again and lives.

Source: DESIGN section 4; research/hardware.md section 4.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import subprocess
import sys
import threading
import time
from typing import Any

import cv2
import numpy as np
import pytest

from drivers._video import OPEN_TIMEOUT_MS, Video
from drivers.camera_opencv import build
from egate.domain.face_measures import FaceReason
from egate.ports.camera import Camera
from egate.ports.errors import DeviceError, DeviceLost, DeviceRefused
from egate.profile.settings import CameraSettings
from egate.vision.capture import FaceCapture
from egate.vision.enrol import embedding_of_picture
from egate.vision.faces import FaceEngine
from egate.vision.models import load_models
from simulators import camera as bench
from simulators.faces import FacesNotObtained, enrolment_file, live_pictures, obtain
from tests.vision.limits import LIMITS

pytestmark = pytest.mark.bench

SILENCE_MS = 300
SILENCE_S = SILENCE_MS / 1000
MARGIN_S = 1.0  # a busy machine
SOMEBODY = np.full((600, 480, 3), 90, np.uint8)  # the driver does not care for faces
BITS = 16


@dataclass(frozen=True)
class Fault:
    """What is wrong with the camera, what the driver says of it, and within which time."""

    field: str
    value: Any
    says: str
    within_s: float


def faults(silence_s: float) -> list[Fault]:
    """Return what can be wrong with any line of pictures."""
    return [
        Fault("mute", True, "", silence_s),
        Fault("slow_s", 5.0, "", silence_s),
        Fault("garbled", True, "", silence_s),
        Fault("drops_line", True, "ended", silence_s),
        Fault("frozen", True, "frozen", 2 * silence_s),
    ]


FAULTS = faults(SILENCE_S)


class Line:
    """A source of pictures served on loopback by a thread of its own."""

    def __init__(self, source: bench.Source) -> None:
        self.source = source
        self.port = 0
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._open.wait(10)

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await bench.serve(self.source, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        await self._over.wait()
        server.close()

    def settings(self, width: int = bench.WIDTH, height: int = bench.HEIGHT) -> CameraSettings:
        return CameraSettings(
            driver="camera_opencv",
            line=f"http://127.0.0.1:{self.port}/",
            width=width,
            height=height,
            frame_timeout_ms=SILENCE_MS,
        )

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)


class Counter:
    """A camera whose pictures carry their number in black and white squares."""

    mute = drops_line = False
    slow_s = 0.0

    def __init__(self) -> None:
        self.sent = 0
        self._news = threading.Condition()

    def wait_for(self, more: int) -> None:
        with self._news:
            wanted = self.sent + more
            assert self._news.wait_for(lambda: self.sent >= wanted, 10)

    async def next_jpeg(self) -> bytes:
        with self._news:
            self.sent += 1
            self._news.notify_all()
        bits = [255 * (self.sent >> bit & 1) for bit in range(BITS)]
        picture = np.repeat(np.array([bits], np.uint8), 240, axis=0).repeat(40, axis=1)
        return bytes(cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))[1])


def number_in(picture: np.ndarray[Any, Any]) -> int:
    return sum((picture[120, 20 + 40 * bit, 0] > 127) << bit for bit in range(BITS))


@pytest.fixture
def line() -> Iterator[Line]:
    camera = bench.Camera({"somebody": SOMEBODY})
    camera.show("somebody")
    opened = Line(camera)
    yield opened
    opened.close()


@contextmanager
def opened(settings: CameraSettings) -> Iterator[Camera]:
    camera = build(settings, time.monotonic)
    try:
        yield camera
    finally:
        camera.close()


def lost_after_s(camera: Camera) -> tuple[DeviceError, float]:
    """Return what the camera says when it is lost, and how long it had not been."""
    began_s, number = time.monotonic(), 0
    while time.monotonic() - began_s < 10:
        try:
            number = camera.newest(number, SILENCE_S).number
        except DeviceError as error:
            return error, time.monotonic() - began_s
    pytest.fail("the camera was never lost")


def test_the_driver_satisfies_its_port(line: Line) -> None:
    with opened(line.settings()) as camera:
        assert isinstance(camera, Video)
        frame = camera.newest(0, 1.0)
        assert frame.picture.shape == (bench.HEIGHT, bench.WIDTH, 3)
        assert frame.picture.dtype == np.uint8
        assert 0 <= time.monotonic() - frame.taken_at_s < SILENCE_S + MARGIN_S


def test_every_frame_is_newer_than_the_one_before(line: Line) -> None:
    with opened(line.settings()) as camera:
        numbers, times = [0], [0.0]
        for _ in range(10):
            frame = camera.newest(numbers[-1], 1.0)
            numbers.append(frame.number)
            times.append(frame.taken_at_s)
    assert numbers == sorted(set(numbers))
    assert times == sorted(set(times))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.field)
def test_a_fault_while_streaming_is_a_lost_device_and_the_next_opening_works(
    line: Line, fault: Fault
) -> None:
    with opened(line.settings()) as camera:
        camera.newest(0, 1.0)
        setattr(line.source, fault.field, fault.value)
        error, after_s = lost_after_s(camera)
    assert isinstance(error, DeviceLost)
    assert fault.says in error.what
    assert after_s < fault.within_s + MARGIN_S
    setattr(line.source, fault.field, type(fault.value)())
    with opened(line.settings()) as camera:
        assert camera.newest(2, 1.0).number > 2


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.field)
def test_a_fault_at_opening_is_a_lost_device_in_bounded_time(line: Line, fault: Fault) -> None:
    setattr(line.source, fault.field, fault.value)
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        build(line.settings(), time.monotonic)
    assert time.monotonic() - began_s < OPEN_TIMEOUT_MS / 1000 + fault.within_s + MARGIN_S


def test_a_camera_that_is_not_there_is_lost_at_once(line: Line) -> None:
    settings = line.settings().model_copy(update={"line": "http://127.0.0.1:9/"})
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        build(settings, time.monotonic)
    assert time.monotonic() - began_s < MARGIN_S


@pytest.mark.parametrize("where", ["file:///etc/hostname", "rtsp://127.0.0.1/", "0", "../dev/x"])
def test_a_line_of_another_kind_is_refused_and_never_opened(line: Line, where: str) -> None:
    with pytest.raises(DeviceRefused):
        build(line.settings().model_copy(update={"line": where}), time.monotonic)


def test_pictures_of_another_size_are_refused(line: Line) -> None:
    with pytest.raises(DeviceRefused, match="1280 x 720"):
        build(line.settings(width=640, height=480), time.monotonic)


def test_a_covered_lens_is_no_lost_camera(line: Line) -> None:
    with opened(line.settings()) as camera:
        camera.newest(0, 1.0)
        assert isinstance(line.source, bench.Camera)
        line.source.black = True
        number = camera.newest(0, 1.0).number
        assert camera.newest(number + 10, 1.0).picture.mean() < 16


def test_a_slow_consumer_gets_the_newest_picture() -> None:
    source = Counter()
    line = Line(source)
    behind = []
    with opened(line.settings(width=640, height=240)) as camera:
        for _ in range(5):
            source.wait_for(8)  # busy with something else for a quarter of a second
            behind.append(source.sent - number_in(camera.newest(0, 1.0).picture))
    line.close()
    assert sorted(behind)[len(behind) // 2] <= 2
    assert max(behind) <= 8


def test_a_traveller_who_faces_the_camera_is_compared_within_two_seconds() -> None:
    folder = Path(__file__).parents[2] / ".bench" / "faces"
    try:
        obtain(folder)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    engine = FaceEngine(load_models())
    reference = embedding_of_picture(enrolment_file(folder, "person_1").read_bytes(), engine)
    source = bench.Camera(live_pictures(folder))
    asyncio.run(source.prepare("person_1"))
    line = Line(source)
    with opened(line.settings()) as camera:
        source.show("person_1")
        capture, number, began_s = FaceCapture(engine, time.monotonic, LIMITS), 0, time.monotonic()
        while not capture.is_enough and time.monotonic() - began_s < 10:
            frame = camera.newest(number, 1.0)
            number = frame.number
            capture.feed(frame.picture, frame.taken_at_s)
        measures, took_s = capture.measures(reference), time.monotonic() - began_s
    line.close()
    assert (measures.reason, measures.frames) == (FaceReason.OK, 5)
    assert measures.score is not None
    assert measures.score > 0.6
    assert took_s < 2.0 + MARGIN_S


def test_closing_ends_the_waiting_and_may_be_repeated(line: Line) -> None:
    camera = build(line.settings(), time.monotonic)
    threads = threading.active_count()
    camera.close()
    camera.close()
    assert threading.active_count() == threads - 1
    with pytest.raises(DeviceLost, match="closed"):
        camera.newest(0, 1.0)


def test_a_process_that_forgets_to_close_the_camera_still_ends_well(line: Line) -> None:
    program = (
        "import sys, time\n"
        "from drivers.camera_opencv import build\n"
        "from egate.profile.settings import CameraSettings\n"
        "camera = build(CameraSettings.model_validate_json(sys.argv[1]), time.monotonic)\n"
        "print(camera.newest(0, 1.0).number)\n"
    )
    command = [sys.executable, "-c", program, line.settings().model_dump_json()]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout.strip().isdigit()) == (0, True), ended.stderr
