"""One record as it stands on disk and in the tree: a line of JSON with sorted keys.

    at_s, at_utc_s, facts, kind, seq      always
    passage                               when it belongs to one
    sealed: box, day, key, nonce          personal fields (egate.journal.envelope), base64
    clearance: at_utc_s, direction, token the token it used up, hexadecimal

Source: DESIGN section 7; research/fleet_ops.md 2.4.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
import json
from typing import Any

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance, Entry, EntryKind
from egate.journal.envelope import Envelope


class LeafError(ValueError):
    """This is no record, or a fact that cannot be written; content is not shown."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as read back: its personal fields are in `sealed`, never in the entry."""

    seq: int
    entry: Entry
    sealed: Envelope | None = None


def encode(seq: int, entry: Entry, sealed: Envelope | None) -> str:
    """Return the text of one record.

    Raises:
        LeafError: a fact is no text, finite number or truth value.
    """
    record: dict[str, Any] = {
        "at_s": entry.at_s,
        "at_utc_s": entry.at_utc_s,
        "facts": dict(entry.facts),
        "kind": entry.kind.value,
        "seq": seq,
    }
    if entry.passage is not None:
        record["passage"] = entry.passage
    if sealed is not None:
        record["sealed"] = _sealed_out(sealed)
    if entry.clearance is not None:
        record["clearance"] = _clearance_out(entry.clearance)
    if not all(isinstance(fact, (str, int, float)) for fact in entry.facts.values()):
        raise LeafError(f"{entry.kind} holds a fact that is neither text nor number")
    try:
        return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (ValueError, TypeError) as error:
        raise LeafError(f"{entry.kind} holds a number that is not finite") from error


def decode(text: str) -> Recorded:
    """Read one record back.

    Raises:
        LeafError: it is none.
    """
    try:
        record = json.loads(text)
        entry = Entry(
            kind=EntryKind(record["kind"]),
            at_s=float(record["at_s"]),
            at_utc_s=float(record["at_utc_s"]),
            passage=record.get("passage"),
            facts=dict(record["facts"]),
            clearance=_clearance_in(record["clearance"]) if "clearance" in record else None,
        )
        sealed = _sealed_in(record["sealed"]) if "sealed" in record else None
        return Recorded(int(record["seq"]), entry, sealed)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LeafError(f"it is no record ({type(error).__name__})") from None


def _clearance_out(clearance: Clearance) -> dict[str, Any]:
    return {
        "at_utc_s": clearance.at_utc_s,
        "direction": clearance.direction.value,
        "token": clearance.token.hex(),
    }


def _clearance_in(held: dict[str, Any]) -> Clearance:
    token = bytes.fromhex(held["token"])
    return Clearance(token, Direction(held["direction"]), float(held["at_utc_s"]))


def _sealed_out(sealed: Envelope) -> dict[str, str]:
    return {
        "box": b64encode(sealed.box).decode(),
        "day": sealed.day,
        "key": b64encode(sealed.wrapped_key).decode(),
        "nonce": b64encode(sealed.nonce).decode(),
    }


def _sealed_in(held: dict[str, str]) -> Envelope:
    key, nonce, box = (b64decode(held[part], validate=True) for part in ("key", "nonce", "box"))
    return Envelope(held["day"], key, nonce, box)
