"""What the gate makes of all findings: admit, refer to an officer, or hold.

Source: DESIGN section 6.
"""

from dataclasses import dataclass
from enum import StrEnum

from egate.domain.check import Finding


class Stage(StrEnum):
    """Which barrier a decision is about: the token's checks, then the traveller's."""

    TOKEN = "token"  # noqa: S105  # a stage's name, not a secret
    TRAVELLER = "traveller"


class Subject(StrEnum):
    """What is weighed, each by checks of its own: a token of this kind, or the traveller."""

    PERMIT = "permit"
    DOCUMENT = "document"
    TRAVELLER = "traveller"

    @property
    def stage(self) -> Stage:
        """Which barrier a decision about it is about."""
        return Stage.TRAVELLER if self is Subject.TRAVELLER else Stage.TOKEN


class Ruling(StrEnum):
    """ADMIT opens; REFER asks an officer; HOLD keeps the traveller for an officer, silently."""

    ADMIT = "admit"
    REFER = "refer"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Decision:
    """One ruling for one stage of one passage, with every finding it rests on.

    `reasons` is empty exactly when the ruling is ADMIT. `may_retry` says that nothing
    failed and a further try could bring what is missing.
    """

    passage: int
    stage: Stage
    ruling: Ruling
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    policy: str
    may_retry: bool = False

    def __post_init__(self) -> None:
        if (self.ruling is Ruling.ADMIT) == bool(self.reasons):
            raise ValueError("an admission has no reasons; every other ruling has at least one")
        if self.ruling is not Ruling.REFER and self.may_retry:
            raise ValueError("only a referral may be retried")
