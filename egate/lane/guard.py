"""The guard: the one function that every release of a door must pass.

It knows nothing of how the lane came here; it looks at the memory as it stands and answers
for one door and one purpose. No row of the state table tests these conditions itself, so
a line taken out here opens a real hole, and the explorer in the tests finds it.

Source: DESIGN section 3, invariants 1-4, 6, 8 and 10; research/domain.md 5.1 (I1-I3, I8, I11, I19,
I20).
"""

from egate.domain.decision import Stage
from egate.domain.effect import Purpose
from egate.domain.lane_event import (
    LaneEvent,
    MaintenanceEntered,
    MaintenanceLeft,
    OutputForced,
    SignalForced,
)
from egate.domain.lane_part import Door
from egate.domain.lane_state import MAY_BE_LEFT, LaneState
from egate.lane.memory import (
    LaneSettings,
    Memory,
    Occupancy,
    is_emergency,
    is_secured,
    is_vacant,
    may_serve,
    observed_occupancy,
)

BOARD, JOURNAL = "board", "journal"


def objections(
    memory: Memory, settings: LaneSettings, door: Door, purpose: Purpose
) -> tuple[str, ...]:
    """Return every reason why this door must not be released now; none means it may be."""
    if door not in settings.doors:
        return ("this lane has no such door",)
    if purpose is Purpose.FREE_EGRESS:
        return _unless(emergency_state=memory.state is LaneState.EMERGENCY)
    common = _unless(
        no_emergency=not is_emergency(memory) and memory.state is not LaneState.EMERGENCY,
        board_present=BOARD not in memory.missing,
        other_door_not_released=not memory.released - {door},
        other_door_secured=all(
            is_secured(memory, other) for other in settings.doors if other != door
        ),
        other_contacts_believed=all(faulty is door for faulty, _ in memory.faulty),
    )
    return common + _FOR_PURPOSE[purpose](memory, settings, door)


def _let_in(memory: Memory, settings: LaneSettings, door: Door) -> tuple[str, ...]:
    return _unless(
        is_the_entry=door is Door.ENTRY,
        token_cleared=Stage.TOKEN in memory.cleared,
        lane_open=may_serve(memory, settings),
        chamber_empty=observed_occupancy(memory) is Occupancy.NONE,
        journal_present=JOURNAL not in memory.missing,
    )


def _let_out(memory: Memory, _settings: LaneSettings, door: Door) -> tuple[str, ...]:
    return _unless(
        is_the_exit=door is Door.EXIT,
        traveller_cleared=Stage.TRAVELLER in memory.cleared,
        has_a_passage=memory.passage > 0,
        exactly_one_person=observed_occupancy(memory) is Occupancy.ONE,
        journal_present=JOURNAL not in memory.missing,
    )


def _let_back(_memory: Memory, _settings: LaneSettings, door: Door) -> tuple[str, ...]:
    """The way back to where the traveller came from needs no decision and no journal."""
    return _unless(is_the_entry=door is Door.ENTRY)


def _forced(memory: Memory, settings: LaneSettings, _door: Door) -> tuple[str, ...]:
    return _unless(
        in_maintenance=memory.state is LaneState.MAINTENANCE,
        chamber_empty=is_vacant(memory, settings),
    )


_FOR_PURPOSE = {
    Purpose.LET_IN: _let_in,
    Purpose.LET_OUT: _let_out,
    Purpose.LET_BACK: _let_back,
    Purpose.FORCED_BY_TECHNICIAN: _forced,
}


def against_by_hand(memory: Memory, settings: LaneSettings, event: LaneEvent) -> tuple[str, ...]:
    """Return what a technician's wish that no row took lacked; it only names, and opens nothing."""
    if isinstance(event, MaintenanceEntered):
        return _unless(
            state_can_be_left=memory.state in MAY_BE_LEFT,
            lane_closed=not may_serve(memory, settings),
            chamber_empty=is_vacant(memory, settings),
        )
    if isinstance(event, OutputForced | SignalForced | MaintenanceLeft):
        return ("in_maintenance",)
    return ()


def must_withdraw(memory: Memory, settings: LaneSettings) -> tuple[Door, ...]:
    """Return the released doors that may not stay released.

    Outside an emergency a release holds only while every other door is secured and the
    board answers.
    """
    if memory.state is LaneState.EMERGENCY:
        return ()
    return tuple(
        door
        for door in settings.doors
        if door in memory.released
        and (
            is_emergency(memory)
            or BOARD in memory.missing
            or not all(is_secured(memory, other) for other in settings.doors if other != door)
        )
    )


def _unless(**conditions: bool) -> tuple[str, ...]:
    return tuple(name for name, holds in conditions.items() if not holds)
