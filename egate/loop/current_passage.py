"""What the loop holds of the one passage that runs: its token, findings and open question.

Personal data lives here and nowhere else in the lane process, and only until the passage ends.
"""

from dataclasses import dataclass, field

from egate.domain.check import Finding
from egate.domain.decision import Decision, Stage
from egate.domain.token import Permit


@dataclass(slots=True, repr=False)
class CurrentPassage:
    """One passage; `question` is the request the vision host has still to answer."""

    number: int
    permit: Permit | None
    token_findings: tuple[Finding, ...]
    token_ended_at_s: float
    admissions: dict[Stage, Decision] = field(default_factory=dict)
    question: int | None = None

    def __repr__(self) -> str:
        """Give the number only."""
        return f"CurrentPassage({self.number})"
