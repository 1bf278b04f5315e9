"""A check and what came of it: never a bool, never a pass without evidence.

Source: DESIGN section 6; BSI TR-03135-1 (each check reported by itself).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

Evidence = Mapping[str, str | int | float]
NO_EVIDENCE: Evidence = MappingProxyType({})


class Check(StrEnum):
    """One question asked of a traveller; the name says what a pass proves."""

    PERMIT_IS_READABLE = "permit_is_readable"
    PERMIT_IS_SIGNED = "permit_is_signed"
    PERMIT_IS_IN_FORCE = "permit_is_in_force"
    PERMIT_IS_FOR_THIS_SITE = "permit_is_for_this_site"
    PERMIT_IS_FOR_THIS_DIRECTION = "permit_is_for_this_direction"
    PERMIT_IS_NOT_REVOKED = "permit_is_not_revoked"
    PERMIT_IS_UNUSED = "permit_is_unused"
    MRZ_IS_READABLE = "mrz_is_readable"
    MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT = "mrz_document_number_has_its_digit"
    MRZ_BIRTH_DATE_HAS_ITS_DIGIT = "mrz_birth_date_has_its_digit"
    MRZ_EXPIRY_DATE_HAS_ITS_DIGIT = "mrz_expiry_date_has_its_digit"
    MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT = "mrz_optional_data_has_its_digit"
    MRZ_COMPOSITE_HAS_ITS_DIGIT = "mrz_composite_has_its_digit"
    CHIP_WAS_READ_WHOLE = "chip_was_read_whole"
    ACCESS_CONTROL_IS_ESTABLISHED = "access_control_is_established"
    PACE_IS_NOT_BYPASSED = "pace_is_not_bypassed"
    CARD_ACCESS_IS_WHAT_WAS_SIGNED = "card_access_is_what_was_signed"
    SECURE_MESSAGING_IS_UNBROKEN = "secure_messaging_is_unbroken"
    CHIP_HOLDS_ITS_MAPPING_KEY = "chip_holds_its_mapping_key"  # worth what the next one is
    CARD_SECURITY_IS_THE_ISSUERS = "card_security_is_the_issuers"
    CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY = "chip_holds_its_chip_authentication_key"
    CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY = "chip_holds_its_active_authentication_key"
    CHIP_IS_GENUINE = "chip_is_genuine"
    CHIP_ACCEPTS_THE_TERMINAL = "chip_accepts_the_terminal"
    COM_AGREES_WITH_THE_SECURITY_OBJECT = "com_agrees_with_the_security_object"
    SECURITY_OBJECT_IS_SIGNED = "security_object_is_signed"
    SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED = "security_object_algorithms_are_allowed"
    DOCUMENT_SIGNER_IS_TRUSTED = "document_signer_is_trusted"
    DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS = "document_signer_may_sign_documents"
    DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING = "document_signer_was_in_force_when_signing"
    DOCUMENT_SIGNER_IS_IN_FORCE = "document_signer_is_in_force"
    COUNTRY_SIGNER_IS_IN_FORCE = "country_signer_is_in_force"
    DOCUMENT_SIGNER_IS_NOT_REVOKED = "document_signer_is_not_revoked"
    DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE = "document_signer_is_of_the_issuing_state"
    DATA_GROUPS_ARE_UNALTERED = "data_groups_are_unaltered"
    NO_DATA_GROUP_IS_UNLISTED = "no_data_group_is_unlisted"
    NO_DATA_GROUP_IS_MISSING = "no_data_group_is_missing"
    CHIP_MRZ_IS_THE_PRINTED_ONE = "chip_mrz_is_the_printed_one"
    SEAL_IS_READABLE = "seal_is_readable"  # of a visible digital seal; reported, never required
    SEAL_IS_SIGNED = "seal_is_signed"
    SEAL_SIGNER_IS_TRUSTED = "seal_signer_is_trusted"
    SEAL_SIGNER_IS_OF_THE_ISSUING_STATE = "seal_signer_is_of_the_issuing_state"
    SEAL_SIGNER_MAY_SIGN_SEALS = "seal_signer_may_sign_seals"
    SEAL_SIGNER_WAS_IN_FORCE_WHEN_SIGNING = "seal_signer_was_in_force_when_signing"
    SEAL_SIGNER_IS_NOT_REVOKED = "seal_signer_is_not_revoked"
    SEAL_IS_FOR_THE_DOCUMENT = "seal_is_for_the_document"
    CARD_CODE_IS_FOR_THE_DOCUMENT = "card_code_is_for_the_document"
    DOCUMENT_HAS_A_PORTRAIT = "document_has_a_portrait"
    DOCUMENT_IS_IN_FORCE = "document_is_in_force"
    DOCUMENT_WAS_NOT_JUST_USED = "document_was_not_just_used"
    PORTRAIT_IS_OF_ONE_PERSON = "portrait_is_of_one_person"
    REFERENCE_FACE_IS_AVAILABLE = "reference_face_is_available"
    FACE_IS_THE_HOLDER = "face_is_the_holder"
    FACE_PERSISTS_AND_STIRS = "face_persists_and_stirs"
    FACE_IS_NOT_FLAT = "face_is_not_flat"
    FACE_SHOWS_NO_SCREEN_OR_PAPER = "face_shows_no_screen_or_paper"
    FACE_ANSWERS_THE_LIGHT = "face_answers_the_light"
    FACE_IS_SEEN_IN_INFRARED = "face_is_seen_in_infrared"
    FACE_HAS_DEPTH = "face_has_depth"
    FACE_TURNS_AS_ASKED = "face_turns_as_asked"
    FACE_IS_LIVE = "face_is_live"  # what the policy makes of the seven before it
    REFERENCE_FINGER_IS_AVAILABLE = "reference_finger_is_available"
    FINGER_SENSOR_IS_BELIEVED = "finger_sensor_is_believed"  # it tells other people's fingers apart
    FINGER_IS_THE_HOLDER = "finger_is_the_holder"
    ONE_PERSON_IS_PRESENT = "one_person_is_present"


class Outcome(StrEnum):
    """The five answers a check can have."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one check, with a reason code and what it rests on.

    Evidence holds measures (scores, thresholds, counts, key ids), never personal data.

    >>> Finding(Check.FACE_IS_THE_HOLDER, Outcome.PASSED, "match")
    Traceback (most recent call last):
    ...
    ValueError: face_is_the_holder passed without evidence
    """

    check: Check
    outcome: Outcome
    reason: str
    evidence: Evidence = field(default_factory=lambda: NO_EVIDENCE, hash=False)

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError(f"{self.check} has no reason")
        if self.outcome is Outcome.PASSED and not self.evidence:
            raise ValueError(f"{self.check} passed without evidence")
