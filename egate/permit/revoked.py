"""The signed list of revoked permits, as text and back.

It holds 8-byte digests of nonces, no registration and no date. An old list is still read: how
long it may be used stands in the list, and what a gate does with one that is older is the
policy's (check PERMIT_IS_NOT_REVOKED).

Source: DESIGN section 7; research/mrz_qr.md section 6, offline rule 4.
"""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from egate.domain.revocation import DIGEST_BYTES, Revoked
from egate.permit import signed_list
from egate.permit.signed_list import Json, ListRefused, items_of, whole

KIND = "egate revoked"
FIELDS = frozenset({"kind", "version", "issued_at_utc_s", "max_age_s", "permits"})
DIGEST = re.compile(rf"[0-9a-f]{{{2 * DIGEST_BYTES}}}")


def write(revoked: Revoked, list_key: Ed25519PrivateKey) -> str:
    """Return the list as signed text."""
    permits: list[Json] = [digest.hex() for digest in sorted(revoked.digests)]
    body: dict[str, Json] = {
        "kind": KIND,
        "version": revoked.version,
        "issued_at_utc_s": revoked.issued_at_utc_s,
        "max_age_s": revoked.max_age_s,
        "permits": permits,
    }
    return signed_list.write(body, list_key)


def load(text: str, list_key: Ed25519PublicKey, held_version: int = 0) -> Revoked:
    """Return the revoked permits of a signed list, whatever its age.

    Raises:
        ListRefused: the reason is in its code; a list that is held stays in use.
    """
    body = signed_list.read(text, list_key, KIND, held_version)
    permits = items_of(body, "permits")
    if set(body) != FIELDS:
        raise ListRefused("bad_structure")
    digests = {
        bytes.fromhex(item) for item in permits if isinstance(item, str) and DIGEST.fullmatch(item)
    }
    if len(digests) != len(permits):
        raise ListRefused("bad_structure")
    return Revoked(
        version=whole(body, "version"),
        issued_at_utc_s=whole(body, "issued_at_utc_s"),
        max_age_s=whole(body, "max_age_s"),
        digests=frozenset(digests),
    )
