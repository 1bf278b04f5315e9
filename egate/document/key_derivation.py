"""Session keys and password keys from a shared secret.

    KDF(K, counter) = the first bytes of H(K || counter, four bytes)
    counter 1   encryption          3DES, AES-128      H = SHA-1
    counter 2   authentication      AES-192, AES-256   H = SHA-256
    counter 3   from a password

3DES keys get odd parity, as the worked examples print them; a cipher does not look at it.
SHA-1 here is the standard's and nothing rests on its collisions.

Source: ICAO 9303-11, 9.7.1 (key derivation), 9.7.1.4 (parity), 9.7.2 and 9.7.3 (passwords).
"""

from dataclasses import dataclass
import hashlib
from typing import Final

from egate.document.symmetric import Cipher

ENCRYPTION: Final = 1
AUTHENTICATION: Final = 2
PASSWORD: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """What a secure messaging channel is made of."""

    cipher: Cipher
    encryption: bytes
    authentication: bytes


def session_keys(secret: bytes, cipher: Cipher) -> SessionKeys:
    """Return both keys of a channel from the secret both sides share."""
    return SessionKeys(
        cipher, derive(secret, ENCRYPTION, cipher), derive(secret, AUTHENTICATION, cipher)
    )


def derive(secret: bytes, counter: int, cipher: Cipher) -> bytes:
    """Return the key that `counter` names, as long as `cipher` wants it."""
    material = secret + counter.to_bytes(4)
    match cipher:
        case Cipher.AES_192 | Cipher.AES_256:
            return hashlib.sha256(material).digest()[: cipher.key_bytes]
        case Cipher.AES_128:
            return _sha1(material)[: cipher.key_bytes]
        case Cipher.TRIPLE_DES:
            return _with_odd_parity(_sha1(material)[: cipher.key_bytes])


def _sha1(material: bytes) -> bytes:
    return hashlib.sha1(material, usedforsecurity=False).digest()


def _with_odd_parity(key: bytes) -> bytes:
    """Return `key` with the lowest bit of each byte set so that its ones are odd in number."""
    return bytes(byte & 0xFE | (~(byte >> 1).bit_count() & 1) for byte in key)
