"""C40: three characters in two bytes, and nothing else in them."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.c40 import ALPHABET, C40Error, decode, encode, encoded_bytes

TEXTS = st.text(alphabet=ALPHABET, max_size=90)
VECTORS = [
    ("VISA01", "DE515826"),  # ICAO 9303-13
    ("", ""),
    ("UTO", "D9C5"),
    ("D<<", "6ABC"),
    ("32", "2CB1"),  # two characters: a pad behind them
    ("0", "FE31"),  # one: its ASCII code plus one
    ("<", "FE21"),
    ("<<<", "133C"),
]


@pytest.mark.parametrize(("text", "raw"), VECTORS)
def test_a_text_and_its_bytes(text: str, raw: str) -> None:
    assert encode(text).hex().upper() == raw
    assert decode(bytes.fromhex(raw)) == text


def test_a_space_is_a_filler() -> None:
    assert encode("A B C") == encode("A<B<C")


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert decode(encode(text)) == text
    assert len(encode(text)) == encoded_bytes(len(text))


@pytest.mark.parametrize("text", ["a", "É", "A\n", "A|B", "-"])
def test_what_has_no_value_is_refused(text: str) -> None:
    with pytest.raises(C40Error):
        encode(text)


@pytest.mark.parametrize(
    "raw",
    [
        "DE",  # half a pair
        "0000",  # stands for nothing
        "FFFF",
        "FE00",  # one character that is none
        "FE62",  # a small letter
        "FE31DE51",  # more after the end
        "2CB1DE51",
        "0001",  # three shifts
        "0672",  # a shift to small letters
    ],
)
def test_other_bytes_are_refused(raw: str) -> None:
    with pytest.raises(C40Error):
        decode(bytes.fromhex(raw))


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        text = decode(raw)
    except C40Error:
        return
    assert decode(encode(text)) == text
