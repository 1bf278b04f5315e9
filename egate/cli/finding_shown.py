"""How a command shows findings: as a table for a person, as fields for a program.

Source: DESIGN section 8.
"""

from collections.abc import Iterable
from typing import Final

from egate.cli.output import show_table, width
from egate.domain.check import Finding, Outcome

WIDE: Final = 120  # columns; the longest name of a check has 41


def show_findings(findings: Iterable[Finding]) -> None:
    """Write one line a finding; a narrow terminal has no room for the evidence of what passed."""
    if width() >= WIDE:
        show_table(
            ("check", "outcome", "reason", "evidence"),
            [(one.check, one.outcome, one.reason, evidence_in_words(one)) for one in findings],
        )
    else:
        show_table(
            ("check", "outcome", "reason"),
            [(one.check, one.outcome, _in_short(one)) for one in findings],
            unfolded=2,
        )


def _in_short(finding: Finding) -> str:
    if finding.outcome is Outcome.PASSED:
        return finding.reason
    return f"{finding.reason} {evidence_in_words(finding)}".rstrip()


def evidence_in_words(finding: Finding) -> str:
    """Return what a finding rests on, on one line."""
    return " ".join(f"{name}={value}" for name, value in finding.evidence.items())


def finding_fields(finding: Finding) -> dict[str, object]:
    """Return a finding as fields of an object."""
    return {
        "check": finding.check,
        "outcome": finding.outcome,
        "reason": finding.reason,
        "evidence": dict(finding.evidence),
    }
