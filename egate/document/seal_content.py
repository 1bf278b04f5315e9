"""What the features of a seal say, by the kind of document it is on.

    5D01  visa                        01 zone MRV-A   02 zone MRV-B   03 entries   04 stay
                                      05 passport number   06 type of visa   07 more
    5E03  emergency travel document   02 zone TD2
    FB06  residence permit            02 zone TD2   03 passport number
    FA06  supplementary sheet         04 zone TD2   05 number of the sheet
    FD02  arrival attestation         02 zone TD2   03 number in the register of aliens
    F70B  provisional identity card   01 face   02 zone TD2
    F60D  provisional passport        01 face   02 zone TD3
    F50C  fiction certificate         01 face   02 zone TD2   03 passport number   04 register
    F908  address on an identity card 01 document number   02 municipality   03 address
    F80A  residence in a passport     01 document number   02 municipality   03 postal code

A zone in a visa's seal is its first line and the first 28 characters of the second: optional data
is left out. Entries and stay are told as the numbers they are; what a number that is no count
stands for (unlimited, to the end of the visa) is left to the officer. A feature that no row knows
is kept as it is, and so are all features of a kind of document that is not here.

Source: ICAO 9303-13, 3 and 4 (visas, emergency travel documents); BSI TR-03137-1, appendix
(profiles of German documents); kinds and sizes as github.com/tsenger/vdstools lists them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from egate.document import c40
from egate.document.c40 import FILLER, C40Error
from egate.document.mrz import SIZES, Layout
from egate.document.visible_digital_seal import Seal, SealUnreadable

MAX_TEXT: Final = 128
MAX_VISA_TYPE: Final = 4
_OF_A_VISA: Final = 28  # characters of its second line: to the check digit of the expiry date
_ENTRIES, _STAY, _TYPE, _FACE = "entries", "stay", "visa_type", "face"
_PASSPORT, _DOCUMENT, _OTHER = "passport_number", "document_number", "other"

Part = Layout | str


class SealKind(StrEnum):
    """The kind of document a seal is on."""

    VISA = "visa"
    EMERGENCY_TRAVEL_DOCUMENT = "emergency_travel_document"
    RESIDENCE_PERMIT = "residence_permit"
    SUPPLEMENTARY_SHEET = "supplementary_sheet"
    ARRIVAL_ATTESTATION = "arrival_attestation"
    PROVISIONAL_IDENTITY_CARD = "provisional_identity_card"
    PROVISIONAL_PASSPORT = "provisional_passport"
    FICTION_CERTIFICATE = "fiction_certificate"
    ADDRESS_ON_IDENTITY_CARD = "address_on_identity_card"
    RESIDENCE_IN_PASSPORT = "residence_in_passport"
    ANOTHER = "another"


KINDS: Final[Mapping[tuple[int, int], tuple[SealKind, Mapping[int, Part]]]] = MappingProxyType(
    {
        (0x5D, 0x01): (
            SealKind.VISA,
            {
                1: Layout.MRV_A,
                2: Layout.MRV_B,
                3: _ENTRIES,
                4: _STAY,
                5: _PASSPORT,
                6: _TYPE,
            },
        ),
        (0x5E, 0x03): (SealKind.EMERGENCY_TRAVEL_DOCUMENT, {2: Layout.TD2}),
        (0xFB, 0x06): (SealKind.RESIDENCE_PERMIT, {2: Layout.TD2, 3: _PASSPORT}),
        (0xFA, 0x06): (SealKind.SUPPLEMENTARY_SHEET, {4: Layout.TD2, 5: _OTHER}),
        (0xFD, 0x02): (SealKind.ARRIVAL_ATTESTATION, {2: Layout.TD2, 3: _OTHER}),
        (0xF7, 0x0B): (SealKind.PROVISIONAL_IDENTITY_CARD, {1: _FACE, 2: Layout.TD2}),
        (0xF6, 0x0D): (SealKind.PROVISIONAL_PASSPORT, {1: _FACE, 2: Layout.TD3}),
        (0xF5, 0x0C): (
            SealKind.FICTION_CERTIFICATE,
            {1: _FACE, 2: Layout.TD2, 3: _PASSPORT, 4: _OTHER},
        ),
        (0xF9, 0x08): (SealKind.ADDRESS_ON_IDENTITY_CARD, {1: _DOCUMENT, 2: _OTHER, 3: _OTHER}),
        (0xF8, 0x0A): (SealKind.RESIDENCE_IN_PASSPORT, {1: _DOCUMENT, 2: _OTHER, 3: _OTHER}),
    }
)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a visa lets its holder stay: the three numbers as they stand, 0 to 255 each."""

    days: int
    months: int
    years: int


@dataclass(frozen=True, slots=True, repr=False)
class SealContent:
    """What a seal says of its document; what it does not say is None or empty.

    `zone` is the lines of the machine readable zone as far as the seal holds them. `others` are
    the features, by tag, that no field here is for, as they are.
    """

    kind: SealKind
    layout: Layout | None = None
    zone: tuple[str, ...] = ()
    passport_number: str = ""
    document_number: str = ""
    entries: int | None = None
    stay: Stay | None = None
    visa_type: bytes = b""
    others: Mapping[int, bytes] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        """Give the kind only: the rest is personal data."""
        return f"SealContent({self.kind})"


def read(seal: Seal) -> SealContent:
    """Read the features of a seal.

    Raises:
        SealUnreadable: bad_feature (one is not as its kind has it), no_zone (none where there
            must be one), two_zones.
    """
    header = seal.header
    kind, parts = KINDS.get((header.feature_set, header.category), (SealKind.ANOTHER, {}))
    told: dict[str, object] = {}
    others: dict[int, bytes] = {}
    for tag, value in seal.features:
        part = parts.get(tag, "")
        if isinstance(part, Layout):
            if "zone" in told:
                raise SealUnreadable("two_zones")
            told |= {"layout": part, "zone": _zone(part, value)}
        elif part in _READERS:
            told[part] = _READERS[part](value)
        else:
            others[tag] = value
    if "zone" not in told and any(isinstance(part, Layout) for part in parts.values()):
        raise SealUnreadable("no_zone")
    return SealContent(kind, others=MappingProxyType(others), **told)  # type: ignore[arg-type]  # told has the types of its readers


def widths(layout: Layout) -> tuple[int, ...]:
    """Return how many characters of each line of a zone a seal holds.

    >>> widths(Layout.MRV_B), widths(Layout.TD2)
    ((36, 28), (36, 36))
    """
    count, width = SIZES[layout]
    return (width, _OF_A_VISA) if layout in {Layout.MRV_A, Layout.MRV_B} else (width,) * count


def _zone(layout: Layout, raw: bytes) -> tuple[str, ...]:
    text = _text(raw)
    lines = []
    for width in widths(layout):
        lines.append(text[:width])
        text = text[width:]
    if text or len(lines[-1]) != widths(layout)[-1]:
        raise SealUnreadable("bad_feature")
    return tuple(lines)


def _text(raw: bytes) -> str:
    if not 1 <= len(raw) <= MAX_TEXT:
        raise SealUnreadable("bad_feature")
    try:
        return c40.decode(raw)
    except C40Error:
        raise SealUnreadable("bad_feature") from None


def _number(raw: bytes) -> str:
    """Read the number of a document."""
    number = _text(raw).rstrip(FILLER)
    if not number:
        raise SealUnreadable("bad_feature")
    return number


def _entries(raw: bytes) -> int:
    if len(raw) != 1:
        raise SealUnreadable("bad_feature")
    return raw[0]


def _stay(raw: bytes) -> Stay:
    if len(raw) != 3:
        raise SealUnreadable("bad_feature")
    return Stay(*raw)


def _visa_type(raw: bytes) -> bytes:
    if not 1 <= len(raw) <= MAX_VISA_TYPE:
        raise SealUnreadable("bad_feature")
    return raw


_READERS: Final = MappingProxyType(
    {
        _PASSPORT: _number,
        _DOCUMENT: _number,
        _ENTRIES: _entries,
        _STAY: _stay,
        _TYPE: _visa_type,
    }
)
