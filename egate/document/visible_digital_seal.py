"""A visible digital seal, taken apart: header, features, signature. Nothing of it is believed.

    header    DC  magic
              02 or 03                         version 3 or 4
              2 bytes, C40                     issuing country, three letters (D, UTO)
              version 3: 6 bytes, C40          signer (4 characters), certificate reference (5)
              version 4: 4 bytes, C40          signer (4), length of the reference (2 digits)
                         as many as it takes   the reference, C40
              3 + 3 bytes                      day of issue, day of signing: MMDDYYYY as a number
              1 + 1 byte                       set of features, kind of document
    features  tag (one byte), length (DER), value; again and again
    FF        the signature, plain r || s, over everything before its tag; the last there is

The length of a reference is hexadecimal; one signer (DEZV) writes it in decimal. Reading is
strict and total: a tag twice, a length that is not the shortest, a byte after the signature, a
day that no calendar has: each is a reason of SealUnreadable, and no error holds content. What
the features mean is seal_content.py's, who signed is seal_checks.py's.

Source: ICAO 9303-13, 2.2 and 2.3 (header, message zone, signature zone); BSI TR-03137-1, 3;
research/mrz_qr.md section 6 (traps).
"""

from dataclasses import dataclass, field
from datetime import date
import re
from typing import Final

from egate.document import c40
from egate.document.c40 import FILLER, C40Error

MAGIC: Final = 0xDC
VERSIONS: Final = {0x02: 3, 0x03: 4}
SIGNATURE: Final = 0xFF
MAX_SEAL: Final = 2953  # bytes; the largest QR code holds no more, other codes less
MAX_FEATURES: Final = 32
MAX_REFERENCE: Final = 64  # characters; the longest seen is a digest of 40
SIGNATURE_BYTES: Final = range(40, 134)  # two numbers on a curve of 160 to 521 bits
DECIMAL_LENGTHS: Final = frozenset({"DEZV"})  # research/mrz_qr.md section 6
_COUNTRY: Final = re.compile(r"[A-Z]{1,3}<{0,2}")
_SIGNER: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")
_REFERENCE: Final = re.compile(r"<*[0-9A-Z]+")


class SealUnreadable(Exception):
    """These bytes are no seal; `reason` is the code a finding carries.

    not_a_seal, too_long, truncated, unknown_version, bad_c40, bad_country, bad_signer,
    bad_reference, bad_date, bad_length, too_many_features, feature_twice, no_signature,
    bad_signature_length, bytes_after_the_signature; and those of seal_content.py.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no seal: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Header:
    """Who issued and who signed; `country` has no fillers, `reference` none of its padding.

    `feature_set` and `category` say together which kind of document it is.
    """

    version: int
    country: str
    signer: str
    reference: str
    issued: date
    signed: date
    feature_set: int
    category: int

    def __repr__(self) -> str:
        """Leave the days out: when a document was made tells its last day."""
        return f"Header({self.country}, {self.signer}, {self.feature_set:02x}{self.category:02x})"


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal; `covered` is what the signature is over."""

    header: Header
    features: tuple[tuple[int, bytes], ...] = field(repr=False)
    covered: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def looks_like_one(raw: bytes) -> bool:
    """Say whether bytes begin like a seal."""
    return len(raw) >= 2 and raw[0] == MAGIC and raw[1] in VERSIONS


def read(raw: bytes) -> Seal:
    """Take a seal apart.

    Raises:
        SealUnreadable: with its reason.
    """
    if not raw.startswith(bytes([MAGIC])):
        raise SealUnreadable("not_a_seal")
    if len(raw) > MAX_SEAL:
        raise SealUnreadable("too_long")
    rest = _Rest(raw)
    try:
        header = _header(rest)
    except C40Error:
        raise SealUnreadable("bad_c40") from None
    features: dict[int, bytes] = {}
    covered = rest.at
    while (tag := rest.tag()) != SIGNATURE:
        if tag in features:
            raise SealUnreadable("feature_twice")
        if len(features) == MAX_FEATURES:
            raise SealUnreadable("too_many_features")
        features[tag] = rest.value()
        covered = rest.at
    return Seal(header, tuple(features.items()), raw[:covered], _signature(rest))


def _signature(rest: "_Rest") -> bytes:
    """Read the value of the signature, which must be the last there is."""
    signature = rest.value()
    if len(signature) not in SIGNATURE_BYTES or len(signature) % 2:
        raise SealUnreadable("bad_signature_length")
    if not rest.is_empty:
        raise SealUnreadable("bytes_after_the_signature")
    return signature


class _Rest:
    """What is still to be read of a seal."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self._raw):
            raise SealUnreadable("truncated")
        self.at += size
        return self._raw[self.at - size : self.at]

    def number(self, size: int = 1) -> int:
        return int.from_bytes(self.take(size))

    @property
    def is_empty(self) -> bool:
        return self.at == len(self._raw)

    def tag(self) -> int:
        if self.is_empty:
            raise SealUnreadable("no_signature")
        return self.number()

    def value(self) -> bytes:
        return self.take(self._length())

    def _length(self) -> int:
        """Read a length as DER writes it: the shortest way, at most two bytes behind the first."""
        first = self.number()
        if first < 0x80:
            return first
        if first not in {0x81, 0x82}:
            raise SealUnreadable("bad_length")
        size = first & 0x7F
        length = self.number(size)
        if length < (0x80 if size == 1 else 0x100):
            raise SealUnreadable("bad_length")
        return length


def _header(rest: _Rest) -> Header:
    rest.take(1)
    version = VERSIONS.get(rest.number())
    if version is None:
        raise SealUnreadable("unknown_version")
    country = c40.decode(rest.take(2))
    if not _COUNTRY.fullmatch(country):
        raise SealUnreadable("bad_country")
    signer, reference = _signer_of_3(rest) if version == 3 else _signer_of_4(rest)
    if not _SIGNER.fullmatch(signer):
        raise SealUnreadable("bad_signer")
    if not _REFERENCE.fullmatch(reference):
        raise SealUnreadable("bad_reference")
    return Header(
        version,
        country.rstrip(FILLER),
        signer,
        reference.lstrip(FILLER),
        issued=_day(rest.number(3)),
        signed=_day(rest.number(3)),
        feature_set=rest.number(),
        category=rest.number(),
    )


def _signer_of_3(rest: _Rest) -> tuple[str, str]:
    both = c40.decode(rest.take(6))
    return both[:4], both[4:]


def _signer_of_4(rest: _Rest) -> tuple[str, str]:
    both = c40.decode(rest.take(4))
    signer, digits = both[:4], both[4:]
    try:
        length = int(digits, 10 if signer in DECIMAL_LENGTHS else 16)
    except ValueError:
        raise SealUnreadable("bad_reference") from None
    if not 1 <= length <= MAX_REFERENCE:
        raise SealUnreadable("bad_reference")
    reference = c40.decode(rest.take(c40.encoded_bytes(length)))
    if len(reference) != length:
        raise SealUnreadable("bad_reference")
    return signer, reference


def _day(number: int) -> date:
    """Read MMDDYYYY."""
    month_and_day, year = divmod(number, 10_000)
    try:
        return date(year, *divmod(month_and_day, 100))
    except ValueError:
        raise SealUnreadable("bad_date") from None
