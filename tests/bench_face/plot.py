"""A DET plot as SVG, written by hand: FNMR over FMR, both logarithmic.

Source: ISO/IEC 19795-1 (detection error trade-off).
"""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Final

WIDTH, HEIGHT, MARGIN = 640, 480, 60
LOWEST: Final = 1e-4  # a rate of none is drawn here
FONT: Final = 'font-family="sans-serif" font-size="12"'
DECADES: Final = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
COLOURS: Final = ("#1f4e8c", "#b3541e", "#3a7d44", "#7a3b8c", "#555555")
Curve = Sequence[tuple[float, float]]


def det_svg(curves: Mapping[str, Curve]) -> str:
    """Return the plot of some curves of (FMR, FNMR), by name."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for rate in DECADES:
        parts += _grid(rate)
    for place, (name, curve) in enumerate(curves.items()):
        parts += _line(name, curve, place)
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">FMR</text>')
    parts.append(f'<text x="16" y="{HEIGHT / 2}">FNMR</text>')
    return "\n".join([*parts, "</svg>", ""])


def at(fmr: float, fnmr: float) -> tuple[float, float]:
    """Return where a pair of rates is drawn.

    >>> at(1.0, 1.0), at(0.0, 1e-4)
    ((580.0, 60.0), (60.0, 420.0))
    """
    x, y = (1 + log10(max(rate, LOWEST)) / 4 for rate in (fmr, fnmr))
    across, up = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    return round(MARGIN + x * across, 1), round(HEIGHT - MARGIN - y * up, 1)


def _grid(rate: float) -> list[str]:
    x, y = at(rate, rate)
    far_x, far_y = WIDTH - MARGIN, HEIGHT - MARGIN
    return [
        f'<path d="M{x} {MARGIN}V{far_y}M{MARGIN} {y}H{far_x}" stroke="#ddd"/>',
        f'<text x="{x}" y="{far_y + 18}" text-anchor="middle">{rate:g}</text>',
        f'<text x="{MARGIN - 6}" y="{y + 4}" text-anchor="end">{rate:g}</text>',
    ]


def _line(name: str, curve: Curve, place: int) -> list[str]:
    colour = COLOURS[place % len(COLOURS)]
    points = " ".join(f"{x},{y}" for x, y in dict.fromkeys(at(*pair) for pair in curve))
    far_x, y = WIDTH - MARGIN - 8, MARGIN + 16 + 16 * place
    return [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        f'<text x="{far_x}" y="{y}" text-anchor="end" fill="{colour}">{_safe(name)}</text>',
    ]


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
