"""The token a traveller presents: here the signed QR permit, once its bytes are read.

A permit names a person only by registration number; the reference face is either sealed to
the gates' key or a digest of the registry's template, so that a lost slip reveals nothing.

Source: research/mrz_qr.md section 6.
"""

from dataclasses import dataclass
from enum import StrEnum


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
