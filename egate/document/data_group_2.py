"""DG2: the holder's face, in biometric information templates.

    75  7F61  02 count 1..9
              7F60  A1  80 version  81 type  82 subtype  83 made  85 period  86 product
                        87 format owner  88 format type
                    5F2E  ISO 19794-5         7F2E  ISO 39794-5

Templates that are encrypted (7D in a template) are for nobody at a gate, and refused.

Source: ICAO 9303-10, 4.7.2 and 4.7.2.1 (tables of the templates); ISO/IEC 7816-11.
"""

from dataclasses import dataclass

from egate.document.face_record import Picture, decode_19794, decode_39794
from egate.document.lds import DATA_GROUPS, LdsError, content, counted, inside, items_of
from egate.wire.tlv import Tlv, find

FILE = DATA_GROUPS[2]
MAX_TEMPLATES = 9
GROUP, TEMPLATE, HEADER = 0x7F61, 0x7F60, 0xA1
RECORD, CONSTRUCTED_RECORD = 0x5F2E, 0x7F2E


@dataclass(frozen=True, slots=True, repr=False)
class FaceTemplate:
    """One template: the format it claims, as two numbers, and its pictures, at least one."""

    format_owner: int
    format_type: int
    pictures: tuple[Picture, ...]


def read_data_group_2(raw: bytes) -> tuple[FaceTemplate, ...]:
    """Return the templates in order; the first picture of the first is the portrait.

    Raises:
        LdsError: it is no DG2, or a record in it is none.
    """
    items = items_of(inside(content(raw, FILE), GROUP, FILE.name), FILE.name)
    count = counted(items, FILE.name, MAX_TEMPLATES)
    templates = [item.value for item in items if item.tag == TEMPLATE]
    if count == 0 or len(templates) != count:
        raise LdsError(FILE.name, "bad_structure")
    return tuple(_template(items_of(template, FILE.name)) for template in templates)


def _template(items: tuple[Tlv, ...]) -> FaceTemplate:
    header, plain, constructed = (find(items, tag) for tag in (HEADER, RECORD, CONSTRUCTED_RECORD))
    if header is None or (plain is None) == (constructed is None):
        raise LdsError(FILE.name, "bad_structure")
    fields = items_of(header, FILE.name)
    owner, kind = find(fields, 0x87), find(fields, 0x88)
    if owner is None or kind is None:
        raise LdsError(FILE.name, "bad_structure")
    pictures = decode_19794(plain) if plain is not None else decode_39794(constructed or b"")
    return FaceTemplate(int.from_bytes(owner[:4]), int.from_bytes(kind[:4]), pictures)
