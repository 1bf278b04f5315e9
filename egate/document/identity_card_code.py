"""The QR code of Viet Nam's identity card: a key to look its holder up by, never a proof.

    id number | old number | full name | birth date | sex | residence | date of issue [| more]

    id number    12 digits               old number   9 digits, or nothing
    dates        DDMMYYYY or D/M/YYYY    sex          Nam, Nữ

Nobody signed it: whoever can print can make one. Cards since July 2024 have more fields (a
number that was withdrawn, the parents); in which order is published nowhere, so what comes after
the seventh is kept as it is. Nothing is guessed: a day that no calendar has refuses the code.

    card_code_is_for_the_document   passed   fields_agree; evidence names what was compared
                                    failed   fields_differ; evidence names the fields
                                    not_done no_printed_zone
                                    not_applicable another_document (no zone of a card of VNM),
                                    nothing_in_common

The card's zone is a TD1 that has the id number in its optional data. Where the chip was read, its
DG13 tells the number, too; a finding that rests on it is worth what the chip is.

Source: research/mrz_qr.md section 5 (nine public readers agree on the first seven fields);
Circular 16/2024/TT-BCA (the fields, as the press tells them).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
import re
from types import MappingProxyType
from typing import Final
import unicodedata

from egate.document.data_group_13 import Detail
from egate.document.mrz import Layout, Mrz, Reading
from egate.document.mrz_key import FILLER
from egate.document.transliteration import spells
from egate.domain.check import Check, Finding, Outcome

CHECK: Final = Check.CARD_CODE_IS_FOR_THE_DOCUMENT
SEPARATOR: Final = "|"
FIELDS: Final = 7
MAX_FIELDS: Final = 24
MAX_CHARACTERS: Final = 1024  # of all; a code has 110 to 140 bytes, with the parents some more
MAX_NAME: Final = 128
MAX_RESIDENCE: Final = 512
ISSUER: Final = "VNM"
NO_DETAILS: Final[Mapping[Detail, tuple[str, ...]]] = MappingProxyType({})
_NAME_ROOM: Final = 30  # of a TD1; a name that fills it may be cut
_ID_NUMBER: Final = re.compile(r"[0-9]{12}")
_OLD_NUMBER: Final = re.compile(r"(?:[0-9]{9})?")
_DATE: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})|([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SHAPE: Final = re.compile(r"[0-9]{12}\|(?:[0-9]{9})?\|[^|]+(?:\|[^|]*){4,}")


class Sex(StrEnum):
    """What the card says, as a zone writes it."""

    MALE = "M"
    FEMALE = "F"


_SEXES: Final = {"nam": Sex.MALE, "nữ": Sex.FEMALE}


class CardCodeUnreadable(Exception):
    """This text is no such code; `reason` is a code, never the text.

    too_long, hostile_characters, too_few_fields, too_many_fields, bad_id_number, bad_old_number,
    bad_name, bad_birth_date, bad_sex, bad_residence, bad_date_of_issue.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no code of an identity card: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class IdentityCardCode:
    """What the code says; `more` is the fields after the seventh as they are."""

    id_number: str
    old_number: str
    full_name: str
    birth_date: date
    sex: Sex
    residence: str
    issued: date
    more: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Give the number of fields only: all of it is personal data."""
        return f"IdentityCardCode({FIELDS + len(self.more)} fields)"


def looks_like_one(text: str) -> bool:
    """Say whether a text has the shape of such a code."""
    return len(text) <= MAX_CHARACTERS and _SHAPE.fullmatch(text) is not None


def read(text: str) -> IdentityCardCode:
    """Read the text of a code.

    Raises:
        CardCodeUnreadable: with its reason.
    """
    if len(text) > MAX_CHARACTERS:
        raise CardCodeUnreadable("too_long")
    if not text.isprintable():
        raise CardCodeUnreadable("hostile_characters")
    fields = text.split(SEPARATOR)
    if len(fields) < FIELDS:
        raise CardCodeUnreadable("too_few_fields")
    if len(fields) > MAX_FIELDS:
        raise CardCodeUnreadable("too_many_fields")
    id_number, old_number, name, born, sex, residence, issued = fields[:FIELDS]
    for field, is_right in (
        ("id_number", _ID_NUMBER.fullmatch(id_number) is not None),
        ("old_number", _OLD_NUMBER.fullmatch(old_number) is not None),
        ("name", bool(name.strip()) and len(name) <= MAX_NAME),
        ("residence", len(residence) <= MAX_RESIDENCE),
    ):
        if not is_right:
            raise CardCodeUnreadable(f"bad_{field}")
    return IdentityCardCode(
        id_number,
        old_number,
        full_name=name.strip(),
        birth_date=_day(born, "birth_date"),
        sex=_sex(sex),
        residence=residence.strip(),
        issued=_day(issued, "date_of_issue"),
        more=tuple(fields[FIELDS:]),
    )


def compare(
    code: IdentityCardCode,
    printed: Reading,
    details: Mapping[Detail, tuple[str, ...]] = NO_DETAILS,
) -> Finding:
    """Say whether a code is of the card that a zone is printed on.

    Args:
        code: what the code says.
        printed: the zone of the page.
        details: of the card's DG13, where it was read.
    """
    zone = printed.mrz
    if zone is None:
        return Finding(CHECK, Outcome.NOT_DONE, "no_printed_zone")
    if zone.layout is not Layout.TD1 or zone.issuer != ISSUER:
        return Finding(CHECK, Outcome.NOT_APPLICABLE, "another_document")
    same = _of_the_zone(code, zone) | _of_the_chip(code, details)
    differing = [name for name, is_same in same.items() if not is_same]
    if differing:
        return Finding(CHECK, Outcome.FAILED, "fields_differ", {"fields": ",".join(differing)})
    if not same.keys() & {"id_number", "chip_id_number"}:
        return Finding(CHECK, Outcome.NOT_APPLICABLE, "nothing_in_common")
    return Finding(CHECK, Outcome.PASSED, "fields_agree", {"fields": ",".join(same)})


def _of_the_zone(code: IdentityCardCode, zone: Mrz) -> dict[str, bool]:
    """Compare each field that the zone has; the number, where its optional data has one."""
    same = {
        "birth_date": zone.birth_date == f"{code.birth_date:%y%m%d}",
        "sex": zone.sex == code.sex,
        "name": _is_name(code, zone),
    }
    number, _, _ = zone.optional_data.partition(FILLER)
    if _ID_NUMBER.fullmatch(number[:12]):
        same["id_number"] = number[:12] == code.id_number
    return same


def _is_name(code: IdentityCardCode, zone: Mrz) -> bool:
    identifier = f"{zone.primary_identifier} {zone.secondary_identifier}".rstrip()
    # Between the identifiers are two fillers, and the cut may end in one or two.
    is_cut = len(identifier) >= _NAME_ROOM - 3
    return spells(identifier, code.full_name, is_truncated=is_cut)


def _of_the_chip(
    code: IdentityCardCode, details: Mapping[Detail, tuple[str, ...]]
) -> dict[str, bool]:
    told = details.get(Detail.ID_NUMBER, ())
    return {"chip_id_number": code.id_number in told} if told else {}


def _day(text: str, field: str) -> date:
    found = _DATE.fullmatch(text)
    parts = [int(part) for part in found.groups() if part] if found else []
    try:
        day, month, year = parts
        return date(year, month, day)
    except ValueError:
        raise CardCodeUnreadable(f"bad_{field}") from None


def _sex(text: str) -> Sex:
    sex = _SEXES.get(unicodedata.normalize("NFC", text.strip()).casefold())
    if sex is None:
        raise CardCodeUnreadable("bad_sex")
    return sex
