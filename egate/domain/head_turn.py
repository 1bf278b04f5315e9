"""The turns of the head that a traveller is asked for, drawn anew for each look.

A print cannot turn, and a recording turns when it was recorded to: which side is asked is known
to nobody before. A recording that happens to turn meets one side in two; so TURNS are asked, and
one in four recordings of a head that turns twice still does what it was not asked. More turns
keep travellers longer; who confuses left and right is no attacker.

Source: research/face.md section 5, layer 4.
"""

from collections.abc import Callable
from enum import StrEnum

TURNS = 2


class Turn(StrEnum):
    """Which way to look, as the traveller has left and right; AHEAD is back at the camera."""

    LEFT = "left"
    RIGHT = "right"
    AHEAD = "ahead"


def draw_turns(draw: Callable[[int], bytes]) -> tuple[Turn, ...]:
    """Draw the sides of a look; `draw(count)` gives that many random bytes, as os.urandom does.

    >>> draw_turns(lambda count: bytes(range(count)))
    (<Turn.LEFT: 'left'>, <Turn.RIGHT: 'right'>)
    """
    return tuple(Turn.RIGHT if byte % 2 else Turn.LEFT for byte in draw(TURNS))
