"""Signed data as security objects, master lists and deviation lists are wrapped in it (CMS).

    ContentInfo { signedData, SignedData { digests, content type and content, certificates,
        SignerInfo { who, digest algorithm, signed attributes, signature algorithm, signature } } }

A signature counts only over signed attributes that name the content's type and its digest; they
are hashed as they came, their tag made a SET's. Several signers are looked at, a few; whose
certificate is to be trusted is asked elsewhere. Certificates inside are candidates, no anchors.

Source: RFC 5652 sections 5 and 11; ICAO 9303-10 section 4.6.2; ICAO 9303-12 sections 9 and 10.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
import hmac
from typing import ClassVar, Final

from asn1crypto import algos, cms, core, x509

from egate.document import certificates
from egate.document.certificates import (
    MAX_CERTIFICATE,
    Certificate,
    CertificateRefused,
    Name,
    bounded,
    instant,
    read_name,
)
from egate.document.signatures import (
    AlgorithmRefused,
    Scheme,
    digest,
    hash_name,
    is_signature,
    scheme_of,
)
from egate.wire import tlv

MAX_CERTIFICATES: Final = 8
MAX_SIGNERS: Final = 4
MAX_SIGNER: Final = 16_384  # bytes; real ones have some 500
MAX_ATTRIBUTES: Final = 32

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"


class CmsRefused(Exception):
    """This is no signed data that could be used; `reason` is a code.

    too_long, unreadable, not_signed_data, no_content, no_signer, too_many_signers,
    too_many_certificates.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no signed data: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo; `attributes` is what was signed, None when no attributes are.

    It names its certificate by issuer and serial number or by key identifier; the other is empty.
    """

    issuer: Name | None
    serial: int
    key_id: bytes
    digest_name: str
    scheme: Scheme | None
    refused: str
    attributes: bytes | None = field(repr=False)
    content_type: str
    content_digest: bytes
    signing_time_utc_s: float | None
    signature: bytes = field(repr=False)

    def names(self, certificate: Certificate) -> bool:
        """Tell whether the signer says this certificate is its own."""
        if self.key_id:
            return self.key_id == certificate.extensions.key_id
        return (self.issuer, self.serial) == (certificate.issuer, certificate.serial)


@dataclass(frozen=True, slots=True)
class SignedData:
    """Signed data, read but not believed; `unreadable` counts certificates that were none."""

    content_type: str
    content: bytes = field(repr=False)
    certificates: tuple[Certificate, ...]
    unreadable: int
    signers: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature that verified, and the certificate whose key made it."""

    signer: Signer
    certificate: Certificate


def decode(raw: bytes, max_bytes: int) -> SignedData:
    """Return the signed data that `raw` is.

    Raises:
        CmsRefused: nothing of it may be used.
    """
    if len(raw) > max_bytes:
        raise CmsRefused("too_long")
    try:
        return _decode(raw)
    except CmsRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise CmsRefused("unreadable") from None


def signatures(signed: SignedData) -> tuple[tuple[Signature, ...], str]:
    """Return the signatures that verify, and, when there is none, the reason as a code.

    A signer's own certificate is tried first and then every other: real signers have named one
    that is not there. Reasons: no_signer_certificate, no_signed_attributes, wrong_content_type,
    wrong_message_digest, signature_does_not_verify, and those of AlgorithmRefused.
    """
    verified: list[Signature] = []
    reason = "no_signer_certificate"
    for signer in signed.signers:
        try:
            _check_attributes(signer, signed)
        except _Unproven as fault:
            reason = fault.reason
            continue
        made = next(_made_by(signer, signed.certificates), None)
        if isinstance(made, Signature):
            verified.append(made)
        elif made is not None:
            reason = made
    return tuple(verified), "" if verified else reason


class _Unproven(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _check_attributes(signer: Signer, signed: SignedData) -> None:
    """Hold the signed attributes against the content; _Unproven when they do not fit."""
    if signer.scheme is None:
        raise _Unproven(signer.refused)
    if signer.attributes is None:
        raise _Unproven("no_signed_attributes")
    if signer.content_type != signed.content_type:
        raise _Unproven("wrong_content_type")
    try:
        made = digest(signer.digest_name, signed.content)
    except AlgorithmRefused as refusal:
        raise _Unproven(refusal.reason) from None
    if not hmac.compare_digest(made, signer.content_digest):
        raise _Unproven("wrong_message_digest")


def _made_by(signer: Signer, candidates: Sequence[Certificate]) -> Iterator[Signature | str]:
    """Give the signature as soon as a certificate's key made it, else one reason why none did."""
    assert signer.scheme is not None
    assert signer.attributes is not None
    reason = ""
    for candidate in sorted(candidates, key=signer.names, reverse=True):
        try:
            key = candidate.public_key()
            if is_signature(key, signer.scheme, signer.signature, signer.attributes):
                yield Signature(signer, candidate)
        except AlgorithmRefused as refusal:
            reason = reason or refusal.reason
        else:
            reason = reason or "signature_does_not_verify"
    if reason:
        yield reason


class _Attribute(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("type", core.ObjectIdentifier),
        ("values", core.SetOf, {"spec": core.Any}),
    ]


class _Attributes(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = _Attribute


class _SignerInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("who", cms.SignerIdentifier),
        ("digest", algos.DigestAlgorithm),
        ("attributes", _Attributes, {"implicit": 0, "optional": True}),
        ("scheme", algos.SignedDigestAlgorithm),
        ("signature", core.OctetString),
        ("unsigned", _Attributes, {"implicit": 1, "optional": True}),
    ]


class _Content(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("type", core.ObjectIdentifier),
        ("content", core.OctetString, {"explicit": 0, "optional": True}),
    ]


class _SignedData(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("digests", core.SetOf, {"spec": core.Any}),
        ("content", _Content),
        ("certificates", core.SetOf, {"spec": core.Any, "implicit": 0, "optional": True}),
        ("lists", core.SetOf, {"spec": core.Any, "implicit": 1, "optional": True}),
        ("signers", core.SetOf, {"spec": _SignerInfo}),
    ]


class _ContentInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("type", core.ObjectIdentifier),
        ("content", _SignedData, {"explicit": 0}),
    ]


def _decode(raw: bytes) -> SignedData:
    outer = _ContentInfo.load(raw, strict=True)
    if bounded(outer["type"]).dotted != _SIGNED_DATA:
        raise CmsRefused("not_signed_data")
    data = outer["content"]
    content = data["content"]["content"].native
    if not isinstance(content, bytes):
        raise CmsRefused("no_content")
    found, unreadable = _certificates(data["certificates"])
    return SignedData(
        content_type=str(bounded(data["content"]["type"]).dotted),
        content=content,
        certificates=found,
        unreadable=unreadable,
        signers=_signers(data["signers"]),
    )


def _certificates(listed: core.SetOf) -> tuple[tuple[Certificate, ...], int]:
    """Return the certificates inside and how many could not be read."""
    if isinstance(listed, core.Void):
        return (), 0
    most_bytes = MAX_CERTIFICATES * MAX_CERTIFICATE  # looked at before they are taken apart
    if len(listed.contents) > most_bytes or len(listed) > MAX_CERTIFICATES:
        raise CmsRefused("too_many_certificates")
    found, unreadable = [], 0
    for one in listed:
        try:
            found.append(certificates.decode(one.dump()))
        except CertificateRefused:
            unreadable += 1
    return tuple(found), unreadable


def _signers(listed: core.SetOf) -> tuple[Signer, ...]:
    if len(listed.contents) > MAX_SIGNERS * MAX_SIGNER or len(listed) > MAX_SIGNERS:
        raise CmsRefused("too_many_signers")
    if not len(listed):
        raise CmsRefused("no_signer")
    return tuple(_signer(one) for one in listed)


def _signer(info: _SignerInfo) -> Signer:
    issuer, serial, key_id = _who(info["who"])
    digest_name = hash_name(bounded(info["digest"]))
    scheme, refused = None, ""
    try:
        scheme = scheme_of(bounded(info["scheme"]), digest_name)
    except AlgorithmRefused as refusal:
        refused = refusal.reason
    values = _values(bounded(info["attributes"]))
    kind, made = values.get(_CONTENT_TYPE), values.get(_MESSAGE_DIGEST)
    time = values.get(_SIGNING_TIME)
    return Signer(
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        digest_name=digest_name,
        scheme=scheme,
        refused=refused,
        attributes=_as_set(info["attributes"]) if values else None,
        content_type=core.ObjectIdentifier.load(kind, strict=True).dotted if kind else "",
        content_digest=core.OctetString.load(made, strict=True).native if made else b"",
        signing_time_utc_s=instant(x509.Time.load(time, strict=True)) if time else None,
        signature=info["signature"].native,
    )


def _who(named: cms.SignerIdentifier) -> tuple[Name | None, int, bytes]:
    """Return how a signer names its certificate: issuer and serial number, or key identifier."""
    if named.name == "subject_key_identifier":
        return None, 0, bytes(named.native)
    chosen = bounded(named.chosen)
    return read_name(chosen["issuer"].dump()), int(chosen["serial_number"].native), b""


def _as_set(attributes: _Attributes) -> bytes:
    """Return what is signed: the attributes as they came, under the tag of a SET."""
    return tlv.encode(0x31, attributes.contents)


def _values(attributes: _Attributes) -> dict[str, bytes]:
    """Return the one value of each attribute; twice the same would mean two things at once."""
    if isinstance(attributes, core.Void):
        return {}
    if len(attributes) > MAX_ATTRIBUTES:
        raise CmsRefused("unreadable")
    found: dict[str, bytes] = {}
    for one in attributes:
        kind = str(one["type"].dotted)
        if kind in found or len(one["values"]) != 1:
            raise CmsRefused("unreadable")
        found[kind] = one["values"][0].dump()
    return found
