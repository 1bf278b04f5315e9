"""The measurements of the board's lines: doors moved again and again, beams and mat both ways.

    EG-C100         every line while nobody touches it: how long its noise lasts
    EG-C101.DOOR    a door's times, its contacts' settling and their overlap   it moves
    EG-C102.DOOR    its beam broken and whole again, how long each settles      a person walks
    EG-C103         mat and counter both ways, and how long they contradict     a person treads

Before them stand the self-test's own checks of the board and of each door's movement: what is
broken is told there, by its own name, and nothing is measured of it. EG-C100 then opens the board
anew, undebounced, so that noise and bouncing are seen.

Source: issue 5, item 7; egate/selftest/moving_checks.py (the same movements, once).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Shape, inputs_of
from egate.ports.digital_io import DigitalIo
from egate.profile.calibrated import DEBOUNCE, DISAGREEMENT, FOLLOW, SETTLE
from egate.selftest.board_checks import answered_to_the_end, board_checks, while_it_answers
from egate.selftest.board_in_hand import BoardInHand
from egate.selftest.calibrating import BOARD_KEYS, Checks, Taken, derives
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.derivation import Edge, overlap_s, settling_ms, together_s
from egate.selftest.lines_seen import DoorSeen, Moved, moved
from egate.selftest.moving_checks import moving_checks
from egate.selftest.person import Wish

BOARD: Final = "board"
SETTLES_S: Final = 0.3  # after a change was seen, for what still bounces or follows
PEOPLE: Final = (Input.CHAMBER_EMPTY, Input.CHAMBER_SINGLE)
NOISE: Final = "EG-C100"
END: Final = "EG-S199"
OpenBoard = Callable[[], DigitalIo]

TAKEN = Reason("taken", Outcome.PASSED)
OTHERWISE = Reason("otherwise", Outcome.FAILED, ("time", "how"))
REFUSED = Reason("refused", Outcome.NOT_DONE, ("conditions",))
NOT_BROKEN = Reason("not_broken", Outcome.FAILED)
NOT_WHOLE = Reason("not_whole", Outcome.FAILED)
NOT_TRODDEN = Reason("not_trodden", Outcome.FAILED)
NOT_LEFT = Reason("not_left", Outcome.FAILED)


def board_measurements(lane: ClosedLane, taken: Taken, undebounced: OpenBoard) -> Checks:
    """Yield the checks that measure the board's lines, and those that make values of it."""
    yield from board_checks(lane)
    yield from while_it_answers(check for check in moving_checks(lane) if check.table == "EG-S170")
    yield from while_it_answers(_measurements(lane, taken, undebounced))
    yield answered_to_the_end()
    yield from _values(lane, taken)


def _measurements(lane: ClosedLane, taken: Taken, undebounced: OpenBoard) -> Checks:
    watches_s = taken.repeats * lane.paces.watches_s
    at_rest = tuple(f"EG-S140.{door}" for door in lane.doors)
    yield Check(
        NOISE, BOARD, (TAKEN,), _noise(taken, undebounced), (*at_rest, "EG-S160"),
        ("edges", "longest"), limit_s=20.0 + lane.follow_s + watches_s,
    )  # fmt: skip
    for door in lane.doors:
        yield Check(
            f"EG-C101.{door}", door, (TAKEN, OTHERWISE, REFUSED), _door(door, taken),
            (f"EG-S170.{door}", NOISE), ("opens", "shuts"),
            limit_s=20.0 + taken.repeats * (10 * lane.follow_s + lane.paces.answers_s),
        )  # fmt: skip
    if lane.person is None:
        return
    limit_s = 20.0 + taken.repeats * (4 * lane.follow_s + 2 * lane.paces.answers_s)
    for door in lane.doors:
        yield Check(
            f"EG-C102.{door}", DOOR_BEAM[door], (TAKEN, NOT_BROKEN, NOT_WHOLE),
            _beam(door, taken), (f"EG-S150.{door}", NOISE), limit_s=limit_s,
        )  # fmt: skip
    if not _lets_people_in(lane):
        return
    yield Check(
        "EG-C103", "chamber", (TAKEN, NOT_TRODDEN, NOT_LEFT), _mat(taken), ("EG-S160", NOISE),
        limit_s=limit_s,
    )  # fmt: skip


def _values(lane: ClosedLane, taken: Taken) -> Checks:
    """Yield what makes values; a contact's bouncing and people's sensors want a person's help."""
    doors = tuple(f"EG-C101.{door}" for door in lane.doors)
    beams = tuple(f"EG-C102.{door}" for door in lane.doors)
    needs = {FOLLOW: doors, DISAGREEMENT: doors}
    if lane.person is not None:
        people = ("EG-C103",) if _lets_people_in(lane) else ()
        needs |= {DEBOUNCE: (*doors, *beams, *people)} | ({SETTLE: people} if people else {})
    for key, taken_by in needs.items():
        if key is FOLLOW and lane.person is None and _is_pushed(lane):
            continue  # nobody was there to open a leaf: how it shuts was not seen
        yield derives(taken, key, BOARD_KEYS[key], BOARD, *taken_by, END)


def _lets_people_in(lane: ClosedLane) -> bool:
    """Say whether anybody can step into a closed lane: its entry fails free, or it has none."""
    return lane.shape is Shape.TURNSTILE or Door.ENTRY in lane.free_doors


def _is_pushed(lane: ClosedLane) -> bool:
    return any(lane.wiring(door).opens == "by_hand" for door in lane.doors)


def _noise(taken: Taken, undebounced: OpenBoard) -> Callable[[ClosedLane], Answer]:
    """Return the ask that opens the board undebounced, for all that follow, and only listens."""

    def ask(lane: ClosedLane) -> Answer:
        lane.put_board_down()
        lane.openers = replace(lane.openers, board=undebounced)
        board, many, longest_ms = lane.at_rest(), 0, 0.0
        for _ in range(taken.repeats):
            with _edges_of(board) as edges:
                board.attend(lane.paces.watches_s)
            for line in inputs_of(lane.shape):
                noise_ms = max(settling_ms(edges, line), default=0.0)
                taken.add(DEBOUNCE, f"{line}, untouched", noise_ms)
                longest_ms = max(longest_ms, noise_ms)
            many += len(edges)
        figures = (Measured("edges", many), Measured("longest", longest_ms, "ms"))
        return Answer(TAKEN, measured=figures)

    return ask


def _door(door: Door, taken: Taken) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        opens, shuts = list[float](), list[float]()
        for time in range(1, taken.repeats + 1):
            board = lane.at_rest()
            with _edges_of(board) as edges:
                seen = _moved_once(lane, board, door)
                board.attend(SETTLES_S)
            if seen.objections:
                return Answer(REFUSED, {"conditions": ", ".join(seen.objections)})
            how = moved(seen, lane.follow_s, is_pushed=_by_hand(lane, door))
            if how is not Moved.AS_TOLD:
                return Answer(OTHERWISE, {"time": time, "how": how.value})
            opened_s = seen.unlocked_s if _by_hand(lane, door) else seen.opened_s
            opens.append(round(opened_s or 0.0, 4))
            shuts.append(round(seen.locked_s or 0.0, 4))
            _take_contacts(taken, door, edges)
        taken.add(FOLLOW, f"{door}, opening", *opens)
        taken.add(FOLLOW, f"{door}, shutting", *shuts)
        figures = (Measured("opens", max(opens), "s"), Measured("shuts", max(shuts), "s"))
        return Answer(TAKEN, measured=figures)

    return ask


def _moved_once(lane: ClosedLane, board: BoardInHand, door: Door) -> DoorSeen:
    closed = DOOR_CONTACTS[door][0]

    def push() -> None:
        lane.have_done(Wish.PUSH_LEAF, door, lambda: closed not in board.levels)

    is_pushed = _by_hand(lane, door) and lane.person is not None
    return board.exercise(door, lane.follow_s, pushed=push if is_pushed else None)


def _by_hand(lane: ClosedLane, door: Door) -> bool:
    return lane.wiring(door).opens == "by_hand"


def _take_contacts(taken: Taken, door: Door, edges: list[Edge]) -> None:
    closed, locked = DOOR_CONTACTS[door]
    for line in (closed, locked):
        taken.add(DEBOUNCE, line, *settling_ms(edges, line))
    taken.add(DISAGREEMENT, door, overlap_s(edges, closed, locked))


def _beam(door: Door, taken: Taken) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        beam = DOOR_BEAM[door]
        for _ in range(taken.repeats):
            board = lane.at_rest()
            for wish, whole, otherwise in (
                (Wish.BREAK_BEAM, False, NOT_BROKEN),
                (Wish.CLEAR_BEAM, True, NOT_WHOLE),
            ):
                with _edges_of(board) as edges:
                    if not _walks(lane, wish, door, _is(board, beam, active=whole)):
                        return Answer(otherwise)
                taken.add(DEBOUNCE, beam, *settling_ms(edges, beam))
        return Answer(TAKEN)

    return ask


def _is(board: BoardInHand, line: Input, *, active: bool) -> Callable[[], bool]:
    return lambda: (line in board.levels) is active


def _mat(taken: Taken) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        for _ in range(taken.repeats):
            board = lane.at_rest()
            for wish, is_in, otherwise in (
                (Wish.STEP_IN, True, NOT_TRODDEN),
                (Wish.STEP_OUT, False, NOT_LEFT),
            ):
                with _edges_of(board) as edges:
                    if not _walks(lane, wish, "chamber", _people(board, is_in=is_in)):
                        return Answer(otherwise)
                for line in PEOPLE:
                    taken.add(DEBOUNCE, line, *settling_ms(edges, line))
                contradict_s = together_s(edges, frozenset(PEOPLE))
                part = "chamber, stepping " + ("in" if is_in else "out")
                taken.add(SETTLE, part, contradict_s or 0.0)
        return Answer(TAKEN)

    return ask


def _people(board: BoardInHand, *, is_in: bool) -> Callable[[], bool]:
    empty, single = PEOPLE
    wanted = {single} if is_in else {empty}
    return lambda: board.levels & {empty, single} == wanted


def _walks(lane: ClosedLane, wish: Wish, part: str, until: Callable[[], bool]) -> bool:
    """Have a person walk, and listen to what comes after; the relay is not fed meanwhile."""
    if not lane.have_done(wish, part, until, feeds=False):
        return False
    lane.take_board().attend(SETTLES_S, feeds=False)
    return until()


@contextmanager
def _edges_of(board: BoardInHand) -> Iterator[list[Edge]]:
    edges: list[Edge] = []
    board.hear = edges.append
    try:
        yield edges
    finally:
        board.hear = lambda _edge: None
