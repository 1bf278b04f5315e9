"""Every key of a document is found on its line, and no text breaks the loader."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from egate.profile.load import find, parse, shipped
from egate.profile.places import find_places
from egate.profile.problem import Place, Problem, ProfileRefused

LINES = find("bench_mantrap").read_text().split("\n")


@pytest.mark.parametrize("name", shipped())
def test_every_key_of_a_shipped_profile_stands_on_the_line_that_is_told(name: str) -> None:
    text = find(name).read_text()
    lines = text.split("\n")
    for path, place in find_places(text, name).places.items():
        assert path[-1] in lines[place.line - 1], f"{path} is not on line {place.line}"


def test_an_absent_key_stands_where_its_table_does() -> None:
    places = find_places("[a]\n[a.b]\nc = 1\n", "x")
    assert places.of(("a", "b", "missing")) == Place("x", 2)
    assert places.of(("missing",)) == Place("x", 1)


def test_dotted_quoted_and_repeated_tables_are_found() -> None:
    text = 'a."b c".d = 1\r\n\r\n[[e.f]]\nx = 1\n[[e.f]]\ny = { z = 1 }\n'
    lines = {path: place.line for path, place in find_places(text, "x").places.items()}
    assert lines["a", "b c", "d"] == 1
    assert lines["e", "f", "x"] == 4
    assert lines["e", "f", "y", "z"] == 6


def test_a_statement_too_long_to_follow_leaves_the_rest_without_lines() -> None:
    text = "a = [\n" + "1,\n" * 100 + "]\nb = 1\n"
    assert find_places(text, "x").of(("b",)) == Place("x", 1)


@settings(max_examples=60, deadline=None)
@given(
    where=st.integers(0, len(LINES) - 1),
    what=st.one_of(st.text(max_size=40), st.sampled_from(LINES), st.just("[[gate]]")),
)
def test_a_spoilt_line_is_accepted_or_refused_with_a_place(where: int, what: str) -> None:
    text = "\n".join([*LINES[:where], what, *LINES[where + 1 :]])
    lines = [problem.place.line for problem in _problems(text)]
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


def _problems(text: str) -> tuple[Problem, ...]:
    try:
        parse(text, "a.toml")
    except ProfileRefused as refusal:
        return refusal.problems
    return ()


def test_this_house_ships_only_profiles_and_the_file_that_makes_them_a_package() -> None:
    folder = Path(find("bench_mantrap")).parent
    names = {file.name for file in folder.iterdir() if not file.name.startswith("__pycache__")}
    assert names == {f"{name}.toml" for name in shipped()} | {"__init__.py"}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_profile_is_refused_whichever_key_is_misspelt(name: str) -> None:
    lines = find(name).read_text().split("\n")
    for number, line in enumerate(lines):
        key, is_setting, rest = line.partition(" = ")
        if not is_setting or key.startswith(("#", "[")):
            continue
        spoilt = "\n".join([*lines[:number], f"{key}x = {rest}", *lines[number + 1 :]])
        assert any(p.place.line == number + 1 for p in _problems(spoilt)), line
