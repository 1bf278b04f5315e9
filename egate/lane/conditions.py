"""The conditions of the state table: each asks one thing of the memory or of the event.

Pure; none of them repeats what the guard asks.
"""

from collections.abc import Callable

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import (
    Limit,
    Purpose,
)
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    DeviceBack,
    FingerWanted,
    LaneEvent,
    LimitReached,
    OfficerOrdered,
    Order,
    TravellerAsked,
)
from egate.domain.lane_part import Door
from egate.domain.lane_state import Trouble as T  # noqa: N817  # a long table wants one letter
from egate.lane.draft import Draft
from egate.lane.guard import BOARD, JOURNAL, objections
from egate.lane.memory import (
    Occupancy,
    are_doors_secured,
    are_inputs_known,
    is_beam_clear,
    is_emergency,
    is_open,
    is_rested,
    is_secured,
    is_vacant,
    may_serve,
    observed_occupancy,
)
from egate.lane.observe import is_forced

Condition = Callable[[Draft, LaneEvent], bool]
TO_SERVE = frozenset({"scanner", "vision", "camera", BOARD, JOURNAL})
TO_VERIFY = frozenset({"vision", "camera", BOARD, JOURNAL})


def rested(draft: Draft, _event: LaneEvent) -> bool:
    """Every door secured, every doorway clear, nobody inside."""
    return is_rested(draft.memory, draft.settings)


def vacant(draft: Draft, _event: LaneEvent) -> bool:
    """Nobody is inside and every doorway is clear, whatever the doors."""
    return is_vacant(draft.memory, draft.settings)


def occupied(draft: Draft, _event: LaneEvent) -> bool:
    """Every line is known, and what the people sensors say for a while is not that it is empty."""
    memory, seen_now = draft.memory, observed_occupancy(draft.memory)
    is_settled = are_inputs_known(memory, draft.settings) and memory.occupancy is seen_now
    return is_settled and seen_now is not Occupancy.NONE


def serving(draft: Draft, _event: LaneEvent) -> bool:
    """Wanted open, with the officer it needs and every device present."""
    return may_serve(draft.memory, draft.settings)


def not_serving(draft: Draft, _event: LaneEvent) -> bool:
    """Not wanted open, or without the officer it needs."""
    return not may_serve(draft.memory, draft.settings)


def complete(draft: Draft, _event: LaneEvent) -> bool:
    """No device is missing and no door is faulty."""
    return not draft.memory.missing & TO_SERVE and not draft.memory.faulty


def incomplete(draft: Draft, event: LaneEvent) -> bool:
    """A device is missing or a door is faulty."""
    return not complete(draft, event)


def cannot_verify(draft: Draft, _event: LaneEvent) -> bool:
    """A device without which nobody may be let in any more is missing."""
    return bool(draft.memory.missing & TO_VERIFY)


def eyes_back(draft: Draft, event: LaneEvent) -> bool:
    """What looks at the traveller's face, which is still wanted, answers; nothing is missing."""
    is_eyes = isinstance(event, DeviceBack) and event.device in ("vision", "camera")
    return is_eyes and not draft.memory.wants_finger and not cannot_verify(draft, event)


def board_missing(draft: Draft, _event: LaneEvent) -> bool:
    """The lines are not known any more."""
    return BOARD in draft.memory.missing


def door_faulty(draft: Draft, _event: LaneEvent) -> bool:
    """Contacts disagree, or a door does not do what it was told."""
    return bool(draft.memory.faulty)


def door_suspect(draft: Draft, _event: LaneEvent) -> bool:
    """A door was seen open behind a thrown bolt, and nobody has looked at it since."""
    return bool(draft.memory.suspect)


def door_forced(draft: Draft, _event: LaneEvent) -> bool:
    """A leaf stands open that nobody released."""
    return any(is_forced(draft.memory, door) for door in draft.settings.doors)


def doors_secured(draft: Draft, _event: LaneEvent) -> bool:
    """Every door of the lane is secured."""
    return are_doors_secured(draft.memory, draft.settings)


def emergency(draft: Draft, _event: LaneEvent) -> bool:
    """The emergency loop is open."""
    return is_emergency(draft.memory)


def no_emergency(draft: Draft, _event: LaneEvent) -> bool:
    """The emergency loop is closed and every line is known."""
    return not is_emergency(draft.memory) and are_inputs_known(draft.memory, draft.settings)


def tested(draft: Draft, _event: LaneEvent) -> bool:
    """The self-test passed."""
    return draft.memory.is_tested


def not_tested(draft: Draft, _event: LaneEvent) -> bool:
    """The self-test failed."""
    return not draft.memory.is_tested


def mantrap(draft: Draft, _event: LaneEvent) -> bool:
    """The lane has an entry door."""
    return draft.settings.is_mantrap


def turnstile(draft: Draft, _event: LaneEvent) -> bool:
    """The lane has one barrier and no chamber."""
    return not draft.settings.is_mantrap


def entered_before(draft: Draft, _event: LaneEvent) -> bool:
    """Exactly one person had been seen inside in this passage."""
    return draft.memory.has_entered


def behind(count: int) -> Condition:
    """Build the condition that so much was seen of somebody behind, see Memory.behind."""
    return lambda draft, _event: draft.memory.behind == count


def limit(name: Limit) -> Condition:
    """Build the condition that this time limit ran out."""
    return lambda _draft, event: isinstance(event, LimitReached) and event.limit is name


def order(name: Order) -> Condition:
    """Build the condition that this was ordered, for the passage that is running."""
    return lambda draft, event: (
        isinstance(event, OfficerOrdered)
        and event.order is name
        and event.passage == draft.memory.passage
    )


def reasoned(_draft: Draft, event: LaneEvent) -> bool:
    """The officer who orders says who it is and why."""
    return isinstance(event, OfficerOrdered) and all(
        text.strip() for text in (event.officer, event.reason)
    )


def decided(stage: Stage, *rulings: Ruling) -> Condition:
    """Build the condition that this stage of the running passage was decided so."""
    return lambda draft, event: (
        isinstance(event, Decided)
        and event.passage == draft.memory.passage
        and event.stage is stage
        and event.ruling in rulings
    )


def durable(stage: Stage) -> Condition:
    """Build the condition that the admission of this stage has just become durable."""
    return lambda draft, event: (
        isinstance(event, DecisionDurable)
        and event.stage is stage
        and event.passage == draft.memory.passage
        and stage in draft.memory.cleared
    )


def asked_now(draft: Draft, event: LaneEvent) -> bool:
    """What is asked of the traveller concerns the passage that runs."""
    return isinstance(event, TravellerAsked) and event.passage == draft.memory.passage


def may_retry(draft: Draft, event: LaneEvent) -> bool:
    """Another try may bring what is missing, and the traveller has one left."""
    return isinstance(event, Decided) and event.may_retry and tries_left(draft, event)


def tries_left(draft: Draft, _event: LaneEvent) -> bool:
    """The traveller has a try left at what is tried now."""
    tries = draft.settings.tries
    return draft.memory.attempt < (tries.finger if draft.memory.wants_finger else tries.face)


def finger_wanted(draft: Draft, event: LaneEvent) -> bool:
    """A finger is to be asked for in the running passage, which it is once."""
    is_of_this = isinstance(event, FingerWanted) and event.passage == draft.memory.passage
    return is_of_this and not draft.memory.wants_finger


def guard_allows(door: Door, purpose: Purpose) -> Condition:
    """Build the condition that the guard has no objection to this release."""
    return lambda draft, _event: not objections(draft.memory, draft.settings, door, purpose)


def inside(*counts: Occupancy) -> Condition:
    """Build the condition that the settled occupancy is one of these."""
    return lambda draft, _event: draft.memory.occupancy in counts


def seen(*counts: Occupancy) -> Condition:
    """Build the condition that the sensors say one of these at this instant."""
    return lambda draft, _event: observed_occupancy(draft.memory) in counts


def clear(door: Door) -> Condition:
    """Build the condition that nobody stands in this doorway."""
    return lambda draft, _event: is_beam_clear(draft.memory, door)


def blocked(door: Door) -> Condition:
    """Build the condition that this doorway is not proven clear."""
    return lambda draft, _event: not is_beam_clear(draft.memory, door)


def released(door: Door) -> Condition:
    """Build the condition that this door is released."""
    return lambda draft, _event: door in draft.memory.released


def locked_again(door: Door) -> Condition:
    """Build the condition that this door is no longer released."""
    return lambda draft, _event: door not in draft.memory.released


def secured(door: Door) -> Condition:
    """Build the condition that this door is secured."""
    return lambda draft, _event: is_secured(draft.memory, door)


def stands_open(door: Door) -> Condition:
    """Build the condition that this leaf is seen open."""
    return lambda draft, _event: is_open(draft.memory, door)


def troubled_by(*troubles: T) -> Condition:
    """Build the condition that the lane stands still for one of these."""
    return lambda draft, _event: draft.memory.trouble in troubles


def unlike(condition: Condition) -> Condition:
    """Build the opposite of a condition."""
    return lambda draft, event: not condition(draft, event)
