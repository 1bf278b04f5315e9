"""One case of the fault corpus: a document, what is wrong, and what has to be told of it.

    Kind    a sound document, and how a chip like it is reached
    Case    what is done to it, to its page, its chip, the line to it or the gate
    Told    by check: outcome and reason; None where nobody asks, for want of a proven document

A case names what is told otherwise than of the sound document of its kind, and nothing else: every
check it does not name has to say what it says there.

Source: DESIGN section 5.3; research/emrtd.md 1.3 and 6.2.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from egate.document.reading_result import Plan
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Outcome
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from simulators.card_chip import CONTACTLESS, Troubles
from simulators.card_files import Manner
from simulators.document_factory import Description, Document, Faults, Issuer
from simulators.vpcd import Radio
from tests.simulators.inspected import store_of

Said = tuple[Outcome, str] | None
Told = dict[Check, Said]

UTOPIA = Issuer()
DEADLINE_S = 15.0


def passed(reason: str) -> Said:
    """Say that a check passed, and how."""
    return Outcome.PASSED, reason


def failed(reason: str) -> Said:
    """Say that a check failed: it is about the document."""
    return Outcome.FAILED, reason


def unsure(reason: str) -> Said:
    """Say that a check could not tell: it is about the gate, or the moment."""
    return Outcome.INCONCLUSIVE, reason


def left_out(reason: str) -> Said:
    """Say that a check does not apply."""
    return Outcome.NOT_APPLICABLE, reason


def not_done(reason: str) -> Said:
    """Say that a check was not reached."""
    return Outcome.NOT_DONE, reason


def each(checks: tuple[Check, ...], said: Said) -> Told:
    """Say the same of several checks."""
    return dict.fromkeys(checks, said)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate knows, and when a document is laid down there."""

    now_s: float = UTOPIA.now_s
    store: Callable[[Issuer], TrustStore] = store_of
    plan: Plan = field(default_factory=Plan)
    clock_behind_s: float = 0.0  # of the newest instant on record
    used_s_ago: float | None = None
    has_can_only: bool = False  # somebody typed the card access number; the page opens nothing
    deadline_s: float = DEADLINE_S


@dataclass(frozen=True, slots=True)
class Kind:
    """A sound document, and its chip; `odd` is what is told otherwise than of the passport."""

    name: str
    description: Description
    issuer: Issuer = UTOPIA
    odd: Told = field(default_factory=dict)
    manner: Manner = field(default_factory=Manner)
    atr: bytes = CONTACTLESS
    ruling: Ruling = Ruling.ADMIT
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong, and what has to be told; a referral, unless told otherwise.

    `changed` is what becomes of the document once it was issued, `lines` of its page. `chip` is
    False where nobody lays a document down.
    """

    name: str
    of: Kind
    odd: Told = field(default_factory=dict)
    trouble: Trouble | None = None
    ruling: Ruling = Ruling.REFER
    faults: Faults = field(default_factory=Faults)
    troubles: Troubles = field(default_factory=Troubles)
    manner: Manner | None = None
    line: Radio = field(default_factory=Radio)
    gate: Gate = field(default_factory=Gate)
    changed: Callable[[Document], Document] = lambda document: document
    lines: Callable[[tuple[str, ...]], tuple[str, ...]] = lambda lines: lines
    chip: bool = True
