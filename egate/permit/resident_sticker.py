r"""The sticker on a border resident's pass: a bar code whose text is a key and nothing more.

What such a code holds is published nowhere, and it differs from station to station. So a pattern
of the operator's says which texts are stickers and which part of one is the key; the key is
looked up in the registry of this gate, and it proves nothing: whoever can print can make one.

    pattern   items, one after another, the key between ( and )
    item      a letter, digit, space or one of - _ / : #, \. for a stop, \d for a digit,
              [A-Z0-9] and the like; each may be followed by {n} or, once in a pattern, {n,m}

This is little of what a regular expression can say, on purpose: one item of varying length leaves
no choice that could be tried again and again, so every text is matched in one go.

    >>> pattern = StickerPattern.of(r"LS-([A-Z]{2}\d{4,8})")
    >>> read("LS-AB123456", pattern)
    StickerKey(8 characters)

Source: research/mrz_qr.md section 5 (border-resident code); ISO/IEC 15417 (Code 128).
"""

from dataclasses import dataclass, field
import hashlib
import re
from typing import Final

MAX_PATTERN: Final = 64
MAX_TEXT: Final = 64  # characters of a sticker; a Code 128 of more is wider than a pass
MAX_KEY: Final = 48
_CLASS: Final = r"\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?){1,16}\]"
_ONE: Final = rf"(?:\\d|\\\.|{_CLASS}|[A-Za-z0-9 \-_/:#])"
_ITEM: Final = rf"{_ONE}(?:\{{[0-9]{{1,2}}(?:,[0-9]{{1,2}})?\}})?"
_PATTERN: Final = re.compile(rf"(?:{_ITEM})*\((?:{_ITEM})+\)(?:{_ITEM})*")
_TEXT: Final = re.compile(r"[ -~]+")  # what Code 128 and a QR code of our use can print


class PatternRefused(ValueError):
    """This is no pattern for stickers; `reason` says why, for whoever writes the profile."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no pattern for stickers: {reason}")
        self.reason = reason


class StickerUnreadable(Exception):
    """This text is no sticker: `too_long`, `hostile_characters`, `another_pattern`, `long_key`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StickerPattern:
    """What the operator's stickers look like; made by `of`."""

    compiled: re.Pattern[str]

    @classmethod
    def of(cls, text: str) -> "StickerPattern":
        """Make a pattern of the operator's text.

        Raises:
            PatternRefused: it says more than a pattern may.
        """
        if len(text) > MAX_PATTERN:
            raise PatternRefused(f"has more than {MAX_PATTERN} characters")
        if not _PATTERN.fullmatch(text):
            raise PatternRefused("is not items with one key between ( and )")
        if text.count(",") > 1:
            raise PatternRefused("has more than one item of varying length")
        try:
            return cls(re.compile(text, re.ASCII))
        except re.error:  # a range that runs backwards
            raise PatternRefused("has a range that is none") from None


@dataclass(frozen=True, slots=True, repr=False)
class StickerKey:
    """What a sticker is looked up by."""

    text: str = field(repr=False)

    def __repr__(self) -> str:
        """Give the length only: a key names a person."""
        return f"StickerKey({len(self.text)} characters)"

    @property
    def digest(self) -> bytes:
        """The 16 bytes that it is known by in a record.

        Keys are short: whoever has a digest can try them all. It keeps them from being read, not
        from being found.
        """
        return hashlib.sha256(b"egate sticker" + self.text.encode()).digest()[:16]


def read(text: str, pattern: StickerPattern) -> StickerKey:
    """Return the key of a sticker.

    Raises:
        StickerUnreadable: with its reason.
    """
    if len(text) > MAX_TEXT:
        raise StickerUnreadable("too_long")
    if not _TEXT.fullmatch(text):
        raise StickerUnreadable("hostile_characters")
    found = pattern.compiled.fullmatch(text)
    if found is None or not found[1]:
        raise StickerUnreadable("another_pattern")
    if len(found[1]) > MAX_KEY:
        raise StickerUnreadable("long_key")
    return StickerKey(found[1])
