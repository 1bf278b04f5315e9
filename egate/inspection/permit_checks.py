"""The checks on a permit once its signature is proven: time, place, direction, use.

    permit_is_in_force            in_force; not_yet_valid, expired; clock_went_back
    permit_is_for_this_site       this_site; wrong_site
    permit_is_for_this_direction  this_direction; wrong_direction
    permit_is_not_revoked         not_listed; revoked; no_list, list_too_old
    permit_is_unused              never_used, used_the_other_way; replayed, cool_down;
                                  another_token, record_was_lost

First what is said when it passed; then when it failed; then when nothing can be said. All five
are always answered. A permit that a passage in the same direction used up stays used: entry and
exit alternate.

Source: research/mrz_qr.md section 6, offline rules 1 to 4; DESIGN section 3, invariant 7.
"""

from dataclasses import dataclass

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.lane_part import Direction
from egate.domain.record import Clearance
from egate.domain.revocation import Revoked
from egate.domain.token import Permit, TravelDirection, token_digest
from egate.inspection.policy import Policy

CHECKS = (
    Check.PERMIT_IS_IN_FORCE,
    Check.PERMIT_IS_FOR_THIS_SITE,
    Check.PERMIT_IS_FOR_THIS_DIRECTION,
    Check.PERMIT_IS_NOT_REVOKED,
    Check.PERMIT_IS_UNUSED,
)
WAYS = {
    TravelDirection.ENTRY: {Direction.ENTRY},
    TravelDirection.EXIT: {Direction.EXIT},
    TravelDirection.BOTH: {Direction.ENTRY, Direction.EXIT},
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and when a permit is presented.

    `clock_floor_utc_s` is the newest instant on record: a clock that runs before it is wrong.
    `revoked` is None when the gate holds no list. `last_clearance` is the newest of this token;
    before `used_known_from_utc_s` tokens were used of which no record is left.
    """

    site: str
    direction: Direction
    now_utc_s: float
    clock_floor_utc_s: float
    revoked: Revoked | None
    last_clearance: Clearance | None
    used_known_from_utc_s: float = 0.0


def examine_permit(permit: Permit, here: Circumstances, policy: Policy) -> tuple[Finding, ...]:
    """Answer the five checks on a permit whose signature is proven."""
    return (
        _in_force(permit, here, policy),
        _for_this_site(permit, here),
        _for_this_direction(permit, here),
        _not_revoked(permit, here),
        _unused(permit, here, policy),
    )


def _in_force(permit: Permit, here: Circumstances, policy: Policy) -> Finding:
    check = Check.PERMIT_IS_IN_FORCE
    behind_s = here.clock_floor_utc_s - here.now_utc_s
    if not behind_s <= policy.clock_tolerance_s:
        return Finding(check, Outcome.INCONCLUSIVE, "clock_went_back", {"behind_s": behind_s})
    if here.now_utc_s < permit.valid_from_s:
        return Finding(check, Outcome.FAILED, "not_yet_valid")
    if here.now_utc_s >= permit.valid_to_s:
        return Finding(check, Outcome.FAILED, "expired")
    left_s = permit.valid_to_s - here.now_utc_s
    return Finding(check, Outcome.PASSED, "in_force", {"left_s": round(left_s, 1)})


def _for_this_site(permit: Permit, here: Circumstances) -> Finding:
    check, evidence = Check.PERMIT_IS_FOR_THIS_SITE, {"site": here.site}
    if permit.crossing != here.site:
        return Finding(check, Outcome.FAILED, "wrong_site", evidence)
    return Finding(check, Outcome.PASSED, "this_site", evidence)


def _for_this_direction(permit: Permit, here: Circumstances) -> Finding:
    check, evidence = Check.PERMIT_IS_FOR_THIS_DIRECTION, {"direction": here.direction.value}
    if here.direction not in WAYS[permit.direction]:
        return Finding(check, Outcome.FAILED, "wrong_direction", evidence)
    return Finding(check, Outcome.PASSED, "this_direction", evidence)


def _not_revoked(permit: Permit, here: Circumstances) -> Finding:
    check = Check.PERMIT_IS_NOT_REVOKED
    if here.revoked is None:
        return Finding(check, Outcome.INCONCLUSIVE, "no_list")
    evidence: Evidence = {
        "list_version": here.revoked.version,
        "list_entries": len(here.revoked.digests),
    }
    if permit.nonce in here.revoked:
        return Finding(check, Outcome.FAILED, "revoked", evidence)
    if not here.revoked.is_fresh(here.now_utc_s):
        return Finding(check, Outcome.INCONCLUSIVE, "list_too_old", evidence)
    return Finding(check, Outcome.PASSED, "not_listed", evidence)


def _unused(permit: Permit, here: Circumstances, policy: Policy) -> Finding:
    check, last = Check.PERMIT_IS_UNUSED, here.last_clearance
    if last is None and permit.valid_from_s < here.used_known_from_utc_s:
        return Finding(check, Outcome.INCONCLUSIVE, "record_was_lost")
    if last is None:
        return Finding(check, Outcome.PASSED, "never_used", {"clearances": 0})
    if last.token != token_digest(permit.nonce):
        return Finding(check, Outcome.INCONCLUSIVE, "another_token")
    if last.direction is here.direction:
        return Finding(check, Outcome.FAILED, "replayed")
    since_s = here.now_utc_s - last.at_utc_s
    evidence: Evidence = {"since_s": round(since_s, 1), "cool_down_s": policy.cool_down_s}
    if not since_s >= policy.cool_down_s:
        return Finding(check, Outcome.FAILED, "cool_down", evidence)
    return Finding(check, Outcome.PASSED, "used_the_other_way", evidence)
