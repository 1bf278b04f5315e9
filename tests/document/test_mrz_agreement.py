"""A chip's zone is the printed one, or a finding says in which fields it is another."""

from dataclasses import replace

import pytest

from egate.document.mrz import Layout, Mrz, encode, read
from egate.document.mrz_agreement import compare
from egate.domain.check import Check, Outcome

PASSPORT = Mrz(
    Layout.TD3, "P", "UTO", "L898902C3", "UTO", "740812", "F", "120415", "ERIKSSON", "ANNA MARIA",
    "ZE184226B",
)  # fmt: skip
CARD = replace(PASSPORT, layout=Layout.TD1, document_code="I", document_number="D23145890734")
LONG = replace(CARD, optional_data="", primary_identifier="NILAVADHANANANDA",
               secondary_identifier="CHAYAPA DEJTHAMRONG KRASUANG")  # fmt: skip


def compared(printed: Mrz, chip: Mrz) -> tuple[Outcome, str, object]:
    finding = compare(read(encode(printed)), read(encode(chip)))
    assert finding.check is Check.CHIP_MRZ_IS_THE_PRINTED_ONE
    return finding.outcome, finding.reason, finding.evidence.get("fields")


@pytest.mark.parametrize("mrz", [PASSPORT, CARD, LONG])
def test_equal_zones_agree(mrz: Mrz) -> None:
    assert compared(mrz, mrz) == (Outcome.PASSED, "lines_agree", None)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"document_number": "L898902C4"}, "document_number"),
        ({"birth_date": "740813"}, "birth_date"),
        ({"expiry_date": "120416"}, "expiry_date"),
        ({"sex": "M"}, "sex"),
        ({"issuer": "D", "nationality": "D"}, "issuer,nationality"),
        ({"document_code": "PO"}, "document_code"),
        ({"secondary_identifier": "ANNA"}, "name"),
        ({"primary_identifier": "ERIKSEN"}, "name"),
        ({"optional_data": "ZE184226C"}, "other_characters"),
    ],
)
def test_a_chip_of_another_document_is_told_by_the_fields_that_differ(
    change: dict[str, str], fields: str
) -> None:
    chip = replace(PASSPORT, **change)  # type: ignore[arg-type]  # a table of one change each
    assert compared(PASSPORT, chip) == (Outcome.FAILED, "fields_differ", fields)


def test_the_tail_of_a_long_number_counts() -> None:
    chip = replace(CARD, document_number="D23145890735")
    assert compared(CARD, chip) == (Outcome.FAILED, "fields_differ", "document_number")


def test_a_check_digit_that_is_not_the_printed_one_is_a_difference() -> None:
    printed = encode(PASSPORT)
    chip = (printed[0], printed[1][:-1] + "1")
    finding = compare(read(printed), read(chip))
    assert (finding.outcome, finding.evidence["fields"]) == (Outcome.FAILED, "other_characters")


def test_another_layout_may_cut_the_name_off_and_nothing_else() -> None:
    td2 = replace(LONG, layout=Layout.TD2)
    assert compared(LONG, td2) == (Outcome.PASSED, "fields_agree", None)
    assert compared(td2, LONG) == (Outcome.PASSED, "fields_agree", None)
    short = replace(td2, secondary_identifier="CHAYA")
    assert compared(LONG, short) == (Outcome.FAILED, "fields_differ", "name")
    assert compared(LONG, replace(td2, sex="M")) == (
        Outcome.FAILED, "fields_differ", "sex",
    )  # fmt: skip


def test_without_two_zones_nothing_is_compared() -> None:
    zone, none = read(encode(PASSPORT)), read(())
    assert compare(none, zone).reason == "no_printed_zone"
    assert compare(zone, none).reason == "no_chip_zone"
    assert compare(none, none).outcome is Outcome.NOT_DONE


def test_a_finding_shows_nothing_of_the_zones() -> None:
    finding = compare(read(encode(PASSPORT)), read(encode(replace(PASSPORT, sex="M"))))
    assert "ERIKSSON" not in repr(finding)
    assert "L898902C3" not in repr(finding)
