"""An order of colours is drawn anew each time, and never flickers."""

from functools import partial
import itertools

from hypothesis import given
from hypothesis import strategies as st

from egate.domain.light_order import COLOURS, DARK, STEPS, LightStep, draw_order, shining


@given(st.binary(min_size=STEPS, max_size=STEPS))
def test_no_order_has_more_than_three_flashes_a_second(drawn: bytes) -> None:
    order = draw_order(lambda count: drawn[:count], 5.0)
    assert len(order) == STEPS + 1
    pairs = list(itertools.pairwise(order))
    assert all(two.at_s - one.at_s >= 0.2 - 1e-6 for one, two in pairs)
    assert all(one.rgb != two.rgb for one, two in pairs)
    assert order[-1].rgb == DARK
    assert {step.rgb for step in order[:-1]} <= set(COLOURS)


def test_every_order_can_be_drawn() -> None:
    drawn = set()
    for byte in itertools.product((0, 100, 200), repeat=STEPS):
        drawn.add(tuple(step.rgb for step in draw_order(partial(_given, bytes(byte)), 0.0)))
    assert len(drawn) == 48


def test_what_shines_is_the_last_step_that_began() -> None:
    order = (LightStep(1.0, COLOURS[0]), LightStep(1.2, COLOURS[1]), LightStep(1.4, DARK))
    told = [shining(order, at_s) for at_s in (0.9, 1.0, 1.19, 1.2, 9.0)]
    assert told == [DARK, COLOURS[0], COLOURS[0], COLOURS[1], DARK]


def _given(drawn: bytes, count: int) -> bytes:
    return drawn[:count]
