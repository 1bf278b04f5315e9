"""Active authentication: the chip signs a challenge with a key whose public half is in DG15.

    INTERNAL AUTHENTICATE  eight random bytes                  chip: signature
    RSA      ISO 9796-2 scheme 1: 6A || M1 || H(M1 || challenge) || trailer, to the power of d
             trailer BC: SHA-1; 33CC 38CC 34CC 36CC 35CC: SHA-1 SHA-224 SHA-256 SHA-384 SHA-512
    ECDSA    over the challenge, plain r || s or a SEQUENCE; DG14 names the hash

What comes out is whether the chip holds the private key. That the key is the document's is for
passive authentication to say, of DG15. It does not stop somebody who passes challenges on.

Source: ICAO 9303-11, 6.1; ISO/IEC 9796-2:2002, 8 (scheme 1) and 8.1.2 (trailers);
research/emrtd.md 6.2, rule 5.
"""

from dataclasses import dataclass
import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from egate.document import signatures
from egate.document.dialogue import Dialogue, ask
from egate.document.domain_parameters import Draw
from egate.document.security_infos import (
    PLAIN_ECDSA_HASHES,
    ActiveAuthenticationInfo,
    SecurityInfos,
)
from egate.document.signatures import (
    HASHES,
    AlgorithmRefused,
    EcKey,
    RsaKey,
    Scheme,
    is_signature,
    key_in_words,
)
from egate.document.symmetric import is_same
from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.wire.apdu import Command

STEP: Final = "active authentication"
CHALLENGE_BYTES: Final = 8
CHECK: Final = Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY

PARTIAL_RECOVERY: Final = 0x6A  # ISO 9796-2: bits 01, more data 1, padding 0, border nibble A
SHA1_TRAILER: Final = 0xBC
HASH_TRAILER: Final = 0xCC
TRAILERS: Final = {0x33: "sha1", 0x38: "sha224", 0x34: "sha256", 0x36: "sha384", 0x35: "sha512"}
# ECDSA where DG14 names no hash: the one as long as the key, then the others
_HASH_ORDER: Final = ((224, "sha224"), (256, "sha256"), (384, "sha384"), (521, "sha512"))


def sign_challenge(challenge: bytes, signature_bytes: int) -> Dialogue[bytes]:
    """Have the chip sign; `signature_bytes` is what is asked for.

    Raises:
        ChipError: `refused`.
    """
    command = Command(0x00, 0x88, 0x00, 0x00, challenge, signature_bytes)
    response = yield from ask(STEP, command)
    return response.data


def signature_bytes(public_key_info: bytes) -> int:
    """Return how long a signature of this key can be; 0 when the key cannot be used."""
    try:
        key = signatures.read_key(public_key_info)
    except AlgorithmRefused:
        return 0
    if isinstance(key, RsaKey):
        return (key.bits + 7) // 8
    return 2 * ((key.bits + 7) // 8) + 9  # as a SEQUENCE, which is the longer of the two


def judge(
    public_key_info: bytes, infos: SecurityInfos, challenge: bytes, signature: bytes
) -> Finding:
    """Tell whether the chip holds the private half of the key of DG15.

    `infos` are DG14's; they name the hash of an ECDSA signature. Reasons of a failure:
    `signature_malformed`, `trailer_unknown`, `hash_differs`, `signature_differs`; and where the
    key cannot be used, `inconclusive` with the reason of `signatures.AlgorithmRefused`.
    """
    try:
        key = signatures.read_key(public_key_info)
    except AlgorithmRefused as refusal:
        return Finding(CHECK, Outcome.INCONCLUSIVE, refusal.reason)
    if isinstance(key, RsaKey):
        hash_name, reason = _judge_rsa(key, challenge, signature)
    else:
        hash_name, reason = _judge_ecdsa(key, infos, challenge, signature)
    if reason:
        return Finding(CHECK, Outcome.FAILED, reason, {"key": key_in_words(key)})
    evidence: Evidence = {"key": key_in_words(key), "bits": key.bits, "hash": hash_name}
    return Finding(CHECK, Outcome.PASSED, "signed_the_challenge", evidence)


def _judge_rsa(key: RsaKey, challenge: bytes, signature: bytes) -> tuple[str, str]:
    """Return the hash's name, and the reason of a failure or nothing."""
    message = _recover(key, signature)
    if message is None:
        return "", "signature_malformed"
    hash_name, trailer_bytes = _trailer(message)
    if not hash_name:
        return "", "trailer_unknown"
    digest_bytes = HASHES[hash_name].digest_size
    recovered = message[1 : -trailer_bytes - digest_bytes]
    digest = message[-trailer_bytes - digest_bytes : -trailer_bytes]
    if message[0] != PARTIAL_RECOVERY or not recovered or len(digest) != digest_bytes:
        return hash_name, "signature_malformed"
    if not is_same(digest, hashlib.new(hash_name, recovered + challenge).digest()):
        return hash_name, "hash_differs"
    return hash_name, ""


def _recover(key: RsaKey, signature: bytes) -> bytes | None:
    """Return the message representative; None when there is none.

    The signer may have taken the smaller of s and n - s, then the other number ends in C.
    """
    numbers = key.key.public_numbers()
    size = (key.bits + 7) // 8
    number = int.from_bytes(signature)
    if len(signature) != size or not 0 < number < numbers.n:
        return None
    opened = pow(number, numbers.e, numbers.n)
    if opened & 0x0F != 0x0C:
        opened = numbers.n - opened
    return opened.to_bytes(size)


def _trailer(message: bytes) -> tuple[str, int]:
    """Return the name of the hash and how long the trailer is; no name for an unknown one."""
    if message[-1] == SHA1_TRAILER:
        return "sha1", 1
    if message[-1] == HASH_TRAILER:
        return TRAILERS.get(message[-2], ""), 2
    return "", 0


def _judge_ecdsa(
    key: EcKey, infos: SecurityInfos, challenge: bytes, signature: bytes
) -> tuple[str, str]:
    """Return the hash's name, and the reason of a failure or nothing."""
    for name in _hashes(key, infos):
        if is_signature(key, Scheme("ecdsa", name), signature, challenge):
            return name, ""
    return "", "signature_differs"


def _hashes(key: EcKey, infos: SecurityInfos) -> tuple[str, ...]:
    """Return the hash DG14 names; without one, all there are, for any of them proves the key."""
    for info in infos:
        if isinstance(info, ActiveAuthenticationInfo):
            named = PLAIN_ECDSA_HASHES.get(info.signature_algorithm)
            return (named,) if named else ()
    likely = next((name for bits, name in _HASH_ORDER if key.bits <= bits), "sha512")
    return (likely, *(name for name in HASHES if name != likely))


@dataclass(frozen=True, slots=True, repr=False)
class ActiveAuthenticationChip:
    """The chip's part: its private key, and how it signs.

    `has_long_trailer`: SHA-1 is told by 33CC, which the standard prefers to BC.
    """

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    hash_name: str = "sha256"
    is_plain: bool = True
    has_long_trailer: bool = False

    def sign(self, challenge: bytes, draw: Draw) -> bytes:
        """Return the signature of a challenge."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self._sign_rsa(self.key, challenge, draw)
        der = self.key.sign(challenge, ec.ECDSA(HASHES[self.hash_name]))
        if not self.is_plain:
            return der
        size = (self.key.curve.key_size + 7) // 8
        return b"".join(number.to_bytes(size) for number in decode_dss_signature(der))

    def _sign_rsa(self, key: rsa.RSAPrivateKey, challenge: bytes, draw: Draw) -> bytes:
        numbers = key.private_numbers()
        size = (key.key_size + 7) // 8
        identifier = next(number for number, name in TRAILERS.items() if name == self.hash_name)
        trailer = bytes((identifier, HASH_TRAILER))
        if self.hash_name == "sha1" and not self.has_long_trailer:
            trailer = bytes((SHA1_TRAILER,))
        recovered = draw(size - 1 - HASHES[self.hash_name].digest_size - len(trailer))
        digest = hashlib.new(self.hash_name, recovered + challenge).digest()
        message = bytes((PARTIAL_RECOVERY,)) + recovered + digest + trailer
        signed = pow(int.from_bytes(message), numbers.d, numbers.public_numbers.n)
        return signed.to_bytes(size)
