"""What a lane knows, as one frozen value, and what follows from it.

Nothing here decides; it answers "is this door secured", "how many are inside". Every
answer is cautious: a level that is not known is never taken for closed, locked, clear or empty.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from egate.domain.decision import Stage
from egate.domain.effect import Limit
from egate.domain.lane_part import (
    DOOR_BEAM,
    DOOR_CONTACTS,
    SHAPE_DOORS,
    Door,
    Input,
    Shape,
    inputs_of,
)
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.limits import TimeLimits, Tries


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """What is fixed about a lane: its shape, its limits and who must be there."""

    shape: Shape
    limits: TimeLimits = field(default_factory=TimeLimits)
    tries: Tries = field(default_factory=Tries)
    officer_required: bool = True
    opens_by_itself: bool = False
    pushed: frozenset[Door] = frozenset()  # opened by hand: closed until somebody walks

    @property
    def doors(self) -> tuple[Door, ...]:
        """The doors of this shape."""
        return SHAPE_DOORS[self.shape]

    @property
    def is_mantrap(self) -> bool:
        """Whether the traveller stands enclosed between two doors."""
        return self.shape is Shape.MANTRAP


class Occupancy(StrEnum):
    """How many bodies the two people sensors together prove."""

    NONE = "none"
    ONE = "one"
    NOT_ONE = "not_one"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything a lane remembers between two events.

    `released` holds the doors now commanded to let somebody through, `settling` those that
    were locked again and have not been seen secured since. `pending` is the stage whose
    admission waits for the journal, `cleared` the durable admissions not yet used.
    `missing` names lost devices, `faulty` the doors whose contacts or drive are not believed.
    `suspect` doors were seen open with the bolt said to be thrown: their bolt contact proves
    nothing until it has been seen to let go.
    """

    state: LaneState = LaneState.BOOT
    active: frozenset[Input] = frozenset()
    unknown: frozenset[Input] = frozenset(Input)
    released: frozenset[Door] = frozenset()
    settling: frozenset[Door] = frozenset()
    faulty: frozenset[tuple[Door, Trouble]] = frozenset()
    suspect: frozenset[Door] = frozenset()
    missing: frozenset[str] = frozenset()
    awaited: frozenset[Limit] = frozenset()
    occupancy: Occupancy = Occupancy.UNKNOWN
    passage: int = 0
    pending: Stage | None = None
    cleared: frozenset[Stage] = frozenset()
    attempt: int = 0
    wants_finger: bool = False  # the face was the holder's: tries are at the sensor now
    trouble: Trouble | None = None
    has_entered: bool = False
    behind: int = 0  # at a barrier: 1 the zone was left, 2 somebody else stood in it after that
    is_tested: bool = False
    is_wanted: bool = False
    officer_attached: bool = False


def is_active(memory: Memory, line: Input) -> bool:
    """Say whether this line is known and active."""
    return line in memory.active and line not in memory.unknown


def is_secured(memory: Memory, door: Door) -> bool:
    """Say whether the door is closed and locked by two agreeing contacts, neither suspect."""
    closed, locked = DOOR_CONTACTS[door]
    agree = is_active(memory, closed) and is_active(memory, locked)
    return agree and door not in memory.suspect


def is_open(memory: Memory, door: Door) -> bool:
    """Say whether the closed contact is known and open."""
    closed = DOOR_CONTACTS[door][0]
    return closed not in memory.unknown and closed not in memory.active


def is_beam_clear(memory: Memory, door: Door) -> bool:
    """Say whether nobody stands in this doorway."""
    return is_active(memory, DOOR_BEAM[door])


def observed_occupancy(memory: Memory) -> Occupancy:
    """Return what the presence sensor and the overhead counter prove at this instant."""
    if {Input.CHAMBER_EMPTY, Input.CHAMBER_SINGLE} & memory.unknown:
        return Occupancy.UNKNOWN
    empty, single = Input.CHAMBER_EMPTY in memory.active, Input.CHAMBER_SINGLE in memory.active
    if empty and single:
        return Occupancy.UNKNOWN
    if empty:
        return Occupancy.NONE
    return Occupancy.ONE if single else Occupancy.NOT_ONE


def is_emergency(memory: Memory) -> bool:
    """Say whether the emergency loop is known to be open; an unknown loop is a lost board."""
    loop = Input.EMERGENCY_CLEAR
    return loop not in memory.unknown and loop not in memory.active


def are_inputs_known(memory: Memory, settings: LaneSettings) -> bool:
    """Say whether every input line of this shape has a known level."""
    return not memory.unknown.intersection(inputs_of(settings.shape))


def are_doors_secured(memory: Memory, settings: LaneSettings) -> bool:
    """Say whether every door of the lane is secured."""
    return all(is_secured(memory, door) for door in settings.doors)


def is_vacant(memory: Memory, settings: LaneSettings) -> bool:
    """Say whether nobody is proven inside and every doorway is clear."""
    doorways_clear = all(is_beam_clear(memory, door) for door in settings.doors)
    return doorways_clear and observed_occupancy(memory) is Occupancy.NONE


def is_rested(memory: Memory, settings: LaneSettings) -> bool:
    """Say whether the lane can take the next traveller.

    Every door is secured, every doorway clear; a mantrap's chamber is proven empty. In front
    of a turnstile the next traveller may already stand.
    """
    return (
        are_doors_secured(memory, settings)
        and all(is_beam_clear(memory, door) for door in settings.doors)
        and (not settings.is_mantrap or observed_occupancy(memory) is Occupancy.NONE)
        and not is_emergency(memory)
        and are_inputs_known(memory, settings)
    )


def may_serve(memory: Memory, settings: LaneSettings) -> bool:
    """Say whether the lane is wanted open and the officer it needs is there."""
    return memory.is_wanted and (memory.officer_attached or not settings.officer_required)
