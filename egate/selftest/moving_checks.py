"""The checks that move something or have a person do so: doors, relay, beams, mat, lamps, sounder.

    EG-S170.DOOR    let go by the guard of a lane in maintenance, opened, shut and locked again
    EG-S171         the safety relay lets go when it is fed no more
    EG-S172         this program feeds it in time: how late each of its ticks was
    EG-S180.DOOR    the beam seen broken, and whole again       a person walks
    EG-S181         the mat and the counter, both ways          a person treads
    EG-S182         the emergency loop, both ways               a person presses
    EG-S190.LAMP    a lamp lit, the sounder sounding            a person looks and listens

One door at a time, only with the chamber proven empty and the other door secured: that is the
guard's word (egate/lane/guard.py), and a refusal is told with its conditions.
"""

from collections.abc import Callable, Iterator
from typing import Final

from egate.domain.lane_part import (
    DOOR_BEAM,
    DOOR_CONTACTS,
    DOOR_RELEASE,
    Door,
    Input,
    Output,
    Shape,
    outputs_of,
)
from egate.domain.lateness import LATE_MS, of_hundred
from egate.selftest.board_checks import quiet
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series, Values
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.lines_seen import DoorSeen, Moved, is_secured, moved
from egate.selftest.not_asked import where, with_person
from egate.selftest.person import Wish

Checks = Iterator[Check[ClosedLane]]

TIMES: Final = ("unlocked", "opened", "closed", "locked")

AS_TOLD = Reason("as_told", Outcome.PASSED)
REFUSED = Reason("refused", Outcome.NOT_DONE, ("conditions",))
RELAY_ON = Reason("relay_stays_on", Outcome.FAILED)
RELAY_OFF = Reason("relay_stays_off", Outcome.FAILED)
BOLT_CONTACT_STUCK = Reason("bolt_contact_stuck", Outcome.FAILED)
LEAF_DID_NOT_OPEN = Reason("leaf_did_not_open", Outcome.FAILED)
LEAF_JAMMED = Reason("leaf_jammed", Outcome.FAILED)
LEAF_CONTACT_STUCK = Reason("leaf_contact_stuck", Outcome.FAILED)
OTHER_DOOR_MOVED = Reason("other_door_moved", Outcome.FAILED)
OPENS_SLOWLY = Reason("opens_slowly", Outcome.FAILED)
DOES_NOT_CLOSE = Reason("does_not_close", Outcome.FAILED)
CLOSES_SLOWLY = Reason("closes_slowly", Outcome.FAILED)
DOES_NOT_LOCK = Reason("does_not_lock", Outcome.FAILED)
SAYS: Final = {
    Moved.AS_TOLD: AS_TOLD,
    Moved.BOLT_CONTACT_STUCK: BOLT_CONTACT_STUCK,
    Moved.LEAF_DID_NOT_OPEN: LEAF_DID_NOT_OPEN,
    Moved.OTHER_DOOR_MOVED: OTHER_DOOR_MOVED,
    Moved.OPENS_SLOWLY: OPENS_SLOWLY,
    Moved.DOES_NOT_CLOSE: DOES_NOT_CLOSE,
    Moved.CLOSES_SLOWLY: CLOSES_SLOWLY,
    Moved.DOES_NOT_LOCK: DOES_NOT_LOCK,
}
BY_MORE_THAN_ONE: Final = (RELAY_ON, RELAY_OFF, LEAF_JAMMED, LEAF_CONTACT_STUCK)

LETS_GO = Reason("lets_go", Outcome.PASSED)
HOLDS_UNFED = Reason("holds_unfed", Outcome.FAILED)
NOT_PROVEN = Reason("not_proven", Outcome.NOT_DONE)

IN_TIME = Reason("in_time", Outcome.PASSED, ("count", "p99_ms", "max_ms"))
LATE = Reason("late", Outcome.WARNED, ("count", "p99_ms", "max_ms"))
DROPS_MS: Final = 300.0  # later than this the relay misses its edge: 0.5 s after the one before

BOTH_WAYS = Reason("both_ways", Outcome.PASSED)
NOT_BROKEN = Reason("not_broken", Outcome.FAILED)
NOT_WHOLE = Reason("not_whole", Outcome.FAILED)
MAT_NOT_TRODDEN = Reason("mat_not_trodden", Outcome.FAILED)
NOT_COUNTED = Reason("not_counted", Outcome.FAILED)
NOT_LEFT = Reason("not_left", Outcome.FAILED)
NOT_OPENED = Reason("not_opened", Outcome.FAILED)
NOT_CLOSED = Reason("not_closed", Outcome.FAILED)
DOORS_NOT_FREED = Reason("doors_not_freed", Outcome.FAILED)

CONFIRMED = Reason("confirmed", Outcome.PASSED)
DENIED = Reason("denied", Outcome.FAILED)
UNANSWERED = Reason("unanswered", Outcome.NOT_DONE)


def moving_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of this lane that move a door; with a person, those a person does too."""
    at_rest = tuple(f"EG-S140.{door}" for door in lane.doors)
    nobody = (*(f"EG-S150.{door}" for door in lane.doors), "EG-S160")
    for door in Door:
        yield where(door in lane.doors, Check(
            _door(door), door, (*SAYS.values(), *BY_MORE_THAN_ONE, REFUSED),
            _exercised(door), (*at_rest, *nobody), TIMES,
            limit_s=20.0 + 10 * lane.follow_s + 2 * lane.paces.answers_s,
        ))  # fmt: skip
    yield Check(
        "EG-S171", "safety_relay", (LETS_GO, HOLDS_UNFED, NOT_PROVEN), _lets_go,
        ("EG-S120", *(quiet(DOOR_CONTACTS[door][1]) for door in lane.doors)),
        limit_s=20.0 + 10 * lane.follow_s,
    )  # fmt: skip
    for check in _of_a_persons_deeds(lane):
        yield check if check.instead is not None else with_person(lane, check)
    yield Check(
        "EG-S172", "host", (IN_TIME, LATE), _in_time, ("EG-S101",), ("p99", "worst", "ticks")
    )


def _of_a_persons_deeds(lane: ClosedLane) -> Checks:
    limit_s = 20.0 + 4 * lane.follow_s + 3 * lane.paces.answers_s
    for output in Output:
        if output in DOOR_RELEASE.values() or output is Output.ALIVE:
            continue
        yield where(output in outputs_of(lane.shape), Check(
            f"EG-S190.{output}", output, (CONFIRMED, DENIED, UNANSWERED), _lamp(output),
            ("EG-S103",), limit_s=limit_s,
        ))  # fmt: skip
    for door in Door:
        yield where(door in lane.doors, Check(
            f"EG-S180.{door}", DOOR_BEAM[door], (BOTH_WAYS, NOT_BROKEN, NOT_WHOLE), _beam(door),
            (f"EG-S150.{door}",), limit_s=limit_s,
        ))  # fmt: skip
    yield Check(
        "EG-S181", "chamber", (BOTH_WAYS, MAT_NOT_TRODDEN, NOT_COUNTED, NOT_LEFT), _mat,
        ("EG-S160",), limit_s=limit_s,
    )  # fmt: skip
    yield Check(
        "EG-S182", Input.EMERGENCY_CLEAR, (BOTH_WAYS, NOT_OPENED, NOT_CLOSED, DOORS_NOT_FREED),
        _emergency, tuple(_door(door) for door in lane.doors), limit_s=limit_s,
    )  # fmt: skip


def _door(door: Door) -> str:
    return f"EG-S170.{door}"


def _exercised(door: Door) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        is_pushed, eyes = lane.wiring(door).opens == "by_hand", list[bool | None]()

        def push() -> None:
            closed = DOOR_CONTACTS[door][0]
            lane.have_done(Wish.PUSH_LEAF, door, lambda: closed not in board.levels)

        def look(seen: DoorSeen) -> None:
            if not is_pushed and seen.opened_s is None and seen.unlocked_s is not None:
                eyes.append(_leaf_is_open(lane, door))

        board = lane.at_rest()
        by_person = push if is_pushed and lane.person is not None else None
        seen = board.exercise(door, lane.follow_s, pushed=by_person, while_open=look)
        if seen.objections:
            return Answer(REFUSED, {"conditions": ", ".join(seen.objections)})
        lane.moved[door] = how = moved(seen, lane.follow_s, is_pushed=is_pushed)
        if how is Moved.NOT_LET_GO:  # a door that fails free is let go by taking its power away
            return Answer(RELAY_ON if door in lane.free_doors else RELAY_OFF)
        return Answer(_by_eye(how, eyes), measured=_times(seen, lane.follow_s))

    return ask


def _leaf_is_open(lane: ClosedLane, door: Door) -> bool | None:
    """Ask a person while the door is held let go."""
    if lane.person is None:
        return None
    said: list[bool] = []

    def answered() -> bool:
        answer = lane.person.answer() if lane.person is not None else None
        said.extend([] if answer is None else [answer])
        return bool(said)

    lane.person.ask(Wish.IS_LEAF_OPEN, door, lane.paces.answers_s)
    try:
        lane.take_board().hold(door, lane.paces.answers_s, answered)
    finally:
        lane.person.thank()
    return said[0] if said else None


def _by_eye(how: Moved, eyes: list[bool | None]) -> Reason:
    """Let a person's eyes tell a jammed leaf from a contact that does not see it open."""
    if how is Moved.LEAF_DID_NOT_OPEN and eyes:
        return {True: LEAF_CONTACT_STUCK, False: LEAF_JAMMED, None: LEAF_DID_NOT_OPEN}[eyes[0]]
    return SAYS[how]


def _times(seen: DoorSeen, limit_s: float) -> tuple[Measured, ...]:
    closed_s = None if seen.opened_s is None else seen.closed_s
    taken = (seen.unlocked_s, seen.opened_s, closed_s, seen.locked_s)
    return tuple(
        Measured(name, round(one, 3), "s", at_most=2 * limit_s if name == "locked" else limit_s)
        for name, one in zip(TIMES, taken, strict=True)
        if one is not None
    )


def _lets_go(lane: ClosedLane) -> Answer:
    """The relay's letting go is seen at a door that it frees, or at one that it takes back."""
    for door in lane.free_doors:
        if DOOR_CONTACTS[door][1] not in lane.unfed:
            return Answer(LETS_GO)
        if lane.moved.get(door) is Moved.AS_TOLD:  # so its bolt contact tells the truth
            return Answer(HOLDS_UNFED)
    held = [door for door in lane.doors if lane.moved.get(door) is Moved.AS_TOLD]
    if lane.free_doors or not held:
        return Answer(NOT_PROVEN)
    return _taken_back(lane, held[0])


def _in_time(lane: ClosedLane) -> Answer:
    """Tell how late the ticks of this round came: of this program, on this computer, now."""
    lane.take_board().attend(lane.paces.watches_s)
    late_ms = [round(1000 * late_s, 2) for late_s in lane.fed_late_s]
    ordered = sorted(late_ms)
    p99_ms, max_ms = of_hundred(ordered, 99), of_hundred(ordered, 100)
    figures = (
        Measured("p99", p99_ms, "ms", at_most=LATE_MS),
        Measured("worst", max_ms, "ms", at_most=DROPS_MS),
    )
    series = (Series("ticks", "ms", tuple(late_ms), at_most=DROPS_MS),)
    reason = IN_TIME if p99_ms <= LATE_MS and max_ms <= DROPS_MS else LATE
    values: Values = {"count": len(late_ms), "p99_ms": p99_ms, "max_ms": max_ms}
    return Answer(reason, values, figures, series)


def _taken_back(lane: ClosedLane, door: Door) -> Answer:
    """Stop feeding while a door is let go: it must shut by itself, or its bolt must come home."""
    board = lane.at_rest()
    board.enter_maintenance()
    try:
        board.force(door, release=True)
        closed, locked = DOOR_CONTACTS[door]
        gives_way = locked if lane.wiring(door).opens == "by_hand" else closed
        if not board.attend(2 * lane.follow_s, lambda: gives_way not in board.levels):
            return Answer(NOT_PROVEN)
        shuts_s = min(lane.paces.lapses_s + 2 * lane.follow_s, 4.5 - lane.follow_s)
        shut = board.attend(shuts_s, lambda: is_secured(board.levels, door), feeds=False)
        return Answer(LETS_GO if shut else HOLDS_UNFED)
    finally:
        board.leave_maintenance()


def _lamp(output: Output) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        board = lane.at_rest()
        board.light(output, on=True)
        try:
            wish = Wish.IS_SOUNDING if output is Output.SOUNDER else Wish.IS_LAMP_LIT
            seen = lane.ask(wish, output)
        finally:
            board.light(output, on=False)
        return Answer({True: CONFIRMED, False: DENIED, None: UNANSWERED}[seen])

    return ask


def _beam(door: Door) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        board, beam = lane.at_rest(), DOOR_BEAM[door]
        if not _walks(lane, Wish.BREAK_BEAM, door, lambda: beam not in board.levels):
            return Answer(NOT_BROKEN)
        whole = _walks(lane, Wish.CLEAR_BEAM, door, lambda: beam in board.levels)
        return Answer(BOTH_WAYS if whole else NOT_WHOLE)

    return ask


def _mat(lane: ClosedLane) -> Answer:
    has_key = lane.shape is Shape.MANTRAP and Door.ENTRY not in lane.free_doors
    board, empty, single = lane.at_rest(), Input.CHAMBER_EMPTY, Input.CHAMBER_SINGLE
    _walks(
        lane,
        Wish.STEP_IN_WITH_KEY if has_key else Wish.STEP_IN,
        "chamber",
        lambda: empty not in board.levels and single in board.levels,
    )
    trodden, counted = empty not in board.levels, single in board.levels
    left = _walks(
        lane,
        Wish.STEP_OUT,
        "chamber",
        lambda: empty in board.levels and single not in board.levels,
    )
    if not trodden:
        return Answer(MAT_NOT_TRODDEN)
    if not counted:
        return Answer(NOT_COUNTED)
    return Answer(BOTH_WAYS if left else NOT_LEFT)


def _walks(lane: ClosedLane, wish: Wish, part: str, until: Callable[[], bool]) -> bool:
    """Have a person walk: the relay is not fed, so an entry that fails free may be pushed open.

    That is how the lane stands without a program, and the way in and out of a closed chamber. An
    entry that is locked without power is opened with its key.
    """
    return lane.have_done(wish, part, until, feeds=False)


def _emergency(lane: ClosedLane) -> Answer:
    """Have the loop opened: the wiring alone must free the doors, no program follows it here."""
    board, loop = lane.at_rest(), Input.EMERGENCY_CLEAR
    if not lane.have_done(Wish.PRESS_EMERGENCY, loop, lambda: loop not in board.levels):
        lane.have_done(Wish.MEND_EMERGENCY, loop, lambda: lane.is_secured(board))
        return Answer(NOT_OPENED)
    locks = {DOOR_CONTACTS[door][1] for door in lane.doors}
    freed = board.attend(lane.follow_s, lambda: not locks & board.levels)
    closed = lane.have_done(Wish.MEND_EMERGENCY, loop, lambda: loop in board.levels)
    lane.at_rest()
    if not freed:
        return Answer(DOORS_NOT_FREED)
    return Answer(BOTH_WAYS if closed else NOT_CLOSED)
