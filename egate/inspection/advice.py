"""What a traveller can do about a decision against them: one prompt, or none.

Only what a page lays open to anybody who looks is advised on: how it lies. Whatever else stands
against a traveller is told to the officer alone, and such a decision advises nothing.

Source: DESIGN section 8 (same neutral look for every refusal); ICAO 9303-1, 4.2 (a page's zone).
"""

from typing import Final

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling
from egate.domain.effect import Prompt

WRONGLY_LAID: Final = frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE})
BY_REASON: Final = {
    "glare": Prompt.SHADE_DOCUMENT,
}


def advice_of(decision: Decision) -> Prompt | None:
    """Return what the traveller is to do, None where nothing they do would help."""
    if decision.ruling is Ruling.ADMIT:
        return None
    for finding in decision.findings:
        if finding.check is Check.MRZ_IS_READABLE and finding.outcome in WRONGLY_LAID:
            return _about_the_page(finding)
    return None


def _about_the_page(finding: Finding) -> Prompt:
    return BY_REASON.get(finding.reason, Prompt.LAY_DOCUMENT_AGAIN)
