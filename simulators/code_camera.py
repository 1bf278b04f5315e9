"""What a scanner's camera sees: a slip or a telephone comes into view, is held, and leaves.

    paper      a printed slip
    phone      a screen at low brightness, its bezel round it
    cracked    a screen under cracked glass
    glare      the image of a lamp on it
    moving     a hand that does not hold still: smeared in most pictures

CodeCamera is the pure part: what is held in, JPEG pictures out, with its faults as fields; it is
served by simulators.camera.serve. A living camera never repeats itself: every picture has its own
noise, and what is held moves a little in every one. Each picture takes some 10 ms to draw.

Source: research/mrz_qr.md section 4; simulators/code_frames.py for the drawing of a slip.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.permit.drawing import draw
from simulators.code_frames import (
    HEIGHT,
    MODULE,
    WIDTH,
    Grey,
    Held,
    crack,
    place,
    room,
    slip_of,
    smear,
)

RATE_HZ: Final = 15.0  # half of what a camera gives: a bench draws every picture
MODULE_PX: Final = 4.5
WIDEST_PX: Final = 420  # a larger code is held farther away
COMING: Final = 4  # pictures, and as many for leaving
HELD: Final = 30  # pictures: two seconds
SLIPS_KEPT: Final = 16
JPEG_QUALITY: Final = 85
NOISE: Final = 3.0
GRAIN_SHIFT: Final = 64
BESIDE_PX: Final = 30  # between two slips
BLUR_PX: Final = 24
GLARE: Final = 230
BEZEL: Final = 40  # pixels of a slip's own

Picture = NDArray[np.uint8]


class Medium(StrEnum):
    """What the code is shown on, and how it is held."""

    PAPER = "paper"
    PHONE = "phone"
    CRACKED = "cracked"
    GLARE = "glare"
    MOVING = "moving"


@dataclass(slots=True)
class CodeCamera:
    """What the camera sees, and its faults; a test sets one and looks."""

    seed: int = 0
    medium: Medium = Medium.PAPER
    held_pictures: int = HELD  # 0: until it is taken away
    mute: bool = False  # the line stays open and nothing comes
    garbled: bool = False  # pictures with bytes that do not belong
    slow_s: float = 0.0  # added before each picture
    drops_line: bool = False  # every connection is closed at once
    frozen: bool = False  # the last picture comes again and again
    dark: bool = False  # the lens is covered
    glaring: bool = False  # a lamp shines into the lens
    blurred: bool = False  # the lens was turned, or is greasy
    _texts: tuple[str, ...] = ()
    _age: int = 0
    _slips: dict[tuple[str, Medium], Grey] = field(default_factory=dict)
    _last: bytes = b""
    _room: Picture = field(init=False)
    _grain: Picture = field(init=False)
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._room = np.asarray(room(self._random).clip(0, 255), np.uint8)
        size = (HEIGHT + GRAIN_SHIFT, WIDTH + GRAIN_SHIFT)
        self._grain = np.asarray(self._random.normal(128, NOISE, size).clip(0, 255), np.uint8)

    def show(self, *texts: str) -> None:
        """Hold these codes up, side by side; what was held is gone.

        Raises:
            ValueError: no QR code holds such a text; what was held stays.
        """
        for text in texts:
            self._slip(text)
        self._texts, self._age = texts, 0

    def take_away(self) -> None:
        """Let what is held leave."""
        self._age = max(self._age, self._leaves_at)

    @property
    def _leaves_at(self) -> int:
        return COMING + (self.held_pictures or 10**9)

    async def next_jpeg(self) -> bytes:
        """Return one JPEG picture of what is seen now."""
        if not (self.frozen and self._last):
            self._last = await asyncio.to_thread(self._draw)
        return _garble(self._last, self.seed) if self.garbled else self._last

    def _draw(self) -> bytes:
        scene = np.full_like(self._room, 3) if self.dark else self._room.copy()
        if self._texts and not self.dark:
            self._hold(scene)
        left, top = self._random.integers(0, GRAIN_SHIFT, 2)
        own = self._grain[top : top + HEIGHT, left : left + WIDTH]
        seen = through_the_lens(scene, glaring=self.glaring, blurred=self.blurred)
        noisy = cv2.addWeighted(seen, 1 + self._random.normal(0, 0.01), own, 1.0, -128.0)
        done, raw = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        assert done
        return raw.tobytes()

    def _hold(self, scene: Picture) -> None:
        """Draw what is held into the scene, where it is by now."""
        self._age += 1
        gone = max(COMING - self._age, self._age - self._leaves_at, 0) / COMING
        if gone >= 1 and self._age > COMING:
            self._texts = ()
            return
        slips = [self._slip(text) for text in self._texts]
        sides = [float(len(slip)) for slip in slips]
        left = (WIDTH - sum(sides) - BESIDE_PX * (len(sides) - 1)) / 2 + gone * WIDTH
        sway = self._random.normal(0, 12.0 if self.medium is Medium.MOVING else 2.0, 2)
        for slip, side in zip(slips, sides, strict=True):
            middle = np.array([left + side / 2, HEIGHT / 2]) + sway
            self._lay(scene, slip, side, middle)
            left += side + BESIDE_PX

    def _lay(self, scene: Picture, slip: Grey, side: float, middle: NDArray[np.float64]) -> None:
        angle = np.deg2rad(self._random.normal(3, 0.6))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        square = side / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) @ turn.T
        corners = (square * self._random.normal(1, 0.01) + middle).astype(np.float32)
        low = np.floor(corners.min(axis=0)).astype(int) - 20
        high = np.ceil(corners.max(axis=0)).astype(int) + 20
        low, high = low.clip(0), high.clip(None, (WIDTH, HEIGHT))
        if (corners < 1).any() or (corners > (WIDTH - 1, HEIGHT - 1)).any():
            return  # half in view is no code; that an arm comes in first is left out
        view = scene[low[1] : high[1], low[0] : high[0]]
        patch = place(view.astype(np.float32), slip, Held(MODULE_PX, corners - low), fine=1)
        if self.medium is Medium.MOVING and self._random.random() < 0.6:
            kernel = smear(self._random.uniform(8, 16), self._random.uniform(0, np.pi))
            patch = np.asarray(cv2.filter2D(patch, -1, kernel), np.float32)
        view[:] = patch.clip(0, 255).astype(np.uint8)

    def _slip(self, text: str) -> Grey:
        """Return the slip of a text, drawn once; the oldest is forgotten."""
        name = (text, self.medium)
        if name not in self._slips:
            slip = _scaled(_MEDIA[self.medium](slip_of(draw(text)), self._random))
            while len(self._slips) >= SLIPS_KEPT:
                self._slips.pop(next(iter(self._slips)))
            self._slips[name] = slip
        return self._slips[name]


def through_the_lens(scene: Picture, *, glaring: bool, blurred: bool) -> Picture:
    """Return a picture as a lens gives it: one out of focus, one into which a lamp shines."""
    if blurred:
        size = scene.shape[1::-1]
        small = cv2.resize(
            scene, None, fx=1 / BLUR_PX, fy=1 / BLUR_PX, interpolation=cv2.INTER_AREA
        )
        scene = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.add(scene, np.full_like(scene, GLARE)), np.uint8) if glaring else scene


def _scaled(slip: Grey) -> Grey:
    """Return the slip in the size in which it is seen."""
    scale = min(MODULE_PX / MODULE, WIDEST_PX / len(slip))
    small = cv2.resize(slip, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _as_it_is(slip: Grey, _random: np.random.Generator) -> Grey:
    return slip


def _on_a_dim_phone(slip: Grey, _random: np.random.Generator) -> Grey:
    screen = 18 + slip * 0.22
    return np.asarray(np.pad(screen, BEZEL, constant_values=12.0), np.float32)


def _under_cracked_glass(slip: Grey, random: np.random.Generator) -> Grey:
    glass = slip.copy()
    crack(glass, random)
    return np.asarray(np.pad(glass, BEZEL, constant_values=12.0), np.float32)


def _under_a_lamp(slip: Grey, random: np.random.Generator) -> Grey:
    """Add the image of a lamp near a corner that holds no finder pattern."""
    side = len(slip)
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    at = side * random.uniform(0.62, 0.72, 2)
    far = np.hypot(columns - at[0], rows - at[1]) / (0.07 * side)
    return np.asarray(np.minimum(slip + 300 * np.exp(-(far**2)) + 40 * np.exp(-far / 3), 255))


_MEDIA: Final[Mapping[Medium, Callable[[Grey, np.random.Generator], Grey]]] = {
    Medium.PAPER: _as_it_is,
    Medium.PHONE: _on_a_dim_phone,
    Medium.CRACKED: _under_cracked_glass,
    Medium.GLARE: _under_a_lamp,
    Medium.MOVING: _as_it_is,
}


def _garble(jpeg: bytes, seed: int) -> bytes:
    """Overwrite nine tenths of a picture; what a bad cable leaves of it."""
    noise = Random(seed + len(jpeg)).randbytes(len(jpeg) * 9 // 10)  # noqa: S311  # a bench
    return jpeg[: len(jpeg) // 10] + noise
