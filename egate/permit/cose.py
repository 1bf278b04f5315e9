"""COSE_Sign1 with ES256: one payload, one signature, nothing else of COSE.

Layout: tag 18, then an array of protected header (a byte string holding a map), unprotected
header (a map), payload (a byte string) and signature (r and s, 32 bytes each). What the headers
must say is the caller's rule (permit.py). Signing is deterministic (RFC 6979), so a bad source
of randomness cannot leak the key. (r, -s) verifies as (r, s) does: a permit is known by its
nonce, never by its text.

Source: RFC 9052 sections 4.2 and 4.4, RFC 9053 section 2.1; check values RFC 8392 A.3.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from egate.permit import cbor
from egate.permit.cbor import CborError, Value

TAG_SIGN1 = b"\xd2"  # RFC 9052 Table 1: tag 18
ALG, KID = 1, 4  # RFC 9052 Table 2
ES256 = -7  # RFC 9053 Table 1
COORDINATE_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Sign1:
    """A COSE_Sign1 as it stood in the message; nothing of it is proven."""

    protected: bytes
    unprotected: dict[int, Value]
    payload: bytes
    signature: bytes

    def header(self) -> dict[int, Value]:
        """Return the protected header.

        Raises:
            CborError: it is no map.
        """
        header = cbor.decode(self.protected)
        if not isinstance(header, dict):
            raise CborError("bad_structure")
        return header

    def is_signed_by(self, key: ec.EllipticCurvePublicKey) -> bool:
        """Say whether the private half of `key` (P-256) made this signature."""
        r, s = self.signature[:COORDINATE_BYTES], self.signature[COORDINATE_BYTES:]
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        signed = _to_be_signed(self.protected, self.payload)
        try:
            key.verify(der, signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


def sign(payload: bytes, header: dict[int, Value], key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the COSE_Sign1 of `payload` under `header`, both protected, and `key` (P-256)."""
    protected = cbor.encode(header)
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(_to_be_signed(protected, payload), algorithm))
    signature = r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES)
    return TAG_SIGN1 + cbor.encode([protected, {}, payload, signature])


def decode(raw: bytes) -> Sign1:
    """Take a COSE_Sign1 apart.

    Raises:
        CborError: `truncated` or `bad_structure`.
    """
    if raw[:1] != TAG_SIGN1:
        raise CborError("bad_structure" if raw else "truncated")
    match cbor.decode(raw[1:]):
        case [
            bytes() as protected,
            dict() as unprotected,
            bytes() as payload,
            bytes() as signature,
        ]:
            message = Sign1(protected, unprotected, payload, signature)
        case _:
            raise CborError("bad_structure")
    if len(signature) != 2 * COORDINATE_BYTES:
        raise CborError("bad_structure")
    return message


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure of RFC 9052 section 4.4, without external data."""
    return cbor.encode(["Signature1", protected, b"", payload])
