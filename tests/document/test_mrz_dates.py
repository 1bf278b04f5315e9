"""A date of a zone means a day, seen from a day: the century, unknown parts, and what is none."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.mrz_dates import BirthDate, birth_date, expiry_date

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("yymmdd", "born"),
    [
        ("740812", BirthDate(1974, 8, 12)),
        ("000229", BirthDate(2000, 2, 29)),
        ("261122", BirthDate(2026, 11, 22)),
        ("261123", BirthDate(1926, 11, 23)),
        ("270101", BirthDate(1927, 1, 1)),
        ("7408<<", BirthDate(1974, 8)),
        ("74<<<<", BirthDate(1974)),
        ("26<<<<", BirthDate(2026)),
        ("2612<<", BirthDate(1926, 12)),
        ("240229", BirthDate(2024, 2, 29)),
        ("280229", BirthDate(1928, 2, 29)),
    ],
)
def test_a_birth_lies_in_the_last_century_in_which_its_day_has_come(
    yymmdd: str, born: BirthDate
) -> None:
    assert birth_date(yymmdd, TODAY) == born


@pytest.mark.parametrize(
    "unknown",
    ["<<<<<<", "740230", "741301", "740800", "7400<<", "74<<12", "<<0812", "7408", "74081O"],
)
def test_what_is_no_day_of_birth_is_none(unknown: str) -> None:
    assert birth_date(unknown, TODAY) is None


@pytest.mark.parametrize(
    ("yymmdd", "last"),
    [
        ("261122", date(2026, 11, 22)),
        ("120415", date(2012, 4, 15)),
        ("561231", date(2056, 12, 31)),
        ("570101", date(1957, 1, 1)),
        ("991231", date(1999, 12, 31)),
        ("280229", date(2028, 2, 29)),
    ],
)
def test_a_document_ends_within_thirty_years_or_has_ended(yymmdd: str, last: date) -> None:
    assert expiry_date(yymmdd, TODAY) == last


@pytest.mark.parametrize("unknown", ["<<<<<<", "2612<<", "260230", "261300", "", "26112\u0662"])
def test_what_is_no_day_of_expiry_is_none(unknown: str) -> None:
    assert expiry_date(unknown, TODAY) is None


@given(st.text("0123456789<", max_size=7), st.dates(date(1990, 1, 1), date(2199, 12, 31)))
def test_whatever_the_date_it_is_a_day_or_none(text: str, seen_on: date) -> None:
    born = birth_date(text, seen_on)
    assert born is None or born.earliest <= seen_on
    last = expiry_date(text, seen_on)
    assert last is None or seen_on.year - 69 <= last.year <= seen_on.year + 30


@given(st.dates(date(1927, 1, 1), TODAY))
def test_everybody_under_a_hundred_is_born_on_their_day(born: date) -> None:
    assert birth_date(born.strftime("%y%m%d"), TODAY) == BirthDate(born.year, born.month, born.day)
