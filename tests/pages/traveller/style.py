"""The style sheet of the screen, taken apart: colours, movement, contrast."""

from pathlib import Path
import re

CSS = (Path(__file__).parents[3] / "egate/pages/static/traveller.css").read_text()


def colours() -> dict[str, str]:
    """Return the colours by name, as #rrggbb."""
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", CSS))


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb. Source: WCAG 2.2, definition of the term."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21. Source: WCAG 2.2, contrast ratio.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
