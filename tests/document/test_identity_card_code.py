"""The code of an identity card: read when it is one, and held against the card it is on."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import identity_card_code, mrz
from egate.document.data_group_13 import Detail
from egate.document.identity_card_code import CardCodeUnreadable, IdentityCardCode, Sex
from egate.document.mrz import Layout, Mrz
from egate.domain.check import Outcome

CODE = IdentityCardCode(
    "001090123456",
    "012345678",
    "Nguyễn Thị Đào",
    date(1990, 3, 7),
    Sex.FEMALE,
    "Số 1, phố Tràng Tiền, Hoàn Kiếm, Hà Nội",
    date(2021, 4, 25),
)
TEXT = (
    "001090123456|012345678|Nguyễn Thị Đào|07031990|Nữ|"
    "Số 1, phố Tràng Tiền, Hoàn Kiếm, Hà Nội|25042021"
)
PARTS = TEXT.split("|")
ZONE = Mrz(
    Layout.TD1,
    document_code="ID",
    issuer="VNM",
    document_number="090123456",
    nationality="VNM",
    birth_date="900307",
    sex="F",
    expiry_date="300307",
    primary_identifier="NGUYEN",
    secondary_identifier="THI DAO",
    optional_data="001090123456<<0",
)


def changed(at: int, to: str) -> str:
    return "|".join((*PARTS[:at], to, *PARTS[at + 1 :]))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TEXT, CODE),
        (changed(1, ""), replace(CODE, old_number="")),
        (changed(3, "7/3/1990"), CODE),
        (changed(3, "07/03/1990"), CODE),
        (changed(4, "Nam"), replace(CODE, sex=Sex.MALE)),
        (changed(4, "Nu\u031b\u0303"), CODE),  # the same letter, put together of three
        (changed(5, ""), replace(CODE, residence="")),
        (TEXT + "||Nguyễn Văn A|", replace(CODE, more=("", "Nguyễn Văn A", ""))),
    ],
)
def test_a_code_is_read(text: str, code: IdentityCardCode) -> None:
    assert identity_card_code.looks_like_one(text)
    assert identity_card_code.read(text) == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "too_few_fields"),
        ("|".join(PARTS[:6]), "too_few_fields"),
        (TEXT + "|" * 18, "too_many_fields"),
        (TEXT + "A" * 1024, "too_long"),
        (TEXT + "\n", "hostile_characters"),
        (changed(2, "A\x1b[31mB"), "hostile_characters"),
        (changed(0, "00109012345"), "bad_id_number"),
        (changed(0, "0010901234567"), "bad_id_number"),
        (changed(0, "٠٠١٠٩٠١٢٣٤٥٦"), "bad_id_number"),
        (changed(1, "12345678"), "bad_old_number"),
        (changed(2, ""), "bad_name"),
        (changed(2, " "), "bad_name"),
        (changed(2, "A" * 129), "bad_name"),
        (changed(5, "A" * 513), "bad_residence"),
        (changed(3, "30021990"), "bad_birth_date"),
        (changed(3, "00001990"), "bad_birth_date"),
        (changed(3, "7/3/90"), "bad_birth_date"),
        (changed(3, ""), "bad_birth_date"),
        (changed(6, "99999999"), "bad_date_of_issue"),
        (changed(4, "X"), "bad_sex"),
        (changed(4, ""), "bad_sex"),
    ],
)
def test_another_text_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(CardCodeUnreadable) as caught:
        identity_card_code.read(text)
    assert caught.value.reason == reason
    assert not any(part in str(caught.value) for part in PARTS)


def test_nothing_that_is_shown_is_personal() -> None:
    assert repr(CODE) == "IdentityCardCode(7 fields)"


@given(st.text(max_size=200), st.integers(0, 6))
def test_any_text_in_any_field_is_read_or_refused(text: str, at: int) -> None:
    for whole in (text, changed(at, text)):
        try:
            code = identity_card_code.read(whole)
        except CardCodeUnreadable:
            continue
        assert len(code.id_number) == 12


def finding(code: IdentityCardCode = CODE, zone: Mrz = ZONE, number: str = "") -> tuple[str, str]:
    details = {Detail.ID_NUMBER: (number,)} if number else {}
    told = identity_card_code.compare(code, mrz.read(mrz.encode(zone)), details)
    assert not any(part in repr(told) for part in (code.id_number, "Nguy", "1990"))
    return told.reason, str(told.evidence.get("fields", ""))


def test_the_code_of_this_card_agrees_with_its_zone() -> None:
    assert finding() == ("fields_agree", "birth_date,sex,name,id_number")
    assert finding(number=CODE.id_number) == (
        "fields_agree",
        "birth_date,sex,name,id_number,chip_id_number",
    )


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (replace(CODE, id_number="001090123457"), "id_number"),
        (replace(CODE, birth_date=date(1990, 7, 3)), "birth_date"),
        (replace(CODE, sex=Sex.MALE), "sex"),
        (replace(CODE, full_name="Nguyễn Thị Hoa"), "name"),
    ],
)
def test_the_code_of_another_card_differs(code: IdentityCardCode, fields: str) -> None:
    assert finding(code) == ("fields_differ", fields)


def test_the_chip_may_tell_another_number() -> None:
    assert finding(number="001090999999") == ("fields_differ", "chip_id_number")


def test_a_long_name_may_be_cut_in_the_zone() -> None:
    long = replace(ZONE, primary_identifier="NGUYEN", secondary_identifier="THI DAO BICH NGOC PHUO")
    assert finding(replace(CODE, full_name="Nguyễn Thị Đào Bích Ngọc Phương"), long)[0] == (
        "fields_agree"
    )


def test_a_zone_without_the_number_proves_nothing() -> None:
    assert finding(zone=replace(ZONE, optional_data=""))[0] == "nothing_in_common"


def test_only_a_card_of_viet_nam_has_this_code() -> None:
    assert finding(zone=replace(ZONE, issuer="UTO"))[0] == "another_document"
    told = identity_card_code.compare(CODE, mrz.read(()))
    assert (told.outcome, told.reason) == (Outcome.NOT_DONE, "no_printed_zone")
