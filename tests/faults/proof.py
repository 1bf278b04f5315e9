"""Break one thing, run the self-test, hold what it says against the table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
import tempfile

from egate.domain.lane_part import Shape
from egate.selftest.check import Outcome, Result
from tests.faults.bench import FaultBench
from tests.faults.person import Technician
from tests.faults.table import WIRES, Fault, Found

WITH_DOCUMENTS = ("pages", "cards")


@dataclass(frozen=True, slots=True)
class Told:
    """What the self-test said: of a row, with a person or alone."""

    name: str
    shape: str
    with_person: bool
    wanted: tuple[Found, ...]
    failed: tuple[Found, ...]
    not_done: tuple[str, ...]
    device: str = ""

    @property
    def is_right(self) -> bool:
        """Whether exactly what was to be found was found."""
        return self.failed == self.wanted


def tell(shape: Shape, broken: Sequence[Fault], *, with_person: bool, whole: bool = False) -> Told:
    """Break these on a bench of their own, and run the self-test."""
    documents = whole or any(fault.wire in WITH_DOCUMENTS for fault in broken)
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultBench(shape, Path(folder), documents=documents) as bench,
    ):
        for fault in broken:
            bench.change(fault.break_it)
        only = () if whole else tuple({WIRES[fault.wire] for fault in broken})
        results = bench.run(Technician(bench) if with_person else None, only)
    failed = of_outcome(results, Outcome.FAILED)
    return Told(
        name=" + ".join(fault.name for fault in broken),
        shape=shape,
        with_person=with_person,
        wanted=tuple(told for one in broken for told in one.wanted(with_person=with_person)),
        failed=tuple((one.id, one.reason) for one in failed),
        not_done=tuple(one.id for one in of_outcome(results, Outcome.NOT_DONE)),
        device=", ".join(one.device for one in failed),
    )


def of_outcome(results: Iterable[Result], outcome: Outcome) -> list[Result]:
    """Return the results of this outcome."""
    return [one for one in results if one.outcome is outcome]
