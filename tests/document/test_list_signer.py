"""Who signed a list: a signer made for it, in force, not revoked, under a pinned country signer."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import revocation_list
from egate.document.list_signer import ListKind, ListRefused, prove
from egate.document.trust_store import TrustStore
from simulators import pki
from simulators.pki import NOW_S, YEAR_S, Wish, Wrapping

COUNTRY = pki.country_signer()
SIGNER = pki.list_signer(COUNTRY)
PINNED = TrustStore([COUNTRY.certificate])


def refusal(raw: bytes, pinned: TrustStore = PINNED, now_s: float = NOW_S) -> str:
    with pytest.raises(ListRefused) as caught:
        prove(raw, pinned, now_s)
    return caught.value.reason


def by(**wishes: Any) -> bytes:  # noqa: ANN401  # fields of a certificate
    return pki.master_list(pki.list_signer(COUNTRY, **wishes), [])


def test_a_list_is_proven_up_to_the_country_signer() -> None:
    proven = prove(pki.master_list(SIGNER, [COUNTRY.raw]), PINNED, NOW_S)
    assert (proven.kind, proven.signed_at_utc_s) == (ListKind.MASTER_LIST, pki.SIGNED_AT_S)
    assert (proven.signer, proven.country_signer) == (SIGNER.certificate, COUNTRY.certificate)


def test_a_deviation_list_needs_a_signer_of_its_own() -> None:
    other = pki.list_signer(COUNTRY, pki.DEVIATION_LIST_SIGNING)
    assert prove(pki.deviation_list(other, []), PINNED, NOW_S).kind is ListKind.DEVIATION_LIST
    assert refusal(pki.deviation_list(SIGNER, [])) == "signer_for_another_purpose"
    assert refusal(pki.master_list(other, [])) == "signer_for_another_purpose"


def test_a_document_signer_signs_no_master_list() -> None:
    assert (
        refusal(pki.master_list(pki.document_signer(COUNTRY), [])) == "signer_for_another_purpose"
    )


def test_a_country_signer_that_came_inside_the_list_pins_nothing() -> None:
    stranger = pki.country_signer(Wish(key_name="a stranger"))
    signer = pki.list_signer(stranger)
    raw = pki.master_list(signer, [], Wrapping(certificates=(signer.raw, stranger.raw)))
    assert refusal(raw) == "signer_not_pinned"
    assert refusal(raw, TrustStore()) == "signer_not_pinned"


def test_a_signer_of_another_country_than_its_country_signer_is_refused() -> None:
    assert refusal(by(country="AA")) == "signer_not_pinned"


@pytest.mark.parametrize(
    ("wrapping", "reason"),
    [
        (Wrapping(spoilt_signature=True), "signature_does_not_verify"),
        (Wrapping(message_digest=bytes(32)), "wrong_message_digest"),
        (Wrapping(signing_time_s=None), "no_signing_time"),
        (Wrapping(signing_time_s=NOW_S + 2 * pki.DAY_S), "signed_in_the_future"),
        (Wrapping(signing_time_s=NOW_S - 3 * YEAR_S), "signer_not_in_force"),
    ],
)
def test_a_list_that_is_not_signed_as_it_must_be_is_refused(
    wrapping: Wrapping, reason: str
) -> None:
    assert refusal(pki.master_list(SIGNER, [], wrapping)) == reason


def test_a_signer_that_is_called_back_signs_no_more() -> None:
    called_back = revocation_list.decode(pki.revocation_list(COUNTRY, [9]))
    pinned = TrustStore([COUNTRY.certificate], [called_back])
    assert refusal(pki.master_list(SIGNER, []), pinned) == "signer_revoked"


def test_a_security_object_is_no_list() -> None:
    assert refusal(pki.signed_data(SIGNER, pki.SECURITY_OBJECT, b"")) == "another_kind"
    assert refusal(b"") == "unreadable"
    assert refusal(bytes(16_777_217)) == "too_long"


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_list_is_proven_or_refused(raw: bytes) -> None:
    with suppress(ListRefused):
        prove(raw, PINNED, NOW_S)
