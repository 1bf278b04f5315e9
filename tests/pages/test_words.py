"""The office's words: whole in both languages, each used, and each with the same values in it."""

from pathlib import Path
import re
from string import Formatter

import pytest

from egate.domain.effect import Purpose
from egate.domain.lane_part import Door, Input, Shape
from egate.domain.lane_state import LaneState
from egate.lane import LaneSettings, Memory, guard
from egate.loop.presence import DEVICES_OF, ITSELF
from egate.pages import words
from egate.pages.desk import ACTIONS, Refusal
from egate.pages.words import FOLDER, LANGUAGES, WordsRefused, read_catalogue, read_words

PAGES = Path(words.__file__).parent
TEMPLATES = "\n".join(
    file.read_text()
    for file in sorted((PAGES / "templates").iterdir())
    if file.name != "traveller.html"
)
SCRIPTS = "\n".join(
    (PAGES / "static" / f"{name}.js").read_text() for name in ("office", "console", "service")
)
BUILT = {  # keys of templates and scripts that are put together from a part and a name
    "page": {"reason_", "about_"},
    "script": {"stage_"},
}
PUT_TOGETHER = {"passed", "failed", "warned", "not_done", "nobodys_key", "too_many_people"}
VERBS = {"release", "lock", "light", "darken", "sound", "hush"}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_missing_and_none_is_too_many(language: str) -> None:
    told, english = read_words(language), read_words("en")
    assert {name: {*table} for name, table in told.tables.items()} == {
        name: {*table} for name, table in english.tables.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_has_the_values_of_the_english_one(language: str) -> None:
    told, english = read_words(language), read_words("en")
    other = [
        f"{table}.{key}"
        for table, lines in english.tables.items()
        for key, line in lines.items()
        if names_in(line) != names_in(told.of(table, key))
    ]
    assert other == []


def test_the_two_languages_are_two() -> None:
    english, vietnamese = read_words("en"), read_words("vi")
    same = [
        f"{table}.{key}"
        for table, lines in english.tables.items()
        for key, line in lines.items()
        if line == vietnamese.of(table, key)
    ]
    cameras = ["devices.camera", "parts.camera"]  # the same word in both
    assert same == [*cameras, "hands.felt_line"]  # and a time and a line: no word of ours


def test_every_word_that_templates_and_scripts_say_is_there_and_none_is_idle() -> None:
    english = read_words("en")
    for table, text in (("page", TEMPLATES), ("script", SCRIPTS)):
        said = set(re.findall(r'say\("(\w+)"', text))
        held = {*english.tables[table]}
        begun = {key for key in held if any(key.startswith(part) for part in BUILT[table])}
        assert said - BUILT[table] - held == set(), table
        chosen = {key for key in held if f'"{key}"' in text}
        assert held - said - begun - chosen - PUT_TOGETHER - VERBS == set(), table


def test_every_refusal_action_device_and_condition_has_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    english = read_words("en").tables
    assert {*english["refusals"]} == {*Refusal}
    assert {*english["actions"]} == {*ACTIONS}
    devices = {name for held in (*DEVICES_OF.values(), *ITSELF.values()) for name in held}
    assert {*english["devices"]} == devices | {"board", "journal"}
    monkeypatch.setattr(guard, "_unless", lambda **conditions: tuple(conditions))
    settings, purpose = LaneSettings(Shape.MANTRAP), Purpose.FORCED_BY_TECHNICIAN
    asked = set(guard.objections(Memory(), settings, Door.EXIT, purpose))
    assert asked <= {*english["against"]}


def test_a_catalogue_that_is_not_whole_is_refused() -> None:
    text = (FOLDER / "en.toml").read_text()
    for spoilt in (
        text.replace('ready = "Ready"\n', "", 1),
        text.replace('ready = "Ready"\n', 'ready = "Ready"\nmany = "x"\n', 1),
        text.replace('"Ready"', '""', 1),
        text.replace("[hands]", "[feet]"),
        text.replace('name = "English"\n', ""),
    ):
        assert spoilt != text
        with pytest.raises(WordsRefused):
            read_catalogue(spoilt, "en")


def test_a_language_that_nobody_wrote_is_english() -> None:
    assert read_words("xx").of("states", LaneState.READY) == "Ready"
    assert read_words("vi").line(Input.EXIT_LOCKED, active=False) == "cửa ra không khóa"
