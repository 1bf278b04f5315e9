"""3DES and AES as the standard uses them: CBC without padding, a MAC of eight bytes, padding.

    cipher      block   key         MAC
    3DES        8       16 (K1 K2)  retail MAC: ISO/IEC 9797-1 algorithm 3, DES
    AES         16      16 24 32    CMAC, its first eight bytes

Padding (method 2: 80, then 00 to a whole block) is the caller's where the standard has the caller
do it, for AES too. 3DES is what the oldest half of the world's chips speak; whether it will still
do is for the policy, not for here.

Source: ICAO 9303-11, 9.7 and 9.8.6; ISO/IEC 9797-1 (padding method 2, MAC algorithm 3);
NIST SP 800-38B (CMAC).
"""

from enum import Enum
import hmac
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as Engine
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

MAC_BYTES: Final = 8
_DES_BLOCK: Final = 8
_AES_BLOCK: Final = 16


class PaddingBroken(ValueError):
    """What should end in 80 00 .. 00 does not."""


class Cipher(Enum):
    """A block cipher and its key size; the value is its name in findings."""

    TRIPLE_DES = "3des"
    AES_128 = "aes-128"
    AES_192 = "aes-192"
    AES_256 = "aes-256"

    @property
    def key_bytes(self) -> int:
        """How long one key is."""
        return {Cipher.AES_192: 24, Cipher.AES_256: 32}.get(self, 16)

    @property
    def block_bytes(self) -> int:
        """How long one block is, and one send sequence counter."""
        return _DES_BLOCK if self is Cipher.TRIPLE_DES else _AES_BLOCK

    def encrypt(self, key: bytes, plain: bytes, iv: bytes | None = None) -> bytes:
        """Return `plain`, whole blocks, encrypted in CBC; `iv` is zero unless given."""
        encryptor = Engine(self._keyed(key), self._mode(iv)).encryptor()
        return encryptor.update(plain) + encryptor.finalize()

    def decrypt(self, key: bytes, cipher: bytes, iv: bytes | None = None) -> bytes:
        """Return `cipher`, whole blocks, decrypted in CBC; `iv` is zero unless given."""
        decryptor = Engine(self._keyed(key), self._mode(iv)).decryptor()
        return decryptor.update(cipher) + decryptor.finalize()

    def mac(self, key: bytes, message: bytes) -> bytes:
        """Return the eight bytes over `message`; the retail MAC pads, CMAC has its own way."""
        if self is Cipher.TRIPLE_DES:
            return _retail_mac(key, self.pad(message))
        cmac = CMAC(AES(key))
        cmac.update(message)
        return cmac.finalize()[:MAC_BYTES]

    def pad(self, message: bytes) -> bytes:
        """Return `message` with 80 and zeros up to a whole block, never nothing."""
        return message + b"\x80" + bytes(-(len(message) + 1) % self.block_bytes)

    def _keyed(self, key: bytes) -> TripleDES | AES:
        return TripleDES(key + key[:_DES_BLOCK]) if self is Cipher.TRIPLE_DES else AES(key)

    def _mode(self, iv: bytes | None) -> modes.CBC:
        return modes.CBC(iv if iv is not None else bytes(self.block_bytes))


def unpad(padded: bytes) -> bytes:
    """Return what was padded.

    Raises:
        PaddingBroken: no 80 before the zeros, or more zeros than any block has.
    """
    message = padded.rstrip(b"\x00")
    if not message.endswith(b"\x80") or len(padded) - len(message) >= _AES_BLOCK:
        raise PaddingBroken("no padding where there should be some")
    return message[:-1]


def is_same(one: bytes, other: bytes) -> bool:
    """Compare two MACs in a time that tells nothing."""
    return hmac.compare_digest(one, other)


def _retail_mac(key: bytes, blocks: bytes) -> bytes:
    """Chain single DES under the first key; the last block goes through all three."""
    first = key[:_DES_BLOCK] * 3
    chain = bytes(_DES_BLOCK)
    if len(blocks) > _DES_BLOCK:
        single = Engine(TripleDES(first), modes.CBC(chain)).encryptor()
        chain = (single.update(blocks[:-_DES_BLOCK]) + single.finalize())[-_DES_BLOCK:]
    return Cipher.TRIPLE_DES.encrypt(key, blocks[-_DES_BLOCK:], chain)
