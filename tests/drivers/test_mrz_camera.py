"""The camera over the window: what is told of a page, how often, and what is not looked at.

The first part plays looks and pictures by hand; the second has a real line, the bench's pages and
the network that reads them.

Source: drivers/mrz_camera.py; DESIGN section 4 (faults of a simulator).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
import time

import numpy as np
import pytest

from drivers.mrz_camera import MrzCamera, Picture, build
from egate.ports.camera import Frame
from egate.ports.errors import DeviceError, DeviceLost, DeviceRefused
from egate.ports.mrz_reader import MrzFrame, MrzReader, MrzUnsure
from egate.profile.settings import MrzCameraSettings
from simulators import mrz_page
from simulators.mrz_page import Lying
from simulators.page_camera import PageCamera
from tests.drivers.test_camera_opencv import Line

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
SILENCE_MS = 600


@dataclass(frozen=True)
class Look:
    """What a look gives, and how bright the picture is: another brightness is another scene."""

    reason: str = "read"
    lines: tuple[str, ...] = PASSPORT
    grey: int = 100

    @property
    def is_record(self) -> bool:
        return self.reason == "read"


EMPTY = Look("no_zone", (), grey=0)
READ = Look()
GLARE = Look("glare")
BLURRED = Look("unsure_character")


class Beside:
    """The infrared line: its newest frame is set by hand."""

    frame: Frame | None = None
    is_closed = False

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        assert after == 0
        assert timeout_s > 0
        return self.frame

    def close(self) -> None:
        self.is_closed = True


class Window:
    """Pictures at 10 Hz by a clock of their own, and the looks at them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.number = 0
        self.looks = 0
        self.shown = EMPTY
        self.trouble = ""
        self.infrared: Picture | None = None
        self.beside = Beside()
        self.reader = MrzCamera(self, self.look, lambda: self.now_s, self.beside)

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        if self.trouble:
            raise DeviceLost("mrz_reader", self.trouble)
        self.now_s += 0.1
        self.number += 1
        assert self.number > after
        assert timeout_s > 0
        picture = np.full((72, 128, 3), self.shown.grey, np.uint8)
        return Frame(picture, self.now_s, self.number)

    def look(self, picture: Picture, infrared: Picture | None) -> Look:
        assert picture[0, 0, 0] == self.shown.grey
        self.infrared = infrared
        self.looks += 1
        return self.shown

    def close(self) -> None:
        self.trouble = "closed"

    def shows(self, look: Look, for_s: float = 1.0) -> list[MrzFrame | MrzUnsure]:
        """Show this for a while; return what was told."""
        self.shown = look
        until_s, told = self.now_s + for_s, []
        while self.now_s < until_s - 0.05:
            heard = self.reader.read(0.05)
            if heard is not None:
                told.append(heard)
        return told


def test_a_zone_is_told_when_two_looks_read_it_alike_with_the_time_the_page_was_first_seen() -> (
    None
):
    window = Window()
    window.shows(EMPTY)
    began_s = window.now_s
    (told,) = window.shows(READ)
    assert isinstance(told, MrzFrame)
    assert told.lines == PASSPORT
    assert told.began_at_s == pytest.approx(began_s + 0.1)
    assert told.ended_at_s == pytest.approx(began_s + 0.2)
    assert "UTO" not in repr(told)


def test_looks_that_read_differently_tell_nothing_until_two_agree() -> None:
    window = Window()
    wrong = replace(READ, lines=(PASSPORT[0], PASSPORT[1].replace("7", "1")), grey=120)
    assert window.shows(READ, 0.1) + window.shows(wrong, 0.1) + window.shows(READ, 0.1) == []
    assert window.shows(replace(BLURRED, grey=150), 0.1) + window.shows(READ, 0.1) == []
    (told,) = window.shows(READ, 0.1)
    assert isinstance(told, MrzFrame)
    assert told.lines == PASSPORT


def test_a_page_left_lying_is_told_once_and_not_looked_at_again() -> None:
    window = Window()
    assert len(window.shows(READ, 1.0)) == 1
    looks = window.looks
    assert window.shows(READ, 60.0) == []
    assert window.looks == looks == 2
    assert window.shows(replace(READ, grey=130), 10.0) == []  # the light has changed, or a hand


def test_a_page_that_has_left_is_told_again_but_not_within_two_seconds() -> None:
    window = Window()
    assert len(window.shows(READ, 0.5)) == 1
    assert window.shows(EMPTY, 0.6) + window.shows(READ, 0.6) == []
    window.shows(EMPTY, 1.0)
    assert len(window.shows(READ, 0.5)) == 1


def test_a_glimpse_without_the_zone_is_no_leaving() -> None:
    window = Window()
    assert len(window.shows(READ, 4.0)) == 1
    assert window.shows(EMPTY, 0.2) + window.shows(READ, 1.0) == []


def test_another_page_is_told_at_once() -> None:
    window = Window()
    window.shows(READ)
    (told,) = window.shows(replace(READ, lines=CARD, grey=140))
    assert isinstance(told, MrzFrame)
    assert told.lines == CARD


def test_a_page_that_cannot_be_read_is_told_as_unsure_once_for_a_reason() -> None:
    window = Window()
    window.shows(EMPTY)
    assert window.shows(GLARE, 2.4) == []
    (told,) = window.shows(GLARE, 30.0)
    assert isinstance(told, MrzUnsure)
    assert told.reason == "glare"
    assert told.ended_at_s - told.began_at_s == pytest.approx(2.5, abs=0.8)
    (told,) = window.shows(replace(BLURRED, grey=150), 200.0)
    assert isinstance(told, MrzUnsure)
    assert told.reason == "unsure_character"
    assert window.shows(replace(GLARE, grey=170), 30.0) == []


def test_a_page_whose_digits_differ_is_told_as_it_is_when_every_look_says_so() -> None:
    window = Window()
    misprint = Look("digit_differs", (PASSPORT[0], PASSPORT[1][:-1] + "1"))
    assert window.shows(misprint, 2.4) == []
    (told,) = window.shows(misprint, 30.0)
    assert isinstance(told, MrzFrame)
    assert told.lines == misprint.lines
    assert len(window.shows(replace(READ, grey=130))) == 1


def test_an_unsure_page_that_is_laid_well_is_read_and_one_that_was_read_is_never_unsure() -> None:
    window = Window()
    assert len(window.shows(GLARE, 4.0)) == 1
    assert [type(told) for told in window.shows(replace(READ, grey=160))] == [MrzFrame]
    assert window.shows(replace(GLARE, grey=180), 20.0) == []


def test_an_unsure_page_in_place_of_another_is_told_anew() -> None:
    window = Window()
    assert len(window.shows(GLARE, 4.0)) == 1
    window.shows(EMPTY, 1.0)
    assert len(window.shows(GLARE, 4.0)) == 1


def test_an_empty_window_is_told_of_never_and_looked_at_less_and_less() -> None:
    window = Window()
    assert window.shows(EMPTY, 10.0) == []
    looks = window.looks
    assert looks <= 8
    assert window.shows(EMPTY, 100.0) == []
    assert window.looks - looks == pytest.approx(20, abs=1)
    assert len(window.shows(READ, 0.3)) == 1


def test_a_page_that_hides_its_zone_is_unsure_and_an_empty_window_is_known_again() -> None:
    window = Window()
    window.shows(EMPTY, 2.0)
    (told,) = window.shows(replace(EMPTY, grey=200), 20.0)
    assert isinstance(told, MrzUnsure)
    assert told.reason == "no_zone"
    assert window.shows(EMPTY, 20.0) == []
    assert len(window.shows(READ)) == 1


def test_a_look_that_took_too_long_says_nothing_of_the_page() -> None:
    window = Window()
    window.shows(EMPTY, 2.0)
    late = Look("out_of_time", (), grey=200)
    assert window.shows(late, 20.0) == []
    assert len(window.shows(replace(READ, grey=200))) == 1


def test_a_page_that_is_white_with_a_lamps_light_is_unsure_for_that() -> None:
    window = Window()
    window.shows(EMPTY, 2.0)
    (told,) = window.shows(replace(EMPTY, grey=252), 10.0)
    assert isinstance(told, MrzUnsure)
    assert told.reason == "glare"


def test_another_light_is_learnt_and_one_that_changes_slowly_is_never_a_page() -> None:
    window = Window()
    window.shows(EMPTY, 2.0)
    for grey in range(0, 200, 8):
        assert window.shows(replace(EMPTY, grey=grey), 6.0) == []
    assert len(window.shows(EMPTY, 60.0)) == 1  # a lamp went out: taken for a page, once
    assert window.shows(replace(EMPTY, grey=192), 20.0) + window.shows(EMPTY, 20.0) == []


def test_a_lost_line_is_a_lost_reader() -> None:
    window = Window()
    window.trouble = "unplugged"
    with pytest.raises(DeviceLost, match="unplugged"):
        window.reader.read(0.1)


def test_an_infrared_picture_is_looked_at_only_with_the_one_it_was_taken_with() -> None:
    window = Window()
    window.shows(READ, 0.1)
    assert window.infrared is None
    dark = np.zeros((72, 128, 3), np.uint8)
    window.beside.frame = Frame(dark, window.now_s, 1)
    window.shows(BLURRED, 0.1)
    assert window.infrared is dark
    window.beside.frame = Frame(dark, window.now_s - 0.5, 1)
    window.shows(replace(BLURRED, grey=150), 0.1)
    assert window.infrared is None
    window.reader.close()
    assert window.beside.is_closed


# On a real line, with the network.


@contextmanager
def opened(camera: PageCamera, infrared: Line | None = None) -> Iterator[tuple[Line, MrzReader]]:
    line = Line(camera)
    reader = None
    try:
        reader = build(settings(line, infrared=infrared), time.monotonic)
        yield line, reader
    finally:
        if reader is not None:
            reader.close()
        line.close()


def settings(
    line: Line, width: int = mrz_page.WIDTH, infrared: Line | None = None
) -> MrzCameraSettings:
    return MrzCameraSettings(
        driver="mrz_camera",
        line=f"http://127.0.0.1:{line.port}/",
        infrared=None if infrared is None else f"http://127.0.0.1:{infrared.port}/",
        width=width,
        height=mrz_page.HEIGHT,
        frame_timeout_ms=SILENCE_MS,
    )


def heard(reader: MrzReader, within_s: float) -> MrzFrame | MrzUnsure | None:
    deadline_s = time.monotonic() + within_s
    told = None
    while told is None and time.monotonic() < deadline_s:
        told = reader.read(0.1)
    return told


WELL = {
    "upside down": Lying(turned_deg=180.0),
    "tilted": Lying(tilt=0.2, turned_deg=8.0, blur_px=1.0),
    "a little curved, dark and noisy": Lying(curve_mm=1.0, light=0.5, noise=6.0),
}


@pytest.mark.bench
@pytest.mark.parametrize("page", [PASSPORT, CARD], ids=["passport", "card"])
@pytest.mark.parametrize("lying", WELL.values(), ids=WELL)
def test_a_page_that_lies_so_is_read(lying: Lying, page: tuple[str, ...]) -> None:
    camera = PageCamera(lying=lying)
    with opened(camera) as (_, reader):
        asyncio.run(camera.lay_down(page))  # a hand brings it in, moving
        deadline_s, told = time.monotonic() + 20.0, heard(reader, 20.0)
        while isinstance(told, MrzUnsure) and time.monotonic() < deadline_s:  # a busy machine
            told = heard(reader, 20.0)
        assert isinstance(told, MrzFrame)
        assert told.lines == page


@pytest.mark.bench
def test_glare_over_the_zone_is_unsure_and_an_empty_window_says_nothing() -> None:
    camera = PageCamera(lying=Lying(glare=0.9))
    with opened(camera) as (_, reader):
        assert heard(reader, 1.0) is None
        asyncio.run(camera.lay_down(CARD))
        told = heard(reader, 10.0)
        assert isinstance(told, MrzUnsure)
        assert told.reason in {"glare", "unsure_character"}
        camera.lying = Lying()
        asyncio.run(camera.lay_down(CARD))
        assert isinstance(heard(reader, 10.0), MrzFrame)


@pytest.mark.bench
def test_a_stamp_over_the_zone_is_not_in_the_way_of_the_infrared_picture() -> None:
    seen, beside = PageCamera(), PageCamera(is_infrared=True)
    seen.lying = beside.lying = Lying(stamped=True)
    second = Line(beside)
    try:
        with opened(seen) as (_, reader):
            assert heard(reader, 1.0) is None
            asyncio.run(seen.lay_down(PASSPORT))
            assert isinstance(heard(reader, 20.0), MrzUnsure)
        with opened(seen, second) as (_, reader):
            asyncio.run(beside.lay_down(PASSPORT))
            told = heard(reader, 20.0)
            assert isinstance(told, MrzFrame)
            assert told.lines == PASSPORT
    finally:
        second.close()


@pytest.mark.bench
@pytest.mark.parametrize("fault", ["mute", "garbled", "drops_line", "frozen"])
def test_a_fault_of_the_camera_is_a_lost_reader_and_the_next_opening_works(fault: str) -> None:
    camera = PageCamera()
    with opened(camera) as (line, reader):
        assert heard(reader, 0.3) is None
        setattr(camera, fault, True)
        with pytest.raises(DeviceError) as lost:
            heard(reader, 5.0)
        assert isinstance(lost.value, DeviceLost)
        assert lost.value.device == "mrz_reader"
        setattr(camera, fault, False)
        again = build(settings(line), time.monotonic)
        asyncio.run(camera.lay_down(CARD))
        assert isinstance(heard(again, 10.0), MrzFrame)
        again.close()


@pytest.mark.bench
def test_pictures_of_another_size_are_refused() -> None:
    with opened(PageCamera()) as (line, _), pytest.raises(DeviceRefused, match="1280 x 720"):
        build(settings(line, width=1920), time.monotonic)


def test_a_second_opinion_that_cannot_be_had_is_told_before_a_line_is_opened() -> None:
    named = MrzCameraSettings(
        driver="mrz_camera",
        line="/dev/null",
        width=1280,
        height=720,
        second_opinion="away.traineddata",
        second_opinion_sha256="0" * 64,
    )
    with pytest.raises(DeviceRefused, match=r"tesseract|away\.traineddata"):
        build(named, time.monotonic)
