"""What counts as a record and what does not: never a wrong one, whatever the digits say."""

from dataclasses import replace
import math
from typing import Any

import pytest

from egate.document.mrz import Layout, Mrz, encode
from egate.vision.mrz_weigh import (
    LEAST_REPLACED,
    LEAST_SURE,
    MrzReason,
    Weighed,
    alphabet,
    confirmed,
    weigh,
)
from tests.vision.mrz_seen import CARD, PASSPORT, VISA, cells, row

UTOPIAN = Mrz(
    Layout.TD3,
    document_code="P",
    issuer="UTO",
    document_number="L898902C3",
    nationality="UTO",
    birth_date="740812",
    sex="F",
    expiry_date="120415",
    primary_identifier="ERIKSSON",
)


@pytest.mark.parametrize("zone", [PASSPORT, CARD, VISA])
def test_a_zone_that_is_seen_clearly_is_a_record(zone: tuple[str, ...]) -> None:
    weighed = weigh(cells(zone))
    assert (weighed.lines, weighed.reason, weighed.replaced) == (zone, MrzReason.READ, 0)
    assert weighed.weakest > LEAST_SURE


def test_a_name_that_is_not_sure_makes_no_record_though_every_digit_agrees() -> None:
    weighed = weigh(cells(PASSPORT, {(0, 7): row("R", 0.55, K=0.45)}))
    assert weighed.reason is MrzReason.UNSURE_CHARACTER
    assert weighed.weakest == pytest.approx(math.log(0.55), abs=0.01)


def test_a_name_is_never_repaired() -> None:
    weighed = weigh(cells(PASSPORT, {(0, 7): row("K", 0.9, R=0.1)}))
    assert weighed.lines[0][7] == "K"
    assert weighed.replaced == 0


@pytest.mark.parametrize(
    ("at", "seen"),
    [((0, 6), row("8", 0.6, B=0.3)), ((0, 3), row("0", 0.6, O=0.3, Q=0.1))],
)
def test_a_figure_where_only_letters_stand_is_not_looked_at(
    at: tuple[int, int], seen: object
) -> None:
    weighed = weigh(cells(PASSPORT, {at: seen}))  # type: ignore[dict-item]  # rows of the table
    assert weighed.lines[at[0]][at[1]] in "BO"


def test_a_place_that_holds_nothing_of_its_alphabet_is_unsure() -> None:
    weighed = weigh(cells(PASSPORT, {(0, 6): row("8", 0.999)}))
    assert weighed.reason is MrzReason.UNSURE_CHARACTER


def test_a_second_choice_is_taken_when_it_alone_makes_the_digits_agree() -> None:
    weighed = weigh(cells(PASSPORT, {(1, 3): row("B", 0.6, _8=0.4)}))
    assert (weighed.lines, weighed.reason, weighed.replaced) == (PASSPORT, MrzReason.READ, 1)


def test_a_second_choice_that_hardly_beats_another_which_agrees_too_makes_no_record() -> None:
    seen = row("8", 0.5, C=0.35, W=0.06)  # C and W are both 2 modulo 10
    weighed = weigh(cells(PASSPORT, {(1, 7): seen}))
    assert (weighed.lines, weighed.reason) == (PASSPORT, MrzReason.UNSURE_CHARACTER)
    assert LEAST_SURE < weighed.weakest < LEAST_REPLACED


def test_two_second_choices_may_be_taken_and_three_may_not() -> None:
    wrong = {
        (1, 3): row("B", 0.6, _8=0.4),
        (1, 15): row("1", 0.6, _0=0.4),
        (1, 22): row("7", 0.6, _2=0.4),
    }
    two = dict(list(wrong.items())[:2])
    assert weigh(cells(PASSPORT, two)).lines == PASSPORT
    assert weigh(cells(PASSPORT, wrong)).reason is not MrzReason.READ


def test_many_places_that_are_likeliest_as_they_are_count_when_every_digit_agrees() -> None:
    doubt = {
        (1, 3): row("8", 0.6, B=0.3),
        (1, 15): row("0", 0.6, _8=0.3),
        (1, 22): row("2", 0.6, _7=0.3),
    }
    weighed = weigh(cells(PASSPORT, doubt))
    assert (weighed.lines, weighed.reason, weighed.replaced) == (PASSPORT, MrzReason.READ, 0)


def test_what_two_places_change_together_and_every_digit_agrees_is_not_settled() -> None:
    zone = (PASSPORT[0], with_its_digits("881234567"))
    sure = {(1, 5): row("4", 0.6, A=0.3)}  # alone: its digit tells
    assert weigh(cells(zone, sure)).reason is MrzReason.READ
    pair = {(1, 0): row("8", 0.6, B=0.3), (1, 1): row("8", 0.6, B=0.3)}  # 7 * 3 + 3 * 3: modulo 10
    weighed = weigh(cells(zone, pair))
    assert (weighed.lines, weighed.reason) == (zone, MrzReason.UNSURE_CHARACTER)


def test_what_may_be_0_or_o_in_a_number_is_0_unless_its_digit_says_o() -> None:
    alike = {(1, 5): row("O", 0.6, _0=0.38)}
    weighed = weigh(cells(PASSPORT, alike))
    assert (weighed.lines, weighed.reason, weighed.replaced) == (PASSPORT, MrzReason.READ, 0)
    zone = (PASSPORT[0], with_its_digits("L8989O2C3"))
    weighed = weigh(cells(zone, alike))
    assert (weighed.lines, weighed.reason, weighed.replaced) == (zone, MrzReason.READ, 1)
    assert weigh(cells(PASSPORT, {(0, 4): row("O", 0.6, _0=0.38)})).lines == PASSPORT


def with_its_digits(number: str) -> str:
    return encode(replace(UTOPIAN, document_number=number))[1]


def test_choices_that_the_digit_cannot_tell_apart_make_no_record() -> None:
    zone = ("L898902K36UTO7408122F1204159ZE184226B<<<<<10",)
    assert weigh(cells((PASSPORT[0], *zone), {(1, 9): row("6", 0.999)})).reason
    doubt = {(1, 0): row("L", 0.52, B=0.46)}  # both stand for 1 modulo 10
    weighed = weigh(cells(PASSPORT, doubt))
    assert weighed.reason is MrzReason.UNSURE_CHARACTER
    assert weighed.weakest < LEAST_SURE


def test_clear_characters_whose_digit_differs_are_told_as_they_are() -> None:
    lines = (PASSPORT[0], PASSPORT[1].replace("C36UTO", "C35UTO"))
    weighed = weigh(cells(lines))
    assert (weighed.lines, weighed.reason) == (lines, MrzReason.DIGIT_DIFFERS)


def test_a_state_that_no_list_has_makes_no_record() -> None:
    lines = (PASSPORT[0].replace("P<UTO", "P<QQQ"), PASSPORT[1])
    assert weigh(cells(lines)).reason is MrzReason.UNKNOWN_STATE


def test_a_state_is_sure_enough_when_no_list_has_what_else_it_may_be() -> None:
    weighed = weigh(cells(PASSPORT, {(0, 3): row("T", 0.6, Y=0.3)}))
    assert (weighed.lines, weighed.reason) == (PASSPORT, MrzReason.READ)
    zone = encode(replace(UTOPIAN, issuer="SVN", nationality="SVN"))
    weighed = weigh(cells(zone, {(1, 12): row("N", 0.6, K=0.3)}))
    assert (weighed.lines, weighed.reason) == (zone, MrzReason.UNSURE_CHARACTER)


def test_a_state_that_is_misread_is_not_mended() -> None:
    weighed = weigh(cells(PASSPORT, {(0, 3): row("Y", 0.6, T=0.3)}))
    assert weighed.lines[0][3] == "Y"
    assert weighed.reason is not MrzReason.READ


def test_a_visas_optional_data_has_no_digit_and_no_second_choice() -> None:
    weighed = weigh(cells(VISA, {(1, 30): row("<", 0.5, K=0.5)}))
    assert weighed.reason is MrzReason.UNSURE_CHARACTER


@pytest.mark.parametrize("layout", list(Layout))
def test_every_place_of_a_layout_has_an_alphabet_that_holds_a_filler_or_is_the_first(
    layout: Layout,
) -> None:
    count, width = {"TD1": (3, 30), "TD2": (2, 36), "MRV-B": (2, 36)}.get(layout, (2, 44))
    for line in range(count):
        for column in range(width):
            assert "<" in alphabet(layout, line, column) or (line, column) == (0, 0)


def test_the_repr_has_no_content() -> None:
    assert "ERIKSSON" not in repr(weigh(cells(PASSPORT)))


@pytest.mark.parametrize(
    ("changed", "others", "reason"),
    [
        ({}, PASSPORT, MrzReason.READ),
        ({}, (), MrzReason.UNSURE_CHARACTER),
        ({}, (PASSPORT[0], PASSPORT[1][:-1] + "1"), MrzReason.UNSURE_CHARACTER),
        ({"weakest": math.log(0.1)}, PASSPORT, MrzReason.UNSURE_CHARACTER),
        ({"replaced": 1}, PASSPORT, MrzReason.UNSURE_CHARACTER),
        ({"reason": MrzReason.DIGIT_DIFFERS}, PASSPORT, MrzReason.DIGIT_DIFFERS),
    ],
)
def test_what_was_unsure_counts_when_another_engine_reads_the_very_same(
    changed: dict[str, Any], others: tuple[str, ...], reason: MrzReason
) -> None:
    unsure = Weighed(PASSPORT, math.log(0.5), MrzReason.UNSURE_CHARACTER)
    assert confirmed(replace(unsure, **changed), others).reason is reason


@pytest.mark.parametrize(
    "lines",
    [
        (PASSPORT[0], PASSPORT[1].replace("7408122", "7408123")),
        (PASSPORT[0].replace("UTO", "QQQ"), PASSPORT[1]),
    ],
)
def test_two_engines_do_not_overrule_digits_and_states(lines: tuple[str, ...]) -> None:
    assert lines != PASSPORT
    unsure = Weighed(lines, math.log(0.5), MrzReason.UNSURE_CHARACTER)
    assert confirmed(unsure, lines) == unsure
