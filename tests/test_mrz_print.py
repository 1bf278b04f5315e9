import numpy as np
import pytest

from simulators.mrz_print import CHARACTERS, INK, PAPER, baseline_px, centre_px, print_lines


def test_a_printed_line_is_as_long_as_its_characters() -> None:
    printed = print_lines(["<" * 44], 10)
    columns = np.flatnonzero((printed < 128).any(axis=0))
    assert columns[0] > centre_px(0, 10) - 5
    assert columns[-1] < centre_px(43, 10) + 5


def test_letters_stand_on_the_baseline() -> None:
    printed = print_lines(["HHH", "EEE"], 20)
    for line in (0, 1):
        baseline = round(baseline_px(line, 20))
        assert printed[baseline - 2].min() < 60
        assert printed[baseline + 2].min() == PAPER


def test_every_character_is_printed_and_no_two_look_alike() -> None:
    pictures = {one: print_lines([one], 16).tobytes() for one in CHARACTERS}
    assert len(set(pictures.values())) == len(CHARACTERS)
    assert print_lines([CHARACTERS], 16).min() == INK


def test_a_space_stays_white() -> None:
    assert print_lines([" "], 16).min() == PAPER


def test_other_characters_are_not_printed() -> None:
    with pytest.raises(KeyError):
        print_lines(["a"], 16)
