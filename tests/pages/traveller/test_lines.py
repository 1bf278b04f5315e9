"""The lines of the screen: whole in every language, short, and each in its own script."""

import re
import unicodedata

import pytest

from egate.domain.language import Language
from egate.domain.signs import SIGNS, Part
from egate.pages.traveller.lines import FOLDER, LinesRefused, all_lines, read_lines

LONGEST = {"vi": 28, "en": 30, "zh": 10, "lo": 40, "km": 32}  # two lines of large type
SCRIPT = {"vi": "LATIN", "en": "LATIN", "zh": "CJK UNIFIED", "lo": "LAO", "km": "KHMER"}
PUNCTUATION = " ,\N{FULLWIDTH COMMA}\N{NO-BREAK SPACE}\N{WORD JOINER}"
INTERNATIONAL = re.compile("QR")
VIETNAMESE = re.compile("[a-zà-ỹđ ,\N{NO-BREAK SPACE}]+", re.IGNORECASE)


def words(language: Language) -> dict[str, str]:
    lines = all_lines()[language]
    return {"name": lines.name, **lines.say, **lines.part, **lines.page}


def test_there_is_a_catalogue_for_every_language_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*Language}


@pytest.mark.parametrize("language", Language)
def test_no_line_is_missing(language: Language) -> None:
    lines = all_lines()[language]
    assert [*lines.say] == [*map(str, SIGNS)]
    assert [*lines.part] == [*map(str, Part)]


@pytest.mark.parametrize("language", Language)
def test_every_line_is_short_and_ends_without_a_stop(language: Language) -> None:
    for key, text in all_lines()[language].say.items():
        assert 2 <= len(text) <= LONGEST[language], (key, len(text))
        assert text == text.strip()
        assert text[-1] not in ".!。", key


@pytest.mark.parametrize("language", Language)
def test_every_character_is_of_the_languages_own_script(language: Language) -> None:
    for key, text in words(language).items():
        assert text == unicodedata.normalize("NFC", text), key
        for character in INTERNATIONAL.sub("", text).replace("camera", ""):
            name = unicodedata.name(character)
            assert character in PUNCTUATION or name.startswith(SCRIPT[language]), (key, name)


def test_english_is_plain_ascii_and_vietnamese_uses_its_own_letters_only() -> None:
    english = "".join(words(Language.ENGLISH).values())
    assert english.replace("\N{NO-BREAK SPACE}", " ").isascii()
    vietnamese = words(Language.VIETNAMESE).values()
    assert all(VIETNAMESE.fullmatch(text) for text in vietnamese)
    assert any(not text.isascii() for text in vietnamese)


@pytest.mark.parametrize("language", Language)
def test_no_two_signs_that_ask_for_different_things_read_alike(language: Language) -> None:
    said = all_lines()[language].say
    alike = {key: text for key, text in said.items() if [*said.values()].count(text) > 1}
    assert alike == {}


WHOLE = (FOLDER / "en.toml").read_text()


@pytest.mark.parametrize(
    "spoilt",
    [
        WHOLE.replace('walk_in = "Please walk in"\n', ""),
        WHOLE.replace('"Please walk in"', '"  "'),
        WHOLE.replace('"Please walk in"', "3"),
        WHOLE.replace("[part]", 'dance = "Dance"\n[part]'),
        WHOLE.replace("[say]", "[said]"),
        WHOLE.replace('name = "English"', ""),
    ],
)
def test_a_catalogue_that_is_not_whole_is_refused(spoilt: str) -> None:
    assert spoilt != WHOLE
    with pytest.raises(LinesRefused):
        read_lines(spoilt)
