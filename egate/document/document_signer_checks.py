"""The checks about who signed a security object; passive_authentication.py asks them.

EF.CardSecurity is signed the same way by the same signers: card_security.py asks them of it.

Each answers one question about the signature, the document signer or the country signer, and
leaves the others to theirs: an expired signer may be trusted, a trusted one revoked. Which
algorithms are still taken is the policy's, not the code's.

Source: ICAO 9303-12 sections 6.1 and 7.1; BSI TR-03135-1; research/emrtd.md 6.2 (rules 8 to 12).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from egate.document import cms
from egate.document.certificates import Certificate
from egate.document.cms import Signature, SignedData
from egate.document.revocation_list import RevocationList
from egate.document.signatures import (
    AlgorithmRefused,
    RsaKey,
    Scheme,
    key_in_words,
    scheme_of,
)
from egate.document.trust_store import Chain, TrustStore
from egate.domain.check import Check, Evidence, Finding, Outcome

KEY_ID_DIGITS: Final = 16  # of a key identifier or fingerprint, in evidence
CLOCKS_APART_S: Final = 86_400  # issuers write local time, or a date only

CHECKS: Final = (
    Check.SECURITY_OBJECT_IS_SIGNED,
    Check.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED,
    Check.DOCUMENT_SIGNER_IS_TRUSTED,
    Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS,
    Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
    Check.DOCUMENT_SIGNER_IS_IN_FORCE,
    Check.COUNTRY_SIGNER_IS_IN_FORCE,
    Check.DOCUMENT_SIGNER_IS_NOT_REVOKED,
)

# What keeps us from verifying, as against what was verified and does not hold.
_ABOUT_US: Final = frozenset(
    {
        "no_signer_certificate",
        "hash_not_supported",
        "unknown_scheme",
        "unknown_curve",
        "unknown_key_type",
        "bad_key_size",
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Which algorithms a state still takes, and how late a revocation list may be.

    SHA-1 is taken from document signers whose certificate begins before `sha1_before_utc_s`:
    documents of the sixth edition were made with it, and are read until they expire. A key of
    fewer bits than these (RSA modulus, field of the curve) is not taken.
    """

    hashes: frozenset[str] = frozenset({"sha224", "sha256", "sha384", "sha512"})
    sha1_before_utc_s: float = 0.0
    least_rsa_bits: int = 2048
    least_ec_bits: int = 224
    revocation_list_late_s: float = 0.0


STRICT: Final = Policy()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What the questions are asked of.

    `hashes` are those the content lists things by. `signature` is None when none verified, and
    then `reason` says why; `chain` is the signer's.
    """

    signed: SignedData
    hashes: tuple[str, ...]
    signature: Signature | None
    reason: str
    signer: Certificate
    chain: Chain
    store: TrustStore
    now_utc_s: float
    policy: Policy


def inquire(
    signed: SignedData,
    hashes: tuple[str, ...],
    store: TrustStore,
    now_utc_s: float,
    policy: Policy,
) -> tuple[Inquiry | None, str]:
    """Return what to ask of signed data; None, and why, when it has no signer to ask about.

    Of several signatures it is the first whose signer is trusted. When none verified, the
    signer is the one the data names: its own faults are still told.
    """
    verified, reason = cms.signatures(signed)
    signature, signer, chain = _signer(signed, verified, store)
    if signer is None or chain is None:
        return None, reason
    return Inquiry(signed, hashes, signature, reason, signer, chain, store, now_utc_s, policy), ""


def _signer(
    signed: SignedData, verified: Sequence[Signature], store: TrustStore
) -> tuple[Signature | None, Certificate | None, Chain | None]:
    """Return the signature to go by, its signer, and whom that chains to."""
    chained = [(one, one.certificate, store.chain(one.certificate)) for one in verified]
    if chained:
        return next((one for one in chained if one[2].signer is not None), chained[0])
    for signer in signed.signers:
        for certificate in signed.certificates:
            if signer.names(certificate):
                return None, certificate, store.chain(certificate)
    only = signed.certificates[0] if signed.certificates else None
    return None, only, store.chain(only) if only is not None else None


def unproven(reason: str) -> Outcome:
    """Return whether a missing proof is about the document or about what we can do."""
    return Outcome.INCONCLUSIVE if reason in _ABOUT_US else Outcome.FAILED


def _is_signed(inquiry: Inquiry) -> Finding:
    check, signature = Check.SECURITY_OBJECT_IS_SIGNED, inquiry.signature
    if signature is None:
        return Finding(check, unproven(inquiry.reason), inquiry.reason)
    signer = signature.signer
    evidence: Evidence = {
        "algorithm": str(signer.scheme),
        "key": key_in_words(signature.certificate.public_key()),
        "content_type": inquiry.signed.content_type,
        "signers": len(inquiry.signed.signers),
        "signer_is_named": int(signer.names(signature.certificate)),
    }
    return Finding(check, Outcome.PASSED, "signature_verifies", evidence)


def _algorithms_are_allowed(inquiry: Inquiry) -> Finding:
    check = Check.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED
    hashes, keys = _hashes_used(inquiry), _keys_used(inquiry)
    refused = [name for name in hashes if not _is_allowed_hash(name, inquiry)]
    refused += [words for words, is_long_enough in keys.items() if not is_long_enough]
    if refused:
        evidence: Evidence = {"refused": " ".join(refused)}
        return Finding(check, Outcome.FAILED, "algorithm_not_allowed", evidence)
    evidence = {"hashes": " ".join(hashes), "keys": ", ".join(keys)}
    return Finding(check, Outcome.PASSED, "allowed", evidence)


def _hashes_used(inquiry: Inquiry) -> tuple[str, ...]:
    """Return every hash the proof rests on, each once, `unknown` for a scheme not known here.

    The mask hash of PSS is not among them: nothing rests on its collision resistance.
    """
    made = inquiry.signature.signer if inquiry.signature else inquiry.signed.signers[0]
    schemes = (made.scheme, _scheme(inquiry.signer))
    signed_with = (scheme.hash if scheme else "unknown" for scheme in schemes)
    return tuple(dict.fromkeys((*inquiry.hashes, made.digest_name, *signed_with)))


def _scheme(certificate: Certificate) -> Scheme | None:
    try:
        return scheme_of(certificate.algorithm)
    except AlgorithmRefused:
        return None


def _keys_used(inquiry: Inquiry) -> dict[str, bool]:
    """Return the keys the proof rests on, in words, and whether each is long enough."""
    found: dict[str, bool] = {}
    for certificate in filter(None, (inquiry.signer, inquiry.chain.signer)):
        try:
            key = certificate.public_key()
        except AlgorithmRefused as refusal:
            found[refusal.reason] = False
            continue
        policy = inquiry.policy
        least = policy.least_rsa_bits if isinstance(key, RsaKey) else policy.least_ec_bits
        found[key_in_words(key)] = key.bits >= least
    return found


def _is_allowed_hash(name: str, inquiry: Inquiry) -> bool:
    if name in inquiry.policy.hashes:
        return True
    begins = inquiry.signer.valid.from_utc_s or 0.0
    return name == "sha1" and begins < inquiry.policy.sha1_before_utc_s


def _is_trusted(inquiry: Inquiry) -> Finding:
    check, chain, signer = Check.DOCUMENT_SIGNER_IS_TRUSTED, inquiry.chain, inquiry.signer
    evidence: Evidence = {
        "country": signer.country,
        "named_key_id": signer.extensions.issuer_key_id.hex()[:KEY_ID_DIGITS],
        "tried": chain.tried,
        "unusable": chain.unusable,
    }
    if chain.signer is None:
        if chain.unusable:
            return Finding(check, Outcome.INCONCLUSIVE, "country_signer_unusable", evidence)
        if chain.is_named:
            return Finding(check, Outcome.FAILED, "named_country_signer_did_not_sign", evidence)
        return Finding(check, Outcome.INCONCLUSIVE, "no_country_signer_held", evidence)
    if {signer.country, signer.issuer.country or signer.country} != {chain.signer.country}:
        return Finding(check, Outcome.FAILED, "country_signer_of_another_country", evidence)
    evidence = {
        "country": chain.signer.country,
        "key_id": chain.signer.extensions.key_id.hex()[:KEY_ID_DIGITS],
        "fingerprint": chain.signer.fingerprint[:KEY_ID_DIGITS],
        "algorithm": signer.scheme_in_words(),
        "key": key_in_words(chain.signer.public_key()),
    }
    return Finding(check, Outcome.PASSED, "signed_by_country_signer", evidence)


def _may_sign_documents(inquiry: Inquiry) -> Finding:
    check, extensions = Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS, inquiry.signer.extensions
    usage = extensions.key_usage or frozenset()
    faults = {
        "unknown_critical_extension": bool(extensions.unknown_critical),
        "is_a_country_signer": bool(extensions.is_ca) or "key_cert_sign" in usage,
        "signer_for_another_purpose": bool(extensions.purposes),
        "key_usage_lacks_digital_signature": "digital_signature" not in usage,
    }
    evidence: Evidence = {
        "key_usage": " ".join(sorted(usage)),
        "document_types": " ".join(extensions.document_types),
    }
    reason = next((name for name, is_so in faults.items() if is_so), "")
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    return Finding(check, outcome, reason or "document_signer", evidence)


def _was_in_force(inquiry: Inquiry) -> Finding:
    check = Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING
    made = inquiry.signature.signer if inquiry.signature else inquiry.signed.signers[0]
    at_utc_s = made.signing_time_utc_s
    if at_utc_s is None:
        return Finding(check, Outcome.NOT_APPLICABLE, "no_signing_time")
    reason = inquiry.signer.valid.standing(at_utc_s) or ""
    if not reason and inquiry.signer.extensions.key_period.standing(at_utc_s):
        reason = "outside_private_key_period"
    if not reason and at_utc_s > inquiry.now_utc_s + CLOCKS_APART_S:
        reason = "signed_in_the_future"
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    # Not the time itself: when a document was made tells its last day.
    return Finding(check, outcome, reason or "in_force", _evidence_of(inquiry.signer))


def _signer_is_in_force(inquiry: Inquiry) -> Finding:
    return _in_force(Check.DOCUMENT_SIGNER_IS_IN_FORCE, inquiry.signer, inquiry.now_utc_s)


def _country_signer_is_in_force(inquiry: Inquiry) -> Finding:
    check, country_signer = Check.COUNTRY_SIGNER_IS_IN_FORCE, inquiry.chain.signer
    if country_signer is None:
        return Finding(check, Outcome.NOT_DONE, "no_country_signer")
    return _in_force(check, country_signer, inquiry.now_utc_s)


def _in_force(check: Check, certificate: Certificate, now_utc_s: float) -> Finding:
    reason = certificate.valid.standing(now_utc_s)
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    return Finding(check, outcome, reason or "in_force", _evidence_of(certificate))


def _evidence_of(certificate: Certificate) -> Evidence:
    """Return when a certificate is in force."""
    return {
        "from_utc_s": int(certificate.valid.from_utc_s or 0),
        "to_utc_s": int(certificate.valid.to_utc_s or 0),
    }


def _is_not_revoked(inquiry: Inquiry) -> Finding:
    check = Check.DOCUMENT_SIGNER_IS_NOT_REVOKED
    for name, certificate in (
        ("document_signer_revoked", inquiry.signer),
        ("country_signer_revoked", inquiry.chain.signer),
    ):
        if certificate is not None and _is_listed(certificate, inquiry.store):
            return Finding(check, Outcome.FAILED, name, {"country": certificate.country})
    lists = inquiry.store.lists_for(inquiry.signer)
    if not lists:
        evidence: Evidence = {"country": inquiry.signer.country}
        return Finding(check, Outcome.INCONCLUSIVE, "no_revocation_list", evidence)
    newest = lists[0]
    evidence = {
        "country": newest.issuer.country,
        "issued_utc_s": int(newest.issued_utc_s),
        "next_utc_s": int(newest.next_utc_s or 0),
        "revoked": len(newest.serials),
    }
    late_s = inquiry.policy.revocation_list_late_s
    reason = why_not_current(newest, inquiry.now_utc_s, late_s)
    outcome = Outcome.INCONCLUSIVE if reason else Outcome.PASSED
    return Finding(check, outcome, reason or "not_listed", evidence)


def _is_listed(certificate: Certificate, store: TrustStore) -> bool:
    return any(certificate.serial in one.serials for one in store.lists_for(certificate))


def why_not_current(newest: RevocationList, now_utc_s: float, late_s: float = 0.0) -> str:
    """Return why the newest list is not to be relied on now, empty when it is."""
    if newest.issued_utc_s > now_utc_s + CLOCKS_APART_S:
        return "revocation_list_not_yet_valid"
    if newest.next_utc_s is None:
        return "revocation_list_without_end"
    return "revocation_list_is_old" if now_utc_s - newest.next_utc_s > late_s else ""


# As CHECKS has them.
QUESTIONS: Final[tuple[Callable[[Inquiry], Finding], ...]] = (
    _is_signed,
    _algorithms_are_allowed,
    _is_trusted,
    _may_sign_documents,
    _was_in_force,
    _signer_is_in_force,
    _country_signer_is_in_force,
    _is_not_revoked,
)
