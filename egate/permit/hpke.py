"""HPKE in base mode, one message a key: X25519, HKDF-SHA256, AES-128-GCM.

The ephemeral key is passed in. That is why the cryptography package's own HPKE (it draws the
key itself, from version 47) stands beside this only as a second speaker in the tests.

Source: RFC 9180 sections 4 (HKDF), 4.1 (DHKEM), 5.1 (key schedule); check values A.1.1.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEM_SUITE = b"KEM\x00\x20"  # RFC 9180 Table 2: DHKEM(X25519, HKDF-SHA256)
SUITE = b"HPKE\x00\x20\x00\x01\x00\x01"  # Tables 2, 3 and 5
MODE_BASE = b"\x00"
KEY_BYTES, NONCE_BYTES, HASH_BYTES, PUBLIC_BYTES, TAG_BYTES = 16, 12, 32, 32, 16


class HpkeBroken(Exception):
    """The message was not sealed to this key with this info and these bound bytes."""


def seal(
    plain: bytes,
    recipient: X25519PublicKey,
    info: bytes,
    bound: bytes,
    ephemeral: X25519PrivateKey,
) -> bytes:
    """Return the ephemeral public key and the ciphertext of `plain`, in one.

    `bound` is not kept in the message but must be the same to open it. An `ephemeral` key
    seals one message, ever.
    """
    public = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(recipient)
    key, nonce = _schedule(shared, public + recipient.public_bytes_raw(), info)
    return public + AESGCM(key).encrypt(nonce, plain, bound)


def open_sealed(sealed: bytes, recipient: X25519PrivateKey, info: bytes, bound: bytes) -> bytes:
    """Return what was sealed to `recipient`.

    Raises:
        HpkeBroken: it was not, or not with this `info` and `bound`, or it was changed.
    """
    public, cipher = sealed[:PUBLIC_BYTES], sealed[PUBLIC_BYTES:]
    try:
        shared = recipient.exchange(X25519PublicKey.from_public_bytes(public))
        own = recipient.public_key().public_bytes_raw()
        key, nonce = _schedule(shared, public + own, info)
        return AESGCM(key).decrypt(nonce, cipher, bound)
    except (ValueError, InvalidTag) as error:  # ValueError: a point of small order, or too short
        raise HpkeBroken("the message does not open") from error


def _schedule(shared: bytes, context: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return key and nonce of the first and only message."""
    pseudo_random = _extract(KEM_SUITE, b"", b"eae_prk", shared)
    secret = _expand(KEM_SUITE, pseudo_random, b"shared_secret", context, HASH_BYTES)
    schedule = (
        MODE_BASE
        + _extract(SUITE, b"", b"psk_id_hash", b"")
        + _extract(SUITE, b"", b"info_hash", info)
    )
    secret = _extract(SUITE, secret, b"secret", b"")
    return (
        _expand(SUITE, secret, b"key", schedule, KEY_BYTES),
        _expand(SUITE, secret, b"base_nonce", schedule, NONCE_BYTES),
    )


def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    """LabeledExtract of RFC 9180 section 4."""
    mac = hmac.HMAC(salt or bytes(HASH_BYTES), hashes.SHA256())
    mac.update(b"HPKE-v1" + suite + label + material)
    return mac.finalize()


def _expand(suite: bytes, secret: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """LabeledExpand of RFC 9180 section 4."""
    labelled = size.to_bytes(2) + b"HPKE-v1" + suite + label + info
    return HKDFExpand(algorithm=hashes.SHA256(), length=size, info=labelled).derive(secret)
