"""The chip's static keys for chip authentication: which group they are of, and their bytes.

    ecPublicKey                 a curve by name or spelled out in full (curves.py)
    standardized parameters     a group by its number (domain_parameters.py)
    dhKeyAgreement (PKCS #3)    prime, generator; the order is not told
    dhpublicnumber (X9.42)      prime, generator, order

A prime group whose order is not told is taken as all the numbers below the prime: a key of it can
then be looked at for its size only.

Source: ICAO 9303-11, 9.4.3 and 9.5; BSI TR-03110-3, A.2.1.1 and D.3; RFC 3279, 2.3.3; PKCS #3.
"""

from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from egate.document import signatures
from egate.document.domain_parameters import (
    GROUPS,
    Group,
    KeyRefused,
    PrimeGroup,
    on_curve,
    standardised,
)
from egate.document.signatures import AlgorithmRefused, EcKey
from egate.wire import tlv
from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv

EC: Final = bytes.fromhex("2A8648CE3D0201")  # 1.2.840.10045.2.1
STANDARDISED: Final = bytes.fromhex("04007F00070102")  # 0.4.0.127.0.7.1.2
PKCS3: Final = bytes.fromhex("2A864886F70D010301")  # 1.2.840.113549.1.3.1
X942: Final = bytes.fromhex("2A8648CE3E0201")  # 1.2.840.10046.2.1
SEQUENCE, INTEGER, BIT_STRING, OID = 0x30, 0x02, 0x03, 0x06
ABSENT: Final = Tlv(0x05, b"")
LEAST_PRIME_BITS, MOST_PRIME_BITS = 1024, 3072  # a look at a longer key would take 0.1 s
MAX_KEY_BYTES: Final = 4096


def read_agreement_key(public_key_info: bytes) -> tuple[Group, bytes]:
    """Return the group of a SubjectPublicKeyInfo, and its key as it goes over the wire.

    Raises:
        KeyRefused: a kind of key not spoken here, or no key of its group.
    """
    try:
        algorithm, parameters, key = _parts(public_key_info)
        match algorithm:
            case _ if algorithm == EC:
                return _curve_key(public_key_info)
            case _ if algorithm == STANDARDISED:
                return _standardised_key(parameters, key)
            case _ if algorithm in {PKCS3, X942}:
                return _prime_key(parameters, key, has_order=algorithm == X942)
    except FrameError as error:
        raise KeyRefused("no public key") from error
    raise KeyRefused("an unknown kind of key")


def _parts(public_key_info: bytes) -> tuple[bytes, Tlv, bytes]:
    """Return algorithm, parameters and key."""
    if len(public_key_info) > MAX_KEY_BYTES:
        raise KeyRefused("a key of many bytes")
    head, bits = _typed(tlv.decode_one(public_key_info, SEQUENCE), SEQUENCE, BIT_STRING)
    items = tlv.decode_all(head, max_items=2)
    if not items or items[0].tag != OID or not bits.startswith(b"\x00"):
        raise KeyRefused("no public key")
    return items[0].value, items[1] if len(items) > 1 else ABSENT, bits[1:]


def _curve_key(public_key_info: bytes) -> tuple[Group, bytes]:
    try:
        key = signatures.read_key(public_key_info)
    except AlgorithmRefused as error:
        raise KeyRefused(error.reason) from error
    if not isinstance(key, EcKey):
        raise KeyRefused("no point")
    group = on_curve(key.curve)
    if key.key is not None:
        public = key.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        public = group.encode(key.point)
    return group, public


def _standardised_key(parameters: Tlv, key: bytes) -> tuple[Group, bytes]:
    group = standardised(int.from_bytes(parameters.value)) if parameters.tag == INTEGER else None
    if group is None:
        raise KeyRefused("unknown parameters")
    group.decode(key)
    return group, key


def _prime_key(parameters: Tlv, key: bytes, *, has_order: bool) -> tuple[Group, bytes]:
    if parameters.tag != SEQUENCE:
        raise KeyRefused("unknown parameters")
    items = tlv.decode_all(parameters.value, max_items=5)
    numbers = [int.from_bytes(item.value) for item in items if item.tag == INTEGER]
    if len(numbers) < (3 if has_order else 2):
        raise KeyRefused("unknown parameters")
    group = _prime_group(numbers[0], numbers[1], numbers[2] if has_order else None)
    number = int.from_bytes(tlv.decode_one(key, INTEGER))
    if number.bit_length() > group.prime.bit_length():
        raise KeyRefused("a number above the prime")
    public = group.encode(number)
    group.decode(public)
    return group, public


def _prime_group(prime: int, generator: int, order: int | None) -> PrimeGroup:
    """Return a standardised group when it is one, otherwise the one that was told."""
    if not LEAST_PRIME_BITS <= prime.bit_length() <= MOST_PRIME_BITS or prime % 2 == 0:
        raise KeyRefused("a prime of another size")
    for group in GROUPS.values():
        if isinstance(group, PrimeGroup) and (group.prime, group.generator) == (prime, generator):
            return group
    order = order or prime - 1
    if not 1 < generator < prime - 1 or not 1 < order < prime:
        raise KeyRefused("unknown parameters")
    return PrimeGroup(f"modp-{prime.bit_length()}", prime, generator, order)


def _typed(value: bytes, *tags: int) -> tuple[bytes, ...]:
    """Return the values of the items of `value`, which must have these tags."""
    items = tlv.decode_all(value, max_items=len(tags))
    if tuple(item.tag for item in items) != tags:
        raise KeyRefused("no public key")
    return tuple(item.value for item in items)
