"""The boot self-test: the checks that move nothing, asked of what a lane knows of itself.

A lane leaves `boot` only when its table finds it rested and complete (egate/lane/conditions.py);
here the same is asked check by check, so that what holds it up has a name, a device and a cure. A
test holds both against each other: nothing fails here if, and only if, the lane may open.

Pure: levels and names in, answers out; no device is asked. The lane process imports it.

    EG-S101  board           EG-S140.DOOR  door at rest       EG-S201  scanner reports itself
    EG-S120  emergency loop  EG-S150.DOOR  doorway clear      EG-S241  camera reports itself
                             EG-S160       nobody inside      EG-S301  journal   EG-S302  vision

Source: DESIGN section 3, invariant 10; issue 5, item 8.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, SHAPE_DOORS, Door, Input, Shape, inputs_of
from egate.domain.self_checked import Checked
from egate.ports.errors import DeviceLost
from egate.selftest.board_checks import (
    ANSWERS,
    BLOCKED,
    BOARD,
    CLEAR,
    CONTRADICT,
    EMPTY,
    LEAF_CONTACT_OPEN,
    LOOP_CLOSED,
    LOOP_OPEN,
    LOOP_WIRE,
    NOT_EMPTY,
    NOT_LOCKED,
    SECURED,
    STANDS_OPEN,
)
from egate.selftest.check import Answer, Check, Outcome, Reason, Result
from egate.selftest.lines_seen import (
    Inside,
    Levels,
    LinesSeen,
    Loop,
    Rest,
    inside_of,
    loop_of,
    rest_of,
)
from egate.selftest.registry import Registry, UnknownCheck
from egate.selftest.runner import Means, run

REPORTS: Final = Reason("reports", Outcome.PASSED)
WRITES: Final = Reason("writes", Outcome.PASSED)
HOSTED: Final = (("EG-S201", "scanner"), ("EG-S302", "vision"), ("EG-S241", "camera"))
AT_ONCE: Final = Means(lambda: 0.0, lambda ask, _limit_s: ask())

Checks = Iterator[Check["LaneSeen"]]


@dataclass(frozen=True, slots=True)
class LaneSeen:
    """What a lane knows of itself: every level, None where it is not known, and what is missing."""

    shape: Shape
    levels: Mapping[Input, bool | None]
    missing: tuple[str, ...] = ()

    @property
    def seen(self) -> LinesSeen:
        """The lines as the judgements want them; there is one look only, and the relay is fed."""
        active: Levels = frozenset(line for line, level in self.levels.items() if level)
        return LinesSeen(frozenset(), active)


@cache
def boot_checks(shape: Shape) -> Registry[LaneSeen]:
    """Return the checks of a lane of this shape."""
    return Registry((*_of_lines(shape), *_of_hosts()))


def stands_against(lane: LaneSeen) -> tuple[Result, ...]:
    """Return every check that failed: what keeps this lane from opening."""
    results = run(boot_checks(lane.shape), lane, AT_ONCE)
    return tuple(one for one in results if one.outcome is Outcome.FAILED)


def checked(lane: LaneSeen, only: str = "") -> tuple[Checked, ...]:
    """Return every check as it stands, or the one asked for with what it needs; () for none such.

    >>> [one.reason for one in checked(LaneSeen(Shape.TURNSTILE, {}, ("journal",)), "EG-S301")]
    ['device_lost']
    """
    checks = boot_checks(lane.shape)
    try:
        asked = checks.only([only]) if only else checks
    except UnknownCheck:
        return ()
    return tuple(
        Checked(
            one.id,
            one.device,
            one.outcome.value,
            one.reason,
            is_own=one.is_own,
            values=dict(one.answer.values),
            took_s=one.took_s,
        )
        for one in run(asked, lane, AT_ONCE)
    )


def in_short(results: tuple[Result, ...]) -> tuple[str, ...]:
    """Return failed checks as a log or a page names them.

    >>> lane = LaneSeen(Shape.TURNSTILE, {}, ("board",))
    >>> in_short(stands_against(lane))
    ('EG-S101 device_lost',)
    """
    return tuple(f"{one.id} {one.reason}" for one in results)


def _of_lines(shape: Shape) -> Checks:
    yield Check("EG-S101", BOARD, (ANSWERS,), _board)
    yield Check(
        "EG-S120",
        Input.EMERGENCY_CLEAR,
        (LOOP_CLOSED, LOOP_OPEN, LOOP_WIRE),
        _loop,
        ("EG-S101",),
    )
    rests = (SECURED, STANDS_OPEN, LEAF_CONTACT_OPEN, NOT_LOCKED)
    for door in SHAPE_DOORS[shape]:
        yield Check(f"EG-S140.{door}", door, rests, _at_rest(door), ("EG-S120",))
    for door in SHAPE_DOORS[shape]:
        beam = DOOR_BEAM[door]
        yield Check(f"EG-S150.{door}", beam, (CLEAR, BLOCKED), _doorway(beam), ("EG-S101",))
    if shape is Shape.MANTRAP:  # before a barrier the next traveller may stand already
        insides = (EMPTY, NOT_EMPTY, CONTRADICT)
        yield Check("EG-S160", "chamber", insides, _inside, ("EG-S101",))


def _of_hosts() -> Checks:
    for id_, device in HOSTED:
        yield Check(id_, device, (REPORTS,), _there(device, REPORTS))
    yield Check("EG-S301", "journal", (WRITES,), _there("journal", WRITES))


def _there(device: str, answer: Reason) -> Callable[[LaneSeen], Answer]:
    def ask(lane: LaneSeen) -> Answer:
        if device in lane.missing:
            raise DeviceLost(device, "it does not report itself")
        return Answer(answer)

    return ask


def _board(lane: LaneSeen) -> Answer:
    levels = (lane.levels.get(line) for line in inputs_of(lane.shape))
    if BOARD in lane.missing or None in levels:
        raise DeviceLost(BOARD, "it does not tell every line")
    return Answer(ANSWERS)


def _loop(lane: LaneSeen) -> Answer:
    loop = loop_of(lane.seen, SHAPE_DOORS[lane.shape])
    return Answer({Loop.CLOSED: LOOP_CLOSED, Loop.OPEN: LOOP_OPEN, Loop.WIRE: LOOP_WIRE}[loop])


def _at_rest(door: Door) -> Callable[[LaneSeen], Answer]:
    says = {
        Rest.SECURED: SECURED,
        Rest.STANDS_OPEN: STANDS_OPEN,
        Rest.LEAF_CONTACT_OPEN: LEAF_CONTACT_OPEN,
        Rest.NOT_LOCKED: NOT_LOCKED,
    }
    return lambda lane: Answer(says[rest_of(lane.seen, door)])


def _doorway(beam: Input) -> Callable[[LaneSeen], Answer]:
    return lambda lane: Answer(CLEAR if beam in lane.seen.fed else BLOCKED)


def _inside(lane: LaneSeen) -> Answer:
    says = {Inside.EMPTY: EMPTY, Inside.NOT_EMPTY: NOT_EMPTY, Inside.CONTRADICT: CONTRADICT}
    return Answer(says[inside_of(lane.seen.fed)])
