"""A coloured light on a serial line: LEDs behind a small board that speaks Adalight.

Opening the line restarts most of these boards; they greet when they are ready and once a second
while nothing comes, and say nothing else. So a light that greets was there when it was opened;
one that went dark since cannot be told from one that shines. What looks for the colours on a face
finds none then, and says so.

Source: egate/wire/adalight.py.
"""

from collections.abc import Callable
import contextlib
from typing import Final, Protocol

from drivers._serial import open_line
from egate.domain.light_order import DARK, Rgb
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.ports.light import Light
from egate.profile.settings import LightSettings
from egate.wire.adalight import GREETING, encode

DEVICE: Final = "light"
GREETS_WITHIN_S: Final = (
    4.0  # the loader of an Arduino waits up to 2 s, the greeting comes each 1 s
)


class Line(Protocol):
    """What this light needs of a line; drivers._serial.SerialLine is one."""

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, or nothing when nothing came in time; raise DeviceLost."""

    def write(self, data: bytes) -> None:
        """Put these bytes on the line; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


class LightAdalight:
    """A Light of `leds` LEDs, all of one colour."""

    def __init__(self, line: Line, leds: int) -> None:
        self._line = line
        self._leds = leds

    def shine(self, rgb: Rgb) -> None:
        self._line.read(0)  # greetings nobody waits for; a line that is gone says so here
        self._line.write(encode(rgb, self._leds))

    def close(self) -> None:
        with contextlib.suppress(DeviceLost):
            self._line.write(encode(DARK, self._leds))
        self._line.close()


def build(settings: LightSettings, clock: Callable[[], float]) -> Light:
    """Open the light's line, wait for its greeting, and darken it; `clock` is monotonic.

    Raises:
        DeviceLost: the line cannot be opened, or nothing greets on it.
        DeviceGarbled: something speaks on it that is no light.
    """
    line = open_line(DEVICE, settings.line, settings.baud)
    light = LightAdalight(line, settings.leds)
    try:
        _await_greeting(line, clock)
        light.shine(DARK)
    except DeviceError:
        line.close()
        raise
    return light


def _await_greeting(line: Line, clock: Callable[[], float]) -> None:
    """Wait for the greeting; raises DeviceLost or, when something else came, DeviceGarbled."""
    deadline_s, heard = clock() + GREETS_WITHIN_S, b""
    while GREETING not in heard:
        left_s = deadline_s - clock()
        if left_s <= 0:
            if heard:
                raise DeviceGarbled(DEVICE, "what spoke there is no light")
            raise DeviceLost(DEVICE, f"no light greeted within {GREETS_WITHIN_S:.0f} s")
        heard = (heard + line.read(left_s))[-64:]
