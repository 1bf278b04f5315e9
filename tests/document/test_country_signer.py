"""Country signers: what makes one useless, and what is only worth a remark."""

from dataclasses import replace

import pytest

from egate.document.country_signer import is_self_signed_wrongly, remarks, why_useless
from simulators import pki
from simulators.pki import NOW_S, How, Wish


def of(wish: Wish) -> tuple[str, ...]:
    return remarks(pki.country_signer(wish).certificate, NOW_S)


def test_there_is_nothing_to_say_about_one_as_it_should_be() -> None:
    assert of(Wish()) == ()


@pytest.mark.parametrize(
    ("wish", "remark"),
    [
        (Wish(to_s=NOW_S - 1), "expired"),
        (Wish(from_s=NOW_S + 1), "not_yet_valid"),
        (Wish(is_ca=False), "not_marked_as_ca"),
        (Wish(key_usage=None), "no_key_usage"),
        (Wish(without_key_ids=True), "no_key_id"),
        (Wish(how=How(hash="sha1")), "signed_with_sha1"),
        (Wish(more=(("1.2.3", True, b"\5\0"),)), "unknown_critical_extension"),
    ],
)
def test_what_is_odd_is_remarked(wish: Wish, remark: str) -> None:
    assert of(wish) == (remark,)
    assert why_useless(pki.country_signer(wish).certificate) == ""


def test_a_document_signer_is_no_country_signer() -> None:
    document = pki.document_signer(pki.country_signer()).certificate
    assert why_useless(document) == "not_a_country_signer"


def test_a_self_signature_that_does_not_verify_is_told() -> None:
    genuine = pki.country_signer().certificate
    spoilt = replace(genuine, signature=genuine.signature[:-1] + bytes([genuine.signature[-1] ^ 1]))
    assert not is_self_signed_wrongly(genuine)
    assert is_self_signed_wrongly(spoilt)
    assert remarks(spoilt, NOW_S) == ("self_signature_does_not_verify",)


def test_a_link_certificate_is_not_taken_for_self_signed() -> None:
    link = pki.country_signer(Wish(key_name="new key"), by=pki.country_signer())
    assert link.certificate.is_self_issued
    assert not is_self_signed_wrongly(link.certificate)
