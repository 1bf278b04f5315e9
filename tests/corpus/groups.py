"""What is told together: the words for a whole stretch that was not reached, or cannot be told.

Source: egate/document/inspected.py (what is told of a reading that ended).
"""

from egate.document import passive_authentication
from egate.domain.check import Check
from tests.corpus.case import Told, each, failed, not_done, unsure

C = Check

# Nothing proven to be in force, or just used.
NO_DOCUMENT: Told = {C.DOCUMENT_IS_IN_FORCE: None, C.DOCUMENT_WAS_NOT_JUST_USED: None}

ALTERED: Told = NO_DOCUMENT | {C.DATA_GROUPS_ARE_UNALTERED: failed("altered")}
KEYS_UNPROVEN: Told = {C.CHIP_IS_GENUINE: unsure("keys_unproven")}
A_PROOF_FAILED: Told = {C.CHIP_IS_GENUINE: failed("a_proof_failed")}
COM_DIFFERS: Told = {C.COM_AGREES_WITH_THE_SECURITY_OBJECT: failed("data_groups_differ")}
NOT_READ: Told = {C.NO_DATA_GROUP_IS_MISSING: failed("not_read")}
NOT_REACHED: Told = {C.NO_DATA_GROUP_IS_MISSING: not_done("reading_ended")}
NO_PORTRAIT: Told = {C.DOCUMENT_HAS_A_PORTRAIT: not_done("not_read")}
NO_CHIP_ZONE: Told = NO_DOCUMENT | {
    C.CHIP_MRZ_IS_THE_PRINTED_ONE: not_done("no_chip_zone"),
    C.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE: not_done("no_chip_zone"),
}
NO_CHIP_KEY: Told = A_PROOF_FAILED | {
    C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: failed("key_missing")
}
NO_SIGNING_KEY: Told = A_PROOF_FAILED | {
    C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: failed("key_missing")
}

# The reading ended before the data groups came, before the chip's proofs, before EF.SOD.
NO_DATA_GROUPS: Told = NO_CHIP_ZONE | NO_PORTRAIT
NO_PROOF_OF_THE_CHIP: Told = {
    C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: not_done("not_reached"),
    C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: not_done("not_reached"),
    C.CHIP_ACCEPTS_THE_TERMINAL: not_done("not_reached"),
    C.CHIP_IS_GENUINE: not_done("not_reached"),
    C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: not_done("not_reached"),
    C.COM_AGREES_WITH_THE_SECURITY_OBJECT: not_done("not_reached"),
}
NOTHING_BEHIND_CHIP_AUTHENTICATION: Told = (
    NO_DATA_GROUPS
    | NOT_REACHED
    | A_PROOF_FAILED
    | {
        C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: not_done("not_reached"),
        C.CHIP_ACCEPTS_THE_TERMINAL: not_done("not_reached"),
        C.COM_AGREES_WITH_THE_SECURITY_OBJECT: not_done("not_reached"),
    }
)
NO_SECURITY_OBJECT: Told = (
    NO_DATA_GROUPS
    | NO_PROOF_OF_THE_CHIP
    | each(passive_authentication.CHECKS, not_done("not_read"))
    | {C.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE: not_done("no_document_signer")}
)
NOTHING_BEHIND_ACCESS: Told = NO_SECURITY_OBJECT | {
    C.CHIP_HOLDS_ITS_MAPPING_KEY: not_done("not_reached"),
    C.CARD_SECURITY_IS_THE_ISSUERS: not_done("not_reached"),
}


def ended(reason: str) -> Told:
    """Say why the reading ended before its end."""
    return NO_DOCUMENT | {
        C.CHIP_WAS_READ_WHOLE: unsure(reason),
        C.SECURE_MESSAGING_IS_UNBROKEN: not_done("not_reached"),
    }


def no_basic_access(reason: str) -> Told:
    """Say that basic access control failed: nothing is behind it."""
    return NO_SECURITY_OBJECT | ended(reason) | {C.ACCESS_CONTROL_IS_ESTABLISHED: failed(reason)}


def pace_failed(reason: str) -> Told:
    """Say that PACE failed: nothing is behind it."""
    return (
        NOTHING_BEHIND_ACCESS
        | ended(reason)
        | {C.ACCESS_CONTROL_IS_ESTABLISHED: failed(reason), C.PACE_IS_NOT_BYPASSED: failed(reason)}
    )


def channel_broke(reason: str) -> Told:
    """Say that secure messaging broke."""
    return ended(reason) | {C.SECURE_MESSAGING_IS_UNBROKEN: failed(reason)}


def void(reason: str) -> Told:
    """Say that no chip was read: nothing it may have said counts."""
    not_read = each(
        (
            C.ACCESS_CONTROL_IS_ESTABLISHED,
            C.PACE_IS_NOT_BYPASSED,
            C.CARD_ACCESS_IS_WHAT_WAS_SIGNED,
            C.SECURE_MESSAGING_IS_UNBROKEN,
            C.CHIP_HOLDS_ITS_MAPPING_KEY,
            C.CARD_SECURITY_IS_THE_ISSUERS,
            C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY,
            C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY,
            C.CHIP_ACCEPTS_THE_TERMINAL,
            C.CHIP_IS_GENUINE,
            C.COM_AGREES_WITH_THE_SECURITY_OBJECT,
            *passive_authentication.CHECKS,
            C.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE,
            C.CHIP_MRZ_IS_THE_PRINTED_ONE,
            C.DOCUMENT_HAS_A_PORTRAIT,
        ),
        not_done("not_read"),
    )
    return ended(reason) | not_read
