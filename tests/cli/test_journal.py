"""`egate journal`: what it proves, what it erases, and the exit code that says so."""

from collections.abc import Callable
import json
from pathlib import Path
import secrets

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest
from typer.testing import CliRunner

from egate.cli.journal import app
from egate.domain.record import Entry, EntryKind
from egate.journal.key_file import signing_key
from egate.journal.store import Place, open_journal

NOW_S = 1_795_305_600.0  # 2026-11-22
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run() -> Run:
    def command(*words: object, typed: str | None = None) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words], input=typed)
        return result.exit_code, result.stdout, result.stderr

    return command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a journal of one record with a personal field, its keys beside it."""
    key: Ed25519PrivateKey = signing_key(tmp_path / "journal.key", secrets.token_bytes)
    place = Place("lane-1", tmp_path / "journal.sqlite", tmp_path / "day_keys.json")
    entry = Entry(EntryKind.NOTE, 1.0, NOW_S, 1, facts={"what": "x"}, personal={"name": "SPECIMEN"})
    with open_journal(place, key, secrets.token_bytes, lambda: NOW_S) as journal:
        journal.append([entry])
    return place.path


def test_a_sound_journal_verifies_against_the_key_beside_it(run: Run, file: Path) -> None:
    code, out, err = run("verify", file)
    assert code == 0
    assert "1 records, 2 signed checkpoints" in out
    assert "journal.pub" in out
    assert "all of it holds" in out
    assert err == ""


def test_without_a_key_file_it_says_whose_key_it_took(run: Run, file: Path) -> None:
    file.with_name("journal.pub").unlink()
    code, out, _ = run("verify", file)
    assert code == 0
    assert "the one the journal names itself" in out


def test_a_bad_record_is_named_with_exit_code_1(run: Run, file: Path) -> None:
    _change(file, "UPDATE entry SET record = replace(record, 'x', 'y')")
    code, out, _ = run("verify", file)
    assert code == 1
    assert "BAD at record 1: the record does not agree with its hash" in out


def test_another_gate_s_key_does_not_verify_it(run: Run, file: Path, tmp_path: Path) -> None:
    signing_key(tmp_path / "other.key", secrets.token_bytes)
    code, out, _ = run("verify", file, "--key", tmp_path / "other.pub")
    assert code == 1
    assert "not signed by this key" in out


def test_verify_in_json_is_one_object(run: Run, file: Path) -> None:
    _change(file, "DELETE FROM entry")
    code, out, _ = run("verify", file, "--json")
    told = json.loads(out)
    assert code == 1
    assert told["schema"] == "egate.journal.verify/1"
    assert told["holds"] is False
    assert told["fault"] == {"seq": 1, "what": "record 1 is missing"}


def test_a_file_that_is_no_journal_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 999)
    code, out, err = run("verify", tmp_path / "text")
    assert (code, out) == (3, "")
    assert "no database" in err


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("verify", tmp_path / "absent")[0] == 2


def test_an_erased_day_is_gone_and_the_journal_still_verifies(
    run: Run, file: Path, tmp_path: Path
) -> None:
    code, out, _ = run("erase-day", "2026-11-22", "--data", tmp_path, "--yes")
    assert (code, out) == (0, "2026-11-22: its key is erased\n")
    assert run("verify", file)[0] == 0
    code, out, _ = run("erase-day", "2026-11-22", "--data", tmp_path, "--yes", "--json")
    assert code == 1
    assert json.loads(out)["erased"] is False


def test_erasing_asks_first(run: Run, file: Path, tmp_path: Path) -> None:
    before = (tmp_path / "day_keys.json").read_bytes()
    code, _, err = run("erase-day", "2026-11-22", "--data", tmp_path, typed="n\n")
    assert code == 1
    assert "for good?" in err
    assert file.exists()
    assert (tmp_path / "day_keys.json").read_bytes() == before


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "20261122", "2026-W47-7"])
def test_what_is_no_date_is_wrong_usage(day: str, run: Run, tmp_path: Path) -> None:
    assert run("erase-day", day, "--data", tmp_path, "--yes")[0] == 2


def test_day_keys_that_others_may_read_are_named_with_their_cure(run: Run, file: Path) -> None:
    keys = file.with_name("day_keys.json")
    keys.chmod(0o644)
    code, _, err = run("erase-day", "2026-11-22", "--data", file.parent, "--yes")
    assert code == 3
    assert err.count("\n") == 1
    assert "chmod" in err


def test_erasing_where_no_keys_lie_could_not_run(run: Run, tmp_path: Path) -> None:
    code, _, err = run("erase-day", "2026-11-22", "--data", tmp_path, "--yes")
    assert code == 3
    assert "there is no such file" in err


def _change(file: Path, statement: str) -> None:
    connection = apsw.Connection(str(file))
    connection.execute(statement).fetchall()
    connection.close()
