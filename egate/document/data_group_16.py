"""DG16: people to notify.

    70  02 count 1..15  A1 {5F50 recorded  5F51 name  5F52 telephone  5F53 address}  A2 ...

Source: ICAO 9303-10, 4.7.16.
"""

from dataclasses import dataclass

from egate.document.lds import DATA_GROUPS, LdsError, content, counted, day, items_of, text
from egate.wire.tlv import find

FILE = DATA_GROUPS[16]
MAX_PEOPLE = 15


@dataclass(frozen=True, slots=True, repr=False)
class PersonToNotify:
    """One person; `recorded` is YYYYMMDD."""

    recorded: str | None
    name: str | None
    telephone: str | None
    address: str | None


def read_data_group_16(raw: bytes) -> tuple[PersonToNotify, ...]:
    """Return the people in order.

    Raises:
        LdsError: it is no DG16.
    """
    items = items_of(content(raw, FILE), FILE.name)
    count = counted(items, FILE.name, MAX_PEOPLE)
    people = [find(items, 0xA0 + number) for number in range(1, count + 1)]
    if len(items) != count + 1 or None in people:
        raise LdsError(FILE.name, "bad_structure")
    return tuple(_person(person) for person in people if person is not None)


def _person(value: bytes) -> PersonToNotify:
    items = items_of(value, FILE.name)
    return PersonToNotify(
        day(items, 0x5F50, FILE.name),
        text(items, 0x5F51),
        text(items, 0x5F52),
        text(items, 0x5F53),
    )
