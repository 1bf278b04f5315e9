"""How late the self-test's own ticks come is told by their worst hundredth and by the worst."""

from types import SimpleNamespace
from typing import cast

import pytest

from egate.selftest.check import Reason
from egate.selftest.closed_lane import ClosedLane, Paces
from egate.selftest.moving_checks import IN_TIME, LATE, _in_time


@pytest.mark.parametrize(
    ("late_s", "reason"),
    [
        ([0.01] * 100, IN_TIME),
        ([0.01] * 999 + [0.29], IN_TIME),
        ([0.01] * 98 + [0.06] * 2, LATE),
        ([0.01] * 999 + [0.31], LATE),  # the relay misses its edge
    ],
)
def test_a_tick_in_a_hundred_may_be_late_and_none_so_late_that_the_relay_lapses(
    late_s: list[float], reason: Reason
) -> None:
    board = SimpleNamespace(attend=lambda _seconds: None)
    lane = SimpleNamespace(take_board=lambda: board, paces=Paces(), fed_late_s=late_s)
    answer = _in_time(cast(ClosedLane, lane))
    assert answer.reason is reason
    assert answer.values["count"] == len(late_s)
    assert answer.measured[1].value == pytest.approx(1000 * max(late_s))
