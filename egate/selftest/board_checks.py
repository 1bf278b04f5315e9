"""The checks of the board and of what can be seen of its lines while nothing moves.

    EG-S101            the board answers                     EG-S120          emergency loop
    EG-S102            within its time                       EG-S131          safety relay picks up
    EG-S103            and tells edges                       EG-S140.DOOR     door at rest
    EG-S110.LINE       a line that nobody touches is quiet   EG-S150.DOOR     doorway clear
                                                             EG-S160          nobody inside
    EG-S199            the board answered to the end, stands behind all that move something

A board that is lost on the way is told once, by EG-S199: what could not be asked any more was not
done, and says nothing of the door or lamp that it is about.

They stand in the order in which one fault hides another: a line that chatters says nothing of its
door, an open emergency loop frees every door, a door says nothing while the relay is not fed.
Without a person a fault that looks like another on the lines is told as one of the two; with one
the person's eyes decide.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from statistics import median
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, inputs_of
from egate.ports.errors import DeviceError, DeviceLost
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.lines_seen import (
    MOST_EDGES,
    Inside,
    Loop,
    Rest,
    chatters,
    inside_of,
    loop_of,
    rest_of,
)
from egate.selftest.not_asked import NEEDS_PERSON, unless, where
from egate.selftest.person import Wish

Checks = Iterator[Check[ClosedLane]]
Ask = Callable[[ClosedLane], Answer]

BOARD: Final = "board"
TRIPS: Final = 15
READ_MS: Final = 50.0  # DESIGN section 9: from an event to an output, p99
EDGES_COME_S: Final = 0.6  # a driver notices reports that do not come after 0.35 s
NO_ANSWER: Final = "no answer in time"  # how a driver's words begin when the line is open but mute

ANSWERS = Reason("answers", Outcome.PASSED)
SILENT = Reason("silent", Outcome.FAILED)
QUICK = Reason("quick", Outcome.PASSED)
SLOW = Reason("slow", Outcome.FAILED)
TELLS_EDGES = Reason("tells_edges", Outcome.PASSED)
EDGES_MISSING = Reason("edges_missing", Outcome.FAILED)
QUIET = Reason("quiet", Outcome.PASSED)
CHATTERS = Reason("chatters", Outcome.FAILED)

BOARD_GONE = Reason("board_gone", Outcome.NOT_DONE)
KEPT_ANSWERING = Reason("kept_answering", Outcome.PASSED)
LOST_MEANWHILE = Reason("lost_meanwhile", Outcome.FAILED)

LOOP_CLOSED = Reason("closed", Outcome.PASSED)
LOOP_OPEN = Reason("open", Outcome.FAILED)
LOOP_WIRE = Reason("wire", Outcome.FAILED)

PICKS_UP = Reason("picks_up", Outcome.PASSED)
LAMP_LIT = Reason("lamp_lit", Outcome.PASSED)
LAMP_DARK = Reason("lamp_dark", Outcome.FAILED)
NOT_SHOWN = Reason("not_shown", Outcome.WARNED)

SECURED = Reason("secured", Outcome.PASSED)
STANDS_OPEN = Reason("stands_open", Outcome.FAILED)
CONTACTS_DEAD = Reason("contacts_dead", Outcome.FAILED)
RELAY_ON = Reason("relay_stays_on", Outcome.FAILED)
RELAY_OFF = Reason("relay_stays_off", Outcome.FAILED)
LEAF_CONTACT_OPEN = Reason("leaf_contact_open", Outcome.FAILED)
NOT_LOCKED = Reason("not_locked", Outcome.FAILED)
BOLT_OUT = Reason("bolt_out", Outcome.FAILED)
BOLT_CONTACT = Reason("bolt_contact", Outcome.FAILED)

CLEAR = Reason("clear", Outcome.PASSED)
BLOCKED = Reason("blocked", Outcome.FAILED)
STOOD_IN = Reason("stood_in", Outcome.FAILED)
BLIND = Reason("blind", Outcome.FAILED)

EMPTY = Reason("empty", Outcome.PASSED)
NOT_EMPTY = Reason("not_empty", Outcome.FAILED)
SOMETHING_IN = Reason("something_in", Outcome.FAILED)
MAT_STUCK = Reason("mat_stuck", Outcome.FAILED)
CONTRADICT = Reason("contradict", Outcome.FAILED)
COUNTER_STUCK = Reason("counter_stuck", Outcome.FAILED)


def board_checks(lane: ClosedLane) -> Checks:
    """Yield the checks for the board of this lane."""
    yield Check("EG-S101", BOARD, (ANSWERS, SILENT), _answers, limit_s=10.0)
    yield Check("EG-S102", BOARD, (QUICK, SLOW), _is_quick, ("EG-S101",), ("read",), limit_s=15.0)
    yield Check(
        "EG-S103", BOARD, (TELLS_EDGES, EDGES_MISSING), _tells_edges, ("EG-S102",), limit_s=10.0
    )
    yield from while_it_answers(_of_lines(lane))


def _of_lines(lane: ClosedLane) -> Checks:
    for line in Input:
        yield where(line in inputs_of(lane.shape), Check(
            quiet(line), line, (QUIET, CHATTERS), _quiet(line), ("EG-S103",), ("edges",),
            limit_s=30.0,
        ))  # fmt: skip
    yield Check(
        "EG-S120", Input.EMERGENCY_CLEAR, (LOOP_CLOSED, LOOP_OPEN, LOOP_WIRE), _loop,
        (quiet(Input.EMERGENCY_CLEAR), *(quiet(DOOR_CONTACTS[door][1]) for door in lane.doors)),
    )  # fmt: skip
    relay_shows = bool(lane.free_doors) or lane.person is not None
    yield unless(Check(
        "EG-S131", "safety_relay", (PICKS_UP, LAMP_LIT, LAMP_DARK, NOT_SHOWN), _picks_up,
        ("EG-S120",), limit_s=_patient(lane, 1),
    ), None if relay_shows else NEEDS_PERSON)  # fmt: skip
    relay = ("EG-S131",) if relay_shows else ("EG-S120",)
    rests = (
        SECURED, STANDS_OPEN, CONTACTS_DEAD, RELAY_ON, RELAY_OFF, LEAF_CONTACT_OPEN, NOT_LOCKED,
        BOLT_OUT, BOLT_CONTACT,
    )  # fmt: skip
    for door in Door:
        needs = (*(quiet(line) for line in DOOR_CONTACTS[door]), *relay)
        yield where(door in lane.doors, Check(
            f"EG-S140.{door}", door, rests, _at_rest(door), needs, limit_s=_patient(lane, 1)
        ))  # fmt: skip
    for door in Door:
        yield where(door in lane.doors, Check(
            f"EG-S150.{door}", DOOR_BEAM[door], (CLEAR, BLOCKED, STOOD_IN, BLIND), _doorway(door),
            (quiet(DOOR_BEAM[door]),), limit_s=_patient(lane, 1),
        ))  # fmt: skip
    insides = (EMPTY, NOT_EMPTY, SOMETHING_IN, MAT_STUCK, CONTRADICT, COUNTER_STUCK)
    yield Check(
        "EG-S160", "chamber", insides, _inside,
        (quiet(Input.CHAMBER_EMPTY), quiet(Input.CHAMBER_SINGLE)), limit_s=_patient(lane, 1),
    )  # fmt: skip


def while_it_answers(checks: Iterable[Check[ClosedLane]]) -> Checks:
    """Yield these checks so that none of them tells of a lost board as of its own door or lamp."""
    for check in checks:
        if check.instead is not None:
            yield check
            continue
        yield replace(check, reasons=(*check.reasons, BOARD_GONE), ask=_while_it_answers(check.ask))


def answered_to_the_end() -> Check[ClosedLane]:
    """Return the check that the board was not lost on the way."""

    def ask(lane: ClosedLane) -> Answer:
        return Answer(LOST_MEANWHILE if lane.board_lost else KEPT_ANSWERING)

    return Check("EG-S199", BOARD, (KEPT_ANSWERING, LOST_MEANWHILE), ask, ("EG-S103",))


def _while_it_answers(ask: Ask) -> Ask:
    def asks(lane: ClosedLane) -> Answer:
        if not lane.board_lost:
            try:
                return ask(lane)
            except DeviceError:
                lane.board_lost = True
                lane.put_board_down()
        return Answer(BOARD_GONE)

    return asks


def quiet(line: Input) -> str:
    """Return the id of the check that a line is quiet."""
    return f"EG-S110.{line}"


def _patient(lane: ClosedLane, wishes: int) -> float:
    return 10.0 + 4 * lane.follow_s + wishes * lane.paces.answers_s


def _answers(lane: ClosedLane) -> Answer:
    try:
        lane.take_board()
    except DeviceLost as lost:
        if lost.what.startswith(NO_ANSWER):
            return Answer(SILENT)
        raise
    return Answer(ANSWERS)


def _is_quick(lane: ClosedLane) -> Answer:
    board, took_ms = lane.take_board(), list[float]()
    for _ in range(TRIPS):
        began_s = lane.now_s()
        board.look()
        took_ms.append((lane.now_s() - began_s) * 1000)
    middle = Measured("read", round(median(took_ms), 2), "ms", at_most=READ_MS)
    trips = Series("read", "ms", tuple(round(one, 2) for one in took_ms), at_most=READ_MS)
    return Answer(QUICK if middle.is_within else SLOW, measured=(middle,), series=(trips,))


def _tells_edges(lane: ClosedLane) -> Answer:
    """Look once with the relay lapsed, then feed it: its own edges must come back as reports."""
    board = lane.take_board()
    lapses_s = board.opened_at_s + lane.paces.lapses_s - lane.now_s()
    board.attend(max(lapses_s, 0.0), feeds=False)
    lane.unfed = board.look()
    try:
        board.attend(EDGES_COME_S)
    except DeviceError:
        lane.put_board_down()
        lane.take_board().look()  # raises where it is the board itself that is gone
        return Answer(EDGES_MISSING)
    return Answer(TELLS_EDGES)


def _quiet(line: Input) -> Ask:
    def ask(lane: ClosedLane) -> Answer:
        seen = lane.seen()
        edges = Measured("edges", seen.edges.get(line, 0), "", at_most=MOST_EDGES)
        return Answer(CHATTERS if chatters(seen, line) else QUIET, measured=(edges,))

    return ask


def _loop(lane: ClosedLane) -> Answer:
    says = {Loop.CLOSED: LOOP_CLOSED, Loop.OPEN: LOOP_OPEN, Loop.WIRE: LOOP_WIRE}
    return Answer(says[loop_of(lane.seen(), lane.doors)])


def _picks_up(lane: ClosedLane) -> Answer:
    """A door that is free without power is locked now; else the relay's own lamp says it."""
    fed = lane.seen().fed
    if any(DOOR_CONTACTS[door][1] in fed for door in lane.free_doors):
        return Answer(PICKS_UP)
    lane.at_rest()
    lit = lane.ask(Wish.IS_RELAY_LAMP_LIT, "safety_relay")
    return Answer({True: LAMP_LIT, False: LAMP_DARK, None: NOT_SHOWN}[lit])


def _at_rest(door: Door) -> Ask:
    plain = {Rest.SECURED: SECURED, Rest.LEAF_CONTACT_OPEN: LEAF_CONTACT_OPEN}

    def ask(lane: ClosedLane) -> Answer:
        rest = rest_of(lane.seen(), door)
        if rest is Rest.OPENS_UNASKED:
            return Answer(RELAY_OFF if door in lane.free_doors else RELAY_ON)
        if rest in plain:
            return Answer(plain[rest])
        if rest is Rest.STANDS_OPEN:
            is_open = lane.ask(Wish.IS_LEAF_OPEN, door)
            return Answer(CONTACTS_DEAD if is_open is False else STANDS_OPEN)
        is_home = lane.ask(Wish.IS_BOLT_HOME, door)
        return Answer({True: BOLT_CONTACT, False: BOLT_OUT, None: NOT_LOCKED}[is_home])

    return ask


def _doorway(door: Door) -> Ask:
    def ask(lane: ClosedLane) -> Answer:
        if DOOR_BEAM[door] in lane.seen().fed:
            return Answer(CLEAR)
        is_empty = lane.ask(Wish.IS_DOORWAY_EMPTY, door)
        return Answer({True: BLIND, False: STOOD_IN, None: BLOCKED}[is_empty])

    return ask


def _inside(lane: ClosedLane) -> Answer:
    inside = inside_of(lane.seen().fed)
    if inside is Inside.EMPTY:
        return Answer(EMPTY)
    is_empty = lane.ask(Wish.IS_CHAMBER_EMPTY, "chamber")
    if inside is Inside.NOT_EMPTY:
        return Answer({True: MAT_STUCK, False: SOMETHING_IN, None: NOT_EMPTY}[is_empty])
    return Answer({True: COUNTER_STUCK, False: MAT_STUCK, None: CONTRADICT}[is_empty])
