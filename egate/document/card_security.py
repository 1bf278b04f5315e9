"""EF.CardSecurity: the key that chip authentication mapping uses, and who signed it.

    30 signed data {SecurityInfos: what EF.CardAccess says, and the chip's static keys}

PACE with chip authentication mapping proves that the chip holds one of these keys. Whose key that
is, the signature says: a clone that wrote its own EF.CardSecurity holds its key just as well. So
`chip_holds_its_mapping_key` is worth nothing without `card_security_is_the_issuers`, which asks
of the signer what passive authentication asks of EF.SOD's, by the same questions, and passes when
all of them do. What a question answers, and which it was, is the finding's.

Source: ICAO 9303-11, 9.2.11 (what is in it) and J.1, step 3 (what the proof needs); BSI
TR-03110-3, A.1.2.5 (id-SecurityObject); research/emrtd.md 6.2, rule 2.
"""

from contextlib import suppress
from typing import Final

from egate.document import cms
from egate.document.agreement_key import read_agreement_key
from egate.document.chip_authentication import MOST_KEYS
from egate.document.cms import CmsRefused
from egate.document.document_signer_checks import (
    KEY_ID_DIGITS,
    QUESTIONS,
    STRICT,
    Inquiry,
    Policy,
    inquire,
    unproven,
)
from egate.document.domain_parameters import KeyRefused
from egate.document.lds import CARD_SECURITY, LdsError
from egate.document.security_infos import ChipAuthenticationPublicKeyInfo, read_security_infos
from egate.document.trust_store import TrustStore
from egate.domain.check import Check, Evidence, Finding, Outcome

CHECK: Final = Check.CARD_SECURITY_IS_THE_ISSUERS
CONTENT_TYPE: Final = "0.4.0.127.0.7.3.2.1"  # id-SecurityObject

# The mapping was not carried out, so nothing rests on the file.
_SAYS_NOTHING: Final = frozenset({Outcome.NOT_APPLICABLE, Outcome.NOT_DONE})
_WORST_FIRST: Final = (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE)


def read_mapping_keys(raw: bytes) -> tuple[bytes, ...]:
    """Return the static keys in EF.CardSecurity, as they go over the wire; believed by nobody."""
    try:
        content = cms.decode(raw, CARD_SECURITY.limit).content
        infos = read_security_infos(content, CARD_SECURITY.name)
    except (CmsRefused, LdsError):
        return ()
    listed = [info for info in infos if isinstance(info, ChipAuthenticationPublicKeyInfo)]
    found = []
    for info in listed[:MOST_KEYS]:
        with suppress(KeyRefused):
            found.append(read_agreement_key(info.public_key)[1])
    return tuple(found)


def examine(  # noqa: PLR0913  # what passive authentication is asked with, and the mapping
    mapping: Finding,
    card_security_file: bytes,
    store: TrustStore,
    now_utc_s: float,
    policy: Policy = STRICT,
    *,
    country: str = "",
) -> Finding:
    """Answer whether the keys of EF.CardSecurity are the issuer's; total, whatever the bytes.

    Args:
        mapping: what the reading found about `chip_holds_its_mapping_key`.
        card_security_file: EF.CardSecurity as read; empty when it was not.
        store: whom to trust.
        now_utc_s: the time of the inspection.
        policy: which algorithms are taken.
        country: EF.SOD's signer's (`Proof.country`): another state's signature says nothing
            of this document. Empty when there is none.
    """
    if mapping.outcome in _SAYS_NOTHING:
        return Finding(CHECK, mapping.outcome, mapping.reason)
    if not card_security_file:
        return Finding(CHECK, Outcome.NOT_DONE, "not_read")
    try:
        signed = cms.decode(card_security_file, CARD_SECURITY.limit)
    except CmsRefused as refusal:
        return Finding(CHECK, Outcome.FAILED, refusal.reason)
    if signed.content_type != CONTENT_TYPE:
        return Finding(CHECK, Outcome.FAILED, "another_content_type")
    inquiry, reason = inquire(signed, (), store, now_utc_s, policy)
    return _answered(inquiry, country) if inquiry else Finding(CHECK, unproven(reason), reason)


def _answered(inquiry: Inquiry, country: str) -> Finding:
    """Ask every question; the worst answer is the answer, and passed is that none is bad."""
    if country not in {"", inquiry.signer.country}:
        evidence: Evidence = {"country": inquiry.signer.country, "document": country}
        return Finding(CHECK, Outcome.FAILED, "signer_of_another_country", evidence)
    answers = [ask(inquiry) for ask in QUESTIONS]
    for outcome in _WORST_FIRST:
        for answer in answers:
            if answer.outcome is outcome:
                evidence = {**answer.evidence, "asked": answer.check.value}
                return Finding(CHECK, outcome, answer.reason, evidence)
    assert inquiry.signature is not None
    assert inquiry.chain.signer is not None
    evidence = {
        "algorithm": str(inquiry.signature.signer.scheme),
        "country": inquiry.signer.country,
        "signer": inquiry.signer.fingerprint[:KEY_ID_DIGITS],
        "country_signer": inquiry.chain.signer.fingerprint[:KEY_ID_DIGITS],
    }
    return Finding(CHECK, Outcome.PASSED, "signed_by_its_state", evidence)
