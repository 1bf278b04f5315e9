"""An order is shown step by step, never faster than it was drawn, whatever the camera's pace."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.light_order import DARK, STEP_S, Rgb
from egate.loop.light_show import LightParts, LightShow
from egate.ports.errors import DeviceLost


class Lamp:
    """A Light on the test's own clock."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.shown: list[tuple[float, Rgb]] = []
        self.told: list[bool] = []
        self.is_lost = False

    def shine(self, rgb: Rgb) -> None:
        if self.is_lost:
            raise DeviceLost("light", "unplugged")
        self.shown.append((self.now_s, rgb))

    def close(self) -> None:
        self.shown.append((self.now_s, DARK))

    def show(self) -> LightShow:
        parts = LightParts(lambda: self, lambda count: bytes(range(0, 40 * count, 40)))
        return LightShow(parts, lambda: self.now_s, self.tell)

    def tell(self, *, present: bool, what: str = "") -> None:
        assert present or what == "unplugged"
        self.told.append(present)


@given(st.lists(st.floats(0.005, 0.7), min_size=30, max_size=60), st.booleans())
def test_no_pace_of_pictures_makes_it_flicker(paces: list[float], again: bool) -> None:
    lamp = Lamp()
    show = lamp.show()
    show.begin()
    for pace_s in paces:
        show.follow()
        if again and not show.is_on:
            show.begin()
        lamp.now_s += pace_s
    changes = [at_s for at_s, _ in lamp.shown]
    assert all(two - one >= STEP_S - 1e-6 for one, two in itertools.pairwise(changes))
    assert changes


def test_at_a_cameras_pace_the_order_takes_a_good_second_and_ends_dark() -> None:
    lamp = Lamp()
    show = lamp.show()
    show.begin()
    while show.is_on:
        show.follow()
        lamp.now_s += 1 / 30
    assert 1.0 <= lamp.now_s - 100.0 <= 1.25
    assert [step.rgb for step in show.told] == [rgb for _, rgb in lamp.shown]
    assert (len(show.told), show.told[-1].rgb) == (6, DARK)


def test_an_order_in_place_of_another_begins_in_the_dark() -> None:
    lamp = Lamp()
    show = lamp.show()
    show.begin()
    show.follow()
    lamp.now_s += 0.05
    show.begin()
    assert (show.is_drawn, show.told) == (True, ())
    while show.is_on:
        show.follow()
        lamp.now_s += 1 / 30
    changes = [at_s for at_s, _ in lamp.shown]
    assert all(two - one >= STEP_S - 1e-6 for one, two in itertools.pairwise(changes))
    assert [step.rgb for step in show.told] == [rgb for _, rgb in lamp.shown[1:]]
    assert (len(show.told), show.told[0].rgb, show.told[-1].rgb) == (7, DARK, DARK)


def test_after_a_failure_nobody_knows_what_stands_so_an_order_begins_in_the_dark() -> None:
    lamp = Lamp()
    show = lamp.show()
    lamp.is_lost = True
    show.begin()
    show.follow()
    assert not show.is_drawn
    lamp.is_lost = False
    lamp.now_s += 1.0
    show.begin()
    show.follow()
    assert [step.rgb for step in show.told] == [DARK]


def test_a_light_that_fails_leaves_nothing_told() -> None:
    lamp = Lamp()
    show = lamp.show()
    show.begin()
    show.follow()
    lamp.is_lost = True
    lamp.now_s += 1.0
    show.follow()
    assert (show.told, show.is_on, lamp.told) == ((), False, [True, False])


@pytest.mark.parametrize(
    "act", [LightShow.begin, LightShow.follow, LightShow.rest, LightShow.close]
)
def test_without_a_light_nothing_is_shown(act: object) -> None:
    lamp = Lamp()
    show = LightShow(None, lambda: 1.0, lamp.tell)
    assert callable(act)
    act(show)
    assert (show.told, show.is_on, lamp.told) == ((), False, [])
