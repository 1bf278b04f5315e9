"""What an officer is told stands against a traveller: one trouble for all findings of a decision.

The first row that fits names it, so the graver stand first. What no row names (a check that is
missing, one that no gate can do yet) has no trouble of its own; its reason is in the decision.

Source: research/domain.md 2.3 (exceptions by name).
"""

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling
from egate.domain.lane_state import Trouble

ANY = None
FAILED, UNSURE, NOT_DONE = Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE
T = Trouble
ROWS: tuple[tuple[Check, Outcome, str | None, Trouble], ...] = (
    (Check.FACE_IS_LIVE, FAILED, ANY, T.PRESENTATION_ATTACK),
    (Check.ONE_PERSON_IS_PRESENT, FAILED, ANY, T.TWO_PERSONS),
    # A chip that is not the issuer's, or not of this page.
    (Check.SECURITY_OBJECT_IS_SIGNED, FAILED, ANY, T.CHIP_FORGED),
    (Check.DOCUMENT_SIGNER_IS_TRUSTED, FAILED, ANY, T.CHIP_FORGED),
    (Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS, FAILED, ANY, T.CHIP_FORGED),
    (Check.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE, FAILED, ANY, T.CHIP_FORGED),
    (Check.DATA_GROUPS_ARE_UNALTERED, FAILED, ANY, T.CHIP_FORGED),
    (Check.NO_DATA_GROUP_IS_UNLISTED, FAILED, ANY, T.CHIP_FORGED),
    (Check.NO_DATA_GROUP_IS_MISSING, FAILED, ANY, T.CHIP_FORGED),
    (Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED, FAILED, ANY, T.CHIP_FORGED),
    (Check.CARD_SECURITY_IS_THE_ISSUERS, FAILED, ANY, T.CHIP_FORGED),
    (Check.CHIP_IS_GENUINE, FAILED, ANY, T.CHIP_FORGED),
    # A wrong clock, and a page whose own digits differ, tell more than what only they make fail.
    (Check.DOCUMENT_IS_IN_FORCE, UNSURE, "clock_went_back", T.CLOCK_NOT_SYNCHRONISED),
    (Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING, FAILED, ANY, T.CHIP_FORGED),
    (Check.MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.MRZ_COMPOSITE_HAS_ITS_DIGIT, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.CHIP_MRZ_IS_THE_PRINTED_ONE, FAILED, ANY, T.CHIP_FORGED),
    # A token that may not be used, here or now.
    (Check.PERMIT_IS_READABLE, FAILED, "identity_card_code", T.IDENTITY_CARD_CODE_SHOWN),
    (Check.PERMIT_IS_READABLE, FAILED, "visible_seal", T.VISIBLE_SEAL_SHOWN),
    (Check.PERMIT_IS_READABLE, FAILED, "not_a_permit", T.NO_PERMIT_SHOWN),
    (Check.PERMIT_IS_READABLE, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.PERMIT_IS_SIGNED, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.PERMIT_IS_NOT_REVOKED, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.PERMIT_IS_UNUSED, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.PERMIT_IS_IN_FORCE, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.DOCUMENT_SIGNER_IS_NOT_REVOKED, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.DOCUMENT_IS_IN_FORCE, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.DOCUMENT_WAS_NOT_JUST_USED, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.PERMIT_IS_FOR_THIS_SITE, FAILED, ANY, T.NOT_ELIGIBLE),
    (Check.PERMIT_IS_FOR_THIS_DIRECTION, FAILED, ANY, T.NOT_ELIGIBLE),
    (Check.PERMIT_IS_IN_FORCE, UNSURE, "clock_went_back", T.CLOCK_NOT_SYNCHRONISED),
    # A page or a chip that could not be read; without a page there is no chip to open.
    (Check.MRZ_IS_READABLE, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.MRZ_IS_READABLE, UNSURE, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.MRZ_BIRTH_DATE_HAS_ITS_DIGIT, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.MRZ_EXPIRY_DATE_HAS_ITS_DIGIT, FAILED, ANY, T.DOCUMENT_WRONGLY_PLACED),
    (Check.CHIP_WAS_READ_WHOLE, UNSURE, "no_card", T.DOCUMENT_WRONGLY_PLACED),
    (Check.CHIP_WAS_READ_WHOLE, UNSURE, "reader_lost", T.DEVICE_LOST),
    (Check.CHIP_WAS_READ_WHOLE, UNSURE, ANY, T.CHIP_UNREADABLE),
    (Check.PACE_IS_NOT_BYPASSED, FAILED, ANY, T.CHIP_UNREADABLE),
    (Check.DOCUMENT_HAS_A_PORTRAIT, FAILED, ANY, T.CHIP_UNREADABLE),
    # What nobody here can say.
    # A state that is not known here has no revocation list here either: the first row tells more.
    (Check.DOCUMENT_SIGNER_IS_TRUSTED, UNSURE, ANY, T.NOT_ELIGIBLE),
    (Check.PERMIT_IS_SIGNED, UNSURE, ANY, T.CENTRE_LOST),
    (Check.PERMIT_IS_NOT_REVOKED, UNSURE, ANY, T.CENTRE_LOST),
    (Check.DOCUMENT_SIGNER_IS_NOT_REVOKED, UNSURE, ANY, T.CENTRE_LOST),
    (Check.CHIP_IS_GENUINE, Outcome.NOT_APPLICABLE, ANY, T.NOT_ELIGIBLE),
    # The face.
    (Check.REFERENCE_FACE_IS_AVAILABLE, FAILED, ANY, T.TOKEN_REFUSED),
    (Check.FACE_IS_THE_HOLDER, FAILED, ANY, T.FACE_MISMATCH),
    (Check.FACE_IS_THE_HOLDER, UNSURE, "near_threshold", T.FACE_MISMATCH),
    (Check.FACE_IS_THE_HOLDER, UNSURE, ANY, T.DEVICE_LOST),
    (Check.PORTRAIT_IS_OF_ONE_PERSON, UNSURE, ANY, T.FACE_MISMATCH),
    (Check.FACE_IS_THE_HOLDER, NOT_DONE, ANY, T.FACE_NOT_CAPTURED),
    (Check.FACE_IS_LIVE, UNSURE, ANY, T.FACE_NOT_CAPTURED),
    # The finger, which is asked for once the face is the holder's.
    (Check.FINGER_SENSOR_IS_BELIEVED, FAILED, ANY, T.TAMPER),
    (Check.REFERENCE_FINGER_IS_AVAILABLE, FAILED, ANY, T.NOT_ELIGIBLE),
    (Check.FINGER_IS_THE_HOLDER, FAILED, ANY, T.FINGER_MISMATCH),
    (Check.FINGER_IS_THE_HOLDER, UNSURE, ANY, T.DEVICE_LOST),
    (Check.FINGER_IS_THE_HOLDER, NOT_DONE, ANY, T.FINGER_NOT_CAPTURED),
)


def trouble_of(decision: Decision) -> Trouble | None:
    """Return the gravest trouble among the findings of a decision, None for an admission."""
    if decision.ruling is Ruling.ADMIT:
        return None
    for check, outcome, reason, trouble in ROWS:
        if any(_fits(finding, check, outcome, reason) for finding in decision.findings):
            return trouble
    return None


def _fits(finding: Finding, check: Check, outcome: Outcome, reason: str | None) -> bool:
    return (
        finding.check is check
        and finding.outcome is outcome
        and (reason is ANY or finding.reason == reason)
    )
