"""DG7: the holder's signature or usual mark, as pictures.

    67  02 count 1..9  5F43 picture ...

Source: ICAO 9303-10, 4.7.7.
"""

from egate.document.lds import DATA_GROUPS, LdsError, content, counted, items_of

FILE = DATA_GROUPS[7]
PICTURE = 0x5F43
MAX_PICTURES = 9


def read_data_group_7(raw: bytes) -> tuple[bytes, ...]:
    """Return the pictures as the chip holds them.

    Raises:
        LdsError: it is no DG7.
    """
    items = items_of(content(raw, FILE), FILE.name)
    count = counted(items, FILE.name, MAX_PICTURES)
    pictures = tuple(item.value for item in items if item.tag == PICTURE)
    if len(pictures) != count:
        raise LdsError(FILE.name, "bad_structure")
    return pictures
