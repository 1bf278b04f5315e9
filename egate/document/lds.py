"""The logical data structure: which files a chip has, and the simple ones among them.

    master file    EF.DIR 2F00  EF.CardAccess 011C  EF.CardSecurity 011D
    application    EF.COM 011E  EF.SOD 011D  EF.DG1..DG16 0101..0110  EF.CVCA 011C

The data groups have a file each beside this one, data_group_N. A file is taken as it was read,
whole and nothing after it; what proves it is the hash over those same bytes. EF.COM proves
nothing: the signed security object says what a document has.

    malformed        no TLV, cut short, something after it, longer than the table allows
    bad_structure    TLV, but not what the standard puts there
    too_many         more entries than the standard or common sense knows

Source: ICAO 9303-10, 3.3 to 3.11, 4.2 to 4.6 (files, identifiers, tags, EF.COM).
"""

from dataclasses import dataclass
import re
from typing import Final

from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv, decode_all, decode_one, find

APPLICATION: Final = bytes.fromhex("A0000002471001")
MASTER_FILE: Final = 0x3F00
MAX_APPLICATIONS: Final = 16


class LdsError(Exception):
    """A file of the chip is not what it should be: which part, and the reason's code."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """One file: identifier, short identifier, outermost tag, and the most bytes we read of it."""

    name: str
    file_id: int
    short_id: int
    tag: int
    limit: int


_DATA_GROUP_TAGS: Final = bytes.fromhex("6175637665666768696A6B6C6D6E6F70")
_LARGE: Final = {2: 204_800, 3: 204_800, 4: 204_800, 5: 204_800, 7: 204_800, 12: 204_800}

COM: Final = ElementaryFile("EF.COM", 0x011E, 0x1E, 0x60, 512)
SOD: Final = ElementaryFile("EF.SOD", 0x011D, 0x1D, 0x77, 65_536)
DATA_GROUPS: Final = {
    number: ElementaryFile(f"DG{number}", 0x0100 + number, number, tag, _LARGE.get(number, 32_768))
    for number, tag in enumerate(_DATA_GROUP_TAGS, start=1)
}
DIR: Final = ElementaryFile("EF.DIR", 0x2F00, 0x1E, 0x61, 1024)  # many templates, one after another
CARD_ACCESS: Final = ElementaryFile("EF.CardAccess", 0x011C, 0x1C, 0x31, 8192)
CARD_SECURITY: Final = ElementaryFile("EF.CardSecurity", 0x011D, 0x1D, 0x30, 65_536)
CVCA: Final = ElementaryFile("EF.CVCA", 0x011C, 0x1C, 0x42, 36)  # no one object: 9303-11, K.2

_LDS_VERSION: Final = re.compile(rb"[0-9]{4}")
_UNICODE_VERSION: Final = re.compile(rb"[0-9]{6}")
_DATE: Final = re.compile(r"[0-9<]{8}")


@dataclass(frozen=True, slots=True)
class Com:
    """EF.COM: versions as printed ("0107", "040000"), data groups by number, tags unknown to us."""

    lds_version: str
    unicode_version: str
    data_groups: tuple[int, ...]
    unknown_tags: tuple[int, ...] = ()


def read_com(raw: bytes) -> Com:
    """Return what EF.COM says; it is unsigned.

    Raises:
        LdsError: it is no EF.COM.
    """
    items = items_of(content(raw, COM), COM.name)
    lds, unicode = find(items, 0x5F01), find(items, 0x5F36)
    tags = find(items, 0x5C)
    if lds is None or unicode is None or tags is None:
        raise LdsError(COM.name, "bad_structure")
    if not (_LDS_VERSION.fullmatch(lds) and _UNICODE_VERSION.fullmatch(unicode)):
        raise LdsError(COM.name, "bad_structure")
    known = {file.tag: number for number, file in DATA_GROUPS.items()}
    return Com(
        lds.decode(),
        unicode.decode(),
        tuple(known[tag] for tag in tags if tag in known),
        tuple(tag for tag in tags if tag not in known),
    )


def read_security_object(raw: bytes) -> bytes:
    """Return the signed message inside EF.SOD, byte for byte.

    It is BER, and some states sign with indefinite lengths: only its first byte is looked at.

    Raises:
        LdsError: it is no EF.SOD.
    """
    signed = content(raw, SOD)
    if not signed.startswith(b"\x30"):
        raise LdsError(SOD.name, "bad_structure")
    return signed


def read_card_security(raw: bytes) -> bytes:
    """Return EF.CardSecurity, a signed message by itself, once it is seen to be one object.

    Raises:
        LdsError: it is no EF.CardSecurity.
    """
    content(raw, CARD_SECURITY)
    return raw


def read_directory(raw: bytes) -> tuple[bytes, ...]:
    """Return the identifiers of the applications that EF.DIR names.

    Raises:
        LdsError: it is no EF.DIR, or names more than MAX_APPLICATIONS.
    """
    templates = items_of(raw[: DIR.limit + 1], DIR.name)
    if len(templates) > MAX_APPLICATIONS:
        raise LdsError(DIR.name, "too_many")
    named = [
        find(items_of(template.value, DIR.name), 0x4F)
        for template in templates
        if template.tag == DIR.tag
    ]
    if not all(named):
        raise LdsError(DIR.name, "bad_structure")
    return tuple(identifier for identifier in named if identifier)


def content(raw: bytes, file: ElementaryFile) -> bytes:
    """Return what is inside a file's outermost tag.

    Raises:
        LdsError: another tag, cut short, followed by something, or over the file's limit.
    """
    if len(raw) > file.limit:
        raise LdsError(file.name, "malformed")
    return inside(raw, file.tag, file.name)


def inside(raw: bytes, tag: int, part: str) -> bytes:
    """Return the value of the one data object `tag` that is the whole of `raw`.

    Raises:
        LdsError: it is not.
    """
    try:
        return decode_one(raw, tag, max_length=len(raw))
    except FrameError as error:
        raise LdsError(part, "malformed") from error


def items_of(value: bytes, part: str) -> tuple[Tlv, ...]:
    """Return the data objects that are the whole of `value`.

    Raises:
        LdsError: they are not.
    """
    try:
        return decode_all(value)
    except FrameError as error:
        raise LdsError(part, "malformed") from error


def counted(items: tuple[Tlv, ...], part: str, most: int) -> int:
    """Return the number that a list begins with, as INTEGER of one byte.

    Raises:
        LdsError: there is none, or it is more than `most`.
    """
    count = find(items, 0x02)
    if count is None or len(count) != 1:
        raise LdsError(part, "bad_structure")
    if count[0] > most:
        raise LdsError(part, "too_many")
    return count[0]


def text(items: tuple[Tlv, ...], tag: int) -> str | None:
    """Return a text, None when it is absent; a byte that is no UTF-8 shows as U+FFFD."""
    raw = find(items, tag)
    return None if raw is None else raw.decode(errors="replace")


def texts(items: tuple[Tlv, ...], tags: tuple[int, int], part: str, most: int) -> tuple[str, ...]:
    """Return the texts of a counted list: `tags` are the list's and each text's.

    Raises:
        LdsError: the count is another, or more than `most`.
    """
    listed = find(items, tags[0])
    if listed is None:
        return ()
    entries = items_of(listed, part)
    found = tuple(text((one,), tags[1]) or "" for one in entries if one.tag == tags[1])
    if counted(entries, part, most) != len(found):
        raise LdsError(part, "bad_structure")
    return found


def day(items: tuple[Tlv, ...], tag: int, part: str) -> str | None:
    """Return a date as YYYYMMDD, from eight characters or from four bytes of BCD.

    Raises:
        LdsError: it is neither.
    """
    raw = find(items, tag)
    if raw is None:
        return None
    date = raw.hex() if len(raw) == 4 else raw.decode("ascii", errors="replace")
    if not _DATE.fullmatch(date):
        raise LdsError(part, "bad_structure")
    return date
