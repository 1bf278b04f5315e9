"""How a command shows findings: as a table for a person, as fields for a program.

Source: DESIGN section 8.
"""

from collections.abc import Iterable

from egate.cli.output import show_table
from egate.domain.check import Finding


def show_findings(findings: Iterable[Finding]) -> None:
    """Write one line a finding."""
    show_table(
        ("check", "outcome", "reason", "evidence"),
        [(one.check, one.outcome, one.reason, evidence_in_words(one)) for one in findings],
    )


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
