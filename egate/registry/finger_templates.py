"""A person's finger templates as the bytes that the registry seals, and back.

    one template   format (1 byte), length (2, big endian), the template as its sensor gave it

One or two stand after one another: a second finger for the day when the first one is bandaged.

Source: our own; what is in a template is its sensor's (egate.domain.finger).
"""

from collections.abc import Sequence
import struct
from typing import Final

from egate.domain.finger import FingerTemplate, TemplateFormat

CODES: Final = {TemplateFormat.ZFM: 1, TemplateFormat.ISO_19794_2: 2}
FORMATS: Final = {code: name for name, code in CODES.items()}
HEAD: Final = struct.Struct(">BH")
MOST_FINGERS: Final = 2
LARGEST: Final = 2048  # bytes of one template, as much as a profile may say a sensor has


class FingerTemplatesSpoilt(Exception):
    """These bytes are no finger templates of ours."""


def pack(templates: Sequence[FingerTemplate]) -> bytes:
    """Return the templates as bytes.

    Raises:
        ValueError: none, too many, or one that is empty or too large.
    """
    if not 1 <= len(templates) <= MOST_FINGERS:
        raise ValueError(f"{len(templates)} fingers, 1 to {MOST_FINGERS} are kept")
    if not all(1 <= len(one.data) <= LARGEST for one in templates):
        raise ValueError(f"a finger template has 1 to {LARGEST} bytes")
    heads = ((HEAD.pack(CODES[one.format], len(one.data)), one.data) for one in templates)
    return b"".join(head + data for head, data in heads)


def unpack(raw: bytes) -> tuple[FingerTemplate, ...]:
    """Return the templates in the order they were packed.

    Raises:
        FingerTemplatesSpoilt: the bytes are not as `pack` writes them.
    """
    found: list[FingerTemplate] = []
    while raw:
        if len(raw) < HEAD.size:
            raise FingerTemplatesSpoilt("the bytes end in a head")
        code, length = HEAD.unpack_from(raw)
        data, raw = raw[HEAD.size : HEAD.size + length], raw[HEAD.size + length :]
        if code not in FORMATS or not 1 <= length <= LARGEST or len(data) != length:
            raise FingerTemplatesSpoilt("the bytes are of no known format or length")
        found.append(FingerTemplate(FORMATS[code], data))
    if not 1 <= len(found) <= MOST_FINGERS:
        raise FingerTemplatesSpoilt(f"{len(found)} templates")
    return tuple(found)
