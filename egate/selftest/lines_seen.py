"""What was seen of the lines of a closed lane, and what it says: values and pure functions.

Two looks are taken before anything is asked of a door: with the safety relay lapsed (`unfed`) and
while it is fed (`fed`). What differs between them tells faults apart that look alike in one look:

    door      unfed          fed            says
    any       closed         open           it opens though nobody lets it: a relay is welded
    any       open           open           the leaf stands open
    any       as it fails    bolt, no leaf  leaf contact broken: a leaf is not open behind a bolt
    fails     bolt home      bolt home      the relay did not let go, or the bolt contact sticks;
    free                                    letting the door go once tells which

Nothing here knows a wire, a clock or a person.

Source: domain/lane_part.py (a broken wire reads as not closed, not locked, blocked, not empty);
drivers/_io_lines.py (what a door does without power).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from egate.domain.lane_part import DOOR_CONTACTS, Door, Input

Levels = frozenset[Input]  # the active ones; all others are not
MOST_EDGES: Final = 2  # of a line that nobody touched, in one watch


@dataclass(frozen=True, slots=True)
class LinesSeen:
    """Two looks at all lines, and how often each changed while nothing was asked."""

    unfed: Levels
    fed: Levels
    edges: Mapping[Input, int] = field(default_factory=dict)
    watched_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorSeen:
    """One door let go and taken back; seconds from the order, None: not within the time given.

    `objections` are the guard's; with one of them nothing was done. `bolt_said_home` while the
    leaf was seen open. `others` are contacts of other doors that moved meanwhile.
    """

    objections: tuple[str, ...] = ()
    unlocked_s: float | None = None
    opened_s: float | None = None
    closed_s: float | None = None
    locked_s: float | None = None
    bolt_said_home: bool = False
    others: tuple[Input, ...] = ()


class Rest(StrEnum):
    """How a door stands that nobody lets go."""

    SECURED = "secured"
    STANDS_OPEN = "stands_open"
    OPENS_UNASKED = "opens_unasked"
    LEAF_CONTACT_OPEN = "leaf_contact_open"
    NOT_LOCKED = "not_locked"


class Moved(StrEnum):
    """How a door did what it was told."""

    AS_TOLD = "as_told"
    NOT_LET_GO = "not_let_go"
    BOLT_CONTACT_STUCK = "bolt_contact_stuck"
    LEAF_DID_NOT_OPEN = "leaf_did_not_open"
    OTHER_DOOR_MOVED = "other_door_moved"
    OPENS_SLOWLY = "opens_slowly"
    DOES_NOT_CLOSE = "does_not_close"
    CLOSES_SLOWLY = "closes_slowly"
    DOES_NOT_LOCK = "does_not_lock"


class Inside(StrEnum):
    """What the two people sensors say of a lane in which nobody should be."""

    EMPTY = "empty"
    CONTRADICT = "contradict"
    NOT_EMPTY = "not_empty"


class Loop(StrEnum):
    """How the emergency loop stands."""

    CLOSED = "closed"
    OPEN = "open"
    WIRE = "wire"


def is_secured(levels: Levels, door: Door) -> bool:
    """Say whether both contacts say so."""
    return levels.issuperset(DOOR_CONTACTS[door])


def rest_of(seen: LinesSeen, door: Door) -> Rest:
    """Return how a door stands at rest.

    >>> both = frozenset({Input.EXIT_CLOSED, Input.EXIT_LOCKED})
    >>> rest_of(LinesSeen(both, frozenset()), Door.EXIT)
    <Rest.OPENS_UNASKED: 'opens_unasked'>
    """
    closed, locked = DOOR_CONTACTS[door]
    if is_secured(seen.fed, door):
        return Rest.SECURED
    if closed in seen.fed:
        return Rest.NOT_LOCKED
    if locked in seen.fed:
        return Rest.LEAF_CONTACT_OPEN
    return Rest.OPENS_UNASKED if closed in seen.unfed else Rest.STANDS_OPEN


def loop_of(seen: LinesSeen, doors: tuple[Door, ...]) -> Loop:
    """Return how the emergency loop stands.

    A loop that is really open frees every door; where one is still locked, only the lane's own
    wire from the loop is broken.
    """
    if Input.EMERGENCY_CLEAR in seen.fed:
        return Loop.CLOSED
    locks = (DOOR_CONTACTS[door][1] for door in doors)
    return Loop.WIRE if any(lock in seen.fed for lock in locks) else Loop.OPEN


def inside_of(levels: Levels) -> Inside:
    """Return what the two people sensors say together."""
    if Input.CHAMBER_EMPTY not in levels:
        return Inside.NOT_EMPTY
    return Inside.CONTRADICT if Input.CHAMBER_SINGLE in levels else Inside.EMPTY


def moved(seen: DoorSeen, limit_s: float, *, is_pushed: bool = False) -> Moved:
    """Return how a door did what it was told; `is_pushed`: nothing opens its leaf by itself.

    >>> moved(DoorSeen(unlocked_s=0.1, opened_s=0.2, closed_s=0.5, locked_s=0.6), 3.0)
    <Moved.AS_TOLD: 'as_told'>
    """
    if seen.others:
        return Moved.OTHER_DOOR_MOVED
    if seen.bolt_said_home:
        return Moved.BOLT_CONTACT_STUCK
    if seen.unlocked_s is None and seen.opened_s is None:
        return Moved.NOT_LET_GO
    return _leaf_moved(seen, limit_s, is_pushed=is_pushed)


def _leaf_moved(seen: DoorSeen, limit_s: float, *, is_pushed: bool) -> Moved:
    if seen.opened_s is None and not is_pushed:
        return Moved.LEAF_DID_NOT_OPEN
    if not is_pushed and (seen.opened_s or 0.0) > limit_s:
        return Moved.OPENS_SLOWLY
    if seen.closed_s is None:
        return Moved.DOES_NOT_CLOSE
    if seen.closed_s > limit_s:
        return Moved.CLOSES_SLOWLY
    return Moved.DOES_NOT_LOCK if seen.locked_s is None else Moved.AS_TOLD


def chatters(seen: LinesSeen, line: Input) -> bool:
    """Say whether a line changed though nobody was there to change it."""
    return seen.edges.get(line, 0) > MOST_EDGES
