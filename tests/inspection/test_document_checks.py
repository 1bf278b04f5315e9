"""A document in force passes, one that has just crossed does not, a wrong clock says nothing."""

from datetime import date
from importlib.resources import files

import pytest

from egate.domain.check import Check, Outcome
from egate.domain.lane_part import Direction
from egate.domain.record import Clearance
from egate.domain.token import TravelDocument
from egate.inspection.document_checks import CHECKS, Moment, examine_document
from egate.inspection.policy import load

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
TODAY = date(2026, 11, 26).toordinal()
NOW_S = 1_795_651_200.0
IDENTITY = bytes(range(16))


def document(last_day: int | None = TODAY + 100) -> TravelDocument:
    return TravelDocument(IDENTITY, "UTO", "P", "L898902C3", last_day, None)


def told(
    last_day: int | None = TODAY + 100,
    floor_s: float = NOW_S - 10,
    last: Clearance | None = None,
) -> dict[Check, tuple[Outcome, str]]:
    moment = Moment(NOW_S, floor_s, TODAY, last)
    found = examine_document(document(last_day), moment, POLICY)
    return {one.check: (one.outcome, one.reason) for one in found}


def used(seconds_ago: float, token: bytes = IDENTITY) -> Clearance:
    return Clearance(token, Direction.ENTRY, NOW_S - seconds_ago)


def test_a_document_in_force_that_was_never_used_passes_both() -> None:
    assert tuple(told()) == CHECKS
    assert told() == {
        Check.DOCUMENT_IS_IN_FORCE: (Outcome.PASSED, "in_force"),
        Check.DOCUMENT_WAS_NOT_JUST_USED: (Outcome.PASSED, "never_used"),
    }


@pytest.mark.parametrize(
    ("last_day", "floor_s", "expected"),
    [
        (TODAY, NOW_S, (Outcome.PASSED, "in_force")),
        (TODAY - 1, NOW_S, (Outcome.FAILED, "expired")),
        (None, NOW_S, (Outcome.PASSED, "no_end")),
        (TODAY, NOW_S + 2, (Outcome.PASSED, "in_force")),
        (TODAY, NOW_S + 3, (Outcome.INCONCLUSIVE, "clock_went_back")),
        (TODAY - 1, NOW_S + 3, (Outcome.INCONCLUSIVE, "clock_went_back")),
        (TODAY, float("nan"), (Outcome.INCONCLUSIVE, "clock_went_back")),
    ],
)
def test_the_last_day_counts_whole_if_the_clock_can_be_believed(
    last_day: int | None, floor_s: float, expected: tuple[Outcome, str]
) -> None:
    assert told(last_day, floor_s)[Check.DOCUMENT_IS_IN_FORCE] == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (used(59), (Outcome.FAILED, "just_used")),
        (used(-5), (Outcome.FAILED, "just_used")),
        (used(60), (Outcome.PASSED, "used_before")),
        (used(86_400), (Outcome.PASSED, "used_before")),
        (used(90, bytes(16)), (Outcome.INCONCLUSIVE, "another_token")),
    ],
)
def test_a_document_is_not_handed_back_over_the_barrier(
    last: Clearance, expected: tuple[Outcome, str]
) -> None:
    assert told(last=last)[Check.DOCUMENT_WAS_NOT_JUST_USED] == expected


def test_a_document_tells_nothing_of_its_holder() -> None:
    assert repr(document()) == "TravelDocument(issuer='UTO')"
