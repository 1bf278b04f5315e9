"""Who signed EF.CardSecurity: asked only where the mapping rests on it, and of the signer alone.

The simulated documents ask the same of whole readings (tests/simulators/test_document_factory.py).
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import revocation_list
from egate.document.card_security import CONTENT_TYPE, examine, read_mapping_keys
from egate.document.document_signer_checks import Policy
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Finding, Outcome
from egate.wire import tlv
from simulators import pki
from simulators.pki import DAY_S, NOW_S, YEAR_S, How, Wish, Wrapping
from tests.document.chip import CHIP_KEY, info, spki

COUNTRY = pki.country_signer()
DOCUMENT = pki.document_signer(COUNTRY)
NOTHING_REVOKED = revocation_list.decode(pki.revocation_list(COUNTRY))
STORE = TrustStore([COUNTRY.certificate], [NOTHING_REVOKED])
INFOS = tlv.encode(0x31, info("0.4.0.127.0.7.2.2.1.2", spki(CHIP_KEY)))
FILE = pki.signed_data(DOCUMENT, CONTENT_TYPE, INFOS)

HELD = Finding(Check.CHIP_HOLDS_ITS_MAPPING_KEY, Outcome.PASSED, "mapped", {"keys": 1})
FAILED, INCONCLUSIVE, NOT_DONE = Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE


def mapping(outcome: Outcome, reason: str) -> Finding:
    return Finding(Check.CHIP_HOLDS_ITS_MAPPING_KEY, outcome, reason)


def told(finding: Finding) -> tuple[Outcome, str]:
    assert finding.check is Check.CARD_SECURITY_IS_THE_ISSUERS
    return finding.outcome, finding.reason


def examined(file: bytes = FILE, store: TrustStore = STORE, **more: Any) -> tuple[Outcome, str]:  # noqa: ANN401  # arguments of examine
    return told(examine(HELD, file, store, NOW_S, **more))


def by(**wishes: Any) -> bytes:  # noqa: ANN401  # fields of a certificate
    signer = pki.document_signer(COUNTRY, **wishes)
    return pki.signed_data(signer, CONTENT_TYPE, INFOS)


def test_a_file_its_state_signed_passes_and_says_who_did() -> None:
    finding = examine(HELD, FILE, STORE, NOW_S, country="UT")
    assert told(finding) == (Outcome.PASSED, "signed_by_its_state")
    assert finding.evidence == {
        "algorithm": "sha256 ecdsa",
        "country": "UT",
        "signer": DOCUMENT.certificate.fingerprint[:16],
        "country_signer": COUNTRY.certificate.fingerprint[:16],
    }


def test_the_keys_inside_are_read_whoever_signed() -> None:
    assert [len(key) for key in read_mapping_keys(FILE)] == [65]
    assert read_mapping_keys(b"\x30\x00") == ()


@pytest.mark.parametrize("how", pki.SEEN_IN_THE_WILD.values(), ids=pki.SEEN_IN_THE_WILD)
def test_every_algorithm_seen_in_the_wild_passes_where_the_policy_takes_it(how: How) -> None:
    country = pki.country_signer(Wish(how=how))
    lists = [revocation_list.decode(pki.revocation_list(country))]
    wrapping = Wrapping(digest=how.hash)
    file = pki.signed_data(pki.document_signer(country), CONTENT_TYPE, INFOS, wrapping)
    policy = Policy(sha1_before_utc_s=NOW_S)
    store = TrustStore([country.certificate], lists)
    assert examined(file, store, policy=policy)[0] is Outcome.PASSED


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            mapping(Outcome.NOT_APPLICABLE, "not_chosen"),
            (Outcome.NOT_APPLICABLE, "not_chosen"),
        ),
        (mapping(NOT_DONE, "not_reached"), (NOT_DONE, "not_reached")),
    ],
)
def test_without_the_mapping_nothing_rests_on_the_file(
    found: Finding, expected: tuple[Outcome, str]
) -> None:
    assert told(examine(found, FILE, STORE, NOW_S)) == expected
    assert told(examine(found, b"", STORE, NOW_S)) == expected


def test_a_file_that_was_not_read_is_not_done_and_one_that_is_none_fails() -> None:
    assert examined(b"") == (NOT_DONE, "not_read")
    missing = mapping(FAILED, "key_missing")
    assert told(examine(missing, b"", STORE, NOW_S)) == (NOT_DONE, "not_read")
    assert told(examine(missing, b"\x30\x00", STORE, NOW_S)) == (FAILED, "unreadable")


def wrapped(**odd: Any) -> bytes:  # noqa: ANN401  # fields of a wrapping
    return pki.signed_data(DOCUMENT, CONTENT_TYPE, INFOS, Wrapping(**odd))


SIGNATURES = {
    "spoilt": (wrapped(spoilt_signature=True), "signature_does_not_verify"),
    "over another key": (wrapped(message_digest=bytes(32)), "wrong_message_digest"),
    "over another type": (wrapped(attributes_type="1.2.3"), "wrong_content_type"),
    "without attributes": (wrapped(without_attributes=True), "no_signed_attributes"),
    "by an expired signer": (by(to_s=NOW_S - DAY_S), "expired"),
    "too early": (by(from_s=NOW_S - DAY_S), "not_yet_valid"),
    "in the future": (wrapped(signing_time_s=NOW_S + 2 * DAY_S), "signed_in_the_future"),
    "by a country signer": (by(is_ca=True), "is_a_country_signer"),
    "by a signer of lists": (
        by(purposes=(pki.MASTER_LIST_SIGNING,)),
        "signer_for_another_purpose",
    ),
    "of another state": (by(country="XA"), "country_signer_of_another_country"),
    "of what is no EF.CardSecurity": (
        pki.signed_data(DOCUMENT, pki.SECURITY_OBJECT, INFOS),
        "another_content_type",
    ),
}


@pytest.mark.parametrize(("file", "reason"), SIGNATURES.values(), ids=SIGNATURES)
def test_what_the_issuer_did_not_sign_so_fails(file: bytes, reason: str) -> None:
    assert examined(file) == (FAILED, reason)


def test_a_failure_says_which_question_it_answers() -> None:
    finding = examine(HELD, by(to_s=NOW_S - DAY_S), STORE, NOW_S)
    assert finding.evidence["asked"] == "document_signer_is_in_force"


def test_a_failure_is_told_before_what_we_do_not_know() -> None:
    assert examined(by(to_s=NOW_S - DAY_S), TrustStore()) == (FAILED, "expired")


STORES = {
    "no country signer": (TrustStore(), INCONCLUSIVE, "no_country_signer_held"),
    "another country signer of this name": (
        TrustStore([pki.country_signer(Wish(key_name="another")).certificate]),
        FAILED,
        "named_country_signer_did_not_sign",
    ),
    "no list": (TrustStore([COUNTRY.certificate]), INCONCLUSIVE, "no_revocation_list"),
    "revoked": (
        TrustStore(
            [COUNTRY.certificate], [revocation_list.decode(pki.revocation_list(COUNTRY, [7]))]
        ),
        FAILED,
        "document_signer_revoked",
    ),
}


@pytest.mark.parametrize(("store", "outcome", "reason"), STORES.values(), ids=STORES)
def test_it_is_trusted_as_the_security_objects_signer_is(
    store: TrustStore, outcome: Outcome, reason: str
) -> None:
    assert examined(store=store) == (outcome, reason)


def test_an_expired_country_signer_fails_it() -> None:
    country = pki.country_signer(Wish(to_s=NOW_S - DAY_S))
    file = pki.signed_data(pki.document_signer(country), CONTENT_TYPE, INFOS)
    lists = [revocation_list.decode(pki.revocation_list(country))]
    finding = examine(HELD, file, TrustStore([country.certificate], lists), NOW_S)
    assert told(finding) == (FAILED, "expired")
    assert finding.evidence["asked"] == "country_signer_is_in_force"


def test_sha_1_is_the_policys() -> None:
    country = pki.country_signer(Wish(how=How("secp256r1", "sha1")))
    lists = [revocation_list.decode(pki.revocation_list(country))]
    file = pki.signed_data(
        pki.document_signer(country), CONTENT_TYPE, INFOS, Wrapping(digest="sha1")
    )
    store = TrustStore([country.certificate], lists)
    assert examined(file, store) == (FAILED, "algorithm_not_allowed")
    lenient = Policy(sha1_before_utc_s=NOW_S - YEAR_S)
    assert examined(file, store, policy=lenient)[0] is Outcome.PASSED


def test_a_signer_of_another_state_than_the_security_objects_proves_another_document() -> None:
    assert examined(country="XA") == (FAILED, "signer_of_another_country")
    assert examined(country="UT")[0] is Outcome.PASSED


def test_a_signer_that_left_its_certificate_out_is_inconclusive() -> None:
    assert examined(wrapped(certificates=())) == (INCONCLUSIVE, "no_signer_certificate")


@given(st.integers(0, len(FILE) - 1), st.integers(0, 7))
def test_no_bit_of_what_was_signed_can_change(at: int, bit: int) -> None:
    """A bit may change outside what is signed; the keys then are the same."""
    changed = FILE[:at] + bytes([FILE[at] ^ 1 << bit]) + FILE[at + 1 :]
    if examined(changed)[0] is Outcome.PASSED:
        assert read_mapping_keys(changed) == read_mapping_keys(FILE)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_it_is_answered(file: bytes) -> None:
    assert examined(file)[0] in {FAILED, NOT_DONE}
