"""Cases of the printed page, of how it agrees with the chip, and of the day it is laid down on.

Source: research/emrtd.md 6.2 (rules 14 and 15); research/domain.md 2.3 (expired documents).
"""

from collections.abc import Callable
from dataclasses import replace

from egate.document.mrz import DIGIT_CHECKS, Layout, Mrz
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from simulators import data_groups
from simulators.document_factory import PASSPORT, Document, Faults
from simulators.pki import DAY_S, YEAR_S
from tests.corpus.case import (
    UTOPIA,
    Case,
    Gate,
    Kind,
    Told,
    each,
    failed,
    not_done,
    passed,
    unsure,
)
from tests.corpus.groups import NO_CHIP_ZONE, no_basic_access, pace_failed, void
from tests.corpus.kinds import (
    CARD_KIND,
    FULL,
    LONG_NAME,
    NO_OPTIONAL_DIGIT,
    OLDER_KIND,
    PASSPORT_KIND,
)

C, T = Check, Trouble
AGREES = C.CHIP_MRZ_IS_THE_PRINTED_ONE
FIELDS_DIFFER: Told = {AGREES: failed("fields_differ")}
NUMBER, BIRTH, EXPIRY, OPTIONAL, COMPOSITE = DIGIT_CHECKS
NUMBER_DIGIT_AT, BIRTH_DIGIT_AT, EXPIRY_DIGIT_AT, OPTIONAL_DIGIT_AT, COMPOSITE_DIGIT_AT = (
    9, 19, 27, 42, 43,
)  # fmt: skip
NAME_AT = 7  # in the first line

Lines = tuple[str, ...]


def misread(line: int, at: int) -> Callable[[Lines], Lines]:
    """Return a page on which one character was taken for another: 0 for 1, O for Q."""

    def lines(printed: Lines) -> Lines:
        told = list(printed)
        was = told[line][at]
        taken_for = str((int(was) + 1) % 10) if was.isdigit() else "Q"
        told[line] = told[line][:at] + taken_for + told[line][at + 1 :]
        return tuple(told)

    return lines


def digits(*checks: Check) -> Told:
    """Say that these digits differ."""
    return each(checks, failed("digit_differs"))


def unreadable(reason: str) -> Told:
    """Say that the page is no zone."""
    return (
        void("zone_in_doubt")
        | {C.MRZ_IS_READABLE: failed(reason)}
        | each(DIGIT_CHECKS, not_done("unreadable"))
    )


def page(**other: str) -> Faults:
    """Return a page that says something else than the chip."""
    return Faults(printed=replace(PASSPORT, **other))  # type: ignore[arg-type]  # its texts only


def opened_by(**other: str) -> Callable[[Document], Document]:
    """Return a chip that opens by the page: a forger wrote both keys and files."""
    return lambda document: replace(document, mrz=replace(document.mrz, **other))  # type: ignore[arg-type]  # its texts only


def of(zone: Mrz, odd: Told | None = None) -> Kind:
    """Return the passport with another zone."""
    return replace(PASSPORT_KIND, description=replace(FULL, mrz=zone), odd=odd or {})


def swapped(what: str, **other: str) -> tuple[Case, Case]:
    """Return a chip of another document, by its own keys and by those of the page."""
    return (
        Case(
            f"a chip of another {what} does not open",
            PASSPORT_KIND,
            pace_failed("password_refused"),
            T.CHIP_UNREADABLE,
            faults=page(**other),
        ),
        Case(
            f"a chip of another {what} opens by the page all the same",
            PASSPORT_KIND,
            FIELDS_DIFFER,
            T.CHIP_FORGED,
            faults=page(**other),
            changed=opened_by(**other),
        ),
    )


DOUBTFUL_PAGES = (
    Case(
        "a number misread",
        PASSPORT_KIND,
        void("zone_in_doubt") | digits(NUMBER, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, 0),
    ),
    Case(
        "a number's digit misread",
        PASSPORT_KIND,
        void("zone_in_doubt") | digits(NUMBER, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, NUMBER_DIGIT_AT),
    ),
    Case(
        "a birth date's digit misread",
        PASSPORT_KIND,
        void("zone_in_doubt") | digits(BIRTH, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, BIRTH_DIGIT_AT),
    ),
    Case(
        "an expiry date's digit misread",
        PASSPORT_KIND,
        void("zone_in_doubt") | digits(EXPIRY, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, EXPIRY_DIGIT_AT),
    ),
    Case(
        "optional data misread",
        of(replace(PASSPORT, optional_data="ZE184226B")),
        FIELDS_DIFFER | digits(OPTIONAL, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, 28),
    ),
    Case(
        "the last digit misread",
        PASSPORT_KIND,
        FIELDS_DIFFER | digits(COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(1, COMPOSITE_DIGIT_AT),
    ),
    Case(
        "a name misread, which has no digit",
        PASSPORT_KIND,
        FIELDS_DIFFER,
        T.CHIP_FORGED,
        lines=misread(0, NAME_AT),
    ),
    Case(
        "a nationality misread, which has no digit",
        PASSPORT_KIND,
        FIELDS_DIFFER,
        T.CHIP_FORGED,
        lines=misread(1, 10),
    ),
    Case(
        "a card's number misread",
        CARD_KIND,
        void("zone_in_doubt") | digits(NUMBER, COMPOSITE),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=misread(0, 6),
    ),
    Case(
        "one line of the page only",
        PASSPORT_KIND,
        unreadable("wrong_line_count"),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=lambda lines: lines[:1],
    ),
    Case(
        "a line that is short",
        PASSPORT_KIND,
        unreadable("wrong_line_length"),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=lambda lines: (lines[0], lines[1][:-1]),
    ),
    Case(
        "hostile characters on the page",
        PASSPORT_KIND,
        unreadable("hostile_characters"),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=lambda lines: (lines[0], "'" + lines[1][1:]),
    ),
    Case(
        "nothing on the page",
        PASSPORT_KIND,
        unreadable("wrong_line_count"),
        T.DOCUMENT_WRONGLY_PLACED,
        lines=lambda _: (),
    ),
)

OTHER_CHIPS = (
    *swapped("number", document_number="L898902C4"),
    *swapped("birth date", birth_date="740813"),
    *swapped("expiry date", expiry_date="320415"),
    Case(
        "a chip of another name",
        PASSPORT_KIND,
        FIELDS_DIFFER,
        T.CHIP_FORGED,
        faults=page(secondary_identifier="OTTO"),
    ),
    Case(
        "a chip of another nationality",
        PASSPORT_KIND,
        FIELDS_DIFFER,
        T.CHIP_FORGED,
        faults=page(nationality="D"),
    ),
    Case(
        "a chip of another sex", PASSPORT_KIND, FIELDS_DIFFER, T.CHIP_FORGED, faults=page(sex="M")
    ),
    Case(
        "a chip of other optional data",
        PASSPORT_KIND,
        FIELDS_DIFFER,
        T.CHIP_FORGED,
        faults=page(optional_data="ZE184226B"),
    ),
    Case(
        "an older passport's chip of another number does not open",
        OLDER_KIND,
        no_basic_access("key_refused"),
        T.CHIP_UNREADABLE,
        faults=page(document_number="L898902C4"),
    ),
    Case(
        "the chip's zone in another layout, the name cut off there",
        of(LONG_NAME),
        NO_OPTIONAL_DIGIT | {AGREES: passed("fields_agree")},
        ruling=Ruling.ADMIT,
        faults=Faults(printed=replace(LONG_NAME, layout=Layout.TD1)),
    ),
    Case(
        "the chip's zone in another layout, the name cut off too soon",
        of(LONG_NAME),
        NO_OPTIONAL_DIGIT | FIELDS_DIFFER,
        T.CHIP_FORGED,
        faults=Faults(
            printed=replace(
                LONG_NAME,
                layout=Layout.TD1,
                primary_identifier="PAPANDROPOULOUS",
                secondary_identifier="",
            )
        ),
    ),
    Case(
        "DG1 is signed and no zone",
        replace(
            PASSPORT_KIND,
            description=replace(FULL, whole=((1, data_groups.data_group_1(("A" * 40,))),)),
        ),
        NO_CHIP_ZONE,
    ),
    Case(
        "DG1 is signed and malformed",
        replace(PASSPORT_KIND, description=replace(FULL, whole=((1, b"\x61\x03\x5f\x1f\x09"),))),
        NO_CHIP_ZONE | {AGREES: failed("malformed")},
        T.CHIP_FORGED,
    ),
)

LAST_DAY = "270115"  # the day on which the gate of the corpus stands


def until(last_day: str) -> Kind:
    """Return the passport with another last day."""
    return of(replace(PASSPORT, expiry_date=last_day))


TWO_YEARS_SLOW: Told = {
    C.DOCUMENT_SIGNER_IS_NOT_REVOKED: unsure("revocation_list_not_yet_valid"),
    C.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: failed("signed_in_the_future"),
    C.DOCUMENT_SIGNER_IS_IN_FORCE: failed("not_yet_valid"),
}

MOMENTS = (
    Case("on its last day", until(LAST_DAY), {}, ruling=Ruling.ADMIT),
    Case(
        "a day too late",
        until("270114"),
        {C.DOCUMENT_IS_IN_FORCE: failed("expired")},
        T.TOKEN_REFUSED,
    ),
    Case(
        "an expiry date that is no day",
        until("290231"),
        {C.DOCUMENT_IS_IN_FORCE: failed("expired")},
        T.TOKEN_REFUSED,
    ),
    Case(
        "a moment after its last use",
        PASSPORT_KIND,
        {C.DOCUMENT_WAS_NOT_JUST_USED: failed("just_used")},
        T.TOKEN_REFUSED,
        gate=Gate(used_s_ago=20.0),
    ),
    Case(
        "a minute after its last use",
        PASSPORT_KIND,
        {C.DOCUMENT_WAS_NOT_JUST_USED: passed("used_before")},
        ruling=Ruling.ADMIT,
        gate=Gate(used_s_ago=61.0),
    ),
    Case(
        "a clock that went back",
        PASSPORT_KIND,
        {C.DOCUMENT_IS_IN_FORCE: unsure("clock_went_back")},
        T.CLOCK_NOT_SYNCHRONISED,
        gate=Gate(clock_behind_s=3_600.0),
    ),
    Case(
        "a clock a second behind",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        gate=Gate(clock_behind_s=1.0),
    ),
    Case(
        "five years from now",
        PASSPORT_KIND,
        {
            C.DOCUMENT_IS_IN_FORCE: failed("expired"),
            C.DOCUMENT_SIGNER_IS_NOT_REVOKED: unsure("revocation_list_is_old"),
        },
        T.TOKEN_REFUSED,
        gate=Gate(now_s=UTOPIA.now_s + 5 * YEAR_S),
    ),
    Case(
        "a clock that went back two years",
        PASSPORT_KIND,
        TWO_YEARS_SLOW | {C.DOCUMENT_IS_IN_FORCE: unsure("clock_went_back")},
        T.CLOCK_NOT_SYNCHRONISED,
        gate=Gate(now_s=UTOPIA.now_s - 2 * YEAR_S - DAY_S, clock_behind_s=2 * YEAR_S),
    ),
    Case(
        "a clock that was never right, and no record that tells",
        PASSPORT_KIND,
        TWO_YEARS_SLOW,
        T.CHIP_FORGED,
        gate=Gate(now_s=UTOPIA.now_s - 2 * YEAR_S - DAY_S),
    ),
)
CASES = (*DOUBTFUL_PAGES, *OTHER_CHIPS, *MOMENTS)
