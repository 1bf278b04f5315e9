"""A string of LEDs on a serial line that speaks Adalight: frames in, the colour that shines out.

Strip is the pure part: bytes in, a colour, with its faults as fields. It greets once in GREETS_S
while nothing comes, and shows the last whole frame; what is no frame is passed over. `live` is the
few lines that a bench runs: what the gate wrote is fetched every 10 ms, which is the light's own
latency here.

Source: egate/wire/adalight.py.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from egate.wire.adalight import GREETING, MAGIC, Rgb, decode
from egate.wire.errors import FrameError
from simulators.serial_line import Burst, Faults, PtyLine

DARK: Final[Rgb] = (0, 0, 0)
GREETS_S: Final = 1.0
TICK_S: Final = 0.01
LONGEST: Final = 4096


@dataclass(slots=True)
class Strip:
    """The LEDs; `faults.mute` says and hears nothing, as a board without power.

    `burnt` is a colour that stays dark, by its place: 0 red, 1 green, 2 blue.
    """

    faults: Faults = field(default_factory=Faults)
    greets_s: float = GREETS_S
    shows: Rgb = DARK
    frames: int = 0
    burnt: int | None = None
    _pending: bytes = b""

    def feed(self, data: bytes) -> None:
        """Take what the gate wrote; show the first LED's colour of the last whole frame."""
        self._pending = (self._pending + data)[-LONGEST:]
        if self.faults.mute:
            self._pending, self.shows = b"", DARK
        while self._pending:
            try:
                colours, self._pending = decode(self._pending)
            except FrameError:
                at = self._pending.find(MAGIC[:1], 1)
                self._pending = self._pending[at:] if at > 0 else b""
                continue
            if colours is None:
                return
            self.shows, self.frames = self._without_burnt(colours[0]), self.frames + 1

    def _without_burnt(self, rgb: Rgb) -> Rgb:
        red, green, blue = (0 if self.burnt == place else one for place, one in enumerate(rgb))
        return red, green, blue

    def answer(self, text: str) -> tuple[Burst, ...]:
        """Return the greeting as it leaves; what is `text` to others, LEDs do not see."""
        return self.faults.bursts(text.encode() or GREETING)


async def live(strip: Strip, line: PtyLine, shone: Callable[[Rgb], None]) -> None:
    """Be a light on this line until cancelled; `shone` hears the colour again and again."""
    now = asyncio.get_running_loop().time
    greets_at_s = now()
    while True:
        data = line.fetch()
        strip.feed(data)
        shone(strip.shows)
        if data:
            greets_at_s = now() + strip.greets_s
        elif now() >= greets_at_s:
            greets_at_s = now() + strip.greets_s
            await line.show("")
        await asyncio.sleep(TICK_S)
