"""Keys, a list and a permit that the tests of this room share; all fixed."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from egate.domain.token import (
    Permit,
    TemplateDigest,
    TravelDirection,
    document_digest,
    face_binding,
)
from egate.permit.issuers import IssuerKey, Issuers, listed
from egate.permit.keys import key_id
from egate.permit.sealed_face import seal

NOW_S = 1_795_305_600
DAY_S = 86_400
KEY = ec.derive_private_key(1_000_003, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(1_000_033, ec.SECP256R1())
LIST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
GATE_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
NONCE = bytes.fromhex("0011223344556677")
REGISTRATION = "LS-2026-000123"
EMBEDDING = tuple((1 if place % 3 else -1) / 128**0.5 for place in range(128))

ISSUER = IssuerKey("test issuer", KEY.public_key(), NOW_S - DAY_S, NOW_S + 365 * DAY_S)
ISSUERS = Issuers(3, NOW_S - DAY_S, NOW_S + 30 * DAY_S, listed([ISSUER]))
SEALED = seal(EMBEDDING, GATE_KEY.public_key(), face_binding(REGISTRATION, NONCE), bytes(32))
PERMIT = Permit(
    issuer_key=key_id(KEY.public_key()).hex(),
    registration=REGISTRATION,
    document_kind="LP",
    document_digest=document_digest("LP", "B1234567", NONCE),
    crossing="huu-nghi",
    direction=TravelDirection.BOTH,
    valid_from_s=NOW_S - DAY_S,
    valid_to_s=NOW_S + 30 * DAY_S,
    nonce=NONCE,
    reference=TemplateDigest(bytes(16)),
)
SEALED_PERMIT = replace(PERMIT, reference=SEALED)
