"""Terminal authentication from both ends: which certificates are sent, what is signed, and refused.

Whole documents that keep fingers from strangers: tests/simulators/test_terminals.py.
"""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.card_verifiable_certificates import FINGERS, IRISES, CvCertificate, Role, begin
from egate.document.dialogue import ChipError, run
from egate.document.file_reading import LADDER, Limits, Session
from egate.document.lds import CVCA
from egate.document.security_infos import TerminalAuthenticationInfo
from egate.document.terminal_authentication import (
    CHECK,
    MAX_CERTIFICATES,
    MAX_CHAIN,
    Setting,
    Terminal,
    TerminalKeyLost,
    authenticate_terminal,
    cvca_file,
    introduce,
    is_listed,
    read_trusted,
)
from egate.document.terminal_authentication_chip import TerminalAuthenticationChip
from egate.domain.check import Outcome
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from simulators.pki import DAY_S, NOW_S, YEAR_S, How
from simulators.terminal_pki import (
    RSA,
    WAYS,
    Verifiers,
    Wish,
    day_of,
    terminal_of,
    usual_terminal,
)

UTOPIA = Verifiers()
DV = UTOPIA.verifier()
GATE = UTOPIA.terminal(DV)
USUAL = usual_terminal()
CHIP, OUR_KEY = b"L898902C36", bytes(range(32))
INFO = TerminalAuthenticationInfo(b"", "0.4.0.127.0.7.2.2.2", 1, None)
SETTING = Setting((INFO,), ("UTCVCAEG00001",), CHIP, OUR_KEY)


class Chip:
    """The chip's part alone, on a bare line."""

    def __init__(self, verifiers: Verifiers = UTOPIA, made_s: float = NOW_S - YEAR_S) -> None:
        trusted = (begin(verifiers.authority.certificate),)
        self.part = TerminalAuthenticationChip(trusted, day_of(made_s), token_bytes)
        self.heard: list[Command] = []
        self.identity, self.terminal_key = CHIP, OUR_KEY

    def __call__(self, command: Command) -> Response:
        self.heard.append(command)
        match command.ins, command.p2:
            case 0x22, 0xB6:
                return self.part.name_issuer(command)
            case 0x22, _:
                return self.part.name_terminal(command)
            case 0x2A, _:
                return self.part.verify(command)
            case 0x84, _:
                return self.part.challenge()
            case 0xB0, _:
                return Response(self.part.cvca_file, Sw.OK)
            case _:
                return self.part.authenticate(command, self.identity, self.terminal_key)


def authenticated(terminal: Terminal, chip: Chip, setting: Setting = SETTING) -> int | None:
    """Carry the protocol out; return the rights the chip then grants."""
    run(authenticate_terminal(terminal, terminal.chain(setting.trusted), setting), chip)
    return chip.part.rights


def refusal(terminal: Terminal, chip: Chip, setting: Setting = SETTING) -> tuple[str, int | None]:
    with pytest.raises(ChipError) as refused:
        authenticated(terminal, chip, setting)
    assert chip.part.rights is None
    return refused.value.reason, refused.value.sw


# ---- the protocol


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_a_terminal_with_its_chain_is_let_in(how: How) -> None:
    verifiers = Verifiers(how)
    assert authenticated(usual_terminal(verifiers), Chip(verifiers)) == FINGERS | IRISES


def test_the_commands_are_the_standards_in_their_order() -> None:
    chip = Chip()
    authenticated(USUAL, chip)
    assert [command.encode()[:4].hex() for command in chip.heard] == [
        "002281b6", "002a00be", "002281b6", "002a00be", "002281a4", "00840000", "00820000",
    ]  # fmt: skip
    dst, verify, *_, challenge, answer = chip.heard
    assert dst.data == tlv.encode(0x83, b"UTCVCAEG00001")
    assert [item.tag for item in tlv.decode_all(verify.data)] == [0x7F4E, 0x5F37]
    assert (challenge.le, answer.le, len(answer.data)) == (8, None, 64)


def test_what_is_signed_is_the_chip_its_challenge_and_our_key() -> None:
    signed: list[bytes] = []

    def sign(message: bytes) -> bytes:
        signed.append(message)
        return GATE.sign(message)

    authenticated(terminal_of(DV, GATE, sign=sign), Chip())
    (message,) = signed
    assert (message[:10], message[18:], len(message)) == (CHIP, OUR_KEY, 50)


def test_a_chip_that_trusts_an_older_key_is_led_over_the_link_and_keeps_the_new_one() -> None:
    link = UTOPIA.link
    verifier = UTOPIA.verifier(link)
    terminal = terminal_of(link, verifier, UTOPIA.terminal(verifier))
    chip = Chip()
    assert authenticated(terminal, chip) == FINGERS | IRISES
    assert read_trusted(chip.part.cvca_file) == ("UTCVCAEG00002", "UTCVCAEG00001")
    chip.part.forget()
    newer = replace(SETTING, trusted=read_trusted(chip.part.cvca_file))
    assert [one.holder for one in terminal.chain(newer.trusted)] == [
        "UTDVEG00001", "UTGATEEG00001"
    ]  # fmt: skip
    assert authenticated(terminal, chip, newer) == FINGERS | IRISES


def test_a_chip_learns_the_day_from_those_it_may_believe() -> None:
    chip = Chip(made_s=NOW_S - 3 * YEAR_S)
    old = UTOPIA.verifier(holder="UTDVEG00009", from_s=NOW_S - 3 * YEAR_S, to_s=NOW_S - YEAR_S)
    stale = terminal_of(old, UTOPIA.terminal(old, from_s=NOW_S - 3 * YEAR_S, to_s=NOW_S - YEAR_S))
    assert authenticated(stale, chip) == FINGERS | IRISES
    chip.part.forget()
    recent = UTOPIA.verifier(from_s=NOW_S - DAY_S)
    assert authenticated(terminal_of(recent, UTOPIA.terminal(recent)), chip) == FINGERS | IRISES
    assert chip.part.today == day_of(NOW_S - DAY_S)
    chip.part.forget()
    assert refusal(stale, chip) == ("certificate_refused", Sw.INCORRECT_DATA)


def test_a_foreign_verifiers_terminal_cannot_move_the_chips_day() -> None:
    chip = Chip()
    foreign = UTOPIA.verifier(role=Role.FOREIGN_VERIFIER)
    ahead = UTOPIA.terminal(foreign, from_s=NOW_S + YEAR_S, to_s=NOW_S + 2 * YEAR_S)
    made = chip.part.today
    assert authenticated(terminal_of(foreign, ahead), chip) == FINGERS | IRISES
    assert chip.part.today == max(made, foreign.certificate.effective)


REFUSED: dict[str, tuple[Terminal, str, int]] = {
    "of another state": (
        usual_terminal(Verifiers(seed="Ruritania")),
        "certificate_refused",
        Sw.INCORRECT_DATA,
    ),
    "expired": (
        terminal_of(DV, UTOPIA.terminal(DV, to_s=NOW_S - 2 * YEAR_S)),
        "certificate_refused",
        Sw.INCORRECT_DATA,
    ),
    "below an expired verifier": (
        terminal_of(UTOPIA.verifier(to_s=NOW_S - 2 * YEAR_S), GATE),
        "certificate_refused",
        Sw.INCORRECT_DATA,
    ),
    "with another's key": (
        terminal_of(DV, GATE, sign=UTOPIA.verifier().sign),
        "signature_refused",
        Sw.AUTHENTICATION_FAILED,
    ),
    "that signs nothing": (
        terminal_of(DV, GATE, sign=lambda _: b""),
        "signature_refused",
        Sw.AUTHENTICATION_FAILED,
    ),
}


@pytest.mark.parametrize(("terminal", "reason", "sw"), REFUSED.values(), ids=REFUSED)
def test_a_terminal_that_is_none_is_refused(terminal: Terminal, reason: str, sw: int) -> None:
    assert refusal(terminal, Chip()) == (reason, sw)


def test_a_signature_for_another_chip_or_another_channel_is_refused() -> None:
    chip = Chip()
    for other in (replace(SETTING, chip=b"X898902C36"), replace(SETTING, our_key=bytes(32))):
        assert refusal(USUAL, chip, other) == ("signature_refused", Sw.AUTHENTICATION_FAILED)
    chip.terminal_key = b""
    silent = replace(SETTING, our_key=b"")
    assert refusal(USUAL, chip, silent) == (
        "signature_refused", Sw.SECURITY_STATUS_NOT_SATISFIED
    )  # fmt: skip


def test_a_chip_takes_one_signature_for_one_challenge_and_one_terminal_a_session() -> None:
    chip = Chip()
    assert authenticated(USUAL, chip) == FINGERS | IRISES
    again = Command(0x00, 0x82, 0x00, 0x00, chip.heard[-1].data)
    assert chip(again).sw == Sw.CONDITIONS_OF_USE_NOT_SATISFIED
    with pytest.raises(ChipError) as refused:
        authenticated(USUAL, chip)
    assert refused.value.sw == Sw.SECURITY_STATUS_NOT_SATISFIED


def test_a_chip_follows_no_step_out_of_order() -> None:
    chip = Chip()
    assert chip(Command(0, 0x2A, 0, 0xBE, DV.certificate.signed)).sw == (
        Sw.CONDITIONS_OF_USE_NOT_SATISFIED
    )
    for name in (b"UTDVEG00001", b"", b"RRCVCAEG00001"):
        named = Command(0, 0x22, 0x81, 0xB6, tlv.encode(0x83, name))
        assert chip(named).sw == Sw.REFERENCED_DATA_NOT_FOUND
    chip(Command(0, 0x22, 0x81, 0xB6, tlv.encode(0x83, b"UTCVCAEG00001")))
    chip(Command(0, 0x2A, 0, 0xBE, DV.certificate.signed))
    no_terminal = Command(0, 0x22, 0x81, 0xA4, tlv.encode(0x83, b"UTDVEG00001"))
    assert chip(no_terminal).sw == Sw.REFERENCED_DATA_NOT_FOUND


def test_a_challenge_of_another_length_is_malformed() -> None:
    chip = Chip()

    def short(command: Command) -> Response:
        response = chip(command)
        return Response(response.data[:7], Sw.OK) if command.ins == 0x84 else response

    with pytest.raises(ChipError, match="malformed"):
        run(authenticate_terminal(USUAL, USUAL.chain(SETTING.trusted), SETTING), short)


def test_a_key_that_cannot_sign_is_told() -> None:
    def lost(_: bytes) -> bytes:
        raise TerminalKeyLost

    assert refusal(terminal_of(DV, GATE, sign=lost), Chip()) == ("not_signed", None)


# ---- which certificates


def test_a_terminal_picks_the_chain_that_a_chip_can_follow() -> None:
    other = Verifiers(seed="Ruritania")
    theirs = other.certify(Wish("RRCVCAEG00001"))
    crossed = UTOPIA.verifier(holder="UTDVEG00002")
    terminal = terminal_of(theirs, UTOPIA.authority, UTOPIA.link, crossed, DV, GATE)
    assert [one.holder for one in terminal.chain({"UTCVCAEG00001"})] == [
        "UTDVEG00001", "UTGATEEG00001"
    ]  # fmt: skip
    assert terminal.chain({"RRCVCAEG00001"}) == terminal.chain(()) == ()


def test_a_chain_has_an_end_however_certificates_name_each_other() -> None:
    around = tuple(
        UTOPIA.verifier(holder=f"UTDVEG0000{n}", authority=f"UTDVEG0000{(n + 1) % 3}")
        for n in range(3)
    )
    gate = UTOPIA.terminal(authority="UTDVEG00000")
    assert terminal_of(*around, gate).chain({"UTCVCAEG00001"}) == ()
    links = [
        UTOPIA.certify(Wish(f"UTCVCAEG0001{n}", authority=f"UTCVCAEG0001{n - 1}"), UTOPIA.authority)
        for n in range(1, 9)
    ]
    verifier = UTOPIA.verifier(authority="UTCVCAEG00018")
    assert terminal_of(*links, verifier, UTOPIA.terminal()).chain({"UTCVCAEG00010"}) == ()
    assert len(terminal_of(*links, verifier, UTOPIA.terminal()).chain({"UTCVCAEG00014"})) == (
        MAX_CHAIN
    )


def test_a_holder_that_is_no_terminal_has_no_chain() -> None:
    assert Terminal("UTDVEG00001", (DV.certificate,), DV.sign).chain({"UTCVCAEG00001"}) == ()


def test_a_terminal_of_too_many_certificates_is_refused_and_tells_no_key() -> None:
    many: tuple[CvCertificate, ...] = (DV.certificate,) * (MAX_CERTIFICATES + 1)
    with pytest.raises(ValueError, match="at most 16"):
        Terminal("UTGATEEG00001", many, GATE.sign)
    assert "UTGATE" not in repr(USUAL)


# ---- EF.CVCA


FILES = {
    "one": (tlv.encode(0x42, b"UTCVCAEG00001"), ("UTCVCAEG00001",)),
    "two": (
        tlv.encode(0x42, b"UTCVCAEG00002") + tlv.encode(0x42, b"UTCVCAEG00001"),
        ("UTCVCAEG00002", "UTCVCAEG00001"),
    ),
    "nothing": (b"", ()),
    "another object": (b"\x30\x02ab", ()),
    "cut short": (b"\x42\x10UT", ()),
    "a name too long": (tlv.encode(0x42, b"U" * 17), ()),
    "an indefinite length": (b"\x42\x80UT", ()),
}


@pytest.mark.parametrize(("raw", "names"), FILES.values(), ids=FILES)
def test_ef_cvca_names_whom_the_chip_trusts(raw: bytes, names: tuple[str, ...]) -> None:
    assert read_trusted(raw.ljust(CVCA.limit, b"\0")) == names


@given(st.binary(max_size=40))
def test_whatever_ef_cvca_holds_it_is_read(raw: bytes) -> None:
    assert len(read_trusted(raw)) <= 2


def located(*items: tuple[int, bytes]) -> TerminalAuthenticationInfo:
    inside = b"".join(tlv.encode(*item) for item in items)
    return replace(INFO, ef_cvca=tlv.encode(0x30, inside))


def test_ef_cvca_is_where_data_group_14_says() -> None:
    assert cvca_file((INFO,)) == CVCA
    moved = cvca_file((located((0x04, b"\x01\x1f"), (0x04, b"\x1f")),))
    assert (moved.file_id, moved.short_id, moved.limit) == (0x011F, 0x1F, 36)
    assert cvca_file((located((0x04, b"\x01\x1f")),)).short_id == 0
    for odd in (located(), located((0x04, b"\x01")), located((0x02, b"\x01\x1f"))):
        assert cvca_file((odd,)) == CVCA
    assert cvca_file((replace(INFO, ef_cvca=b"\x30\x09"),)) == CVCA


def test_version_2_is_another_protocol() -> None:
    assert is_listed((INFO,))
    assert not is_listed((replace(INFO, version=2),))
    assert not is_listed(())


# ---- as a finding


def told(
    terminal: Terminal,
    answer: Callable[[Command], Response],
    setting: Setting = SETTING,
    answer_bytes: int = LADDER[0],
) -> tuple[Outcome, str]:
    session = Session(answer_bytes, Limits(), lambda _: None)
    finding = run(introduce(session, terminal, setting), answer)
    assert finding.check is CHECK
    return finding.outcome, finding.reason


def test_whom_a_chip_trusts_is_asked_of_ef_cvca_when_pace_did_not_say() -> None:
    passed = (Outcome.PASSED, "chip_took_our_signature")
    silent = replace(SETTING, trusted=())
    chip = Chip()
    assert told(USUAL, chip, silent) == passed
    assert chip.heard[0].encode().hex() == "00b09c0024"
    chip = Chip()
    assert told(USUAL, chip) == passed
    assert all(command.ins != 0xB0 for command in chip.heard)


def test_what_keeps_us_out_is_about_us() -> None:
    stranger = terminal_of(Verifiers(seed="Ruritania").verifier(authority="RRCVCAEG00001"), GATE)
    assert told(stranger, Chip()) == (Outcome.INCONCLUSIVE, "no_certificate_for_this_chip")
    assert told(REFUSED["expired"][0], Chip()) == (Outcome.INCONCLUSIVE, "certificate_refused")
    mute = replace(SETTING, trusted=())
    assert told(USUAL, lambda _: Response(b"", Sw.FILE_NOT_FOUND), mute) == (
        Outcome.INCONCLUSIVE, "absent"
    )  # fmt: skip


def test_a_long_certificate_is_not_sent_where_nothing_long_can_be() -> None:
    long = usual_terminal(Verifiers(RSA))
    chip = Chip(Verifiers(RSA))
    assert told(long, chip, answer_bytes=256) == (Outcome.INCONCLUSIVE, "needs_extended_length")
    assert chip.heard == []
    assert told(long, chip)[0] is told(USUAL, Chip(), answer_bytes=256)[0] is Outcome.PASSED


@pytest.mark.parametrize("sw", [0x9000, 0x6300, 0x6982, 0x6A80, 0x6A88, 0x6D00, 0x0000])
@pytest.mark.parametrize("data", [b"", b"\x42\x00", bytes(8), bytes(300)])
def test_whatever_a_chip_answers_there_is_a_finding(data: bytes, sw: int) -> None:
    outcome, _ = told(USUAL, lambda _: Response(data, sw))
    assert (outcome is Outcome.PASSED) == (sw == 0x9000 and len(data) == 8)


@given(st.lists(st.tuples(st.sampled_from(["B6", "A4", "2A", "84", "82"]), st.binary(max_size=80))))
def test_whatever_a_terminal_says_the_chip_lets_nobody_in(said: list[tuple[str, bytes]]) -> None:
    chip = Chip()
    for kind, data in said:
        ins, p2 = (0x22, int(kind, 16)) if kind in {"B6", "A4"} else (int(kind, 16), 0)
        chip(Command(0x00, ins, 0x81, p2, data))
    assert chip.part.rights is None
