"""The light's driver keeps the Light promises, whatever the LEDs do to it.

Source: DESIGN section 4 (the table of faults); egate/wire/adalight.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
import threading
import time

import pytest

from drivers import light_adalight
from drivers.light_adalight import LightAdalight, build
from egate.ports.errors import DeviceLost
from egate.ports.light import Light
from egate.profile.settings import LightSettings
from simulators.light_serial import DARK, Strip, live
from simulators.serial_line import Faults, PtyLine

pytestmark = pytest.mark.bench

RED, BLUE = (255, 0, 0), (0, 0, 255)


class Bench:
    """LEDs on a line, living in a thread of their own."""

    def __init__(self, path: Path, faults: Faults | None = None) -> None:
        self.path = path
        self.strip = Strip(faults or Faults(), greets_s=0.05)
        self.line = PtyLine(self.strip, path)
        self.shone: list[tuple[int, int, int]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def opened(self) -> Light:
        settings = LightSettings(driver="light_adalight", line=str(self.path), baud=115200, leds=24)
        return build(settings, time.monotonic)

    def until(self, holds: Callable[[], bool], within_s: float = 2.0) -> bool:
        deadline_s = time.monotonic() + within_s
        while not holds() and time.monotonic() < deadline_s:
            threading.Event().wait(0.005)
        return holds()

    def does(self, what: Callable[[], None]) -> None:
        """Do something to the device between two of its own steps."""
        done = threading.Event()

        def step() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(step)
        assert done.wait(2.0)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self.line.unplug()

    def _live(self) -> None:
        self._task = self._loop.create_task(live(self.strip, self.line, self._shows))
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    def _shows(self, rgb: tuple[int, int, int]) -> None:
        if not self.shone or self.shone[-1] != rgb:
            self.shone.append(rgb)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "light")
    yield bench
    bench.close()


def test_it_is_a_light(bench: Bench) -> None:
    light: Light = bench.opened()
    assert isinstance(light, LightAdalight)
    light.close()


def test_it_shows_what_it_is_told_and_is_dark_when_closed(bench: Bench) -> None:
    light = bench.opened()
    for rgb in (RED, BLUE, RED):
        light.shine(rgb)
        assert bench.until(lambda rgb=rgb: bench.strip.shows == rgb)  # type: ignore[misc]  # this round's colour
    light.close()
    light.close()
    assert bench.until(lambda: bench.strip.shows == DARK)
    assert bench.shone == [DARK, RED, BLUE, RED, DARK]


def test_a_colour_is_on_its_way_sooner_than_a_picture_is_taken(bench: Bench) -> None:
    light = bench.opened()
    began_s = time.monotonic()
    light.shine(RED)
    assert time.monotonic() - began_s < 0.033
    light.close()


def test_a_mute_light_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light_adalight, "GREETS_WITHIN_S", 0.3)
    bench = Bench(tmp_path / "light", Faults(mute=True))
    with pytest.raises(DeviceLost, match="greeted"):
        bench.opened()
    bench.close()


def test_noise_before_a_greeting_is_passed_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "light", Faults(noise=b"\x00\xffAd"))
    bench.opened().close()
    bench.close()


def test_a_light_that_is_away_is_lost_and_found_again(bench: Bench) -> None:
    light = bench.opened()
    bench.does(bench.line.unplug)
    with pytest.raises(DeviceLost):
        light.shine(RED)
    light.close()
    with pytest.raises(DeviceLost, match="cannot open"):
        bench.opened()
    bench.does(bench.line.replug)
    again = bench.opened()
    again.shine(BLUE)
    assert bench.until(lambda: bench.strip.shows == BLUE)
    again.close()


def test_a_light_somebody_else_holds_is_not_opened(bench: Bench) -> None:
    light = bench.opened()
    with pytest.raises(DeviceLost, match="cannot open"):
        bench.opened()
    light.close()


def test_leds_pass_over_what_is_no_frame() -> None:
    strip = Strip()
    strip.feed(b"\x00AdAda\x00\x00\x54xxxAda\x00\x00\x55\x01\x02")
    assert strip.shows == DARK
    strip.feed(b"\x03Ada")
    assert (strip.shows, strip.frames) == ((1, 2, 3), 1)
