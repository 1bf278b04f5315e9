"""The camera of the bench: MJPEG over HTTP, showing whoever stands before the gate.

Camera is the pure part: who is seen in, JPEG pictures out, with its faults as fields. A living
camera never repeats itself: each scene is a set of pictures with their own noise and their own
small movement of the head, encoded once and given in random order, never the same twice running.
`serve` owns the socket and the pace; a scene that is new takes about 0.15 s in a thread, during
which no picture comes (`prepare` does it beforehand). It hears no commands: any request is
answered with the stream.

Source: research/hardware.md section 4 (latency of this path); RFC 2046 5.1 (multipart).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import CUT_EYES_APART, CUT_EYES_AT, CUT_HEIGHT, CUT_WIDTH, Picture

WIDTH: Final = 1280
HEIGHT: Final = 720
RATE_HZ: Final = 30.0
FOCAL_PX: Final = 1000.0  # 65 degrees across 1280 px, a usual webcam
EYES_APART_M: Final = 0.062  # adults' mean is 63 mm (ISO 15535 data sets), the bench's is round
NEAREST_M: Final = 0.4
VARIANTS: Final = 10
NOISE: Final = 3.0  # standard deviation, of 255
GRAIN_SHIFT: Final = 64
JPEG_QUALITY: Final = 85
SCENES_KEPT: Final = 24  # about 1.5 MB each
PHOTO: Final = "photo:"
PHOTO_SHARE: Final = 0.8  # a print in the hand is smaller than life
PAPER_BORDER: Final = 24
BOUNDARY: Final = b"egateframe"

Transform = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is seen, nearest first; "photo:NAME" is a print held to the camera."""

    pictures: tuple[str, ...] = ()
    distance_m: float = 0.7
    black: bool = False


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
    mute: bool = False  # the line stays open and nothing comes
    garbled: bool = False  # pictures with bytes that do not belong
    slow_s: float = 0.0  # added before each picture
    drops_line: bool = False  # every connection is closed at once
    frozen: bool = False  # the last picture comes again and again
    black: bool = False  # the lens is covered
    _scene: Scene = field(default_factory=Scene)
    _ready: dict[Scene, tuple[bytes, ...]] = field(default_factory=dict)
    _last: bytes = b""
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311  # a bench repeats itself on purpose

    def show(self, *pictures: str, distance_m: float = 0.7) -> None:
        """Let these people stand before the camera, nearest first; nobody without a name.

        Raises:
            KeyError: there is no face of that name; the scene stays.
        """
        for picture in pictures:
            self.faces[picture.removeprefix(PHOTO)]
        self._scene = _scene(pictures, distance_m)

    async def prepare(self, *pictures: str, distance_m: float = 0.7) -> None:
        """Render a scene before it is shown."""
        await self._render(_scene(pictures, distance_m))

    async def next_jpeg(self) -> bytes:
        """Return one JPEG picture of what is seen now."""
        scene = Scene((), black=True) if self.black else self._scene
        if not (self.frozen and self._last):
            variants = self._ready.get(scene) or await self._render(scene)
            self._last = self._random.choice([raw for raw in variants if raw is not self._last])
        return _garble(self._last, self._random) if self.garbled else self._last

    async def _render(self, scene: Scene) -> tuple[bytes, ...]:
        variants = await asyncio.to_thread(partial(render, scene, self.faces, self.seed))
        if len(self._ready) >= SCENES_KEPT:
            self._ready.pop(next(iter(self._ready)))
        self._ready[scene] = variants
        return variants


def _scene(pictures: tuple[str, ...], distance_m: float) -> Scene:
    """Name the scene; a distance counts in tenths of a metre, so that few are rendered."""
    return Scene(pictures, round(max(distance_m, NEAREST_M), 1))


def render(scene: Scene, faces: Mapping[str, Picture], seed: int = 0) -> tuple[bytes, ...]:
    """Return the scene as JPEG pictures that differ in noise and in how the head is held."""
    draw = np.random.default_rng(seed)
    room = _room(draw)
    if scene.black:
        room = np.full_like(room, 2)
    grain = _grain(draw)
    return tuple(
        _encode(_noisy(_people(room, scene, faces, draw), grain, draw)) for _ in range(VARIANTS)
    )


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


def _garble(jpeg: bytes, draw: Random) -> bytes:
    """Overwrite nine tenths of a picture; what a bad cable leaves of it."""
    return jpeg[: len(jpeg) // 10] + draw.randbytes(len(jpeg) * 9 // 10)


def _room(draw: np.random.Generator) -> Picture:
    """Give the chamber behind the traveller: soft grey panels, no face."""
    panels = draw.integers(95, 165, (6, 10, 1), np.uint8).repeat(3, axis=2)
    wide = cv2.resize(panels, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, np.uint8)


def _people(
    room: Picture, scene: Scene, faces: Mapping[str, Picture], draw: np.random.Generator
) -> Picture:
    """Place everybody side by side, the nearest in the middle, each a bit farther off."""
    picture = room.copy()
    for place, name in reversed(list(enumerate(scene.pictures))):
        scale = FOCAL_PX * EYES_APART_M / (scene.distance_m + 0.1 * place) / CUT_EYES_APART
        cut, on_paper = faces[name.removeprefix(PHOTO)], name.startswith(PHOTO)
        if on_paper:
            cut, scale = _on_paper(cut), scale * PHOTO_SHARE
        aside = (place + 1) // 2 * (1 if place % 2 else -1)
        at = (WIDTH / 2 + aside * scale * CUT_WIDTH, HEIGHT * 0.42)
        picture = _paste(picture, cut, _outline(on_paper=on_paper), _hold(scale, at, draw))
    return picture


def _on_paper(cut: Picture) -> Picture:
    paper = cut.copy()
    cv2.rectangle(paper, (0, 0), (CUT_WIDTH - 1, CUT_HEIGHT - 1), (235, 240, 240), PAPER_BORDER)
    return cv2.addWeighted(paper, 0.8, np.full_like(paper, 210), 0.2, 0).astype(np.uint8)


def _outline(*, on_paper: bool) -> Picture:
    """Give the part of a cut that is seen: the sheet, or head and shoulders of a person."""
    shape = np.full((CUT_HEIGHT, CUT_WIDTH), 255 if on_paper else 0, np.uint8)
    if not on_paper:
        cv2.ellipse(shape, (CUT_WIDTH // 2, 320), (215, 320), 0, 0, 360, 255, cv2.FILLED)
    return shape


def _hold(scale: float, at: tuple[float, float], draw: np.random.Generator) -> Transform:
    """Return the transform that puts a cut's eyes at a place, as a living person would."""
    angle, grow = draw.normal(0, 0.6), scale * (1 + draw.normal(0, 0.006))
    move = np.asarray(cv2.getRotationMatrix2D(CUT_EYES_AT, angle, grow), np.float64)
    move[:, 2] += np.array(at) - np.array(CUT_EYES_AT) + draw.normal(0, 2.0, 2)
    return move


def _paste(picture: Picture, cut: Picture, outline: Picture, move: Transform) -> Picture:
    size = (WIDTH, HEIGHT)
    cv2.copyTo(cv2.warpAffine(cut, move, size), cv2.warpAffine(outline, move, size), picture)
    return picture


def _grain(draw: np.random.Generator) -> Picture:
    """Give sensor noise about 128, larger than a picture, so that each takes another part."""
    size = (WIDTH + GRAIN_SHIFT, HEIGHT + GRAIN_SHIFT)
    coarse = draw.normal(128, NOISE, (size[1] // 2, size[0] // 2)).astype(np.float32)
    grey = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _noisy(picture: Picture, grain: Picture, draw: np.random.Generator) -> Picture:
    left, top = draw.integers(0, GRAIN_SHIFT, 2)
    own = grain[top : top + HEIGHT, left : left + WIDTH]
    lit = 1 + draw.normal(0, 0.01)
    return np.asarray(cv2.addWeighted(picture, lit, own, 1.0, -128.0), np.uint8)


def _encode(picture: Picture) -> bytes:
    done, raw = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done
    return raw.tobytes()
