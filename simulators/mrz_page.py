"""A page of a travel document, and what a camera over the reader's window sees of it.

    page      paper, a portrait, lines of print, and the zone at its foot in OCR-B
    infrared  the zone alone: what else is printed or stamped there cannot be seen in B900
    view      that page on a dark window: turned, tilted, curved, shaken, glaring, dark, noisy

One millimetre is PX_PER_MM pixels of the page; the camera sees the window about as large as a
passport's page, so that letters of a zone stand some eighteen pixels apart. What a lens, a real
hologram and a worn page do is not here: these pictures are kinder than the world.

Source: ICAO 9303-3, 4.1 (zones of a page; readable in near infrared); 9303-4, 4.2, 9303-5, 4.2
and 9303-6, 4.2 (sizes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import Picture
from simulators.mrz_print import CHARACTERS, INK, MARGIN_PITCHES, PAPER, print_lines

WIDTH: Final = 1280
HEIGHT: Final = 720
PX_PER_MM: Final = 10.0
PITCH_MM: Final = 2.54
SIZES_MM: Final = {44: (125.0, 88.0), 36: (105.0, 74.0), 30: (85.6, 54.0)}  # by a line's characters
SEEN_PX_PER_MM: Final = 7.2
WINDOW: Final = 38  # grey of the empty window
NOISE: Final = 2.5  # standard deviation, of 255
SKIN: Final = (110, 140, 190)
HAND_MM: Final = 30.0
STAMP: Final = (70, 30, 30)  # blue
FOOT_MM: Final = 3.0  # paper below the zone


@dataclass(frozen=True, slots=True)
class Lying:
    """How a page lies, and how it is seen; the default lies well."""

    turned_deg: float = 0.0
    aside_mm: tuple[float, float] = (0.0, 0.0)
    tilt: float = 0.0  # how much smaller the far edge is, 0 to 0.3
    curve_mm: float = 0.0  # how far the middle of the page stands above its sides
    blur_px: float = 0.0
    shake_px: float = 0.0  # it moves so far while the shutter is open
    glare: float = 0.0  # of a lamp over the zone, 0 to 1
    light: float = 1.0
    noise: float = NOISE
    held: bool = False  # a hand is in the picture
    stamped: bool = False  # ink over the zone that near infrared does not see


@cache
def page(lines: tuple[str, ...], *, stamped: bool = False, is_infrared: bool = False) -> Picture:
    """Return a page with this zone, (height, width, 3); letters of no zone are left out."""
    width_mm, height_mm = SIZES_MM.get(max(map(len, lines), default=0), SIZES_MM[44])
    width, height = round(width_mm * PX_PER_MM), round(height_mm * PX_PER_MM)
    paper = np.full((height, width, 3), PAPER, np.uint8) if is_infrared else _paper(width, height)
    if not is_infrared:
        _print_above(paper, width, height)
    zone = print_lines([_printable(line) for line in lines], PITCH_MM * PX_PER_MM)
    high = min(height, zone.shape[0])
    wide = min(width, zone.shape[1])
    top = height - high - round(FOOT_MM * PX_PER_MM) + round(MARGIN_PITCHES * PX_PER_MM)
    top, left = min(top, height - high), (width - wide) // 2
    foot = paper[top : top + high, left : left + wide]
    cut = zone[:high, :wide, np.newaxis].repeat(3, axis=2)
    np.minimum(foot, cut, out=foot)
    if stamped and not is_infrared:
        _stamp(foot)
    return paper


def view(lying: Lying, shown: Picture | None, draw: np.random.Generator) -> Picture:
    """Return what the camera sees, (HEIGHT, WIDTH, 3): the window, and the page on it."""
    window = np.full((HEIGHT, WIDTH, 3), WINDOW, np.uint8)
    if shown is not None:
        bent = _curved(shown, lying.curve_mm) if lying.curve_mm else shown
        move, size = _move(lying, bent), (WIDTH, HEIGHT)
        laid = cv2.warpPerspective(bent, move, size, flags=cv2.INTER_AREA)
        outline = cv2.warpPerspective(np.full(bent.shape[:2], 255, np.uint8), move, size)
        cv2.copyTo(laid, outline, window)
    if lying.held:
        _hand(window, lying)
    return _lit(_unsharp(window, lying), lying, draw)


def _stamp(foot: Picture) -> None:
    """Press a stamp with thick strokes on the zone."""
    height, width = foot.shape[:2]
    for number in range(6):
        at = (width // 3 + number * width // 12, height // 2)
        size = (width // 10, height // 2)
        cv2.ellipse(foot, at, size, 20, 0, 360, STAMP, round(PX_PER_MM), cv2.LINE_AA)


def _printable(line: str) -> str:
    return "".join(one if one in CHARACTERS else " " for one in line)


def _paper(width: int, height: int) -> Picture:
    """Return paper with the fine waves that documents are printed on."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 4 * np.sin(x / 9 + 3 * np.sin(y / 60)) + 4 * np.sin(y / 11 + 2 * np.sin(x / 70))
    tint = np.array([0, -4, -10], np.float32)
    tinted: Picture = np.clip(PAPER + waves[..., np.newaxis] + tint, 0, 255).astype(np.uint8)
    return tinted


def _print_above(paper: Picture, width: int, height: int) -> None:
    """Print a portrait's place and some words above the zone; nobody is named."""
    left, top, wide, high = width // 20, height // 6, width // 4, height * 2 // 5
    cv2.rectangle(paper, (left, top), (left + wide, top + high), (180, 185, 190), cv2.FILLED)
    cv2.circle(paper, (left + wide // 2, top + high * 2 // 5), wide // 4, (120, 135, 165), -1)
    cv2.ellipse(
        paper, (left + wide // 2, top + high), (wide * 2 // 5, high // 3), 0, 180, 360, 90, -1
    )
    for number, words in enumerate(("UTOPIA", "SPECIMEN", "Type / Code", "Name", "Date")):
        at = (left + wide + width // 25, top + number * high // 5 + 12)
        cv2.putText(paper, words, at, cv2.FONT_HERSHEY_DUPLEX, width / 1250, (INK,) * 3, 2)


def _curved(shown: Picture, curve_mm: float) -> Picture:
    """Bend the page about its spine: its middle is nearer, its lines become bows."""
    height, width = shown.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bow = (1 - ((x - width / 2) / (width / 2)) ** 2) * curve_mm * PX_PER_MM
    return cv2.remap(shown, x, y + bow.astype(np.float32), cv2.INTER_LINEAR).astype(np.uint8)


def _move(lying: Lying, shown: Picture) -> NDArray[np.float64]:
    """Return the homography from the page to the picture."""
    height, width = shown.shape[:2]
    scale = SEEN_PX_PER_MM / PX_PER_MM
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    corners[:2, 0] *= 1 - lying.tilt
    corners[:2, 1] *= 1 - lying.tilt / 2
    angle = np.deg2rad(lying.turned_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (corners * (width * scale / 2, height * scale / 2)) @ turn.T
    placed += np.array([WIDTH / 2, HEIGHT / 2]) + np.array(lying.aside_mm) * SEEN_PX_PER_MM
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    move = cv2.getPerspectiveTransform(flat, placed.astype(np.float32))
    return np.asarray(move, np.float64)


def _hand(picture: Picture, lying: Lying) -> None:
    """Draw two fingers and a thumb that hold the page at its right edge."""
    aside = np.array(lying.aside_mm) * SEEN_PX_PER_MM
    x, y = WIDTH / 2 + aside[0] + 60 * SEEN_PX_PER_MM, HEIGHT / 2 + aside[1]
    for up in (-0.4, 0.0, 0.5):
        at = (round(x), round(y + up * HAND_MM * SEEN_PX_PER_MM))
        reach = (round(HAND_MM * SEEN_PX_PER_MM), round(9 * SEEN_PX_PER_MM))
        cv2.ellipse(picture, at, reach, 8, 0, 360, SKIN, cv2.FILLED, cv2.LINE_AA)


def _unsharp(picture: Picture, lying: Lying) -> Picture:
    if lying.blur_px:
        picture = cv2.GaussianBlur(picture, (0, 0), lying.blur_px).astype(np.uint8)
    length = round(lying.shake_px)
    if length > 1:
        picture = cv2.blur(picture, (length, max(1, length // 3))).astype(np.uint8)
    return picture


def _lit(picture: Picture, lying: Lying, draw: np.random.Generator) -> Picture:
    """Add light, glare and the sensor's noise."""
    seen = picture.astype(np.float32) * (lying.light * (1 + draw.normal(0, 0.005)))
    if lying.glare:
        seen += _glare(lying.glare)
    grain = draw.standard_normal(picture.shape[:2], np.float32) * lying.noise
    noisy: Picture = np.clip(seen + grain[..., np.newaxis], 0, 255).astype(np.uint8)
    return noisy


def _glare(strength: float) -> NDArray[np.float32]:
    """Return the light of a lamp that the laminate throws back, over the foot of the page."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    away = ((x - WIDTH * 0.45) / (WIDTH * 0.16)) ** 2 + ((y - HEIGHT * 0.83) / 90) ** 2
    return np.asarray(700 * strength * np.exp(-away)[..., np.newaxis], np.float32)


def steps(frames: int) -> Sequence[Lying]:
    """Return how a page lies while a hand brings it in from the right; the last lies almost."""
    return [
        Lying(
            aside_mm=(150.0 * (1 - part) ** 2, 25.0 * (1 - part)),
            turned_deg=14.0 * (1 - part),
            shake_px=28.0 * (1 - part),
            held=True,
        )
        for part in (number / max(1, frames) for number in range(frames))
    ]
