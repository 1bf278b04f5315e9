"""From one event to what the lane knows, before any move is considered.

Here also live the standing watches over the doors and the occupancy: which time limits
run because of what the sensors say, whatever the state.
"""

from dataclasses import replace

from egate.domain.effect import Limit
from egate.domain.lane_event import (
    DecisionDurable,
    DeviceBack,
    DeviceLost,
    InputChanged,
    LaneEvent,
    LimitReached,
    OfficerAttached,
    OfficerDetached,
    OfficerOrdered,
    Order,
    SelfTestDone,
)
from egate.domain.lane_part import DOOR_CONTACTS, Door, Input
from egate.domain.lane_state import LaneState, Trouble
from egate.lane.draft import Draft
from egate.lane.guard import BOARD
from egate.lane.memory import (
    LaneSettings,
    Memory,
    Occupancy,
    is_active,
    is_beam_clear,
    is_open,
    is_secured,
    observed_occupancy,
)

DISAGREES = {Door.ENTRY: Limit.ENTRY_DISAGREES, Door.EXIT: Limit.EXIT_DISAGREES}
FOLLOWS = {Door.ENTRY: Limit.ENTRY_FOLLOWS, Door.EXIT: Limit.EXIT_FOLLOWS}
ATTENDED = {LaneState.REFERRED, LaneState.EXCEPTION}
LOOKS_AT_DOORS = {Order.CLEAR, Order.LET_BACK}
UNWATCHED = {LaneState.BOOT, LaneState.OUT_OF_SERVICE, LaneState.EMERGENCY, LaneState.MAINTENANCE}


def observe(memory: Memory, event: LaneEvent, settings: LaneSettings) -> Memory:
    """Return the memory with what this event says of the world taken in."""
    match event:
        case InputChanged() | DeviceLost() | DeviceBack():
            return _settled(_sensed(memory, event), settings)
        case OfficerAttached() | OfficerDetached():
            return replace(memory, officer_attached=isinstance(event, OfficerAttached))
        case OfficerOrdered():
            return _settled(_ordered(memory, event), settings)
        case SelfTestDone() | DecisionDurable():
            return _done(memory, event)
        case LimitReached(limit=limit):
            return _limit_reached(memory, limit)
        case _:
            return memory


def _sensed(memory: Memory, event: InputChanged | DeviceLost | DeviceBack) -> Memory:
    match event:
        case InputChanged(line=line, active=active):
            return _with_level(memory, line, active=active)
        case DeviceLost(device=device):
            unknown = frozenset(Input) if device == BOARD else memory.unknown
            return replace(memory, missing=memory.missing | {device}, unknown=unknown)
        case DeviceBack(device=device):
            return replace(memory, missing=memory.missing - {device})


def _ordered(memory: Memory, event: OfficerOrdered) -> Memory:
    if event.order in (Order.OPEN_LANE, Order.CLOSE_LANE):
        return replace(memory, is_wanted=event.order is Order.OPEN_LANE)
    is_answer = memory.state in ATTENDED and event.passage == memory.passage
    if is_answer and event.order in LOOKS_AT_DOORS:
        return _looked_at(memory)
    return memory


def _looked_at(memory: Memory) -> Memory:
    """Take in that the officer saw the doors: one that reads closed and locked is believed.

    A closed contact that flickered once leaves its bolt suspect, and a bolt that is not
    released is never seen to let go: without this look the lane would stand still for ever.
    """
    return replace(
        memory, suspect=frozenset(door for door in memory.suspect if is_open(memory, door))
    )


def _with_level(memory: Memory, line: Input, *, active: bool | None) -> Memory:
    unknown = memory.unknown | {line} if active is None else memory.unknown - {line}
    levels = memory.active | {line} if active else memory.active - {line}
    memory = replace(memory, active=levels, unknown=unknown)
    return replace(memory, suspect=frozenset(door for door in Door if _is_suspect(memory, door)))


def _is_suspect(memory: Memory, door: Door) -> bool:
    """A bolt is drawn before its leaf opens: a leaf open behind a thrown bolt is a lie."""
    bolt_thrown = is_active(memory, DOOR_CONTACTS[door][1])
    return bolt_thrown and (is_open(memory, door) or door in memory.suspect)


def _settled(memory: Memory, settings: LaneSettings) -> Memory:
    """Take in what follows at once: an occupancy of none or one, and doors seen secured.

    A door at rest is believed again; an officer's order counts as such a look.
    """
    seen = observed_occupancy(memory)
    if seen in (Occupancy.NONE, Occupancy.ONE):
        memory = replace(memory, occupancy=seen)
    at_rest = {
        door for door in settings.doors if is_secured(memory, door) and door not in memory.released
    }
    return replace(
        memory,
        settling=memory.settling - at_rest,
        faulty=frozenset(fault for fault in memory.faulty if fault[0] not in at_rest),
    )


def _done(memory: Memory, event: SelfTestDone | DecisionDurable) -> Memory:
    if isinstance(event, SelfTestDone):
        return replace(memory, is_tested=event.passed)
    if memory.pending is not event.stage or event.passage != memory.passage:
        return memory
    return replace(memory, pending=None, cleared=memory.cleared | {event.stage})


def _limit_reached(memory: Memory, limit: Limit) -> Memory:
    """Take a limit off the awaited ones; a watch that ran out is a fault, or a fact."""
    if limit not in memory.awaited:
        return memory
    memory = replace(memory, awaited=memory.awaited - {limit})
    if limit is Limit.OCCUPANCY_SETTLES:
        return replace(memory, occupancy=observed_occupancy(memory))
    for door in Door:
        if limit is DISAGREES[door]:
            return replace(memory, faulty=memory.faulty | {(door, Trouble.CONTACTS_DISAGREE)})
        if limit is FOLLOWS[door]:
            is_held = is_open(memory, door) and door not in memory.released
            trouble = Trouble.DOOR_HELD_OPEN if is_held else Trouble.DOOR_NOT_FOLLOWING
            return replace(memory, faulty=memory.faulty | {(door, trouble)})
    return memory


def watch(draft: Draft) -> None:
    """Start and stop the standing watches so that they agree with what is known now."""
    wanted = _watches(draft.memory, draft.settings)
    for limit in (*DISAGREES.values(), *FOLLOWS.values(), Limit.OCCUPANCY_SETTLES):
        if limit not in wanted:
            draft.stop_waiting(limit)
        elif limit not in draft.memory.awaited:
            draft.wait(limit, wanted[limit])


def _watches(memory: Memory, settings: LaneSettings) -> dict[Limit, float]:
    limits = settings.limits
    wanted: dict[Limit, float] = {}
    if observed_occupancy(memory) is not memory.occupancy:
        wanted[Limit.OCCUPANCY_SETTLES] = limits.occupancy_settle_s
    believed = set(settings.doors) - {door for door, _ in memory.faulty}
    if memory.state in UNWATCHED:
        believed.clear()
    for door in believed:
        if door in memory.suspect:
            wanted[DISAGREES[door]] = limits.door_disagreement_s
        if _does_not_follow(memory, door, is_pushed=door in settings.pushed):
            wanted[FOLLOWS[door]] = limits.door_follow_s
    return wanted


def _does_not_follow(memory: Memory, door: Door, *, is_pushed: bool) -> bool:
    """Released and still closed (by hand: still bolted), or locked again and not come to rest.

    A leaf that stays open with a clear doorway is held, or its relay is welded.
    """
    closed, locked = DOOR_CONTACTS[door]
    if door in memory.released:
        return is_active(memory, locked if is_pushed else closed)
    if door in memory.settling and is_open(memory, door):
        return is_beam_clear(memory, door)
    return (
        is_active(memory, closed) and not is_active(memory, locked) and locked not in memory.unknown
    )


def is_forced(memory: Memory, door: Door) -> bool:
    """Say whether the leaf stands open although it was neither released nor is settling."""
    return is_open(memory, door) and door not in memory.released and door not in memory.settling
