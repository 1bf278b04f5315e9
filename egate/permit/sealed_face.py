"""A face embedding sealed to the gates' key, so that a lost slip reveals no biometric.

Layout (176 bytes): ephemeral X25519 key 32, the embedding as 128 signed bytes under
AES-128-GCM, tag 16. The seal is bound to registration and nonce of its permit
(domain.token.face_binding), so a sealed face moved to another permit does not open.
The gate that opens it holds the private key in its vision host only.

Source: research/mrz_qr.md section 6; domain/embedding.py (what quantising costs).
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from egate.domain.embedding import dequantise, quantise
from egate.domain.token import SealedFace
from egate.permit import hpke
from egate.permit.claims import SEALED_FACE_BYTES

INFO = b"egate sealed face 1"


class SealBroken(Exception):
    """The sealed face was not made for this gate's key and this permit, or was changed."""


def seal(
    embedding: Sequence[float],
    gate_public_key: X25519PublicKey,
    bound: bytes,
    ephemeral: bytes,
) -> SealedFace:
    """Seal an embedding of 128 numbers, bound to one permit by `bound` (face_binding).

    `ephemeral` is 32 random bytes, never used before.

    Raises:
        ValueError: the embedding is no embedding, or `ephemeral` not 32 bytes.
    """
    key = X25519PrivateKey.from_private_bytes(ephemeral)
    return SealedFace(hpke.seal(quantise(embedding), gate_public_key, INFO, bound, key))


def unseal(
    sealed: SealedFace, gate_private_key: X25519PrivateKey, bound: bytes
) -> tuple[float, ...]:
    """Return the embedding, 128 numbers of length one.

    Raises:
        SealBroken: another gate's key, another permit, changed bytes, or no embedding inside.
    """
    if len(sealed.sealed) != SEALED_FACE_BYTES:
        raise SealBroken("a sealed face has 176 bytes")
    try:
        return dequantise(hpke.open_sealed(sealed.sealed, gate_private_key, INFO, bound))
    except (hpke.HpkeBroken, ValueError) as error:
        raise SealBroken("the sealed face does not open") from error
