"""Passive authentication: in every case exactly the right check has another answer than passed.

Every test of a fault runs the whole examination and expects all other checks to keep theirs.
"""

from collections.abc import Iterable, Mapping
import json
from typing import Any

from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import certificates, cms, deviation_list, master_list, revocation_list
from egate.document.deviation_list import Deviation, Fault
from egate.document.document_signer_checks import STRICT, Policy
from egate.document.list_signer import prove as prove_list
from egate.document.passive_authentication import CHECKS, compare, examine, prove
from egate.document.trust_store import TrustStore
from egate.domain.check import Finding, Outcome
from simulators import pki
from simulators.pki import DATA_GROUPS, DAY_S, NOW_S, YEAR_S, How, Wish, Wrapping
from tests.document.shared_data import shared

COUNTRY = pki.country_signer()
DOCUMENT = pki.document_signer(COUNTRY)
NOTHING_REVOKED = revocation_list.decode(pki.revocation_list(COUNTRY))
STORE = TrustStore([COUNTRY.certificate], [NOTHING_REVOKED])
FILE = pki.security_object(DOCUMENT)
TAKES_SHA1 = Policy(sha1_before_utc_s=NOW_S)

FAILED, INCONCLUSIVE, NOT_DONE = Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE
Told = dict[str, tuple[Outcome, str]]


def told(findings: Iterable[Finding]) -> Told:
    """Return outcome and reason of every check that did not pass."""
    return {
        str(one.check): (one.outcome, one.reason)
        for one in findings
        if one.outcome is not Outcome.PASSED
    }


def examined(
    file: bytes = FILE,
    data_groups: Mapping[int, bytes] = DATA_GROUPS,
    store: TrustStore = STORE,
    policy: Policy = STRICT,
    now_s: float = NOW_S,
) -> Told:
    findings = examine(file, data_groups, store, now_s, policy)
    assert tuple(one.check for one in findings) == CHECKS
    return told(findings)


def by(**wishes: Any) -> bytes:  # noqa: ANN401  # fields of a certificate
    """Return a security object of a document signer that is odd in these."""
    return pki.security_object(pki.document_signer(COUNTRY, **wishes))


def test_a_genuine_document_passes_every_check_with_evidence() -> None:
    findings = examine(FILE, DATA_GROUPS, STORE, NOW_S)
    assert told(findings) == {}
    evidence = {str(one.check): dict(one.evidence) for one in findings}
    assert evidence["document_signer_is_trusted"]["country"] == "UT"
    assert evidence["document_signer_is_trusted"]["algorithm"] == "sha256 ecdsa"
    assert evidence["data_groups_are_unaltered"] == {"hash": "sha256", "data_groups": "1 2 14"}


def test_no_finding_tells_when_the_document_was_signed() -> None:
    """The day of issue and the issuer's rules give the last day of the zone."""
    for signed_at_s in (pki.SIGNED_AT_S, NOW_S + 2 * DAY_S, NOW_S - 3 * YEAR_S):
        file = pki.security_object(DOCUMENT, wrapping=Wrapping(signing_time_s=signed_at_s))
        findings = examine(file, DATA_GROUPS, STORE, NOW_S)
        assert signed_at_s not in [value for one in findings for value in one.evidence.values()]


@pytest.mark.parametrize("how", pki.SEEN_IN_THE_WILD.values(), ids=pki.SEEN_IN_THE_WILD.keys())
def test_every_algorithm_seen_in_the_wild_passes(how: How) -> None:
    country = pki.country_signer(Wish(how=how))
    lists = [revocation_list.decode(pki.revocation_list(country))]
    file = pki.security_object(pki.document_signer(country), hash_name=how.hash)
    assert examined(file, store=TrustStore([country.certificate], lists), policy=TAKES_SHA1) == {}


@pytest.mark.parametrize("number", [1, 2, 14])
def test_a_tampered_data_group_is_altered_and_nothing_else_is_wrong(number: int) -> None:
    tampered = {**DATA_GROUPS, number: DATA_GROUPS[number] + b"!"}
    assert examined(data_groups=tampered) == {"data_groups_are_unaltered": (FAILED, "altered")}
    (finding,) = [one for one in examine(FILE, tampered, STORE, NOW_S) if one.reason == "altered"]
    assert finding.evidence == {"altered": str(number)}


def test_an_injected_data_group_is_unlisted_which_is_not_altered() -> None:
    injected = {**DATA_GROUPS, 15: b"\x6f\x00"}
    assert examined(data_groups=injected) == {"no_data_group_is_unlisted": (FAILED, "unlisted")}


@pytest.mark.parametrize("number", [1, 2, 14])
def test_a_listed_data_group_that_was_not_read_is_missing(number: int) -> None:
    without = {other: raw for other, raw in DATA_GROUPS.items() if other != number}
    assert examined(data_groups=without) == {"no_data_group_is_missing": (FAILED, "not_read")}


def test_fingerprints_and_the_rest_need_not_be_read() -> None:
    listed = {**DATA_GROUPS, 3: b"\x63\x00", 11: b"\x6b\x00"}
    assert examined(pki.security_object(DOCUMENT, listed)) == {}


def test_a_security_object_that_lists_no_portrait_is_told() -> None:
    file = pki.security_object(DOCUMENT, {1: b"\x61\x00"})
    assert examined(file, {1: b"\x61\x00"}) == {"no_data_group_is_missing": (FAILED, "not_listed")}


def test_when_nothing_was_read_nothing_is_said_about_data() -> None:
    assert examined(data_groups={}) == {
        "data_groups_are_unaltered": (NOT_DONE, "nothing_was_read"),
        "no_data_group_is_unlisted": (NOT_DONE, "nothing_was_read"),
        "no_data_group_is_missing": (FAILED, "not_read"),
    }


@pytest.mark.parametrize(
    ("wrapping", "reason"),
    [
        (Wrapping(spoilt_signature=True), "signature_does_not_verify"),
        (Wrapping(message_digest=bytes(32)), "wrong_message_digest"),
        (Wrapping(attributes_type="1.2.3"), "wrong_content_type"),
    ],
)
def test_a_spoilt_signature_fails_alone(wrapping: Wrapping, reason: str) -> None:
    file = pki.security_object(DOCUMENT, wrapping=wrapping)
    assert examined(file) == {"security_object_is_signed": (FAILED, reason)}


def test_hashes_without_signed_attributes_are_not_signed() -> None:
    file = pki.security_object(DOCUMENT, wrapping=Wrapping(without_attributes=True))
    assert examined(file) == {
        "security_object_is_signed": (FAILED, "no_signed_attributes"),
        "document_signer_was_in_force_when_signing": (Outcome.NOT_APPLICABLE, "no_signing_time"),
    }


def test_without_a_signing_time_there_is_nothing_to_hold_it_against() -> None:
    file = pki.security_object(DOCUMENT, wrapping=Wrapping(signing_time_s=None))
    assert examined(file) == {
        "document_signer_was_in_force_when_signing": (Outcome.NOT_APPLICABLE, "no_signing_time")
    }


def test_a_signer_put_in_the_place_of_the_genuine_one_is_not_trusted() -> None:
    forger = pki.country_signer(Wish(key_name="a forger"))
    file = pki.security_object(pki.document_signer(forger, key_name="a forger's"))
    assert examined(file) == {
        "document_signer_is_trusted": (FAILED, "named_country_signer_did_not_sign"),
        "country_signer_is_in_force": (NOT_DONE, "no_country_signer"),
    }


def test_without_a_country_signer_trust_is_our_question_not_the_documents_fault() -> None:
    stranger = pki.country_signer(Wish("Atlantis", "AA", key_name="Atlantis"))
    file = pki.security_object(pki.document_signer(stranger, country="AA"))
    assert examined(file) == {
        "document_signer_is_trusted": (INCONCLUSIVE, "no_country_signer_held"),
        "country_signer_is_in_force": (NOT_DONE, "no_country_signer"),
        "document_signer_is_not_revoked": (INCONCLUSIVE, "no_revocation_list"),
    }


def test_a_document_signer_of_another_country_than_its_country_signer_is_not_trusted() -> None:
    assert examined(by(country="AA")) == {
        "document_signer_is_trusted": (FAILED, "country_signer_of_another_country")
    }


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"key_usage": frozenset({"non_repudiation"})}, "key_usage_lacks_digital_signature"),
        ({"key_usage": None}, "key_usage_lacks_digital_signature"),
        ({"is_ca": True}, "is_a_country_signer"),
        ({"purposes": (pki.MASTER_LIST_SIGNING,)}, "signer_for_another_purpose"),
        ({"more": (("1.2.3.4", True, b"\5\0"),)}, "unknown_critical_extension"),
    ],
)
def test_a_certificate_made_for_something_else_signs_no_documents(
    wishes: dict[str, Any], reason: str
) -> None:
    assert examined(by(**wishes)) == {"document_signer_may_sign_documents": (FAILED, reason)}


def test_an_expired_document_signer_is_told_apart_from_one_that_signed_too_late() -> None:
    assert examined(by(to_s=NOW_S - 1)) == {"document_signer_is_in_force": (FAILED, "expired")}
    assert examined(by(to_s=pki.SIGNED_AT_S - 1)) == {
        "document_signer_was_in_force_when_signing": (FAILED, "expired"),
        "document_signer_is_in_force": (FAILED, "expired"),
    }


def test_a_document_signer_that_signed_before_its_time_is_told() -> None:
    assert examined(by(from_s=pki.SIGNED_AT_S + 1)) == {
        "document_signer_was_in_force_when_signing": (FAILED, "not_yet_valid")
    }


def test_a_signature_after_the_private_keys_period_is_told() -> None:
    period = (NOW_S - 2 * YEAR_S, pki.SIGNED_AT_S - 1)
    assert examined(by(key_used_from_to_s=period)) == {
        "document_signer_was_in_force_when_signing": (FAILED, "outside_private_key_period")
    }


def test_a_signature_of_tomorrow_is_told() -> None:
    file = pki.security_object(DOCUMENT, wrapping=Wrapping(signing_time_s=NOW_S + 2 * DAY_S))
    assert examined(file) == {
        "document_signer_was_in_force_when_signing": (FAILED, "signed_in_the_future")
    }


def test_an_expired_country_signer_fails_alone() -> None:
    expired = pki.country_signer(Wish(to_s=NOW_S - 1))
    store = TrustStore([expired.certificate], [NOTHING_REVOKED])
    assert examined(store=store) == {"country_signer_is_in_force": (FAILED, "expired")}


def with_list(**fields: Any) -> TrustStore:  # noqa: ANN401  # fields of a list
    return TrustStore(
        [COUNTRY.certificate], [revocation_list.decode(pki.revocation_list(COUNTRY, **fields))]
    )


@pytest.mark.parametrize(
    ("store", "outcome", "reason"),
    [
        (with_list(serials=[7]), FAILED, "document_signer_revoked"),
        (with_list(serials=[1]), FAILED, "country_signer_revoked"),
        (with_list(serials=[7], next_s=NOW_S - DAY_S), FAILED, "document_signer_revoked"),
        (TrustStore([COUNTRY.certificate]), INCONCLUSIVE, "no_revocation_list"),
        (with_list(next_s=NOW_S - 1), INCONCLUSIVE, "revocation_list_is_old"),
        (with_list(next_s=None), INCONCLUSIVE, "revocation_list_without_end"),
        (with_list(issued_s=NOW_S + 2 * DAY_S), INCONCLUSIVE, "revocation_list_not_yet_valid"),
    ],
)
def test_revocation_is_told_from_not_knowing(
    store: TrustStore, outcome: Outcome, reason: str
) -> None:
    assert examined(store=store) == {"document_signer_is_not_revoked": (outcome, reason)}


def test_a_list_may_be_as_late_as_the_policy_says() -> None:
    lenient = Policy(revocation_list_late_s=DAY_S)
    assert examined(store=with_list(next_s=NOW_S - DAY_S), policy=lenient) == {}


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        (How("rsa-1024"), "rsa 1024"),
        (How("secp192r1"), "secp192r1"),
        (How("rsa-2048", "sha1"), "sha1"),
        (How("secp256r1", "sha1"), "sha1"),
    ],
)
def test_a_weak_algorithm_is_refused_by_the_policy_and_verified_all_the_same(
    how: How, refused: str
) -> None:
    country = pki.country_signer(Wish(how=how))
    lists = [revocation_list.decode(pki.revocation_list(country))]
    store = TrustStore([country.certificate], lists)
    findings = examine(pki.security_object(pki.document_signer(country)), DATA_GROUPS, store, NOW_S)
    name = "security_object_algorithms_are_allowed"
    assert told(findings) == {name: (FAILED, "algorithm_not_allowed")}
    assert findings[1].evidence == {"refused": refused}


def test_sha1_is_taken_from_old_document_signers_only() -> None:
    file = pki.security_object(DOCUMENT, hash_name="sha1")
    before = DOCUMENT.certificate.valid.from_utc_s
    assert before is not None
    name = "security_object_algorithms_are_allowed"
    assert examined(file, policy=Policy(sha1_before_utc_s=before)) == {
        name: (FAILED, "algorithm_not_allowed")
    }
    assert examined(file, policy=Policy(sha1_before_utc_s=before + 1)) == {}


def test_md5_proves_nothing_and_no_policy_can_allow_it() -> None:
    file = pki.security_object(DOCUMENT, hash_name="md5")
    assert examined(file) == {
        "security_object_algorithms_are_allowed": (FAILED, "algorithm_not_allowed"),
        "data_groups_are_unaltered": (INCONCLUSIVE, "hash_not_supported"),
    }
    wrapped = pki.security_object(DOCUMENT, wrapping=Wrapping(digest="md5"))
    assert examined(wrapped)["security_object_is_signed"] == (INCONCLUSIVE, "hash_not_supported")


def test_a_security_object_without_a_certificate_cannot_be_judged() -> None:
    file = pki.security_object(DOCUMENT, wrapping=Wrapping(certificates=()))
    answers = examined(file)
    assert answers["security_object_is_signed"] == (INCONCLUSIVE, "no_signer_certificate")
    assert answers["document_signer_is_trusted"] == (NOT_DONE, "no_document_signer")
    assert "data_groups_are_unaltered" not in answers


def test_of_two_signers_the_trusted_one_counts() -> None:
    content = pki.lds_security_object(
        [(number, pki.digest("sha256", raw)) for number, raw in DATA_GROUPS.items()]
    )
    forger = pki.country_signer(Wish(key_name="a forger"))
    signers = (pki.document_signer(forger, serial=6, key_name="a forger's"), DOCUMENT)
    infos = [pki.signer_info(one, pki.SECURITY_OBJECT, content) for one in signers]
    raws = [one.raw for one in signers]
    file = pki.in_file(pki.signed_by_all(infos, pki.SECURITY_OBJECT, content, raws))
    assert examined(file) == {}


@pytest.mark.parametrize(
    "file", [b"", b"\x77\x00", bytes(70_000), b"\x77\x82\x27\x10" + b"\x30\x80" * 5000]
)
def test_what_is_no_security_object_proves_nothing(file: bytes) -> None:
    answers = examined(file)
    assert answers.pop("security_object_is_signed")[0] is FAILED
    assert set(answers.values()) == {(NOT_DONE, "no_security_object")}
    assert len(answers) == len(CHECKS) - 1


def test_a_security_object_written_in_ber_is_what_it_says() -> None:
    """Issuers have written indefinite lengths and content in parts, and signed it all the same."""

    def endless(tag: int, value: bytes) -> bytes:
        return bytes([tag, 0x80]) + value + b"\0\0"

    content = pki.lds_security_object(
        [(number, pki.digest("sha256", raw)) for number, raw in DATA_GROUPS.items()]
    )
    parts = (core.OctetString(part).dump() for part in (content[:40], content[40:]))
    kind = core.ObjectIdentifier(pki.SECURITY_OBJECT).dump()
    inner = endless(0x30, kind + endless(0xA0, endless(0x24, b"".join(parts))))
    info = pki.signer_info(DOCUMENT, pki.SECURITY_OBJECT, content)
    body = b"\x02\x01\x03\x31\x00" + inner + endless(0xA0, DOCUMENT.raw) + endless(0x31, info)
    outer = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump() + endless(
        0xA0, endless(0x30, body)
    )
    assert examined(pki.in_file(endless(0x30, outer))) == {}


def told_by_the_state(*deviations: tuple[bytes, str, bytes]) -> tuple[Deviation, ...]:
    signer = pki.list_signer(COUNTRY, pki.DEVIATION_LIST_SIGNING)
    raw = pki.deviation_list(signer, deviations)
    return deviation_list.decode(cms.decode(raw, len(raw)).content).deviations


def test_a_told_deviation_makes_its_own_fault_inconclusive_and_no_other() -> None:
    document = pki.by_digest(DOCUMENT.raw)
    deviations = told_by_the_state((document, Fault.DATA_GROUP_HASH, core.Integer(2).dump()))
    store = TrustStore([COUNTRY.certificate], [NOTHING_REVOKED], deviations)
    spoilt = {**DATA_GROUPS, 2: b"other"}
    name = "data_groups_are_unaltered"
    assert examined(data_groups=spoilt, store=store) == {name: (INCONCLUSIVE, "known_deviation")}
    worse = {**spoilt, 1: b"other"}
    assert examined(data_groups=worse, store=store) == {name: (FAILED, "altered")}
    spoilt_signature = pki.security_object(DOCUMENT, wrapping=Wrapping(spoilt_signature=True))
    assert examined(spoilt_signature, store=store) == {
        "security_object_is_signed": (FAILED, "signature_does_not_verify")
    }


def test_a_deviation_that_a_forger_could_copy_excuses_no_signer() -> None:
    forger = pki.country_signer(Wish(key_name="a forger"))
    forged = pki.document_signer(forger)  # the genuine one's name, number and key identifier
    for way, outcome in (
        (pki.by_serial(DOCUMENT.raw), FAILED),
        (pki.by_key_id(DOCUMENT.certificate), FAILED),
        (pki.by_digest(DOCUMENT.raw), FAILED),
        (pki.by_digest(forged.raw), INCONCLUSIVE),
    ):
        deviations = told_by_the_state((way, Fault.DOCUMENT_SIGNER_SIGNATURE, b""))
        store = TrustStore([COUNTRY.certificate], [NOTHING_REVOKED], deviations)
        answers = examined(pki.security_object(forged), store=store)
        assert answers["document_signer_is_trusted"][0] is outcome


def test_the_portrait_may_come_after_the_proof() -> None:
    proof = prove(FILE, STORE, NOW_S)
    assert (proof.country, proof.state, proof.document_types) == ("UT", "UTO", ("P", "ID"))
    assert (*proof.findings, *compare(proof, DATA_GROUPS)) == examine(
        FILE, DATA_GROUPS, STORE, NOW_S
    )


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_spoilt_byte_makes_altered_data_pass(place: int, change: int) -> None:
    raw = bytearray(FILE)
    raw[place] ^= change
    altered = {**DATA_GROUPS, 1: b"altered"}
    assert examined(bytes(raw), altered) != {}


@given(st.binary(max_size=300), st.dictionaries(st.integers(-1, 20), st.binary(max_size=9)))
def test_whatever_the_bytes_every_check_is_answered(raw: bytes, groups: dict[int, bytes]) -> None:
    examined(raw, groups)
    examined(pki.in_file(raw), groups)


LIST_AT_S = 1_780_000_000  # 2026-05-29


@pytest.fixture(scope="module")
def real_store() -> TrustStore:
    folder = shared("emrtd") / "master_lists"
    by_hand = [
        certificates.decode(certificates.without_armour(file.read_bytes()))
        for file in sorted(folder.rglob("*.cer"))
    ]
    (raw,) = (file.read_bytes() for file in folder.glob("DE_ML_*.ml"))
    listed = master_list.decode(prove_list(raw, TrustStore(by_hand), LIST_AT_S).content)
    return TrustStore([*by_hand, *listed.certificates])


def test_every_real_security_object_is_what_its_manifest_says(real_store: TrustStore) -> None:
    folder = shared("emrtd") / "sods"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest
    for entry in manifest:
        proof = prove((folder / entry["file"]).read_bytes(), real_store, LIST_AT_S)
        answers = told(proof.findings)
        signed, trusted = "security_object_is_signed", "document_signer_is_trusted"
        assert (signed not in answers and trusted not in answers) == entry["genuine"], entry["file"]
        if entry["genuine"]:
            assert answers == {
                "document_signer_is_not_revoked": (INCONCLUSIVE, "no_revocation_list")
            }
            assert proof.country == entry["issuer"]


def test_the_reference_data_set_of_the_bsi_is_unaltered_but_for_what_it_never_signed(
    real_store: TrustStore,
) -> None:
    folder = shared("emrtd") / "bsi_tr03105_5_reference"
    groups = {n: (folder / f"Datagroup{n}.bin").read_bytes() for n in (1, 2, 3, 4, 14, 15)}
    made_in_2014 = 1_400_000_000
    file = (folder / "EF_SOD.bin").read_bytes()
    assert examined(file, groups, real_store, now_s=made_in_2014) == {
        "document_signer_is_trusted": (INCONCLUSIVE, "no_country_signer_held"),
        "document_signer_was_in_force_when_signing": (Outcome.NOT_APPLICABLE, "no_signing_time"),
        "country_signer_is_in_force": (NOT_DONE, "no_country_signer"),
        "document_signer_is_not_revoked": (INCONCLUSIVE, "no_revocation_list"),
        "no_data_group_is_unlisted": (FAILED, "unlisted"),
    }
