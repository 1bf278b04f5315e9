"""The trust store: every candidate is tried, and only a signature that verifies decides."""

from egate.document import revocation_list
from egate.document.trust_store import Chain, TrustStore
from simulators import pki
from simulators.pki import NOW_S, YEAR_S, Wish

COUNTRY = pki.country_signer()
DOCUMENT = pki.document_signer(COUNTRY)


def store(*signers: pki.Identity) -> TrustStore:
    return TrustStore(one.certificate for one in signers)


def test_a_document_signer_chains_to_the_key_that_signed_it() -> None:
    assert store(COUNTRY).chain(DOCUMENT.certificate) == Chain(COUNTRY.certificate, True, 1, 0)


def test_an_empty_store_knows_nobody() -> None:
    assert TrustStore().chain(DOCUMENT.certificate) == Chain(None, False, 0, 0)


def test_of_many_keys_under_one_name_the_right_one_is_found() -> None:
    keys = [pki.country_signer(Wish(key_name=f"key {n}", serial=n + 20)) for n in range(12)]
    plain = pki.document_signer(COUNTRY, without_key_ids=True)
    chain = store(*keys, COUNTRY).chain(plain.certificate)
    assert (chain.signer, chain.tried) == (COUNTRY.certificate, 13)


def test_a_key_identifier_is_tried_before_names() -> None:
    keys = [pki.country_signer(Wish(key_name=f"key {n}", serial=n + 20)) for n in range(12)]
    assert store(*keys, COUNTRY).chain(DOCUMENT.certificate).tried == 1


def test_a_document_signer_that_names_its_issuer_wrongly_is_found_by_its_country() -> None:
    renamed = pki.country_signer(Wish(common_name="Utopia Country Signing Authority"))
    misnamed = pki.document_signer(COUNTRY, without_key_ids=True)
    chain = store(renamed).chain(misnamed.certificate)
    assert (chain.signer, chain.is_named) == (renamed.certificate, False)


def test_a_key_is_tried_once_however_many_certificates_have_it() -> None:
    again = [pki.country_signer(Wish(serial=n, to_s=NOW_S + n * YEAR_S)) for n in range(2, 9)]
    chain = store(COUNTRY, *again).chain(DOCUMENT.certificate)
    assert chain.tried == 1
    assert chain.signer is not None
    assert chain.signer.valid.to_utc_s == NOW_S + 10 * YEAR_S


def test_a_link_certificate_serves_as_well_as_the_self_signed_one() -> None:
    new = pki.country_signer(Wish(key_name="new key", serial=2))
    link = pki.country_signer(Wish(key_name="new key", serial=3), by=COUNTRY)
    document = pki.document_signer(new)
    assert store(COUNTRY, link).chain(document.certificate).signer == link.certificate


def test_a_certificate_that_signs_no_certificates_is_no_country_signer() -> None:
    odd = pki.country_signer(Wish(key_usage=frozenset({"digital_signature"})))
    assert store(odd).country_signers == ()
    unmarked = pki.country_signer(Wish(is_ca=False))  # real ones are in real master lists
    assert len(store(unmarked).country_signers) == 1


def test_lists_speak_for_a_signer_under_its_names_before_and_after() -> None:
    new_name = Wish(common_name="Utopia Signer of Today", key_name="new key", serial=2)
    new = pki.country_signer(new_name)
    link = pki.certify(new_name, COUNTRY)
    called_back = revocation_list.decode(pki.revocation_list(new, [7]))
    linked = TrustStore([COUNTRY.certificate, new.certificate, link.certificate], [called_back])
    assert linked.lists_for(DOCUMENT.certificate) == (called_back,)
    unlinked = TrustStore([COUNTRY.certificate, new.certificate], [called_back])
    assert unlinked.lists_for(DOCUMENT.certificate) == ()


def test_the_newest_list_comes_first() -> None:
    lists = [
        revocation_list.decode(pki.revocation_list(COUNTRY, issued_s=NOW_S - days * pki.DAY_S))
        for days in (30, 10, 20)
    ]
    told = TrustStore([COUNTRY.certificate], lists).lists_for(DOCUMENT.certificate)
    assert [one.issued_utc_s for one in told] == [NOW_S - d * pki.DAY_S for d in (10, 20, 30)]


def test_a_list_is_proven_by_the_key_that_signed_it() -> None:
    mine = revocation_list.decode(pki.revocation_list(COUNTRY))
    stranger = pki.country_signer(Wish(key_name="a stranger"))
    theirs = revocation_list.decode(pki.revocation_list(stranger))
    assert store(COUNTRY).chain_of_list(mine).signer == COUNTRY.certificate
    assert store(COUNTRY).chain_of_list(theirs) == Chain(None, True, 1, 0)
