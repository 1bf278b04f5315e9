"""The machine readable zone: the standard's specimens, long numbers, single errors, and noise.

Source: ICAO 9303-4, 9303-5, 9303-6 and 9303-7 (specimens of UTO); 9303-11, appendix D.2.
"""

from dataclasses import replace
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.mrz import DIGIT_CHECKS, FIELDS, SIZES, Layout, Mrz, encode, read, split
from egate.document.mrz_key import check_digit
from egate.domain.check import Check, Outcome
from tests.document.shared_data import shared

PASSED, FAILED, NONE = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE
ERIKSSON = ("UTO", "ERIKSSON", "ANNA MARIA")

SPECIMENS = [
    (
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        Mrz(Layout.TD3, "P", "UTO", "L898902C3", "UTO", "740812", "F", "120415", *ERIKSSON[1:],
            "ZE184226B"),
        [PASSED] * 5,
    ),
    (
        ("I<UTOD231458907<<<<<<<<<<<<<<<\n"
         "7408122F1204159UTO<<<<<<<<<<<6\n"
         "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
        Mrz(Layout.TD1, "I", "UTO", "D23145890", "UTO", "740812", "F", "120415", *ERIKSSON[1:]),
        [PASSED, PASSED, PASSED, NONE, PASSED],
    ),
    (
        ("I<UTOD23145890<7349<<<<<<<<<<<\n"
         "3407127M9507122UTO<<<<<<<<<<<2\n"
         "STEVENSON<<PETER<JOHN<<<<<<<<<"),
        Mrz(Layout.TD1, "I", "UTO", "D23145890734", "UTO", "340712", "M", "950712",
            "STEVENSON", "PETER JOHN"),
        [PASSED, PASSED, PASSED, NONE, PASSED],
    ),
    (
        ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n"
         "D231458907UTO7408122F1204159<<<<<<<6"),
        Mrz(Layout.TD2, "I", "UTO", "D23145890", "UTO", "740812", "F", "120415", *ERIKSSON[1:]),
        [PASSED, PASSED, PASSED, NONE, PASSED],
    ),
    (
        ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n"
         "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"),
        Mrz(Layout.MRV_A, "V", "UTO", "L8988901C", "XXX", "400907", "F", "961210",
            *ERIKSSON[1:], "6ZE184226B"),
        [PASSED, PASSED, PASSED, NONE, NONE],
    ),
    (
        ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\n"
         "L8988901C4XXX4009078F9612109<<<<<<<<"),
        Mrz(Layout.MRV_B, "V", "UTO", "L8988901C", "XXX", "400907", "F", "961210", *ERIKSSON[1:]),
        [PASSED, PASSED, PASSED, NONE, NONE],
    ),
]  # fmt: skip
PASSPORT = SPECIMENS[0][0]
CARD = SPECIMENS[1][0]


def outcomes(text: str) -> list[Outcome]:
    return [finding.outcome for finding in read(split(text)).findings]


def reasons(text: str) -> dict[Check, str]:
    findings = read(split(text)).findings
    return {one.check: one.reason for one in findings if one.outcome is FAILED}


@pytest.mark.parametrize(("text", "mrz", "digits"), SPECIMENS, ids=lambda one: repr(one)[:20])
def test_a_specimen_of_the_standard_is_its_values_both_ways(
    text: str, mrz: Mrz, digits: list[Outcome]
) -> None:
    reading = read(split(text))
    assert reading.mrz == mrz
    assert reading.lines == tuple(text.split("\n"))
    assert [finding.check for finding in reading.findings] == [Check.MRZ_IS_READABLE, *DIGIT_CHECKS]
    assert outcomes(text) == [PASSED, *digits]
    assert encode(mrz) == reading.lines


@pytest.mark.parametrize("text", [text for text, _, _ in SPECIMENS])
def test_a_zone_without_line_ends_is_cut_by_its_length(text: str) -> None:
    assert split(text.replace("\n", "")) == split(text)
    assert split(text.replace("\n", "\r\n") + "\r\n") == split(text)


def test_the_positions_are_those_of_the_standard_and_cover_every_character_once() -> None:
    for layout, fields in FIELDS.items():
        count, width = SIZES[layout]
        spots = [
            (spot.line, at) for spot in fields.values() for at in range(spot.first, spot.last + 1)
        ]
        assert sorted(spots) == [
            (line, at) for line in range(1, count + 1) for at in range(1, width + 1)
        ]


NUMBER, BIRTH, EXPIRY, OPTIONAL, COMPOSITE = DIGIT_CHECKS
DIFFERS, ABSENT = "digit_differs", "digit_absent"


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("L898902C36", "L898902C46", {NUMBER: DIFFERS, COMPOSITE: DIFFERS}),
        ("7408122F", "7409122F", {BIRTH: DIFFERS, COMPOSITE: DIFFERS}),
        ("1204159Z", "1304159Z", {EXPIRY: DIFFERS, COMPOSITE: DIFFERS}),
        ("ZE184226B", "ZE184226C", {OPTIONAL: DIFFERS, COMPOSITE: DIFFERS}),
        ("<<<10", "<<<12", {COMPOSITE: DIFFERS}),
        ("<<<10", "<<<1<", {COMPOSITE: ABSENT}),
        ("C36UTO", "C3<UTO", {NUMBER: ABSENT, COMPOSITE: DIFFERS}),
        ("C36UTO", "C3GUTO", {NUMBER: DIFFERS}),  # to the composite G is worth what 6 is
        ("C36UTO7", "C36UTP7", {}),  # no digit covers the nationality
    ],
)
def test_exactly_the_digits_that_differ_are_told_and_nothing_is_repaired(
    old: str, new: str, failing: dict[Check, str]
) -> None:
    text = PASSPORT.replace(old, new)
    assert reasons(text) == failing
    assert read(split(text)).lines == tuple(text.split("\n"))


def test_an_empty_personal_number_may_have_a_filler_or_a_nought_for_its_digit() -> None:
    empty = replace(SPECIMENS[0][1], optional_data="")
    with_nought = "\n".join(encode(empty))
    with_filler = with_nought[:-2] + "<" + with_nought[-1]
    assert outcomes(with_nought) == [PASSED] * 6
    assert outcomes(with_filler) == [PASSED] * 4 + [NONE, PASSED]


def test_a_long_number_leaves_the_rest_of_the_optional_data() -> None:
    mrz = replace(SPECIMENS[2][1], optional_data="AB<C")
    reading = read(encode(mrz))
    assert reading.mrz == mrz
    assert encode(mrz)[0] == "I<UTOD23145890<7349<AB<C<<<<<<"


def test_a_long_number_of_a_td2_is_read() -> None:
    mrz = replace(SPECIMENS[3][1], document_number="D23145890734")
    assert encode(mrz)[1].startswith("D23145890<")
    assert read(encode(mrz)).mrz == mrz


def test_a_long_number_may_fill_the_whole_of_the_optional_data() -> None:
    mrz = replace(SPECIMENS[3][1], document_number="D23145890734AAA")
    assert encode(mrz)[1][28:35].startswith("734AAA")
    assert read(encode(mrz)).mrz == mrz


def test_a_long_number_with_a_wrong_digit_fails_alone() -> None:
    long_number = encode(SPECIMENS[2][1])
    wrong = (long_number[0].replace("7349", "7345"), *long_number[1:])
    assert reasons("\n".join(wrong)).keys() >= {Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT}


def test_a_passport_has_no_long_number() -> None:
    text = PASSPORT.replace("C36UTO", "C3<UTO")
    mrz = read(split(text)).mrz
    assert mrz is not None
    assert (mrz.document_number, mrz.optional_data) == ("L898902C3", "ZE184226B")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wrong_line_count"),
        ("P<UTO", "wrong_line_count"),
        ("\n".join(["A" * 30] * 4), "wrong_line_count"),
        (PASSPORT[:-1], "wrong_line_length"),
        (PASSPORT + "<", "wrong_line_length"),
        ("\n".join(["I" * 44] * 3), "wrong_line_length"),
        ("\n".join(["I" * 30] * 2), "wrong_line_length"),
        (PASSPORT.lower(), "hostile_characters"),
        (PASSPORT.replace("ANNA", "ÅNNA"), "hostile_characters"),
        (PASSPORT.replace("<<10", "<\x0010"), "hostile_characters"),
        (PASSPORT.replace("C36UTO7", "C36UTO\uff17"), "hostile_characters"),
        (PASSPORT.replace("P<UTO", "<PUTO"), "unknown_layout"),
        (CARD.replace("I<UTO", "V<UTO"), "unknown_layout"),
        (PASSPORT.replace("ANNA", "ANN4"), "bad_name"),
        (PASSPORT.replace("P<UTO", "P<UT0"), "bad_issuer"),
        (PASSPORT.replace("36UTO", "36UT0"), "bad_nationality"),
        (PASSPORT.replace("740812", "7A0812"), "bad_birth_date"),
        (PASSPORT.replace("2F12", "2W12"), "bad_sex"),
        (PASSPORT.replace("120415", "12<415"), "bad_expiry_date"),
        (PASSPORT.replace("L898902C3", "<<<<<<<<<"), "bad_document_number"),
    ],
)
def test_what_is_no_zone_is_told_with_its_reason_and_nothing_else(text: str, reason: str) -> None:
    reading = read(split(text))
    assert reading.mrz is None
    assert reading.lines == ()
    assert [(one.outcome, one.reason) for one in reading.findings] == [
        (Outcome.FAILED, reason),
        *[(Outcome.NOT_DONE, "unreadable")] * 5,
    ]


@pytest.mark.parametrize(
    ("primary", "secondary", "field"),
    [
        ("VAN DER MUELLEN", "MARTEN", "VAN<DER<MUELLEN<<MARTEN<<<<<<<<<<<<<<<<"),
        ("ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"),
        ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG",
         "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"),
    ],
)  # fmt: skip
def test_names_come_back_as_identifiers_as_far_as_the_field_goes(
    primary: str, secondary: str, field: str
) -> None:
    mrz = replace(SPECIMENS[0][1], primary_identifier=primary, secondary_identifier=secondary)
    lines = encode(mrz)
    assert lines[0][5:] == field
    back = read(lines).mrz
    assert back is not None
    assert back.primary_identifier == primary
    assert secondary.startswith(back.secondary_identifier)


def test_a_card_of_germany_keeps_the_short_code_of_its_country() -> None:
    mrz = read(
        (
            "IDD<<T220001293<<<<<<<<<<<<<<<",
            "6408125<2010315D<<<<<<<<<<<<<4",
            "MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
        )
    ).mrz
    assert mrz is not None
    assert (mrz.issuer, mrz.nationality, mrz.sex) == ("D", "D", "<")
    assert mrz.document_number == "T22000129"


@pytest.mark.parametrize(
    "wrong",
    [
        {"document_number": "D231458907"},
        {"birth_date": "7408121"},
        {"issuer": "UTOP"},
        {"optional_data_2": "A"},
        {"sex": "ö"},
    ],
)
def test_what_does_not_fit_is_not_written(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"fit|has no|zone"):
        encode(replace(SPECIMENS[0][1], **wrong))  # type: ignore[arg-type]  # a table of one field each


def test_nothing_shows_what_the_zone_says() -> None:
    reading = read(split(PASSPORT))
    shown = repr(reading) + repr(reading.mrz) + repr(reading.findings)
    assert not any(part in shown for part in ("ERIKSSON", "L898902C3", "740812", "ZE184226B"))


def test_every_labelled_zone_has_exactly_the_failing_digits_of_its_label() -> None:
    labels = json.loads((shared("mrz") / "manifest.json").read_text())["images"]
    names = {
        "doc": Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT,
        "birth": Check.MRZ_BIRTH_DATE_HAS_ITS_DIGIT,
        "expiry": Check.MRZ_EXPIRY_DATE_HAS_ITS_DIGIT,
        "opt": Check.MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT,
        "comp": Check.MRZ_COMPOSITE_HAS_ITS_DIGIT,
    }
    for label in labels:
        reading = read(label["mrz"])
        failed = {one.check for one in reading.findings if one.outcome is FAILED}
        assert failed == {names[short] for short in label["failing_check_digits"]}, label["file"]
        assert reading.mrz is not None
        assert reading.mrz.layout == label["kind"]
        assert encode(reading.mrz)[0] == label["mrz"][0] or not label["conformant"]
    assert len(labels) >= 38


letters = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)
numbers = st.from_regex(r"[A-Z0-9<]{0,8}[A-Z0-9]", fullmatch=True)
long_numbers = st.from_regex(r"[A-Z0-9]{10,14}", fullmatch=True)
names = st.lists(letters, min_size=1, max_size=2).map(" ".join)


@st.composite
def zones(draw: st.DrawFn) -> Mrz:
    layout = draw(st.sampled_from(Layout))
    room = {Layout.TD1: 15, Layout.TD2: 7, Layout.TD3: 14, Layout.MRV_A: 16, Layout.MRV_B: 8}
    optional = draw(st.from_regex(rf"([A-Z0-9<]{{0,{room[layout] - 1}}}[A-Z0-9])?", fullmatch=True))
    number = draw(numbers)
    visas = {Layout.MRV_A, Layout.MRV_B}
    if layout is Layout.TD1 and draw(st.booleans()):
        number, optional = draw(long_numbers), ""
    return Mrz(
        layout,
        document_code="V" if layout in visas else draw(st.sampled_from(["P", "ID", "C"])),
        issuer=draw(st.sampled_from(["UTO", "D", "VNM"])),
        document_number=number,
        nationality=draw(st.sampled_from(["UTO", "D", "", "XXK"])),
        birth_date=draw(st.from_regex(r"[0-9]{6}|[0-9]{2}<{4}|<{6}", fullmatch=True)),
        sex=draw(st.sampled_from("MFX<")),
        expiry_date=draw(st.from_regex(r"[0-9]{6}", fullmatch=True)),
        primary_identifier=draw(names.map(lambda one: one[:14].strip())),
        secondary_identifier=draw(names.map(lambda one: one[:14].strip())),
        optional_data=optional,
        optional_data_2=draw(st.sampled_from(["", "12345678901"])) if layout is Layout.TD1 else "",
    )


@given(zones())
def test_a_zone_that_was_written_is_read_back_with_every_digit_agreeing(mrz: Mrz) -> None:
    reading = read(encode(mrz))
    assert reading.mrz == mrz
    assert all(one.outcome in {PASSED, NONE} for one in reading.findings)
    assert mrz.key.key_seed == mrz.key.password[:16]


@given(st.lists(st.text("AV9<PI\x00ä", max_size=50), max_size=5) | st.lists(st.text(), max_size=4))
def test_whatever_stands_there_ends_in_six_findings(lines: list[str]) -> None:
    reading = read(lines)
    assert len(reading.findings) == 6
    assert (reading.mrz is None) == (reading.findings[0].outcome is FAILED)


@given(st.text(max_size=100))
def test_whatever_the_text_it_is_cut_into_lines(text: str) -> None:
    read(split(text))


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<", max_size=40), st.integers(0, 39))
def test_a_check_digit_is_a_digit_and_sees_most_single_errors(text: str, at: int) -> None:
    assert check_digit(text) in "0123456789"
    if at < len(text) and text[at].isdigit():
        other = str((int(text[at]) + 1) % 10)
        assert check_digit(text[:at] + other + text[at + 1 :]) != check_digit(text)


def test_the_shared_labels_are_a_folder() -> None:
    assert isinstance(shared("mrz"), Path)
