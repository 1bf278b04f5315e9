"""The four kinds of key around a permit, as PEM text and back.

    issuer   P-256     signs permits                        issuer.key
    list     Ed25519   signs the lists of issuers, revoked  issuers.key, issuers.pub
    gate     X25519    opens sealed faces                   gate.key, gate.pub

Reading says which kind it wanted and nothing of what it found. No file is opened here and no
randomness drawn. Private keys are written without a passphrase: the file's owner and mode
(0600) guard them.

Source: RFC 5208 and RFC 5480 as the cryptography package reads them; RFC 8410.
"""

import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

KEY_ID_BYTES = 8
PrivateKey = ec.EllipticCurvePrivateKey | Ed25519PrivateKey | X25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | Ed25519PublicKey | X25519PublicKey


class KeyRefused(Exception):
    """This text is not the key that is needed here; the message says which one is."""


def key_id(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the first 8 bytes of the SHA-256 of the key's SubjectPublicKeyInfo."""
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).digest()[:KEY_ID_BYTES]


def private_pem(key: PrivateKey) -> str:
    """Return a private key as PEM, PKCS 8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: PublicKey) -> str:
    """Return a public key as PEM, SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_issuer_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """Return the key an issuer signs with; KeyRefused when it is another."""
    key = _private(pem)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyRefused("an issuer's private key on P-256 is needed")


def read_issuer_public_key(pem: str) -> ec.EllipticCurvePublicKey:
    """Return the key an issuer is known by; KeyRefused when it is another."""
    key = _public(pem)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyRefused("an issuer's public key on P-256 is needed")


def read_list_key(pem: str) -> Ed25519PrivateKey:
    """Return the key that signs lists; KeyRefused when it is another."""
    key = _private(pem)
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise KeyRefused("the private key of the lists (Ed25519) is needed")


def read_list_public_key(pem: str) -> Ed25519PublicKey:
    """Return the key that lists are checked with; KeyRefused when it is another."""
    key = _public(pem)
    if isinstance(key, Ed25519PublicKey):
        return key
    raise KeyRefused("the public key of the lists (Ed25519) is needed")


def read_gate_key(pem: str) -> X25519PrivateKey:
    """Return the key that opens sealed faces; KeyRefused when it is another."""
    key = _private(pem)
    if isinstance(key, X25519PrivateKey):
        return key
    raise KeyRefused("a gate's private key (X25519) is needed")


def read_gate_public_key(pem: str) -> X25519PublicKey:
    """Return the key that faces are sealed to; KeyRefused when it is another."""
    key = _public(pem)
    if isinstance(key, X25519PublicKey):
        return key
    raise KeyRefused("a gate's public key (X25519) is needed")


def _private(pem: str) -> PrivateKeyTypes | None:
    try:
        return load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _public(pem: str) -> PublicKeyTypes | None:
    try:
        return load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
