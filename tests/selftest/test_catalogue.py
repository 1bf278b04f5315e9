"""Every language says everything a check may say, with the same figures, and nothing else."""

import pytest

from egate.selftest.catalogue import LANGUAGES, Catalogue, read_catalogue
from egate.selftest.check import Answer, Check, Outcome, Reason, Result
from egate.selftest.runner import COMMON, NEED_NOT_MET
from tests.selftest.every_check import EVERY_CHECK
from tests.selftest.texts_held import all_keys, gaps, placeholders, used_keys

SHOWN_ANYHOW = ("words.", "devices.")  # held by the tests of the pages that show them


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language: str) -> None:
    assert list(gaps(read_catalogue(language), EVERY_CHECK, COMMON)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_there_that_nobody_can_see(language: str) -> None:
    idle = all_keys(read_catalogue(language)) - used_keys(EVERY_CHECK, COMMON)
    assert {key for key in idle if not key.startswith(SHOWN_ANYHOW)} == set()


def test_every_language_has_the_same_keys() -> None:
    english, *others = (all_keys(read_catalogue(language)) for language in LANGUAGES)
    assert others == [english] * len(others)


def flat(language: str) -> dict[str, str]:
    tables = read_catalogue(language)
    found = {}
    for key in all_keys(tables):
        value: object = tables.tables
        for name in key.split("."):
            value = value[name]  # type: ignore[index]  # a key that all_keys told
        found[key] = str(value)
    return found


def test_every_language_has_the_same_placeholders() -> None:
    english, *others = (flat(language) for language in LANGUAGES)
    for other in others:
        for key, text in english.items():
            assert placeholders(other[key]) == placeholders(text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_one_line_that_fits_beside_the_others(language: str) -> None:
    for key, text in flat(language).items():
        assert text == text.strip(), key
        assert "\n" not in text, key
        assert 0 < len(text) <= 160, key


def test_vietnamese_is_not_english() -> None:
    english, vietnamese = flat("en"), flat("vi")
    same = {key for key in english if english[key] == vietnamese[key]}
    assert {key for key in same if ".says." in key or key.endswith(".title")} == set()


BAD = Reason("bad", Outcome.FAILED, ("count",))
CHECK: Check[None] = Check("EG-A001", "host", (BAD,), lambda _: Answer(BAD, {"count": 1}))
SAYS = {"finding": "{count} are bad", "cure": "mend {device}"}


def told(says: dict[str, str]) -> Catalogue:
    runner = read_catalogue("en").tables["runner"]
    check = {"title": "a", "says": {"bad": says}}
    return Catalogue("en", {"EG-A001": check, "devices": {"host": "it"}, "runner": runner})


@pytest.mark.parametrize(
    ("says", "found"),
    [
        (SAYS, []),
        ({"finding": "{count} are bad"}, ["EG-A001: bad.cure"]),
        (SAYS | {"cause": "x"}, ["EG-A001: bad.cause"]),
        (SAYS | {"finding": "bad"}, ["EG-A001: bad has other placeholders than ['count']"]),
        (SAYS | {"cure": "{who}"}, ["EG-A001: bad has other placeholders than ['count']"]),
    ],
)
def test_what_is_missing_in_a_catalogue_is_noticed(says: dict[str, str], found: list[str]) -> None:
    assert list(gaps(told(says), [CHECK], ())) == found


def test_a_line_is_filled_with_what_was_found() -> None:
    result = Result("EG-A001", "host", Answer(BAD, {"count": 2.0}))
    assert (told(SAYS).finding(result), told(SAYS).cure(result)) == ("2 are bad", "mend it")


def test_a_need_is_named_with_its_title() -> None:
    answer = Answer(NEED_NOT_MET, {"check": "EG-A001"})
    finding = told(SAYS).finding(Result("EG-Z001", "host", answer, is_own=False))
    assert finding == "waits for EG-A001 (a)"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(LookupError, match="en, vi"):
        read_catalogue("../en")
