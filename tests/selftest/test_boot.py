"""The boot self-test names what keeps a lane from opening, and nothing when nothing does."""

from itertools import product

import pytest

from egate.domain.lane_part import Input, Shape, inputs_of
from egate.lane import LaneSettings, Memory
from egate.lane.memory import is_rested
from egate.selftest.boot import LaneSeen, in_short, stands_against

WELL = {line: line is not Input.CHAMBER_SINGLE for line in Input}


def failing(shape: Shape, *missing: str, **levels: bool | None) -> tuple[str, ...]:
    changed = {Input(line): level for line, level in levels.items()}
    told = {line: (WELL | changed)[line] for line in inputs_of(shape)}
    return in_short(stands_against(LaneSeen(shape, told, missing)))


@pytest.mark.parametrize("shape", Shape)
def test_it_fails_just_when_the_table_keeps_the_lane_from_opening(shape: Shape) -> None:
    settings, every = LaneSettings(shape), inputs_of(shape)
    known: list[dict[Input, bool | None]] = [
        dict(zip(every, levels, strict=True))
        for levels in product((True, False), repeat=len(every))
    ]
    well = {line: WELL[line] for line in every}
    unknown: list[dict[Input, bool | None]] = [{**well, line: None} for line in every]
    for told in (*known, *unknown):
        memory = Memory(
            active=frozenset(line for line, level in told.items() if level),
            unknown=frozenset(line for line, level in told.items() if level is None),
        )
        named = stands_against(LaneSeen(shape, told)) != ()
        assert named is not is_rested(memory, settings), told


def test_a_whole_lane_has_nothing_against_it() -> None:
    assert failing(Shape.MANTRAP) == failing(Shape.TURNSTILE) == ()


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ({"exit_locked": False}, ("EG-S140.exit not_locked",)),
        ({"entry_closed": False}, ("EG-S140.entry leaf_contact_open",)),
        ({"exit_closed": False, "exit_locked": False}, ("EG-S140.exit stands_open",)),
        ({"exit_beam_clear": False}, ("EG-S150.exit blocked",)),
        ({"chamber_empty": False}, ("EG-S160 not_empty",)),
        ({"chamber_single": True}, ("EG-S160 contradict",)),
        ({"emergency_clear": False}, ("EG-S120 wire",)),
        (
            {
                "emergency_clear": False,
                **dict.fromkeys(("entry_closed", "entry_locked"), False),
                **dict.fromkeys(("exit_closed", "exit_locked"), False),
            },
            ("EG-S120 open",),
        ),
    ],
)
def test_what_a_line_says_is_named(levels: dict[str, bool], told: tuple[str, ...]) -> None:
    assert failing(Shape.MANTRAP, **levels) == told


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (("scanner",), ("EG-S201 device_lost",)),
        (("vision", "camera"), ("EG-S302 device_lost", "EG-S241 device_lost")),
        (("journal",), ("EG-S301 device_lost",)),
        (("light", "mrz_reader", "card_reader"), ()),  # a lane goes on without these
    ],
)
def test_who_does_not_report_itself_is_named(missing: tuple[str, ...], told: object) -> None:
    assert failing(Shape.MANTRAP, *missing) == told


def test_a_lost_board_is_not_told_as_nine_lost_lines() -> None:
    lost = dict.fromkeys((line.value for line in Input), None)
    assert failing(Shape.MANTRAP, "board", **lost) == ("EG-S101 device_lost",)
