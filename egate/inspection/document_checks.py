"""The checks on a travel document that need the lane's clock and journal; the rest came with it.

    document_is_in_force        in_force, no_end; expired; clock_went_back
    document_was_not_just_used  never_used, used_before; just_used; another_token

First what is said when it passed; then when it failed; then when nothing can be said. A document
may cross as often as its holder does. What must not be is that it crosses twice within moments,
in whichever direction: it would have been handed back over the barrier.

Source: DESIGN section 3 (invariant 7); research/domain.md 2.3 (expired documents).
"""

from dataclasses import dataclass

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.record import Clearance
from egate.domain.token import TravelDocument
from egate.inspection.policy import Policy

CHECKS = (Check.DOCUMENT_IS_IN_FORCE, Check.DOCUMENT_WAS_NOT_JUST_USED)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a document is presented: `today` is the day at the gate, as an ordinal.

    `clock_floor_utc_s` is the newest instant on record: a clock that runs before it is wrong.
    """

    now_utc_s: float
    clock_floor_utc_s: float
    today: int
    last_clearance: Clearance | None


def examine_document(
    document: TravelDocument, moment: Moment, policy: Policy
) -> tuple[Finding, ...]:
    """Answer both checks on a document whose data is proven."""
    return _in_force(document, moment, policy), _not_just_used(document, moment, policy)


def _in_force(document: TravelDocument, moment: Moment, policy: Policy) -> Finding:
    check = Check.DOCUMENT_IS_IN_FORCE
    behind_s = moment.clock_floor_utc_s - moment.now_utc_s
    if not behind_s <= policy.clock_tolerance_s:
        return Finding(check, Outcome.INCONCLUSIVE, "clock_went_back", {"behind_s": behind_s})
    if document.last_day is None:
        return Finding(check, Outcome.PASSED, "no_end", {"issuer": document.issuer})
    if document.last_day < moment.today:
        return Finding(check, Outcome.FAILED, "expired")
    # No count of days: with the day of the record it would tell what the zone says.
    return Finding(check, Outcome.PASSED, "in_force", {"issuer": document.issuer})


def _not_just_used(document: TravelDocument, moment: Moment, policy: Policy) -> Finding:
    check, last = Check.DOCUMENT_WAS_NOT_JUST_USED, moment.last_clearance
    if last is None:
        return Finding(check, Outcome.PASSED, "never_used", {"clearances": 0})
    if last.token != document.identity:
        return Finding(check, Outcome.INCONCLUSIVE, "another_token")
    since_s = moment.now_utc_s - last.at_utc_s
    evidence: Evidence = {
        "since_s": round(since_s, 1),
        "cool_down_s": policy.document_cool_down_s,
    }
    if not since_s >= policy.document_cool_down_s:
        return Finding(check, Outcome.FAILED, "just_used", evidence)
    return Finding(check, Outcome.PASSED, "used_before", evidence)
