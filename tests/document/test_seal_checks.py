"""The checks on a seal: each fails for its own reason, and only it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from egate.document import c40, certificates, mrz, revocation_list, visible_digital_seal
from egate.document.seal_checks import CHECKS, Inspected, SealSigners, Trust, inspect
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Finding, Outcome
import egate.inspection.policy
from egate.inspection.policy import load
from simulators import pki, seal_issuer
from simulators.pki import DAY_S, NOW_S, YEAR_S, How, Identity, Wish
from simulators.seal_issuer import Written
from tests.document import published_seals
from tests.document.test_visible_digital_seal import MRV_A, MRV_B, TD2

COUNTRY = pki.country_signer()
SIGNER = seal_issuer.seal_signer(COUNTRY)
VISA = seal_issuer.visa(MRV_A, "L898902C3")
PERMIT = seal_issuer.residence_permit(TD2, "L898902C3")
PASSPORT = mrz.read(
    ("P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<"), "L898902C36UTO7408122F3104159ZE184226B<<<<<10")
)
CURRENT = revocation_list.decode(pki.revocation_list(COUNTRY))
SOUND = {
    Check.SEAL_IS_READABLE: "readable",
    Check.SEAL_IS_SIGNED: "signature_verifies",
    Check.SEAL_SIGNER_IS_TRUSTED: "signed_by_country_signer",
    Check.SEAL_SIGNER_IS_OF_THE_ISSUING_STATE: "same_state",
    Check.SEAL_SIGNER_MAY_SIGN_SEALS: "seal_signer",
    Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: "in_force",
    Check.SEAL_SIGNER_IS_NOT_REVOKED: "not_listed",
    Check.SEAL_IS_FOR_THE_DOCUMENT: "zone_agrees",
}


def trust(*held: Identity, lists: Any = (CURRENT,), now_s: float = NOW_S) -> Trust:  # noqa: ANN401  # revocation lists
    store = TrustStore([COUNTRY.certificate], lists)
    return Trust(SealSigners(one.certificate for one in held), store, now_s)


def look(
    signer: Identity = SIGNER,
    written: Written = VISA,
    lines: tuple[str, ...] = MRV_A,
    against: Trust | None = None,
) -> Inspected:
    raw = seal_issuer.seal(signer, written)
    return inspect(raw, mrz.read(lines), against or trust(signer))


def odd(inspected: Inspected) -> dict[Check, tuple[Outcome, str]]:
    """Return what is not as it is with a sound seal."""
    assert tuple(one.check for one in inspected.findings) == CHECKS
    return {
        one.check: (one.outcome, one.reason)
        for one in inspected.findings
        if SOUND[one.check] != one.reason or one.outcome is not Outcome.PASSED
    }


def told(inspected: Inspected, check: Check) -> Finding:
    return next(one for one in inspected.findings if one.check is check)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "how",
    [
        How("brainpoolP224r1", "sha224"),
        How("brainpoolP256r1"),
        How("secp256r1"),
        How("brainpoolP320r1", "sha384"),
        How("secp384r1", "sha384"),
        How("brainpoolP512r1", "sha512"),
        How("secp521r1", "sha512"),
    ],
    ids=lambda how: how.key,
)
def test_a_sound_seal_passes_every_check(version: int, how: How) -> None:
    signer = seal_issuer.seal_signer(COUNTRY, how=how)
    assert odd(look(signer, replace(VISA, version=version))) == {}


@pytest.mark.parametrize("name", ["policy.toml", "policy_bench.toml"])
def test_no_policy_that_ships_requires_a_seal(name: str) -> None:
    policy = load((Path(egate.inspection.policy.__file__).parent / name).read_text())
    assert not {one for checks in policy.required.values() for one in checks} & set(CHECKS)


def test_bytes_that_are_no_seal_answer_every_check() -> None:
    inspected = inspect(b"BG1:", mrz.read(MRV_A), trust(SIGNER))
    assert [one.outcome for one in inspected.findings] == [
        Outcome.FAILED,
        *[Outcome.NOT_DONE] * (len(CHECKS) - 1),
    ]
    assert inspected.content is None


@pytest.mark.parametrize("at", [20, 60, -1, -40])
def test_one_changed_bit_is_no_signature(at: int) -> None:
    raw = bytearray(seal_issuer.seal(SIGNER, VISA))
    raw[at] ^= 0x01
    inspected = inspect(bytes(raw), None, trust(SIGNER))
    if told(inspected, Check.SEAL_IS_READABLE).outcome is Outcome.PASSED:
        signed = told(inspected, Check.SEAL_IS_SIGNED)
        assert (signed.outcome, signed.reason) == (Outcome.FAILED, "signature_does_not_verify")


def test_features_moved_from_another_seal_are_found() -> None:
    genuine, other = (
        seal_issuer.seal(SIGNER, replace(VISA, features=VISA.features[:1])),
        seal_issuer.seal(SIGNER, VISA),
    )
    forged = visible_digital_seal.read(other).covered + seal_issuer.feature(
        0xFF, visible_digital_seal.read(genuine).signature
    )
    signed = told(inspect(forged, None, trust(SIGNER)), Check.SEAL_IS_SIGNED)
    assert signed.reason == "signature_does_not_verify"


def test_a_signer_that_is_not_held_proves_nothing() -> None:
    inspected = look(against=trust())
    signed = told(inspected, Check.SEAL_IS_SIGNED)
    assert (signed.outcome, signed.reason) == (Outcome.INCONCLUSIVE, "no_signer_certificate")
    assert {one.reason for one in inspected.findings if one.outcome is Outcome.NOT_DONE} == {
        "no_signer"
    }


@pytest.mark.parametrize(
    "changed",
    [{"serial": 0x5C}, {"common_name": "TX"}, {"country": "AA"}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_signer_is_found_by_country_name_and_number(changed: dict[str, Any]) -> None:
    other = seal_issuer.seal_signer(COUNTRY, **changed)
    signed = told(look(against=trust(other)), Check.SEAL_IS_SIGNED)
    assert signed.reason == "no_signer_certificate"


def test_of_two_certificates_of_one_number_the_right_one_is_found() -> None:
    other = seal_issuer.seal_signer(COUNTRY, key_name="another key")
    assert odd(look(against=trust(other, SIGNER))) == {}
    signed = told(look(against=trust(other)), Check.SEAL_IS_SIGNED)
    assert (signed.outcome, signed.reason) == (Outcome.FAILED, "signature_does_not_verify")


def test_a_key_that_signs_no_seals_is_nobody_s_fault() -> None:
    of_rsa = seal_issuer.seal_signer(COUNTRY, how=pki.RSA)
    signed = told(look(against=trust(of_rsa)), Check.SEAL_IS_SIGNED)
    assert (signed.outcome, signed.reason) == (Outcome.INCONCLUSIVE, "unknown_key_type")


STRANGER = pki.country_signer(Wish(country="AA", key_name="a stranger", common_name="Stranger"))
IMPOSTOR = pki.country_signer(Wish(key_name="an impostor"))
FAILED, UNSURE = Outcome.FAILED, Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("signer", "check", "outcome", "reason"),
    [
        (
            seal_issuer.seal_signer(IMPOSTOR),
            Check.SEAL_SIGNER_IS_TRUSTED,
            FAILED,
            "named_country_signer_did_not_sign",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, key_usage=None),
            Check.SEAL_SIGNER_MAY_SIGN_SEALS,
            FAILED,
            "key_usage_lacks_digital_signature",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, key_usage=frozenset({"key_cert_sign"})),
            Check.SEAL_SIGNER_MAY_SIGN_SEALS,
            FAILED,
            "is_a_country_signer",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, purposes=(pki.MASTER_LIST_SIGNING,)),
            Check.SEAL_SIGNER_MAY_SIGN_SEALS,
            FAILED,
            "signer_for_another_purpose",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, more=(("1.2.3", True, b"\x05\x00"),)),
            Check.SEAL_SIGNER_MAY_SIGN_SEALS,
            FAILED,
            "unknown_critical_extension",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, from_s=NOW_S - 30 * DAY_S),
            Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
            FAILED,
            "not_yet_valid",
        ),
        (
            seal_issuer.seal_signer(COUNTRY, to_s=NOW_S - 2 * YEAR_S, from_s=NOW_S - 3 * YEAR_S),
            Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
            FAILED,
            "expired",
        ),
        (
            seal_issuer.seal_signer(
                COUNTRY, key_used_from_to_s=(NOW_S - 3 * YEAR_S, NOW_S - 2 * YEAR_S)
            ),
            Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
            FAILED,
            "outside_private_key_period",
        ),
    ],
)
def test_a_signer_that_is_odd_in_one_thing_fails_one_check(
    signer: Identity, check: Check, outcome: Outcome, reason: str
) -> None:
    assert odd(look(signer)) == {check: (outcome, reason)}


def test_a_signer_that_expired_since_still_vouches() -> None:
    signer = seal_issuer.seal_signer(COUNTRY, to_s=NOW_S - 30 * DAY_S)
    assert odd(look(signer)) == {}


def test_a_country_signer_that_is_not_held_is_nobody_s_fault() -> None:
    signer = seal_issuer.seal_signer(STRANGER, country="AA")
    inspected = look(signer, replace(VISA, signer="AATS"))
    trusted = told(inspected, Check.SEAL_SIGNER_IS_TRUSTED)
    assert (trusted.outcome, trusted.reason) == (UNSURE, "no_country_signer_held")


def test_a_seal_of_another_state_than_its_signer_s_fails() -> None:
    assert odd(look(written=replace(VISA, country="D"))) == {
        Check.SEAL_SIGNER_IS_OF_THE_ISSUING_STATE: (FAILED, "another_state")
    }
    assert odd(look(written=replace(VISA, country="QQQ"))) == {
        Check.SEAL_SIGNER_IS_OF_THE_ISSUING_STATE: (UNSURE, "unknown_state")
    }


def test_a_seal_from_tomorrow_fails() -> None:
    signed = replace(VISA, signed=seal_issuer.SIGNED_ON + timedelta(days=400))
    assert odd(look(written=signed)) == {
        Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: (FAILED, "signed_in_the_future")
    }


def test_a_signer_that_is_called_back_fails() -> None:
    called_back = revocation_list.decode(pki.revocation_list(COUNTRY, [seal_issuer.SERIAL]))
    old = revocation_list.decode(pki.revocation_list(COUNTRY, next_s=NOW_S - DAY_S))
    check = Check.SEAL_SIGNER_IS_NOT_REVOKED
    for lists, outcome, reason in (
        ((called_back,), FAILED, "signer_revoked"),
        ((), UNSURE, "no_revocation_list"),
        ((old,), UNSURE, "revocation_list_is_old"),
    ):
        assert odd(look(against=trust(SIGNER, lists=lists))) == {check: (outcome, reason)}


@pytest.mark.parametrize(
    ("written", "lines", "outcome", "reason"),
    [
        (PERMIT, TD2, Outcome.PASSED, "zone_agrees"),
        (seal_issuer.visa(MRV_B), MRV_B, Outcome.PASSED, "zone_agrees"),
        (VISA, (MRV_A[0].replace("ANNA", "EVA<"), MRV_A[1]), FAILED, "zone_differs"),
        (PERMIT, (TD2[0], TD2[1].replace("740812", "840812")), FAILED, "zone_differs"),
        (VISA, PASSPORT.lines, Outcome.PASSED, "passport_number_agrees"),
        (
            seal_issuer.visa(MRV_A, "X1234567"),
            PASSPORT.lines,
            FAILED,
            "passport_number_differs",
        ),
        (seal_issuer.visa(MRV_A), PASSPORT.lines, Outcome.NOT_APPLICABLE, "nothing_in_common"),
        (
            Written([(1, c40.encode("L898902C3"))], of=(0xF8, 0x0A)),
            PASSPORT.lines,
            Outcome.PASSED,
            "document_number_agrees",
        ),
        (VISA, (), Outcome.NOT_DONE, "no_printed_zone"),
    ],
)
def test_a_seal_is_of_the_document_it_is_shown_with(
    written: Written, lines: tuple[str, ...], outcome: Outcome, reason: str
) -> None:
    finding = told(look(written=written, lines=lines), Check.SEAL_IS_FOR_THE_DOCUMENT)
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_optional_data_of_a_visa_is_not_in_its_seal_and_not_compared() -> None:
    lines = (MRV_A[0], MRV_A[1][:28] + "ANOTHER<<<<<<<<<")
    assert odd(look(lines=lines)) == {}


def test_no_finding_says_what_the_seal_says() -> None:
    for written in (VISA, PERMIT):
        for lines in (MRV_A, TD2, PASSPORT.lines):
            shown = repr(look(written=written, lines=lines))
            assert not any(word in shown for word in ("ERIKSSON", "L898902C3", "740812", "D23145"))


@pytest.mark.parametrize(
    "name",
    [
        "emergency_travel_document",
        "residence_permit",
        "supplementary_sheet",
        "residence_in_passport",
    ],
)
def test_the_signatures_of_the_published_seals_verify(name: str) -> None:
    signers = SealSigners([certificates.decode(bytes.fromhex(published_seals.SIGNER))])
    raw = bytes.fromhex(published_seals.SEALS[name])
    trust = Trust(signers, TrustStore(), NOW_S)
    assert told(inspect(raw, None, trust), Check.SEAL_IS_SIGNED).reason == "signature_verifies"
    changed = raw[:40] + bytes([raw[40] ^ 1]) + raw[41:]
    assert told(inspect(changed, None, trust), Check.SEAL_IS_SIGNED).outcome is not Outcome.PASSED
