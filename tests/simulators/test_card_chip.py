"""The simulated chip is read whole whatever its manner, and fails as its troubles say.

Source: ICAO 9303-11, 4 to 6; research/emrtd.md 1.4 (what real chips refuse), 6.2 and section 7.
"""

from dataclasses import replace
from secrets import token_bytes

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.basic_access_control import open_chip
from egate.document.dialogue import ChipError, run
from egate.document.lds import APPLICATION, CARD_ACCESS, DATA_GROUPS, SOD
from egate.document.reading_result import Access, Plan
from egate.domain.check import Check
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from simulators.card_chip import Chip, ChipSilent, Messaging, Troubles, seeded
from simulators.card_files import Manner
from simulators.data_groups import GREY_JPEG
from simulators.direct import CardLeft, Direct
from simulators.document_factory import Description, Document, Faults, issue
from simulators.vpcd import Radio
from tests.simulators.inspected import differing, reading_of, told_of

OK = Response(b"", Sw.OK)
DENIED = Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
SELECT_APPLICATION = Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION)
READ_DG1 = Command(0x00, 0xB0, 0x81, 0x00, le=256)
USUAL = Description(portrait=GREY_JPEG + bytes(3_000), signing_key="secp256r1")
LARGE = replace(USUAL, portrait=GREY_JPEG + bytes(40_000))
WITH_PACE, WITHOUT = issue(USUAL), issue(replace(USUAL, pace=()))


def chip_of(document: Document, manner: Manner | None = None) -> Chip:
    return Chip(document, token_bytes, manner or Manner())


MANNERS = {
    "no extended length": Manner(has_extended_length=False),
    "answers of 223 bytes": Manner(most_bytes=223),
    "refuses more than 223": Manner(most_bytes=223, refuses_more=Sw.WRONG_LENGTH),
    "refuses more than 192": Manner(
        most_bytes=192, refuses_more=Sw.OFFSET_OUTSIDE_FILE, has_extended_length=False
    ),
    "no short identifiers": Manner(has_short_ids=False),
    "warns at the end": Manner(warns_at_end=True),
    "refuses more than is left": Manner(refuses_more_than_is_left=True),
    "knows no master file": Manner(select_master_file=Sw.INSTRUCTION_NOT_SUPPORTED),
    "refuses Le where there is nothing": Manner(refuses_le_on_select=True),
    "6Cxx": Manner(tells_right_le=True),
    "61xx": Manner(waits_for_get_response=True, has_extended_length=False),
}


@pytest.mark.parametrize("document", [WITH_PACE, WITHOUT], ids=["PACE", "basic access"])
@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS)
def test_a_chip_is_read_whole_whatever_its_manner(document: Document, manner: Manner) -> None:
    reading = reading_of(chip_of(document, manner))
    assert reading.ended is None
    assert reading.files[SOD.name] == document.application[SOD.file_id]
    assert {outcome for outcome, _ in told_of(document, reading).values()} <= {
        "passed",
        "not_applicable",
    }


def test_a_file_beyond_32_kib_is_read_by_the_other_read_binary() -> None:
    document = issue(LARGE)
    for manner in (Manner(), Manner(has_extended_length=False), Manner(most_bytes=1_000)):
        reading = reading_of(chip_of(document, manner))
        assert reading.data_groups[2] == document.application[DATA_GROUPS[2].file_id]
    without = reading_of(chip_of(document, Manner(most_bytes=1_000, has_odd_reads=False)))
    assert [trouble.step for trouble in without.troubles] == ["DG2"]


def test_a_chip_that_denies_ef_card_access_is_opened_by_basic_access_and_that_shows() -> None:
    manner = Manner(card_access=Sw.SECURITY_STATUS_NOT_SATISFIED)
    told = told_of(WITH_PACE, reading_of(chip_of(WITH_PACE, manner)))
    assert told[Check.ACCESS_CONTROL_IS_ESTABLISHED] == ("passed", "basic_access")
    assert told[Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED] == ("failed", "protocol_downgrade")
    assert reading_of(chip_of(WITHOUT, manner)).ended is None


def test_a_chip_is_opened_with_the_card_access_number_alone() -> None:
    reading = reading_of(chip_of(WITH_PACE), access=Access(can=WITH_PACE.can))
    assert reading.ended is None
    wrong = reading_of(chip_of(WITH_PACE), access=Access(can="654321"))
    assert (wrong.ended and wrong.ended.reason) == "password_refused"


TROUBLES: dict[str, tuple[Troubles, Check, str]] = {
    **{
        f"PACE refused at step {step}": (
            Troubles(pace_refused_at=step, pace_refusal=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
            Check.PACE_IS_NOT_BYPASSED,
            "password_refused" if step == 4 else "refused",
        )
        for step in range(5)
    },
    "another nonce": (
        Troubles(pace_spoilt=0x80),
        Check.PACE_IS_NOT_BYPASSED,
        "password_refused",
    ),
    "a point off the curve": (
        Troubles(pace_spoilt=0x82),
        Check.PACE_IS_NOT_BYPASSED,
        "key_refused",
    ),
    "another token": (
        Troubles(pace_spoilt=0x86),
        Check.PACE_IS_NOT_BYPASSED,
        "chip_not_authenticated",
    ),
    "another password": (
        Troubles(has_other_password=True),
        Check.PACE_IS_NOT_BYPASSED,
        "password_refused",
    ),
    "chip authentication refused": (
        Troubles(chip_authentication=Sw.INCORRECT_DATA),
        Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY,
        "refused",
    ),
    "active authentication refused": (
        Troubles(active_authentication=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
        Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY,
        "refused",
    ),
    "another challenge signed": (
        Troubles(signs_wrongly=True),
        Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY,
        "signature_differs",
    ),
    **{
        f"secure messaging: {trouble.value}": (
            Troubles(messaging=trouble, messaging_at=3),
            Check.SECURE_MESSAGING_IS_UNBROKEN,
            reason,
        )
        for trouble, reason in (
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
    },
}


@pytest.mark.parametrize(("troubles", "check", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_each_trouble_fails_what_its_name_says(
    troubles: Troubles, check: Check, reason: str
) -> None:
    chip = Chip(WITH_PACE, token_bytes, troubles=troubles)
    sound = told_of(WITH_PACE, reading_of(chip_of(WITH_PACE)))
    told = told_of(WITH_PACE, reading_of(chip))
    assert differing(told, sound)[check] == ("failed", reason)


def test_a_refused_basic_access_opens_nothing() -> None:
    chip = Chip(WITHOUT, token_bytes, troubles=Troubles(basic_access=Sw.AUTHENTICATION_FAILED))
    reading = reading_of(chip)
    assert (reading.ended and reading.ended.reason) == "key_refused"
    assert not reading.data_groups


def test_a_chip_that_falls_silent_says_nothing_more() -> None:
    chip = Chip(WITH_PACE, token_bytes, troubles=Troubles(mute_at=9))
    with pytest.raises(ChipSilent):
        reading_of(chip)
    assert chip.answer(READ_DG1.encode()) is None


def test_a_chip_that_never_ends_is_read_no_further_than_allowed() -> None:
    document = issue(USUAL, faults=Faults(announced=((2, 150_000), (11, 60_000))))
    chip = Chip(document, token_bytes, troubles=Troubles(never_ends=True))
    reading = reading_of(chip)
    assert [trouble.reason for trouble in reading.troubles] == ["too_long"]
    assert len(reading.data_groups[2]) == 150_006


def test_a_chip_that_drips_is_read_all_the_same() -> None:
    chip = Chip(WITH_PACE, token_bytes, troubles=Troubles(gives_at_most=60))
    assert reading_of(chip).ended is None


@pytest.mark.parametrize("document", [WITH_PACE, WITHOUT], ids=["PACE", "basic access"])
def test_nothing_of_the_application_is_read_before_the_chip_is_open(document: Document) -> None:
    chip = chip_of(document)
    assert chip.respond(READ_DG1).sw == Sw.FILE_NOT_FOUND
    assert chip.respond(SELECT_APPLICATION) == OK
    assert chip.respond(READ_DG1) == DENIED
    assert chip.respond(Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x01")) == DENIED
    assert chip.respond(Command(0x00, 0x88, 0x00, 0x00, bytes(8), 256)) == DENIED
    assert chip.respond(Command(0x00, 0x22, 0x41, 0xA4)).sw == Sw.FUNCTION_NOT_SUPPORTED


def test_a_plain_command_ends_the_channel_and_every_right() -> None:
    chip = chip_of(WITHOUT)
    chip.respond(SELECT_APPLICATION)
    channel = run(open_chip(WITHOUT.key.key_seed, token_bytes), chip.respond)
    said = channel.unprotect(chip.respond(channel.protect(READ_DG1)))
    assert said.data == WITHOUT.application[DATA_GROUPS[1].file_id]
    assert chip.respond(READ_DG1) == DENIED
    late = chip.respond(channel.protect(READ_DG1))
    assert late == Response(b"", Sw.SECURE_MESSAGING_NOT_SUPPORTED)


def test_a_protected_command_that_does_not_verify_ends_the_channel() -> None:
    chip = chip_of(WITHOUT)
    chip.respond(SELECT_APPLICATION)
    channel = run(open_chip(WITHOUT.key.key_seed, token_bytes), chip.respond)
    sealed = channel.protect(READ_DG1)
    forged = replace(sealed, data=sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
    assert chip.respond(forged).sw == Sw.SECURE_MESSAGING_OBJECTS_INCORRECT
    assert chip.respond(sealed).sw == Sw.SECURE_MESSAGING_NOT_SUPPORTED


def test_the_wrong_zone_opens_nothing() -> None:
    chip = chip_of(WITHOUT)
    chip.respond(SELECT_APPLICATION)
    with pytest.raises(ChipError) as error:
        run(open_chip(bytes(16), token_bytes), chip.respond)
    assert error.value.reason == "key_refused"
    assert chip.respond(READ_DG1) == DENIED


def test_fingers_are_given_to_nobody() -> None:
    document = issue(replace(USUAL, more=frozenset({3})))
    reading = reading_of(chip_of(document), Plan(frozenset({1, 2, 3})))
    assert [(one.step, one.reason) for one in reading.troubles] == [("DG3", "denied")]


def test_a_reset_forgets_channel_and_selection() -> None:
    chip = chip_of(WITHOUT)
    chip.respond(SELECT_APPLICATION)
    channel = run(open_chip(WITHOUT.key.key_seed, token_bytes), chip.respond)
    chip.reset()
    assert chip.respond(channel.protect(READ_DG1)).sw == Sw.SECURE_MESSAGING_NOT_SUPPORTED
    assert chip.respond(READ_DG1).sw == Sw.FILE_NOT_FOUND
    assert chip.heard == 2


def test_ef_card_access_is_for_anybody() -> None:
    raw = WITH_PACE.master[CARD_ACCESS.file_id]
    by_short_id = Command(0x00, 0xB0, 0x9C, 0x00, le=256)
    assert chip_of(WITH_PACE).respond(by_short_id) == Response(raw, Sw.OK)
    chip = chip_of(WITH_PACE)
    assert chip.respond(Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1c")) == OK
    assert chip.respond(Command(0x00, 0xB0, 0x00, 0x02, le=4)).data == raw[2:6]
    odd = Command(0x00, 0xB1, 0x00, 0x00, tlv.encode(0x54, b"\x02"), 6)
    assert chip.respond(odd).data == tlv.encode(0x53, raw[2:6])
    assert chip.respond(Command(0x00, 0xB0, 0x7F, 0x00, le=1)).sw == Sw.OFFSET_OUTSIDE_FILE


def test_a_contact_chip_holds_back_what_get_response_then_fetches() -> None:
    manner = Manner(waits_for_get_response=True, tells_right_le=True)
    chip = chip_of(WITHOUT, manner)
    named = Command(0x00, 0xA4, 0x04, 0x00, APPLICATION)
    assert chip.respond(named) == Response(b"", 0x610B)
    assert chip.respond(Command(0x00, 0xC0, 0x00, 0x00, le=4)) == Response(
        b"\x6f\x09\x84\x07", 0x6107
    )
    assert chip.respond(Command(0x00, 0xC0, 0x00, 0x00, le=7)) == Response(APPLICATION, Sw.OK)
    nothing_left = chip.respond(Command(0x00, 0xC0, 0x00, 0x00, le=7))
    assert nothing_left.sw == Sw.CONDITIONS_OF_USE_NOT_SATISFIED
    assert chip.respond(Command(0x00, 0x84, 0x00, 0x00, le=256)) == Response(b"", 0x6C08)


def test_what_no_chip_knows_is_refused() -> None:
    chip = chip_of(WITH_PACE)
    assert chip.respond(Command(0x80, 0xB0, 0x00, 0x00)).sw == Sw.CLASS_NOT_SUPPORTED
    assert chip.respond(Command(0x00, 0x01, 0x00, 0x00)).sw == Sw.INSTRUCTION_NOT_SUPPORTED
    unknown = Command(0x00, 0xA4, 0x04, 0x0C, bytes(7))
    assert chip.respond(unknown).sw == Sw.FILE_NOT_FOUND
    assert chip.answer(b"\x00\xb0") == Sw.WRONG_LENGTH.to_bytes(2)


def test_the_reader_is_told_a_random_looking_serial_number() -> None:
    assert chip_of(WITH_PACE).answer(bytes.fromhex("FFCA000000")) == bytes.fromhex("084547549000")


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_whatever_it_hears_it_answers(commands: list[bytes]) -> None:
    chip = Chip(WITH_PACE, seeded(1))
    chip.respond(SELECT_APPLICATION)
    for command in commands:
        said = chip.answer(command)
        assert said is not None
        assert len(said) >= 2


heads = st.sampled_from(
    ["00A4020C", "00B09C00", "00B10000", "0022C1A4", "002241A6", "10860000", "0C860000", "00820000"]
)


@given(st.lists(st.tuples(heads, st.binary(min_size=1, max_size=60)), max_size=8))
def test_whatever_stands_in_a_command_it_answers(asked: list[tuple[str, bytes]]) -> None:
    chip = Chip(WITH_PACE, seeded(1))
    for head, data in asked:
        cla, ins, p1, p2 = bytes.fromhex(head)
        command = Command(cla, ins, p1, p2, data, 256)
        assert chip.respond(command).sw >= 0x6100


def test_the_time_of_a_reading_is_added_up_and_not_waited_for() -> None:
    document = issue(replace(USUAL, portrait=GREY_JPEG + bytes(17_500)))
    line = Direct(chip_of(document), Radio(apdu_ms=10.0, kbit_s=424.0))
    line(SELECT_APPLICATION)
    sent, received = line.traffic.sent, line.traffic.received
    assert line.took_s == pytest.approx(0.010 + 8 * (sent + received) / 424_000)


def test_a_card_leaves_in_the_middle_of_a_dialogue() -> None:
    line = Direct(chip_of(WITH_PACE), Radio(removed_at_byte=20))
    line(SELECT_APPLICATION)
    with pytest.raises(CardLeft):
        line(SELECT_APPLICATION)
    with pytest.raises(ChipSilent):
        Direct(chip_of(WITH_PACE), Radio(mute=True))(SELECT_APPLICATION)
