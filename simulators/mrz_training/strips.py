"""Strips as a gate would cut them from its pictures: one line, badly printed, lit and cut.

The letters' heads stand at row CAP_TOP and their feet at row BASELINE when the cut was right;
here it is a few pixels wrong, somewhat turned, and the line is not quite straight. All of the
geometry is done on the outlines' corners, so where each character's middle came to lie is known
exactly, and with it the right answer for every step of the network.

Source: research/mrz_qr.md section 3 (framewise labels), 1 (pitches met in real pictures).
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import Picture
from simulators.mrz_print import CAP_UNITS, CHARACTERS, UNITS, outlines
from simulators.mrz_training.texts import a_line

HEIGHT: Final = 32
CAP_TOP: Final = 8.0
BASELINE: Final = 24.0
STEP_PX: Final = 4
PITCH: Final = (BASELINE - CAP_TOP) * UNITS / CAP_UNITS  # 16.5
NOTHING: Final = len(CHARACTERS)
IGNORED: Final = -100
SCALE: Final = 2  # drawn this many times larger
SHIFT: Final = 3
SURE: Final = 0.25  # of a pitch around a character's middle: the steps that must name it
CLEAR: Final = 0.36  # of a pitch: steps farther away must say that nothing is there

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Strip:
    """One picture, (32, width), and for each step the class that is right there."""

    picture: Picture
    labels: NDArray[np.int64]
    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """How the line lies in its strip, in strip pixels."""

    left: float
    pitch: float
    size: float  # of the letters, beside their right size
    figures: float  # height of 0 to 9, beside the outlines'
    slant: float
    offset: float
    slope: float
    growth: float  # of the size and the pitch, from left to right: that end is nearer
    wave: tuple[float, float, float]  # amplitude, length, phase
    wide: float  # of the letters, beside what their pitch would make them
    font: tuple[float, float, float, float]  # how its outlines differ, see _other_font


def a_strip(seed: tuple[int, ...], width: int = 512, text: str | None = None) -> Strip:
    """Return the strip of `seed`: always the same for the same numbers."""
    random = Random(repr(seed))  # noqa: S311  # a seeded picture, not a secret
    numbers = np.random.default_rng(seed)
    line = a_line(random) if text is None else text
    cut = a_cut(random, len(line), width)
    ink, middles = _ink(random, line, cut, width)
    coverage = _worn(random, numbers, ink)
    grey = _on_paper(random, numbers, coverage)
    if random.random() < 0.4:
        _beyond(random, numbers, grey, (middles[0] - PITCH, middles[-1] + PITCH))
    pitch = float(np.mean(np.diff(middles))) if len(middles) > 1 else PITCH
    seen = _photographed(random, numbers, grey, pitch)
    return Strip(seen, _labels(line, middles, pitch, width), line)


def a_cut(random: Random, count: int, width: int) -> Cut:
    """Return how badly a line of `count` characters is cut."""
    pitch = PITCH * random.uniform(0.8, 1.25)
    length = count * pitch
    spare = width - length
    left = random.uniform(2, spare - 2) if spare > 4 else random.uniform(spare - 20, 20)
    rough = random.random() ** 1.5
    return Cut(
        left=left,
        pitch=pitch,
        size=random.gauss(1, 0.07 * rough + 0.02),
        figures=random.choice((1.0, 1.0, 1.0, random.uniform(0.93, 1.03))),
        slant=random.gauss(0, 0.06),
        offset=random.gauss(0, 1.6) if random.random() < 0.8 else random.uniform(-3.5, 3.5),
        slope=random.gauss(0, 3.0 * rough) / width,
        growth=random.gauss(0, 0.05 * rough),
        wave=(random.random() * 1.2 * rough, random.uniform(150, 900), random.uniform(0, 6.3)),
        wide=random.choice((1.0, 1.0, random.uniform(0.86, 1.1))),
        font=(
            random.gauss(0, 12),
            random.uniform(0, 6.3),
            random.gauss(0, 10),
            random.uniform(0, 6.3),
        ),
    )


def _ink(random: Random, line: str, cut: Cut, width: int) -> tuple[Picture, NDArray[np.float64]]:
    """Return the line's ink, 255 where there is some, and the middles of its characters."""
    canvas: Picture = np.zeros((HEIGHT * SCALE, width * SCALE), np.uint8)
    jitter = random.choice((0.0, 0.0, random.uniform(0, 0.03)))
    at = np.array([one + 0.5 + random.gauss(0, jitter) for one in range(len(line))])
    nearer = cut.growth * (at / len(line) - 0.5) / 2
    places = cut.left + at * cut.pitch * (1 + nearer)
    _print(canvas, line, cut, places)
    for distance in (-1, 1):  # the neighbours above and below, where the cut is too tall
        if random.random() < 0.5:
            gap = random.uniform(2.0, 2.7) * PITCH * distance * cut.size
            beside = replace(cut, offset=cut.offset + gap)
            _print(canvas, a_line(random)[: len(line)], beside, places)
    return canvas, places


def _print(canvas: Picture, line: str, cut: Cut, places: NDArray[np.float64]) -> None:
    units = (BASELINE - CAP_TOP) / CAP_UNITS
    across = units * cut.pitch / PITCH * cut.wide
    amplitude, length, phase = cut.wave
    width = canvas.shape[1] / SCALE
    for character, place in zip(line, places, strict=False):
        if character == " " or not -20 < place < width + 20:
            continue
        size = cut.size * (1 + cut.growth * (place / width - 0.5))
        tall = units * size * (cut.figures if character.isdigit() else 1)
        foot = BASELINE + cut.offset + (size - 1) * 8 + cut.slope * (place - width / 2)
        foot += amplitude * np.sin(place / length * 6.283 + phase)
        contours = []
        for one in outlines()[character]:
            shape = _other_font(one, cut.font)
            x = place + (shape[:, 0] - UNITS / 2) * across + shape[:, 1] * cut.slant * units
            y = foot - shape[:, 1] * tall
            corners = np.column_stack((x, y)) * (SCALE * (1 << SHIFT))
            contours.append(np.rint(corners).astype(np.int32))
        cv2.fillPoly(canvas, contours, 255, cv2.LINE_AA, SHIFT)


def _other_font(
    one: NDArray[np.float64], font: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    """Return a contour as another cutting of OCR-B may have it: a few hundredths aside."""
    aside, where, up, there = font
    x = one[:, 0] + aside * np.sin(one[:, 1] / CAP_UNITS * 6.283 + where)
    y = one[:, 1] + up * np.sin(one[:, 0] / UNITS * 6.283 + there)
    return np.column_stack((x, y))


def _worn(random: Random, numbers: np.random.Generator, ink: Picture) -> Grey:
    """Spread or starve the ink, and let it flake off: 0 to 1 at each point."""
    sigma = random.uniform(0.5, 2.0)
    soft = cv2.GaussianBlur(ink, (0, 0), sigma).astype(np.float32) / 255
    level = random.uniform(0.32, 0.68) if random.random() < 0.7 else 0.5
    hard = np.clip((soft - level) * random.uniform(2, 6) + 0.5, 0, 1)
    if random.random() < 0.25:
        grain = _noise(numbers, hard.shape, random.uniform(0.6, 2.5))
        hard = hard * np.clip(1.2 + grain * random.uniform(0.2, 0.8), 0, 1)
    return np.asarray(hard, np.float32)


def _noise(numbers: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Grey:
    """Return smooth noise of deviation about 1 whose grains are `sigma` pixels."""
    step = max(1, int(sigma))
    small = (shape[0] // step + 2, shape[1] // step + 2)
    raw = numbers.standard_normal(small, dtype=np.float32)
    return np.asarray(cv2.resize(raw, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC))


def _on_paper(random: Random, numbers: np.random.Generator, coverage: Grey) -> Grey:
    """Print on paper with its security print, uneven light, edges and shine."""
    contrast = random.uniform(*random.choice(((16, 50), (25, 90), (60, 200), (60, 200))))
    paper = random.uniform(min(240.0, contrast + 30), 250)
    ground = np.full(coverage.shape, paper, np.float32)
    if random.random() < 0.65:
        _security_print(random, ground, random.uniform(0.1, 0.6) * min(contrast, 110))
    if random.random() < 0.5:
        ground += _noise(numbers, coverage.shape, random.uniform(3, 40)) * contrast * 0.08
    dark = paper - contrast
    if random.random() < 0.3:  # ink that lets the ground through
        grey = ground - coverage * contrast
    else:
        grey = ground + (dark - ground) * coverage
    if random.random() < 0.6:
        grey *= _light(random, coverage.shape)
    if random.random() < 0.15:
        _shine(random, grey)
    if random.random() < 0.08:
        _marked(random, grey)
    if random.random() < 0.2:
        _edge_above_or_below(random, grey)
    return np.asarray(grey, np.float32)


def _security_print(random: Random, ground: Grey, depth: float) -> None:
    """Draw bundles of waves, the way banknotes and passports have them."""
    height, width = ground.shape
    x = np.arange(-8, width + 8, 8, dtype=np.float32)
    lines: Picture = np.zeros(ground.shape, np.uint8)
    for _ in range(random.randint(1, 3)):
        slope, length = random.gauss(0, 0.5), random.uniform(30, 400)
        wave = random.uniform(0, 25) * np.sin(x / length * 6.283 + random.uniform(0, 6.3))
        apart, thick = random.uniform(4, 25), random.choice((1, 1, 2, 3))
        reach = height + abs(slope) * width
        for start in np.arange(-reach, reach, apart)[:120]:
            points = np.column_stack((x, start + slope * x + wave)).astype(np.int32)
            cv2.polylines(lines, [points], isClosed=False, color=255, thickness=thick)
    soft = cv2.GaussianBlur(lines, (0, 0), random.uniform(0.5, 1.5)).astype(np.float32)
    ground -= soft * (depth / 255)


def _light(random: Random, shape: tuple[int, ...]) -> Grey:
    """Return the light's share at each point: a slope, and at times the edge of a shadow."""
    height, width = shape
    across = np.linspace(-1, 1, width, dtype=np.float32) * random.gauss(0, 0.2)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * random.gauss(0, 0.08)
    light = 1 + across[None] + down
    if random.random() < 0.25:
        edge, soft = random.uniform(0, width), random.uniform(2, 60)
        at = np.arange(width, dtype=np.float32)
        light *= 1 - random.uniform(0.1, 0.6) / (1 + np.exp(-np.clip((at - edge) / soft, -30, 30)))
    return np.asarray(light, np.float32)


def _shine(random: Random, grey: Grey) -> None:
    """Lay one soft bright patch over the line, that leaves the ink just visible."""
    height, width = grey.shape
    y, x = np.ogrid[:height, :width]
    wide, tall = random.uniform(15, 160), random.uniform(10, 80)
    away = ((x - random.uniform(0, width)) / wide) ** 2 + (
        (y - random.uniform(0, height)) / tall
    ) ** 2
    share = np.asarray(np.exp(-away) * random.uniform(0.3, 0.85), np.float32)
    grey += (255 - grey) * share


def _marked(random: Random, grey: Grey) -> None:
    """Draw a pen's line or a stamp's bow over the print."""
    height, width = grey.shape
    shade, thick = random.uniform(0, 160), random.randint(1, 5)
    middle = (random.randrange(width), random.randrange(-height, 2 * height))
    axes = (random.randint(height, width), random.randint(height // 2, 3 * height))
    cv2.ellipse(grey, middle, axes, random.uniform(-15, 15), 0, 360, shade, thick, cv2.LINE_AA)


def _edge_above_or_below(random: Random, grey: Grey) -> None:
    """Let the document end above or below the line: another grey there."""
    height, reach = grey.shape[0], random.randint(1, 7)
    grey[slice(height - reach, None) if random.random() < 0.5 else slice(reach)] = random.uniform(
        0, 255
    )


def _beyond(
    random: Random, numbers: np.random.Generator, grey: Grey, ends: tuple[float, float]
) -> None:
    """Show what lies left and right of a line, which is no character: edges, table, scribbles."""
    width = grey.shape[1]
    for end, outwards in zip(ends, (-1, 1), strict=True):
        start = round((end + outwards * random.uniform(0, 2.5) * PITCH) * SCALE)
        if not 0 < start < width or random.random() < 0.3:
            continue
        part = grey[:, :start] if outwards < 0 else grey[:, start:]
        kind = random.random()
        if kind < 0.6:  # another ground, even or rough
            rough = _noise(numbers, part.shape, random.uniform(1, 20)) * random.uniform(0, 25)
            part[:] = random.uniform(0, 255) + rough
        if kind > 0.4:  # an edge's shadow or a frame
            thick, lean = random.randint(1, 10), random.randint(-6, 6)
            shade = random.uniform(0, 255)
            cv2.line(grey, (start + lean, 0), (start - lean, grey.shape[0]), shade, thick)
        if kind > 0.75:
            _scribble(random, part)


def _scribble(random: Random, part: Grey) -> None:
    """Draw a few strokes that are no letters, over the whole part."""
    height, width = part.shape
    strokes: Picture = np.zeros(part.shape, np.uint8)
    for _ in range(random.randint(1, 8)):
        points = [(random.randrange(width), random.randrange(height)) for _ in range(2)]
        cv2.line(strokes, points[0], points[1], 255, random.randint(1, 6), cv2.LINE_AA)
    part += (random.uniform(0, 255) - part) * (strokes.astype(np.float32) / 255)


def _photographed(
    random: Random, numbers: np.random.Generator, grey: Grey, pitch: float
) -> Picture:
    """See it at the pixels a camera spends on it, blurred, noisy and compressed; cut again."""
    height, width = grey.shape
    pixels = float(np.exp(random.uniform(np.log(5.0), np.log(33))))  # for one character
    share = min(1.0, pixels / (pitch * SCALE))
    small = (max(8, round(width * share)), max(6, round(height * share)))
    seen = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    picture = _sensed(random, numbers, _grey(seen), pitch * SCALE * share)
    if random.random() < 0.3:  # a picture of a picture, as most specimens are
        picture = _once_more(random, numbers, picture, pitch * SCALE * share)
    how = cv2.INTER_AREA if picture.shape[0] > HEIGHT * 1.5 else cv2.INTER_LINEAR
    if random.random() < 0.3:
        how = cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width // SCALE, HEIGHT), interpolation=how))


def _sensed(random: Random, numbers: np.random.Generator, seen: Grey, pixels: float) -> Picture:
    """Return what a camera makes of it, that has so many `pixels` for one character."""
    if random.random() < 0.6:
        most = max(0.3, min(2.2, 0.1 * pixels))
        seen = _grey(cv2.GaussianBlur(seen, (0, 0), random.uniform(0.2, most)))
    if random.random() < 0.15:
        seen = _grey(cv2.filter2D(seen, -1, _motion(random, 0.3 * pixels)))
    if random.random() < 0.15:  # sharpened by the camera
        soft = cv2.GaussianBlur(seen, (0, 0), 1.0)
        seen = _grey(seen + (seen - soft) * random.uniform(0.3, 1.2))
    if random.random() < 0.7:
        seen = seen + numbers.standard_normal(seen.shape, dtype=np.float32) * random.uniform(0.5, 9)
    bent = np.clip(seen, 0, 255)
    if random.random() < 0.3:
        bent = _grey(255 * (bent / 255) ** np.float32(random.uniform(0.5, 2.0)))
    picture: Picture = bent.astype(np.uint8)
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, random.randint(25, 95)]
        packed = cv2.imencode(".jpg", picture, quality)[1]
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture


def _once_more(
    random: Random, numbers: np.random.Generator, picture: Picture, pixels: float
) -> Picture:
    """Photograph a picture of another size again, at times in little light."""
    larger = float(np.clip(random.uniform(12, 33) / pixels, 0.6, 4.0))
    size = (round(picture.shape[1] * larger), max(6, round(picture.shape[0] * larger)))
    how = random.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
    again = cv2.resize(picture, size, interpolation=how).astype(np.float32)
    dim = again * random.uniform(0.25, 1.0) + random.uniform(0, 60)
    return _sensed(random, numbers, _grey(dim), pixels * larger)


def _grey(values: NDArray[Any]) -> Grey:
    return np.asarray(values, np.float32)


def _motion(random: Random, most: float) -> Grey:
    size = max(2, round(random.uniform(1, max(2.0, most))))
    kernel = np.zeros((size, size), np.float32)
    if random.random() < 0.5:
        kernel[size // 2] = 1
    else:
        np.fill_diagonal(kernel if random.random() < 0.5 else kernel[:, ::-1], 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _labels(line: str, middles: NDArray[np.float64], pitch: float, width: int) -> NDArray[np.int64]:
    at = (np.arange(width // STEP_PX) + 0.5) * STEP_PX
    labels = np.full(len(at), NOTHING, np.int64)
    for character, middle in zip(line, middles, strict=True):
        away = np.abs(at - middle) / pitch
        if character == " ":
            continue
        labels[away < CLEAR] = IGNORED
        if pitch * 0.4 < middle < width - pitch * 0.4:
            labels[away < SURE] = CHARACTERS.index(character)
    return labels
