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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hmac import compare_digest
from typing import Final

from egate.document import document_signer_checks, security_object
from egate.document.certificates import Certificate
from egate.document.deviation_list import Deviation, Fault
from egate.document.document_signer_checks import QUESTIONS, STRICT, Policy, inquire, unproven
from egate.document.security_object import SecurityObject, SecurityObjectRefused
from egate.document.signatures import HASHES, digest
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Evidence, Finding, Outcome

# Read whenever they are listed: DG3 and DG4 need rights a gate has not, the rest is optional.
MUST_BE_READ: Final = (1, 2, 14, 15)
MUST_BE_LISTED: Final = (1, 2)

_OF_THE_DATA_GROUPS: Final = (
    Check.DATA_GROUPS_ARE_UNALTERED,
    Check.NO_DATA_GROUP_IS_UNLISTED,
    Check.NO_DATA_GROUP_IS_MISSING,
)
CHECKS: Final = (*document_signer_checks.CHECKS, *_OF_THE_DATA_GROUPS)
_EXCUSED: Final[Mapping[Check, Fault]] = {
    Check.SECURITY_OBJECT_IS_SIGNED: Fault.SECURITY_OBJECT_SIGNATURE,
    Check.DOCUMENT_SIGNER_IS_TRUSTED: Fault.DOCUMENT_SIGNER_SIGNATURE,
    Check.DATA_GROUPS_ARE_UNALTERED: Fault.DATA_GROUP_HASH,
}


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
    inquiry, reason = inquire(read.signed, (read.hash_name,), store, now_utc_s, policy)
    if inquiry is None:
        is_signed = Finding(CHECKS[0], unproven(reason), reason)
        rest = _not_done(document_signer_checks.CHECKS[1:], "no_document_signer")
        return Proof((is_signed, *rest), read, None, "", "", (), ())
    signer = inquiry.signer
    deviations = store.deviations_of(signer)
    return Proof(
        findings=tuple(_excused(ask(inquiry), deviations) for ask in QUESTIONS),
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
    unread = Finding(CHECKS[0], Outcome.FAILED, reason)
    rest = _not_done(document_signer_checks.CHECKS[1:], "no_security_object")
    return Proof((unread, *rest), None, None, "", "", (), ())


def _not_done(checks: Iterable[Check], reason: str) -> tuple[Finding, ...]:
    return tuple(Finding(check, Outcome.NOT_DONE, reason) for check in checks)
