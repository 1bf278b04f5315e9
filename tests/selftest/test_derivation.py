"""From edges to figures, and from figures to a value: literal in, literal out."""

import pytest

from egate.domain.lane_part import Input
from egate.profile.calibrated import (
    CALIBRATED,
    DEBOUNCE,
    FOLLOW,
    SETTLE,
    Figures,
    as_written,
    most,
    said,
)
from egate.profile.load import find, load
from egate.profile.problem import KeyPath
from egate.profile.settings import HardwareProfile, Limits
from egate.selftest.derivation import figures, overlap_s, settling_ms, together_s, worst

CLOSED, LOCKED, BEAM = Input.EXIT_CLOSED, Input.EXIT_LOCKED, Input.EXIT_BEAM_CLEAR
MANTRAP = load(find("bench_mantrap"))


def edge(line: Input, at_s: float, *, on: bool = False) -> tuple[Input, bool, float]:
    return (line, on, at_s)


def test_each_change_of_a_line_settles_by_itself_and_other_lines_do_not_count() -> None:
    at = [1.0, 1.01, 1.02, 3.0, 5.0, 5.049]
    edges = [edge(BEAM, one) for one in at] + [edge(CLOSED, 1.03)]
    assert settling_ms(edges, BEAM) == (20.0, 0.0, 49.0)


def test_what_comes_later_than_can_be_debounced_is_another_change() -> None:
    assert settling_ms([edge(BEAM, 1.0), edge(BEAM, 1.06)], BEAM) == (0.0, 0.0)
    assert settling_ms([], BEAM) == ()


def test_two_sensors_of_one_person_are_as_far_apart_as_their_outermost_edges() -> None:
    pair = frozenset({Input.CHAMBER_EMPTY, Input.CHAMBER_SINGLE})
    edges = [edge(Input.CHAMBER_EMPTY, 1.0), edge(BEAM, 0.2), edge(Input.CHAMBER_SINGLE, 1.25)]
    assert together_s(edges, pair) == 0.25
    assert together_s([edge(BEAM, 1.0)], pair) is None


@pytest.mark.parametrize(
    ("edges", "overlap"),
    [
        ([edge(LOCKED, 1.0), edge(CLOSED, 1.1), edge(CLOSED, 2.0, on=True)], 0.0),
        ([edge(CLOSED, 1.0), edge(LOCKED, 1.4)], 0.4),
        ([edge(CLOSED, 1.0), edge(BEAM, 1.1), edge(LOCKED, 1.4)], 0.4),
        ([edge(LOCKED, 1.0), edge(CLOSED, 1.1), edge(LOCKED, 2.0, on=True)], 0.0),  # for good
        ([edge(CLOSED, 1.0), edge(CLOSED, 1.1, on=True), edge(CLOSED, 1.2), edge(LOCKED, 1.25)],
         0.1),
    ],
)  # fmt: skip
def test_a_bolt_told_home_while_its_leaf_is_open(
    edges: list[tuple[Input, bool, float]], overlap: float
) -> None:
    assert overlap_s(edges, CLOSED, LOCKED) == overlap


def test_the_p95_of_few_samples_is_the_largest_and_of_many_is_not() -> None:
    assert figures("a", [3.0, 1.0, 2.0]) == Figures("a", 3, 2.0, 3.0, 3.0)
    many = [float(number) for number in range(1, 101)]
    assert figures("b", many) == Figures("b", 100, 50.5, 95.0, 100.0)


def test_a_good_part_makes_no_bad_one_better() -> None:
    samples = {"good": [0.0] * 99, "bad": [8.0, 9.0, 7.0], "absent": []}
    assert worst(samples).part == "bad"


@pytest.mark.parametrize(
    ("key", "p95", "largest", "value"),
    [
        (DEBOUNCE, 0.0, 0.0, 1.0),  # nothing bounces
        (DEBOUNCE, 6.0, 6.0, 10.0),  # 6 x 1.5 + 1
        (DEBOUNCE, 6.2, 6.2, 11.0),  # 10.3, up
        (FOLLOW, 0.2, 0.2, 0.6),  # exactly a step, and not the next
        (FOLLOW, 0.01, 0.01, 0.5),  # no less than this
        (FOLLOW, 1.0, 2.5, 2.5),  # the largest that was seen still fits
        (SETTLE, 0.1, 0.1, 0.25),
    ],
)
def test_a_value_is_the_p95_with_its_margin(
    key: KeyPath, p95: float, largest: float, value: float
) -> None:
    assert CALIBRATED[key].value(Figures("x", 5, 0.0, p95, largest)) == value


def test_milliseconds_are_written_whole() -> None:
    assert repr(as_written(DEBOUNCE, 10.0)) == "10"
    assert repr(as_written(FOLLOW, 2.0)) == "2.0"


def slow(**limits: float) -> HardwareProfile:
    return MANTRAP.model_copy(update={"limits": Limits(**limits)})


def test_a_calibration_goes_no_further_than_what_ships_or_the_operator_wrote() -> None:
    assert most(MANTRAP, FOLLOW) == 3.0
    assert most(slow(door_follow_s=6.0), FOLLOW) == 6.0
    assert most(slow(door_follow_s=1.0), FOLLOW) == 3.0


def test_no_calibration_is_looser_than_the_default_that_ships() -> None:
    for key, rule in CALIBRATED.items():
        if key is not DEBOUNCE:  # said why in egate/profile/calibrated.py
            default = said(load(find("bench_mantrap_cameras")), key)
            assert default is None or rule.most <= default, key


def test_only_limits_of_doors_sensors_and_cameras_can_be_calibrated() -> None:
    names = {key[-1] for key in CALIBRATED}
    assert names == {
        "door_follow_s",
        "door_disagreement_s",
        "occupancy_settle_s",
        "debounce_ms",
        "frame_timeout_ms",
    }


def test_a_key_of_a_device_that_is_not_there_says_nothing() -> None:
    assert (
        said(load(find("bench_turnstile")), ("devices", "mrz_reader", "frame_timeout_ms")) is None
    )
    assert said(MANTRAP, ("devices", "scanner", "frame_timeout_ms")) is None
