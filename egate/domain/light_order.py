"""The order of colours that a gate shines on a face, drawn anew for each look.

A picture on paper or on a screen was taken under another light, or under another order: only
what stands there now answers this one. A colour stays STEP_S and never follows itself, so that
going to and fro between two colours is 2.5 Hz at most: under three flashes a second nobody is
harmed.

Source: W3C WCAG 2.2, 2.3.1 (three flashes or below); research/face.md section 5 (active light).
"""

from collections.abc import Callable
from dataclasses import dataclass

Rgb = tuple[int, int, int]  # red, green, blue, 0..255 each

STEP_S = 0.2  # two of them are one flash: 2.5 Hz
STEPS = 5  # 3 x 2^4 = 48 orders in one second
COLOURS: tuple[Rgb, ...] = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
DARK: Rgb = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class LightStep:
    """From this instant of the monotonic clock on the light was told to show this colour."""

    at_s: float
    rgb: Rgb


LightOrder = tuple[LightStep, ...]  # in the order of time


def draw_order(draw: Callable[[int], bytes], begins_at_s: float) -> LightOrder:
    """Draw an order of colours; the last step is dark and ends it.

    `draw(count)` gives that many random bytes, as os.urandom does.

    >>> order = draw_order(lambda count: bytes([0] * count), 10.0)
    >>> [step.rgb for step in order[:3]], [step.at_s for step in order[:3]]
    ([(255, 0, 0), (0, 255, 0), (255, 0, 0)], [10.0, 10.2, 10.4])
    """
    order: list[LightStep] = []
    for number, byte in enumerate(draw(STEPS)):
        others = [colour for colour in COLOURS if not order or colour != order[-1].rgb]
        at_s = round(begins_at_s + number * STEP_S, 6)
        order.append(LightStep(at_s, others[byte * len(others) // 256]))
    return (*order, LightStep(round(begins_at_s + STEPS * STEP_S, 6), DARK))


def shining(order: LightOrder, at_s: float) -> Rgb:
    """Return what the light was told to show at this instant; dark before the first step."""
    return next((step.rgb for step in reversed(order) if step.at_s <= at_s), DARK)
