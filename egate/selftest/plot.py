"""A series of figures as a small picture: SVG in the page itself, no script, no font of its own.

One dot a figure, joined by a line, with its limits as dashed lines; what is beyond a limit is
drawn as a cross as well as in another colour, for whoever sees no colours. At most `MOST` figures
are drawn: of more, the smallest and largest of each stretch, so that no outlier is lost.

Source: SVG 1.1; WCAG 2.2, 1.4.1 (not by colour alone).
"""

from collections.abc import Iterable
from html import escape
import math

from egate.selftest.catalogue import limit, shown, with_unit
from egate.selftest.check import Series

WIDTH, HEIGHT = 340, 120
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 18
MOST = 400


def plot(series: Series, name: str) -> str:
    """Return the series as an SVG element, `name` being what it is called; "" without figures."""
    values = thinned([value for value in series.values if math.isfinite(value)])
    if not values:
        return ""
    scale = _Scale(values, series)
    points = [(scale.x(place), scale.y(value), value) for place, value in enumerate(values)]
    most = with_unit(float(max(values)), series.unit)
    told = f"{name}: {len(series.values)} x, {shown(float(min(values)))} .. {most} {limit(series)}"
    title = escape(told.strip())
    bounds = [bound for bound in (series.at_least, series.at_most) if bound is not None]
    parts = [
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        *_axes(scale, series.unit, len(series.values)),
        *(_limit_line(scale, bound) for bound in bounds),
        _joined(points),
        *(_mark(x, y, is_beyond(series, value)) for x, y, value in points),
        "</svg>",
    ]
    return "".join(parts)


def thinned(values: list[float], most: int = MOST) -> list[float]:
    """Return at most `most` of the values, with the smallest and largest of every stretch kept.

    >>> thinned([1.0, 9.0, 2.0, 3.0, 0.0, 5.0], 4)
    [1.0, 9.0, 0.0, 5.0]
    """
    if len(values) <= most:
        return values
    stretches = most // 2
    kept: list[float] = []
    for number in range(stretches):
        part = values[number * len(values) // stretches : (number + 1) * len(values) // stretches]
        low, high = min(part), max(part)
        kept += [low, high] if part.index(low) < part.index(high) else [high, low]
    return kept


def is_beyond(series: Series, value: float) -> bool:
    """Say whether a figure breaks a limit of its series."""
    return (series.at_least is not None and value < series.at_least) or (
        series.at_most is not None and value > series.at_most
    )


class _Scale:
    """Where a figure is drawn: from zero, or the least, up to the most of all."""

    def __init__(self, values: list[float], series: Series) -> None:
        bounds = [one for one in (series.at_least, series.at_most) if one is not None]
        near = [one for one in bounds if one <= 4 * max(map(abs, values)) or one <= 0]
        self.low = min(0.0, *values, *near)
        self.high = max(0.0, *values, *near)
        if self.low == self.high:
            self.high = self.low + 1
        self._steps = max(1, len(values) - 1)

    def x(self, place: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / self._steps, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _axes(scale: _Scale, unit: str, count: int) -> Iterable[str]:
    foot, head = scale.y(scale.low), scale.y(scale.high)
    yield f'<path class="axis" d="M{LEFT} {head}V{foot}H{WIDTH - RIGHT}"/>'
    for value, y in ((scale.low, foot), (scale.high, head + 6)):
        label = escape(with_unit(float(value), unit))
        yield f'<text x="{LEFT - 4}" y="{y}" text-anchor="end">{label}</text>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 4}">1</text>'
    yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{count}</text>'


def _limit_line(scale: _Scale, bound: float) -> str:
    if not scale.low <= bound <= scale.high:
        return ""
    y = scale.y(bound)
    return f'<path class="limit" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'


def _joined(points: list[tuple[float, float, float]]) -> str:
    return '<polyline class="line" points="' + " ".join(f"{x},{y}" for x, y, _ in points) + '"/>'


def _mark(x: float, y: float, is_bad: bool) -> str:  # noqa: FBT001  # drawn one way or the other
    if is_bad:
        return f'<path class="beyond" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>'
    return f'<circle class="dot" cx="{x}" cy="{y}" r="1.5"/>'
