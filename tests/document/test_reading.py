"""Reading a document: the whole procedure, who decides what, and what chips get wrong."""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes

import pytest

from egate.document.chip_authentication import ChipAuthenticationChip, ChipKey
from egate.document.dialogue import run
from egate.document.domain_parameters import GROUPS
from egate.document.file_reading import FileProgress, Limits
from egate.document.lds import CARD_ACCESS, CARD_SECURITY, COM, SOD
from egate.document.mrz_key import MrzKey
from egate.document.pace import Offer, offer
from egate.document.reading import CHECKS, DocumentReading, read_document
from egate.document.reading_result import (
    Access,
    FileRead,
    Plan,
    Progress,
    Reading,
    StepBegun,
    Trouble,
)
from egate.document.security_infos import BSI
from egate.document.symmetric import Cipher
from egate.domain.check import Check, Outcome
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from tests.document.chip import (
    CAN,
    PLAIN_GROUPS,
    ZONE,
    Chip,
    application,
    basic_chip,
    com,
    data_group_14,
    pace_chip,
    pace_info,
)

ACCESS = Check.ACCESS_CONTROL_IS_ESTABLISHED
BYPASSED = Check.PACE_IS_NOT_BYPASSED
CARD_ACCESS_SIGNED = Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED
UNBROKEN = Check.SECURE_MESSAGING_IS_UNBROKEN
MAPPING_KEY = Check.CHIP_HOLDS_ITS_MAPPING_KEY
CHIP_KEY = Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY
SIGNING_KEY = Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY
COM_AGREES = Check.COM_AGREES_WITH_THE_SECURITY_OBJECT

SHOWN = Access(ZONE)
LONG = Plan()
SHORT = Plan(answer_bytes=256)


def spoken(oid: str, parameter_id: int = 13) -> Offer:
    found = offer(f"{BSI}.4.{oid}", parameter_id)
    assert found is not None
    return found


GENERIC = spoken("2.2")
INTEGRATED = spoken("4.3")
MAPPING = spoken("6.2")
OLD = spoken("2.1")


def read(chip: Chip, plan: Plan = LONG, access: Access = SHOWN) -> Reading:
    return run(read_document(access, plan, token_bytes), chip)


def told(reading: Reading, check: Check) -> tuple[str, str]:
    (found,) = (finding for finding in reading.findings if finding.check is check)
    return found.outcome.value, found.reason


def is_whole(reading: Reading, chip: Chip) -> bool:
    return {**reading.data_groups, 0: reading.security_object} == {
        **{n: raw for n, raw in chip.application.items() if n <= 16},
        0: chip.application[SOD.short_id],
    }


# ---- the procedure


def test_a_document_with_basic_access_is_read_whole_and_proves_its_keys() -> None:
    chip = basic_chip()
    reading = read(chip)
    assert reading.ended is None
    assert is_whole(reading, chip)
    assert [told(reading, check) for check in CHECKS] == [
        ("passed", "basic_access"),
        ("not_applicable", "not_offered"),
        ("not_applicable", "no_pace"),
        ("passed", "every_answer_verified"),
        ("not_applicable", "not_chosen"),
        ("passed", "answered_with_the_new_keys"),
        ("passed", "signed_the_challenge"),
        ("not_applicable", "not_wanted"),
        ("passed", "same"),
    ]


@pytest.mark.parametrize("chosen", [GENERIC, INTEGRATED, MAPPING, OLD], ids=str)
@pytest.mark.parametrize("access", [SHOWN, Access(can=CAN), Access(ZONE, CAN)])
def test_a_document_with_pace_is_read_whole_by_zone_or_number(
    chosen: Offer, access: Access
) -> None:
    chip = pace_chip(chosen)
    reading = read(chip, access=access)
    assert reading.ended is None
    assert is_whole(reading, chip)
    assert told(reading, ACCESS) == told(reading, BYPASSED) == ("passed", "pace")
    assert told(reading, CARD_ACCESS_SIGNED) == ("passed", "same")
    assert told(reading, CHIP_KEY)[0] == told(reading, SIGNING_KEY)[0] == "passed"


def test_the_order_is_the_standards_and_the_portrait_comes_last() -> None:
    chip = pace_chip(MAPPING)
    notices: list[Progress] = []
    run(read_document(SHOWN, Plan(), token_bytes, notices.append), chip)
    assert [notice.file for notice in notices if isinstance(notice, FileRead)] == [
        "EF.CardAccess", "EF.CardSecurity", "EF.SOD", "DG14", "EF.COM", "DG15", "DG1", "DG11",
        "DG12", "DG2",
    ]  # fmt: skip
    assert [notice.step for notice in notices if isinstance(notice, StepBegun)][:3] == [
        "reading EF.CardAccess", "PACE", "proving the mapping key"
    ]  # fmt: skip


def test_progress_tells_how_much_of_a_file_has_come() -> None:
    notices: list[Progress] = []
    plan = Plan(answer_bytes=4096)
    run(read_document(SHOWN, plan, token_bytes, notices.append), basic_chip())
    portrait = [n for n in notices if isinstance(n, FileProgress) and n.file == "DG2"]
    whole = len(PLAIN_GROUPS[2])
    assert [(n.read_bytes, n.whole_bytes) for n in portrait][-1] == (whole, whole)
    assert [n.read_bytes for n in portrait] == sorted({n.read_bytes for n in portrait})
    assert len(portrait) == 5


@pytest.mark.parametrize(
    ("plan", "most"), [(Plan(), 16), (Plan(answer_bytes=4096), 20), (SHORT, 105)]
)
def test_a_document_of_20_kilobytes_takes_no_more_commands_than_this(plan: Plan, most: int) -> None:
    reading = read(basic_chip(), plan)
    assert sum(len(raw) for raw in reading.files.values()) > 20_000
    assert reading.commands <= most


def test_only_what_is_listed_and_wanted_is_read() -> None:
    chip = basic_chip()
    chip.application[7] = b"\x67\x01x"  # on the chip, and on no list
    reading = read(chip, Plan(frozenset({1, 2, 7})))
    assert set(reading.data_groups) == {1, 2, 14, 15}


def test_what_com_lists_is_not_read() -> None:
    chip = basic_chip()
    chip.application[3] = b"\x63\x01x"
    chip.application[COM.short_id] = com([1, 2, 3, 11, 12, 14, 15])
    reading = read(chip, Plan(frozenset(range(1, 17))))
    assert 3 not in reading.data_groups
    assert told(reading, COM_AGREES) == ("failed", "data_groups_differ")


COMS = {
    "absent": (None, ("inconclusive", "absent")),
    "malformed": (b"\x60\x00", ("failed", "malformed")),
    "one more": (com([1, 2, 7, 11, 12, 14, 15]), ("failed", "data_groups_differ")),
    "one less": (com([1, 2, 11, 12, 14]), ("failed", "data_groups_differ")),
}


@pytest.mark.parametrize(("raw", "expected"), COMS.values(), ids=COMS.keys())
def test_com_is_compared_and_never_believed(raw: bytes | None, expected: tuple[str, str]) -> None:
    chip = basic_chip()
    chip.application.pop(COM.short_id)
    if raw:
        chip.application[COM.short_id] = raw
    reading = read(chip)
    assert told(reading, COM_AGREES) == expected
    assert is_whole(reading, chip)


def test_a_missing_data_group_is_told_and_the_rest_is_read() -> None:
    chip = basic_chip()
    del chip.application[11]
    reading = read(chip)
    assert set(reading.data_groups) == {1, 2, 12, 14, 15}
    assert Trouble("DG11", "absent", Sw.FILE_NOT_FOUND) in reading.troubles
    assert reading.ended is None


# ---- access control, and who decides


def test_a_misread_zone_opens_nothing() -> None:
    reading = read(basic_chip(), access=Access(MrzKey("L898902D", "690806", "940623")))
    assert reading.ended == Trouble("basic access control", "key_refused", 0x6300)
    assert told(reading, ACCESS) == ("failed", "key_refused")
    assert told(reading, CHIP_KEY) == ("not_done", "not_reached")
    assert reading.data_groups == {}


@pytest.mark.parametrize("step", ["0022", "1086", "0086"])
def test_a_failure_of_pace_ends_the_reading(step: str) -> None:
    def refuse(command: Command, response: Response) -> Response:
        return Response(b"", 0x6A80) if command.encode().hex().startswith(step) else response

    reading = read(pace_chip(GENERIC, change=refuse))
    assert reading.ended is not None
    assert told(reading, BYPASSED)[0] == told(reading, ACCESS)[0] == "failed"
    assert reading.data_groups == {}


def test_basic_access_after_a_failure_of_pace_is_the_callers_decision_and_stays_a_finding() -> None:
    def refuse(command: Command, response: Response) -> Response:
        return Response(b"", 0x6A80) if command.ins == 0x22 and command.p1 == 0xC1 else response

    chip = pace_chip(GENERIC, change=refuse)
    reading = read(chip, Plan(basic_access_after_pace=True))
    assert reading.ended is None
    assert told(reading, BYPASSED) == ("failed", "refused")
    assert told(reading, ACCESS) == ("passed", "basic_access")
    assert is_whole(reading, chip)


def test_a_card_access_that_hides_pace_is_seen_against_data_group_14() -> None:
    chip = pace_chip(GENERIC)
    del chip.master[CARD_ACCESS.short_id]
    reading = read(chip)
    assert told(reading, ACCESS) == ("passed", "basic_access")
    assert told(reading, BYPASSED) == ("not_applicable", "not_offered")
    assert told(reading, CARD_ACCESS_SIGNED) == ("failed", "protocol_downgrade")


def test_a_card_access_that_offers_something_weaker_is_seen_against_data_group_14() -> None:
    chip = pace_chip(GENERIC, OLD)
    chip.master[CARD_ACCESS.short_id] = tlv.encode(0x31, pace_info(OLD))
    assert told(read(chip), CARD_ACCESS_SIGNED) == ("failed", "protocol_downgrade")


def test_pace_that_no_data_group_14_tells_of_is_inconclusive() -> None:
    chip = pace_chip(GENERIC)
    chip.application = application({**PLAIN_GROUPS, 14: data_group_14()})
    assert told(read(chip), CARD_ACCESS_SIGNED) == ("inconclusive", "not_signed")
    chip = pace_chip(GENERIC, application=application(PLAIN_GROUPS))
    assert told(read(chip), CARD_ACCESS_SIGNED) == ("inconclusive", "not_signed")


BROKEN_CARD_ACCESS = {
    "no SET": b"\x30\x00",
    "a PACEInfo without a version": tlv.encode(
        0x31, tlv.encode(0x30, tlv.encode(0x06, bytes.fromhex("04007F00070202040202")))
    ),
    "noise": b"\x31\x05noise",
}


@pytest.mark.parametrize("raw", BROKEN_CARD_ACCESS.values(), ids=BROKEN_CARD_ACCESS.keys())
def test_a_broken_card_access_is_not_one_without_pace(raw: bytes) -> None:
    chip = pace_chip(GENERIC)
    chip.master[CARD_ACCESS.short_id] = raw
    reading = read(chip)
    assert told(reading, BYPASSED)[0] == told(reading, ACCESS)[0] == "failed"
    assert reading.ended is not None
    assert reading.data_groups == {}


@pytest.mark.parametrize("sw", [0x6982, 0x6D00, 0x6A82])
def test_a_card_that_does_not_say_what_it_offers_is_opened_by_basic_access(sw: int) -> None:
    def mute(command: Command, response: Response) -> Response:
        before = command.cla == 0 and command.ins in {0xA4, 0xB0} and command.p1 != 0x04
        return Response(b"", sw) if before else response

    chip = pace_chip(GENERIC, change=mute)
    reading = read(chip)
    assert told(reading, ACCESS) == ("passed", "basic_access")
    assert told(reading, CARD_ACCESS_SIGNED) == ("failed", "protocol_downgrade")


def test_pace_of_another_kind_is_inconclusive_and_ends_the_reading() -> None:
    chip = pace_chip(GENERIC)
    unknown = replace(GENERIC, parameter_id=31)
    chip.master[CARD_ACCESS.short_id] = tlv.encode(0x31, pace_info(unknown))
    reading = read(chip)
    assert told(reading, BYPASSED) == ("inconclusive", "not_spoken")
    assert reading.ended == Trouble("PACE", "not_spoken")


def test_without_anything_shown_nothing_is_opened() -> None:
    assert told(read(basic_chip(), access=Access(can=CAN)), ACCESS) == (
        "inconclusive", "no_password"
    )  # fmt: skip
    assert told(read(pace_chip(GENERIC), access=Access()), ACCESS) == (
        "inconclusive", "no_password"
    )  # fmt: skip


def test_a_chip_open_to_anyone_is_read_and_told() -> None:
    chip = Chip(application(PLAIN_GROUPS))
    reading = read(chip)
    assert is_whole(reading, chip)
    assert told(reading, ACCESS) == told(reading, UNBROKEN) == ("not_applicable", "open_to_anyone")


def test_a_master_file_that_must_be_selected_first_is_selected() -> None:
    def until_selected(_: Command, response: Response) -> Response:
        is_first = not any(one.ins == 0xA4 and one.p1 == 0 for one in chip.heard)
        return Response(b"", Sw.COMMAND_NOT_ALLOWED) if is_first else response

    chip = pace_chip(GENERIC, change=until_selected)
    assert told(read(chip), ACCESS) == ("passed", "pace")


# ---- clones


def clone_key() -> ChipAuthenticationChip:
    group = GROUPS[13]
    key = ChipKey(f"{BSI}.3.2.4", Cipher.AES_256, group, group.public(4711))
    return ChipAuthenticationChip(((key, 4712),))


CLONES: dict[str, tuple[dict[str, object], Check, str]] = {
    "without the key": ({"chip_keys": clone_key()}, CHIP_KEY, "not_proven"),
    "that refuses chip authentication": ({"chip_keys": None}, CHIP_KEY, "refused"),
    "that refuses to sign": ({"signing": None}, SIGNING_KEY, "refused"),
}


@pytest.mark.parametrize(("odd", "check", "reason"), CLONES.values(), ids=CLONES.keys())
def test_a_clone_fails(odd: dict[str, object], check: Check, reason: str) -> None:
    assert told(read(basic_chip(**odd)), check) == ("failed", reason)


@pytest.mark.parametrize(("missing", "check"), [(14, CHIP_KEY), (15, SIGNING_KEY)])
@pytest.mark.parametrize("put", [None, b"\x6e\x00", b"\x6f\x00"])
def test_a_clone_that_leaves_its_keys_out_fails(
    missing: int, check: Check, put: bytes | None
) -> None:
    chip = basic_chip()
    del chip.application[missing]
    if put:
        chip.application[missing] = put
    reading = read(chip)
    assert told(reading, check) == ("failed", "key_missing")
    assert set(PLAIN_GROUPS) <= set(reading.data_groups)


def test_a_document_that_promises_no_key_could_be_a_clone_and_is_told_so() -> None:
    chip = basic_chip(application=application(PLAIN_GROUPS))
    reading = read(chip)
    assert told(reading, CHIP_KEY) == told(reading, SIGNING_KEY) == (
        "not_applicable", "not_listed"
    )  # fmt: skip


def test_a_chip_without_the_mapping_key_fails() -> None:
    chip = pace_chip(MAPPING)
    assert chip.pace is not None
    chip.pace.static_key = 4712
    assert told(read(chip), MAPPING_KEY) == ("failed", "key_not_held")


@pytest.mark.parametrize("raw", [None, b"\x30\x00", b"\x30\x03abc"])
def test_a_mapping_key_nobody_published_fails(raw: bytes | None) -> None:
    chip = pace_chip(MAPPING)
    del chip.master[CARD_SECURITY.short_id]
    if raw:
        chip.master[CARD_SECURITY.short_id] = raw
    assert told(read(chip), MAPPING_KEY) == ("failed", "key_missing")


def test_the_challenge_and_signature_are_kept_for_whoever_verifies_again() -> None:
    reading = read(basic_chip())
    assert (len(reading.challenge), len(reading.signature)) == (8, 256)


# ---- the channel


def nth(
    place: int, change: Callable[[Response], Response]
) -> Callable[[Command, Response], Response]:
    """Change the nth protected answer."""
    heard = [0]

    def changed(command: Command, response: Response) -> Response:
        is_protected = command.cla & 0x0C == 0x0C
        heard[0] += is_protected
        return change(response) if is_protected and heard[0] == place else response

    return changed


BREAKS: dict[str, Callable[[Response], Response]] = {
    "a changed bit": lambda r: Response(r.data[:-1] + bytes([r.data[-1] ^ 1]), r.sw),
    "a bare refusal": lambda _: Response(b"", 0x6988),
    "a bare success": lambda _: Response(b"", 0x9000),
    "another status word": lambda r: Response(r.data, 0x6282),
    "plain data": lambda _: Response(b"\x75\x04abcd", 0x9000),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
@pytest.mark.parametrize("place", [1, 5, 10, 11])
def test_a_broken_channel_ends_the_reading_with_what_there_was(
    place: int, change: Callable[[Response], Response]
) -> None:
    chip = basic_chip(change=nth(place, change))
    reading = read(chip)
    assert reading.ended is not None
    assert reading.ended.step == "secure messaging"
    assert told(reading, UNBROKEN)[0] == "failed"
    assert len(reading.files) < 8
    heard = len(chip.heard)
    assert heard == reading.commands  # nothing was said after it


# ---- lengths


def test_a_chip_without_extended_length_is_asked_for_less_before_it_is_opened() -> None:
    chip = pace_chip(GENERIC, most_extended=0)
    reading = read(chip)
    assert is_whole(reading, chip)
    assert reading.answer_bytes == 256


def test_a_bare_refusal_of_a_length_begins_again_with_less() -> None:
    chip = pace_chip(GENERIC, most_extended=5_000)
    chip.change = lambda command, response: (
        Response(b"", Sw.FILE_NOT_FOUND)
        if command.ins == 0xB0 and command.cla == 0 and response.sw == Sw.WRONG_LENGTH
        else response
    )
    chip = basic_chip(most_extended=0, change=chip.change)
    reading = read(chip)
    assert reading.ended is None
    assert is_whole(reading, chip)
    assert reading.answer_bytes == 256


def test_pace_is_not_forgotten_when_a_reading_begins_again() -> None:
    chip = pace_chip(GENERIC, selects_master_file=Sw.INSTRUCTION_NOT_SUPPORTED)

    def once(command: Command, response: Response) -> Response:
        chip.change = lambda _, answer: answer
        return Response(b"", Sw.WRONG_LENGTH) if command.cla == 0x0C else response

    chip.change = lambda command, response: (
        once(command, response) if command.cla == 0x0C else response
    )
    reading = read(chip)
    assert told(reading, ACCESS) == ("passed", "pace")
    assert reading.answer_bytes == 4096


@pytest.mark.parametrize("most_plain", [167, 223, 1_000, 5_000])
def test_a_refusal_through_the_channel_is_learnt_from(most_plain: int) -> None:
    chip = basic_chip(most_plain=most_plain)
    reading = read(chip)
    assert is_whole(reading, chip)
    assert told(reading, UNBROKEN)[0] == "passed"


def test_a_chip_that_answers_no_more_than_there_is_is_asked_for_exactly_that() -> None:
    chip = basic_chip(takes_overlong_reads=False)
    reading = read(chip)
    assert is_whole(reading, chip)
    assert reading.answer_bytes == 32_768


def test_a_chip_without_short_identifiers_is_read_by_selecting() -> None:
    chip = pace_chip(MAPPING, has_short_ids=False)
    reading = read(chip)
    assert is_whole(reading, chip)
    assert told(reading, MAPPING_KEY)[0] == "passed"


@pytest.mark.parametrize("plan", [Plan(), SHORT])
def test_a_file_beyond_32_kilobytes_is_read_with_the_odd_instruction(plan: Plan) -> None:
    groups = {1: PLAIN_GROUPS[1], 2: tlv.encode(0x75, bytes(range(256)) * 300)}
    chip = basic_chip(application=application(groups))
    assert is_whole(read(chip, plan), chip)
    assert any(command.ins == 0xB1 for command in chip.heard)


def test_61xx_of_the_line_is_followed_up() -> None:
    chip, waiting = basic_chip(), [Response(b"", Sw.OK)]

    def contact(command: Command) -> Response:
        if command.ins != 0xC0:
            waiting[0] = chip(command)
            if not command.data or not waiting[0].data:
                return waiting[0]
        given = (command.le or 0) if command.ins == 0xC0 else 0
        data, left = waiting[0].data[:given], waiting[0].data[given:]
        waiting[0] = replace(waiting[0], data=left)
        return Response(data, 0x6100 | min(len(left), 255) if left else waiting[0].sw)

    assert is_whole(run(read_document(SHOWN, SHORT, token_bytes), contact), chip)


def test_6cxx_of_the_line_is_repaired() -> None:
    refused: list[bytes] = []

    def contact(command: Command) -> Response:
        head = command.encode()[:4]
        if command.ins in {0x84, 0xB0} and head not in refused:
            refused.append(head)
            return Response(b"", 0x6C00 | (8 if command.ins == 0x84 else 0))
        return chip(command)

    chip = basic_chip()
    assert is_whole(run(read_document(SHOWN, SHORT, token_bytes), contact), chip)
    assert len(refused) > 5


# ---- hostile chips


HOSTILE_FILES = {
    "another tag": (b"\x61\x02ab", "wrong_tag"),
    "4 gigabytes": (b"\x75\x84\xff\xff\xff\xff" + bytes(20), "too_long"),
    "300 kilobytes": (b"\x75\x83\x04\x93\xe0" + bytes(20), "too_long"),
    "an indefinite length": (b"\x75\x80" + bytes(20), "malformed"),
    "more than there is": (b"\x75\x82\x10\x00" + bytes(200), "cut_short"),
    "a tag alone": (b"\x75", "cut_short"),
}


@pytest.mark.parametrize(("raw", "reason"), HOSTILE_FILES.values(), ids=HOSTILE_FILES.keys())
def test_a_file_that_lies_about_itself_is_not_read(raw: bytes, reason: str) -> None:
    chip = basic_chip()
    chip.application[2] = raw
    reading = read(chip)
    assert 2 not in reading.data_groups
    (trouble,) = (one for one in reading.troubles if one.step == "DG2")
    assert trouble.reason == reason
    assert reading.commands < 40
    assert reading.ended is None


@pytest.mark.parametrize("raw", [b"\x77\x00", b"\x77\x02ab", b"\x30\x00"])
def test_without_a_security_object_nothing_else_is_read(raw: bytes) -> None:
    chip = basic_chip()
    chip.application[SOD.short_id] = raw
    reading = read(chip)
    assert reading.ended is not None
    assert reading.ended.step == "reading EF.SOD"
    assert reading.data_groups == {}


def test_a_chip_that_dribbles_is_left() -> None:
    chip = basic_chip(
        change_plain=lambda command, response: (
            Response(response.data[:4], response.sw) if command.ins == 0xB0 else response
        )
    )
    reading = read(chip, Plan(limits=Limits(commands=100)))
    assert reading.ended == Trouble("the session", "too_many_commands")
    assert len(chip.heard) == 100


def test_a_chip_that_floods_is_left() -> None:
    chip = basic_chip(change=lambda _, response: Response(response.data + bytes(60_000), 0x6982))
    reading = read(chip, Plan(limits=Limits(answered_bytes=100_000)))
    assert reading.ended is not None
    assert len(chip.heard) < 5


@pytest.mark.parametrize("sw", [0x9000, 0x6100, 0x6C00, 0x6700, 0x6982, 0x6A82, 0x6F00, 0x0000])
@pytest.mark.parametrize("data", [b"", b"\x00", b"\x31\x00", b"\x7c\x00", bytes(300)])
def test_whatever_a_chip_answers_the_reading_ends_and_says_so(data: bytes, sw: int) -> None:
    plan = Plan(limits=Limits(commands=300))
    reading = run(read_document(SHOWN, plan, token_bytes), lambda _: Response(data, sw))
    assert reading.ended is not None
    assert [finding.check for finding in reading.findings] == list(CHECKS)
    assert not any(finding.outcome is Outcome.PASSED for finding in reading.findings)


def test_a_card_that_is_pulled_leaves_what_was_read() -> None:
    class Pulled(Exception):
        pass

    chip = basic_chip()

    def until_pulled(command: Command) -> Response:
        if len(chip.heard) == 12:
            raise Pulled
        return chip(command)

    reading = DocumentReading(SHOWN, Plan(), token_bytes)
    with pytest.raises(Pulled):
        run(reading.dialogue(), until_pulled)
    result = reading.result()
    assert set(result.files) == {"EF.SOD", "DG14", "EF.COM", "DG15"}
    assert result.ended == Trouble("reading the data groups", "not_finished")
    assert told(result, UNBROKEN) == ("not_done", "not_reached")


def test_no_key_outlives_the_reading() -> None:
    chip = basic_chip()
    reading = DocumentReading(SHOWN, Plan(), token_bytes)
    assert run(reading.dialogue(), chip).ended is None
    channel = reading._session.channel
    assert channel is not None
    assert not channel.is_open
    assert channel._keys.encryption == b""


def test_a_reading_tells_nothing_of_the_holder() -> None:
    chip = basic_chip()
    notices: list[Progress] = []
    reading = run(read_document(SHOWN, Plan(), token_bytes, notices.append), chip)
    shown = f"{reading!r} {reading.findings} {reading.troubles} {SHOWN!r} {notices} {chip.heard}"
    for secret in ("L898902C", "690806", "UTO", CAN):
        assert secret not in shown
