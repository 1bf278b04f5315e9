"""`egate passages`: the list, one passage, the table of times; facts only, never a person."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest
from typer.testing import CliRunner

from egate.cli.passages import app
from egate.domain.record import Entry, EntryKind, Fact
from egate.journal.store import Place, SqliteJournal, open_journal

NOW_S = 1_795_305_600.0  # 2026-11-22T00:00:00Z
Run = Callable[..., tuple[int, str, str]]


def _passage(number: int, walk_s: float) -> list[Entry]:
    """Return a turnstile passage that takes 3.1 s and the walk."""

    def entry(kind: EntryKind, at_s: float, **facts: Fact) -> Entry:
        return Entry(kind, at_s, NOW_S + at_s, number, facts=facts)

    ready_s = 3.1 + walk_s
    return [
        Entry(
            EntryKind.PASSAGE_BEGAN,
            0.2,
            NOW_S,
            number,
            facts={"token": "qr", "token_began_at_s": 0.0, "token_ended_at_s": 0.2},
            personal={"registration": "SPECIMEN"},
        ),
        entry(EntryKind.FINDINGS, 0.5, stage="token", check="passed signed"),
        entry(EntryKind.STATE, 0.6, state="verifying", trouble=""),
        entry(EntryKind.FINDINGS, 2.0, stage="traveller", compute_ms=50.0),
        entry(EntryKind.DECISION, 2.0, stage="traveller", ruling="admit", reasons="[red]\x1b[31m"),
        entry(EntryKind.STATE, 2.1, state="exit_released"),
        entry(EntryKind.INPUT, 3.1, line="exit_closed", active=False),
        entry(EntryKind.PASSAGE_ENDED, ready_s, ending="completed"),
        entry(EntryKind.STATE, ready_s, state="ready"),
    ]


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("lane-1", tmp_path / "journal.sqlite", tmp_path / "day_keys.json")


@pytest.fixture
def journal(place: Place, key: Ed25519PrivateKey) -> Iterator[SqliteJournal]:
    """Give an open journal of two passages and one that is under way."""
    with open_journal(place, key, secrets.token_bytes, lambda: NOW_S) as opened:
        opened.append(_passage(1, walk_s=2.0))
        opened.append(_passage(2, walk_s=4.0))
        opened.append(_passage(3, walk_s=1.0)[:3])
        yield opened


@pytest.fixture
def run(tmp_path: Path, journal: SqliteJournal) -> Run:
    """Run a command while the gate still writes."""

    def command(*words: object) -> tuple[int, str, str]:
        said = CliRunner().invoke(app, [*(str(word) for word in words), "--data", str(tmp_path)])
        assert journal.append([]) == 21
        return said.exit_code, said.stdout, said.stderr

    return command


def test_the_list_has_the_newest_last(run: Run) -> None:
    code, out, _ = run("list")
    lines = [line.split() for line in out.splitlines() if line.strip()[:1].isdigit()]
    assert code == 0
    assert [line[0] for line in lines] == ["1", "2", "3"]
    assert lines[0][1:] == ["2026-11-22", "00:00:00+00:00", "completed", "5.100"]
    assert lines[2][-2:] == ["unfinished", "-"]


def test_the_list_can_be_cut_to_the_newest(run: Run) -> None:
    _, out, _ = run("list", "--last", 1, "--json")
    told = json.loads(out)
    assert told["schema"] == "egate.passages.list/1"
    assert [each["passage"] for each in told["passages"]] == [3]


def test_one_passage_is_told_step_by_step(run: Run) -> None:
    code, out, _ = run("show", 1)
    assert code == 0
    assert "check=passed signed" in out
    assert "ruling=admit" in out
    assert "passage 1: completed, 5.100 s" in out


def test_text_of_the_file_is_shown_and_not_obeyed(run: Run) -> None:
    _, out, _ = run("show", 1)
    assert "[red]\\x1b[31m" in out
    assert "\x1b" not in out


def test_one_passage_in_json_has_its_steps_and_entries(run: Run) -> None:
    _, out, _ = run("show", 2, "--json")
    told = json.loads(out)
    assert told["times"]["steps_s"]["walk_out"] == pytest.approx(4.0)
    assert [each["kind"] for each in told["entries"]][:2] == ["passage_began", "findings"]


@pytest.mark.parametrize("words", [("list",), ("show", 1), ("show", 1, "--json"), ("times",)])
def test_no_command_shows_a_person(words: tuple[object, ...], run: Run) -> None:
    assert "SPECIMEN" not in run(*words)[1]


def test_a_passage_that_never_was_is_exit_code_1(run: Run) -> None:
    code, out, err = run("show", 99)
    assert (code, out, err) == (1, "", "egate: there is no passage 99\n")


def test_the_times_stand_beside_their_budget(run: Run) -> None:
    code, out, _ = run("times")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert code == 0
    assert rows["total"] == ["8", "13", "6.100", "7.100", "2"]
    assert rows["walk_in"] == ["2.2", "3", "-", "-", "0"]
    assert rows["software"] == ["0.3", "1", "0.550", "0.550", "2"]


def test_the_times_in_json_are_numbers(run: Run) -> None:
    _, out, _ = run("times", "--json")
    rows = {row["step"]: row for row in json.loads(out)["steps"]}
    assert rows["walk_out"]["p50_s"] == pytest.approx(3.0)
    assert rows["entry_opens"]["p50_s"] is None


@pytest.mark.parametrize(("name", "why"), [("absent", "No such file"), (".", "it is a directory")])
def test_a_journal_that_is_not_there_is_exit_code_3(tmp_path: Path, name: str, why: str) -> None:
    said = CliRunner().invoke(app, ["list", "--journal", str(tmp_path / name)])
    assert said.exit_code == 3
    assert why in said.stderr
