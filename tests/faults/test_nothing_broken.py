"""A lane in which nothing is broken passes every check, and never has two doors unsecured."""

from pathlib import Path

import pytest

from egate.domain.lane_part import Shape
from egate.selftest.check import Outcome, Result
from tests.faults.bench import FaultBench, suit_the_bench
from tests.faults.person import Technician

pytestmark = pytest.mark.bench


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


def wrong(results: tuple[Result, ...]) -> list[tuple[str, str]]:
    return [(one.id, one.reason) for one in results if one.outcome is not Outcome.PASSED]


@pytest.mark.parametrize("shape", Shape)
def test_every_check_passes_where_nothing_is_broken(shape: Shape, tmp_path: Path) -> None:
    with FaultBench(shape, tmp_path) as bench:
        results = bench.run(Technician(bench))
        assert wrong(results) == []
        assert bench.bench.two_doors_s == 0.0  # the emergency that was tried is the wiring's own
        assert all(leaf.is_closed for leaf in bench.bench.plant.leaves.values())


def test_without_a_person_nobody_is_asked_and_the_rest_passes(tmp_path: Path) -> None:
    with FaultBench(Shape.MANTRAP, tmp_path) as bench:
        results = bench.run()
        assert wrong(results) == []
        assert {one.id for one in results}.isdisjoint({"EG-S182", "EG-S181", "EG-S203"})
