"""A permit as the text of its QR code: `BG1:` and base45 of a CWT in a COSE_Sign1.

    text        BG1: and base45                     hostile_characters, truncated, bad_structure
    COSE_Sign1  tag 18, nothing unprotected         truncated, bad_structure
    header      {alg: ES256, kid: 8 bytes}          bad_structure
    issuer      kid in the signed list, in force    unknown_issuer_key, issuer_key_expired,
                                                    issuer_key_not_yet_valid, bad_signature
    claims      claims.py, read after the signature bad_structure

Reading is total: whatever the text, it ends in findings and raises nothing; what was in the
text is in no finding. Time and place of the permit are egate.inspection's.

Source: research/mrz_qr.md section 6; RFC 8392; RFC 9052; RFC 9285.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from egate.domain.check import Check, Evidence, Finding, Outcome
from egate.domain.token import Permit
from egate.permit import base45, claims, cose
from egate.permit.base45 import Base45Error
from egate.permit.cbor import CborError, Value
from egate.permit.claims import ClaimsError
from egate.permit.cose import Sign1
from egate.permit.issuers import Issuers
from egate.permit.keys import KEY_ID_BYTES, key_id

PREFIX = "BG1:"
MAX_CHARACTERS = 1200  # twice the largest permit that claims.py allows
PRINTABLE = range(0x20, 0x7F)


class PermitUnreadable(Exception):
    """This text is no permit; `reason` is the code a finding carries, never the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a text: a permit only when every finding passed."""

    permit: Permit | None
    findings: tuple[Finding, ...]


def sign(permit: Permit, key: ec.EllipticCurvePrivateKey) -> str:
    """Return the text of the QR code for `permit`, signed with the issuer's key.

    Raises:
        ClaimsError: a field is out of its bounds.
        ValueError: `permit.issuer_key` is not the key id of `key`.
    """
    kid = key_id(key.public_key())
    if permit.issuer_key != kid.hex():
        raise ValueError("the permit names another issuer key")
    header: dict[int, Value] = {cose.ALG: cose.ES256, cose.KID: kid}
    return PREFIX + base45.encode(cose.sign(claims.encode(permit), header, key))


def read(text: str, issuers: Issuers, now_utc_s: float) -> Reading:
    """Read a permit and prove its signature against the issuers' list.

    The findings are PERMIT_IS_READABLE and PERMIT_IS_SIGNED, always both, in this order.
    """
    try:
        message, kid = _envelope(text)
    except PermitUnreadable as error:
        return Reading(None, (_unreadable(error.reason), _unsigned("unreadable")))
    readable = Finding(
        Check.PERMIT_IS_READABLE, Outcome.PASSED, "readable", {"characters": len(text)}
    )
    signed = _examine_signature(message, kid, issuers, now_utc_s)
    if signed.outcome is not Outcome.PASSED:
        return Reading(None, (readable, signed))
    try:
        permit = claims.decode(message.payload, kid.hex())
    except (CborError, ClaimsError):
        return Reading(None, (_unreadable("bad_structure"), signed))
    return Reading(permit, (readable, signed))


def unproven(text: str) -> Permit:
    """Return what a text claims to permit, its signature not looked at: for showing only.

    Raises:
        PermitUnreadable: it is no permit.
    """
    message, kid = _envelope(text)
    try:
        return claims.decode(message.payload, kid.hex())
    except CborError as error:
        raise PermitUnreadable(error.reason) from error
    except ClaimsError as error:
        raise PermitUnreadable("bad_structure") from error


def _envelope(text: str) -> tuple[Sign1, bytes]:
    """Take the envelope apart; return the message and the key id its header names."""
    _look_at(text)
    try:
        message = cose.decode(base45.decode(text.removeprefix(PREFIX)))
        header = message.header()
    except (Base45Error, CborError) as error:
        raise PermitUnreadable(error.reason) from error
    match header:
        case {cose.ALG: cose.ES256, cose.KID: bytes(kid)} if (
            len(header) == 2 and len(kid) == KEY_ID_BYTES and not message.unprotected
        ):
            return message, kid
        case _:
            raise PermitUnreadable("bad_structure")


def _look_at(text: str) -> None:
    """Refuse what cannot be a permit before anything is decoded."""
    if len(text) > MAX_CHARACTERS:
        raise PermitUnreadable("oversized")
    if any(ord(character) not in PRINTABLE for character in text):
        raise PermitUnreadable("hostile_characters")
    if not text.startswith(PREFIX):
        raise PermitUnreadable("truncated" if PREFIX.startswith(text) else "not_a_permit")


def _examine_signature(message: Sign1, kid: bytes, issuers: Issuers, now_utc_s: float) -> Finding:
    """Say whether a listed issuer, in force now, signed this message."""
    evidence: Evidence = {"issuer_key": kid.hex(), "list_version": issuers.version}
    standing = issuers.standing(now_utc_s)
    if standing is not None:
        return Finding(Check.PERMIT_IS_SIGNED, Outcome.INCONCLUSIVE, standing, evidence)
    issuer = issuers.keys.get(kid.hex())
    if issuer is None:
        return Finding(Check.PERMIT_IS_SIGNED, Outcome.FAILED, "unknown_issuer_key", evidence)
    lapsed = issuer.standing(now_utc_s)
    if lapsed is not None:
        return Finding(Check.PERMIT_IS_SIGNED, Outcome.FAILED, lapsed, evidence)
    if not message.is_signed_by(issuer.public_key):
        return Finding(Check.PERMIT_IS_SIGNED, Outcome.FAILED, "bad_signature", evidence)
    return Finding(Check.PERMIT_IS_SIGNED, Outcome.PASSED, "signed", evidence)


def _unreadable(reason: str) -> Finding:
    return Finding(Check.PERMIT_IS_READABLE, Outcome.FAILED, reason)


def _unsigned(reason: str) -> Finding:
    return Finding(Check.PERMIT_IS_SIGNED, Outcome.NOT_DONE, reason)
