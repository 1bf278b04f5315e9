"""What a gate would make of a document: told away from a gate, about what can be known there."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from egate.cli.document_weighed import OF_A_GATE, OF_THE_PAGE, shipped_policy, weigh
from egate.document.inspected import CHECKS, Inspected
from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling
from egate.domain.token import TravelDocument

NOW_S = 1_800_000_000.0
TODAY = datetime.fromtimestamp(NOW_S, UTC).astimezone().date()
POLICY = shipped_policy()
NOTHING_ODD: Mapping[Check, Outcome] = {}


def inspected(odd: Mapping[Check, Outcome] = NOTHING_ODD, last_day: int | None = None) -> Inspected:
    """A document whose every check passed but the odd ones, in no order."""
    findings = [
        Finding(check, odd.get(check, Outcome.PASSED), "told", {"by": "a test"})
        for check in reversed(CHECKS)
    ]
    document = TravelDocument(bytes(16), "UTO", "P", "", last_day, None)
    return Inspected(tuple(findings), document)


def test_a_document_with_nothing_against_it_is_admitted_and_told_in_order() -> None:
    weighed = weigh(inspected(), has_page=True, now_utc_s=NOW_S, policy=POLICY)
    assert weighed.is_admitted
    assert [one.check for one in weighed.findings] == [*CHECKS, Check.DOCUMENT_IS_IN_FORCE]
    assert weighed.left_out == OF_A_GATE


@pytest.mark.parametrize(("days", "ruling"), [(0, Ruling.ADMIT), (-1, Ruling.REFER)])
def test_a_document_is_weighed_on_this_day_and_its_last_day_is_not_told(
    days: int, ruling: Ruling
) -> None:
    found = inspected(last_day=TODAY.toordinal() + days)
    weighed = weigh(found, has_page=True, now_utc_s=NOW_S, policy=POLICY)
    assert weighed.decision.ruling is ruling
    assert weighed.findings[-1].evidence == {"today": TODAY.isoformat()}


def test_without_a_page_its_checks_are_left_out_and_nothing_else() -> None:
    no_page = dict.fromkeys(OF_THE_PAGE, Outcome.NOT_DONE)
    for has_page, ruling in ((False, Ruling.ADMIT), (True, Ruling.REFER)):
        weighed = weigh(inspected(no_page), has_page=has_page, now_utc_s=NOW_S, policy=POLICY)
        assert weighed.decision.ruling is ruling
    clone = inspected({**no_page, Check.CHIP_IS_GENUINE: Outcome.FAILED})
    weighed = weigh(clone, has_page=False, now_utc_s=NOW_S, policy=POLICY)
    assert weighed.decision.reasons == ("chip_is_genuine: told",)


def test_a_document_of_which_nothing_is_proven_is_not_in_force() -> None:
    unproven = Inspected(inspected().findings, None)
    weighed = weigh(unproven, has_page=True, now_utc_s=NOW_S, policy=POLICY)
    assert weighed.decision.reasons == ("document_is_in_force: nothing_proven",)
