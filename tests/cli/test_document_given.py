"""What a person types to open a chip: taken in every form it may have, or refused in words."""

from io import BytesIO, StringIO, TextIOWrapper

from hypothesis import given as drawn
from hypothesis import strategies as st
import pytest

from egate.cli.document_given import Given, NotUsable, given
from egate.document import mrz
from egate.document.mrz_key import MrzKey
from egate.document.reading_result import Access
from egate.domain.check import Outcome
from simulators.document_factory import IDENTITY_CARD, PASSPORT

KEY = MrzKey("L898902C3", "740812", "310415")
NOTHING = StringIO()
ZONE = mrz.encode(PASSPORT)
CARD = mrz.encode(IDENTITY_CARD)


def zone(*parts: str, typed: str = "") -> Given:
    return given(parts, None, None, StringIO(typed))


@pytest.mark.parametrize(
    "parts",
    [ZONE, ("\n".join(ZONE),), ("/".join(ZONE),), ("".join(ZONE),), ("/".join(ZONE).lower(),),
     (f"{ZONE[0]} / {ZONE[1]}\n",)],
)  # fmt: skip
def test_a_zone_is_taken_however_its_lines_are_parted(parts: tuple[str, ...]) -> None:
    taken = zone(*parts)
    assert taken.printed.lines == ZONE
    assert (taken.access, taken.has_page) == (Access(mrz=KEY), True)


@pytest.mark.parametrize(
    "typed",
    ["\n".join(ZONE), "\r\n".join(ZONE) + "\r\n", "/".join(ZONE), "\n".join(ZONE) + "\nmore\n"],
)
def test_a_zone_is_read_from_standard_input_to_its_last_line(typed: str) -> None:
    assert zone("-", typed=typed).printed.mrz == PASSPORT


def test_a_card_of_three_lines_is_read_from_standard_input() -> None:
    assert zone("-", typed="\n".join((*CARD, "more"))).printed.mrz == IDENTITY_CARD


@pytest.mark.parametrize("text", ["L898902C3,740812,310415", "l898902c3<, 740812,310415 ", "-"])
def test_three_fields_open_a_chip_and_are_no_page(text: str) -> None:
    taken = given((), text, None, StringIO("L898902C3,740812,310415\n"))
    assert (taken.access, taken.has_page) == (Access(mrz=KEY), False)
    assert {one.outcome for one in taken.printed.findings} == {Outcome.NOT_DONE}


@pytest.mark.parametrize("text", ["123456", "-"])
def test_a_card_access_number_opens_a_chip(text: str) -> None:
    assert given((), None, text, StringIO("123456\n")).access == Access(can="123456")


REFUSED: list[tuple[tuple[tuple[str, ...], str | None, str | None], str]] = [
    (((), None, None), "one of --mrz, --mrz-key and --can"),
    ((ZONE, None, "123456"), "one of --mrz, --mrz-key and --can"),
    (((), None, "12345"), "six digits"),
    (((), None, "١٢٣٤٥٦"), "six digits"),
    (((), None, ""), "six digits"),
    (((), "L898902C3,740812", None), "NUMBER,YYMMDD,YYMMDD"),
    (((), "L898902C3,12.8.74,310415", None), "a date is YYMMDD"),
    (((), ",740812,310415", None), "a document number has"),
    (((ZONE[0],), None, None), "here are lines of 44"),
    (((ZONE[0], ZONE[1][:-1]), None, None), "here are lines of 44 and 43"),
    (((ZONE[0], ZONE[1].replace("L", "ß")), None, None), "hostile characters"),
    (((ZONE[0], ZONE[1].replace("C36", "C35")), None, None), "number_has_its_digit: digit_differs"),
    (((ZONE[0], "<" * 9 + "0" + ZONE[1][10:]), None, None), "bad document number"),
    ((("-",), None, None), "here are lines of no"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "words"), REFUSED)
def test_what_cannot_be_used_is_refused_in_words(
    typed: tuple[tuple[str, ...], str | None, str | None], words: str
) -> None:
    with pytest.raises(NotUsable, match=words):
        given(*typed, StringIO())


def test_a_wrong_digit_that_opens_nothing_is_a_finding_and_not_refused() -> None:
    taken = zone(ZONE[0], ZONE[1][:-1] + "5")
    assert [one.reason for one in taken.printed.findings][-1] == "digit_differs"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotUsable, match="no text"):
        given(("-",), None, None, TextIOWrapper(BytesIO(b"\xff\xfe" * 50), encoding="utf-8"))


def refusal_of(mrz: list[str], key: str | None, can: str | None) -> str:
    try:
        given(mrz, key, can, NOTHING)
    except NotUsable as refusal:
        return str(refusal)
    return ""


@drawn(st.text("XZ0123456789<#é", min_size=6))
def test_nothing_that_was_typed_is_told_again(text: str) -> None:
    refusals = (
        refusal_of([text], None, None),
        refusal_of([], text, None),
        refusal_of([], None, text),
    )
    assert not any(text in refusal for refusal in refusals)
    assert refusals[1]
