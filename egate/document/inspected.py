"""A whole inspection of a document: the printed zone, the chip, its signer, and how they agree.

    the zone's checks            egate/document/mrz.py
    the reading's                egate/document/reading.py
    chip_was_read_whole          whole; else inconclusive, by what ended the reading
    chip_is_genuine              one of the chip's proofs passed and its key is signed;
                                 a_proof_failed; keys_unproven, not_spoken; no_key (could be a
                                 clone); not_reached
    passive authentication's     egate/document/passive_authentication.py
    card_security_is_the_issuers egate/document/card_security.py
    the signer's state           egate/document/issuing_state.py
    chip_mrz_is_the_printed_one  egate/document/mrz_agreement.py
    document_has_a_portrait      egate/document/portrait.py

Each check of CHECKS is answered exactly once, whatever happened. A reading that ended because the
card left proves nothing: `void`. Nothing here weighs a finding, and nothing asks for the time of
day: expiry is weighed where the lane's clock is.

Source: BSI TR-03135-1; ICAO 9303-11, 5; research/emrtd.md 6.2 (rules 3, 4 and 19).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from egate.document import (
    card_security,
    issuing_state,
    mrz_agreement,
    passive_authentication,
    portrait,
    reading,
)
from egate.document.data_group_1 import read_data_group_1
from egate.document.lds import DATA_GROUPS, LdsError
from egate.document.mrz import DIGIT_CHECKS, Mrz
from egate.document.mrz import Reading as ZoneReading
from egate.document.mrz_dates import expiry_date
from egate.document.mrz_key import FILLER
from egate.document.passive_authentication import Proof
from egate.document.reading_result import Reading, Trouble
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.token import Portrait, TravelDocument, document_identity

WHOLE: Final = Check.CHIP_WAS_READ_WHOLE
GENUINE: Final = Check.CHIP_IS_GENUINE
PROOFS: Final = (
    Check.CHIP_HOLDS_ITS_MAPPING_KEY,
    Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY,
    Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY,
)
# What must have passed before a key in a data group is anybody's, and a zone worth keeping.
SIGNED: Final = (
    Check.SECURITY_OBJECT_IS_SIGNED,
    Check.DOCUMENT_SIGNER_IS_TRUSTED,
    Check.DATA_GROUPS_ARE_UNALTERED,
)
KEYS_IN: Final = frozenset({"14", "15"})
CHECKS: Final = (
    Check.MRZ_IS_READABLE,
    *DIGIT_CHECKS,
    WHOLE,
    *reading.CHECKS,
    GENUINE,
    *passive_authentication.CHECKS,
    card_security.CHECK,
    issuing_state.CHECK,
    mrz_agreement.CHECK,
    portrait.CHECK,
)


@dataclass(frozen=True, slots=True, repr=False)
class Inspected:
    """What came of it: every check of CHECKS once, and the document where its data is proven."""

    findings: tuple[Finding, ...]
    document: TravelDocument | None

    def told(self, check: Check) -> Finding:
        """Return the finding about this check."""
        return next(one for one in self.findings if one.check is check)


def inspect(
    printed: ZoneReading,
    read: Reading,
    store: TrustStore,
    now_utc_s: float,
    proof: Proof | None = None,
) -> Inspected:
    """Put together what was found.

    Args:
        printed: the page's zone.
        read: the chip.
        store: whom to trust.
        now_utc_s: the time of the inspection.
        proof: of this reading's EF.SOD, where it was made while the rest was read.
    """
    if proof is None and read.security_object:
        proof = passive_authentication.prove(read.security_object, store, now_utc_s)
    zone, agreement = _agreement(printed, read)
    picture, has_portrait = portrait.portrait_of(read.data_groups.get(2))
    findings = (
        *printed.findings,
        *read.findings,
        _whole(read),
        *_passive(read, proof),
        _card_security(read, store, now_utc_s, proof),
        issuing_state.compare(zone, proof)
        if proof is not None
        else Finding(issuing_state.CHECK, Outcome.NOT_DONE, "no_document_signer"),
        agreement,
        has_portrait,
    )
    findings = (*findings, _genuine(findings))
    if proof is None or zone is None or not _have_passed(findings, (*SIGNED, WHOLE)):
        return Inspected(findings, None)
    today = datetime.fromtimestamp(now_utc_s, UTC).date()
    return Inspected(findings, _document(zone, proof, picture, today))


def void(printed: ZoneReading, reason: str, evidence: Evidence | None = None) -> Inspected:
    """Return the inspection of a chip that was not read, or left: nothing of it counts."""
    whole = Finding(WHOLE, Outcome.INCONCLUSIVE, reason, evidence or {})
    rest = [one for one in CHECKS if one is not WHOLE and one not in _checks(printed.findings)]
    not_done = (Finding(one, Outcome.NOT_DONE, "not_read") for one in rest)
    return Inspected((*printed.findings, whole, *not_done), None)


def _agreement(printed: ZoneReading, read: Reading) -> tuple[Mrz | None, Finding]:
    """Return the chip's zone, and whether it is the printed one."""
    raw = read.files.get(DATA_GROUPS[1].name)
    if raw is None:
        return None, Finding(mrz_agreement.CHECK, Outcome.NOT_DONE, "no_chip_zone")
    try:
        chip = read_data_group_1(raw)
    except LdsError as error:
        return None, Finding(mrz_agreement.CHECK, Outcome.FAILED, error.reason)
    return chip.mrz, mrz_agreement.compare(printed, chip)


def _whole(read: Reading) -> Finding:
    if read.ended is None:
        evidence: Evidence = {"commands": read.commands, "answer_bytes": read.answer_bytes}
        return Finding(WHOLE, Outcome.PASSED, "whole", evidence)
    return Finding(WHOLE, Outcome.INCONCLUSIVE, read.ended.reason, _evidence_of(read.ended))


def _evidence_of(ended: Trouble) -> Evidence:
    evidence: dict[str, str | int | float] = {"step": ended.step}
    if ended.sw is not None:
        evidence["sw"] = f"{ended.sw:04x}"
    return evidence


def _passive(read: Reading, proof: Proof | None) -> tuple[Finding, ...]:
    if proof is None:
        checks = passive_authentication.CHECKS
        return tuple(Finding(check, Outcome.NOT_DONE, "not_read") for check in checks)
    compared = passive_authentication.compare(proof, read.data_groups)
    return (*proof.findings, *(_of_a_part(one) if read.ended else one for one in compared))


def _of_a_part(finding: Finding) -> Finding:
    """Of a reading that ended nobody can say that what was not read is missing."""
    if finding.check is not Check.NO_DATA_GROUP_IS_MISSING or finding.reason != "not_read":
        return finding
    return Finding(finding.check, Outcome.NOT_DONE, "reading_ended")


def _card_security(
    read: Reading, store: TrustStore, now_utc_s: float, proof: Proof | None
) -> Finding:
    (mapping,) = (one for one in read.findings if one.check is Check.CHIP_HOLDS_ITS_MAPPING_KEY)
    country = proof.country if proof is not None else ""
    return card_security.examine(mapping, read.card_security, store, now_utc_s, country=country)


def _genuine(findings: tuple[Finding, ...]) -> Finding:
    """Say whether the chip is the one that the data was signed for."""
    proofs = [one for one in findings if one.check in PROOFS]
    outcomes = {one.outcome for one in proofs}
    if Outcome.FAILED in outcomes:
        return Finding(GENUINE, Outcome.FAILED, "a_proof_failed")
    passed = [one.check for one in proofs if one.outcome is Outcome.PASSED]
    if passed:
        proven = [check for check in passed if _is_of_a_signed_key(check, findings)]
        if proven:
            return Finding(GENUINE, Outcome.PASSED, "holds_its_key", {"by": " ".join(proven)})
        return Finding(GENUINE, Outcome.INCONCLUSIVE, "keys_unproven", {"by": " ".join(passed)})
    if Outcome.INCONCLUSIVE in outcomes:
        return Finding(GENUINE, Outcome.INCONCLUSIVE, "not_spoken")
    if outcomes == {Outcome.NOT_APPLICABLE}:
        return Finding(GENUINE, Outcome.NOT_APPLICABLE, "no_key")
    return Finding(GENUINE, Outcome.NOT_DONE, "not_reached")


def _is_of_a_signed_key(proof: Check, findings: tuple[Finding, ...]) -> bool:
    """Say whether the key that this proof was made with is the issuer's."""
    if proof is Check.CHIP_HOLDS_ITS_MAPPING_KEY:
        return _have_passed(findings, (card_security.CHECK,))
    unaltered = next(one for one in findings if one.check is Check.DATA_GROUPS_ARE_UNALTERED)
    altered = set(str(unaltered.evidence.get("altered", "")).split())
    are_theirs = unaltered.outcome is Outcome.PASSED or (altered and not altered & KEYS_IN)
    return bool(are_theirs) and _have_passed(findings, SIGNED[:2])


def _have_passed(findings: tuple[Finding, ...], checks: tuple[Check, ...]) -> bool:
    outcomes = {one.check: one.outcome for one in findings}
    return all(outcomes.get(check) is Outcome.PASSED for check in checks)


def _checks(findings: tuple[Finding, ...]) -> frozenset[Check]:
    return frozenset(one.check for one in findings)


def _document(
    zone: Mrz, proof: Proof, picture: Portrait | None, today: date
) -> TravelDocument | None:
    read = proof.security_object
    if read is None:
        return None
    return TravelDocument(
        identity=document_identity(read.signed.content),
        issuer=zone.issuer,
        document_code=zone.document_code,
        document_number=zone.document_number,
        last_day=_last_day(zone.expiry_date, today),
        portrait=picture,
    )


def _last_day(yymmdd: str, today: date) -> int | None:
    """Return the last day as an ordinal, None where the zone tells none."""
    if not yymmdd.strip(FILLER):
        return None
    no_such_day = date.min  # doubt never lengthens a document
    return (expiry_date(yymmdd, today) or no_such_day).toordinal()
