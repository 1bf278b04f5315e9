"""`egate selftest --interactive` at a real terminal, with a technician's hands at the bench."""

from collections.abc import Iterator
import json
from pathlib import Path
import xml.etree.ElementTree as ET

import pytest

from egate.cli import carry_out
from egate.domain.lane_part import Output, Shape
from egate.selftest.person import Wish
from tests.cli.at_terminal import Terminal
from tests.faults.bench import FaultBench, suit_the_bench
from tests.faults.proof import MOST_RUNS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(150)]
LAMP = ("--only", "EG-S190.stop")
ASKED = ("170", "171", "180", "181", "182", "190", "199", "203", "232", "213", "221")
EVERY_DEED = [word for number in ASKED for word in ("--only", f"EG-S{number}")]  # no picture drawn
BEAM = ("--only", "EG-S180.exit")


@pytest.fixture
def turnstile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultBench]:
    suit_the_bench(monkeypatch.setattr)
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        yield bench


def reports(bench: FaultBench) -> tuple[str, ...]:
    html, junit = bench.folder / "report.html", bench.folder / "report.xml"
    return ("--json", "--html", str(html), "--junit", str(junit))


def told(terminal: Terminal) -> dict[str, dict[str, str]]:
    report = json.loads(terminal.out.read_text())
    return {check["id"]: check for check in report["checks"]}


def is_at_rest(bench: FaultBench) -> bool:
    plant = bench.bench.plant
    lit = (Output.STOP, Output.EXIT_GO, Output.SOUNDER)
    return all(leaf.is_closed and leaf.bolted for leaf in plant.leaves.values()) and not any(
        plant.is_energised(output) for output in lit
    )


def lost_its_board(terminal: Terminal) -> bool:
    """Say whether the machine had no time for the board's bounds, which is no fault of it."""
    return told(terminal)["EG-S199"]["outcome"] != "passed"


def test_every_question_can_be_answered_and_all_reports_come_together(
    turnstile: FaultBench,
) -> None:
    for _ in range(MOST_RUNS):
        with Terminal(turnstile, *reports(turnstile), "--repeat", "2", *EVERY_DEED) as terminal:
            status = terminal.attend()
        if not lost_its_board(terminal):
            break
    assert status == 0, terminal.screen[-3000:]
    report = json.loads(terminal.out.read_text())
    assert (report["broken_off"], report["ended"]) == (False, 0)
    outcomes = {check["outcome"] for check in report["checks"]}
    assert outcomes == {"passed", "not_applicable"}
    assert {check["rounds"] for check in report["checks"]} == {2}
    assert "EG-S180.exit" in (turnstile.folder / "report.html").read_text()
    junit = ET.parse(turnstile.folder / "report.xml").getroot()
    assert junit.findall(".//failure") == []
    assert len(junit.findall(".//testcase")) >= len(report["checks"])
    assert is_at_rest(turnstile)


def test_a_whole_round_is_asked_in_vietnamese(turnstile: FaultBench) -> None:
    only = ("--only", "EG-S180.exit", "--only", "EG-S190", "--only", "EG-S131")
    with Terminal(turnstile, "--json", *only, lang="vi") as terminal:
        words = {Wish.IS_LAMP_LIT: lambda it: it.type("có\n")}
        assert terminal.attend(words) == 0, terminal.screen[-3000:]


def test_a_wrong_answer_is_told_as_the_technicians_word(turnstile: FaultBench) -> None:
    with Terminal(turnstile, "--json", *LAMP) as terminal:
        assert terminal.attend({Wish.IS_LAMP_LIT: lambda it: it.type("n\n")}) == 1
    lamp = told(terminal)["EG-S190.stop"]
    assert (lamp["outcome"], lamp["reason"]) == ("failed", "denied")
    assert "technician" in lamp["finding"]


def test_what_cannot_be_done_is_not_done_and_no_fault_of_the_device(turnstile: FaultBench) -> None:
    with Terminal(turnstile, "--json", *BEAM) as terminal:
        assert terminal.attend({Wish.BREAK_BEAM: lambda it: it.type("n\n")}) == 0
    beam = told(terminal)["EG-S180.exit"]
    assert (beam["outcome"], beam["reason"]) == ("not_done", "person_cannot")


def test_what_is_said_to_be_done_and_does_not_show_is_a_fault_at_once(
    turnstile: FaultBench,
) -> None:
    with Terminal(turnstile, "--json", *BEAM) as terminal:
        assert terminal.attend({Wish.BREAK_BEAM: lambda it: it.type("\n")}) == 1
    beam = told(terminal)["EG-S180.exit"]
    assert (beam["outcome"], beam["reason"]) == ("failed", "not_broken")
    assert float(beam["took_s"]) < 10.0  # of 20 s that it would wait


def test_other_words_show_the_keys_again_and_what_was_typed_before_is_no_answer(
    turnstile: FaultBench,
) -> None:
    def hesitates(terminal: Terminal) -> None:
        terminal.shows("y or n, then Enter")
        shown = terminal.screen.count("y or n, then Enter")
        terminal.type("maybe\n")
        while terminal.screen.count("y or n, then Enter") <= shown:
            terminal.shows("y or n, then Enter")
            assert terminal._hears()
        terminal.type("y\n")

    with Terminal(turnstile, "--json", *LAMP) as terminal:
        terminal.type("n\nn\nn\n")  # long before anything is asked
        assert terminal.attend({Wish.IS_LAMP_LIT: hesitates}) == 0, terminal.screen[-2000:]


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_broken_off_it_rests_every_output_and_reports(turnstile: FaultBench, keys: str) -> None:
    def breaks_off(terminal: Terminal) -> None:
        terminal.shows("y or n")
        assert turnstile.bench.plant.is_energised(Output.STOP)
        terminal.type(keys)

    words = (*reports(turnstile), *LAMP, *BEAM)
    with Terminal(turnstile, *words) as terminal:
        assert terminal.attend({Wish.IS_LAMP_LIT: breaks_off}) == 3, terminal.screen[-2000:]
    assert is_at_rest(turnstile)
    assert "broken off" in terminal.screen
    assert json.loads(terminal.out.read_text())["broken_off"] is True
    checks = told(terminal)
    assert {checks[name]["reason"] for name in ("EG-S190.stop", "EG-S180.exit")} == {"stopped"}
    assert checks["EG-S103"]["outcome"] == "passed"
    assert "EG-S180.exit" in (turnstile.folder / "report.xml").read_text()
    where = ("--profile", str(turnstile.bench.profile), "--data", str(turnstile.folder))
    assert carry_out(["selftest", *where, "--only", "EG-S103"]) == 0  # its place is free again


def test_a_door_that_is_let_go_is_taken_back_when_it_is_broken_off(tmp_path: Path) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        bench.change(lambda made: made.plant.faults.jammed.update(made.plant.leaves))

        def breaks_off(terminal: Terminal) -> None:
            assert not next(iter(bench.bench.plant.leaves.values())).bolted
            terminal.type("\x03")

        with Terminal(bench, "--json", "--only", "EG-S170") as terminal:
            assert terminal.attend({Wish.IS_LEAF_OPEN: breaks_off}) == 3
        assert is_at_rest(bench)


def test_a_terminal_that_is_closed_leaves_outputs_at_rest_and_a_report(
    turnstile: FaultBench,
) -> None:
    words = (*reports(turnstile), *LAMP, *BEAM)
    with Terminal(turnstile, *words) as terminal:
        asked = terminal.asked()
        while asked is not None and asked[0] is not Wish.IS_LAMP_LIT:
            terminal.do(asked)
            asked = terminal.asked()
        terminal.close()
        assert terminal.ended() == 3
    assert is_at_rest(turnstile)
    assert json.loads(terminal.out.read_text())["broken_off"] is True
    assert "EG-S180.exit" in (turnstile.folder / "report.html").read_text()
