"""A list with a version and an Ed25519 signature, as JSON a technician can read.

    {"list": {"kind": "...", "version": 3, "issued_at_utc_s": ..., ...}, "signature": "hex"}

Signed is the inner object written again in one way only: keys sorted, no blanks, ASCII. It
holds text, integers, arrays and objects, never a fraction, so one value has one writing. A
list of one kind is never taken for another, nor an older one for the one that is held.

Source: DESIGN section 7 (each list has a version, a signature and a maximum age); RFC 8032.
"""

from collections.abc import Mapping, Sequence
import json
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Json = str | int | Sequence["Json"] | Mapping[str, "Json"]

MAX_CHARACTERS = 8_000_000  # some 400,000 revoked permits


class ListRefused(Exception):
    """This list must not be used; `reason` is a code.

    bad_structure, bad_signature, another_kind, older_version, not_yet_valid, expired.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the list is refused: {reason}")
        self.reason = reason


def write(body: Mapping[str, Json], list_key: Ed25519PrivateKey) -> str:
    """Return `body` signed, one line a top-level key."""
    signature = list_key.sign(_as_signed(body)).hex()
    return json.dumps({"list": body, "signature": signature}, indent=1, sort_keys=True) + "\n"


def read(
    text: str, list_key: Ed25519PublicKey, kind: str, held_version: int = 0
) -> Mapping[str, object]:
    """Return the body of a signed list of this `kind`, its signature proven.

    Raises:
        ListRefused: it is not signed by `list_key`, of another kind, or older than
            `held_version`; the version held stays in use.
    """
    body, signature = _parse(text)
    try:
        list_key.verify(signature, _as_signed(body))
    except InvalidSignature:
        raise ListRefused("bad_signature") from None
    if body.get("kind") != kind:
        raise ListRefused("another_kind")
    if whole(body, "version") < held_version:
        raise ListRefused("older_version")
    return body


def whole(fields: Mapping[str, object], name: str) -> int:
    """Return a field that must be a whole number of 0 to 2^53; ListRefused otherwise."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
        raise ListRefused("bad_structure")
    return value


def text_of(fields: Mapping[str, object], name: str, most: int) -> str:
    """Return a field that must be text of 1 to `most` characters; ListRefused otherwise."""
    value = fields.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise ListRefused("bad_structure")
    return value


def items_of(fields: Mapping[str, object], name: str) -> Sequence[object]:
    """Return a field that must be an array; ListRefused otherwise."""
    value = fields.get(name)
    if not isinstance(value, list):
        raise ListRefused("bad_structure")
    return value


def _parse(text: str) -> tuple[dict[str, object], bytes]:
    """Take the envelope apart without believing it."""
    if len(text) > MAX_CHARACTERS:
        raise ListRefused("bad_structure")
    try:
        envelope = json.loads(
            text, object_pairs_hook=_once, parse_float=_no_number, parse_constant=_no_number
        )
        match envelope:
            case {"list": dict(body), "signature": str(signature)} if len(envelope) == 2:
                return body, bytes.fromhex(signature)
            case _:
                raise ListRefused("bad_structure")
    except (ValueError, RecursionError):
        raise ListRefused("bad_structure") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its pairs; a doubled key would mean two things at once."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ListRefused("bad_structure")
    return made


def _no_number(_: str) -> NoReturn:
    raise ListRefused("bad_structure")


def _as_signed(body: Mapping[str, object]) -> bytes:
    return b"egate list\n" + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
