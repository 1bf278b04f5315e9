"""Names in national letters are spelled as the standard lets an issuer spell them.

Source: ICAO 9303-3, section 6 (tables A and B) and 4.6 (examples of names).
"""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.transliteration import MAX_NAME, spells, transliterate


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("Anna Maria", "ANNA MARIA"),
        ("Nguyễn Thị Ngọc Ánh", "NGUYEN THI NGOC ANH"),
        ("Đặng Ưu Ơn", "DANG UU ON"),
        ("Smith-Jones", "SMITH JONES"),
        ("O'Connor", "OCONNOR"),
        ("Van der Müllen", "VAN DER MUELLEN"),
        ("Ævarsdóttir", "AEVARSDOTTIR"),
        ("Þuríður", "THURIDUR"),
        ("Groß", "GROSS"),
        ("Łukasz Żółć", "LUKASZ ZOLC"),
        ("Щербаков", "SHCHERBAKOV"),
        ("Юлия", "IULIIA"),
        ("İnci Iş\u0131k", "INCI ISIK"),
        ("  D'Artagnan , Jr. ", "DARTAGNAN JR"),
        ("山", ""),
    ],
)
def test_a_name_has_a_preferred_spelling(name: str, spelling: str) -> None:
    assert transliterate(name) == spelling
    assert spells(spelling, name)


@pytest.mark.parametrize("identifier", ["MUELLER", "MULLER", "MUXXLLER"])
def test_every_spelling_an_issuer_may_choose_is_one(identifier: str) -> None:
    assert spells(identifier, "Müller")
    assert spells(identifier, "Mu\u0308ller")


@pytest.mark.parametrize("identifier", ["", "MUELLE", "MUELLERS", "MOLLER", "müller", "MÜLLER"])
def test_what_is_no_spelling_is_none(identifier: str) -> None:
    assert not spells(identifier, "Müller")


@pytest.mark.parametrize("cut", ["NILAVADHANANANDA CHA", "N", "NILAVADHANANANDA CHAYAPA"])
def test_a_name_that_was_cut_off_is_known_by_its_beginning(cut: str) -> None:
    assert spells(cut, "Nilavadhanananda Chayapa", is_truncated=True)
    assert not spells(cut[:-1] + "X", "Nilavadhanananda Chayapa", is_truncated=True)


def test_a_name_may_be_cut_inside_a_letters_spelling() -> None:
    assert spells("SHC", "Щербаков", is_truncated=True)
    assert not spells("SHX", "Щербаков", is_truncated=True)


@given(st.text(max_size=60))
def test_whatever_the_name_its_own_spelling_spells_it(name: str) -> None:
    spelling = transliterate(name)
    assert set(spelling) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    assert spells(spelling, name)


def test_a_hostile_name_costs_no_time() -> None:
    assert not spells("UE" * 40 + "Z", "Ü" * 10_000)
    assert len(transliterate("Щ" * 10_000)) == 4 * MAX_NAME
