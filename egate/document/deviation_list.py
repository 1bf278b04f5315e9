"""Deviation lists: documents a state has signed wrongly and vouches for all the same.

A deviation names document signers and one fault. It excuses that fault only, for those signers
only, and never makes a pass of it: the check becomes inconclusive, and an officer looks. Not
used: deviations of the MRZ and of chips, and those limited to single document numbers.

Here is what a list says; who signed it is asked in list_signer.py before it is read.

Source: ICAO 9303-12 section 10 (implicit tags); research/emrtd.md 6.2 (rule 13).
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha1, sha256, sha512
from typing import ClassVar, Final

from asn1crypto import algos, cms, core

from egate.document.certificates import Certificate, Name, bounded, read_name

MAX_DEVIATIONS: Final = 4096
MAX_DESCRIPTIONS: Final = 64


class DeviationListRefused(Exception):
    """This is no deviation list that could be used; `reason` is `unreadable` or `too_many`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no deviation list: {reason}")
        self.reason = reason


class Fault(StrEnum):
    """The faults that concern passive authentication, by their object identifiers."""

    DOCUMENT_SIGNER_SIGNATURE = "2.23.136.1.1.7.1.1"
    DATA_GROUP_HASH = "2.23.136.1.1.7.2.2"
    SECURITY_OBJECT_SIGNATURE = "2.23.136.1.1.7.2.3"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One fault of what some document signers signed; `data_group` 0 when it is no hash.

    The signer is named by digest, by key identifier, or by issuer and serial number; by nothing
    when the deviation is about other things, and then it is about no signer here.
    """

    fault: Fault
    data_group: int = 0
    digest: bytes = b""
    key_id: bytes = b""
    issuer: Name | None = None
    serial: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether it names one certificate by its digest: the other ways, a forger can copy."""
        return bool(self.digest)

    def is_about(self, certificate: Certificate) -> bool:
        """Tell whether it names this document signer."""
        if self.digest:
            digests = (one(certificate.raw).digest() for one in (sha256, sha512, sha1))
            return self.digest in tuple(digests)
        if self.key_id:
            return self.key_id == certificate.extensions.key_id
        named = (self.issuer, self.serial)
        return self.issuer is not None and named == (certificate.issuer, certificate.serial)


@dataclass(frozen=True, slots=True)
class DeviationList:
    """The deviations that can be used here, and how many cannot."""

    deviations: tuple[Deviation, ...]
    unused: int


def decode(content: bytes) -> DeviationList:
    """Return what a list says, from the content its signer signed.

    Raises:
        DeviationListRefused: nothing of it may be used.
    """
    try:
        found = _all(content)
    except DeviationListRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise DeviationListRefused("unreadable") from None
    usable = tuple(one for one in found if one is not None)
    return DeviationList(usable, len(found) - len(usable))


class _Period(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("first", core.GeneralizedTime),
        ("last", core.GeneralizedTime),
    ]


class _SignerIdentifier(core.Choice):  # type: ignore[misc]  # asn1crypto has no types
    _alternatives: ClassVar = [
        ("issuer_and_serial_number", cms.IssuerAndSerialNumber, {"implicit": 1}),
        ("key_id", core.OctetString, {"implicit": 2}),
        ("digest", core.OctetString, {"implicit": 3}),
    ]


class _Documents(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("document_type", core.PrintableString, {"implicit": 0, "optional": True}),
        ("signer", _SignerIdentifier, {"optional": True}),
        ("issued", _Period, {"implicit": 4, "optional": True}),
        ("numbers", core.SetOf, {"spec": core.Any, "implicit": 5, "optional": True}),
    ]


class _Description(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("description", core.PrintableString, {"optional": True}),
        ("fault", core.ObjectIdentifier),
        ("parameters", core.Any, {"explicit": 0, "optional": True}),
        ("national", core.Any, {"explicit": 1, "optional": True}),
    ]


class _Deviation(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("documents", _Documents),
        ("descriptions", core.SetOf, {"spec": _Description}),
    ]


class _DeviationList(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("digest", algos.DigestAlgorithm, {"optional": True}),
        ("deviations", core.SetOf, {"spec": _Deviation}),
    ]


def _all(content: bytes) -> list[Deviation | None]:
    listed = _DeviationList.load(content, strict=True)["deviations"]
    if len(listed) > MAX_DEVIATIONS:
        raise DeviationListRefused("too_many")
    return [one for each in listed for one in _each(each)]


def _each(deviation: _Deviation) -> list[Deviation | None]:
    """Return one deviation for each fault described; None for one that cannot be used."""
    documents = deviation["documents"]
    descriptions = deviation["descriptions"]
    if len(descriptions) > MAX_DESCRIPTIONS:
        raise DeviationListRefused("too_many")
    is_limited = not isinstance(documents["numbers"], core.Void)
    is_about_no_signer = isinstance(documents["signer"], core.Void)
    if is_limited or is_about_no_signer:
        return [None] * len(descriptions)
    return [_described(one, documents["signer"]) for one in descriptions]


def _described(description: _Description, signer: _SignerIdentifier) -> Deviation | None:
    oid = bounded(description["fault"]).dotted
    if oid not in tuple(Fault):
        return None
    fault, data_group = Fault(oid), 0
    if fault is Fault.DATA_GROUP_HASH:
        data_group = int(description["parameters"].parse(core.Integer).native)
    chosen = bounded(signer.chosen)
    if signer.name == "digest":
        return Deviation(fault, data_group, digest=bytes(chosen.native))
    if signer.name == "key_id":
        return Deviation(fault, data_group, key_id=bytes(chosen.native))
    issuer = read_name(chosen["issuer"].dump())
    return Deviation(fault, data_group, issuer=issuer, serial=int(chosen["serial_number"].native))
