"""The whole corpus through the real pcscd and the gate's driver: every case as in process.

Source: DESIGN section 5.3; research/emrtd.md 1.3 ("same corpus, through the real pcscd").
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from simulators.private_pcscd import PrivatePcscd
from tests.corpus.carried_out import deviations
from tests.corpus.case import Case
from tests.corpus.cases import CASES

if TYPE_CHECKING:
    from tests.corpus.through_pcscd import TwoSlots

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)
pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def slots(pcscd: PrivatePcscd) -> Iterator["TwoSlots"]:
    from tests.corpus.through_pcscd import TwoSlots

    slots = TwoSlots(pcscd)
    yield slots
    slots.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_is_told_and_ruled_on_as_in_process(case: Case, slots: "TwoSlots") -> None:
    assert deviations(case, slots.carry_out(case)) == []
