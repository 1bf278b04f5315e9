"""Cases of what is on the chip: altered, stripped, unsigned, hostile in length, no picture.

It is long because it is a table: a case is a handful of lines, and there is nothing else.

Source: research/emrtd.md 6.2 (rules 3, 4, 6, 7, 9 and 17).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from egate.document import lds, passive_authentication
from egate.document.lds import DATA_GROUPS
from egate.document.reading_result import Plan
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from egate.wire.tlv import encode
from simulators import data_groups
from simulators.card_chip import Troubles
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import PASSPORT, Document, Faults, forgery
from tests.corpus import pictures
from tests.corpus.case import (
    Case,
    Gate,
    Kind,
    Told,
    each,
    failed,
    left_out,
    not_done,
    unsure,
)
from tests.corpus.groups import (
    ALTERED,
    COM_DIFFERS,
    KEYS_UNPROVEN,
    NO_CHIP_KEY,
    NO_CHIP_ZONE,
    NO_PORTRAIT,
    NO_SECURITY_OBJECT,
    NO_SIGNING_KEY,
    NOT_REACHED,
    NOT_READ,
    ended,
)
from tests.corpus.kinds import CARD_KIND, FULL, OLDER_KIND, PASSPORT_KIND

C, T = Check, Trouble
LISTED = frozenset({1, 2, 3, 7, 11, 12, 13, 14, 15, 16})


def only(which: int) -> frozenset[int]:
    """Return a set of one data group."""
    return frozenset({which})


def file_as(
    file: lds.ElementaryFile, change: Callable[[bytes], bytes]
) -> Callable[[Document], Document]:
    """Return what puts another file into the application, after it was issued."""

    def changed(document: Document) -> Document:
        held: Mapping[int, bytes] = document.application
        other = {**held, file.file_id: change(held[file.file_id])}
        return replace(document, application=MappingProxyType(other))

    return changed


def drawn(portrait: bytes) -> Kind:
    """Return the passport with another portrait, signed as it is."""
    return replace(PASSPORT_KIND, description=replace(FULL, portrait=portrait))


def written(which: int, raw: bytes, of: Kind = PASSPORT_KIND) -> Kind:
    """Return a document with another data group, signed as it is."""
    return replace(of, description=replace(of.description, whole=((which, raw),)))


def no_picture(reason: str) -> Told:
    """Say that there is no portrait to be had."""
    return {C.DOCUMENT_HAS_A_PORTRAIT: failed(reason)}


def indefinite(raw: bytes) -> bytes:
    """Return a file whose length is left to its end."""
    head = 2 + (raw[1] & 0x7F if raw[1] & 0x80 else 0)
    return raw[:1] + b"\x80" + raw[head:] + b"\0\0"


DG2 = data_groups.data_group_2(GREY_JPEG)
COUNT_AT = DG2.index(b"FAC\x00010\x00") + 12

ALTERATIONS = (
    *(
        Case(
            f"DG{which} altered",
            PASSPORT_KIND,
            ALTERED,
            T.CHIP_FORGED,
            faults=Faults(altered=only(which)),
        )
        for which in (1, 2, 11, 12, 13, 16)
    ),
    *(
        Case(
            f"DG{which} altered, and the chip holds the forger's key",
            PASSPORT_KIND,
            ALTERED | KEYS_UNPROVEN,
            T.CHIP_FORGED,
            faults=Faults(altered=only(which)),
        )
        for which in (14, 15)
    ),
    Case(
        "DG1 altered, the page is genuine",
        PASSPORT_KIND,
        ALTERED | {C.CHIP_MRZ_IS_THE_PRINTED_ONE: failed("fields_differ")},
        T.CHIP_FORGED,
        faults=Faults(altered=only(1), printed=PASSPORT),
    ),
    Case(
        "a card's DG13 altered",
        CARD_KIND,
        ALTERED,
        T.CHIP_FORGED,
        faults=Faults(altered=only(13)),
    ),
    Case(
        "every data group altered, but the keys",
        PASSPORT_KIND,
        ALTERED,
        T.CHIP_FORGED,
        faults=Faults(altered=frozenset({1, 2, 7, 11, 12, 13, 16})),
    ),
    Case(
        "DG2 of another document",
        PASSPORT_KIND,
        ALTERED,
        T.CHIP_FORGED,
        faults=Faults(
            altered=only(2), forged=replace(forgery(FULL), portrait=pictures.of_size(9_000))
        ),
    ),
)

UNSIGNED_AND_STRIPPED = (
    Case("DG11 signed by nobody", PASSPORT_KIND, COM_DIFFERS, faults=Faults(unlisted=only(11))),
    Case(
        "DG11 signed by nobody, and EF.COM does not tell",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        faults=Faults(unlisted=only(11), com_lists=LISTED - {11}),
    ),
    Case(
        "DG1 signed by nobody",
        PASSPORT_KIND,
        COM_DIFFERS | NO_CHIP_ZONE | {C.NO_DATA_GROUP_IS_MISSING: failed("not_listed")},
        T.CHIP_FORGED,
        faults=Faults(unlisted=only(1)),
    ),
    Case(
        "DG2 signed by nobody",
        PASSPORT_KIND,
        COM_DIFFERS | NO_PORTRAIT | {C.NO_DATA_GROUP_IS_MISSING: failed("not_listed")},
        T.CHIP_FORGED,
        faults=Faults(unlisted=only(2)),
    ),
    Case(
        "DG15 signed by nobody",
        PASSPORT_KIND,
        COM_DIFFERS | {C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: left_out("not_listed")},
        faults=Faults(unlisted=only(15)),
    ),
    Case(
        "DG15 signed by nobody, where nothing else proves the chip",
        OLDER_KIND,
        COM_DIFFERS
        | {
            C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: left_out("not_listed"),
            C.CHIP_IS_GENUINE: left_out("no_key"),
        },
        T.NOT_ELIGIBLE,
        faults=Faults(unlisted=only(15)),
    ),
    Case(
        "DG14 signed by nobody",
        PASSPORT_KIND,
        COM_DIFFERS
        | {
            C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: left_out("not_listed"),
            C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: unsure("not_signed"),
        },
        faults=Faults(unlisted=only(14)),
    ),
    Case(
        "DG1 stripped",
        PASSPORT_KIND,
        COM_DIFFERS | NOT_READ | NO_CHIP_ZONE,
        T.CHIP_FORGED,
        faults=Faults(missing=only(1)),
    ),
    Case(
        "DG2 stripped",
        PASSPORT_KIND,
        COM_DIFFERS | NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
        faults=Faults(missing=only(2)),
    ),
    Case(
        "DG2 denied",
        PASSPORT_KIND,
        NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
        changed=lambda document: replace(
            document, denied=document.denied | {DATA_GROUPS[2].file_id}
        ),
    ),
    Case(
        "DG3 asked for and denied",
        PASSPORT_KIND,
        {C.CHIP_ACCEPTS_THE_TERMINAL: left_out("no_terminal_key")},
        ruling=Ruling.ADMIT,
        gate=Gate(plan=Plan(data_groups=frozenset(DATA_GROUPS))),
    ),
    Case("DG12 stripped", PASSPORT_KIND, COM_DIFFERS, faults=Faults(missing=only(12))),
    Case(
        "DG14 stripped",
        PASSPORT_KIND,
        COM_DIFFERS
        | NOT_READ
        | NO_CHIP_KEY
        | {C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: not_done("not_reached")},
        T.CHIP_FORGED,
        faults=Faults(missing=only(14)),
    ),
    Case(
        "DG14 listed and not given, and EF.COM keeps it",
        PASSPORT_KIND,
        NOT_READ | NO_CHIP_KEY | {C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: not_done("not_reached")},
        T.CHIP_FORGED,
        faults=Faults(missing=only(14), com_lists=LISTED),
    ),
    Case(
        "DG15 stripped",
        PASSPORT_KIND,
        COM_DIFFERS | NOT_READ | NO_SIGNING_KEY,
        T.CHIP_FORGED,
        faults=Faults(missing=only(15)),
    ),
    Case(
        "DG15 stripped from an older passport, and EF.COM keeps it",
        OLDER_KIND,
        NOT_READ | NO_SIGNING_KEY,
        T.CHIP_FORGED,
        faults=Faults(missing=only(15), com_lists=LISTED - {14}),
    ),
    Case(
        "DG14 is signed and holds no infos",
        written(14, data_groups.data_group_14([])),
        {
            C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: left_out("not_listed"),
            C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: unsure("not_signed"),
        },
        ruling=Ruling.ADMIT,
    ),
    Case(
        "DG14 is signed and malformed",
        written(14, encode(0x6E, b"\x31\x05\x30")),
        NO_CHIP_KEY | {C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: not_done("not_reached")},
        T.CHIP_FORGED,
    ),
    Case(
        "DG15 is signed and holds no key",
        written(15, data_groups.data_group_15(b"\x30\x00")),
        {C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: unsure("unreadable_key")},
        ruling=Ruling.ADMIT,
    ),
    Case(
        "DG15 is signed and holds no key, where nothing else proves the chip",
        written(15, data_groups.data_group_15(b"\x30\x00"), OLDER_KIND),
        {
            C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: unsure("unreadable_key"),
            C.CHIP_IS_GENUINE: unsure("not_spoken"),
        },
    ),
)

UNSIGNED_FILES = (
    Case(
        "EF.COM leaves DG15 out", PASSPORT_KIND, COM_DIFFERS, faults=Faults(com_lists=LISTED - {15})
    ),
    Case(
        "EF.COM names what is not there",
        PASSPORT_KIND,
        COM_DIFFERS,
        faults=Faults(com_lists=LISTED | {5}),
    ),
    Case(
        "no EF.COM",
        PASSPORT_KIND,
        {C.COM_AGREES_WITH_THE_SECURITY_OBJECT: unsure("absent")},
        ruling=Ruling.ADMIT,
        faults=Faults(has_no_com=True),
    ),
    Case(
        "EF.COM is garbage",
        PASSPORT_KIND,
        {C.COM_AGREES_WITH_THE_SECURITY_OBJECT: failed("malformed")},
        changed=file_as(lds.COM, lambda _: encode(0x60, bytes(12))),
    ),
    Case(
        "EF.COM has another version than was signed",
        replace(PASSPORT_KIND, description=replace(FULL, lds_version="0108")),
        {C.COM_AGREES_WITH_THE_SECURITY_OBJECT: failed("version_differs")},
        changed=file_as(lds.COM, lambda raw: raw.replace(b"0108", b"0107")),
    ),
)

LENGTHS = (
    Case(
        "DG2 announces 4 GiB",
        PASSPORT_KIND,
        NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
        faults=Faults(announced=((2, 0xFFFF_FFFF),)),
    ),
    Case(
        "DG1 announces more than there is",
        PASSPORT_KIND,
        NOT_READ | NO_CHIP_ZONE,
        T.CHIP_FORGED,
        faults=Faults(announced=((1, 5_000),)),
    ),
    Case(
        "DG11 announces more than there is",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        faults=Faults(announced=((11, 5_000),)),
    ),
    Case(
        "DG2 announces less than there is",
        PASSPORT_KIND,
        ALTERED | no_picture("malformed"),
        T.CHIP_FORGED,
        faults=Faults(announced=((2, 100),)),
    ),
    Case(
        "DG2 announces nothing",
        PASSPORT_KIND,
        ALTERED | no_picture("malformed"),
        T.CHIP_FORGED,
        faults=Faults(announced=((2, 0),)),
    ),
    Case(
        "DG2 has an indefinite length",
        PASSPORT_KIND,
        NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
        changed=file_as(DATA_GROUPS[2], indefinite),
    ),
    Case(
        "DG2 begins with another tag",
        PASSPORT_KIND,
        NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
        changed=file_as(DATA_GROUPS[2], lambda raw: b"\x61" + raw[1:]),
    ),
    Case(
        "DG14 announces 4 GiB",
        PASSPORT_KIND,
        NOT_READ | NO_CHIP_KEY | {C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: not_done("not_reached")},
        T.CHIP_FORGED,
        faults=Faults(announced=((14, 0xFFFF_FFFF),)),
    ),
    Case(
        "a chip that never ends",
        PASSPORT_KIND,
        ALTERED | no_picture("malformed"),
        T.CHIP_FORGED,
        faults=Faults(announced=((2, 150_000), (11, 60_000))),
        troubles=Troubles(never_ends=True),
    ),
    Case(
        "a chip that drips",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        troubles=Troubles(gives_at_most=60),
    ),
    Case(
        "a chip that gives four bytes at a time",
        drawn(pictures.of_size(9_000)),
        NOT_REACHED | NO_PORTRAIT | ended("too_many_commands"),
        T.CHIP_UNREADABLE,
        troubles=Troubles(gives_at_most=4),
    ),
    Case(
        "EF.SOD announces 4 GiB",
        PASSPORT_KIND,
        NO_SECURITY_OBJECT | ended("too_long"),
        T.CHIP_UNREADABLE,
        changed=file_as(lds.SOD, lambda raw: data_groups.with_announced_length(raw, 0xFFFF_FFFF)),
    ),
    Case(
        "EF.SOD is cut short",
        PASSPORT_KIND,
        NO_SECURITY_OBJECT | ended("cut_short"),
        T.CHIP_UNREADABLE,
        changed=file_as(lds.SOD, lambda raw: raw[:-40]),
    ),
    Case(
        "EF.SOD is garbage",
        PASSPORT_KIND,
        NO_SECURITY_OBJECT
        | ended("malformed")
        | each(passive_authentication.CHECKS, not_done("no_security_object"))
        | {C.SECURITY_OBJECT_IS_SIGNED: failed("unreadable")},
        T.CHIP_FORGED,
        changed=file_as(lds.SOD, lambda _: encode(0x77, b"\x30\x03\x02\x01\x00")),
    ),
    Case(
        "EF.SOD is not there",
        PASSPORT_KIND,
        NO_SECURITY_OBJECT | ended("absent"),
        T.CHIP_UNREADABLE,
        changed=lambda document: replace(
            document,
            application=MappingProxyType(
                {
                    which: raw
                    for which, raw in document.application.items()
                    if which != lds.SOD.file_id
                }
            ),
        ),
    ),
)

PICTURES = (
    Case(
        "a JPEG that announces 65535 x 65535",
        drawn(pictures.bomb()),
        no_picture("too_many_pixels"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a JPEG of one pixel more than allowed",
        drawn(pictures.bomb(1_001, 2_000)),
        no_picture("too_many_pixels"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a JPEG of one side longer than allowed",
        drawn(pictures.bomb(2_001, 10)),
        no_picture("too_many_pixels"),
        T.CHIP_UNREADABLE,
    ),
    Case("a JPEG as large as allowed", drawn(pictures.bomb(1_000, 2_000)), {}, ruling=Ruling.ADMIT),
    Case(
        "a codestream of 2^32 x 2^32",
        drawn(pictures.bomb_j2k()),
        no_picture("too_many_pixels"),
        T.CHIP_UNREADABLE,
    ),
    Case("a JPEG without a size", drawn(GREY_JPEG[:20]), no_picture("no_size"), T.CHIP_UNREADABLE),
    Case(
        "a JPEG of no width", drawn(pictures.bomb(0, 10)), no_picture("no_size"), T.CHIP_UNREADABLE
    ),
    Case(
        "a picture of no known kind",
        drawn(b"GIF89a" + bytes(40)),
        no_picture("unknown_picture"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a picture of 160,000 bytes",
        drawn(pictures.of_size(160_000)),
        no_picture("too_long"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a picture longer than a DG2 may be",
        drawn(pictures.of_size(210_000)),
        NOT_READ | NO_PORTRAIT,
        T.CHIP_FORGED,
    ),
    Case(
        "DG2 without a template",
        written(2, encode(0x75, encode(0x7F61, b"\x02\x01\x00"))),
        no_picture("bad_structure"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a face record without a face",
        written(2, DG2[:COUNT_AT] + b"\0\0" + DG2[COUNT_AT + 2 :]),
        no_picture("bad_structure"),
        T.CHIP_UNREADABLE,
    ),
    Case(
        "a face record that is cut",
        written(
            2,
            encode(
                0x75,
                encode(
                    0x7F61,
                    b"\x02\x01\x01"
                    + encode(
                        0x7F60,
                        encode(0xA1, b"\x87\x02\x01\x01\x88\x02\x00\x08")
                        + encode(0x5F2E, b"FAC\x00010\x00\x00\x00\x10\x00"),
                    ),
                ),
            ),
        ),
        no_picture("malformed"),
        T.CHIP_UNREADABLE,
    ),
)
CASES = (*ALTERATIONS, *UNSIGNED_AND_STRIPPED, *UNSIGNED_FILES, *LENGTHS, *PICTURES)
