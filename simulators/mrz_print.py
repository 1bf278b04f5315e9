"""Print lines of a machine readable zone as the standard has them: OCR-B, ten to the inch.

The result is a clean grey picture, dark on light: paper, not a photograph of it. Whoever needs
tilt, blur or glare adds it. No font need be installed: the outlines lie beside this file.

Source: ICAO 9303-3, 4.1.1 (OCR-B size 1, constant width) and 9303-4, 4.2 (line spacing
6.35 mm, 10 characters to 25.4 mm); outlines: simulators/mrz_training/outlines.py.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import Picture

CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
OUTLINES: Final = Path(__file__).with_name("ocr_b_outlines.txt")
UNITS: Final = 723.0  # one pitch, 2.54 mm, in the outlines' measure
CAP_UNITS: Final = 701.0  # a letter's height, 2.46 mm; a figure reaches 773
LINE_PITCHES: Final = 2.5  # 6.35 mm from baseline to baseline
MARGIN_PITCHES: Final = 1.5  # white left and right, and above the first line's letters and below
INK: Final = 25
PAPER: Final = 235
FINE: Final = 4  # drawn this many times larger, then averaged
SHIFT: Final = 4  # fractional bits of a polygon's corners

Outline = tuple[NDArray[np.float64], ...]


@cache
def outlines() -> Mapping[str, Outline]:
    """Return each character's contours, one array of x, y in `UNITS` each, y upwards."""
    return dict(_outline(line) for line in OUTLINES.read_text("ascii").splitlines())


def baseline_px(line: int, pitch_px: float) -> float:
    """Return how far below the picture's top edge the baseline of `line` (from 0) stands."""
    return (MARGIN_PITCHES + CAP_UNITS / UNITS + line * LINE_PITCHES) * pitch_px


def centre_px(column: int, pitch_px: float) -> float:
    """Return how far from the picture's left edge the middle of `column` (from 0) stands."""
    return (MARGIN_PITCHES + column + 0.5) * pitch_px


def print_lines(lines: Sequence[str], pitch_px: float) -> Picture:
    """Return `lines` printed, (height, width) grey; `pitch_px` from one character to the next.

    A space leaves its place white; any other character outside `CHARACTERS` is a KeyError.
    """
    width = round((max(map(len, lines)) + 2 * MARGIN_PITCHES) * pitch_px)
    height = round(baseline_px(len(lines) - 1, pitch_px) + MARGIN_PITCHES * pitch_px)
    fine: Picture = np.full((height * FINE, width * FINE), PAPER, np.uint8)
    for number, line in enumerate(lines):
        baseline = baseline_px(number, pitch_px)
        for column, character in enumerate(line):
            if character != " ":
                left = centre_px(column, pitch_px) - pitch_px / 2
                draw(fine, outlines()[character], (left, baseline), pitch_px / UNITS)
    return cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def draw(fine: Picture, outline: Outline, at: tuple[float, float], scale: float) -> None:
    """Fill `outline` with ink on `fine`; `at` (left, baseline) and `scale` in the picture's px."""
    origin, turned = np.array(at), np.array([scale, -scale])
    corners = [(origin + contour * turned) * FINE * (1 << SHIFT) for contour in outline]
    cv2.fillPoly(fine, [np.rint(one).astype(np.int32) for one in corners], INK, cv2.LINE_8, SHIFT)


def _outline(line: str) -> tuple[str, Outline]:
    character, shape = line.split(" ", 1)
    contours = (part.split() for part in shape.split(";"))
    return character, tuple(
        np.array([[float(value) for value in point.split(",")] for point in one])
        for one in contours
    )
