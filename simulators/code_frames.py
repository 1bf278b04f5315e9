"""Codes held before a camera in eleven ways that spoil them, as seeded pictures with their text.

    clean         3 to 5 px a module, turned by up to 8 degrees, as everything below
    perspective   tilted by up to 50 degrees
    small         1.9 to 2.6 px a module
    blur          out of focus: a Gaussian of 0.40 to 0.76 modules
    motion        smeared along a line of 1.0 to 3.5 modules
    low_contrast  12 to 30 % of the contrast, over a gradient
    dark          a dimmed telephone, a slip in the shade: black to white in 18 to 46 levels of 255
    glare         the reflex of a lamp on plastic or glass, brighter than white at its middle
    damage        a crack over the glass, and a corner, a stain or a fold that hides the code
    inverted      light on dark
    moire         the screen of a telephone: its pixel grid beats with the camera's

Three contents in turn: the code of a Vietnamese identity card (version 7 to 8), a token of base45
(version 6 to 9), a registration number (version 1). All are invented.

The degrees are set so that zxing-cpp with its own defaults reads about as many as the report has
for it, since the report keeps no pictures. They came out a little harder: 81 % instead of 83 % for
zxing-cpp, 67 % for pyzbar as there, 27 % instead of 50 % for OpenCV's detector. They are drawings:
no lens, no rolling shutter, no compression, no hand over the code.

Source: research/mrz_qr.md section 4 (the recipe and its figures) and section 5 (the card's fields).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.permit.drawing import QUIET_MODULES, Drawing, draw

WIDTH: Final = 1280
HEIGHT: Final = 720
EACH: Final = 30
NOISE: Final = 3.0  # standard deviation, of 255
MODULE: Final = 8  # pixels of a module before it is placed in the picture
PAPER: Final = 225.0
INK: Final = 28.0

Grey = NDArray[np.float32]
Picture = NDArray[np.uint8]


class Condition(StrEnum):
    """What is wrong with a picture."""

    CLEAN = "clean"
    PERSPECTIVE = "perspective"
    SMALL = "small"
    BLUR = "blur"
    MOTION = "motion"
    LOW_CONTRAST = "low_contrast"
    DARK = "dark"
    GLARE = "glare"
    DAMAGE = "damage"
    INVERTED = "inverted"
    MOIRE = "moire"


class Content(StrEnum):
    """What a code holds."""

    IDENTITY_CARD = "identity_card"
    TOKEN = "token"  # noqa: S105  # a kind of code
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True, repr=False)
class CodeFrame:
    """One picture, 1280 x 720 in BGR, and what the code in it says."""

    condition: Condition
    content: Content
    text: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Held:
    """How a code lies in the picture: pixels a module, and the corners of its slip."""

    module_px: float
    corners: Grey  # 4 x 2, clockwise from the upper left


def frames(seed: int = 1, each: int = EACH) -> Iterator[CodeFrame]:
    """Give `each` pictures of every condition; the same seed gives the same pictures."""
    for place, condition in enumerate(Condition):
        for number in range(each):
            draw_random = np.random.default_rng((seed, place, number))
            content = tuple(Content)[number % len(Content)]
            text = _CONTENTS[content](draw_random)
            yield CodeFrame(condition, content, text, frame(text, condition, draw_random))


def frame(text: str, condition: Condition, random: np.random.Generator) -> Picture:
    """Return a picture of this code in this condition.

    Raises:
        ValueError: no QR code holds this text.
    """
    slip, held = slip_of(draw(text), condition), _hold(draw(text), condition, random)
    slip = _SLIPS.get(condition, _as_it_is)(slip, held, random)
    scene = place(room(random), slip, held)
    scene = _SCENES.get(condition, _as_it_is)(scene, held, random)
    return _seen(scene, random)


def room(random: np.random.Generator) -> Grey:
    """Return what is behind the code: panels of another grey each, edges and a little print."""
    panels = random.uniform(70, 170, (5, 8)).astype(np.float32)
    wide = cv2.resize(panels, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        at = random.integers((0, 0), (WIDTH, HEIGHT))
        to = at + random.integers(20, 160, 2)
        shade = float(random.uniform(40, 210))
        cv2.rectangle(wide, at.tolist(), to.tolist(), shade, int(random.integers(-1, 4)))
    for line in range(6):
        words = "".join(random.choice(list("ABCDEFGHKLMNOPRSTUVX 0123456789"), 24))
        at_px = (int(random.integers(0, 700)), 60 + 110 * line)
        cv2.putText(wide, words, at_px, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 40.0, 2)
    return np.asarray(wide, np.float32)


def _identity_card(random: np.random.Generator) -> str:
    family = random.choice(["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng"])
    given = random.choice(["Thị Hồng", "Văn An", "Minh Đức", "Thu Hà", "Quốc Bảo", "Ngọc Ánh"])
    number = "".join(random.choice(list("0123456789"), 12))
    sex = random.choice(["Nam", "Nữ"])
    born, given_on = (f"{random.integers(10, 28)}0{random.integers(1, 9)}{y}" for y in (1984, 2021))
    home = f"Thôn {random.integers(1, 9)}, Đồng Đăng, Cao Lộc, Lạng Sơn"
    return f"{number}||{family} {given}|{born}|{sex}|{home}|{given_on}"


def _token(random: np.random.Generator) -> str:
    letters = list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    return "BG1:" + "".join(random.choice(letters, int(random.integers(120, 250))))


def _registration(random: np.random.Generator) -> str:
    return "LS-2026-" + "".join(random.choice(list("0123456789"), 6))


_CONTENTS: Final[Mapping[Content, Callable[[np.random.Generator], str]]] = {
    Content.IDENTITY_CARD: _identity_card,
    Content.TOKEN: _token,
    Content.REGISTRATION: _registration,
}


def slip_of(drawing: Drawing, condition: Condition = Condition.CLEAN) -> Grey:
    """Return the code with its quiet zone, MODULE pixels a module."""
    rows = np.pad(np.array(drawing.rows), QUIET_MODULES)
    if condition is Condition.INVERTED:
        rows = ~rows
    levels = np.where(rows, INK, PAPER).astype(np.float32)
    return np.kron(levels, np.ones((MODULE, MODULE), np.float32))


def _hold(drawing: Drawing, condition: Condition, random: np.random.Generator) -> Held:
    least, most = (1.9, 2.6) if condition is Condition.SMALL else (3.0, 5.0)
    module_px = float(random.uniform(least, most))
    half = drawing.modules * module_px / 2
    angle = np.deg2rad(random.uniform(-8, 8))
    square = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = square @ turn.T
    if condition is Condition.PERSPECTIVE:
        corners = _tilted(corners, random)
    room_left = np.array([WIDTH, HEIGHT]) / 2 - np.abs(corners).max(axis=0) - 12
    middle = np.array([WIDTH, HEIGHT]) / 2 + random.uniform(-1, 1, 2) * np.maximum(room_left, 0)
    return Held(module_px, (corners + middle).astype(np.float32))


def _tilted(corners: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Turn the plane about a line in it, seen from 2.5 times its width away."""
    tilt, about = np.deg2rad(random.uniform(25, 50)), random.uniform(0, np.pi)
    axis = np.array([np.cos(about), np.sin(about)])
    across = np.array([-axis[1], axis[0]])
    along, off = corners @ axis, corners @ across
    away = 5 * float(np.abs(corners).max())
    depth = away / (away + off * np.sin(tilt))
    return np.asarray(np.outer(along * depth, axis) + np.outer(off * np.cos(tilt) * depth, across))


def place(scene: Grey, slip: Grey, held: Held, fine: int = 3) -> Grey:
    """Lay the slip into the scene, each pixel the mean of `fine` by `fine` points."""
    side = slip.shape[0]
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    low = np.floor(held.corners.min(axis=0)).astype(int).clip(0)
    size = np.ceil(held.corners.max(axis=0)).astype(int).clip(None, (WIDTH, HEIGHT)) - low
    target = (held.corners - low).astype(np.float32) * fine
    move = cv2.getPerspectiveTransform(source, target)
    wide = (int(size[0]) * fine, int(size[1]) * fine)
    laid = cv2.warpPerspective(slip, move, wide, flags=cv2.INTER_LINEAR)
    share = cv2.warpPerspective(np.ones_like(slip), move, wide, flags=cv2.INTER_LINEAR)
    small = (int(size[0]), int(size[1]))
    laid = cv2.resize(laid, small, interpolation=cv2.INTER_AREA)
    share = cv2.resize(share, small, interpolation=cv2.INTER_AREA)
    view = scene[low[1] : low[1] + size[1], low[0] : low[0] + size[0]]
    view[:] = view * (1 - share) + laid
    return scene


def _as_it_is(picture: Grey, _held: Held, _random: np.random.Generator) -> Grey:
    return picture


def _blurred(scene: Grey, held: Held, random: np.random.Generator) -> Grey:
    sigma = held.module_px * random.uniform(0.40, 0.76)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), sigma), np.float32)


def _moved(scene: Grey, held: Held, random: np.random.Generator) -> Grey:
    length, angle = held.module_px * random.uniform(1.0, 3.5), random.uniform(0, np.pi)
    return np.asarray(cv2.filter2D(scene, -1, smear(float(length), float(angle))), np.float32)


def smear(length_px: float, angle: float) -> Grey:
    """Return the kernel of a movement along a straight line during the exposure."""
    side = int(np.ceil(length_px)) // 2 * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    steps = np.linspace(-length_px / 2, length_px / 2, 8 * side)
    for at_x, at_y in zip(steps * np.cos(angle), steps * np.sin(angle), strict=True):
        column, row = at_x + side // 2, at_y + side // 2
        left, top = int(np.floor(column)), int(np.floor(row))
        for dx, dy in ((0, 0), (0, 1), (1, 0), (1, 1)):
            share = (1 - abs(column - left - dx)) * (1 - abs(row - top - dy))
            kernel[min(top + dy, side - 1), min(left + dx, side - 1)] += share
    return np.asarray(kernel / kernel.sum(), np.float32)


def _pale(scene: Grey, _held: Held, random: np.random.Generator) -> Grey:
    slope = np.linspace(-25, 25, WIDTH, dtype=np.float32)[None, :] * random.choice([-1, 1])
    middle = float(random.uniform(90, 160))
    return np.asarray((scene - 128) * random.uniform(0.12, 0.30) + middle + slope, np.float32)


def _dark(scene: Grey, _held: Held, random: np.random.Generator) -> Grey:
    return np.asarray(scene / 255 * random.uniform(24, 60) + random.uniform(2, 8), np.float32)


def _glaring(scene: Grey, held: Held, random: np.random.Generator) -> Grey:
    """Add the image of a lamp, an ellipse with a wide halo, somewhere over the code."""
    low, high = held.corners.min(axis=0), held.corners.max(axis=0)
    at = random.uniform(low, high)
    size = (high - low) * random.uniform(0.04, 0.115, 2)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot((columns - at[0]) / size[0], (rows - at[1]) / size[1])
    light = 330 * np.exp(-(far**2)) + 60 * np.exp(-far / 3)
    return np.asarray(np.minimum(scene + light, 255), np.float32)


def _damaged(slip: Grey, _held: Held, random: np.random.Generator) -> Grey:
    side = slip.shape[0]
    hurt = slip.copy()
    for _ in range(int(random.integers(1, 3))):
        crack(hurt, random)
    for _ in range(int(random.integers(1, 3))):
        at = random.uniform(0.1, 0.9, 2) * side
        axes = random.uniform(0.015, 0.045, 2) * side
        shade = float(random.choice([60.0, 140.0, 215.0]))
        turn = float(random.uniform(0, 180))
        cv2.ellipse(
            hurt, at.astype(int).tolist(), axes.astype(int).tolist(), turn, 0, 360, shade, -1
        )
    return hurt


def crack(slip: Grey, random: np.random.Generator) -> None:
    """Draw one crack over the slip: a broken line that is light on one side and dark beside it."""
    side = slip.shape[0]
    at = np.array([random.uniform(0, side), 0.0])
    angle = random.uniform(0.25 * np.pi, 0.75 * np.pi)
    if random.random() < 0.5:
        at = at[::-1].copy()
        angle -= np.pi / 2
    width = int(random.integers(2, 5))
    while (at >= 0).all() and (at < side).all():
        angle += random.uniform(-0.35, 0.35)
        to = at + random.uniform(0.05, 0.15) * side * np.array([np.cos(angle), np.sin(angle)])
        begin, end = at.astype(int), to.astype(int)
        cv2.line(slip, begin.tolist(), end.tolist(), 235.0, width)
        cv2.line(slip, (begin + width).tolist(), (end + width).tolist(), 70.0, max(width // 2, 1))
        at = to


def _on_screen(slip: Grey, held: Held, random: np.random.Generator) -> Grey:
    """Modulate the slip with a screen's pixels, near the camera's own in size: they beat."""
    pitch = MODULE / held.module_px * random.uniform(0.85, 1.2)  # slip pixels to a screen pixel
    depth = random.uniform(0.15, 0.45)
    steps = np.arange(slip.shape[0]) * (2 * np.pi / pitch)
    wave = (1 + np.cos(steps)) / 2
    grid = 1 - depth * np.outer(wave, wave)
    slow = np.arange(slip.shape[0]) * (2 * np.pi / (MODULE * random.uniform(5, 14)))
    bands = 1 - depth * (1 + np.outer(np.cos(slow), np.cos(slow + random.uniform(0, 6)))) / 2
    return np.asarray(slip * grid * bands + 12, np.float32)


_SLIPS: Final[Mapping[Condition, Callable[[Grey, Held, np.random.Generator], Grey]]] = {
    Condition.DAMAGE: _damaged,
    Condition.MOIRE: _on_screen,
}
_SCENES: Final[Mapping[Condition, Callable[[Grey, Held, np.random.Generator], Grey]]] = {
    Condition.BLUR: _blurred,
    Condition.MOTION: _moved,
    Condition.LOW_CONTRAST: _pale,
    Condition.DARK: _dark,
    Condition.GLARE: _glaring,
}


def _seen(scene: Grey, random: np.random.Generator) -> Picture:
    """Return what the sensor makes of it: noise, eight bits, three equal colours."""
    noisy = scene + random.normal(0, NOISE, scene.shape).astype(np.float32)
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
