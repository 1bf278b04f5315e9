"""Revocation lists: complete ones are read, others refused."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.revocation_list import RevocationListRefused, decode
from simulators import pki
from simulators.pki import DAY_S, NOW_S

SIGNER = pki.country_signer()


def refusal(raw: bytes) -> str:
    with pytest.raises(RevocationListRefused) as caught:
        decode(raw)
    return caught.value.reason


def test_a_list_says_what_was_put_into_it() -> None:
    read = decode(pki.revocation_list(SIGNER, [7, 2**150]))
    assert read.serials == {7, 2**150}
    assert (read.issued_utc_s, read.next_utc_s) == (NOW_S - 10 * DAY_S, NOW_S + 80 * DAY_S)
    assert (read.number, read.issuer) == (5, SIGNER.certificate.subject)
    assert read.issuer_key_id == SIGNER.certificate.extensions.key_id
    assert read.is_signed_by(SIGNER.certificate.public_key())


def test_a_list_of_nothing_without_an_end_is_read() -> None:
    read = decode(pki.revocation_list(SIGNER, next_s=None))
    assert (read.serials, read.next_utc_s) == (frozenset(), None)


@pytest.mark.parametrize(
    ("oid", "value"),
    [("2.5.29.27", b"\x02\x01\x01"), ("2.5.29.28", b"\x30\x00"), ("1.2.3.4", b"\x05\x00")],
)
def test_a_list_that_is_not_complete_is_refused(oid: str, value: bytes) -> None:
    partial = pki.revocation_list(SIGNER, more=((oid, True, value),))
    assert refusal(partial) == "unknown_critical_extension"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable"),
        (bytes(4_194_305), "too_long"),
        (SIGNER.raw, "unreadable"),
        (
            pki.revocation_list(SIGNER, more=(("1.2" + ".3" * 5000, False, b"\x05\x00"),)),
            "unreadable",
        ),
        (pki.revocation_list(SIGNER)[:-1], "unreadable"),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_list_is_read_or_refused(raw: bytes) -> None:
    with suppress(RevocationListRefused):
        decode(raw)
