"""The benchmark's pure parts: bounds of a rate, and what counts as which error."""

from io import StringIO

from rich.console import Console

from egate.domain.check import Outcome
from egate.domain.face_measures import PadLayer
from simulators.heads import Presented
from tests.bench_pad.looks import LIT, UNLIT, Held, Looked
from tests.bench_pad.rates import bounds, by_layer, combined, rate

P, F, U = Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE


def look(kind: Presented, live: Outcome, holder: Outcome = P) -> Looked:
    held = Held(live, holder, dict.fromkeys(PadLayer, live), "because")
    return Looked(kind, 2, 1.3, 400.0, {LIT: held, UNLIT: held})


def row(looks: list[Looked], kind: Presented) -> list[str]:
    table = combined(looks, LIT, "1")
    at = list(Presented).index(kind)
    return [str(list(column.cells)[at]) for column in table.columns]


def test_no_error_in_200_may_still_be_one_in_55() -> None:
    assert bounds(0, 200) == (0.0, bounds(0, 200)[1])
    assert 0.0182 < bounds(0, 200)[1] < 0.0184
    assert rate(10, 200) == "5.0 (2.4-9.0)"
    assert rate(3, 3) == "100.0 (29.2-100.0)"


def test_a_living_face_that_is_not_passed_is_an_error_and_an_attack_that_is() -> None:
    looks = [look(Presented.LIVING, each) for each in (P, P, P, U, F)]
    looks += [look(Presented.SWAP, P, F), look(Presented.SWAP, P, P), look(Presented.SWAP, F)]
    living, swap = row(looks, Presented.LIVING), row(looks, Presented.SWAP)
    assert living[1:7] == ["5", rate(2, 5), "1", "1", "0", ""]
    assert swap[1:7] == ["3", rate(2, 3), "1", "0", "0", rate(1, 3)]


def test_the_tables_are_printed() -> None:
    console = Console(width=160, record=True, file=StringIO())
    console.print(by_layer([look(Presented.LIVING, P)]))
    assert "100 / 0 / 0" in console.export_text()
