"""DG13: what an issuer likes to add, and what Viet Nam's identity card (CCCD) adds.

    6D  any bytes
    CCCD: somewhere in them, SEQUENCE {INTEGER n, texts}, n as in Detail

The CCCD's layout is published nowhere; two readers of it agree on this much. So it is read
tolerantly: what is recognised is told, the rest is passed over, and no card fails for it. Its
hash is checked as any other's.

Source: ICAO 9303-10, 4.7.13; research/emrtd.md section 7.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from egate.document.lds import DATA_GROUPS, content
from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv, decode_all

FILE: Final = DATA_GROUPS[13]
MAX_DEPTH: Final = 6
MAX_ITEMS: Final = 64
MAX_VISITED: Final = 512
_CONSTRUCTED: Final = 0x20
_TEXTS: Final = frozenset({0x0C, 0x13, 0x16})  # UTF8String, PrintableString, IA5String


class Detail(IntEnum):
    """The entries of a CCCD by their number."""

    ID_NUMBER = 0x01
    FULL_NAME = 0x02
    BIRTH_DATE = 0x03
    SEX = 0x04
    NATIONALITY = 0x05
    ETHNICITY = 0x06
    RELIGION = 0x07
    PLACE_OF_ORIGIN = 0x08
    RESIDENCE = 0x09
    IDENTIFYING_FEATURES = 0x0A
    ISSUED = 0x0B
    EXPIRES = 0x0C
    FAMILY = 0x0D  # father, mother, and a spouse if there is one
    OLD_ID_NUMBER = 0x10


def read_data_group_13(raw: bytes) -> bytes:
    """Return what is inside DG13.

    Raises:
        LdsError: it is no DG13.
    """
    return content(raw, FILE)


def cccd_details(inside: bytes) -> Mapping[Detail, tuple[str, ...]]:
    """Return what is recognised of a CCCD, nothing when it is none; raises nothing."""
    details: dict[Detail, tuple[str, ...]] = {}
    for item, above in _walk(inside):
        number = _number(item)
        if number is not None and number not in details and above < MAX_DEPTH:
            details[number] = _texts(item.value)
    return {number: texts for number, texts in details.items() if texts}


def _walk(value: bytes) -> Iterator[tuple[Tlv, int]]:
    """Yield every data object and how deep it lies, outermost first, within our bounds."""
    waiting = [(value, 0)]
    visited = 0
    while waiting:
        inner, depth = waiting.pop(0)
        for item in _items(inner):
            visited += 1
            if visited > MAX_VISITED:
                return
            yield item, depth
            if _is_constructed(item) and depth < MAX_DEPTH:
                waiting.append((item.value, depth + 1))


def _number(item: Tlv) -> Detail | None:
    """Return which entry this is; None when it is none."""
    items = _items(item.value) if item.tag == 0x30 else ()
    if len(items) < 2 or items[0].tag != 0x02 or len(items[0].value) != 1:
        return None
    number = items[0].value[0]
    return Detail(number) if number in set(Detail) else None


def _texts(entry: bytes) -> tuple[str, ...]:
    found = (item for item, _ in _walk(entry) if item.tag in _TEXTS)
    return tuple(item.value.decode(errors="replace") for item in found)


def _items(value: bytes) -> tuple[Tlv, ...]:
    try:
        return decode_all(value, max_items=MAX_ITEMS)
    except FrameError:
        return ()


def _is_constructed(item: Tlv) -> bool:
    return bool(item.tag.to_bytes(4).lstrip(b"\0")[0] & _CONSTRUCTED)
