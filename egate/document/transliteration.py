"""Names in national letters against identifiers in a zone's twenty-six.

A zone is written from a name by rules that leave the issuer a choice (Ä is AE or A), so a name
has several spellings, and the question is whether an identifier is one of them. Apostrophes and
stops are left out, hyphens and spaces part names; a letter that is none of the table loses its
marks. Arabic is not here: its rules need the whole word.

Source: ICAO 9303-3, 4.6 and section 6 (tables A and B); Viet Nam's letters are table A's, with
the tone taken off.
"""

# ruff: noqa: RUF001 - letters that look alike are what this table is about

from typing import Final
import unicodedata

MAX_NAME: Final = 256

# Where the standard allows more than one, the first is the one it prefers.
LETTERS: Final = {
    "Ä": ("AE", "A"), "Å": ("AA", "A"), "Æ": ("AE",), "Ñ": ("N", "NXX"), "Ö": ("OE", "O"),
    "Ø": ("OE",), "Œ": ("OE",), "Ü": ("UE", "UXX", "U"), "ẞ": ("SS",), "ß": ("SS",),
    "Þ": ("TH",), "Ð": ("D",), "Đ": ("D",), "Ħ": ("H",), "ı": ("I",), "Ĳ": ("IJ",), "ĸ": ("Q",),
    "Ł": ("L",), "Ŋ": ("N",), "Ŧ": ("T",), "Ə": ("E",),
    "А": ("A",), "Б": ("B",), "В": ("V",), "Г": ("G", "H"), "Ґ": ("G",), "Д": ("D",),
    "Е": ("E",), "Ё": ("E", "IO"), "Є": ("IE",), "Ж": ("ZH",), "З": ("Z",), "И": ("I", "Y"),
    "І": ("I",), "Ї": ("I",), "Й": ("I",), "Ј": ("J",), "К": ("K",), "Л": ("L",), "Љ": ("LJ",),
    "М": ("M",), "Н": ("N",), "Њ": ("NJ",), "О": ("O",), "П": ("P",), "Р": ("R",), "С": ("S",),
    "Т": ("T",), "У": ("U",), "Ў": ("U",), "Ф": ("F",), "Х": ("KH", "H"), "Ц": ("TS", "C"),
    "Ч": ("CH", "C"), "Џ": ("DZ",), "Ш": ("SH", "S"), "Щ": ("SHCH", "SHT"), "Ъ": ("IE", "A"),
    "Ы": ("Y",), "Ь": ("",), "Э": ("E",), "Ю": ("IU",), "Я": ("IA",),
}  # fmt: skip
_LEFT_OUT: Final = frozenset("'\u2019\u02bc`.")
_PARTS: Final = frozenset(" -,<\u2010\u2011\u2013")


def transliterate(name: str) -> str:
    """Return the preferred spelling of a name, in A-Z and single spaces.

    >>> transliterate("Nguyễn Thị Đào"), transliterate("O'Connor-Müller")
    ('NGUYEN THI DAO', 'OCONNOR MUELLER')
    """
    return " ".join("".join(spellings[0] for spellings in _letters(name)).split())


def spells(identifier: str, name: str, *, is_truncated: bool = False) -> bool:
    """Say whether an identifier of a zone is a spelling of a name, or the beginning of one.

    >>> spells("MULLER", "Müller"), spells("MUELL", "Müller"), spells("MOLLER", "Müller")
    (True, False, False)
    >>> spells("MUELL", "Müller", is_truncated=True)
    True
    """
    places = {0}
    for spellings in _letters(name):
        if is_truncated and len(identifier) in places:
            return True
        rest = {at: identifier[at : at + 4] for at in places}
        cut = is_truncated and any(
            rest[at] and one.startswith(rest[at]) and len(one) > len(rest[at])
            for at in places
            for one in spellings
        )
        if cut:
            return True
        places = {at + len(one) for at in places for one in spellings if rest[at].startswith(one)}
    return len(identifier) in places


def _letters(name: str) -> list[tuple[str, ...]]:
    """Return the spellings of each letter, a space between parts, none at the ends."""
    letters: list[tuple[str, ...]] = []
    for letter in unicodedata.normalize("NFC", name[:MAX_NAME]).strip():
        if letter in _PARTS:
            if letters and letters[-1] != (" ",):
                letters.append((" ",))
        elif letter not in _LEFT_OUT:
            letters += _spellings(letter)
    return letters[:-1] if letters and letters[-1] == (" ",) else letters


def _spellings(letter: str) -> list[tuple[str, ...]]:
    """Return the spellings of one letter; what has none is left out."""
    for one in (letter, letter.upper()):
        if one in LETTERS:
            return [LETTERS[one]]
    plain = unicodedata.normalize("NFKD", letter)
    base = "".join(part for part in plain.upper() if "A" <= part <= "Z")
    if base:
        return [(base,)]
    first = plain[:1].upper()
    return [LETTERS[first]] if first in LETTERS else []
