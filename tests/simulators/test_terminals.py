"""Documents that keep fingers and irises from strangers, read whole by terminals of every kind.

Source: ICAO 9303-11, 7.1 and appendix K; research/emrtd.md 6.2, rule 22.
"""

from dataclasses import replace
from secrets import token_bytes

import pytest

from egate.document.card_verifiable_certificates import FINGERS, IRISES
from egate.document.lds import CVCA, DATA_GROUPS
from egate.document.pace import Mapping
from egate.document.reading_result import Access, Plan, Reading
from egate.document.symmetric import Cipher
from egate.document.terminal_authentication import Terminal
from egate.domain.check import Check
from egate.wire.apdu import Command, Sw
from simulators.card_chip import Chip, Messaging, Troubles
from simulators.card_files import Manner
from simulators.document_factory import Description, Faults, issue, pace
from simulators.pki import NOW_S, YEAR_S
from simulators.terminal_pki import RSA, Verifiers, terminal_of, usual_terminal
from tests.simulators.inspected import Told, differing, reading_of, told_of

UTOPIA = Verifiers()
GATE = usual_terminal()
WANTED = frozenset({1, 2, 3, 4})
ACCEPTED = Check.CHIP_ACCEPTS_THE_TERMINAL
KEPT = Description(verifiers=UTOPIA, more=frozenset({3, 4, 11}))
CAM = (pace(Mapping.CHIP_AUTHENTICATION, Cipher.AES_128, 13),)

DOCUMENTS = {
    "PACE": KEPT,
    "basic access": replace(KEPT, pace=()),
    "PACE with primes": replace(
        KEPT, pace=(pace(Mapping.GENERIC, Cipher.AES_128, 0),), chip_key=(Cipher.AES_128, 0)
    ),
    "integrated mapping": replace(KEPT, pace=(pace(Mapping.INTEGRATED, Cipher.AES_192, 15),)),
    "chip authentication mapping": replace(KEPT, pace=CAM),
    "that mapping alone": replace(KEPT, pace=CAM, chip_key=None),
    "3DES": replace(KEPT, pace=(), chip_key=(Cipher.TRIPLE_DES, 10)),
}
MANNERS = {
    "as usual": Manner(),
    "tells in PACE": Manner(tells_trusted_in_pace=True),
    "no short identifiers": Manner(has_short_ids=False),
    "no extended length": Manner(has_extended_length=False),
    "61xx and 6Cxx": Manner(
        waits_for_get_response=True, tells_right_le=True, has_extended_length=False
    ),
}


def read(
    description: Description = KEPT,
    terminal: Terminal | None = GATE,
    manner: Manner | None = None,
    troubles: Troubles | None = None,
) -> tuple[Reading, Told]:
    """Read fingers and irises too, as this terminal."""
    document = issue(description)
    chip = Chip(document, token_bytes, manner or Manner(), troubles or Troubles())
    reading = reading_of(chip, Plan(WANTED, terminal=terminal))
    return reading, told_of(document, reading)


@pytest.mark.parametrize("description", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("manner", MANNERS.values(), ids=MANNERS)
def test_a_terminal_with_the_right_reads_what_is_kept_from_others(
    description: Description, manner: Manner
) -> None:
    reading, told = read(description, manner=manner)
    assert reading.ended is None
    assert {3, 4} <= set(reading.data_groups)
    assert told[ACCEPTED] == ("passed", "chip_took_our_signature")
    assert {outcome for outcome, _ in told.values()} <= {"passed", "not_applicable"}


def test_the_certificates_of_a_modulus_go_in_long_commands() -> None:
    verifiers = Verifiers(RSA)
    description, gate = replace(KEPT, verifiers=verifiers), usual_terminal(verifiers)
    assert read(description, gate)[1][ACCEPTED] == ("passed", "chip_took_our_signature")
    short = Manner(has_extended_length=False)
    reading, told = read(description, gate, short)
    assert told[ACCEPTED] == ("inconclusive", "needs_extended_length")
    assert reading.ended is None


def test_a_card_access_number_alone_is_enough_where_pace_names_the_chip() -> None:
    document = issue(KEPT)
    chip = Chip(document, token_bytes)
    plan = Plan(WANTED, terminal=GATE)
    reading = reading_of(chip, plan, Access(can=document.can))
    assert {3, 4} <= set(reading.data_groups)


def test_without_a_key_of_a_terminal_what_is_denied_is_no_error() -> None:
    reading, told = read(terminal=None)
    assert reading.ended is None
    assert [(one.step, one.reason) for one in reading.troubles] == [
        ("DG3", "denied"),
        ("DG4", "denied"),
    ]
    assert told[ACCEPTED] == ("not_applicable", "no_terminal_key")
    assert {outcome for outcome, _ in told.values()} <= {"passed", "not_applicable"}


def test_a_terminal_says_nothing_of_itself_where_nothing_wanted_needs_it() -> None:
    document = issue(KEPT)
    chip = Chip(document, token_bytes)
    heard: list[bytes] = []

    def sign(message: bytes) -> bytes:
        heard.append(message)
        return b""

    gate = terminal_of(UTOPIA.verifier(), UTOPIA.terminal(), sign=sign)
    told = told_of(document, reading_of(chip, Plan(frozenset({1, 2}), terminal=gate)))
    assert told[ACCEPTED] == ("not_applicable", "not_wanted")
    without = replace(KEPT, more=frozenset({11}))
    assert read(without, gate)[1][ACCEPTED] == ("not_applicable", "not_wanted")
    assert heard == []


def test_a_chip_that_knows_no_terminals_denies_and_that_is_no_error() -> None:
    reading, told = read(replace(KEPT, verifiers=None))
    assert told[ACCEPTED] == ("not_applicable", "not_listed")
    assert [one.reason for one in reading.troubles] == ["denied", "denied"]


def test_without_a_key_agreed_with_the_chip_no_terminal_is_named() -> None:
    reading, told = read(replace(KEPT, chip_key=None))
    assert told[ACCEPTED] == ("not_done", "chip_not_authenticated")
    assert not {3, 4} & set(reading.data_groups)


def wrong(**odd: object) -> Terminal:
    verifier = UTOPIA.verifier()
    return terminal_of(verifier, UTOPIA.terminal(verifier, **odd))


LATE = NOW_S - 1.5 * YEAR_S
OTHERS = Verifiers(seed="Ruritania")
REFUSED: dict[str, tuple[Terminal, str]] = {
    "of another authority": (usual_terminal(OTHERS), "certificate_refused"),
    "unknown to the authority": (
        terminal_of(UTOPIA.verifier(authority="RRCVCAEG00001"), UTOPIA.terminal()),
        "no_certificate_for_this_chip",
    ),
    "expired": (wrong(to_s=LATE), "certificate_refused"),
    "of a verifier that is expired": (
        terminal_of(UTOPIA.verifier(to_s=LATE), UTOPIA.terminal()),
        "certificate_refused",
    ),
    "of another key": (
        terminal_of(UTOPIA.verifier(), UTOPIA.terminal(), sign=OTHERS.terminal().sign),
        "signature_refused",
    ),
    "that is a signature of nothing": (
        terminal_of(UTOPIA.verifier(), UTOPIA.terminal(), sign=lambda _: bytes(64)),
        "signature_refused",
    ),
}


@pytest.mark.parametrize(("terminal", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_terminal_that_is_refused_reads_all_but_what_is_kept(
    terminal: Terminal, reason: str
) -> None:
    _, sound = read()
    reading, told = read(terminal=terminal)
    assert reading.ended is None
    assert set(reading.data_groups) == {1, 2, 14}
    assert reading.troubles == ()
    assert differing(told, sound) == {ACCEPTED: ("inconclusive", reason)}


@pytest.mark.parametrize(("rights", "given"), [(FINGERS, 3), (IRISES, 4), (0, None)])
@pytest.mark.parametrize("who", ["terminal", "verifier", "authority"])
def test_a_chip_gives_what_the_whole_chain_has_a_right_to(
    rights: int, given: int | None, who: str
) -> None:
    verifiers = Verifiers(rights=rights) if who == "authority" else UTOPIA
    all_rights = FINGERS | IRISES
    verifier = verifiers.verifier(rights=rights if who == "verifier" else all_rights)
    last = verifiers.terminal(verifier, rights=rights if who == "terminal" else all_rights)
    reading, told = read(replace(KEPT, verifiers=verifiers), terminal_of(verifier, last))
    assert told[ACCEPTED] == ("passed", "chip_took_our_signature")
    assert set(reading.data_groups) & {3, 4} == ({given} if given else set())
    assert {one.reason for one in reading.troubles} == {"denied"}


TROUBLES: dict[str, tuple[Troubles, str, str]] = {
    "the signature refused": (
        Troubles(terminal_authentication=Sw.CONDITIONS_OF_USE_NOT_SATISFIED),
        "inconclusive",
        "signature_refused",
    ),
    "a short challenge": (Troubles(challenge_bytes=4), "failed", "malformed"),
}


@pytest.mark.parametrize(("troubles", "outcome", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_each_trouble_of_the_chip_is_told(troubles: Troubles, outcome: str, reason: str) -> None:
    _, sound = read()
    reading, told = read(troubles=troubles)
    assert differing(told, sound) == {ACCEPTED: (outcome, reason)}
    assert reading.ended is None


def test_a_channel_that_breaks_meanwhile_ends_the_reading() -> None:
    sound, _ = read()
    ends = {}
    for at in range(1, sound.commands):
        spoilt = Troubles(messaging=Messaging.WRONG_MAC, messaging_at=at)
        reading, told = read(troubles=spoilt)
        if reading.ended is not None and told[ACCEPTED] == ("not_done", "not_reached"):
            ends[at] = reading.ended.reason
            assert not {3, 4} & set(reading.data_groups)
    assert set(ends.values()) == {"mac_differs"}
    assert len(ends) > 7  # at least at each of its own commands


def test_altered_fingers_are_altered_whoever_may_read_them() -> None:
    document = issue(KEPT, faults=Faults(altered=frozenset({3})))
    reading = reading_of(Chip(document, token_bytes), Plan(WANTED, terminal=GATE))
    told = told_of(document, reading)
    assert told[Check.DATA_GROUPS_ARE_UNALTERED] == ("failed", "altered")
    assert told[ACCEPTED] == ("passed", "chip_took_our_signature")


def test_a_clone_learns_of_no_terminal() -> None:
    document = issue(KEPT, faults=Faults(is_cloned=True))
    reading = reading_of(Chip(document, token_bytes), Plan(WANTED, terminal=GATE))
    assert told_of(document, reading)[ACCEPTED] == ("not_done", "not_reached")


def test_a_chip_keeps_a_new_authority_without_power_and_lets_nobody_in_by_itself() -> None:
    document = issue(KEPT)
    chip = Chip(document, token_bytes)
    before = Chip(document, token_bytes)
    link = UTOPIA.link
    verifier = UTOPIA.verifier(link)
    gate = terminal_of(link, verifier, UTOPIA.terminal(verifier))
    assert {3, 4} <= set(reading_of(chip, Plan(WANTED, terminal=gate)).data_groups)
    newer = terminal_of(verifier, UTOPIA.terminal(verifier))
    chip.reset()
    before.reset()
    assert not {3, 4} & set(reading_of(chip, Plan(WANTED)).data_groups)
    chip.reset()
    assert {3, 4} <= set(reading_of(chip, Plan(WANTED, terminal=newer)).data_groups)
    assert not {3, 4} & set(reading_of(before, Plan(WANTED, terminal=newer)).data_groups)


def test_a_plain_command_ends_what_a_terminal_was_let_in_to() -> None:
    chip = Chip(issue(KEPT), token_bytes)
    assert {3, 4} <= set(reading_of(chip, Plan(WANTED, terminal=GATE)).data_groups)
    for file in (DATA_GROUPS[3], DATA_GROUPS[1], CVCA):
        by_short_id = Command(0x00, 0xB0, 0x80 | file.short_id, 0x00, le=36)
        assert chip.respond(by_short_id).sw == Sw.SECURITY_STATUS_NOT_SATISFIED
    for command in (
        Command(0x00, 0x22, 0x81, 0xB6, b"\x83\x0dUTCVCAEG00001"),
        Command(0x00, 0x2A, 0x00, 0xBE, UTOPIA.verifier().certificate.signed),
    ):
        assert chip.respond(command).sw == Sw.FUNCTION_NOT_SUPPORTED
