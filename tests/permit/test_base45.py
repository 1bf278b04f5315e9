"""Base45 against the check values of its standard, and against everything that is none."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.permit.base45 import ALPHABET, Base45Error, decode, encode

RFC_9285 = (  # section 4.3 and 4.4
    (b"AB", "BB8"),
    (b"Hello!!", "%69 VD92EX0"),
    (b"base-45", "UJCLQE7W581"),
    (b"ietf!", "QED8WEX0"),
    (b"", ""),
)


@pytest.mark.parametrize(("raw", "text"), RFC_9285)
def test_the_check_values_of_the_standard_hold_both_ways(raw: bytes, text: str) -> None:
    assert encode(raw) == text
    assert decode(text) == raw


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("BB", "truncated"),  # 11 + 11 * 45 = 506, over one byte
        ("GGX", "bad_structure"),  # 65536, the standard's own example
        ("::", "truncated"),
        (":::", "bad_structure"),
        ("B", "truncated"),
        ("BB8B", "truncated"),
        ("bb8", "hostile_characters"),
        ("BB8\n", "hostile_characters"),
        ("BB\u0038\u0660", "hostile_characters"),
    ],
)
def test_what_no_bytes_encode_to_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Base45Error) as caught:
        decode(text)
    assert caught.value.reason == reason


@given(st.binary(max_size=64))
def test_any_bytes_come_back(raw: bytes) -> None:
    assert decode(encode(raw)) == raw


@given(st.text(ALPHABET, max_size=30))
def test_no_two_texts_stand_for_the_same_bytes(text: str) -> None:
    try:
        raw = decode(text)
    except Base45Error:
        return
    assert encode(raw) == text
