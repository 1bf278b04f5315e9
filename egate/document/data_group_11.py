"""DG11: more about the holder, all of it optional.

    6B  5C tags  5F0E full name  A0 {02 count  5F0F other name ...}  5F10 personal number
        5F2B birth date  5F11 birth place  5F42 address  5F12 telephone  5F13 profession
        5F14 title  5F15 summary  5F16 proof of citizenship  5F17 other documents  5F18 custody

Texts are as the chip has them, with `<` between their parts. The tag list is not looked at: what
is there is there.

Source: ICAO 9303-10, 4.7.11.
"""

from dataclasses import dataclass

from egate.document.lds import DATA_GROUPS, content, day, items_of, text, texts
from egate.wire.tlv import find

FILE = DATA_GROUPS[11]
OTHER_NAMES = (0xA0, 0x5F0F)
MAX_OTHER_NAMES = 16


@dataclass(frozen=True, slots=True, repr=False)
class PersonalDetails:
    """What DG11 tells; None where it tells nothing. `birth_date` is YYYYMMDD."""

    full_name: str | None
    other_names: tuple[str, ...]
    personal_number: str | None
    birth_date: str | None
    birth_place: str | None
    address: str | None
    telephone: str | None
    profession: str | None
    title: str | None
    summary: str | None
    proof_of_citizenship: bytes | None
    other_documents: str | None
    custody: str | None


def read_data_group_11(raw: bytes) -> PersonalDetails:
    """Return what DG11 tells.

    Raises:
        LdsError: it is no DG11.
    """
    items = items_of(content(raw, FILE), FILE.name)
    return PersonalDetails(
        full_name=text(items, 0x5F0E),
        other_names=texts(items, OTHER_NAMES, FILE.name, MAX_OTHER_NAMES),
        personal_number=text(items, 0x5F10),
        birth_date=day(items, 0x5F2B, FILE.name),
        birth_place=text(items, 0x5F11),
        address=text(items, 0x5F42),
        telephone=text(items, 0x5F12),
        profession=text(items, 0x5F13),
        title=text(items, 0x5F14),
        summary=text(items, 0x5F15),
        proof_of_citizenship=find(items, 0x5F16),
        other_documents=text(items, 0x5F17),
        custody=text(items, 0x5F18),
    )
