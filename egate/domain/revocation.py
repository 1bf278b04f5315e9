"""The list of revoked permits as a value: digests of nonces, with a version and an age limit.

How the list is signed and read is egate.permit.revoked; what an old list means is the policy's.

Source: research/mrz_qr.md section 6, offline rule 4 (8 bytes a permit, 100 k permits 0.8 MB).
"""

from dataclasses import dataclass
import hashlib

DIGEST_BYTES = 8


def revocation_digest(nonce: bytes) -> bytes:
    """Return the first 8 bytes of the SHA-256 of a permit's nonce."""
    return hashlib.sha256(nonce).digest()[:DIGEST_BYTES]


@dataclass(frozen=True, slots=True)
class Revoked:
    """The permits that are revoked, as one list that its signer issued at one time.

    >>> Revoked(7, 1_800_000_000, 86_400, frozenset({revocation_digest(b"12345678")}))
    Revoked(version 7, 1 permits)
    """

    version: int
    issued_at_utc_s: int
    max_age_s: int
    digests: frozenset[bytes]

    def __contains__(self, nonce: bytes) -> bool:
        """Say whether the permit with this nonce is revoked."""
        return revocation_digest(nonce) in self.digests

    def is_fresh(self, now_utc_s: float) -> bool:
        """Say whether the list has been issued and is not older than its own limit."""
        return 0 <= now_utc_s - self.issued_at_utc_s <= self.max_age_s

    def __repr__(self) -> str:
        """Give version and size only."""
        return f"Revoked(version {self.version}, {len(self.digests)} permits)"
