"""Cases of what a chip proves of itself, what it makes of the terminal, and how it leaves.

Source: research/emrtd.md 6.2 (rules 2 to 5, 17 to 19 and 22).
"""

from dataclasses import replace

from egate.document.file_reading import Limits
from egate.document.lds import DATA_GROUPS
from egate.document.reading_result import Plan
from egate.document.symmetric import Cipher
from egate.document.terminal_authentication import Terminal
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from egate.wire.apdu import Sw
from simulators.card_chip import Messaging, Troubles
from simulators.document_factory import CardSecurity, Document, Faults, Signer
from simulators.terminal_pki import Verifiers, usual_terminal
from simulators.vpcd import Radio
from tests.corpus import pictures
from tests.corpus.case import Case, Gate, Said, Told, failed, left_out, not_done, passed, unsure
from tests.corpus.groups import (
    A_PROOF_FAILED,
    KEYS_UNPROVEN,
    NO_DATA_GROUPS,
    NO_PORTRAIT,
    NOT_REACHED,
    NOTHING_BEHIND_CHIP_AUTHENTICATION,
    channel_broke,
    ended,
    void,
)
from tests.corpus.kinds import (
    CAM_KIND,
    CARD_KIND,
    CHIP_KEY_KIND,
    FULL,
    KEYLESS_KIND,
    LAST_COMMAND,
    MAPPING_KIND,
    OLDER_KIND,
    PASSPORT_KIND,
    TO_READ_COM,
    TO_SIGN,
    kind,
)

C, T = Check, Trouble
CHIP_KEY = C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY
SIGNING_KEY = C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY
MAPPING_KEY = C.CHIP_HOLDS_ITS_MAPPING_KEY
CARD_SECURITY = C.CARD_SECURITY_IS_THE_ISSUERS
PATIENT = Gate(deadline_s=2.0)  # for another card, once the one that was there has left


def with_other_key_id(document: Document) -> Document:
    """Return a document whose chip knows its key by another number."""
    keys = tuple((replace(key, key_id=9), private) for key, private in document.chip_keys)
    return replace(document, chip_keys=keys)


CLONES = (
    Case(
        "a cloned chip without the key of chip authentication",
        PASSPORT_KIND,
        NOTHING_BEHIND_CHIP_AUTHENTICATION
        | channel_broke("unprotected_response")
        | {CHIP_KEY: failed("not_proven")},
        T.CHIP_FORGED,
        faults=Faults(is_cloned=True),
    ),
    Case(
        "a cloned chip without the key of active authentication, ECDSA",
        replace(
            PASSPORT_KIND,
            description=replace(PASSPORT_KIND.description, chip_key=None),
            odd={CHIP_KEY: left_out("not_listed")},
        ),
        A_PROOF_FAILED | {SIGNING_KEY: failed("signature_differs")},
        T.CHIP_FORGED,
        faults=Faults(is_cloned=True),
    ),
    Case(
        "a cloned older passport without the key of active authentication, RSA",
        OLDER_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("trailer_unknown")},
        T.CHIP_FORGED,
        faults=Faults(is_cloned=True),
    ),
    Case(
        "a cloned chip without the key of chip authentication mapping",
        MAPPING_KIND,
        A_PROOF_FAILED | {MAPPING_KEY: failed("key_not_held")},
        T.CHIP_FORGED,
        faults=Faults(is_cloned=True),
    ),
    Case(
        "a clone of a document that proves nothing of its chip",
        KEYLESS_KIND,
        {},
        T.NOT_ELIGIBLE,
        faults=Faults(is_cloned=True),
    ),
)

MAPPINGS = (
    Case(
        "EF.CardSecurity with the forger's key",
        MAPPING_KIND,
        KEYS_UNPROVEN | {CARD_SECURITY: failed("wrong_message_digest")},
        T.CHIP_FORGED,
        faults=Faults(card_security=CardSecurity.ALTERED),
    ),
    Case(
        "EF.CardSecurity with a signature that is none",
        MAPPING_KIND,
        KEYS_UNPROVEN | {CARD_SECURITY: failed("signature_does_not_verify")},
        T.CHIP_FORGED,
        faults=Faults(card_security=CardSecurity.SPOILT),
    ),
    Case(
        "EF.CardSecurity signed as something else",
        MAPPING_KIND,
        KEYS_UNPROVEN | {CARD_SECURITY: failed("another_content_type")},
        T.CHIP_FORGED,
        faults=Faults(card_security=CardSecurity.OF_ANOTHER_KIND),
    ),
    Case(
        "no EF.CardSecurity",
        MAPPING_KIND,
        A_PROOF_FAILED | {MAPPING_KEY: failed("key_missing"), CARD_SECURITY: not_done("not_read")},
        T.CHIP_FORGED,
        faults=Faults(card_security=CardSecurity.MISSING),
    ),
    *(
        Case(
            f"EF.CardSecurity of a signer that is {signer.value}",
            MAPPING_KIND,
            KEYS_UNPROVEN | {CARD_SECURITY: failed(reason)},
            T.CHIP_FORGED,
            faults=Faults(card_security_signer=signer),
        )
        for signer, reason in (
            (Signer.SUBSTITUTED, "named_country_signer_did_not_sign"),
            (Signer.REVOKED, "document_signer_revoked"),
            (Signer.OF_LISTS, "signer_for_another_purpose"),
        )
    ),
    Case(
        "EF.CardSecurity with the forger's key, where chip authentication proves the chip",
        CAM_KIND,
        {CARD_SECURITY: failed("wrong_message_digest")},
        T.CHIP_FORGED,
        faults=Faults(card_security=CardSecurity.ALTERED),
    ),
)

PROOFS = (
    Case(
        "chip authentication refused",
        PASSPORT_KIND,
        A_PROOF_FAILED | {CHIP_KEY: failed("refused")},
        T.CHIP_FORGED,
        troubles=Troubles(chip_authentication=Sw.INCORRECT_DATA),
    ),
    Case(
        "chip authentication refused by the old way of 3DES",
        replace(
            CHIP_KEY_KIND,
            description=replace(CHIP_KEY_KIND.description, chip_key=(Cipher.TRIPLE_DES, 12)),
        ),
        A_PROOF_FAILED | {CHIP_KEY: failed("refused")},
        T.CHIP_FORGED,
        troubles=Troubles(chip_authentication=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
    ),
    Case(
        "a chip that knows its key by another number",
        replace(PASSPORT_KIND, description=replace(PASSPORT_KIND.description, chip_key_id=3)),
        A_PROOF_FAILED | {CHIP_KEY: failed("refused")},
        T.CHIP_FORGED,
        changed=with_other_key_id,
    ),
    Case(
        "a chip that lost its chip key",
        PASSPORT_KIND,
        A_PROOF_FAILED | {CHIP_KEY: failed("refused")},
        T.CHIP_FORGED,
        changed=lambda document: replace(document, chip_keys=()),
    ),
    Case(
        "the first answer on the new channel does not verify",
        PASSPORT_KIND,
        NOTHING_BEHIND_CHIP_AUTHENTICATION
        | channel_broke("mac_differs")
        | {CHIP_KEY: failed("not_proven")},
        T.CHIP_FORGED,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=TO_READ_COM),
    ),
    Case(
        "active authentication refused",
        PASSPORT_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("refused")},
        T.CHIP_FORGED,
        troubles=Troubles(active_authentication=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
    ),
    Case(
        "active authentication refused, 6D00",
        OLDER_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("refused")},
        T.CHIP_FORGED,
        troubles=Troubles(active_authentication=Sw.INSTRUCTION_NOT_SUPPORTED),
    ),
    Case(
        "another challenge signed, ECDSA",
        PASSPORT_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("signature_differs")},
        T.CHIP_FORGED,
        troubles=Troubles(signs_wrongly=True),
    ),
    Case(
        "another challenge signed, RSA",
        CARD_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("hash_differs")},
        T.CHIP_FORGED,
        troubles=Troubles(signs_wrongly=True),
    ),
    Case(
        "a chip that lost its signing key",
        PASSPORT_KIND,
        A_PROOF_FAILED | {SIGNING_KEY: failed("refused")},
        T.CHIP_FORGED,
        changed=lambda document: replace(document, signing_key=None),
    ),
    Case(
        "the signature does not come through the channel",
        PASSPORT_KIND,
        NO_DATA_GROUPS
        | NOT_REACHED
        | channel_broke("mac_differs")
        | A_PROOF_FAILED
        | {
            SIGNING_KEY: failed("mac_differs"),
            C.CHIP_ACCEPTS_THE_TERMINAL: not_done("not_reached"),
        },
        T.CHIP_FORGED,
        troubles=Troubles(messaging=Messaging.ALTERED, messaging_at=TO_SIGN),
    ),
)

LINE = (
    *(
        Case(
            f"the card leaves after {size} bytes",
            PASSPORT_KIND,
            void("card_left"),
            T.CHIP_UNREADABLE,
            line=Radio(removed_at_byte=size),
            gate=PATIENT,
        )
        for size in (10, 900, 4_000)
    ),
    *(
        Case(
            f"the chip is mute from command {at} on",
            PASSPORT_KIND,
            void("card_left"),
            T.CHIP_UNREADABLE,
            troubles=Troubles(mute_at=at),
            gate=PATIENT,
        )
        for at in (1, 4, 12, LAST_COMMAND)
    ),
    Case(
        "garbled answers",
        PASSPORT_KIND,
        void("card_garbled"),
        T.CHIP_UNREADABLE,
        line=Radio(garbled=True),
        gate=PATIENT,
    ),
    Case(
        "a chip too slow for the deadline",
        PASSPORT_KIND,
        void("too_slow"),
        T.CHIP_UNREADABLE,
        line=Radio(slow_s=0.3),
        gate=PATIENT,
    ),
    Case(
        "no chip at all",
        PASSPORT_KIND,
        void("no_card"),
        T.DOCUMENT_WRONGLY_PLACED,
        gate=Gate(deadline_s=0.3),
        chip=False,
    ),
    Case(
        "a session of too many commands",
        PASSPORT_KIND,
        NO_PORTRAIT | NOT_REACHED | ended("too_many_commands"),
        T.CHIP_UNREADABLE,
        gate=Gate(plan=Plan(limits=Limits(commands=20))),
    ),
    Case(
        "a session of too many bytes",
        replace(PASSPORT_KIND, description=replace(FULL, portrait=pictures.of_size(20_000))),
        NO_PORTRAIT | NOT_REACHED | ended("too_many_bytes"),
        T.CHIP_UNREADABLE,
        gate=Gate(plan=Plan(limits=Limits(answered_bytes=20_000))),
    ),
)
KEPT = kind(
    "fingers kept from strangers",
    {C.CHIP_ACCEPTS_THE_TERMINAL: passed("chip_took_our_signature")},
    verifiers=Verifiers(),
)
STRANGER = usual_terminal(Verifiers(seed="Ruritania"))


def wanting_fingers(terminal: Terminal | None) -> Gate:
    """Return a gate that wants DG3 too, as this terminal."""
    return Gate(plan=Plan(data_groups=frozenset(DATA_GROUPS), terminal=terminal))


def terminal_told(said: Said) -> Told:
    """Say what the chip made of the terminal."""
    return {C.CHIP_ACCEPTS_THE_TERMINAL: said}


TERMINALS = (
    Case(
        "fingers read by a terminal with the right",
        KEPT,
        ruling=Ruling.ADMIT,
        gate=wanting_fingers(usual_terminal()),
    ),
    Case(
        "fingers wanted by nobody the chip could know",
        KEPT,
        terminal_told(left_out("no_terminal_key")),
        ruling=Ruling.ADMIT,
        gate=wanting_fingers(None),
    ),
    Case(
        "a terminal that the chip does not know",
        KEPT,
        terminal_told(unsure("certificate_refused")),
        ruling=Ruling.ADMIT,
        gate=wanting_fingers(STRANGER),
    ),
    Case(
        "a chip that refuses the terminal's signature",
        KEPT,
        terminal_told(unsure("signature_refused")),
        ruling=Ruling.ADMIT,
        troubles=Troubles(terminal_authentication=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
        gate=wanting_fingers(usual_terminal()),
    ),
    Case(
        "a chip that has the terminal sign too little",
        KEPT,
        terminal_told(failed("malformed")),
        troubles=Troubles(challenge_bytes=4),
        gate=wanting_fingers(usual_terminal()),
    ),
)
CASES = (*CLONES, *MAPPINGS, *PROOFS, *TERMINALS, *LINE)
