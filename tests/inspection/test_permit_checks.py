"""A genuine permit at the wrong time, place, direction or moment fails one check, and only it."""

from dataclasses import replace
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.lane_part import Direction
from egate.domain.record import Clearance
from egate.domain.revocation import Revoked, revocation_digest
from egate.domain.token import Permit, TemplateDigest, TravelDirection, token_digest
from egate.inspection.permit_checks import CHECKS, Circumstances, examine_permit
from egate.inspection.policy import load

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
BEGIN_S, NOW_S, END_S = 1_000, 5_000.0, 9_000
PERMIT = Permit(
    issuer_key="0011223344556677",
    registration="LS-1",
    document_kind="LP",
    document_digest=bytes(16),
    crossing="huu-nghi",
    direction=TravelDirection.BOTH,
    valid_from_s=BEGIN_S,
    valid_to_s=END_S,
    nonce=b"nonce-01",
    reference=TemplateDigest(bytes(16)),
)
LIST = Revoked(4, 4_000, 3_000, frozenset({revocation_digest(b"nonce-99")}))
HERE = Circumstances(
    site="huu-nghi",
    direction=Direction.ENTRY,
    now_utc_s=NOW_S,
    clock_floor_utc_s=NOW_S - 1,
    revoked=LIST,
    last_clearance=None,
)


def used(direction: Direction, at_utc_s: float) -> Clearance:
    return Clearance(token_digest(PERMIT.nonce), direction, at_utc_s)


def not_passed(permit: Permit, here: Circumstances) -> list[tuple[Check, Outcome, str]]:
    findings = examine_permit(permit, here, POLICY)
    assert tuple(finding.check for finding in findings) == CHECKS
    return [
        (finding.check, finding.outcome, finding.reason)
        for finding in findings
        if finding.outcome is not Outcome.PASSED
    ]


def test_a_permit_that_began_after_records_were_lost_was_never_used() -> None:
    assert not_passed(PERMIT, replace(HERE, used_known_from_utc_s=1_000.0)) == []


def test_a_permit_in_force_here_and_unused_passes_all_five_checks() -> None:
    assert not_passed(PERMIT, HERE) == []


@pytest.mark.parametrize(
    ("here", "check", "outcome", "reason"),
    [
        ({"now_utc_s": 999.9, "clock_floor_utc_s": 0.0}, "in_force", "failed", "not_yet_valid"),
        ({"now_utc_s": 9_000.0}, "in_force", "failed", "expired"),
        ({"clock_floor_utc_s": NOW_S + 3}, "in_force", "inconclusive", "clock_went_back"),
        ({"clock_floor_utc_s": float("nan")}, "in_force", "inconclusive", "clock_went_back"),
        ({"used_known_from_utc_s": 1_001.0}, "unused", "inconclusive", "record_was_lost"),
        ({"site": "lao-cai"}, "for_this_site", "failed", "wrong_site"),
        ({"revoked": None}, "not_revoked", "inconclusive", "no_list"),
        ({"revoked": replace(LIST, max_age_s=999)}, "not_revoked", "inconclusive", "list_too_old"),
        (
            {"revoked": replace(LIST, issued_at_utc_s=5_001)},
            "not_revoked",
            "inconclusive",
            "list_too_old",
        ),
        (
            {"revoked": replace(LIST, digests=frozenset({revocation_digest(PERMIT.nonce)}))},
            "not_revoked",
            "failed",
            "revoked",
        ),
        ({"last_clearance": used(Direction.ENTRY, 1.0)}, "unused", "failed", "replayed"),
        ({"last_clearance": used(Direction.EXIT, NOW_S - 59)}, "unused", "failed", "cool_down"),
        ({"last_clearance": used(Direction.EXIT, NOW_S + 59)}, "unused", "failed", "cool_down"),
        (
            {"last_clearance": Clearance(bytes(16), Direction.EXIT, 1.0)},
            "unused",
            "inconclusive",
            "another_token",
        ),
    ],
)
def test_each_fault_shows_in_its_own_check_only(
    here: dict[str, object], check: str, outcome: str, reason: str
) -> None:
    changed = replace(HERE, **here)  # type: ignore[arg-type]  # fields by name from the table
    if here.get("now_utc_s") == 999.9:
        changed = replace(changed, revoked=replace(LIST, issued_at_utc_s=900))
    if here.get("now_utc_s") == 9_000.0:
        changed = replace(changed, revoked=replace(LIST, max_age_s=9_000))
    assert not_passed(PERMIT, changed) == [(Check(f"permit_is_{check}"), Outcome(outcome), reason)]


@pytest.mark.parametrize(
    ("allowed", "way", "passes"),
    [
        (TravelDirection.ENTRY, Direction.ENTRY, True),
        (TravelDirection.ENTRY, Direction.EXIT, False),
        (TravelDirection.EXIT, Direction.EXIT, True),
        (TravelDirection.EXIT, Direction.ENTRY, False),
        (TravelDirection.BOTH, Direction.ENTRY, True),
        (TravelDirection.BOTH, Direction.EXIT, True),
    ],
)
def test_a_permit_leads_only_the_way_it_says(
    allowed: TravelDirection, way: Direction, passes: bool
) -> None:
    permit, here = replace(PERMIT, direction=allowed), replace(HERE, direction=way)
    expected = [(Check.PERMIT_IS_FOR_THIS_DIRECTION, Outcome.FAILED, "wrong_direction")]
    assert not_passed(permit, here) == ([] if passes else expected)


def test_a_replayed_permit_is_refused_however_long_ago_it_was_used() -> None:
    here = replace(HERE, last_clearance=used(Direction.ENTRY, -1e9))
    assert not_passed(PERMIT, here) == [(Check.PERMIT_IS_UNUSED, Outcome.FAILED, "replayed")]


def test_entry_and_exit_alternate_after_the_cool_down() -> None:
    here = replace(HERE, last_clearance=used(Direction.EXIT, NOW_S - 60))
    assert not_passed(PERMIT, here) == []


def test_a_clock_set_back_by_a_time_servers_step_is_tolerated() -> None:
    assert not_passed(PERMIT, replace(HERE, clock_floor_utc_s=NOW_S + 2)) == []


def test_a_revoked_permit_is_refused_even_by_an_old_list() -> None:
    old = replace(LIST, max_age_s=1, digests=frozenset({revocation_digest(PERMIT.nonce)}))
    assert not_passed(PERMIT, replace(HERE, revoked=old)) == [
        (Check.PERMIT_IS_NOT_REVOKED, Outcome.FAILED, "revoked")
    ]


@given(
    now_s=st.floats(),
    floor_s=st.floats(),
    at_s=st.floats(),
    direction=st.sampled_from(Direction),
)
def test_whatever_the_clocks_say_all_five_checks_are_answered(
    now_s: float, floor_s: float, at_s: float, direction: Direction
) -> None:
    here = replace(
        HERE, now_utc_s=now_s, clock_floor_utc_s=floor_s, last_clearance=used(direction, at_s)
    )
    findings = examine_permit(PERMIT, here, POLICY)
    assert len(findings) == 5
    in_force: Finding = findings[0]
    assert (in_force.outcome is Outcome.PASSED) <= (BEGIN_S <= now_s < END_S)
