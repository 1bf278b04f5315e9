"""X.509 certificates of travel documents' issuers: what stands in one, and who signed it.

Parsed with asn1crypto, for the strict readers refuse one genuine country signer in six. What is
signed is the bytes as they came. Whether a certificate may be relied on is asked elsewhere
(trust_store.py, passive_authentication.py); nothing here trusts anything.

Source: ICAO 9303-12 section 7.1 (profiles); RFC 5280; research/emrtd.md section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, ClassVar, Final

from asn1crypto import core, pem, x509

from egate.document.signatures import AlgorithmRefused, PublicKey, is_signature, read_key, scheme_of

MAX_CERTIFICATE: Final = 16_384  # bytes; the longest in a master list has 2,299
MAX_EXTENSIONS: Final = 64
MAX_NAME_PARTS: Final = 32
MAX_CODE: Final = 3  # of a country, state or kind of document
MAX_PART: Final = 4096  # bytes of an algorithm, a name, a list of attributes or extensions

DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
MASTER_LIST_SIGNING: Final = "2.23.136.1.1.3"
DEVIATION_LIST_SIGNING: Final = "2.23.136.1.1.8"

_COUNTRY, _COMMON_NAME, _LOCALITY = "2.5.4.6", "2.5.4.3", "2.5.4.7"
_KEY_ID, _KEY_USAGE, _KEY_PERIOD = "2.5.29.14", "2.5.29.15", "2.5.29.16"
_SUBJECT_NAMES, _ISSUER_NAMES, _CONSTRAINTS = "2.5.29.17", "2.5.29.18", "2.5.29.19"
_LISTS, _POLICIES, _ISSUER_KEY_ID, _PURPOSES = "2.5.29.31", "2.5.29.32", "2.5.29.35", "2.5.29.37"
UNDERSTOOD: Final = frozenset(
    {
        _KEY_ID,
        _KEY_USAGE,
        _KEY_PERIOD,
        _SUBJECT_NAMES,
        _ISSUER_NAMES,
        _CONSTRAINTS,
        _LISTS,
        _POLICIES,
        _ISSUER_KEY_ID,
        _PURPOSES,
        DOCUMENT_TYPES,
    }
)


class CertificateRefused(Exception):
    """These bytes are no certificate that could be read; `reason` is a code.

    too_long, unreadable.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no certificate: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name.

    Two names are the same when `parts` are: (type, text) with case, blanks and the kind of
    string smoothed, for real issuers differ in them between certificates.
    """

    parts: tuple[tuple[str, str], ...]
    country: str = field(compare=False)
    words: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A time from one instant to another, both included; None is open."""

    from_utc_s: float | None
    to_utc_s: float | None

    def standing(self, at_utc_s: float) -> str | None:
        """Return `not_yet_valid` or `expired`, or None when `at_utc_s` is within."""
        if self.from_utc_s is not None and at_utc_s < self.from_utc_s:
            return "not_yet_valid"
        if self.to_utc_s is not None and at_utc_s > self.to_utc_s:
            return "expired"
        return None


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the extensions say; None or empty where there is none.

    `state` is the issuing state as in the MRZ (D, UTO), where the certificate tells it.
    """

    key_id: bytes = b""
    issuer_key_id: bytes = b""
    key_usage: frozenset[str] | None = None
    is_ca: bool | None = None
    purposes: frozenset[str] = frozenset()
    key_period: Span = Span(None, None)
    document_types: tuple[str, ...] = ()
    state: str = ""
    unknown_critical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, read but not believed."""

    raw: bytes = field(repr=False)
    signed: bytes = field(repr=False, compare=False)
    signature: bytes = field(repr=False, compare=False)
    algorithm: x509.SignedDigestAlgorithm = field(repr=False, compare=False)
    public_key_info: bytes = field(repr=False, compare=False)
    subject: Name
    issuer: Name
    serial: int
    valid: Span
    extensions: Extensions

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the whole certificate, hexadecimal."""
        return sha256(self.raw).hexdigest()

    @property
    def country(self) -> str:
        """The country of the subject, or of the issuer if that has none; two capital letters."""
        return self.subject.country or self.issuer.country

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer have the same name; a link certificate may, too."""
        return self.subject == self.issuer

    @property
    def may_sign_certificates(self) -> bool:
        """Whether key usage, or without one the basic constraints, make it a country signer."""
        usage = self.extensions.key_usage
        return "key_cert_sign" in usage if usage is not None else bool(self.extensions.is_ca)

    def public_key(self) -> PublicKey:
        """Return its key.

        Raises:
            AlgorithmRefused: with its reason.
        """
        return read_key(self.public_key_info)

    def is_signed_by(self, key: PublicKey) -> bool:
        """Tell whether `key` signed it.

        Raises:
            AlgorithmRefused: how it is signed is not known here.
        """
        return is_signature(key, scheme_of(self.algorithm), self.signature, self.signed)

    def scheme_in_words(self) -> str:
        """Name how it is signed, `unknown` when that is not known here."""
        try:
            return str(scheme_of(self.algorithm))
        except AlgorithmRefused:
            return "unknown"


def decode(raw: bytes) -> Certificate:
    """Return the certificate that `raw` (DER) is.

    Raises:
        CertificateRefused: nothing of it may be used.
    """
    if len(raw) > MAX_CERTIFICATE:
        raise CertificateRefused("too_long")
    try:
        return _decode(raw)
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise CertificateRefused("unreadable") from None


def without_armour(content: bytes) -> bytes:
    """Return the DER of a PEM text; DER comes back as it is.

    Raises:
        CertificateRefused: a PEM text that holds nothing.
    """
    if not pem.detect(content):
        return content
    try:
        return bytes(pem.unarmor(content)[2])
    except ValueError:
        raise CertificateRefused("unreadable") from None


@lru_cache(maxsize=512)
def read_name(raw: bytes) -> Name:
    """Return the name that `raw` (DER) is; raises whatever asn1crypto does when it is none."""
    parts = [
        (str(part["type"].dotted), str(part["value"].native))
        for group in x509.Name.load(raw, strict=True).chosen
        for part in group
    ]
    if len(parts) > MAX_NAME_PARTS:
        raise ValueError("a name of too many parts")
    told = dict(parts)
    return Name(
        parts=tuple((kind, " ".join(text.split()).casefold()) for kind, text in parts),
        country=_code(told.get(_COUNTRY, "")),
        words=told.get(_COMMON_NAME) or (parts[-1][1] if parts else ""),
    )


def _code(text: str) -> str:
    """Return a code of up to three letters or digits in capitals; empty when it is none."""
    code = text.strip().upper()
    return code if code.isascii() and code.isalnum() and len(code) <= MAX_CODE else ""


def bounded(part: Any) -> Any:  # noqa: ANN401  # asn1crypto has no types
    """Return a part of a structure that has no more than MAX_PART bytes.

    Asked before it is looked into, for an object identifier costs the square of its length.

    Raises:
        ValueError: it is longer.
    """
    if len(part.contents or b"") > MAX_PART:
        raise ValueError("a long part")
    return part


def instant(time: x509.Time) -> float:
    """Return a UTCTime or GeneralizedTime as seconds since 1970."""
    native: datetime = time.chosen.native
    return native.timestamp()


def key_id_of(extension: core.ParsableOctetString) -> bytes:
    """Return the key identifier in an AuthorityKeyIdentifier; empty when it names another way."""
    return bytes(extension.parsed["key_identifier"].native or b"")


def _decode(raw: bytes) -> Certificate:
    certificate = x509.Certificate.load(raw, strict=True)
    body = certificate["tbs_certificate"]
    inner, outer = body["signature"], certificate["signature_algorithm"]
    if inner["algorithm"].dotted != outer["algorithm"].dotted:
        raise ValueError("two signature algorithms")
    valid = body["validity"]
    return Certificate(
        raw=raw,
        signed=body.dump(),
        signature=bytes(certificate["signature_value"]),
        algorithm=inner,
        public_key_info=body["subject_public_key_info"].dump(),
        subject=read_name(body["subject"].dump()),
        issuer=read_name(body["issuer"].dump()),
        serial=int(body["serial_number"].native),
        valid=Span(instant(valid["not_before"]), instant(valid["not_after"])),
        extensions=_extensions(body["extensions"]),
    )


def _extensions(listed: x509.Extensions) -> Extensions:
    """Read the extensions; one that stands there twice would mean two things at once."""
    if len(listed) > MAX_EXTENSIONS:
        raise ValueError("too many extensions")
    found = {str(one["extn_id"].dotted): one for one in listed}
    if len(found) != len(listed):
        raise ValueError("an extension twice")
    unknown = (
        oid for oid, one in found.items() if one["critical"].native and oid not in UNDERSTOOD
    )
    values = MappingProxyType({oid: one["extn_value"] for oid, one in found.items()})
    return Extensions(
        key_id=bytes(values[_KEY_ID].parsed.native) if _KEY_ID in values else b"",
        issuer_key_id=key_id_of(values[_ISSUER_KEY_ID]) if _ISSUER_KEY_ID in values else b"",
        key_usage=frozenset(values[_KEY_USAGE].parsed.native) if _KEY_USAGE in values else None,
        is_ca=bool(values[_CONSTRAINTS].parsed["ca"].native) if _CONSTRAINTS in values else None,
        purposes=frozenset(one.dotted for one in values[_PURPOSES].parsed)
        if _PURPOSES in values
        else frozenset(),
        key_period=_key_period(values),
        document_types=_document_types(values),
        state=_state(values),
        unknown_critical=tuple(sorted(unknown)),
    )


def _key_period(values: Mapping[str, core.ParsableOctetString]) -> Span:
    """Return when the private key may sign."""
    if _KEY_PERIOD not in values:
        return Span(None, None)
    period = values[_KEY_PERIOD].parsed
    ends = (period["not_before"].native, period["not_after"].native)
    return Span(*(end.timestamp() if end is not None else None for end in ends))


class _DocumentTypes(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("types", core.SetOf, {"spec": core.PrintableString}),
    ]


def _document_types(values: Mapping[str, core.ParsableOctetString]) -> tuple[str, ...]:
    """Return the kinds of document a document signer may sign; none when it tells none."""
    if DOCUMENT_TYPES not in values:
        return ()
    try:
        listed = _DocumentTypes.load(bytes(values[DOCUMENT_TYPES]), strict=True)["types"].native
    except ValueError:
        return ()  # some states write it their own way; it is not critical
    return tuple(_code(str(one).rstrip("<")) for one in listed[:16])


def _state(values: Mapping[str, core.ParsableOctetString]) -> str:
    """Return the locality of the directory name among the subject's other names."""
    if _SUBJECT_NAMES not in values:
        return ""
    try:
        named = (one for one in values[_SUBJECT_NAMES].parsed if one.name == "directory_name")
        parts = [part for one in named for part in read_name(one.chosen.chosen.dump()).parts]
    except ValueError:
        return ""  # it is not critical, and real ones are malformed
    return next((_code(text) for kind, text in parts if kind == _LOCALITY), "")
