"""The key of a chip from its zone: the worked examples of 9303-11, and what it does not show."""

import pytest

from egate.document.mrz import read, split
from egate.document.mrz_key import MrzKey


@pytest.mark.parametrize(
    ("key", "information"),
    [
        (MrzKey("L898902C", "690806", "940623"), b"L898902C<369080619406236"),
        (MrzKey("D23145890734", "340712", "950712"), b"D23145890734934071279507122"),
        (MrzKey("T22000129", "640812", "101031"), b"T22000129364081251010318"),
    ],
)
def test_the_information_is_that_of_the_worked_examples(key: MrzKey, information: bytes) -> None:
    assert key.information == information


def test_the_seed_is_that_of_appendix_d() -> None:
    key = MrzKey("L898902C", "690806", "940623")
    assert key.key_seed == bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
    assert key.password == bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAEDF477565")


def test_a_chip_is_named_by_its_number_as_the_zone_has_it() -> None:
    assert MrzKey("L898902C", "690806", "940623").numbered == b"L898902C<3"
    assert MrzKey("D23145890734", "340712", "950712").numbered == b"D231458907349"


def test_a_zone_gives_its_key_whatever_its_digits() -> None:
    text = (
        "I<UTOD23145890<7349<<<<<<<<<<<\n"
        "3407127M9507122UTO<<<<<<<<<<<2\n"
        "STEVENSON<<PETER<JOHN<<<<<<<<<"
    )
    mrz = read(split(text)).mrz
    wrong_digit = read(split(text.replace("3407127", "3407120"))).mrz
    assert mrz is not None
    assert wrong_digit is not None
    assert mrz.key == wrong_digit.key == MrzKey("D23145890734", "340712", "950712")


@pytest.mark.parametrize(
    "wrong",
    [("", "690806", "940623"), ("l89", "690806", "940623"), ("L", "6908", "940623"),
     ("L", "690806", "94062\n"), ("A" * 24, "690806", "940623")],
)  # fmt: skip
def test_what_can_be_no_key_is_refused_without_being_shown(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"document number|YYMMDD") as error:
        MrzKey(*wrong)
    assert "6908" not in str(error.value)


def test_a_key_does_not_show_itself() -> None:
    assert repr(MrzKey("L898902C", "690806", "940623")) == "MrzKey()"
