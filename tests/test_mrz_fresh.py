"""The pages by which the limits of the zone's reader are chosen, and the bound that is told."""

import math

import pytest

from egate.document import mrz
from egate.domain.check import Outcome
from egate.vision.mrz_ocr import MrzSeen
from egate.vision.mrz_weigh import MrzReason
from tests.bench_mrz.fresh import Read, fresh, share_at_most
from tests.vision.mrz_seen import PASSPORT


def test_the_same_numbers_make_the_same_pages_and_each_has_a_zone_whose_digits_agree() -> None:
    pages, again = list(fresh(3, 5)), list(fresh(3, 5))
    assert len({lines for _, lines in pages}) == 5
    for (picture, lines), (other, other_lines) in zip(pages, again, strict=True):
        assert lines == other_lines
        assert (picture == other).all()
        reading = mrz.read(lines)
        assert reading.mrz is not None
        assert Outcome.FAILED not in {one.outcome for one in reading.findings}


@pytest.mark.parametrize(
    ("wrong", "taken", "most"), [(0, 3000, 0.000998), (0, 169, 0.0176), (1, 100, 0.0466)]
)
def test_the_share_that_may_be_wrong_is_bounded_as_the_tables_of_statistics_have_it(
    wrong: int, taken: int, most: float
) -> None:
    assert share_at_most(wrong, taken) == pytest.approx(most, rel=0.01)


def test_a_limit_counts_what_is_as_sure_and_has_its_digits() -> None:
    sure = Read(MrzSeen(MrzReason.UNSURE_CHARACTER, PASSPORT, math.log(0.65)), is_exact=True)
    assert sure.would_count(0.6)
    assert not sure.would_count(0.7)
    wrong = (PASSPORT[0], PASSPORT[1][:-1] + "1")
    differs = Read(MrzSeen(MrzReason.DIGIT_DIFFERS, wrong, 0.0), is_exact=True)
    assert not differs.would_count(0.3)
