"""The lamps of a board, lit as the table of signs says; the screen is read off the same table.

Lamps guide the traveller and decide nothing.

Source: egate/domain/signs.py.
"""

from egate.domain.effect import Prompt
from egate.domain.lane_part import Output, Shape, outputs_of
from egate.domain.lane_state import LaneState
from egate.domain.signs import lamps_in

LAMPS = (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP)
SOUNDS_FOR_S = 2.0


def lit_in(state: LaneState, prompt: Prompt | None, shape: Shape) -> frozenset[Output]:
    """Return the lamps that are on.

    >>> sorted(lit_in(LaneState.READY, Prompt.PRESENT_TOKEN, Shape.MANTRAP))
    [<Output.ENTRY_GO: 'entry_go'>]
    >>> sorted(lit_in(LaneState.VERIFYING, Prompt.ONE_AT_A_TIME, Shape.TURNSTILE))
    [<Output.STOP: 'stop'>]
    """
    return lamps_in(state, prompt).intersection(outputs_of(shape))
