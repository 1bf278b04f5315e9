"""Who signed a master list or a deviation list, proven up to a country signer that is pinned.

A list is worth what its signer is worth. The signer must be made for that kind of list, have been
in force when it signed, not be revoked, and be signed by a country signer the operator has put in
by hand: one that came in a list vouches for documents, never for further lists.

Source: ICAO 9303-12 sections 7.1.1.3, 9 and 10; research/emrtd.md 6.2 (rule 11).
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from egate.document import cms
from egate.document.certificates import (
    DEVIATION_LIST_SIGNING,
    MASTER_LIST_SIGNING,
    Certificate,
)
from egate.document.cms import CmsRefused, Signature, SignedData
from egate.document.trust_store import TrustStore

MAX_LIST: Final = 16_777_216
CLOCKS_APART_S: Final = 86_400  # a list dated later than this would lock out all that follow


class ListRefused(Exception):
    """This list must not be used; `reason` is a code, `country` who claims to have signed it.

    another_kind, no_signing_time, signed_in_the_future, signer_for_another_purpose,
    signer_not_in_force, signer_revoked, signer_not_pinned, those of CmsRefused and of
    cms.signatures, and of the list's own room.
    """

    def __init__(self, reason: str, country: str = "") -> None:
        super().__init__(f"the list is refused: {reason}")
        self.reason = reason
        self.country = country


class ListKind(Enum):
    """A kind of list: the type of its content and the purpose of its signer."""

    MASTER_LIST = ("2.23.136.1.1.2", MASTER_LIST_SIGNING)
    DEVIATION_LIST = ("2.23.136.1.1.7", DEVIATION_LIST_SIGNING)


@dataclass(frozen=True, slots=True)
class ProvenList:
    """A list whose signer is proven; what is in `content` is its own room's business."""

    kind: ListKind
    content: bytes = field(repr=False)
    signed_at_utc_s: float
    signer: Certificate
    country_signer: Certificate


def prove(raw: bytes, pinned: TrustStore, now_utc_s: float) -> ProvenList:
    """Return the list in `raw`, its signer proven up to a pinned country signer.

    Raises:
        ListRefused: nothing of it may be used.
    """
    try:
        signed = cms.decode(raw, MAX_LIST)
    except CmsRefused as refusal:
        raise ListRefused(refusal.reason) from None
    kind = next((one for one in ListKind if one.value[0] == signed.content_type), None)
    if kind is None:
        raise ListRefused("another_kind")
    made, reason = cms.signatures(signed)
    if not made:
        raise ListRefused(reason, _claimed(signed))
    return _proven(signed, kind, made[0], (pinned, now_utc_s))


def _proven(
    signed: SignedData, kind: ListKind, made: Signature, against: tuple[TrustStore, float]
) -> ProvenList:
    """Hold the signer against its purpose, its time and the pinned country signers."""
    pinned, now_utc_s = against
    signer, at_utc_s = made.certificate, made.signer.signing_time_utc_s
    if at_utc_s is None:
        raise ListRefused("no_signing_time", signer.country)
    if at_utc_s > now_utc_s + CLOCKS_APART_S:
        raise ListRefused("signed_in_the_future", signer.country)
    if kind.value[1] not in signer.extensions.purposes:
        raise ListRefused("signer_for_another_purpose", signer.country)
    chain = pinned.chain(signer)
    if chain.signer is None or chain.signer.country != signer.country:
        raise ListRefused("signer_not_pinned", signer.country)
    if signer.valid.standing(at_utc_s) is not None:
        raise ListRefused("signer_not_in_force", signer.country)
    if any(signer.serial in one.serials for one in pinned.lists_for(signer)):
        raise ListRefused("signer_revoked", signer.country)
    return ProvenList(kind, signed.content, at_utc_s, signer, chain.signer)


def _claimed(signed: SignedData) -> str:
    return signed.certificates[0].country if signed.certificates else ""
