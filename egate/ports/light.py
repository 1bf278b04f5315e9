"""A light that shines on the traveller's face in any colour: a ring of LEDs, or a screen."""

from typing import Protocol

from egate.domain.light_order import Rgb


class Light(Protocol):
    """A light before the traveller; dark when it is opened and when it is closed.

    How fast it may change is not its business: egate.domain.light_order draws no order that
    flickers.
    """

    def shine(self, rgb: Rgb) -> None:
        """Show this colour from now on; returns once it is on its way to the light.

        Raises:
            DeviceLost: the line is gone; what shines is not known.
        """

    def close(self) -> None:
        """Go dark and give the line back; repeatable, never raises."""
