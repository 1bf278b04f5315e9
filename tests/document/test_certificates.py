"""Certificates: read as they stand, refused whole when they cannot be, never a library's error."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.certificates import CertificateRefused, Span, decode, without_armour
from simulators import pki
from simulators.pki import NOW_S, YEAR_S, Wish

SIGNER = pki.country_signer()
DOCUMENT = pki.document_signer(SIGNER, key_used_from_to_s=(NOW_S - 2 * YEAR_S, NOW_S))


def test_a_certificate_says_what_was_put_into_it() -> None:
    read = DOCUMENT.certificate
    assert (read.country, read.subject.words, read.serial) == ("UT", "Utopia Document Signer", 7)
    assert (read.extensions.state, read.extensions.document_types) == ("UTO", ("P", "ID"))
    assert read.extensions.key_usage == frozenset({"digital_signature"})
    assert read.extensions.is_ca is None
    assert read.extensions.key_period == Span(NOW_S - 2 * YEAR_S, NOW_S)
    assert read.extensions.issuer_key_id == SIGNER.certificate.extensions.key_id
    assert read.issuer == SIGNER.certificate.subject
    assert not read.may_sign_certificates
    assert SIGNER.certificate.may_sign_certificates


def test_a_certificate_is_signed_by_its_issuer_and_nobody_else() -> None:
    assert DOCUMENT.certificate.is_signed_by(SIGNER.certificate.public_key())
    assert not DOCUMENT.certificate.is_signed_by(DOCUMENT.certificate.public_key())


def test_names_are_the_same_whatever_their_case_and_blanks() -> None:
    plain, odd = (
        pki.country_signer(Wish(common_name=name)).certificate
        for name in ("Utopia Country Signer", "UTOPIA  country signer ")
    )
    other = pki.country_signer(Wish(common_name="Utopia Country Signers")).certificate
    assert plain.subject == odd.subject
    assert plain.subject != other.subject


def test_a_country_is_two_capitals_or_nothing() -> None:
    assert pki.country_signer(Wish(country="ut")).certificate.country == "UT"
    assert pki.country_signer(Wish(country="Utopia, the land")).certificate.country == ""


def test_a_span_includes_both_its_ends() -> None:
    span = Span(10, 20)
    told = [span.standing(at) for at in (9.9, 10, 20, 20.1)]
    assert told == ["not_yet_valid", None, None, "expired"]
    assert Span(None, None).standing(0) is None


def test_an_unknown_critical_extension_is_told() -> None:
    odd = pki.country_signer(Wish(more=(("1.2.3.4", True, b"\x05\x00"),)))
    assert odd.certificate.extensions.unknown_critical == ("1.2.3.4",)


def test_pem_is_taken_as_well_as_der() -> None:
    from asn1crypto import pem

    assert decode(without_armour(pem.armor("CERTIFICATE", SIGNER.raw))) == SIGNER.certificate
    assert without_armour(SIGNER.raw) == SIGNER.raw
    with pytest.raises(CertificateRefused):
        without_armour(b"-----BEGIN CERTIFICATE-----\n")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable"),
        (bytes(16_385), "too_long"),
        (SIGNER.raw[:-1], "unreadable"),
        (SIGNER.raw + b"\0", "unreadable"),
        (b"\x30\x80" * 2000, "unreadable"),
        (b"\x30\x80" * 8000, "unreadable"),
    ],
)
def test_what_is_no_certificate_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(CertificateRefused) as caught:
        decode(raw)
    assert caught.value.reason == reason


def test_an_extension_twice_is_refused() -> None:
    twice = pki.country_signer(Wish(more=(("1.2.3", False, b"\5\0"), ("1.2.3", False, b"\5\0"))))
    with pytest.raises(CertificateRefused):
        decode(twice.raw)


@given(st.integers(0, len(DOCUMENT.raw) - 1), st.integers(1, 255))
def test_a_spoilt_certificate_is_refused_or_no_longer_signed(place: int, change: int) -> None:
    raw = bytearray(DOCUMENT.raw)
    raw[place] ^= change
    try:
        read = decode(bytes(raw))
    except CertificateRefused:
        return
    if read.signed != DOCUMENT.certificate.signed:
        assert not is_signed_or_refused(raw)


def is_signed_or_refused(raw: bytes | bytearray) -> bool:
    from egate.document.signatures import AlgorithmRefused

    try:
        return decode(bytes(raw)).is_signed_by(SIGNER.certificate.public_key())
    except AlgorithmRefused:
        return False


@given(st.binary(max_size=400))
def test_whatever_the_bytes_a_certificate_is_read_or_refused(raw: bytes) -> None:
    with suppress(CertificateRefused):
        decode(raw)
