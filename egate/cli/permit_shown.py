"""How `egate permit` shows a permit's claims; it decides nothing.

Source: DESIGN section 8.
"""

from datetime import UTC, datetime

from egate.domain.token import Permit, SealedFace, token_digest


def claims_in_words(permit: Permit, *, personal: bool) -> dict[str, str]:
    """Return the claims to show, in words."""
    reference = "sealed face" if isinstance(permit.reference, SealedFace) else "template digest"
    claims = {
        "issuer_key": permit.issuer_key,
        "crossing": permit.crossing,
        "direction": permit.direction.value,
        "valid_from": _as_utc(permit.valid_from_s),
        "valid_to": _as_utc(permit.valid_to_s),
        "document_kind": permit.document_kind,
        "reference": reference,
    }
    if personal:
        claims |= {
            "registration": permit.registration,
            "nonce": permit.nonce.hex(),
            "token_digest": token_digest(permit.nonce).hex(),
            "document_digest": permit.document_digest.hex(),
        }
    return claims


def _as_utc(instant_s: int) -> str:
    return datetime.fromtimestamp(instant_s, UTC).isoformat()
