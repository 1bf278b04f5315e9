"""The machine readable zone: lines in, values and one finding per check digit out; and back.

    TD1      3 x 30   identity cards      wrong_line_count, wrong_line_length, unknown_layout,
    TD2      2 x 36   larger cards        hostile_characters, bad_name, bad_issuer,
    TD3      2 x 44   passports           bad_nationality, bad_birth_date, bad_sex,
    MRV-A    2 x 44   visas, V first      bad_expiry_date, bad_document_number
    MRV-B    2 x 36   visas, V first
    digits                                digit_differs, digit_absent; none where there is none:
                                          layout_has_none, field_empty

Reading is total and repairs nothing: what stands there is what is told. A zone whose check
digits differ is still told, with its findings; one that is no zone at all is not. No finding
holds content. Dates are told as printed; mrz_dates says which day they mean.

Source: ICAO 9303-3, 4.2 to 4.9 (fields, fillers, check digits); 9303-4, 4.2; 9303-5, 4.2 with
note j (long numbers); 9303-6, 4.2; 9303-7, 4.2 and 5.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from egate.document.mrz_key import FILLER, ZONE_TEXT, MrzKey, check_digit
from egate.domain.check import Check, Finding, Outcome


class Layout(StrEnum):
    """The five zones that ICAO 9303 knows."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where characters stand: line and positions as the standard counts them, from one."""

    line: int
    first: int
    last: int

    def of(self, lines: Sequence[str]) -> str:
        """Return what stands there."""
        return lines[self.line - 1][self.first - 1 : self.last]


SHAPES: Final = {(3, 30): "TD1", (2, 36): "TD2", (2, 44): "TD3"}
SIZES: Final = {
    Layout.TD1: (3, 30),
    Layout.TD2: (2, 36),
    Layout.TD3: (2, 44),
    Layout.MRV_A: (2, 44),
    Layout.MRV_B: (2, 36),
}


def _two_lines(width: int, *, optional: Spot, **more: Spot) -> Mapping[str, Spot]:
    """Return the fields that TD2, TD3 and both visas have in the same places, and `more`."""
    return {
        "document_code": Spot(1, 1, 2),
        "issuer": Spot(1, 3, 5),
        "name": Spot(1, 6, width),
        "document_number": Spot(2, 1, 9),
        "document_number_digit": Spot(2, 10, 10),
        "nationality": Spot(2, 11, 13),
        "birth_date": Spot(2, 14, 19),
        "birth_date_digit": Spot(2, 20, 20),
        "sex": Spot(2, 21, 21),
        "expiry_date": Spot(2, 22, 27),
        "expiry_date_digit": Spot(2, 28, 28),
        "optional_data": optional,
        **more,
    }


FIELDS: Final[Mapping[Layout, Mapping[str, Spot]]] = {
    Layout.TD1: {
        "document_code": Spot(1, 1, 2),
        "issuer": Spot(1, 3, 5),
        "document_number": Spot(1, 6, 14),
        "document_number_digit": Spot(1, 15, 15),
        "optional_data": Spot(1, 16, 30),
        "birth_date": Spot(2, 1, 6),
        "birth_date_digit": Spot(2, 7, 7),
        "sex": Spot(2, 8, 8),
        "expiry_date": Spot(2, 9, 14),
        "expiry_date_digit": Spot(2, 15, 15),
        "nationality": Spot(2, 16, 18),
        "optional_data_2": Spot(2, 19, 29),
        "composite_digit": Spot(2, 30, 30),
        "name": Spot(3, 1, 30),
    },
    Layout.TD2: _two_lines(36, optional=Spot(2, 29, 35), composite_digit=Spot(2, 36, 36)),
    Layout.TD3: _two_lines(
        44,
        optional=Spot(2, 29, 42),
        optional_data_digit=Spot(2, 43, 43),
        composite_digit=Spot(2, 44, 44),
    ),
    Layout.MRV_A: _two_lines(44, optional=Spot(2, 29, 44)),
    Layout.MRV_B: _two_lines(36, optional=Spot(2, 29, 36)),
}
COMPOSITES: Final[Mapping[Layout, tuple[Spot, ...]]] = {
    Layout.TD1: (Spot(1, 6, 30), Spot(2, 1, 7), Spot(2, 9, 15), Spot(2, 19, 29)),
    Layout.TD2: (Spot(2, 1, 10), Spot(2, 14, 20), Spot(2, 22, 35)),
    Layout.TD3: (Spot(2, 1, 10), Spot(2, 14, 20), Spot(2, 22, 43)),
}
LONG_NUMBERS: Final = (Layout.TD1, Layout.TD2)  # the others have nine places and no more

DIGIT_CHECKS: Final = (
    Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT,
    Check.MRZ_BIRTH_DATE_HAS_ITS_DIGIT,
    Check.MRZ_EXPIRY_DATE_HAS_ITS_DIGIT,
    Check.MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT,
    Check.MRZ_COMPOSITE_HAS_ITS_DIGIT,
)
_GRAMMAR: Final = {
    "name": re.compile(r"[A-Z<]+"),
    "issuer": re.compile(r"[A-Z][A-Z<]{2}"),
    "nationality": re.compile(r"[A-Z<]{3}"),  # a card of Macao has none
    "birth_date": re.compile(r"[0-9<]{6}"),
    "sex": re.compile(r"[MFX<]"),  # X is for the inspected page only, and printed all the same
    "expiry_date": re.compile(r"[0-9]{6}|<{6}"),  # fillers: a card without an end (Moldova)
}


@dataclass(frozen=True, slots=True, repr=False)
class Mrz:
    """What a zone says, fillers taken off the ends.

    Dates are YYMMDD as printed, unknown parts of a birth date `<<`; `sex` is M, F, X or `<`;
    the identifiers have spaces where the zone has fillers. `optional_data` is what is left of
    the field after a long document number; `optional_data_2` is TD1's second line.
    """

    layout: Layout
    document_code: str
    issuer: str
    document_number: str
    nationality: str
    birth_date: str
    sex: str
    expiry_date: str
    primary_identifier: str
    secondary_identifier: str = ""
    optional_data: str = ""
    optional_data_2: str = ""

    def __repr__(self) -> str:
        """Give the layout only: the rest is personal data."""
        return f"Mrz({self.layout})"

    @property
    def key(self) -> MrzKey:
        """What opens the chip of this document."""
        return MrzKey(self.document_number, self.birth_date, self.expiry_date)


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """What came of reading a zone: its lines as they were, and always one finding per check."""

    mrz: Mrz | None
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        """Give the outcomes only."""
        return f"Reading({self.mrz}, {', '.join(one.outcome for one in self.findings)})"


class MrzUnreadable(Exception):
    """These lines are no zone; `reason` is the code a finding carries."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def split(text: str) -> tuple[str, ...]:
    """Cut a text into lines: at its line ends, else by its length (DG1 has 72, 88 or 90).

    >>> [len(line) for line in split("A" * 88)]
    [44, 44]
    """
    lines = tuple(text.splitlines())
    if len(lines) != 1:
        return lines
    for count, width in SHAPES:
        if len(text) == count * width:
            return tuple(text[at : at + width] for at in range(0, len(text), width))
    return lines


def read(lines: Sequence[str]) -> Reading:
    """Read a zone; the findings are MRZ_IS_READABLE and DIGIT_CHECKS, always all, in this order."""
    kept = tuple(lines)
    try:
        layout = _layout(kept)
        mrz, number_digit = _values(layout, kept)
    except MrzUnreadable as error:
        not_done = (Finding(one, Outcome.NOT_DONE, "unreadable") for one in DIGIT_CHECKS)
        unreadable = Finding(Check.MRZ_IS_READABLE, Outcome.FAILED, error.reason)
        return Reading(None, (), (unreadable, *not_done))
    readable = Finding(Check.MRZ_IS_READABLE, Outcome.PASSED, "readable", {"layout": layout})
    digits = (
        _digit(DIGIT_CHECKS[0], layout, mrz.document_number, number_digit),
        _field_digit(DIGIT_CHECKS[1], layout, kept, "birth_date"),
        _field_digit(DIGIT_CHECKS[2], layout, kept, "expiry_date"),
        _field_digit(DIGIT_CHECKS[3], layout, kept, "optional_data"),
        _composite_digit(layout, kept),
    )
    return Reading(mrz, kept, (readable, *digits))


def encode(mrz: Mrz) -> tuple[str, ...]:
    """Return the lines of a zone with the check digits that belong there.

    A name longer than its field is cut off where the field ends (9303-3, 4.6).

    Raises:
        ValueError: a field does not fit, or holds what no zone can.
    """
    fields = FIELDS[mrz.layout]
    count, width = SIZES[mrz.layout]
    lines = [FILLER * width] * count
    for name, content in _contents(mrz).items():
        _put(lines, fields[name], content)
    for name in ("birth_date", "expiry_date", "optional_data"):
        if f"{name}_digit" in fields:
            _put(lines, fields[f"{name}_digit"], check_digit(fields[name].of(lines)))
    if "composite_digit" in fields:
        spots = COMPOSITES[mrz.layout]
        _put(lines, fields["composite_digit"], check_digit("".join(s.of(lines) for s in spots)))
    return tuple(lines)


def _layout(lines: tuple[str, ...]) -> Layout:
    """Say which zone this is by its shape and its first character."""
    if len(lines) not in {2, 3}:
        raise MrzUnreadable("wrong_line_count")
    shape = SHAPES.get((len(lines), len(lines[0])))
    if shape is None or any(len(line) != len(lines[0]) for line in lines):
        raise MrzUnreadable("wrong_line_length")
    if not all(ZONE_TEXT.fullmatch(line) for line in lines):
        raise MrzUnreadable("hostile_characters")
    if not lines[0][0].isalpha() or (lines[0][0] == "V" and shape == "TD1"):
        raise MrzUnreadable("unknown_layout")
    visas = {"TD2": Layout.MRV_B, "TD3": Layout.MRV_A}
    return visas[shape] if lines[0][0] == "V" else Layout(shape)


def _values(layout: Layout, lines: tuple[str, ...]) -> tuple[Mrz, str]:
    """Return the values of a zone and the check digit of its document number."""
    raw = {name: spot.of(lines) for name, spot in FIELDS[layout].items()}
    for name, grammar in _GRAMMAR.items():
        if not grammar.fullmatch(raw[name]):
            raise MrzUnreadable(f"bad_{name}")
    number, digit, optional = _document_number(layout, raw)
    if not number:
        raise MrzUnreadable("bad_document_number")
    primary, _, secondary = raw["name"].rstrip(FILLER).partition(FILLER * 2)
    mrz = Mrz(
        layout,
        document_code=raw["document_code"].rstrip(FILLER),
        issuer=raw["issuer"].rstrip(FILLER),
        document_number=number,
        nationality=raw["nationality"].rstrip(FILLER),
        birth_date=raw["birth_date"],
        sex=raw["sex"],
        expiry_date=raw["expiry_date"],
        primary_identifier=_spaced(primary),
        secondary_identifier=_spaced(secondary),
        optional_data=optional,
        optional_data_2=raw.get("optional_data_2", "").rstrip(FILLER),
    )
    return mrz, digit


def _document_number(layout: Layout, raw: Mapping[str, str]) -> tuple[str, str, str]:
    """Return number, check digit and the optional data that is left (9303-5, note j).

    A long number has a filler for its check digit; its tenth character on, and then the digit,
    stand at the beginning of the optional data and end with a filler.
    """
    number, digit = raw["document_number"], raw["document_number_digit"]
    optional = raw["optional_data"]
    rest, _, left = optional.partition(FILLER)
    if layout in LONG_NUMBERS and digit == FILLER and number[-1] != FILLER and len(rest) >= 2:
        return number + rest[:-1], rest[-1], left.rstrip(FILLER)
    return number.rstrip(FILLER), digit, optional.rstrip(FILLER)


def _spaced(identifier: str) -> str:
    return " ".join(part for part in identifier.split(FILLER) if part)


def _field_digit(check: Check, layout: Layout, lines: tuple[str, ...], name: str) -> Finding:
    fields = FIELDS[layout]
    if f"{name}_digit" not in fields:
        return Finding(check, Outcome.NOT_APPLICABLE, "layout_has_none")
    content, digit = fields[name].of(lines), fields[f"{name}_digit"].of(lines)
    if digit == FILLER and name == "optional_data" and not content.strip(FILLER):
        return Finding(check, Outcome.NOT_APPLICABLE, "field_empty")  # 9303-4, 4.2.2: `<` or 0
    return _digit(check, layout, content, digit)


def _composite_digit(layout: Layout, lines: tuple[str, ...]) -> Finding:
    check = Check.MRZ_COMPOSITE_HAS_ITS_DIGIT
    if layout not in COMPOSITES:
        return Finding(check, Outcome.NOT_APPLICABLE, "layout_has_none")
    content = "".join(spot.of(lines) for spot in COMPOSITES[layout])
    return _digit(check, layout, content, FIELDS[layout]["composite_digit"].of(lines))


def _digit(check: Check, layout: Layout, content: str, digit: str) -> Finding:
    if digit == FILLER:
        return Finding(check, Outcome.FAILED, "digit_absent")
    if digit != check_digit(content):
        return Finding(check, Outcome.FAILED, "digit_differs")
    return Finding(check, Outcome.PASSED, "digit_agrees", {"layout": layout})


def _contents(mrz: Mrz) -> Mapping[str, str]:
    """Return what goes into each field but the check digits that follow from others."""
    number, digit, optional = mrz.document_number, check_digit(mrz.document_number), ""
    if len(number) > 9 and mrz.layout in LONG_NUMBERS:
        number, optional, digit = number[:9], number[9:] + digit + FILLER, FILLER
    identifiers = (mrz.primary_identifier, mrz.secondary_identifier)
    name = (FILLER * 2).join(one.replace(" ", FILLER) for one in identifiers)
    contents = {
        "document_code": mrz.document_code,
        "issuer": mrz.issuer,
        "name": name[: 1 + _size(FIELDS[mrz.layout]["name"])],
        "document_number": number,
        "document_number_digit": digit,
        "nationality": mrz.nationality,
        "birth_date": mrz.birth_date,
        "sex": mrz.sex,
        "expiry_date": mrz.expiry_date,
        "optional_data": (optional + mrz.optional_data).rstrip(FILLER),
    }
    if mrz.optional_data_2 and mrz.layout is not Layout.TD1:
        raise ValueError(f"a {mrz.layout} has no second optional data")
    return contents | ({"optional_data_2": mrz.optional_data_2} if mrz.optional_data_2 else {})


def _size(spot: Spot) -> int:
    return spot.last - spot.first


def _put(lines: list[str], spot: Spot, content: str) -> None:
    """Write into a field, filled up with fillers."""
    width = 1 + _size(spot)
    if len(content) > width or not ZONE_TEXT.fullmatch(content):
        raise ValueError(f"{len(content)} characters do not fit a field of {width}")
    line = lines[spot.line - 1]
    lines[spot.line - 1] = line[: spot.first - 1] + content.ljust(width, FILLER) + line[spot.last :]
