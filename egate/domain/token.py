"""The token a traveller presents, once its bytes are read: a signed QR permit, or a document.

A permit names a person only by registration number; the reference face is either sealed to
the gates' key or a digest of the registry's template, so that a lost slip reveals nothing. A
document brings the portrait itself.

Source: research/mrz_qr.md section 6; DESIGN section 7 (nothing of a person outlives the passage).
"""

from dataclasses import dataclass, field
from enum import StrEnum
import hashlib
from typing import Final

MAX_PORTRAIT: Final = 150_000  # DG2 is 12 to 25 KB usually; a file of a chip is read up to 200 KB


class TravelDirection(StrEnum):
    """The crossings a permit allows."""

    ENTRY = "entry"
    EXIT = "exit"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class SealedFace:
    """A face embedding encrypted to the gates' key (bytes as they stand in the permit)."""

    sealed: bytes


@dataclass(frozen=True, slots=True)
class TemplateDigest:
    """The first 16 bytes of the SHA-256 of the registry's template for this registration."""

    digest: bytes


@dataclass(frozen=True, slots=True)
class Portrait:
    """The holder's picture as the chip holds it: JPEG, JP2 or a bare codestream, not decoded.

    >>> Portrait(b"")
    Traceback (most recent call last):
    ...
    ValueError: a portrait of 0 bytes is outside 1..150000
    """

    picture: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.picture) <= MAX_PORTRAIT:
            raise ValueError(
                f"a portrait of {len(self.picture)} bytes is outside 1..{MAX_PORTRAIT}"
            )


@dataclass(frozen=True, slots=True)
class Permit:
    """The claims of one permit, as its issuer signed them; nothing here is checked yet.

    `nonce` is unique to the permit (CWT cti). Instants are seconds of the Unix epoch.
    """

    issuer_key: str
    registration: str
    document_kind: str
    document_digest: bytes
    crossing: str
    direction: TravelDirection
    valid_from_s: int
    valid_to_s: int
    nonce: bytes
    reference: SealedFace | TemplateDigest

    def __repr__(self) -> str:
        """Name the issuer's key only: a permit's claims are personal data."""
        return f"Permit(issuer_key={self.issuer_key!r})"


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """What a gate keeps of a travel document while the passage lasts; who believes it checks it.

    `identity` (16 bytes) is the same each time this document is presented and tells nothing of it.
    `last_day` is the last day of its validity as an ordinal (date.toordinal), None where its zone
    tells none.
    """

    identity: bytes
    issuer: str
    document_code: str
    document_number: str = field(repr=False)
    last_day: int | None
    portrait: Portrait | None = field(repr=False)

    def __repr__(self) -> str:
        """Name the issuer only."""
        return f"TravelDocument(issuer={self.issuer!r})"


Reference = SealedFace | TemplateDigest | Portrait


def document_identity(hashes_signed: bytes) -> bytes:
    """Return what a document is known by in the journal: of the hashes that its issuer signed.

    They stand for all of its content, portrait too, so nobody can find the document by trying
    numbers; and unlike a signature they cannot be written in another way.
    """
    return hashlib.sha256(b"egate document chip" + hashes_signed).digest()[:16]


def token_digest(nonce: bytes) -> bytes:
    """Return what a permit is known by in the journal: 16 bytes of the SHA-256 of its nonce."""
    return hashlib.sha256(nonce).digest()[:16]


def face_binding(registration: str, nonce: bytes) -> bytes:
    """Return the 32 bytes that tie a sealed face to its permit, without naming the person."""
    name = registration.encode()
    return hashlib.sha256(b"egate face" + bytes([len(name)]) + name + nonce).digest()


def document_digest(kind: str, number: str, nonce: bytes) -> bytes:
    """Return 16 bytes that tie a permit to a document: SHA-256 of kind, number and nonce.

    The nonce keeps two permits of one person from being linked by this digest. It is no
    secret: whoever holds the permit can try all numbers, so this hides nothing from them.
    """
    text = f"{kind}|{number}|".encode()
    return hashlib.sha256(b"egate document" + text + nonce).digest()[:16]
