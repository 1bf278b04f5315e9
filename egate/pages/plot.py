"""Small plots as numbers for an inline SVG: bars of counts, a line of times. No drawing here.

The box is WIDTH by HEIGHT; y grows downwards, as in SVG.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the box."""

    x: float
    y: float
    width: float
    height: float
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """Runs of points for SVG polylines; a gap in the values is a gap in the line."""

    points: tuple[str, ...]
    highest: float


def bars(values: Sequence[float]) -> tuple[Bar, ...]:
    """Return one bar a value, the highest as high as the box.

    >>> [(bar.x, bar.height) for bar in bars([1, 2])]
    [(0.0, 30.0), (120.0, 60.0)]
    """
    width, top = WIDTH / max(1, len(values)), max([*values, 1])
    return tuple(
        Bar(round(place * width, 1), HEIGHT - high, round(width * 0.8, 1), high, value)
        for place, value in enumerate(values)
        for high in [round(HEIGHT * value / top, 1)]
    )


def line(values: Sequence[float | None]) -> Line:
    """Return the runs of a line through the values, from 0 to their highest.

    >>> line([1.0, None, 2.0, 1.0]).points
    ('0.0,30.0', '160.0,0.0 240.0,30.0')
    """
    known = [value for value in values if value is not None]
    top, step = max([*known, 1.0]), WIDTH / max(1, len(values) - 1)
    runs: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{round(place * step, 1)},{round(HEIGHT * (1 - value / top), 1)}")
    return Line(tuple(" ".join(run) for run in runs if run), max(known, default=0.0))
