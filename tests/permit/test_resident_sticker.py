"""A resident's sticker: a key by the operator's pattern, in one go whatever the text."""

import warnings

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.permit.resident_sticker import (
    PatternRefused,
    StickerPattern,
    StickerUnreadable,
    read,
)

LS = StickerPattern.of(r"LS-([A-Z]{2}\d{4,8})")


@pytest.mark.parametrize(
    ("pattern", "text", "key"),
    [
        (r"LS-([A-Z]{2}\d{4,8})", "LS-AB123456", "AB123456"),
        (r"(\d{12})", "012345678901", "012345678901"),
        (r"BG\.(\d{6})/\d", "BG.123456/7", "123456"),
        (r"([A-Z0-9]{1,48})", "X", "X"),
        (r"A B#(C_D)", "A B#C_D", "C_D"),
    ],
)
def test_a_sticker_has_a_key(pattern: str, text: str, key: str) -> None:
    assert read(text, StickerPattern.of(pattern)).text == key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "hostile_characters"),
        ("LS-AB123", "another_pattern"),
        ("LS-AB1234567890", "another_pattern"),
        (" LS-AB1234", "another_pattern"),
        ("LS-AB1234 ", "another_pattern"),
        ("LS-AB1234\n", "hostile_characters"),
        ("LS-AB\u0661\u0662\u0663\u0664", "hostile_characters"),
        ("LS-AB" + "1" * 60, "too_long"),
    ],
)
def test_another_text_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(StickerUnreadable) as caught:
        read(text, LS)
    assert caught.value.reason == reason


def test_a_key_is_not_longer_than_a_record_holds() -> None:
    with pytest.raises(StickerUnreadable, match="long_key"):
        read("A" * 60, StickerPattern.of("([A-Z]{60})"))


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "LS",  # no key
        "()",
        "(A)(B)",
        "(A",
        "(A+)",
        "(A*)B",
        "(A?)",
        "((A))",
        "(A|B)",
        "(.)",
        "(^A)",
        "(A)$",
        r"(\w)",
        r"(A)\1",
        "(?P<key>A)",
        "(A{1,9}B{1,9})",  # two that vary
        "(A{9,1})",
        "([Z-A])",
        "([A--Z])",
        "([^A])",
        "(Ă)",
        "(A)" + "B" * 64,
    ],
)
def test_a_pattern_that_says_more_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused) as caught:
        StickerPattern.of(pattern)
    assert caught.value.reason


def test_a_record_knows_a_key_by_its_digest_and_nothing_shows_it() -> None:
    one, other = read("LS-AB123456", LS), read("LS-AB123457", LS)
    assert (len(one.digest), one.digest == other.digest) == (16, False)
    assert repr(one) == "StickerKey(8 characters)"


@given(st.text(alphabet=r"AZ09a-z\d[]{},()1 .*+?|^$", max_size=70), st.text(max_size=70))
def test_any_pattern_and_any_text_are_taken_or_refused(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            key = read(text, StickerPattern.of(pattern))
        except (PatternRefused, StickerUnreadable):
            return
    assert key.text in text
