"""The manifest of the trust store: what is held, and the newest date seen of each list.

    {"manifest": {"format": "egate trust 1", "version": 3, "held": [...], "newest": {...}},
     "sha256": "..."}

The SHA-256 is over the inner object written in one way only: keys sorted, no blanks, ASCII. It
finds what the disk spoilt; it keeps out nobody who may write here.

Source: DESIGN section 7 (each list has a version).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
import json
from types import MappingProxyType
from typing import Final

from egate.registry.trust_files import Kind

FORMAT: Final = "egate trust 1"
MAX_MANIFEST: Final = 8_388_608
_HELD_FIELDS: Final = {
    "kind": str,
    "fingerprint": str,
    "source": str,
    "country": str,
    "owner": str,
    "dated_utc_s": int,
    "taken_utc_s": int,
}


@dataclass(frozen=True, slots=True)
class Held:
    """One file of the store; `owner` is who has one newest list of this kind, else empty."""

    kind: Kind
    fingerprint: str
    source: str
    country: str
    owner: str
    dated_utc_s: int
    taken_utc_s: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the store was told to hold; `newest` by owner, also of lists no longer there."""

    version: int = 0
    held: tuple[Held, ...] = ()
    newest: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def file_name(fingerprint: str) -> str:
    """Return the name of the file with this SHA-256."""
    return f"{fingerprint}.der"


def encode(manifest: Manifest) -> bytes:
    """Return the manifest as text."""
    body = {
        "format": FORMAT,
        "version": manifest.version,
        "held": [asdict(one) for one in manifest.held],
        "newest": dict(manifest.newest),
    }
    whole = {"manifest": body, "sha256": _digest(body)}
    return json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"


def decode(text: bytes) -> Manifest:
    """Return the manifest that `text` is; ValueError when it is none, or was changed."""
    try:
        whole = json.loads(text[:MAX_MANIFEST])
        body = whole["manifest"]
        if whole["sha256"] != _digest(body) or body["format"] != FORMAT:
            raise ValueError("another manifest")
        newest = {str(owner): int(date) for owner, date in body["newest"].items()}
        held = tuple(_held(one) for one in body["held"])
        return Manifest(int(body["version"]), held, MappingProxyType(newest))
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("no manifest") from None


def _held(fields: Mapping[str, object]) -> Held:
    """Read one entry; its fingerprint becomes a file's name, so it must be one."""
    if any(not isinstance(fields[name], kind) for name, kind in _HELD_FIELDS.items()):
        raise ValueError("no entry")
    told = {name: fields[name] for name in _HELD_FIELDS}
    held = Held(**{**told, "kind": Kind(str(fields["kind"]))})  # type: ignore[arg-type]  # held to _HELD_FIELDS
    if len(held.fingerprint) != 64 or set(held.fingerprint) - set("0123456789abcdef"):
        raise ValueError("no fingerprint")
    return held


def _digest(body: Mapping[str, object]) -> str:
    written = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()
