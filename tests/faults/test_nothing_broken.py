"""A lane in which nothing is broken passes every check, and never has two doors unsecured."""

from pathlib import Path

import pytest

from egate.domain.lane_part import Shape
from egate.selftest.check import Outcome
from tests.faults.bench import FaultBench
from tests.faults.person import Technician

pytestmark = pytest.mark.bench


@pytest.mark.parametrize("shape", Shape)
def test_every_check_passes_where_nothing_is_broken(shape: Shape, tmp_path: Path) -> None:
    with FaultBench(shape, tmp_path) as bench:
        results = bench.run(Technician(bench))
        assert [one.id for one in results if one.outcome is not Outcome.PASSED] == []
        assert bench.bench.two_doors_s == 0.0  # the emergency that was tried is the wiring's own
        assert all(leaf.is_closed for leaf in bench.bench.plant.leaves.values())


def test_without_a_person_nobody_is_asked_and_the_rest_passes(tmp_path: Path) -> None:
    with FaultBench(Shape.MANTRAP, tmp_path) as bench:
        results = bench.run()
        assert {one.outcome for one in results} == {Outcome.PASSED}
        assert {one.id for one in results}.isdisjoint({"EG-S182", "EG-S181", "EG-S203"})
