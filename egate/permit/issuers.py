"""The signed list of the keys that may sign permits.

A key is in force from `not_before` to before `not_after`; to change keys, both stand in the
list for as long as permits of the old one are to be taken. The list itself expires: a gate
that was cut off for longer takes no permit, and says why.

Source: DESIGN section 7; research/mrz_qr.md section 6, offline rule 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from egate.permit import signed_list
from egate.permit.keys import KeyRefused, key_id, public_pem, read_issuer_public_key
from egate.permit.signed_list import Json, ListRefused, items_of, text_of, whole

KIND = "egate issuers"
FIELDS = frozenset({"kind", "version", "issued_at_utc_s", "expires_at_utc_s", "keys"})
KEY_FIELDS = frozenset(
    {"key_id", "name", "public_key", "not_before_utc_s", "not_after_utc_s"},
)
MAX_KEYS = 64
MAX_NAME, MAX_PEM = 64, 400


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One issuer's key and the time it is in force."""

    name: str
    public_key: ec.EllipticCurvePublicKey
    not_before_utc_s: int
    not_after_utc_s: int

    def standing(self, now_utc_s: float) -> str | None:
        """Return why the key is not in force now, or None when it is."""
        if now_utc_s < self.not_before_utc_s:
            return "issuer_key_not_yet_valid"
        return "issuer_key_expired" if now_utc_s >= self.not_after_utc_s else None


@dataclass(frozen=True, slots=True)
class Issuers:
    """A list of issuers' keys by key id (hexadecimal)."""

    version: int
    issued_at_utc_s: int
    expires_at_utc_s: int
    keys: Mapping[str, IssuerKey]

    def standing(self, now_utc_s: float) -> str | None:
        """Return why the list is not in force now, or None when it is."""
        if now_utc_s < self.issued_at_utc_s:
            return "issuers_list_not_yet_valid"
        return "issuers_list_expired" if now_utc_s >= self.expires_at_utc_s else None


def write(issuers: Issuers, list_key: Ed25519PrivateKey) -> str:
    """Return the list as signed text."""
    keys: list[Json] = [
        {
            "key_id": key_id(key.public_key).hex(),
            "name": key.name,
            "public_key": public_pem(key.public_key),
            "not_before_utc_s": key.not_before_utc_s,
            "not_after_utc_s": key.not_after_utc_s,
        }
        for key in issuers.keys.values()
    ]
    body: dict[str, Json] = {
        "kind": KIND,
        "version": issuers.version,
        "issued_at_utc_s": issuers.issued_at_utc_s,
        "expires_at_utc_s": issuers.expires_at_utc_s,
        "keys": keys,
    }
    return signed_list.write(body, list_key)


def load(text: str, list_key: Ed25519PublicKey, now_utc_s: float, held_version: int = 0) -> Issuers:
    """Return the issuers of a signed list that is in force now.

    Raises:
        ListRefused: the reason is in its code; a list that is held stays in use.
    """
    issuers = read(text, list_key, held_version)
    standing = issuers.standing(now_utc_s)
    if standing is not None:
        raise ListRefused(standing.removeprefix("issuers_list_"))
    return issuers


def read(text: str, list_key: Ed25519PublicKey, held_version: int = 0) -> Issuers:
    """Return the issuers of a signed list of whatever age: to renew it, or to show it.

    Raises:
        ListRefused: the reason is in its code.
    """
    body = signed_list.read(text, list_key, KIND, held_version)
    if set(body) != FIELDS:
        raise ListRefused("bad_structure")
    return Issuers(
        version=whole(body, "version"),
        issued_at_utc_s=whole(body, "issued_at_utc_s"),
        expires_at_utc_s=whole(body, "expires_at_utc_s"),
        keys=MappingProxyType(_keys(items_of(body, "keys"))),
    )


def listed(keys: Sequence[IssuerKey]) -> Mapping[str, IssuerKey]:
    """Return the keys by their key ids."""
    return MappingProxyType({key_id(key.public_key).hex(): key for key in keys})


def _keys(items: Sequence[object]) -> dict[str, IssuerKey]:
    """Read the keys; each is listed under the id its own bytes give."""
    if not 1 <= len(items) <= MAX_KEYS:
        raise ListRefused("bad_structure")
    keys: dict[str, IssuerKey] = {}
    for item in items:
        if not isinstance(item, dict) or set(item) != KEY_FIELDS:
            raise ListRefused("bad_structure")
        try:
            public_key = read_issuer_public_key(text_of(item, "public_key", MAX_PEM))
        except KeyRefused:
            raise ListRefused("bad_structure") from None
        kid = key_id(public_key).hex()
        if item["key_id"] != kid or kid in keys:
            raise ListRefused("bad_structure")
        keys[kid] = IssuerKey(
            name=text_of(item, "name", MAX_NAME),
            public_key=public_key,
            not_before_utc_s=whole(item, "not_before_utc_s"),
            not_after_utc_s=whole(item, "not_after_utc_s"),
        )
    return keys
