"""Lines set on an even grid: runs of fillers keep their length, whatever stands beside."""

import numpy as np
import pytest

from egate.vision.mrz_grid import Grid, aligned, pitch_of
from egate.vision.mrz_network import ALPHABET
from tests.vision.mrz_seen import CARD, PASSPORT, VISA, Values, row, steps


def text_of(grid: Grid) -> str:
    return "".join(ALPHABET[one] for one in grid.seen[:, :-1].argmax(axis=1))


@pytest.mark.parametrize("line", [*PASSPORT, *CARD, *VISA])
@pytest.mark.parametrize("pitch", [3.4, 4.125, 5.0])
def test_a_line_is_read_whole_at_any_pitch(line: str, pitch: float) -> None:
    seen = steps(line, pitch)
    found = pitch_of(seen)
    assert found == pytest.approx(pitch, rel=0.05)
    grids = aligned(seen, found or 0.0, (30, 36, 44))
    best = max(grids.values(), key=lambda grid: grid.score)
    assert text_of(best) == line
    assert best.score > -0.8


def test_fillers_that_run_into_each_other_keep_their_number() -> None:
    line = PASSPORT[0]
    seen = steps(line, 4.1)
    first = int(9 + 30 * 4.1)
    seen[first : first + 16] = row("<")  # no gap seen over four places
    grid = aligned(seen, pitch_of(seen) or 0.0, (44,))[44]
    assert text_of(grid) == line


def test_a_character_that_is_not_seen_moves_no_other() -> None:
    line = PASSPORT[1]
    seen = steps(line[:12] + " " + line[13:])
    grid = aligned(seen, pitch_of(seen) or 0.0, (44,))[44]
    assert text_of(grid)[:12] + text_of(grid)[13:] == line[:12] + line[13:]
    assert grid.seen[12, :-1].max() < np.log(0.1)


def test_the_wrong_number_of_places_fits_worse() -> None:
    grids = aligned(steps(VISA[0]), 4.1, (30, 36, 44))
    assert max(grids, key=lambda count: grids[count].score) == 36


def test_places_may_widen_from_left_to_right() -> None:
    line = PASSPORT[1]
    middles = 9 + np.cumsum(np.linspace(3.7, 4.5, 44))
    seen = np.array([row(None)] * 215)
    for one, middle in zip(line, middles, strict=True):
        near = np.abs(np.arange(len(seen)) + 0.5 - middle) < 1.2
        seen[near] = row(one)
    assert text_of(aligned(seen, pitch_of(seen) or 0.0, (44,))[44]) == line


@pytest.mark.parametrize("seen", [np.array([row(None)] * 200), np.array([row("A")] * 200)])
def test_where_nothing_stands_out_there_is_no_pitch(seen: Values) -> None:
    assert pitch_of(seen) is None


def test_a_strip_too_short_for_a_line_has_no_grid() -> None:
    assert aligned(steps("ABCDEFGHIJ"), 4.1, (30, 44)) == {}


def test_the_repr_of_a_grid_has_no_content() -> None:
    assert repr(aligned(steps(VISA[0]), 4.1, (36,))[36]).startswith("Grid(36 places, score ")
