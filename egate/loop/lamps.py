"""What the lamps and the sounder say in each state, as a table.

Lamps guide the traveller and decide nothing. A refusal looks like any other wait (the stop lamp):
why is for the officer's screen. The sounder is for what happens to the doors and the chamber,
never for what was found about a person.

Source: DESIGN section 8 (same neutral look for every refusal); research/domain.md 2.2, 2.3.
"""

from egate.domain.effect import Prompt
from egate.domain.lane_part import Output, Shape, outputs_of
from egate.domain.lane_state import LaneState, Trouble

LAMPS = (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP)
SOUNDS_FOR_S = 2.0

LIT: dict[LaneState, frozenset[Output]] = {
    LaneState.BOOT: frozenset({Output.STOP}),
    LaneState.OUT_OF_SERVICE: frozenset({Output.STOP}),
    LaneState.CLOSED: frozenset({Output.STOP}),
    LaneState.READY: frozenset({Output.ENTRY_GO}),
    LaneState.READING: frozenset(),
    LaneState.ENTRY_DECIDED: frozenset(),
    LaneState.ENTRY_RELEASED: frozenset({Output.ENTRY_GO}),
    LaneState.ENTERING: frozenset({Output.ENTRY_GO}),
    LaneState.VERIFYING: frozenset(),
    LaneState.DECIDED: frozenset(),
    LaneState.EXIT_RELEASED: frozenset({Output.EXIT_GO}),
    LaneState.LEAVING: frozenset({Output.EXIT_GO}),
    LaneState.CLEARING: frozenset({Output.STOP}),
    LaneState.TURNED_AWAY: frozenset({Output.STOP}),
    LaneState.REFERRED: frozenset({Output.STOP}),
    LaneState.RETURNING: frozenset({Output.STOP}),
    LaneState.EXCEPTION: frozenset({Output.STOP}),
    LaneState.EMERGENCY: frozenset({Output.ENTRY_GO, Output.EXIT_GO}),
    LaneState.MAINTENANCE: frozenset({Output.STOP}),
}

STOPPING = frozenset({Prompt.ONE_AT_A_TIME, Prompt.STEP_BACK})

SOUNDING = frozenset(
    {
        Trouble.TAILGATING,
        Trouble.TWO_PERSONS,
        Trouble.WRONG_DIRECTION,
        Trouble.LEFT_OBJECT,
        Trouble.DOOR_BLOCKED,
        Trouble.DOOR_FORCED,
        Trouble.DOOR_HELD_OPEN,
        Trouble.CONTACTS_DISAGREE,
        Trouble.OBSTACLE_HIT,
        Trouble.OCCUPANCY_CHANGED,
        Trouble.OCCUPIED_AT_BOOT,
        Trouble.TAMPER,
        Trouble.DWELL_TOO_LONG,
        Trouble.EMERGENCY_OPEN,
    }
)


def lit_in(state: LaneState, prompt: Prompt | None, shape: Shape) -> frozenset[Output]:
    """Return the lamps that are on.

    >>> sorted(lit_in(LaneState.READY, Prompt.PRESENT_TOKEN, Shape.MANTRAP))
    [<Output.ENTRY_GO: 'entry_go'>]
    >>> sorted(lit_in(LaneState.VERIFYING, Prompt.ONE_AT_A_TIME, Shape.TURNSTILE))
    [<Output.STOP: 'stop'>]
    """
    stop = {Output.STOP} if prompt in STOPPING else set()
    return (LIT[state] | stop).intersection(outputs_of(shape))
