from random import Random
import re

import numpy as np
import pytest

from egate.vision import mrz_network
from simulators.mrz_print import CHARACTERS
from simulators.mrz_training import strips
from simulators.mrz_training.strips import IGNORED, NOTHING, STEP_PX, a_strip
from simulators.mrz_training.texts import a_line


def test_a_strip_is_what_the_network_reads_at_the_gate() -> None:
    assert mrz_network.STRIP_HEIGHT == strips.HEIGHT
    assert mrz_network.STEP_PX == STEP_PX
    assert (mrz_network.CAP_TOP, mrz_network.BASELINE) == (strips.CAP_TOP, strips.BASELINE)
    assert pytest.approx(strips.PITCH, abs=0.01) == mrz_network.PITCH_PX
    assert mrz_network.NOTHING == NOTHING
    for number in range(20):
        mrz_network.checked(a_strip((5, number)).picture)


def test_the_same_numbers_make_the_same_strip() -> None:
    one, again, other = a_strip((1, 2)), a_strip((1, 2)), a_strip((1, 3))
    assert (one.picture == again.picture).all()
    assert one.text == again.text
    assert one.text != other.text


@pytest.mark.parametrize("number", range(8))
def test_every_character_of_a_line_is_labelled_once_and_in_order(number: int) -> None:
    strip = a_strip((2, number), 1024, "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
    told, before = "", NOTHING
    for label in strip.labels.tolist():
        if label not in {before, NOTHING, IGNORED}:
            told += CHARACTERS[label]
        if label != IGNORED:
            before = label
        if label == NOTHING:
            before = NOTHING
    assert told == strip.text
    assert len(strip.labels) == 1024 // STEP_PX


def test_the_lines_hold_every_character_and_runs_of_fillers_of_many_lengths() -> None:
    random = Random(7)
    text = "\n".join(a_line(random) for _ in range(1000))
    assert set(text) == {*CHARACTERS, " ", "\n"}
    runs = {len(run) for run in re.findall("<+", text)}
    assert set(range(1, 20)) <= runs


def test_where_there_is_no_ink_nothing_is_labelled() -> None:
    strip = a_strip((3, 1), 1024, "A")
    assert np.count_nonzero(strip.labels == NOTHING) > 240
