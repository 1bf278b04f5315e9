"""Files that bring trust: certificates, revocation lists, master and deviation lists, LDIF.

What a file holds is told by its content, never by its name. DER, PEM (several in one file) and
LDIF are read. Certificates in an LDIF are no act of trust: document signers come with every
security object, and a country signer is pinned from a file of its own, by hand.

Source: DESIGN section 7; ICAO 9303-12 section 5; RFC 7468; RFC 2849.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from asn1crypto import pem

from egate.document import certificates, cms, ldif, revocation_list
from egate.document.certificates import MAX_CERTIFICATE, CertificateRefused
from egate.document.cms import CmsRefused
from egate.document.list_signer import MAX_LIST, ListKind
from egate.document.revocation_list import RevocationListRefused

MAX_LDIF: Final = 536_870_912  # bytes; the directory of ICAO has about 100 million
MAX_OFFERS: Final = 4096
_NOT_BY_HAND: Final = frozenset({"usercertificate", "cacertificate"})


class Kind(StrEnum):
    """What can be brought, in the order in which one needs the other."""

    COUNTRY_SIGNER = "country_signer"
    MASTER_LIST = "master_list"
    REVOCATION_LIST = "revocation_list"
    DEVIATION_LIST = "deviation_list"


_OF_LISTS: Final = {
    ListKind.MASTER_LIST.value[0]: Kind.MASTER_LIST,
    ListKind.DEVIATION_LIST.value[0]: Kind.DEVIATION_LIST,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing a file brought: `source` names file and place, `kind` None when it is nothing."""

    source: str
    kind: Kind | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file brought, and how many certificates in a directory were passed over."""

    offers: tuple[Offer, ...]
    passed_over: int


def read(path: Path) -> Brought:
    """Return what a file brings; OSError when it cannot be read."""
    with path.open("rb") as file:
        start = file.read(MAX_LIST + 1)
        if start.startswith((b"dn:", b"version:", b"#")):
            file.seek(0)
            return _directory(path.name, file)
    if len(start) > MAX_LIST:
        return Brought((Offer(path.name, None, b""),), 0)
    parts = _unarmoured(start)
    names = (
        [path.name] if len(parts) == 1 else [f"{path.name} #{n}" for n in range(1, len(parts) + 1)]
    )
    return Brought(
        tuple(Offer(name, recognise(one), one) for name, one in zip(names, parts, strict=True)), 0
    )


def recognise(content: bytes) -> Kind | None:
    """Return what `content` (DER) is, None when it is nothing that can be used."""
    try:
        signed = cms.decode(content, MAX_LIST)
    except CmsRefused:
        return _certificate_or_list(content)
    return _OF_LISTS.get(signed.content_type)


def _certificate_or_list(content: bytes) -> Kind | None:
    if len(content) <= MAX_CERTIFICATE:
        try:
            certificates.decode(content)
        except CertificateRefused:
            pass
        else:
            return Kind.COUNTRY_SIGNER
    try:
        revocation_list.decode(content)
    except RevocationListRefused as refusal:
        return None if refusal.reason == "unreadable" else Kind.REVOCATION_LIST
    return Kind.REVOCATION_LIST


def _unarmoured(content: bytes) -> list[bytes]:
    """Return the DER in a PEM text, or the content itself."""
    if not pem.detect(content):
        return [content]
    try:
        return [der for _, _, der in pem.unarmor(content, multiple=True)][:MAX_OFFERS] or [b""]
    except ValueError:
        return [b""]


def _directory(name: str, file: BinaryIO) -> Brought:
    """Read an LDIF; what is neither a list nor to be passed over is told as nothing."""
    offers: list[Offer] = []
    passed_over = 0
    for place, value in enumerate(ldif.values(_lines(file), _NOT_BY_HAND), start=1):
        if value.attribute in _NOT_BY_HAND:
            passed_over += 1
            continue
        content = value.content or b""
        kind = recognise(content)
        if kind is Kind.COUNTRY_SIGNER:
            passed_over += 1
        elif kind is not None or "list" in value.attribute:
            offers.append(Offer(f"{name} #{place}", kind, content))
        if len(offers) > MAX_OFFERS:
            break
    return Brought(tuple(offers), passed_over)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file of at most MAX_LDIF bytes."""
    size = 0
    while line := file.readline(ldif.MAX_LINE):
        size += len(line)
        if size > MAX_LDIF:
            return
        yield line
