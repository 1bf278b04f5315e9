"""The camera of the bench: MJPEG over HTTP, showing whoever stands before the gate.

Camera is the pure part: who is seen in, JPEG pictures out, with its faults as fields. A scene is a
reel of two seconds (simulators.reel), shown forwards and backwards, so that whoever is seen moves
without a jump and no picture equals the one before it. What is seen is lit by `lamp`, the colour
that the gate's light shows at the instant a picture is sent. A picture is made when it is first
wanted, about 20 ms in a thread, and kept; `prepare` makes the unlit ones beforehand.

`serve` owns the socket and the pace. It hears no commands: any request is answered with the stream.

Source: research/hardware.md section 4 (latency of this path); RFC 2046 5.1 (multipart).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol

import cv2
import numpy as np

from egate.domain.head_turn import Turn
from simulators.faces import Picture
from simulators.motion import OWN_SIDE
from simulators.reel import FRAMES, Reel, Scene, in_hand
from simulators.sensor import HEIGHT, RATE_HZ, WIDTH, encode
from simulators.stage import Rgb

__all__ = ["HEIGHT", "WIDTH", "Camera", "Scene", "Source", "render", "serve", "to_and_fro"]

NEAREST_M: Final = 0.4
SCENES_KEPT: Final = 8  # about 5 MB each, and as much for each colour while it is shown
RENDERED: Final = 10
GLARE: Final = 170
BLUR_PX: Final = 40
HEARS_AFTER: Final = 12  # pictures: 0.4 s to read what is asked
STEP_DEG: Final = 3.0  # from one picture to the next, 90 degrees a second
TURNS_DEG: Final = 24.0
BOUNDARY: Final = b"egateframe"


class Source(Protocol):
    """What `serve` sends, picture by picture, with the faults of the line."""

    mute: bool
    drops_line: bool
    slow_s: float

    async def next_jpeg(self) -> bytes:
        """Return the picture to send now."""


@dataclass(slots=True)
class Camera:
    """What the camera sees, and its faults; a test sets one and looks.

    `faces` are cuts as simulators.faces makes them, by name.
    """

    faces: Mapping[str, Picture]
    seed: int = 0
    lamp: Rgb = (0, 0, 0)  # what shines on whoever is seen
    mute: bool = False  # the line stays open and nothing comes
    garbled: bool = False  # pictures with bytes that do not belong
    slow_s: float = 0.0  # added before each picture
    drops_line: bool = False  # every connection is closed at once
    frozen: bool = False  # the last picture comes again and again
    black: bool = False  # the lens is covered
    glaring: bool = False  # a lamp shines into the lens
    blurred: bool = False  # the lens was turned, or is greasy
    _scene: Scene = field(default_factory=Scene)
    _reels: dict[Scene, Reel] = field(default_factory=dict)
    _place: int = -1  # which picture of the reel was last, forwards and backwards
    _last: bytes = b""
    _spoilt: dict[tuple[bytes, bool], bytes] = field(default_factory=dict)
    _asked: Turn = Turn.AHEAD
    _asked_for: int = 0  # pictures
    _turned_deg: float = 0.0
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311  # a bench repeats itself on purpose

    def show(self, *pictures: str, distance_m: float = 0.7) -> None:
        """Let these stand before the camera, nearest first; nobody without a name.

        A name with a prefix of simulators.reel.PREFIXES is a picture held up by somebody else.

        Raises:
            KeyError: there is no face of that name; the scene stays.
        """
        for picture in pictures:
            self.faces[in_hand(picture)[1]]
        if self._scene in self._reels:
            self._reels[self._scene].forget_the_lit()
        self._scene, self._place = _scene(pictures, distance_m), -1
        self._asked, self._turned_deg = Turn.AHEAD, 0.0

    def ask(self, turn: Turn) -> None:
        """Let whoever is seen be asked to look this way; living heads do, after a moment."""
        if turn is not self._asked:
            self._asked, self._asked_for = turn, 0

    def _turn(self) -> None:
        """Go on turning to where is asked, a step a picture."""
        self._asked_for += 1
        if self._asked_for > HEARS_AFTER:
            way = OWN_SIDE[self._asked] * TURNS_DEG - self._turned_deg
            self._turned_deg += max(-STEP_DEG, min(STEP_DEG, way))

    async def prepare(self, *pictures: str, distance_m: float = 0.7) -> None:
        """Render a scene, unlit, before it is shown."""
        reel = await self._reel(_scene(pictures, distance_m))
        for number in range(reel.length):
            await asyncio.to_thread(reel.jpeg, number, (0, 0, 0))

    async def next_jpeg(self) -> bytes:
        """Return one JPEG picture of what is seen now."""
        if not (self.frozen and self._last):
            reel = await self._reel(Scene((), black=True) if self.black else self._scene)
            self._place += 1
            self._turn()
            number = to_and_fro(self._place, reel.length)
            self._last = await self._jpeg(reel, number)
            if self.glaring or self.blurred:
                self._last = await self._through_the_lens(self._last)
        return _garble(self._last, self._random) if self.garbled else self._last

    async def _through_the_lens(self, jpeg: bytes) -> bytes:
        key = (jpeg, self.glaring)  # a few pictures, again and again
        if key not in self._spoilt:
            self._spoilt[key] = await asyncio.to_thread(_through, jpeg, self.glaring)
        return self._spoilt[key]

    async def _jpeg(self, reel: Reel, number: int) -> bytes:
        key = (number, self.lamp, self._turned_deg)
        kept = reel.kept(*key)
        return await asyncio.to_thread(reel.jpeg, *key) if kept is None else kept

    async def _reel(self, scene: Scene) -> Reel:
        if scene not in self._reels:
            made = await asyncio.to_thread(Reel, scene, self.faces, self.seed)
            if len(self._reels) >= SCENES_KEPT:
                self._reels.pop(next(iter(self._reels)))
            self._reels.setdefault(scene, made)
        return self._reels[scene]


def _scene(pictures: tuple[str, ...], distance_m: float) -> Scene:
    """Name the scene; a distance counts in tenths of a metre, so that few are rendered."""
    return Scene(pictures, round(max(distance_m, NEAREST_M), 1))


def to_and_fro(place: int, length: int) -> int:
    """Return which of so many pictures comes at this place: to the last one, and back again.

    >>> [to_and_fro(place, 4) for place in range(9)]
    [0, 1, 2, 3, 2, 1, 0, 1, 2]
    """
    around = place % (2 * length - 2)
    return min(around, 2 * length - 2 - around)


def render(scene: Scene, faces: Mapping[str, Picture], seed: int = 0) -> tuple[bytes, ...]:
    """Return some JPEG pictures of the scene, in the order in which they are seen."""
    reel = Reel(scene, faces, seed)
    step = max(1, FRAMES // RENDERED)
    return tuple(reel.jpeg(number % reel.length, (0, 0, 0)) for number in range(0, FRAMES, step))


async def serve(source: Source, host: str, port: int, rate_hz: float = RATE_HZ) -> asyncio.Server:
    """Open the camera's line; every connection gets the stream until it or the server closes."""

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await _stream(source, writer, 1 / rate_hz)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # whoever looked has gone, or spoke no HTTP
        except asyncio.CancelledError:
            return  # the loop ends; CPython 3.11 would print a traceback for each connection
        finally:
            writer.close()

    return await asyncio.start_server(stream, host, port)


async def _stream(source: Source, writer: asyncio.StreamWriter, period_s: float) -> None:
    now = asyncio.get_running_loop().time
    due_s = now()
    if not source.drops_line:
        writer.write(_head())
    while not source.drops_line:
        if source.mute:
            due_s = now()
        else:
            writer.write(_part(await source.next_jpeg()))
            await writer.drain()
        due_s = max(due_s + period_s, now() - period_s)  # late pictures are not made up for
        await asyncio.sleep(max(0.0, due_s - now()) + source.slow_s)


def _head() -> bytes:
    kind = b"multipart/x-mixed-replace; boundary=" + BOUNDARY
    return b"HTTP/1.0 200 OK\r\nContent-Type: " + kind + b"\r\nCache-Control: no-store\r\n\r\n"


def _part(jpeg: bytes) -> bytes:
    head = b"--" + BOUNDARY + b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return head % len(jpeg) + jpeg + b"\r\n"


def _through(jpeg: bytes, glaring: bool) -> bytes:  # noqa: FBT001  # one of two lenses
    """Return a picture as it comes through a lens into which a lamp shines, or one out of focus."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    if glaring:
        spoilt = cv2.add(picture, np.full_like(picture, GLARE))
    else:
        small = cv2.resize(picture, None, fx=1 / BLUR_PX, fy=1 / BLUR_PX)
        spoilt = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return encode(np.asarray(spoilt, np.uint8))


def _garble(jpeg: bytes, draw: Random) -> bytes:
    """Overwrite nine tenths of a picture; what a bad cable leaves of it."""
    return jpeg[: len(jpeg) // 10] + draw.randbytes(len(jpeg) * 9 // 10)
