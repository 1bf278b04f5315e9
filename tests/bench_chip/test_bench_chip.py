"""The benchmark's pure parts: percentiles, the model of the line, and rows held against targets."""

from dataclasses import replace

import pytest
from rich.console import Console

from egate.document.basic_access_control import GET_CHALLENGE
from egate.document.reading import SELECT_APPLICATION
from simulators.card_chip import Chip, seeded
from simulators.direct import Direct
from simulators.figures import percentile
from simulators.vpcd import Radio, Traffic
from tests.bench_chip.readings import ANSWER_BYTES, OPENINGS, InProcess, ThroughPcscd, document
from tests.bench_chip.stores import Proving
from tests.bench_chip.tables import (
    APDU_MS,
    KBIT_S,
    Row,
    held_against,
    host_cells,
    host_table,
    line_cells,
    line_table,
    modelled_s,
    store_table,
)

DIRECT = InProcess(Traffic(16, 428, 20_726), (4.0, 5.0, 6.0, 30.0), 154.4)
ROW = Row("BAC", "ext", 20_329, DIRECT, ThroughPcscd((7.0,), (12.0, 14.0), 0.571))


@pytest.mark.parametrize(
    ("part", "value"), [(0.5, 20.0), (0.95, 40.0), (0.25, 10.0), (0.26, 20.0), (1.0, 40.0)]
)
def test_a_percentile_is_a_value_that_was_measured(part: float, value: float) -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], part) == value


@pytest.mark.parametrize("kbit_s", KBIT_S)
def test_the_model_is_the_one_the_simulated_line_counts_by(kbit_s: float) -> None:
    held = document(OPENINGS["BAC"])
    line = Direct(Chip(held, seeded(1)), Radio(apdu_ms=APDU_MS, kbit_s=kbit_s))
    for command in (SELECT_APPLICATION, GET_CHALLENGE):
        line(command)
    assert modelled_s(line.traffic, kbit_s, 0.0) == pytest.approx(line.took_s)


def test_a_figure_stands_beside_what_is_asked_for() -> None:
    assert held_against(20, 20.0, 0) == "20 ≤ 20"
    assert held_against(0.604, 0.6, 2) == "[bold red]0.60 > 0.6[/]"
    assert held_against(3.339, None, 2) == "3.34"


def test_a_row_tells_line_and_host() -> None:
    assert list(line_cells(ROW)) == [
        "16 ≤ 20", "428", "20726", "1.76", "0.564 ≤ 0.6", "0.36",
    ]  # fmt: skip
    assert list(host_cells(ROW)) == ["5.0 ≤ 10", "30.0", "7.0", "12.0", "14.0", "0.57", "154"]


def test_pace_may_take_longer_and_short_answers_have_their_own_target() -> None:
    row = replace(ROW, opening="GM bp256", line="short")
    assert next(line_cells(row)) == "16 ≤ 105"
    assert next(host_cells(row)) == "5.0 ≤ 15"


def test_what_could_not_be_measured_is_told_as_that() -> None:
    row = replace(ROW, through=None)
    assert list(host_cells(row))[2:6] == ["-", "-", "-", "-"]


def test_every_table_fits_a_terminal() -> None:
    rows = [
        replace(ROW, opening=opening, line=line) for opening in OPENINGS for line in ANSWER_BYTES
    ]
    proving = Proving("the German master list of 2026-05-28", 588, (1.2,), {"RSA 2048": (3.0,)})
    say = Console(width=80)
    for made in (line_table(rows), host_table(rows), store_table(proving)):
        with say.capture() as caught:
            say.print(made)
        assert "…" not in caught.get()
        assert "pypassport" in caught.get() or "store" in caught.get()


def test_the_document_is_as_large_as_the_peers() -> None:
    for opening in ("BAC", "GM bp256"):
        assert document(OPENINGS[opening]).size == pytest.approx(20_350, abs=50)
