"""Cases of how a chip is opened, and of how it speaks once it is open.

Source: research/emrtd.md 6.2 (rules 1, 2, 15 and 16).
"""

from egate.document.lds import CARD_ACCESS
from egate.document.pace import Mapping
from egate.document.reading_result import Plan
from egate.document.symmetric import Cipher
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from egate.wire.apdu import Sw
from egate.wire.tlv import encode
from simulators.card_chip import Messaging, Troubles
from simulators.card_files import Manner
from simulators.data_groups import info, number, security_infos
from simulators.document_factory import Faults, pace
from tests.corpus.case import Case, Gate, Told, failed, left_out, passed, unsure
from tests.corpus.groups import (
    NO_DATA_GROUPS,
    NO_PORTRAIT,
    NO_SECURITY_OBJECT,
    NOT_REACHED,
    NOTHING_BEHIND_CHIP_AUTHENTICATION,
    channel_broke,
    no_basic_access,
    pace_failed,
)
from tests.corpus.kinds import (
    LAST_COMMAND,
    OLDER_KIND,
    PASSPORT_KIND,
    TO_AGREE,
    TO_READ_DG1,
    TO_READ_DG2,
    TO_READ_SOD,
    TO_SELECT,
)

C, T = Check, Trouble
CHIP_KEY = C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY
WEAKER = pace(Mapping.GENERIC, Cipher.TRIPLE_DES, 12)
DOWNGRADED: Told = {C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: failed("protocol_downgrade")}
OPENED_BY_BASIC_ACCESS: Told = {
    C.ACCESS_CONTROL_IS_ESTABLISHED: passed("basic_access"),
    C.PACE_IS_NOT_BYPASSED: left_out("not_offered"),
}


def raw_card_access(raw: bytes) -> Faults:
    """Return a chip whose EF.CardAccess is this."""
    return Faults(card_access_raw=raw)


PACE_FAILS = (
    *(
        Case(
            f"PACE refused at step {step}",
            PASSPORT_KIND,
            pace_failed(reason),
            T.CHIP_UNREADABLE,
            troubles=Troubles(
                pace_refused_at=step, pace_refusal=Sw.CONDITIONS_OF_USE_NOT_SATISFIED
            ),
        )
        for step, reason in enumerate(
            ("refused", "refused", "refused", "refused", "password_refused")
        )
    ),
    Case(
        "PACE with another nonce",
        PASSPORT_KIND,
        pace_failed("password_refused"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(pace_spoilt=0x80),
    ),
    Case(
        "PACE with a point off the curve",
        PASSPORT_KIND,
        pace_failed("key_refused"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(pace_spoilt=0x82),
    ),
    Case(
        "PACE with another token",
        PASSPORT_KIND,
        pace_failed("chip_not_authenticated"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(pace_spoilt=0x86),
    ),
    Case(
        "PACE with another password",
        PASSPORT_KIND,
        pace_failed("password_refused"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(has_other_password=True),
    ),
    Case(
        "PACE with another card access number",
        PASSPORT_KIND,
        pace_failed("password_refused"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(has_other_password=True),
        gate=Gate(has_can_only=True),
    ),
    Case(
        "PACE by the card access number",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        gate=Gate(has_can_only=True),
    ),
    Case(
        "PACE refused where the policy lets basic access follow",
        PASSPORT_KIND,
        {
            C.ACCESS_CONTROL_IS_ESTABLISHED: passed("basic_access"),
            C.PACE_IS_NOT_BYPASSED: failed("refused"),
        },
        T.CHIP_UNREADABLE,
        troubles=Troubles(pace_refused_at=0),
        gate=Gate(plan=Plan(basic_access_after_pace=True)),
    ),
)

BASIC_ACCESS_FAILS = (
    Case(
        "basic access refused",
        OLDER_KIND,
        no_basic_access("key_refused"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(basic_access=Sw.AUTHENTICATION_FAILED),
    ),
    Case(
        "basic access and only a card access number",
        OLDER_KIND,
        no_basic_access("no_password") | {C.ACCESS_CONTROL_IS_ESTABLISHED: unsure("no_password")},
        T.CHIP_UNREADABLE,
        gate=Gate(has_can_only=True),
    ),
)

CARD_ACCESSES = (
    Case(
        "EF.CardAccess offers weaker PACE than was signed",
        PASSPORT_KIND,
        DOWNGRADED,
        T.CHIP_FORGED,
        faults=Faults(card_access=(WEAKER,)),
    ),
    Case(
        "EF.CardAccess offers more than was signed",
        PASSPORT_KIND,
        DOWNGRADED,
        T.CHIP_FORGED,
        faults=Faults(card_access=(WEAKER, *PASSPORT_KIND.description.pace)),
    ),
    Case(
        "EF.CardAccess is not there",
        PASSPORT_KIND,
        DOWNGRADED | OPENED_BY_BASIC_ACCESS,
        T.CHIP_FORGED,
        faults=Faults(card_access=()),
    ),
    Case(
        "EF.CardAccess is denied",
        PASSPORT_KIND,
        DOWNGRADED | OPENED_BY_BASIC_ACCESS,
        T.CHIP_FORGED,
        manner=Manner(card_access=Sw.SECURITY_STATUS_NOT_SATISFIED),
    ),
    Case(
        "EF.CardAccess is denied, and nobody signed any PACE",
        OLDER_KIND,
        {},
        ruling=Ruling.ADMIT,
        manner=Manner(card_access=Sw.SECURITY_STATUS_NOT_SATISFIED),
    ),
    Case(
        "EF.CardAccess offers nothing",
        PASSPORT_KIND,
        DOWNGRADED | OPENED_BY_BASIC_ACCESS,
        T.CHIP_FORGED,
        faults=raw_card_access(security_infos([])),
    ),
    Case(
        "EF.CardAccess begins with another tag",
        PASSPORT_KIND,
        pace_failed("wrong_tag"),
        T.CHIP_UNREADABLE,
        faults=raw_card_access(b"\xff" * 40),
    ),
    Case(
        "EF.CardAccess is garbage",
        PASSPORT_KIND,
        pace_failed("malformed"),
        T.CHIP_UNREADABLE,
        faults=raw_card_access(encode(CARD_ACCESS.tag, b"\x30\x7f\x06")),
    ),
    Case(
        "EF.CardAccess announces 4 GiB",
        PASSPORT_KIND,
        pace_failed("too_long"),
        T.CHIP_UNREADABLE,
        faults=raw_card_access(b"\x31\x84\xff\xff\xff\xff\x30\x00"),
    ),
    Case(
        "EF.CardAccess offers what is spoken nowhere",
        PASSPORT_KIND,
        pace_failed("not_spoken")
        | {
            C.ACCESS_CONTROL_IS_ESTABLISHED: unsure("not_spoken"),
            C.PACE_IS_NOT_BYPASSED: unsure("not_spoken"),
        },
        T.CHIP_UNREADABLE,
        faults=raw_card_access(
            security_infos([info("0.4.0.127.0.7.2.2.4.2.2", number(2), number(30))])
        ),
    ),
)

MESSAGING = (
    *(
        Case(
            f"secure messaging: {fault.value}, at EF.SOD",
            PASSPORT_KIND,
            NO_SECURITY_OBJECT | channel_broke(reason),
            T.CHIP_UNREADABLE,
            troubles=Troubles(messaging=fault, messaging_at=TO_READ_SOD),
        )
        for fault, reason in (
            (Messaging.WRONG_MAC, "mac_differs"),
            (Messaging.NO_MAC, "mac_missing"),
            (Messaging.NO_STATUS, "mac_differs"),
            (Messaging.OTHER_STATUS, "status_word_differs"),
            (Messaging.ALTERED, "mac_differs"),
            (Messaging.PLAIN, "malformed"),
            (Messaging.BARE, "unprotected_response"),
            (Messaging.REPLAYED, "mac_differs"),
            (Messaging.CUT, "malformed"),
        )
    ),
    Case(
        "secure messaging breaks at its first answer",
        PASSPORT_KIND,
        NO_SECURITY_OBJECT | channel_broke("mac_differs"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=TO_SELECT),
    ),
    Case(
        "secure messaging breaks while keys are agreed",
        PASSPORT_KIND,
        NOTHING_BEHIND_CHIP_AUTHENTICATION
        | channel_broke("mac_differs")
        | {CHIP_KEY: failed("mac_differs")},
        T.CHIP_FORGED,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=TO_AGREE),
    ),
    Case(
        "secure messaging breaks at DG1",
        PASSPORT_KIND,
        NO_DATA_GROUPS | NOT_REACHED | channel_broke("mac_differs"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=TO_READ_DG1),
    ),
    Case(
        "secure messaging breaks at DG2",
        PASSPORT_KIND,
        NO_PORTRAIT | NOT_REACHED | channel_broke("mac_differs"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=TO_READ_DG2),
    ),
    Case(
        "secure messaging breaks in basic access",
        OLDER_KIND,
        NO_SECURITY_OBJECT | channel_broke("mac_differs"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(messaging=Messaging.WRONG_MAC, messaging_at=1),
    ),
    Case(
        "a bare status word in the middle",
        PASSPORT_KIND,
        NO_PORTRAIT | NOT_REACHED | channel_broke("unprotected_response"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(status_at=(LAST_COMMAND, Sw.SECURITY_STATUS_NOT_SATISFIED)),
    ),
    Case(
        "a chip that breaks off because of a length, and is opened again",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        troubles=Troubles(status_at=(LAST_COMMAND, Sw.WRONG_LENGTH)),
    ),
)

CASES = (*PACE_FAILS, *BASIC_ACCESS_FAILS, *CARD_ACCESSES, *MESSAGING)
