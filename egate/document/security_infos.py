"""SecurityInfos: which protocols a chip speaks, and with which keys and parameters.

    31 {30 {06 protocol, required, optional} ...}

    PaceInfo                         mapping, agreement, cipher   version, parameters
    PaceDomainParameterInfo          mapping, agreement           AlgorithmIdentifier, parameters
    ChipAuthenticationInfo           agreement, cipher            version, key
    ChipAuthenticationPublicKeyInfo  agreement                    SubjectPublicKeyInfo, key
    TerminalAuthenticationInfo                                    version, EF.CVCA
    ActiveAuthenticationInfo                                      version, signature algorithm
    OtherInfo                        what we do not know          as it is

One info of a known protocol that cannot be read spoils the whole file: a chip that advertises
PACE in a broken way is not a chip without PACE. A variant with a number nobody has given a
meaning is one we do not know. Versions are told, not judged. Keys and
parameters are raw DER, and so is each info (`raw`), to be compared byte for byte.

Source: ICAO 9303-11, 4.4.1, 6.1.2, 6.2.2 and 9.2 to 9.5; BSI TR-03110-3, A.1 and table 4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from egate.document.lds import CARD_ACCESS, LdsError, inside, items_of
from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv, decode

MAX_INFOS: Final = 64
MAX_OID_BYTES: Final = 32
MAX_INTEGER_BYTES: Final = 16
OBJECT_IDENTIFIER: Final = 0x06
INTEGER: Final = 0x02
SEQUENCE: Final = 0x30

BSI: Final = "0.4.0.127.0.7.2.2"
ACTIVE_AUTHENTICATION: Final = "2.23.136.1.1.5"


class PaceMapping(StrEnum):
    """How PACE turns the nonce into a generator."""

    GENERIC = "generic"
    INTEGRATED = "integrated"
    CHIP_AUTHENTICATION = "chip_authentication"


class Agreement(StrEnum):
    """The group in which keys are agreed."""

    DH = "dh"
    ECDH = "ecdh"


class Cipher(StrEnum):
    """The cipher of the channel that follows."""

    TDES = "3des"
    AES_128 = "aes128"
    AES_192 = "aes192"
    AES_256 = "aes256"


PACE: Final = {
    "1": (PaceMapping.GENERIC, Agreement.DH),
    "2": (PaceMapping.GENERIC, Agreement.ECDH),
    "3": (PaceMapping.INTEGRATED, Agreement.DH),
    "4": (PaceMapping.INTEGRATED, Agreement.ECDH),
    "6": (PaceMapping.CHIP_AUTHENTICATION, Agreement.ECDH),
}
AGREEMENTS: Final = {"1": Agreement.DH, "2": Agreement.ECDH}
CIPHERS: Final = {
    "1": Cipher.TDES,
    "2": Cipher.AES_128,
    "3": Cipher.AES_192,
    "4": Cipher.AES_256,
}

# 9303-11, table 6; what is not listed is reserved.
DOMAIN_PARAMETERS: Final = {
    0: "modp_1024_160",
    1: "modp_2048_224",
    2: "modp_2048_256",
    8: "secp192r1",
    9: "brainpoolP192r1",
    10: "secp224r1",
    11: "brainpoolP224r1",
    12: "secp256r1",
    13: "brainpoolP256r1",
    14: "brainpoolP320r1",
    15: "secp384r1",
    16: "brainpoolP384r1",
    17: "brainpoolP512r1",
    18: "secp521r1",
}
# BSI TR-03111, 5.2.1.1: plain signatures, which ActiveAuthenticationInfo names.
PLAIN_ECDSA_HASHES: Final = {
    "0.4.0.127.0.7.1.1.4.1.1": "sha1",
    "0.4.0.127.0.7.1.1.4.1.2": "sha224",
    "0.4.0.127.0.7.1.1.4.1.3": "sha256",
    "0.4.0.127.0.7.1.1.4.1.4": "sha384",
    "0.4.0.127.0.7.1.1.4.1.5": "sha512",
}


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """The chip speaks this variant of PACE, with standardised or own parameters of this id."""

    raw: bytes
    protocol: str
    mapping: PaceMapping
    agreement: Agreement
    cipher: Cipher
    version: int
    parameter_id: int | None


@dataclass(frozen=True, slots=True)
class PaceDomainParameterInfo:
    """Own parameters for PACE."""

    raw: bytes
    protocol: str
    mapping: PaceMapping
    agreement: Agreement
    algorithm: bytes
    parameter_id: int | None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationInfo:
    """The chip speaks chip authentication, with the key of this id."""

    raw: bytes
    protocol: str
    agreement: Agreement
    cipher: Cipher
    version: int
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationPublicKeyInfo:
    """A static public key of the chip."""

    raw: bytes
    protocol: str
    agreement: Agreement
    public_key: bytes
    key_id: int | None


@dataclass(frozen=True, slots=True)
class TerminalAuthenticationInfo:
    """The chip asks terminals to authenticate; `ef_cvca` is raw DER."""

    raw: bytes
    protocol: str
    version: int
    ef_cvca: bytes | None


@dataclass(frozen=True, slots=True)
class ActiveAuthenticationInfo:
    """How the chip signs in active authentication; `signature_algorithm` is an OID."""

    raw: bytes
    protocol: str
    version: int
    signature_algorithm: str


@dataclass(frozen=True, slots=True)
class OtherInfo:
    """An info of a protocol that is none of the above."""

    raw: bytes
    protocol: str


SecurityInfo = (
    PaceInfo
    | PaceDomainParameterInfo
    | ChipAuthenticationInfo
    | ChipAuthenticationPublicKeyInfo
    | TerminalAuthenticationInfo
    | ActiveAuthenticationInfo
    | OtherInfo
)
SecurityInfos = tuple[SecurityInfo, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One info taken apart: `rest` is the protocol's number below its family's."""

    raw: bytes
    protocol: str
    rest: tuple[str, ...]
    parts: tuple[Tlv, ...]
    raw_parts: tuple[bytes, ...]
    file: str

    def spoilt(self) -> LdsError:
        """Return the error that this entry is."""
        return LdsError(self.file, "bad_structure")

    def number(self, at: int) -> int:
        """Return the INTEGER at a place."""
        part = self.parts[at]
        if part.tag != INTEGER or not 1 <= len(part.value) <= MAX_INTEGER_BYTES:
            raise self.spoilt()
        number = int.from_bytes(part.value, signed=True)
        if number < 0:
            raise self.spoilt()
        return number

    def optional_number(self) -> int | None:
        """Return the INTEGER at the third place; None when there is none."""
        return self.number(2) if len(self.parts) == 3 else None

    def sequence(self, at: int) -> bytes:
        """Return the SEQUENCE at a place, raw."""
        if self.parts[at].tag != SEQUENCE:
            raise self.spoilt()
        return self.raw_parts[at]


def read_card_access(raw: bytes) -> SecurityInfos:
    """Return the infos of EF.CardAccess; they are unsigned until DG14 or CardSecurity says so too.

    Raises:
        LdsError: it is no EF.CardAccess.
    """
    if len(raw) > CARD_ACCESS.limit:
        raise LdsError(CARD_ACCESS.name, "malformed")
    return read_security_infos(raw, CARD_ACCESS.name)


def read_security_infos(raw: bytes, file: str) -> SecurityInfos:
    """Return the infos of a SET in its order; `file` names where it stood.

    Raises:
        LdsError: it is no such SET, holds more than MAX_INFOS, or one of a protocol we know
            that cannot be read.
    """
    infos: list[SecurityInfo] = []
    rest = inside(raw, CARD_ACCESS.tag, file)
    while rest:
        if len(infos) == MAX_INFOS:
            raise LdsError(file, "too_many")
        item, one, rest = _next(rest, file)
        if item.tag != SEQUENCE:
            raise LdsError(file, "bad_structure")
        infos.append(_info(item.value, one, file))
    return tuple(infos)


def dotted(value: bytes, part: str) -> str:
    """Return an object identifier as numbers with dots.

    Raises:
        LdsError: it is none.

    >>> dotted(bytes.fromhex("04007f00070202040202"), "an example")
    '0.4.0.127.0.7.2.2.4.2.2'
    """
    if not 1 <= len(value) <= MAX_OID_BYTES or value[-1] & 0x80:
        raise LdsError(part, "bad_structure")
    arcs, arc = [], 0
    for byte in value:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(one) for one in (first, arcs[0] - 40 * first, *arcs[1:]))


def _info(value: bytes, raw: bytes, file: str) -> SecurityInfo:
    """Return one info by the family its protocol belongs to."""
    parts = items_of(value, file)
    if not 2 <= len(parts) <= 3 or parts[0].tag != OBJECT_IDENTIFIER:
        raise LdsError(file, "bad_structure")
    protocol = dotted(parts[0].value, file)
    for family in _FAMILIES:
        rest = family.rest_of(protocol)
        if rest is not None:
            return family.build(_Entry(raw, protocol, rest, parts, _raw_parts(value, file), file))
    return OtherInfo(raw, protocol)


def _pace(entry: _Entry) -> SecurityInfo:
    mapping, agreement = PACE[entry.rest[0]]
    cipher = CIPHERS[entry.rest[1]]
    return PaceInfo(
        entry.raw,
        entry.protocol,
        mapping,
        agreement,
        cipher,
        entry.number(1),
        entry.optional_number(),
    )


def _pace_parameters(entry: _Entry) -> SecurityInfo:
    mapping, agreement = PACE[entry.rest[0]]
    algorithm, parameter_id = entry.sequence(1), entry.optional_number()
    return PaceDomainParameterInfo(
        entry.raw, entry.protocol, mapping, agreement, algorithm, parameter_id
    )


def _chip_authentication(entry: _Entry) -> SecurityInfo:
    agreement, cipher = AGREEMENTS[entry.rest[0]], CIPHERS[entry.rest[1]]
    version, key_id = entry.number(1), entry.optional_number()
    return ChipAuthenticationInfo(entry.raw, entry.protocol, agreement, cipher, version, key_id)


def _chip_key(entry: _Entry) -> SecurityInfo:
    agreement = AGREEMENTS[entry.rest[0]]
    key, key_id = entry.sequence(1), entry.optional_number()
    return ChipAuthenticationPublicKeyInfo(entry.raw, entry.protocol, agreement, key, key_id)


def _terminal_authentication(entry: _Entry) -> SecurityInfo:
    ef_cvca = entry.sequence(2) if len(entry.parts) == 3 else None
    return TerminalAuthenticationInfo(entry.raw, entry.protocol, entry.number(1), ef_cvca)


def _active_authentication(entry: _Entry) -> SecurityInfo:
    if len(entry.parts) != 3 or entry.parts[2].tag != OBJECT_IDENTIFIER:
        raise entry.spoilt()
    algorithm = dotted(entry.parts[2].value, entry.file)
    return ActiveAuthenticationInfo(entry.raw, entry.protocol, entry.number(1), algorithm)


@dataclass(frozen=True, slots=True)
class _Family:
    """Protocols with a common beginning: what each number after it may be, and how one is read."""

    begins: str
    numbers: tuple[Mapping[str, object], ...]
    build: Callable[[_Entry], SecurityInfo]

    def rest_of(self, protocol: str) -> tuple[str, ...] | None:
        """Return the numbers after the beginning; None when it is none of these protocols."""
        rest = tuple(protocol.removeprefix(self.begins).split(".")[1:])
        if not (protocol + ".").startswith(self.begins + ".") or len(rest) != len(self.numbers):
            return None
        known = all(one in table for one, table in zip(rest, self.numbers, strict=True))
        return rest if known else None


_FAMILIES: Final = (
    _Family(f"{BSI}.1", (AGREEMENTS,), _chip_key),
    _Family(f"{BSI}.2", (), _terminal_authentication),
    _Family(f"{BSI}.3", (AGREEMENTS, CIPHERS), _chip_authentication),
    _Family(f"{BSI}.4", (PACE, CIPHERS), _pace),
    _Family(f"{BSI}.4", (PACE,), _pace_parameters),
    _Family(ACTIVE_AUTHENTICATION, (), _active_authentication),
)


def _raw_parts(value: bytes, file: str) -> tuple[bytes, ...]:
    """Return the bytes of each part of an info."""
    raws = []
    while value:
        _, one, value = _next(value, file)
        raws.append(one)
    return tuple(raws)


def _next(buffer: bytes, file: str) -> tuple[Tlv, bytes, bytes]:
    """Return the data object at the front, its bytes, and what follows it."""
    try:
        item, rest = decode(buffer, max_length=len(buffer))
    except FrameError as error:
        raise LdsError(file, "malformed") from error
    if item is None:
        raise LdsError(file, "malformed")
    return item, buffer[: len(buffer) - len(rest)], rest
