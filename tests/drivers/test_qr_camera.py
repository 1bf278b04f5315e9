"""The camera that reads codes keeps the CodeReader promises, whatever it is shown or does.

FAULTS is the fault table of DESIGN section 4, against the simulated camera over its real wire.

Source: DESIGN section 4; research/mrz_qr.md section 4; egate/ports/code_reader.py.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import threading
import time
from typing import Literal

import numpy as np
from numpy.typing import NDArray
import pytest
import zxingcpp

from drivers._video import OPEN_TIMEOUT_MS
from drivers.qr_camera import FORMATS, ONE_THING_S, STILL_HELD_S, QrCamera, build
from egate.ports.camera import Frame
from egate.ports.code_reader import CodeFrame, CodeReader
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.profile.settings import QrCameraSettings
from egate.vision import codes
from egate.vision.codes import CodeFinder, DecoderMissing
from simulators import camera as wire
from simulators.code_camera import CodeCamera, Medium
from tests.drivers.test_camera_opencv import Fault, faults

PERMIT = "BG1:" + "A1B2C3" * 40
SILENCE_MS = 700  # pictures are drawn as they go, on a busy machine
SILENCE_S = SILENCE_MS / 1000
MARGIN_S = 1.5  # a busy machine
RATE_HZ = 15.0
PERIOD_S = 1 / RATE_HZ

Picture = NDArray[np.uint8]


def slip(*contents: str | bytes) -> Picture:
    """Return a white sheet with these codes side by side."""
    sheet = np.full((300, 320 * max(len(contents), 1)), 255, np.uint8)
    for number, content in enumerate(contents):
        code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
        drawn = np.array(code.to_image(scale=4 if len(content) < 200 else 1), np.uint8)
        high, wide = drawn.shape
        sheet[10 : 10 + high, 320 * number + 10 : 320 * number + 10 + wide] = drawn
    return sheet


class Played:
    """A camera that shows a list of pictures, each for some seconds, on a clock of its own."""

    def __init__(self, *plays: tuple[Picture, float]) -> None:
        self.now_s = 100.0
        self.closed = 0
        self._frames = [picture for picture, for_s in plays for _ in range(round(for_s * RATE_HZ))]
        self._number = 0

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        assert after == self._number
        if timeout_s < PERIOD_S or self._number >= len(self._frames):
            self.now_s += timeout_s + 0.001
            return None
        self.now_s += PERIOD_S
        self._number += 1
        return Frame(self._frames[self._number - 1], self.now_s, self._number)

    def close(self) -> None:
        self.closed += 1

    def told(self) -> list[object]:
        """Return what the reader tells of everything that is played."""
        reader = QrCamera(self, CodeFinder(), lambda: self.now_s)
        told: list[object] = []
        while self._number < len(self._frames):
            try:
                code = reader.read(0.2)
            except DeviceGarbled as garbled:
                told.append(garbled.what)
                continue
            told += [] if code is None else [code]
        return told

    def texts(self) -> list[object]:
        return [one.text if isinstance(one, CodeFrame) else one for one in self.told()]


NOTHING = slip()


def test_a_code_is_told_at_the_second_glance_with_the_time_of_the_first() -> None:
    played = Played((NOTHING, 0.4), (slip(PERMIT), 0.4))
    (code,) = played.told()
    assert isinstance(code, CodeFrame)
    assert code.text == PERMIT
    assert code.ended_at_s - code.began_at_s == pytest.approx(PERIOD_S)


def test_a_code_seen_for_one_picture_is_not_told() -> None:
    assert Played((NOTHING, 0.4), (slip(PERMIT), PERIOD_S), (NOTHING, 3)).told() == []


def test_a_held_code_is_told_once() -> None:
    assert Played((slip(PERMIT), STILL_HELD_S - 0.5)).texts() == [PERMIT]


def test_a_code_that_flickers_is_told_once() -> None:
    flicker = [(slip(PERMIT), 0.2), (NOTHING, ONE_THING_S - 0.3)] * 2
    assert Played(*flicker).texts() == [PERMIT]


def test_a_code_that_left_is_told_again_when_it_comes_back() -> None:
    shown, gone = (slip(PERMIT), 0.4), (NOTHING, ONE_THING_S + 0.2)
    assert Played(shown, gone, shown).texts() == [PERMIT, PERMIT]


def test_a_code_still_held_is_told_again_for_a_gate_that_was_busy() -> None:
    first, second = Played((slip(PERMIT), STILL_HELD_S + 1)).told()
    assert isinstance(first, CodeFrame)
    assert isinstance(second, CodeFrame)
    assert second.began_at_s - first.began_at_s >= STILL_HELD_S
    assert second.ended_at_s == second.began_at_s


def test_another_code_is_told_at_once() -> None:
    assert Played((slip(PERMIT), 0.4), (slip("BG1:B"), 0.4)).texts() == [PERMIT, "BG1:B"]


def test_of_two_codes_none_is_told_though_one_is_hidden_for_a_moment() -> None:
    both, one = slip("one", "two"), slip("one")
    played = Played((one, PERIOD_S), (both, 0.4), (one, 0.6), (both, 0.4))
    assert played.texts() == ["2 codes at once"]


def test_after_two_codes_the_one_that_stays_is_told() -> None:
    assert Played((slip("one", "two"), 0.4), (slip("one"), 1.5)).texts() == [
        "2 codes at once",
        "one",
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xdc\x03\xff\x00\x80" * 8, "a code of 40 bytes that are no text"),
        (b"one\x1btwo", "a code of 7 bytes that are no text"),
        (b"1" * 2500, "a code of 2500 characters, 2048 are allowed"),
    ],
)
def test_what_is_no_code_of_ours_is_garbled_once_however_long_it_is_held(
    content: bytes, what: str
) -> None:
    assert Played((slip(content), 3 * STILL_HELD_S)).texts() == [what]


def test_names_beyond_ascii_are_told_as_they_are() -> None:
    text = "001199001234||Ngô Thị Ánh|01011990|Nữ|Đồng Đăng|01012021"
    assert Played((slip(text.encode()), 0.4)).texts() == [text]


def test_a_read_keeps_its_time_and_closing_gives_the_camera_back() -> None:
    played = Played((NOTHING, 2))
    reader = QrCamera(played, CodeFinder(), lambda: played.now_s)
    began_s = played.now_s
    assert reader.read(0.5) is None
    assert played.now_s - began_s == pytest.approx(0.5, abs=PERIOD_S)
    reader.close()
    assert played.closed == 1


def test_every_choice_of_codes_in_a_profile_has_its_formats() -> None:
    choices = QrCameraSettings.model_fields["codes"].annotation.__args__  # type: ignore[union-attr]  # a Literal
    assert set(choices) == set(FORMATS)


def settings(line: str, decoder: Literal["zxing", "zxing+zbar"] = "zxing") -> QrCameraSettings:
    return QrCameraSettings(
        driver="qr_camera",
        line=line,
        width=wire.WIDTH,
        height=wire.HEIGHT,
        frame_timeout_ms=SILENCE_MS,
        decoder=decoder,
    )


def test_a_decoder_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DecoderMissing("no codes can be read with zbar: it is away")

    monkeypatch.setattr(codes, "pyzbar", missing)
    with pytest.raises(DeviceRefused, match="zbar"):
        build(settings("http://127.0.0.1:9/", decoder="zxing+zbar"), time.monotonic)


# Against the simulated camera, over its real wire.


class Line:
    """A simulated camera, served on loopback by a thread of its own."""

    def __init__(self, source: CodeCamera) -> None:
        self.source = source
        self.address = ""
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        assert self._open.wait(10)

    async def _run(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await wire.serve(self.source, "127.0.0.1", 0, RATE_HZ)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        self._open.set()
        await self._over.wait()
        server.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)


@pytest.fixture
def line() -> Iterator[Line]:
    opened = Line(CodeCamera(seed=1))
    yield opened
    opened.close()


@contextmanager
def opened(line: Line) -> Iterator[CodeReader]:
    reader = build(settings(line.address), time.monotonic)
    try:
        yield reader
    finally:
        reader.close()


def heard(reader: CodeReader, within_s: float = 10.0) -> object:
    """Return the next code, or the error that comes instead."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        try:
            code = reader.read(0.2)
        except DeviceError as error:
            return error
        if code is not None:
            return code
    return None


@pytest.mark.bench
@pytest.mark.parametrize("medium", Medium)
def test_a_code_held_up_is_told(line: Line, medium: Medium) -> None:
    line.source.medium = medium
    with opened(line) as reader:
        line.source.show(PERMIT)
        code = heard(reader)
    assert isinstance(code, CodeFrame)
    assert code.text == PERMIT
    assert time.monotonic() >= code.ended_at_s > code.began_at_s > time.monotonic() - 10


@pytest.mark.bench
def test_two_slips_held_up_are_garbled_and_the_reader_goes_on(line: Line) -> None:
    with opened(line) as reader:
        line.source.show(PERMIT, "BG1:OTHER")
        assert isinstance(heard(reader), DeviceGarbled)
        line.source.show("BG1:ONE")
        code = heard(reader)
    assert isinstance(code, CodeFrame)
    assert code.text == "BG1:ONE"


FAULTS = faults(SILENCE_S)


@pytest.mark.bench
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.field)
def test_a_fault_is_a_lost_device_in_time_and_the_next_opening_reads(
    line: Line, fault: Fault
) -> None:
    with opened(line) as reader:
        assert reader.read(0.2) is None
        setattr(line.source, fault.field, fault.value)
        began_s = time.monotonic()
        error = heard(reader)
        took_s = time.monotonic() - began_s
    assert isinstance(error, DeviceLost)
    assert (error.device, fault.says in error.what) == ("scanner", True)
    assert took_s < fault.within_s + 0.2 + MARGIN_S
    setattr(line.source, fault.field, type(fault.value)())
    with opened(line) as reader:
        line.source.show(PERMIT)
        assert isinstance(heard(reader), CodeFrame)


@pytest.mark.bench
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.field)
def test_a_fault_at_opening_is_a_lost_device_in_bounded_time(line: Line, fault: Fault) -> None:
    setattr(line.source, fault.field, fault.value)
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        build(settings(line.address), time.monotonic)
    assert time.monotonic() - began_s < OPEN_TIMEOUT_MS / 1000 + fault.within_s + MARGIN_S


@pytest.mark.bench
def test_a_covered_lens_is_no_lost_camera(line: Line) -> None:
    with opened(line) as reader:
        line.source.dark = True
        line.source.show(PERMIT)
        assert heard(reader, 3 * SILENCE_S) is None
