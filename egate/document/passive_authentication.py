"""Passive authentication: what a chip's data proves about who signed it, one finding a question.

    security_object_is_signed                 a certificate's key made the signature over the hashes
    security_object_algorithms_are_allowed    every hash, scheme and key size is the policy's
    document_signer_is_trusted                a country signer of the store signed that certificate
    document_signer_may_sign_documents        it is a document signer's, nothing else's
    document_signer_was_in_force_when_signing at the signing time the signature tells
    document_signer_is_in_force               now
    country_signer_is_in_force                now
    document_signer_is_not_revoked            by a revocation list that is in force
    data_groups_are_unaltered                 what was read has the hashes that were signed
    no_data_group_is_unlisted                 nothing was read that nobody signed
    no_data_group_is_missing                  what must be read and is listed was read

Each answers its own question and no other: a data group that has its hash is unaltered, and
proves nothing unless the security object is signed and its signer trusted. It proves data, never
the chip it came from (chip and active authentication do), and not that the signing state is the
one in the MRZ: `Proof.country` and `Proof.state` are there to be compared. Failed is about the
document, inconclusive about us: no country signer, no list. Bytes are hashed as they were read.

`prove` needs only EF.SOD, so that it can run while the portrait is still being read.

Source: ICAO 9303-11 section 5.1; ICAO 9303-12 section 6.1; BSI TR-03135-1; research/emrtd.md 6.2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Final

from egate.document import cms, security_object
from egate.document.certificates import Certificate
from egate.document.cms import Signature
from egate.document.deviation_list import Deviation, Fault
from egate.document.revocation_list import RevocationList
from egate.document.security_object import SecurityObject, SecurityObjectRefused
from egate.document.signatures import (
    HASHES,
    AlgorithmRefused,
    RsaKey,
    Scheme,
    digest,
    key_in_words,
    scheme_of,
)
from egate.document.trust_store import Chain, TrustStore
from egate.domain.check import Check, Evidence, Finding, Outcome

# Read whenever they are listed: DG3 and DG4 need rights a gate has not, the rest is optional.
MUST_BE_READ: Final = (1, 2, 14, 15)
MUST_BE_LISTED: Final = (1, 2)
KEY_ID_DIGITS: Final = 16  # of a key identifier or fingerprint, in evidence
CLOCKS_APART_S: Final = 86_400  # issuers write local time, or a date only

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

_OF_THE_SIGNER: Final = (
    Check.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED,
    Check.DOCUMENT_SIGNER_IS_TRUSTED,
    Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS,
    Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
    Check.DOCUMENT_SIGNER_IS_IN_FORCE,
    Check.COUNTRY_SIGNER_IS_IN_FORCE,
    Check.DOCUMENT_SIGNER_IS_NOT_REVOKED,
)
_OF_THE_DATA_GROUPS: Final = (
    Check.DATA_GROUPS_ARE_UNALTERED,
    Check.NO_DATA_GROUP_IS_UNLISTED,
    Check.NO_DATA_GROUP_IS_MISSING,
)
CHECKS: Final = (Check.SECURITY_OBJECT_IS_SIGNED, *_OF_THE_SIGNER, *_OF_THE_DATA_GROUPS)
_EXCUSED: Final[Mapping[Check, Fault]] = {
    Check.SECURITY_OBJECT_IS_SIGNED: Fault.SECURITY_OBJECT_SIGNATURE,
    Check.DOCUMENT_SIGNER_IS_TRUSTED: Fault.DOCUMENT_SIGNER_SIGNATURE,
    Check.DATA_GROUPS_ARE_UNALTERED: Fault.DATA_GROUP_HASH,
}


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
class Proof:
    """What EF.SOD alone proves; `compare` needs it to judge the data groups.

    The country is the document signer's (two letters), the state as in the MRZ (three, or D)
    where the certificate tells it, the document types those it may sign (none: not told). They
    say something once `document_signer_is_trusted` has passed.
    """

    findings: tuple[Finding, ...]
    security_object: SecurityObject | None
    document_signer: Certificate | None
    country: str
    state: str
    document_types: tuple[str, ...]
    deviations: tuple[Deviation, ...]


def examine(
    security_object_file: bytes,
    data_groups: Mapping[int, bytes],
    store: TrustStore,
    now_utc_s: float,
    policy: Policy = STRICT,
) -> tuple[Finding, ...]:
    """Answer every check of CHECKS, each once and in that order; total, whatever the bytes.

    Args:
        security_object_file: EF.SOD as read.
        data_groups: the files that were read, whole and as read, by number.
        store: whom to trust.
        now_utc_s: the time of the inspection.
        policy: which algorithms are taken.
    """
    proof = prove(security_object_file, store, now_utc_s, policy)
    return (*proof.findings, *compare(proof, data_groups))


def prove(
    security_object_file: bytes, store: TrustStore, now_utc_s: float, policy: Policy = STRICT
) -> Proof:
    """Answer what EF.SOD alone can answer."""
    try:
        read = security_object.decode(security_object_file)
    except SecurityObjectRefused as refusal:
        return _nothing_proven(refusal.reason)
    verified, reason = cms.signatures(read.signed)
    signature, signer, chain = _document_signer(read, verified, store)
    if signer is None or chain is None:
        is_signed = Finding(Check.SECURITY_OBJECT_IS_SIGNED, _about(reason), reason)
        rest = _not_done(_OF_THE_SIGNER, "no_document_signer")
        return Proof((is_signed, *rest), read, None, "", "", (), ())
    inquiry = _Inquiry(read, signature, reason, signer, chain, store, now_utc_s, policy)
    deviations = store.deviations_of(signer)
    return Proof(
        findings=tuple(_excused(ask(inquiry), deviations) for ask in _QUESTIONS),
        security_object=read,
        document_signer=signer,
        country=signer.country,
        state=signer.extensions.state,
        document_types=signer.extensions.document_types,
        deviations=deviations,
    )


def compare(proof: Proof, data_groups: Mapping[int, bytes]) -> tuple[Finding, ...]:
    """Hold the data groups, as read, against the hashes in the security object."""
    read = proof.security_object
    if read is None:
        return _not_done(_OF_THE_DATA_GROUPS, "no_security_object")
    return (
        _excused(_unaltered(read, data_groups), proof.deviations),
        _none_unlisted(read, data_groups),
        _none_missing(read, data_groups),
    )


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """What the questions about a signer are asked of; `signature` None when none verified."""

    read: SecurityObject
    signature: Signature | None
    reason: str
    signer: Certificate
    chain: Chain
    store: TrustStore
    now_utc_s: float
    policy: Policy


def _document_signer(
    read: SecurityObject, verified: Sequence[Signature], store: TrustStore
) -> tuple[Signature | None, Certificate | None, Chain | None]:
    """Return the signature to go by, its signer, and whom that chains to.

    Of several signatures it is the first whose signer is trusted. When none verified, the
    signer is the one the security object names: its own faults are still told.
    """
    chained = [(one, one.certificate, store.chain(one.certificate)) for one in verified]
    if chained:
        return next((one for one in chained if one[2].signer is not None), chained[0])
    for signer in read.signed.signers:
        for certificate in read.signed.certificates:
            if signer.names(certificate):
                return None, certificate, store.chain(certificate)
    only = read.signed.certificates[0] if read.signed.certificates else None
    return None, only, store.chain(only) if only is not None else None


def _is_signed(inquiry: _Inquiry) -> Finding:
    check, signature = Check.SECURITY_OBJECT_IS_SIGNED, inquiry.signature
    if signature is None:
        return Finding(check, _about(inquiry.reason), inquiry.reason)
    signer = signature.signer
    evidence: Evidence = {
        "algorithm": str(signer.scheme),
        "key": key_in_words(signature.certificate.public_key()),
        "content_type": inquiry.read.signed.content_type,
        "signers": len(inquiry.read.signed.signers),
        "signer_is_named": int(signer.names(signature.certificate)),
    }
    return Finding(check, Outcome.PASSED, "signature_verifies", evidence)


def _algorithms_are_allowed(inquiry: _Inquiry) -> Finding:
    check = Check.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED
    hashes, keys = _hashes_used(inquiry), _keys_used(inquiry)
    refused = [name for name in hashes if not _is_allowed_hash(name, inquiry)]
    refused += [words for words, is_long_enough in keys.items() if not is_long_enough]
    if refused:
        evidence: Evidence = {"refused": " ".join(refused)}
        return Finding(check, Outcome.FAILED, "algorithm_not_allowed", evidence)
    evidence = {"hashes": " ".join(hashes), "keys": ", ".join(keys)}
    return Finding(check, Outcome.PASSED, "allowed", evidence)


def _hashes_used(inquiry: _Inquiry) -> tuple[str, ...]:
    """Return every hash the proof rests on, each once, `unknown` for a scheme not known here.

    The mask hash of PSS is not among them: nothing rests on its collision resistance.
    """
    made = inquiry.signature.signer if inquiry.signature else inquiry.read.signed.signers[0]
    schemes = (made.scheme, _scheme(inquiry.signer))
    signed_with = (scheme.hash if scheme else "unknown" for scheme in schemes)
    return tuple(dict.fromkeys((inquiry.read.hash_name, made.digest_name, *signed_with)))


def _scheme(certificate: Certificate) -> Scheme | None:
    try:
        return scheme_of(certificate.algorithm)
    except AlgorithmRefused:
        return None


def _keys_used(inquiry: _Inquiry) -> dict[str, bool]:
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


def _is_allowed_hash(name: str, inquiry: _Inquiry) -> bool:
    if name in inquiry.policy.hashes:
        return True
    begins = inquiry.signer.valid.from_utc_s or 0.0
    return name == "sha1" and begins < inquiry.policy.sha1_before_utc_s


def _is_trusted(inquiry: _Inquiry) -> Finding:
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


def _may_sign_documents(inquiry: _Inquiry) -> Finding:
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


def _was_in_force(inquiry: _Inquiry) -> Finding:
    check = Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING
    made = inquiry.signature.signer if inquiry.signature else inquiry.read.signed.signers[0]
    at_utc_s = made.signing_time_utc_s
    if at_utc_s is None:
        return Finding(check, Outcome.NOT_APPLICABLE, "no_signing_time")
    evidence: Evidence = {"signed_at_utc_s": int(at_utc_s)}
    reason = inquiry.signer.valid.standing(at_utc_s) or ""
    if not reason and inquiry.signer.extensions.key_period.standing(at_utc_s):
        reason = "outside_private_key_period"
    if not reason and at_utc_s > inquiry.now_utc_s + CLOCKS_APART_S:
        reason = "signed_in_the_future"
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    return Finding(check, outcome, reason or "in_force", evidence)


def _signer_is_in_force(inquiry: _Inquiry) -> Finding:
    return _in_force(Check.DOCUMENT_SIGNER_IS_IN_FORCE, inquiry.signer, inquiry.now_utc_s)


def _country_signer_is_in_force(inquiry: _Inquiry) -> Finding:
    check, country_signer = Check.COUNTRY_SIGNER_IS_IN_FORCE, inquiry.chain.signer
    if country_signer is None:
        return Finding(check, Outcome.NOT_DONE, "no_country_signer")
    return _in_force(check, country_signer, inquiry.now_utc_s)


def _in_force(check: Check, certificate: Certificate, now_utc_s: float) -> Finding:
    reason = certificate.valid.standing(now_utc_s)
    evidence: Evidence = {
        "from_utc_s": int(certificate.valid.from_utc_s or 0),
        "to_utc_s": int(certificate.valid.to_utc_s or 0),
    }
    return Finding(
        check, Outcome.FAILED if reason else Outcome.PASSED, reason or "in_force", evidence
    )


def _is_not_revoked(inquiry: _Inquiry) -> Finding:
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
    reason = _age(newest, inquiry)
    outcome = Outcome.INCONCLUSIVE if reason else Outcome.PASSED
    return Finding(check, outcome, reason or "not_listed", evidence)


def _is_listed(certificate: Certificate, store: TrustStore) -> bool:
    return any(certificate.serial in one.serials for one in store.lists_for(certificate))


def _age(newest: RevocationList, inquiry: _Inquiry) -> str:
    """Return why the newest list is not to be relied on now, empty when it is."""
    if newest.issued_utc_s > inquiry.now_utc_s + CLOCKS_APART_S:
        return "revocation_list_not_yet_valid"
    next_utc_s = newest.next_utc_s
    if next_utc_s is None:
        return "revocation_list_without_end"
    late_s = inquiry.now_utc_s - next_utc_s
    return "revocation_list_is_old" if late_s > inquiry.policy.revocation_list_late_s else ""


_QUESTIONS: Final = (
    _is_signed,
    _algorithms_are_allowed,
    _is_trusted,
    _may_sign_documents,
    _was_in_force,
    _signer_is_in_force,
    _country_signer_is_in_force,
    _is_not_revoked,
)


def _unaltered(read: SecurityObject, data_groups: Mapping[int, bytes]) -> Finding:
    check = Check.DATA_GROUPS_ARE_UNALTERED
    listed = sorted(set(data_groups) & set(read.hashes))
    if not listed:
        return Finding(check, Outcome.NOT_DONE, "nothing_was_read")
    if read.hash_name not in HASHES:
        evidence: Evidence = {"hash": read.hash_name}
        return Finding(check, Outcome.INCONCLUSIVE, "hash_not_supported", evidence)
    altered = [
        number
        for number in listed
        if not compare_digest(digest(read.hash_name, data_groups[number]), read.hashes[number])
    ]
    if altered:
        return Finding(check, Outcome.FAILED, "altered", {"altered": _numbers(altered)})
    evidence = {"hash": read.hash_name, "data_groups": _numbers(listed)}
    return Finding(check, Outcome.PASSED, "hashes_match", evidence)


def _none_unlisted(read: SecurityObject, data_groups: Mapping[int, bytes]) -> Finding:
    check = Check.NO_DATA_GROUP_IS_UNLISTED
    unlisted = set(data_groups) - set(read.hashes)
    if unlisted:
        return Finding(check, Outcome.FAILED, "unlisted", {"unlisted": _numbers(unlisted)})
    if not data_groups:
        return Finding(check, Outcome.NOT_DONE, "nothing_was_read")
    return Finding(check, Outcome.PASSED, "all_listed", {"data_groups": _numbers(data_groups)})


def _none_missing(read: SecurityObject, data_groups: Mapping[int, bytes]) -> Finding:
    check = Check.NO_DATA_GROUP_IS_MISSING
    unlisted = set(MUST_BE_LISTED) - set(read.hashes)
    if unlisted:
        return Finding(check, Outcome.FAILED, "not_listed", {"missing": _numbers(unlisted)})
    missing = (set(MUST_BE_READ) & set(read.hashes)) - set(data_groups)
    if missing:
        return Finding(check, Outcome.FAILED, "not_read", {"missing": _numbers(missing)})
    return Finding(check, Outcome.PASSED, "all_read", {"listed": _numbers(read.hashes)})


def _numbers(data_groups: Iterable[int]) -> str:
    return " ".join(str(number) for number in sorted(data_groups))


def _about(reason: str) -> Outcome:
    """Return whether a missing proof is about the document or about what we can do."""
    return Outcome.INCONCLUSIVE if reason in _ABOUT_US else Outcome.FAILED


def _excused(finding: Finding, deviations: Iterable[Deviation]) -> Finding:
    """Make a failed finding inconclusive when the state has told this very fault."""
    fault = _EXCUSED.get(finding.check)
    told = [one for one in deviations if one.fault == fault]
    if fault is Fault.DOCUMENT_SIGNER_SIGNATURE:
        told = [one for one in told if one.is_exact]
    if fault is Fault.DATA_GROUP_HASH:
        altered = str(finding.evidence.get("altered", "")).split()
        excused = {str(one.data_group) for one in told}
        told = told if set(altered) <= excused else []
    if finding.outcome is not Outcome.FAILED or not told:
        return finding
    evidence = {**finding.evidence, "failed": finding.reason}
    return replace(
        finding, outcome=Outcome.INCONCLUSIVE, reason="known_deviation", evidence=evidence
    )


def _nothing_proven(reason: str) -> Proof:
    unread = Finding(Check.SECURITY_OBJECT_IS_SIGNED, Outcome.FAILED, reason)
    rest = _not_done(_OF_THE_SIGNER, "no_security_object")
    return Proof((unread, *rest), None, None, "", "", (), ())


def _not_done(checks: Iterable[Check], reason: str) -> tuple[Finding, ...]:
    return tuple(Finding(check, Outcome.NOT_DONE, reason) for check in checks)
