"""A seal: taken apart as it was put together, and refused by name when it is none."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import c40, seal_content, visible_digital_seal
from egate.document.mrz import Layout
from egate.document.seal_content import SealContent, SealKind, Stay
from egate.document.visible_digital_seal import (
    MAX_SEAL,
    SealUnreadable,
    looks_like_one,
)
from simulators import pki, seal_issuer
from simulators.seal_issuer import Written, feature
from tests.document.published_seals import SEALS

SIGNER = seal_issuer.seal_signer(pki.country_signer())
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<"), "L898902C36UTO7408122F3104159ZE184226B<<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA".ljust(36, "<"), "L898902C36UTO7408122F3104159ZE184226")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA".ljust(36, "<"), "D231458907UTO7408122F3104159<<<<<<<6")
VISA = seal_issuer.visa(MRV_A, "L898902C3")
PERMIT = seal_issuer.residence_permit(TD2, "L898902C3")
RAW = seal_issuer.seal(SIGNER, VISA)
HEADER = seal_issuer.header(VISA)


def read(written: Written) -> SealContent:
    raw = seal_issuer.seal(SIGNER, written)
    assert looks_like_one(raw)
    return seal_content.read(visible_digital_seal.read(raw))


def refusal(raw: bytes) -> str:
    with pytest.raises(SealUnreadable) as caught:
        seal_content.read(visible_digital_seal.read(raw))
    return caught.value.reason


def test_the_header_and_what_is_signed_come_back() -> None:
    seal = visible_digital_seal.read(RAW)
    header = seal.header
    assert (header.version, header.country, header.signer, header.reference) == (
        4,
        "UTO",
        "UTTS",
        "5B",
    )
    assert (header.issued, header.signed) == (seal_issuer.SIGNED_ON,) * 2
    assert seal.covered + feature(0xFF, seal.signature) == RAW
    assert len(seal.signature) == 64


@pytest.mark.parametrize(
    ("raw", "version", "reference", "issued"),
    [
        ("dc03d9c5d9cac8a73a991f019a1f019a5d01", 4, "5B", date(2026, 2, 3)),
        ("dc02d9c5d9cac8a51a781f019a1f019a5d01", 3, "0005B", date(2026, 2, 3)),
    ],
)
def test_both_versions_of_a_header_are_read_and_written(
    raw: str, version: int, reference: str, issued: date
) -> None:
    header = visible_digital_seal.read(bytes.fromhex(raw) + feature(0xFF, bytes(64))).header
    assert (header.version, header.country, header.signer) == (version, "UTO", "UTTS")
    assert (header.reference, header.issued) == (reference, issued)
    written = Written(version=version, issued=issued, signed=issued)
    assert seal_issuer.header(written).hex() == raw


def test_one_signer_writes_the_length_of_its_reference_in_decimal() -> None:
    reference = "0123456789ABCDEF0123456789ABCDEF01234567"
    written = replace(PERMIT, country="D", signer="DEZV", reference=reference, length_digits="40")
    raw = seal_issuer.seal(SIGNER, written)
    assert visible_digital_seal.read(raw).header.reference == reference
    assert refusal(seal_issuer.seal(SIGNER, replace(written, signer="DETS"))) in {
        "bad_c40",
        "bad_reference",
    }


def test_the_seal_of_a_visa() -> None:
    told = read(seal_issuer.visa(MRV_A, "L898902C3", {6: b"C   ", 7: b"more"}))
    assert (told.kind, told.layout, told.passport_number) == (
        SealKind.VISA,
        Layout.MRV_A,
        "L898902C3",
    )
    assert told.zone == (MRV_A[0], MRV_A[1][:28])
    assert (told.entries, told.stay, told.visa_type) == (2, Stay(90, 0, 0), b"C   ")
    assert dict(told.others) == {7: b"more"}
    assert read(seal_issuer.visa(MRV_B)).layout is Layout.MRV_B


def test_the_seals_of_a_residence_permit_and_an_emergency_travel_document() -> None:
    told = read(PERMIT)
    assert (told.kind, told.zone, told.passport_number) == (
        SealKind.RESIDENCE_PERMIT,
        TD2,
        "L898902C3",
    )
    told = read(seal_issuer.emergency_travel_document(TD2))
    assert (told.kind, told.zone) == (SealKind.EMERGENCY_TRAVEL_DOCUMENT, TD2)


def test_the_features_of_another_kind_of_document_are_kept_as_they_are() -> None:
    told = read(Written([(1, b"\x00\xff"), (0xFE, b"")], of=(0x99, 0x99)))
    assert told.kind is SealKind.ANOTHER
    assert dict(told.others) == {1: b"\x00\xff", 0xFE: b""}


def test_long_features_have_long_lengths() -> None:
    long = {7: bytes(127), 8: bytes(128), 9: bytes(256), 10: b""}
    assert dict(read(seal_issuer.visa(MRV_A, more=long)).others) == long


def test_nothing_that_is_shown_of_a_seal_is_personal() -> None:
    seal = visible_digital_seal.read(RAW)
    shown = f"{seal!r} {seal.header!r} {seal_content.read(seal)!r}"
    assert not any(word in shown for word in ("ERIKSSON", "L898902C3", "2026", "740812"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_a_seal"),
        (b"BG1:ABC", "not_a_seal"),
        (b"\xdc", "truncated"),
        (b"\xdc\x04" + RAW[2:], "unknown_version"),
        (RAW + bytes(MAX_SEAL), "too_long"),
        (b"\xdc\x03\x00\x00" + RAW[4:], "bad_c40"),
        (b"\xdc\x03" + c40.encode("<<D") + RAW[4:], "bad_country"),
        (RAW[:4] + c40.encode("1TTS02") + RAW[8:], "bad_signer"),
        (RAW[:4] + c40.encode("UTTS00") + RAW[8:], "bad_reference"),
        (RAW[:4] + c40.encode("UTTSFF") + RAW[8:], "bad_reference"),
        (RAW[:4] + c40.encode("UTTS<2") + RAW[8:], "bad_reference"),
        (RAW[:10] + bytes(3) + RAW[13:], "bad_date"),
        (RAW[:10] + (13_012_026).to_bytes(3) + RAW[13:], "bad_date"),
        (RAW[:10] + b"\xff\xff\xff" + RAW[13:], "bad_date"),
        (HEADER, "no_signature"),
        (HEADER + feature(1, b"x"), "no_signature"),
        (HEADER + feature(1, b"x") * 2, "feature_twice"),
        (HEADER + b"\x01\x80" + bytes(200), "bad_length"),
        (HEADER + b"\x01\x81\x7f" + bytes(200), "bad_length"),
        (HEADER + b"\x01\x82\x00\xff" + bytes(300), "bad_length"),
        (HEADER + b"\x01\x83\x00\x01\x00" + bytes(300), "bad_length"),
        (HEADER + b"\x01\x82\xff\xff" + bytes(300), "truncated"),
        (HEADER + b"".join(feature(tag, b"") for tag in range(33)), "too_many_features"),
        (HEADER + feature(0xFF, bytes(38)), "bad_signature_length"),
        (HEADER + feature(0xFF, bytes(65)), "bad_signature_length"),
        (RAW + b"\x00", "bytes_after_the_signature"),
        (RAW[:-1], "truncated"),
    ],
)  # fmt: skip
def test_what_is_no_seal_is_refused_by_name(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ([], "no_zone"),
        ([(1, seal_issuer.zone(MRV_A))], "bad_feature"),
        ([(1, seal_issuer.zone((MRV_A[0],)))], "bad_feature"),
        ([(1, b"")], "bad_feature"),
        ([(1, b"\x00" * 48)], "bad_feature"),
        ([(2, seal_issuer.zone((MRV_A[0], MRV_A[1][:28])))], "bad_feature"),
        ([(1, VISA.features[0][1]), (2, seal_issuer.zone((MRV_B[0], MRV_B[1][:28])))], "two_zones"),
        ([VISA.features[0], (3, b"")], "bad_feature"),
        ([VISA.features[0], (4, b"\x01\x02")], "bad_feature"),
        ([VISA.features[0], (5, c40.encode("<<<"))], "bad_feature"),
        ([VISA.features[0], (6, b"12345")], "bad_feature"),
    ],
)
def test_a_visa_s_seal_that_says_something_odd_is_refused(
    features: list[tuple[int, bytes]], reason: str
) -> None:
    assert refusal(seal_issuer.seal(SIGNER, replace(VISA, features=features))) == reason


@given(
    st.dictionaries(st.integers(0, 0xFE), st.binary(max_size=300), max_size=8),
    st.sampled_from([3, 4]),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.text("0123456789ABCDEF", min_size=1, max_size=5),
)
def test_every_seal_comes_back(
    features: dict[int, bytes], version: int, signed: date, reference: str
) -> None:
    of = (0x99, 0x99)
    written = Written(
        tuple(features.items()), of, reference=reference, version=version, signed=signed
    )
    seal = visible_digital_seal.read(
        seal_issuer.header(written)
        + b"".join(feature(*one) for one in written.features)
        + feature(0xFF, bytes(64))
    )
    assert seal.features == written.features
    assert (seal.header.signed, (seal.header.feature_set, seal.header.category)) == (signed, of)
    assert seal.header.reference == (reference if version == 4 else reference.rjust(5, "0"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(rest: bytes) -> None:
    for raw in (rest, b"\xdc\x03" + rest, HEADER + rest, HEADER + rest + feature(0xFF, bytes(64))):
        try:
            seal = visible_digital_seal.read(raw)
        except SealUnreadable:
            continue
        assert seal.covered + feature(0xFF, seal.signature) == raw


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_any_byte_may_be_another(at: int, other: int) -> None:
    raw = RAW[:at] + bytes([RAW[at] ^ other]) + RAW[at + 1 :]
    try:
        seal_content.read(visible_digital_seal.read(raw))
    except SealUnreadable as error:
        assert error.reason  # noqa: PT017  # whether it is one is what is asked


SUPA, RESI, MANNY = (
    "I<GBRSUPAMANN<<MARY".ljust(36, "<"),
    "ATD<<RESIDORCE<<ROLAND".ljust(36, "<"),
    "MED<<MANNSENS<<MANNY".ljust(36, "<"),
)
SECOND = "6525845096USA7008038M2201018<<<<<<06"
DENT = ("VCD<<DENT<<ARTHUR<PHILIP".ljust(36, "<"), "1234567XY7GBR5203116M2005250")


@pytest.mark.parametrize(
    ("name", "kind", "zone", "numbers", "reference"),
    [
        ("visa", SealKind.VISA, DENT, ("47110815P", ""), "32"),
        ("emergency_travel_document", SealKind.EMERGENCY_TRAVEL_DOCUMENT, (SUPA, SECOND), ("", ""),
         "5B"),
        ("residence_permit", SealKind.RESIDENCE_PERMIT, (RESI, SECOND), ("UFO001979", ""), "5B"),
        ("supplementary_sheet", SealKind.SUPPLEMENTARY_SHEET, (RESI, SECOND), ("", ""), "5B"),
        ("arrival_attestation_02", SealKind.ARRIVAL_ATTESTATION, (MANNY, SECOND), ("", ""),
         "0004F"),
        ("address_on_identity_card", SealKind.ADDRESS_ON_IDENTITY_CARD, (), ("", "T2000AK47"),
         "32"),
        ("residence_in_passport", SealKind.RESIDENCE_IN_PASSPORT, (), ("", "PA5500K11"), "5B"),
        ("social_insurance", SealKind.ANOTHER, (), ("", ""), "00027"),
    ],
)  # fmt: skip
def test_the_published_seals_say_what_their_publisher_says(
    name: str, kind: SealKind, zone: tuple[str, ...], numbers: tuple[str, str], reference: str
) -> None:
    raw = bytes.fromhex(SEALS[name])
    seal = visible_digital_seal.read(raw)
    told = seal_content.read(seal)
    assert (told.kind, told.zone) == (kind, zone)
    assert (told.passport_number, told.document_number) == numbers
    assert seal.header.reference == reference
    assert seal.covered + feature(0xFF, seal.signature) == raw


def test_a_published_seal_has_its_two_dates() -> None:
    header = visible_digital_seal.read(bytes.fromhex(SEALS["arrival_on_paper"])).header
    assert (header.signed, header.issued) == (date(2016, 5, 23), date(2016, 2, 1))


def test_a_published_seal_that_names_no_certificate_is_refused() -> None:
    assert refusal(bytes.fromhex(SEALS["arrival_without_reference"])) == "bad_reference"
