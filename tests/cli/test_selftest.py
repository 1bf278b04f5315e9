"""`egate selftest` at the command line: beside a gate it refuses, on a closed lane it tries all."""

import json
from pathlib import Path
import time

import pytest

from egate.cli import carry_out
from egate.compose.setup import only_one
from egate.compose.technician import selftest_openers
from egate.domain.lane_part import Door, Input, Shape
from egate.domain.record import EntryKind
from egate.journal.reader import read
from egate.loop.files import Places
from egate.ports.errors import DeviceLost
from egate.selftest.closed_lane import ClosedLane
from tests.faults.bench import FaultBench, suit_the_bench


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


def run(bench: FaultBench, *words: str) -> int:
    where = ("--profile", str(bench.bench.profile), "--data", str(bench.folder))
    return carry_out(["selftest", *where, *words])


@pytest.mark.parametrize("what", ["gate", "lane"])
def test_beside_a_gate_that_runs_it_says_how_to_close_the_lane(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    where = ("--profile", "bench_mantrap", "--data", str(tmp_path))
    with only_one(what, tmp_path / "run"):
        assert carry_out(["selftest", *where]) == 3
    said = capsys.readouterr()
    assert "systemctl stop egate.target" in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_it_lists_what_it_would_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["selftest", "--profile", "bench_mantrap", "--list"]) == 0
    said = capsys.readouterr().out
    assert "EG-S170.exit" in said
    assert "EG-S221" not in said  # this gate has no card reader


def test_without_a_terminal_nobody_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["selftest", "--profile", "bench_mantrap", "--interactive"]) == 2
    assert "terminal" in capsys.readouterr().err


def test_an_unknown_check_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    for asked, near in (
        ("EG-S170.exi", "EG-S170.exit"),
        ("eg-s181", "EG-S181"),
        ("S199", "EG-S199"),
    ):
        assert carry_out(["selftest", "--profile", "bench_mantrap", "--only", asked]) == 2
        said = capsys.readouterr().err
        assert near in said
        assert "--list" in said


@pytest.mark.bench
def test_a_check_that_wants_a_person_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        assert run(bench, "--only", "EG-S190.stop") == 3
    assert "--interactive" in capsys.readouterr().out


@pytest.mark.bench
def test_what_was_left_behind_opens_the_board_no_more(tmp_path: Path) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        openers = selftest_openers(bench.profile(), Places(tmp_path, tmp_path / "run"))
        lane = ClosedLane(bench.profile(), openers, time.monotonic)
        held = lane.take_board()
        lane.end()
        for acts in (
            lane.take_board,
            lane.scanner,
            lambda: lane.wait(9.0),
            lambda: held.attend(1.0),
        ):
            with pytest.raises(DeviceLost):
                acts()


@pytest.mark.bench
def test_it_tells_which_check_failed_and_in_how_many_rounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultBench(Shape.MANTRAP, tmp_path) as bench:
        bench.change(lambda made: made.plant.faults.stuck.update({Input.CHAMBER_SINGLE: True}))
        status = run(bench, "--json", "--repeat", "2", "--only", "EG-S160", "--operator", "Lan")
    told = json.loads(capsys.readouterr().out)
    assert (status, told["schema"], told["about"]["operator"]) == (1, "egate.selftest/1", "Lan")
    failed = [one for one in told["checks"] if one["outcome"] == "failed"]
    assert [(one["id"], one["reason"]) for one in failed] == [("EG-S160", "contradict")]


@pytest.mark.bench
def test_the_reports_are_written_and_the_doors_are_left_shut(tmp_path: Path) -> None:
    html, junit = tmp_path / "report.html", tmp_path / "report.xml"
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        assert run(bench, "--only", "EG-S170", "--html", str(html), "--junit", str(junit)) == 0
        leaf = bench.bench.plant.leaves[Door.EXIT]
        assert (leaf.is_closed, leaf.bolted) == (True, True)
    assert "EG-S170.exit" in html.read_text()
    assert "EG-S170.exit" in junit.read_text()


@pytest.mark.bench
def test_what_is_driven_is_in_the_journal_with_who_when_and_what_answered(tmp_path: Path) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        assert run(bench, "--only", "EG-S170", "--operator", "T. Lan") == 0
    with read(tmp_path / "journal.sqlite") as reader:
        text = "".join(row.record for row in reader.rows())
        told = [one.entry for one in reader.entries()]
    assert {one.kind for one in told} == {EntryKind.FORCED}
    begun, ended = (one.facts for one in told)
    assert begun == {"output": "exit_release", "active": True, "by": "self-test"}
    assert (ended["output"], ended["active"]) == ("exit_release", False)
    assert 0 < float(ended["after_s.exit_locked"]) < float(ended["for_s"])
    assert 0 < float(ended["after_s.exit_closed"]) < float(ended["for_s"])
    assert told[0].at_s < told[1].at_s
    assert "Lan" not in text
    assert json.loads(text.partition("}{")[0] + "}")["sealed"]


@pytest.mark.bench
def test_nothing_is_driven_that_cannot_be_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "journal.sqlite").write_text("no journal")
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        assert run(bench, "--only", "EG-S170") == 3
        assert "written down" in capsys.readouterr().err
        assert run(bench, "--only", "EG-S140") == 0  # it drives nothing
    assert (tmp_path / "journal.sqlite").read_text() == "no journal"  # it was not put by


@pytest.mark.bench
def test_the_report_draws_how_late_the_ticks_of_the_self_test_were(tmp_path: Path) -> None:
    html = tmp_path / "report.html"
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        run(bench, "--only", "EG-S172", "--html", str(html))
    told = html.read_text()
    assert "lateness of each tick of this self-test" in told.partition("<svg")[2]
