"""What a gate would make of a document, as far as that can be told away from one.

What only a gate's journal knows is left out, and without a printed zone everything about the
page: the ruling is about the rest, and says so.

Source: DESIGN section 6; egate/inspection/policy.toml (the policy that ships).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Final

from egate.document import mrz_agreement
from egate.document.inspected import CHECKS, Inspected
from egate.document.mrz import DIGIT_CHECKS
from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling, Subject
from egate.inspection.decide import decide
from egate.inspection.document_checks import Moment, examine_document
from egate.inspection.policy import Policy, load

IN_FORCE: Final = Check.DOCUMENT_IS_IN_FORCE
OF_A_GATE: Final = (Check.DOCUMENT_WAS_NOT_JUST_USED,)
OF_THE_PAGE: Final = (Check.MRZ_IS_READABLE, *DIGIT_CHECKS, mrz_agreement.CHECK)


@dataclass(frozen=True, slots=True, repr=False)
class Weighed:
    """Every finding in the order of CHECKS, what follows from them, and what was not asked."""

    findings: tuple[Finding, ...]
    decision: Decision
    left_out: tuple[Check, ...]

    @property
    def is_admitted(self) -> bool:
        """Whether nothing that could be asked here stands against the document."""
        return self.decision.ruling is Ruling.ADMIT


def shipped_policy() -> Policy:
    """Return the policy for a border."""
    return load((files("egate.inspection") / "policy.toml").read_text(encoding="utf-8"))


def weigh(inspected: Inspected, *, has_page: bool, now_utc_s: float, policy: Policy) -> Weighed:
    """Weigh a document by the policy, but for what cannot be known here."""
    told = sorted(inspected.findings, key=lambda one: CHECKS.index(one.check))
    findings = (*told, _in_force(inspected, now_utc_s, policy))
    left_out = OF_A_GATE if has_page else (*OF_THE_PAGE, *OF_A_GATE)
    asked = tuple(check for check in policy.required[Subject.DOCUMENT] if check not in left_out)
    here = replace(policy, required={**policy.required, Subject.DOCUMENT: asked})
    counted = [one for one in findings if one.check not in left_out]
    return Weighed(findings, decide(0, Subject.DOCUMENT, counted, here), left_out)


def _in_force(inspected: Inspected, now_utc_s: float, policy: Policy) -> Finding:
    """Say whether the document is in force on the day it is here."""
    if inspected.document is None:
        return Finding(IN_FORCE, Outcome.NOT_DONE, "nothing_proven")
    today = _here(now_utc_s)
    moment = Moment(now_utc_s, 0.0, today.toordinal(), None)
    found, _ = examine_document(inspected.document, moment, policy)
    return replace(found, evidence={"today": today.isoformat()})


def _here(now_utc_s: float) -> date:
    return datetime.fromtimestamp(now_utc_s, UTC).astimezone().date()
