"""`egate` and `egate profile` as a person or a script meets them: words out, exit code."""

import json
from pathlib import Path
import subprocess
import sys
import tomllib

import pytest

from egate import cli
from egate.cli.output import printable, show_table
from egate.profile.load import find, load, parse, shipped


def egate(*words: str) -> int:
    return int(cli.carry_out(list(words)))


def test_list_names_every_shipped_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert egate("profile", "list") == 0
    text = capsys.readouterr().out
    assert all(name in text for name in shipped())


def test_list_as_json_is_one_object_with_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert egate("profile", "list", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.profile.list/1"
    assert sorted(told["profiles"]) == list(shipped())


@pytest.mark.parametrize("name", shipped())
def test_what_show_prints_is_the_same_profile_again(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert egate("profile", "show", name) == 0
    assert parse(capsys.readouterr().out, "shown.toml") == load(find(name))


def test_show_as_json_holds_defaults_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert egate("profile", "show", "bench_mantrap", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["profile"]["limits"]["hint_s"] == 5.0


def test_check_accepts_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert egate("profile", "check", "pi_mantrap_gpio") == 0
    assert capsys.readouterr().out == "pi_mantrap_gpio: accepted\n"


def test_check_refuses_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        'extends = "bench_mantrap"\nx = "\\u001b[31m [red]"\n[limits]\nreading_ms = 1\n'
    )
    assert egate("profile", "check", str(file)) == 1
    out = capsys.readouterr().out
    assert f"{file}:4: limits.reading_ms = 1: unknown key; did you mean reading_s?" in out
    assert "\x1b" not in out
    assert "[red]" in out


def test_check_as_json_tells_each_problem_by_its_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.toml"
    file.write_text('extends = "bench_mantrap"\n[limits]\nreading_s = 900\n')
    assert egate("profile", "check", str(file), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["accepted"] is False
    assert told["problems"] == [
        {
            "place": {"file": str(file), "line": 3},
            "key": "limits.reading_s",
            "what": "out of bounds",
            "value": "900",
            "bound": "a number, 1 to 60",
            "nearest": "",
        }
    ]


def test_a_profile_that_is_not_there_could_not_be_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert egate("profile", "check", "bench_mantrop") == 3
    assert "did you mean bench_mantrap?" in capsys.readouterr().err


def test_show_of_a_refused_profile_tells_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[gate]\n")
    assert egate("profile", "show", str(file)) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "gate.name: missing" in told.err


@pytest.mark.parametrize(
    "words", [["profile", "check"], ["profile", "list", "--jsn"], ["nope"], ["profile", "nope"], []]
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert egate(*words) == 2


def test_what_no_command_expected_is_one_line_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "broken", ("egate.cli.nowhere", "A command without a file."))
    monkeypatch.delenv("EGATE_TRACEBACK", raising=False)
    assert egate("broken") == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("egate: ModuleNotFoundError")


def test_a_developer_may_ask_for_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "broken", ("egate.cli.nowhere", "A command without a file."))
    monkeypatch.setenv("EGATE_TRACEBACK", "1")
    with pytest.raises(ModuleNotFoundError):
        egate("broken")


def test_version_as_json_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert egate("version", "--json") == 0
    assert json.loads(capsys.readouterr().out)["egate"] == project["project"]["version"]


def test_help_imports_no_command_and_no_native_library() -> None:
    asked = (
        "import sys; from egate import cli; cli.carry_out(['--help']); "
        "print(*(m for m in ('pydantic', 'cv2', 'numpy', 'apsw', 'cryptography', 'egate.profile')"
        " if m in sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == ""
    assert all(name in ran.stdout for name in cli.COMMANDS)


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert egate(name, "--help") == 0
    assert f"Usage: egate {name}" in capsys.readouterr().out


def test_every_file_that_holds_a_command_is_listed() -> None:
    files = Path(cli.__file__).parent.glob("*.py")
    holding = {file.stem for file in files if "\napp = typer.Typer(" in file.read_text()}
    listed = {module.removeprefix("egate.cli.") for module, _ in cli.COMMANDS.values()}
    assert holding == listed


def test_a_table_shows_text_from_files_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name",), [("[bold]a\x1b[31m\u202e",)])
    assert r"[bold]a\x1b[31m\u202e" in capsys.readouterr().out


def test_letters_of_every_script_are_printable() -> None:
    assert printable("Nguyễn ຂໍ ភា") == "Nguyễn ຂໍ ភា"
