"""The token a traveller presents: the signed QR permit, once its bytes are read, and its faces.

A permit names a person only by registration number; the reference face is either sealed to
the gates' key or a digest of the registry's template, so that a lost slip reveals nothing. A chip
document has no permit: its reference is the portrait in its DG2, as it stands there.

Source: research/mrz_qr.md section 6; research/emrtd.md sections 5.1 and 6.2 (rule 17).
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
