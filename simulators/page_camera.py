"""A camera over the document window of the bench: MJPEG of whatever page is laid there.

    lay_down    a hand brings the page in, moving; then it lies, as `lying` has it
    take_up     the hand takes it away; then the window is empty

How the page lies and what is wrong with the line are fields. A living camera never repeats
itself: each scene is a few pictures with noise of their own, made once in a thread. It is a
Source for simulators.camera.serve and hears no commands.

Source: simulators/camera.py (the line); simulators/mrz_page.py (the pictures).
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators import mrz_page
from simulators.code_camera import through_the_lens
from simulators.faces import Picture
from simulators.mrz_page import Lying

RATE_HZ: Final = 15.0
MOVING: Final = 8  # pictures of a hand: half a second
VARIANTS: Final = 4
JPEG_QUALITY: Final = 90
EMPTY: Final = Lying()

Zone = tuple[str, ...]
Made = tuple[bytes, ...]


@dataclass(slots=True)
class PageCamera:
    """What lies before the camera, and its faults; a test sets one and looks."""

    seed: int = 0
    lying: Lying = field(default_factory=Lying)
    is_infrared: bool = False  # the scanner's second line: lay the same page down before both
    mute: bool = False  # the line stays open and nothing comes
    garbled: bool = False  # pictures with bytes that do not belong
    slow_s: float = 0.0  # added before each picture
    drops_line: bool = False  # every connection is closed at once
    frozen: bool = False  # the last picture comes again and again
    black: bool = False  # the lens is covered
    glaring: bool = False  # a lamp shines into the lens
    blurred: bool = False  # the lens was turned, or is greasy
    _one_hand: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _moving: deque[bytes] = field(default_factory=deque, repr=False)
    _still: Made = field(default=(), repr=False)
    _leaving: Made = field(default=(), repr=False)
    _empty: Made = field(default=(), repr=False)
    _kept: dict[tuple[Zone, Lying], tuple[Made, Made]] = field(default_factory=dict, repr=False)
    _last: bytes = field(default=b"", repr=False)
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311  # a bench repeats itself on purpose

    async def lay_down(self, lines: Zone) -> None:
        """Lay a page down; returns as soon as the hand is coming."""
        async with self._one_hand:
            key = (lines, self.lying)
            if key not in self._kept:
                self._kept = {key: await asyncio.to_thread(self._brought, lines)}
            coming, still = self._kept[key]  # at once, when the same page is laid down again
            self._moving, self._still, self._leaving = deque(coming), still, coming[::-1]

    async def take_up(self) -> None:
        """Take up what lies there, at once; repeatable."""
        async with self._one_hand:
            empty = await self._nothing()
            self._moving, self._still, self._leaving = deque(self._leaving), empty, ()

    async def next_jpeg(self) -> bytes:
        """Return one JPEG picture of what is seen now."""
        if not (self.frozen and self._last):
            self._last = await self._next()
            if self.glaring or self.blurred:
                self._last = await asyncio.to_thread(self._through_the_lens, self._last)
        return _garble(self._last, self._random) if self.garbled else self._last

    def _through_the_lens(self, jpeg: bytes) -> bytes:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        scene = np.asarray(picture, np.uint8)
        seen = through_the_lens(scene, glaring=self.glaring, blurred=self.blurred)
        grain = np.random.default_rng(self._random.randrange(2**32)).integers(0, 3, seen.shape[:2])
        return _encode(np.asarray(cv2.subtract(seen, _grey_to_colour(grain)), np.uint8))

    async def _next(self) -> bytes:
        if self.black:
            return (await asyncio.to_thread(self._made, None, [Lying(light=0.02)]))[0]
        if self._moving:
            return self._moving.popleft()
        still = self._still or await self._nothing()
        return self._random.choice([raw for raw in still if raw is not self._last])

    async def _nothing(self) -> Made:
        """Return the empty window."""
        self._empty = self._empty or await asyncio.to_thread(self._made, None, [EMPTY] * VARIANTS)
        return self._empty

    def _brought(self, lines: Zone) -> tuple[Made, Made]:
        """Return the pictures of a page that comes in, and of one that lies."""
        ways = [self._held(way) for way in mrz_page.steps(MOVING)]
        return self._made(lines, ways), self._made(lines, [self.lying] * VARIANTS)

    def _held(self, way: Lying) -> Lying:
        """Return a page in the hand as it will lie: as much turned, as dark, as noisy."""
        lying = self.lying
        turned_deg = way.turned_deg + lying.turned_deg
        return replace(way, turned_deg=turned_deg, light=lying.light, noise=lying.noise)

    def _made(self, lines: Zone | None, ways: list[Lying]) -> Made:
        draw = np.random.default_rng(self._random.randrange(2**32))
        return tuple(_encode(mrz_page.view(way, self._page(lines), draw)) for way in ways)

    def _page(self, lines: Zone | None) -> Picture | None:
        if lines is None:
            return None
        return mrz_page.page(lines, stamped=self.lying.stamped, is_infrared=self.is_infrared)


def _grey_to_colour(grain: NDArray[np.int64]) -> Picture:
    return np.repeat(grain.astype(np.uint8)[:, :, None], 3, axis=2)


def _garble(jpeg: bytes, draw: Random) -> bytes:
    """Overwrite nine tenths of a picture; what a bad cable leaves of it."""
    return jpeg[: len(jpeg) // 10] + draw.randbytes(len(jpeg) * 9 // 10)


def _encode(picture: Picture) -> bytes:
    done, raw = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done
    return raw.tobytes()
