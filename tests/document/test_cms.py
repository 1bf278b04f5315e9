"""Signed data: a signature counts over attributes that fit the content, by a key that is inside."""

from contextlib import suppress
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.cms import CmsRefused, decode, signatures
from simulators import pki
from simulators.pki import AS_USUAL, EC, RSA, SECURITY_OBJECT, Wrapping

CONTENT = b"content"
COUNTRY = pki.country_signer()
SIGNER = pki.document_signer(COUNTRY)
OTHER = pki.document_signer(COUNTRY, serial=8, key_name="another signer")
LIMIT = 65_536


def reason_of(wrapping: Wrapping, by: pki.Identity = SIGNER) -> str:
    """Return why nothing verified, empty when something did."""
    signed = decode(pki.signed_data(by, SECURITY_OBJECT, CONTENT, wrapping), LIMIT)
    return signatures(signed)[1]


def refusal(raw: bytes, limit: int = LIMIT) -> str:
    with pytest.raises(CmsRefused) as caught:
        decode(raw, limit)
    return caught.value.reason


def test_signed_data_says_what_was_put_into_it() -> None:
    signed = decode(pki.signed_data(SIGNER, SECURITY_OBJECT, CONTENT), LIMIT)
    assert (signed.content_type, signed.content) == (SECURITY_OBJECT, CONTENT)
    assert signed.certificates == (SIGNER.certificate,)
    assert signed.signers[0].signing_time_utc_s == pki.SIGNED_AT_S
    assert signed.signers[0].names(SIGNER.certificate)
    assert not signed.signers[0].names(OTHER.certificate)


def test_a_signer_may_name_its_certificate_by_key_identifier() -> None:
    signed = decode(
        pki.signed_data(SIGNER, SECURITY_OBJECT, CONTENT, Wrapping(by_key_id=True)), LIMIT
    )
    assert signed.signers[0].names(SIGNER.certificate)
    assert signatures(signed)[1] == ""


@pytest.mark.parametrize(
    ("wrapping", "reason"),
    [
        (AS_USUAL, ""),
        (Wrapping(digest="sha512"), ""),  # another digest than the signature's hash
        (Wrapping(signing_time_s=None), ""),
        (Wrapping(spoilt_signature=True), "signature_does_not_verify"),
        (Wrapping(message_digest=bytes(32)), "wrong_message_digest"),
        (Wrapping(attributes_type="1.2.3"), "wrong_content_type"),
        (Wrapping(without_attributes=True), "no_signed_attributes"),
        (Wrapping(certificates=()), "no_signer_certificate"),
        (Wrapping(digest="md5"), "hash_not_supported"),
        (Wrapping(certificates=(OTHER.raw,)), "signature_does_not_verify"),
        (Wrapping(certificates=(OTHER.raw, SIGNER.raw)), ""),
    ],
)
def test_only_what_fits_verifies(wrapping: Wrapping, reason: str) -> None:
    assert reason_of(wrapping) == reason


def test_a_signer_that_names_a_certificate_that_is_not_there_is_matched_by_its_key() -> None:
    renamed = pki.document_signer(COUNTRY, serial=99)
    assert reason_of(Wrapping(certificates=(renamed.raw,))) == ""


def test_a_key_type_in_place_of_a_scheme_takes_the_hash_of_the_digest() -> None:
    by = pki.document_signer(pki.country_signer(pki.Wish(how=RSA)))
    assert reason_of(Wrapping(signs_by_key_type=True), by) == ""


def two_signers(*wrappings: Wrapping) -> bytes:
    infos = [
        pki.signer_info(by, SECURITY_OBJECT, CONTENT, wrapping)
        for by, wrapping in zip((SIGNER, OTHER), wrappings, strict=True)
    ]
    return pki.signed_by_all(infos, SECURITY_OBJECT, CONTENT, [SIGNER.raw, OTHER.raw])


def test_of_several_signers_those_that_verify_are_given() -> None:
    made, reason = signatures(decode(two_signers(AS_USUAL, AS_USUAL), LIMIT))
    assert [one.certificate for one in made] == [SIGNER.certificate, OTHER.certificate]
    made, reason = signatures(decode(two_signers(Wrapping(spoilt_signature=True), AS_USUAL), LIMIT))
    assert ([one.certificate for one in made], reason) == ([OTHER.certificate], "")


def test_signers_and_certificates_are_counted_before_they_are_used() -> None:
    info = pki.signer_info(SIGNER, SECURITY_OBJECT, CONTENT)
    assert (
        refusal(pki.signed_by_all([info] * 5, SECURITY_OBJECT, CONTENT, [])) == "too_many_signers"
    )
    assert refusal(pki.signed_by_all([], SECURITY_OBJECT, CONTENT, [])) == "no_signer"
    many = pki.signed_by_all([info], SECURITY_OBJECT, CONTENT, [SIGNER.raw] * 9)
    assert refusal(many) == "too_many_certificates"


def test_a_set_of_too_many_bytes_is_refused_before_it_is_taken_apart() -> None:
    info = pki.signer_info(SIGNER, SECURITY_OBJECT, CONTENT)
    many = [b"\xff" * 200_000]  # taken apart, it would be unreadable
    certificates = pki.signed_by_all([info], SECURITY_OBJECT, CONTENT, many)
    signers = pki.signed_by_all(many, SECURITY_OBJECT, CONTENT, [SIGNER.raw])
    assert refusal(certificates, len(certificates)) == "too_many_certificates"
    assert refusal(signers, len(signers)) == "too_many_signers"


def test_an_unreadable_certificate_beside_the_signers_is_counted_and_passed_over() -> None:
    info = pki.signer_info(SIGNER, SECURITY_OBJECT, CONTENT)
    raw = pki.signed_by_all([info], SECURITY_OBJECT, CONTENT, [b"\x30\x00", SIGNER.raw])
    signed = decode(raw, LIMIT)
    assert (signed.unreadable, signatures(signed)[1]) == (1, "")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable"),
        (bytes(LIMIT + 1), "too_long"),
        (b"\x30\x80" * 30_000, "unreadable"),
        (b"\x30\x84\xff\xff\xff\xff", "unreadable"),
        (pki.signed_data(SIGNER, "1.2" + ".3" * 5000, CONTENT), "unreadable"),
        (bytes.fromhex("300f06092a864886f70d010701a0023000"), "not_signed_data"),
    ],
)
def test_what_is_no_signed_data_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


def test_an_attribute_twice_is_refused() -> None:
    raw = pki.signed_data(SIGNER, SECURITY_OBJECT, CONTENT)
    time = bytes.fromhex("06092a864886f70d010905")
    digest = bytes.fromhex("06092a864886f70d010904")
    assert raw.count(time) == 1
    assert refusal(raw.replace(time, digest)) == "unreadable"


WHOLE = pki.signed_data(SIGNER, SECURITY_OBJECT, CONTENT)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_spoilt_byte_lets_other_content_verify(place: int, change: int) -> None:
    raw = bytearray(WHOLE)
    raw[place] ^= change
    with suppress(CmsRefused):
        signed = decode(bytes(raw), LIMIT)
        made, _ = signatures(signed)
        assert not made or (signed.content_type, signed.content) == (SECURITY_OBJECT, CONTENT)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_signed_data_is_read_or_refused(raw: bytes) -> None:
    with suppress(CmsRefused):
        signatures(decode(raw, LIMIT))


def test_a_curve_key_never_verifies_what_an_rsa_key_signed() -> None:
    by = pki.document_signer(pki.country_signer(pki.Wish(how=RSA)))
    assert (
        reason_of(replace(AS_USUAL, certificates=(SIGNER.raw,)), by) == "signature_does_not_verify"
    )
    assert SIGNER.how == EC
