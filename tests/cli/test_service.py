"""`egate service`: what each part has done, and a counter set back by somebody for a reason."""

import json
import os
from pathlib import Path

import pytest

from egate.cli import carry_out
from egate.compose.setup import only_one
from egate.domain.lateness import Ticks
from egate.domain.record import EntryKind
from egate.domain.service import Counter, Tally
from egate.journal.envelope import DayKeys
from egate.journal.reader import read
from egate.loop.counter_file import NAME, Counted, as_bytes, read_counters

TICKS = (Ticks(1e9, 60.0, 300, 0.1, 2.0, 3.0),)
WORN = {
    "exit": Counter(Tally(cycles=500_101, errors=2), Tally(cycles=100)),
    "stop": Counter(Tally(cycles=3, on_s=5400.0)),
}
BY = ("--officer", "T. Lan", "--reason", "new closer")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / NAME).write_bytes(as_bytes(Counted(WORN, TICKS)))
    return tmp_path


def run(data: Path, *words: str) -> int:
    return carry_out(["service", "--profile", "bench_mantrap", "--data", str(data), *words])


def parts(data: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    assert run(data, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.service/1"
    return {one["part"]: one for one in told["parts"]}


def test_each_part_is_shown_with_what_it_wants(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = parts(data, capsys)
    assert told["exit"] == {
        "part": "exit", "cycles": 500_001, "of": 500_000, "hours_on": 0.0, "retries": 0,
        "errors": 2, "came_back": 0, "cycles_ever": 500_101, "serviced": "never",
        "wants": "door_cycles 500001 > 500000",
    }  # fmt: skip
    assert (told["stop"]["hours_on"], told["stop"]["wants"]) == (1.5, "")
    assert run(data) == 0
    assert "door_cycles" in capsys.readouterr().out


def test_before_the_lane_wrote_anything_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 0
    assert "nothing was counted yet" in capsys.readouterr().out


def test_a_counter_begins_anew_and_the_journal_has_who_and_why_sealed(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data, "--reset", "exit", *BY) == 0
    capsys.readouterr()
    told = parts(data, capsys)
    assert (told["exit"]["cycles"], told["exit"]["cycles_ever"]) == (0, 500_101)
    assert told["exit"]["serviced"] != "never"
    assert told["stop"]["serviced"] == "never"
    assert read_counters(data / NAME).ticks == TICKS
    with read(data / "journal.sqlite") as reader:
        records = [row.record for row in reader.rows()]
    assert DayKeys(data / "day_keys.json", os.urandom).days()
    written = [json.loads(record) for record in records]
    assert [(one["kind"], one["facts"]) for one in written] == [
        (
            EntryKind.SERVICE,
            {"part": "exit", "cycles": 500_001, "hours": 0.0, "retries": 0, "errors": 2,
             "returns": 0},
        )
    ]  # fmt: skip
    assert "Lan" not in "".join(records)
    assert "sealed" in written[0]


@pytest.mark.parametrize("what", ["gate", "lane"])
def test_beside_a_lane_that_runs_no_counter_is_set_back(
    what: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_one(what, data / "run"):
        assert run(data, "--reset", "exit", *BY) == 3
        assert "systemctl stop egate.target" in capsys.readouterr().err
        assert run(data) == 0  # but it is shown
    assert read_counters(data / NAME).counters == WORN
    assert not (data / "journal.sqlite").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--reset", "exit"),
        ("--reset", "exit", "--officer", "T. Lan"),
        ("--reset", "exit", "--officer", " ", "--reason", "x"),
        ("--reset", "exit", "--officer", "L", "--reason", "x" * 257),
        ("--reset", "card_reader", *BY),  # this gate has none
    ],
)
def test_nobody_sets_a_counter_back_without_a_name_and_a_reason(
    words: tuple[str, ...], data: Path
) -> None:
    assert run(data, *words) == 2
    assert read_counters(data / NAME).counters == WORN


def test_a_journal_that_refuses_keeps_the_counter(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "journal.key").write_text("no key")
    (data / "journal.key").chmod(0o600)
    assert run(data, "--reset", "exit", *BY) == 3
    assert "journal" in capsys.readouterr().err
    assert read_counters(data / NAME).counters == WORN


def test_spoilt_counters_are_told_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / NAME).write_text("{}")
    assert run(data) == 3
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave files that the lane cannot open")
def test_what_root_makes_is_the_lanes(data: Path) -> None:
    os.chown(data, 1234, 1234)
    assert run(data, "--reset", "exit", *BY) == 0
    made = {path.name: path.stat().st_uid for path in data.iterdir() if path.is_file()}
    assert {*made} >= {NAME, "journal.sqlite", "journal.key", "day_keys.json"}
    assert {*made.values()} == {1234}
