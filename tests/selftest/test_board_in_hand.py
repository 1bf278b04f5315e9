"""Doors in a technician's hands: let go by the lane's guard only, one at a time, bounded."""

from collections.abc import Mapping

import pytest

from egate.domain.forced import Pulse
from egate.domain.lane_part import DOOR_CONTACTS, DOOR_RELEASE, Door, Input, Output, Shape
from egate.lane import LaneSettings
from egate.ports.digital_io import OnChange
from egate.ports.errors import DeviceLost
from egate.selftest.board_in_hand import NOBODY, BoardInHand, Told
from egate.selftest.lines_seen import Moved, moved

SETTLED = {line: line is not Input.CHAMBER_SINGLE for line in Input}


class Clock:
    """A clock that goes on only where something waits: each look at it is a tick."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        self.at_s += 0.03
        return self.at_s


class Steel:
    """A board whose doors obey at once, and what was asked of it."""

    def __init__(self, **levels: bool) -> None:
        self.told = SETTLED | {Input(line): level for line, level in levels.items()}
        self.asked: list[tuple[Output, bool]] = []
        self.released: set[Output] = set()
        self.most_released = 0
        self.renewed = 0
        self.is_gone = False
        self._tell: OnChange = lambda _line, _active, _at_s: None

    def watch(self, on_change: OnChange) -> None:
        self._tell = on_change

    def levels(self) -> Mapping[Input, bool]:
        return self.told

    def set(self, output: Output, *, active: bool) -> None:
        self.asked.append((output, active))
        (self.released.add if active else self.released.discard)(output)
        self.most_released = max(self.most_released, len(self.released))
        for door, release in DOOR_RELEASE.items():
            if output is release:
                for line in DOOR_CONTACTS[door]:
                    self.change(line, active=not active)

    def change(self, line: Input, *, active: bool) -> None:
        self.told = {**self.told, line: active}
        self._tell(line, active, 0.0)

    def renew(self) -> None:
        if self.is_gone:
            raise DeviceLost("board", "gone")
        self.renewed += 1

    def close(self) -> None:
        self.released.clear()


def in_hand(**levels: bool) -> tuple[BoardInHand, Steel]:
    steel = Steel(**levels)
    return told_of(steel, NOBODY), steel


def told_of(steel: Steel, told: Told) -> BoardInHand:
    return BoardInHand(steel, LaneSettings(Shape.MANTRAP), Clock(), told)


@pytest.mark.parametrize("door", Door)
def test_a_door_is_let_go_and_taken_back_while_the_relay_is_fed(door: Door) -> None:
    board, steel = in_hand()
    assert moved(board.exercise(door, 0.5), 0.5) is Moved.AS_TOLD
    assert steel.asked[0] == (DOOR_RELEASE[door], True)
    assert (steel.asked[-1], steel.released) == ((DOOR_RELEASE[door], False), set())
    assert (steel.most_released, steel.renewed > 1) == (1, True)


@pytest.mark.parametrize(
    ("levels", "objection"),
    [
        ({"chamber_empty": False}, "chamber_empty"),
        ({"chamber_single": True}, "chamber_empty"),
        ({"entry_beam_clear": False}, "chamber_empty"),
        ({"entry_locked": False}, "other_door_secured"),
    ],
)
def test_the_guard_refuses_and_nothing_is_driven(levels: dict[str, bool], objection: str) -> None:
    board, steel = in_hand(**levels)
    seen = board.exercise(Door.EXIT, 0.5)
    assert objection in seen.objections
    assert (DOOR_RELEASE[Door.EXIT], True) not in steel.asked


def test_with_the_loop_open_the_lane_frees_every_door_and_obeys_no_technician() -> None:
    board, steel = in_hand(emergency_clear=False)
    board.enter_maintenance()
    assert steel.released == {Output.ENTRY_RELEASE, Output.EXIT_RELEASE}
    assert "no_emergency" in board.against(Door.EXIT)
    board.leave_maintenance()
    assert steel.released == set()


def test_a_door_is_taken_back_when_the_other_one_does_not_stay_secured() -> None:
    board, steel = in_hand()
    board.enter_maintenance()
    board.force(Door.EXIT, release=True)
    steel.change(Input.ENTRY_LOCKED, active=False)
    board.attend(0.1)
    assert steel.released == set()
    board.force(Door.EXIT, release=True)
    assert steel.released == set()


def test_a_release_ends_at_its_bound_though_nobody_takes_it_back() -> None:
    board, steel = in_hand()
    board.enter_maintenance()
    board.force(Door.EXIT, release=True)
    assert steel.released == {Output.EXIT_RELEASE}
    clock = board._now_s
    assert isinstance(clock, Clock)
    clock.at_s += 5.0
    board.attend(0.05)
    assert steel.released == set()


def test_an_exercise_that_is_cut_short_leaves_no_door_let_go() -> None:
    board, steel = in_hand()

    def cut(_seen: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        board.exercise(Door.ENTRY, 0.5, while_open=cut)
    assert steel.released == set()
    assert board.state is None


def test_a_lost_board_ends_the_attending() -> None:
    board, steel = in_hand()
    steel.is_gone = True
    with pytest.raises(DeviceLost):
        board.attend(1.0)


def test_a_release_is_not_lit_as_if_it_were_a_lamp() -> None:
    board, steel = in_hand()
    board.light(Output.STOP, on=True)
    assert steel.asked == [(Output.STOP, True)]
    with pytest.raises(AssertionError):
        board.light(Output.EXIT_RELEASE, on=True)


def test_every_driving_is_told_before_it_and_after_with_the_lines_that_answered() -> None:
    pulses: list[tuple[Pulse, set[Output]]] = []
    steel = Steel()
    told = Told(pulse=lambda pulse: pulses.append((pulse, set(steel.released))))
    board = told_of(steel, told)
    board.exercise(Door.EXIT, 0.5)
    board.light(Output.STOP, on=True)
    board.close()
    (begun, before), (ended, after), (lit, dark), (out, _) = pulses
    assert (begun.output, begun.for_s, before) == (Output.EXIT_RELEASE, None, set())
    assert (ended.output, {*ended.answered}) == (Output.EXIT_RELEASE, {*DOOR_CONTACTS[Door.EXIT]})
    assert ended.for_s is not None
    assert ended.for_s > 0
    assert after == set()
    assert (lit.output, lit.for_s, Output.STOP in dark) == (Output.STOP, None, False)
    assert (out.output, dict(out.answered)) == (Output.STOP, {})


def test_what_cannot_be_told_is_not_driven() -> None:
    def refuses(_pulse: Pulse) -> None:
        raise OSError(28, "no space")

    steel = Steel()
    board = told_of(steel, Told(pulse=refuses))
    with pytest.raises(OSError, match="no space"):
        board.exercise(Door.EXIT, 0.5)
    with pytest.raises(OSError, match="no space"):
        board.light(Output.STOP, on=True)
    assert (Output.EXIT_RELEASE, True) not in steel.asked
    assert (Output.STOP, True) not in steel.asked


def test_each_feeding_tells_how_late_it_was_and_a_pause_is_none() -> None:
    late_s: list[float] = []
    board = told_of(Steel(), Told(fed_late=late_s.append))
    board.attend(1.0)
    board.attend(1.0)
    assert len(late_s) >= 8
    assert all(0 <= one <= 0.1 for one in late_s)
