"""Take the outlines of OCR-B out of Debian's fonts-ocr-b, as polygons in a text file.

One line a character: the character, then its contours parted by `;`, each a list of x,y in
thousandths of an em, y upwards from the baseline. Every character is 723 wide.

    python -m simulators.mrz_training.outlines /usr/share/fonts/opentype/ocr-b/OCRB.otf

Source: fonts-ocr-b 0.3 (Norbert Schwarz 1995/2010: "You may freely use, modify and/or distribute
this file, without limitation"; Matthew Skala 2012, public domain).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
import sys
from typing import Final

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from simulators.mrz_print import CHARACTERS, OUTLINES

STEPS: Final = 5  # straight pieces for one curve: within 2 thousandths of an em here
Point = tuple[float, float]


def outlines(font: Path) -> str:
    """Return the text for `font`, an OpenType file with the MRZ's characters."""
    file = TTFont(font)
    glyphs, names = file.getGlyphSet(), file.getBestCmap()
    return "".join(f"{one} {_shape(glyphs, names[ord(one)])}\n" for one in CHARACTERS)


def _shape(glyphs: object, name: str) -> str:
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)  # type: ignore[index]  # fontTools has no types for a glyph set
    return " ; ".join(" ".join(f"{x:.0f},{y:.0f}" for x, y in one) for one in _contours(pen.value))


def _contours(value: Sequence[tuple[str, Sequence[Point]]]) -> Iterator[list[Point]]:
    points: list[Point] = []
    for operator, at in value:
        if operator == "moveTo":
            points = [at[0]]
        elif operator == "lineTo":
            points.append(at[0])
        elif operator == "curveTo":
            points.extend(_curve(points[-1], *at))
        elif operator == "closePath":
            yield points


def _curve(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    for step in range(1, STEPS + 1):
        t = step / STEPS
        u = 1 - t
        weights = u**3, 3 * u * u * t, 3 * u * t * t, t**3
        yield (
            sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
            sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
        )


if __name__ == "__main__":
    OUTLINES.write_text(outlines(Path(sys.argv[1])), "ascii")
