"""The order of colours of one look, shown step by step on the gate's light.

Each step is noted with the instant at which the light was told, which is what the skin can answer.
A step that comes late puts off those after it: whatever the pace of the pictures, a colour stays
STEP_S, so that nothing flickers.
An order begins in the dark: where a colour of another one stands, or after a failure nobody knows
what does, its first step is dark.
A light that fails is closed, told lost, and opened anew for the next order; a gate without a light
shows nothing.

Source: egate.domain.light_order (no order flickers); research/face.md section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from egate.domain.light_order import DARK, STEP_S, LightOrder, LightStep, Rgb, draw_order
from egate.ports.errors import DeviceError

if TYPE_CHECKING:
    from egate.ports.light import Light


class Tell(Protocol):
    """Tells the lane whether the light is there."""

    def __call__(self, *, present: bool, what: str = "") -> None:
        """Tell it; told again only when it changed."""


@dataclass(frozen=True, slots=True)
class LightParts:
    """How to open the light, and where random bytes come from: `draw(count)`, as os.urandom."""

    open_light: Callable[[], Light]
    draw: Callable[[int], bytes]


class LightShow:
    """One light and the order it shows; `clock` is monotonic, in seconds."""

    def __init__(self, parts: LightParts | None, clock: Callable[[], float], tell: Tell) -> None:
        self._parts = parts
        self._clock = clock
        self._tell = tell
        self._light: Light | None = None
        self._changed_at_s = clock() - STEP_S
        self._due: LightOrder = ()
        self._told: LightOrder = ()
        self._stands: Rgb | None = DARK

    @property
    def is_drawn(self) -> bool:
        """Say whether an order is to begin of which nothing was shown yet."""
        return self.is_on and not self._told

    @property
    def is_on(self) -> bool:
        """Say whether some of an order is still to be shown."""
        return bool(self._due)

    @property
    def told(self) -> LightOrder:
        """Return what was shown of this order, each step at the instant it was."""
        return self._told

    def begin(self) -> None:
        """Draw an order and begin it as soon as may be; what is left of another is not shown."""
        self._told = ()
        if self._parts is None:
            return
        begins_at_s = max(self._clock(), self._changed_at_s + STEP_S)
        if self._stands == DARK:
            self._due = draw_order(self._parts.draw, begins_at_s)
        else:
            order = draw_order(self._parts.draw, begins_at_s + STEP_S)
            self._due = (LightStep(begins_at_s, DARK), *order)

    def follow(self) -> None:
        """Show what is due by now."""
        now_s = self._clock()
        if self._due and self._due[0].at_s <= now_s:
            first, *rest = self._due
            late_s = now_s - first.at_s
            self._due = tuple(LightStep(step.at_s + late_s, step.rgb) for step in rest)
            self._shine(first.rgb)

    def rest(self) -> None:
        """Go dark, whatever of an order is left; opens a light that is not open."""
        self._due = ()
        self._shine(DARK)
        self._told = ()

    def close(self) -> None:
        """Give the line back; the light goes dark."""
        if self._light is not None:
            self._light.close()
        self._light = None

    def _shine(self, rgb: Rgb) -> None:
        if self._parts is None:
            return
        try:
            self._light = self._light or self._parts.open_light()
            self._light.shine(rgb)
        except DeviceError as error:
            self.close()
            self._due, self._told, self._stands = (), (), None
            self._tell(present=False, what=error.what[:256])
            return
        self._changed_at_s, self._stands = self._clock(), rgb
        self._told = (*self._told, LightStep(self._changed_at_s, rgb))
        self._tell(present=True)
