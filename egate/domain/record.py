"""What the gate writes down: one entry a fact, in clear only what is not personal.

Source: DESIGN section 7; research/fleet_ops.md section 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from egate.domain.lane_part import Direction

Fact = str | int | float | bool
COMPLETED = "completed"  # the ending of a passage in which nothing went wrong


class EntryKind(StrEnum):
    """The kinds of entry; the facts each carries are listed beside it.

    STATE: state, trouble, missing (devices).  INPUT: line, active.
    FINDINGS: stage, compute_ms, of a look waited_ms too (what the traveller waited for), and one
        `check` fact a finding ("outcome reason").
    DECISION: stage, ruling, reasons, policy.
    PASSAGE_BEGAN: token, token_began_at_s, token_ended_at_s.  PASSAGE_ENDED: ending.
    RELEASE and LOCK: door, purpose, event_to_output_ms.
    GATE_STARTED: gate, software, shape, policy, and what its profile and calibration digest to.
    CALIBRATED: operator, calibration_sha256, and of a value key, before, after, part, n, p50, p95,
        largest; of a figure that no key stands for check, reason, and the figure by its name.
    FORCED, an output driven by hand: output, active, by ("self-test", "maintenance"); once at rest
        for_s too, and `after_s.LINE` for each line that answered, or `unanswered`.
    SERVICE, a counter that begins anew: part, cycles, hours, retries, errors, returns until then.
    """

    GATE_STARTED = "gate_started"
    STATE = "state"
    INPUT = "input"
    PASSAGE_BEGAN = "passage_began"
    FINDINGS = "findings"
    DECISION = "decision"
    OVERRIDE = "override"
    RELEASE = "release"
    LOCK = "lock"
    DEVICE = "device"
    ALARM = "alarm"
    NOTE = "note"
    PASSAGE_ENDED = "passage_ended"
    CALIBRATED = "calibrated"
    FORCED = "forced"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Clearance:
    """A token was used up: it cleared in this direction at this time.

    `token` is the first 16 bytes of the SHA-256 of the permit's nonce.
    """

    token: bytes
    direction: Direction
    at_utc_s: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact: `at_s` is monotonic, `at_utc_s` the wall clock; `personal` is kept encrypted."""

    kind: EntryKind
    at_s: float
    at_utc_s: float
    passage: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    personal: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    clearance: Clearance | None = None
