"""Who makes visible digital seals for the bench and the tests: a signer, its header, its features.

Everything is built from parts, so that a seal can be wrong in one of them and nothing else:

    >>> from egate.document import seal_content, visible_digital_seal
    >>> signer = seal_signer(pki.country_signer())
    >>> zone_of_it = ("V<UTOERIKSSON<<ANNA".ljust(44, "<"), "L8988901C4XXX4009078F9612109")
    >>> raw = seal(signer, visa(zone_of_it))
    >>> seal_content.read(visible_digital_seal.read(raw)).kind.value
    'visa'

Keys come from their names, so they protect nothing. The country is Utopia.

Source: ICAO 9303-13, 2.2 to 2.4 and 3; as egate/document/visible_digital_seal.py has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from egate.document import c40
from simulators import pki
from simulators.pki import How, Identity

MAGIC, SIGNATURE = 0xDC, 0xFF
RAW_VERSIONS: Final = {3: 0x02, 4: 0x03}
VISA, EMERGENCY_TRAVEL_DOCUMENT = (0x5D, 0x01), (0x5E, 0x03)
RESIDENCE_PERMIT: Final = (0xFB, 0x06)
SERIAL: Final = 0x5B
SIGNED_ON: Final = datetime.fromtimestamp(pki.SIGNED_AT_S, UTC).date()


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a seal; the defaults make a sound one of version 4.

    `length_digits` replaces the two digits that tell how long the reference is.
    """

    features: Sequence[tuple[int, bytes]] = ()
    of: tuple[int, int] = VISA
    country: str = "UTO"
    signer: str = "UTTS"
    reference: str = f"{SERIAL:X}"
    version: int = 4
    issued: date = SIGNED_ON
    signed: date = SIGNED_ON
    length_digits: str = ""


def seal_signer(by: Identity, **wishes: Any) -> Identity:  # noqa: ANN401  # any field of Wish
    """Make a seal signer's certificate; `wishes` are fields of Wish."""
    usual: dict[str, Any] = {
        "common_name": "TS",
        "serial": SERIAL,
        "how": How("brainpoolP256r1"),
        "key_name": "seal signer",
        "document_types": (),
    }
    return pki.document_signer(by, **(usual | wishes))


def seal(by: Identity, written: Written) -> bytes:
    """Make a seal, signed by `by`."""
    covered = header(written) + b"".join(feature(tag, value) for tag, value in written.features)
    return covered + feature(SIGNATURE, signature(by, covered))


def header(written: Written) -> bytes:
    """Make a header."""
    raw = bytes([MAGIC, RAW_VERSIONS[written.version]]) + c40.encode(written.country.ljust(3, "<"))
    if written.version == 3:
        raw += c40.encode(written.signer + written.reference.rjust(5, "0"))
    else:
        digits = written.length_digits or f"{len(written.reference):02X}"
        raw += c40.encode(written.signer + digits) + c40.encode(written.reference)
    return raw + day(written.issued) + day(written.signed) + bytes(written.of)


def feature(tag: int, value: bytes) -> bytes:
    """Make one feature: tag, length as DER writes it, value."""
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + value


def day(one: date) -> bytes:
    """Write a day: MMDDYYYY as a number.

    >>> int.from_bytes(day(date(2026, 2, 3)))
    2032026
    """
    return (one.month * 1_000_000 + one.day * 10_000 + one.year).to_bytes(3)


def signature(by: Identity, covered: bytes) -> bytes:
    """Sign as seals are signed: ECDSA, the hash by the size of the curve, plain r || s."""
    bits = pki.BY_NAME[by.how.key].bits
    known = {224: "sha224", 256: "sha256", 320: "sha384", 384: "sha384"}
    how = replace(by.how, hash=known.get(bits, "sha512"), plain=True)
    return pki.sign(replace(by, how=how), covered)


def zone(lines: Sequence[str]) -> bytes:
    """Write a machine readable zone, or as much of it as is given."""
    return c40.encode("".join(lines))


def visa(
    lines: Sequence[str], passport_number: str = "", more: Mapping[int, bytes] | None = None
) -> Written:
    """Write the seal of a visa: its zone (the second line up to 28 characters), and the rest."""
    tag = 1 if len(lines[0]) == 44 else 2
    features = [(tag, zone((lines[0], lines[1][:28]))), (3, b"\x02"), (4, bytes((90, 0, 0)))]
    if passport_number:
        features.append((5, c40.encode(passport_number.ljust(9, "<"))))
    return Written([*features, *(more or {}).items()], VISA)


def residence_permit(lines: Sequence[str], passport_number: str) -> Written:
    """Write the seal of a residence permit."""
    features = [(2, zone(lines)), (3, c40.encode(passport_number.ljust(9, "<")))]
    return Written(features, RESIDENCE_PERMIT)


def emergency_travel_document(lines: Sequence[str]) -> Written:
    """Write the seal of an emergency travel document."""
    return Written([(2, zone(lines))], EMERGENCY_TRAVEL_DOCUMENT)
