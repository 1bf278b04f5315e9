"""The checks on a visible digital seal: who signed it, and whether it is this document's.

    seal_is_readable                       readable; a reason of SealUnreadable
    seal_is_signed                         signature_verifies; signature_does_not_verify;
                                           no_signer_certificate, or a key not known here
    seal_signer_is_trusted                 signed_by_country_signer; of_another_country,
                                           named_country_signer_did_not_sign;
                                           no_country_signer_held, country_signer_unusable
    seal_signer_is_of_the_issuing_state    same_state; another_state; unknown_state
    seal_signer_may_sign_seals             seal_signer; what is wrong with its certificate
    seal_signer_was_in_force_when_signing  in_force; not_yet_valid, expired,
                                           outside_private_key_period, signed_in_the_future
    seal_signer_is_not_revoked             not_listed; signer_revoked, country_signer_revoked;
                                           no_revocation_list, or one that is not current
    seal_is_for_the_document               zone_agrees, passport_number_agrees,
                                           document_number_agrees; ..._differs;
                                           no_printed_zone (not_done), nothing_in_common

First what is said when it passed; then when it failed; then when nothing can be said. Whether a
certificate is the signer's is told by its country, its common name and its serial number. A seal
opens no gate: no policy requires these checks, and one that failed can only be told of.

Source: ICAO 9303-13, 2.3 and 2.4 (signature, signer certificates); 9303-12, 7.1 (profiles);
BSI TR-03137-1, 4.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from types import MappingProxyType
from typing import Final

from egate.document import seal_content, visible_digital_seal
from egate.document.certificates import Certificate
from egate.document.document_signer_checks import CLOCKS_APART_S, KEY_ID_DIGITS, why_not_current
from egate.document.issuing_state import ALSO_SIGNED_BY, COUNTRY_OF
from egate.document.mrz import Reading
from egate.document.seal_content import SealContent
from egate.document.signatures import AlgorithmRefused, EcKey, Scheme, is_signature, key_in_words
from egate.document.trust_store import Chain, TrustStore
from egate.document.visible_digital_seal import Header, Seal, SealUnreadable
from egate.domain.check import Check, Evidence, Finding, Outcome

MAX_TRIED: Final = 4  # certificates of one country, name and serial number
DAY_S: Final = 86_400
HASHES: Final = ((224, "sha224"), (256, "sha256"), (384, "sha384"), (521, "sha512"))  # 9303-13, 2.4

OF_THE_SIGNER: Final = (
    Check.SEAL_SIGNER_IS_TRUSTED,
    Check.SEAL_SIGNER_IS_OF_THE_ISSUING_STATE,
    Check.SEAL_SIGNER_MAY_SIGN_SEALS,
    Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING,
    Check.SEAL_SIGNER_IS_NOT_REVOKED,
)
AGREEMENT: Final = Check.SEAL_IS_FOR_THE_DOCUMENT
CHECKS: Final = (Check.SEAL_IS_READABLE, Check.SEAL_IS_SIGNED, *OF_THE_SIGNER, AGREEMENT)


class SealSigners:
    """Certificates of seal signers, found by what a header says of one."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        held: dict[tuple[str, int], list[Certificate]] = defaultdict(list)
        for one in dict.fromkeys(certificates):
            held[one.subject.country + one.subject.words.upper(), one.serial].append(one)
        self._held: Final = MappingProxyType({who: tuple(many) for who, many in held.items()})

    def named_by(self, header: Header) -> tuple[Certificate, ...]:
        """Return the certificates that may be its signer's; the reference is a serial number."""
        try:
            serial = int(header.reference, 16)
        except ValueError:
            return ()
        return self._held.get((header.signer, serial), ())[:MAX_TRIED]


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to trust, and the time of the inspection."""

    signers: SealSigners
    store: TrustStore
    now_utc_s: float


@dataclass(frozen=True, slots=True)
class Inspected:
    """What came of it: every check of CHECKS once, in this order, and what the seal says.

    `content` is there for every seal that could be read, also for one that nobody signed.
    """

    findings: tuple[Finding, ...]
    content: SealContent | None


def inspect(raw: bytes, printed: Reading | None, trust: Trust) -> Inspected:
    """Ask a seal every question; `printed` is the zone of the page it is shown with."""
    try:
        seal = visible_digital_seal.read(raw)
        content = seal_content.read(seal)
    except SealUnreadable as error:
        unreadable = Finding(CHECKS[0], Outcome.FAILED, error.reason)
        rest = (Finding(one, Outcome.NOT_DONE, "unreadable") for one in CHECKS[1:])
        return Inspected((unreadable, *rest), None)
    evidence: Evidence = {"kind": content.kind, "version": seal.header.version}
    readable = Finding(CHECKS[0], Outcome.PASSED, "readable", evidence)
    signed, signer = _signature(seal, trust.signers.named_by(seal.header))
    agreement = compare(content, printed)
    if signer is None:
        unknown = (Finding(one, Outcome.NOT_DONE, "no_signer") for one in OF_THE_SIGNER)
        return Inspected((readable, signed, *unknown, agreement), content)
    about = _of_the_signer(seal.header, signer, trust)
    return Inspected((readable, signed, *about, agreement), content)


def compare(content: SealContent, printed: Reading | None) -> Finding:
    """Say whether a seal is of the document that a zone is printed on.

    The seal of a visa is compared with the zone of the visa, or by the passport's number with
    the zone of the passport that the visa is in.
    """
    if printed is None or printed.mrz is None:
        return Finding(AGREEMENT, Outcome.NOT_DONE, "no_printed_zone")
    if content.layout is printed.mrz.layout:
        widths = seal_content.widths(content.layout)
        lines = (line[:size] for line, size in zip(printed.lines, widths, strict=True))
        return _agreement("zone", content.zone == tuple(lines), content)
    number = printed.mrz.document_number
    for name, told in (
        ("passport_number", content.passport_number),
        ("document_number", content.document_number),
    ):
        if told:
            return _agreement(name, told == number, content)
    return Finding(AGREEMENT, Outcome.NOT_APPLICABLE, "nothing_in_common")


def _agreement(name: str, is_same: bool, content: SealContent) -> Finding:  # noqa: FBT001  # what was compared, and what came of it
    outcome, verb = (Outcome.PASSED, "agrees") if is_same else (Outcome.FAILED, "differs")
    return Finding(AGREEMENT, outcome, f"{name}_{verb}", {"kind": content.kind})


def _signature(seal: Seal, named: tuple[Certificate, ...]) -> tuple[Finding, Certificate | None]:
    """Say whether one of the certificates that the header may mean signed; return the signer.

    When none did, the first is returned: its own faults are still told.
    """
    check = Check.SEAL_IS_SIGNED
    evidence: dict[str, str | int | float] = {
        "signer": seal.header.signer,
        "reference": seal.header.reference,
    }
    reason = "no_signer_certificate"
    for certificate in named:
        try:
            key = certificate.public_key()
            scheme = _scheme(key)
            reason = "signature_does_not_verify"
            if is_signature(key, scheme, seal.signature, seal.covered):
                evidence |= {"algorithm": str(scheme), "key": key_in_words(key)}
                return Finding(check, Outcome.PASSED, "signature_verifies", evidence), certificate
        except AlgorithmRefused as refusal:
            reason = refusal.reason
    is_proven_wrong = reason == "signature_does_not_verify"
    outcome = Outcome.FAILED if is_proven_wrong else Outcome.INCONCLUSIVE
    return Finding(check, outcome, reason, evidence), named[0] if named else None


def _scheme(key: object) -> Scheme:
    """Return how a key signs seals: ECDSA, the hash by the size of its curve."""
    if not isinstance(key, EcKey):
        raise AlgorithmRefused("unknown_key_type")
    return Scheme("ecdsa", next(name for bits, name in HASHES if key.bits <= bits))


def _of_the_signer(header: Header, signer: Certificate, trust: Trust) -> tuple[Finding, ...]:
    chain = trust.store.chain(signer)
    return (
        _is_trusted(signer, chain),
        _is_of_the_state(header, signer),
        _may_sign_seals(signer),
        _was_in_force(header, signer, trust.now_utc_s),
        _is_not_revoked(signer, chain, trust),
    )


def _is_trusted(signer: Certificate, chain: Chain) -> Finding:
    check = Check.SEAL_SIGNER_IS_TRUSTED
    evidence: Evidence = {"country": signer.country, "tried": chain.tried}
    if chain.signer is None:
        if chain.unusable:
            return Finding(check, Outcome.INCONCLUSIVE, "country_signer_unusable", evidence)
        if chain.is_named:
            return Finding(check, Outcome.FAILED, "named_country_signer_did_not_sign", evidence)
        return Finding(check, Outcome.INCONCLUSIVE, "no_country_signer_held", evidence)
    if signer.country != chain.signer.country:
        return Finding(check, Outcome.FAILED, "country_signer_of_another_country", evidence)
    evidence = {
        "country": chain.signer.country,
        "fingerprint": chain.signer.fingerprint[:KEY_ID_DIGITS],
    }
    return Finding(check, Outcome.PASSED, "signed_by_country_signer", evidence)


def _is_of_the_state(header: Header, signer: Certificate) -> Finding:
    """Compare the state that issued the document with the country of the signer."""
    check = Check.SEAL_SIGNER_IS_OF_THE_ISSUING_STATE
    evidence: Evidence = {"issuer": header.country, "signer": signer.country}
    country = COUNTRY_OF.get(header.country)
    if country is None:
        return Finding(check, Outcome.INCONCLUSIVE, "unknown_state", evidence)
    if signer.country not in {country} | ALSO_SIGNED_BY.get(header.country, frozenset()):
        return Finding(check, Outcome.FAILED, "another_state", evidence)
    return Finding(check, Outcome.PASSED, "same_state", evidence)


def _may_sign_seals(signer: Certificate) -> Finding:
    """Look at the extensions; the standard wants a key usage of digital signature alone."""
    extensions = signer.extensions
    usage = extensions.key_usage or frozenset()
    faults = {
        "unknown_critical_extension": bool(extensions.unknown_critical),
        "is_a_country_signer": bool(extensions.is_ca) or "key_cert_sign" in usage,
        "signer_for_another_purpose": bool(extensions.purposes),
        "key_usage_lacks_digital_signature": "digital_signature" not in usage,
    }
    reason = next((name for name, is_so in faults.items() if is_so), "")
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    evidence: Evidence = {"key_usage": " ".join(sorted(usage))}
    return Finding(Check.SEAL_SIGNER_MAY_SIGN_SEALS, outcome, reason or "seal_signer", evidence)


def _was_in_force(header: Header, signer: Certificate, now_utc_s: float) -> Finding:
    """Hold the day of signing against the certificate; some moment of it must be within."""
    begins_s = datetime.combine(header.signed, time(), UTC).timestamp()
    ends_s = begins_s + DAY_S - 1
    reason = ""
    if begins_s > now_utc_s + CLOCKS_APART_S:
        reason = "signed_in_the_future"
    elif signer.valid.standing(ends_s) == "not_yet_valid":
        reason = "not_yet_valid"
    elif signer.valid.standing(begins_s) == "expired":
        reason = "expired"
    elif (
        signer.extensions.key_period.standing(ends_s) == "not_yet_valid"
        or signer.extensions.key_period.standing(begins_s) == "expired"
    ):
        reason = "outside_private_key_period"
    outcome = Outcome.FAILED if reason else Outcome.PASSED
    # Not the day itself: when a document was made tells its last day.
    evidence: Evidence = {
        "from_utc_s": int(signer.valid.from_utc_s or 0),
        "to_utc_s": int(signer.valid.to_utc_s or 0),
    }
    check = Check.SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING
    return Finding(check, outcome, reason or "in_force", evidence)


def _is_not_revoked(signer: Certificate, chain: Chain, trust: Trust) -> Finding:
    check = Check.SEAL_SIGNER_IS_NOT_REVOKED
    for name, certificate in (
        ("signer_revoked", signer),
        ("country_signer_revoked", chain.signer),
    ):
        if certificate is not None and _is_listed(certificate, trust.store):
            return Finding(check, Outcome.FAILED, name, {"country": certificate.country})
    lists = trust.store.lists_for(signer)
    if not lists:
        evidence: Evidence = {"country": signer.country}
        return Finding(check, Outcome.INCONCLUSIVE, "no_revocation_list", evidence)
    reason = why_not_current(lists[0], trust.now_utc_s)
    outcome = Outcome.INCONCLUSIVE if reason else Outcome.PASSED
    evidence = {
        "country": lists[0].issuer.country,
        "issued_utc_s": int(lists[0].issued_utc_s),
        "revoked": len(lists[0].serials),
    }
    return Finding(check, outcome, reason or "not_listed", evidence)


def _is_listed(certificate: Certificate, store: TrustStore) -> bool:
    return any(certificate.serial in one.serials for one in store.lists_for(certificate))
