"""DG12: more about the document, all of it optional.

    6C  5C tags  5F19 authority  5F26 issued  A0 {02 count  5F1A other person ...}
        5F1B endorsements  5F1C tax or exit  5F1D front  5F1E rear  5F55 made at  5F56 made with

Source: ICAO 9303-10, 4.7.12.
"""

from dataclasses import dataclass
import re

from egate.document.lds import DATA_GROUPS, LdsError, content, day, items_of, text, texts
from egate.wire.tlv import Tlv, find

FILE = DATA_GROUPS[12]
OTHER_PEOPLE = (0xA0, 0x5F1A)
MAX_OTHER_PEOPLE = 16
_INSTANT = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True, repr=False)
class DocumentDetails:
    """What DG12 tells; None where it tells nothing.

    `issued` is YYYYMMDD, `made_at` is YYYYMMDDhhmmss; front and rear are pictures as they are.
    """

    authority: str | None
    issued: str | None
    other_people: tuple[str, ...]
    endorsements: str | None
    tax_or_exit: str | None
    front: bytes | None
    rear: bytes | None
    made_at: str | None
    made_with: str | None


def read_data_group_12(raw: bytes) -> DocumentDetails:
    """Return what DG12 tells.

    Raises:
        LdsError: it is no DG12.
    """
    items = items_of(content(raw, FILE), FILE.name)
    return DocumentDetails(
        authority=text(items, 0x5F19),
        issued=day(items, 0x5F26, FILE.name),
        other_people=texts(items, OTHER_PEOPLE, FILE.name, MAX_OTHER_PEOPLE),
        endorsements=text(items, 0x5F1B),
        tax_or_exit=text(items, 0x5F1C),
        front=find(items, 0x5F1D),
        rear=find(items, 0x5F1E),
        made_at=_made_at(items),
        made_with=text(items, 0x5F56),
    )


def _made_at(items: tuple[Tlv, ...]) -> str | None:
    """Return the instant from fourteen characters or from seven bytes of BCD."""
    raw = find(items, 0x5F55)
    if raw is None:
        return None
    instant = raw.hex() if len(raw) == 7 else raw.decode("ascii", errors="replace")
    if not _INSTANT.fullmatch(instant):
        raise LdsError(FILE.name, "bad_structure")
    return instant
