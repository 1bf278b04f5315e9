"""Secure messaging: the worked example, both ends of every cipher, and whatever does not verify."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.key_derivation import SessionKeys, session_keys
from egate.document.secure_messaging import Channel, ChannelBroken
from egate.document.symmetric import Cipher
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw

# ICAO 9303-11 appendix D.4: the channel of D.3, then EF.COM selected and read
KEYS = SessionKeys(
    Cipher.TRIPLE_DES,
    bytes.fromhex("979EC13B1CBFE9DCD01AB0FED307EAE5"),
    bytes.fromhex("F1CB1F1FB5ADF208806B89DC579DC1F8"),
)
COUNTER = bytes.fromhex("887022120C06C226")
SELECT = Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex("011E"))
READ_4 = Command(0x00, 0xB0, 0x00, 0x00, le=4)
READ_18 = Command(0x00, 0xB0, 0x00, 0x04, le=18)
EXAMPLE = [
    (SELECT, "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
     "990290008E08FA855A5D4C50A8ED", ""),
    (READ_4, "0CB000000D9701048E08ED6705417E96BA5500",
     "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED", "60145F01"),
    (READ_18, "0CB000040D9701128E082EA28A70F3C7B53500",
     "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D74",
     "04303130365F36063034303030305C026175"),
]  # fmt: skip

CIPHERS = list(Cipher)
COMMANDS = [
    Command(0x00, 0xA4, 0x04, 0x0C, bytes.fromhex("A0000002471001")),
    Command(0x00, 0xB0, 0x9E, 0x00, le=256),
    Command(0x00, 0xB0, 0x00, 0x00, le=1),
    Command(0x00, 0xB0, 0x00, 0x00, le=4096),
    Command(0x00, 0xB0, 0x00, 0x00, le=65_536),
    Command(0x00, 0xB1, 0x00, 0x00, bytes.fromhex("54028000"), 223),
    Command(0x10, 0x86, 0x00, 0x00, bytes(300), 256),
    Command(0x00, 0x84, 0x00, 0x00),
]


def channels(cipher: Cipher = Cipher.AES_128) -> tuple[Channel, Channel]:
    keys = session_keys(b"a secret of both ends", cipher)
    return Channel(keys), Channel(keys)


def test_the_worked_example_holds_at_the_terminals_end() -> None:
    channel = Channel(KEYS, COUNTER)
    for command, protected, response, plain in EXAMPLE:
        assert channel.protect(command).encode() == bytes.fromhex(protected)
        answer = Response(bytes.fromhex(response), Sw.OK)
        assert channel.unprotect(answer) == Response(bytes.fromhex(plain), Sw.OK)
    assert channel.counter.hex() == "887022120c06c22c"


def test_the_worked_example_holds_at_the_chips_end() -> None:
    chip = Channel(KEYS, COUNTER)
    terminal = Channel(KEYS, COUNTER)
    for command, _, response, plain in EXAMPLE:
        assert chip.open_command(terminal.protect(command)) == command
        sealed = chip.seal_response(Response(bytes.fromhex(plain), Sw.OK))
        assert sealed == Response(bytes.fromhex(response), Sw.OK)
        terminal.unprotect(sealed)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_every_command_and_response_comes_through_as_it_was(cipher: Cipher) -> None:
    terminal, chip = channels(cipher)
    for command in COMMANDS:
        assert chip.open_command(terminal.protect(command)) == command
        response = Response(bytes(range(200)), Sw.OK)
        assert terminal.unprotect(chip.seal_response(response)) == response


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_refusal_of_the_chip_is_protected_too(cipher: Cipher) -> None:
    terminal, chip = channels(cipher)
    chip.open_command(terminal.protect(READ_4))
    refused = Response(b"", Sw.FILE_NOT_FOUND)
    assert terminal.unprotect(chip.seal_response(refused)) == refused
    assert terminal.is_open


@given(data=st.binary(max_size=700), cipher=st.sampled_from(CIPHERS), odd=st.booleans())
def test_any_data_goes_both_ways(data: bytes, cipher: Cipher, *, odd: bool) -> None:
    terminal, chip = channels(cipher)
    command = Command(0x00, 0xB1 if odd else 0xB0, 0x00, 0x00, data, 65_536)
    assert chip.open_command(terminal.protect(command)) == command
    response = Response(data, Sw.END_OF_FILE)
    assert terminal.unprotect(chip.seal_response(response)) == response


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("answer_bytes", [16, 100, 145, 146, 147, 256, 275, 276, 4096, 65_536])
def test_the_room_for_plain_data_is_what_fits_and_not_a_block_more(
    cipher: Cipher, answer_bytes: int
) -> None:
    terminal, chip = channels(cipher)
    room = terminal.plain_room(answer_bytes)
    chip.open_command(terminal.protect(READ_4))
    if room:
        assert len(chip.seal_response(Response(bytes(room), Sw.OK)).data) <= answer_bytes
    assert len(chip.seal_response(Response(bytes(room + 1), Sw.OK)).data) > answer_bytes


@pytest.mark.parametrize(("cipher", "room"), [(Cipher.TRIPLE_DES, 231), (Cipher.AES_256, 223)])
def test_a_short_answer_has_room_for_this_much(cipher: Cipher, room: int) -> None:
    terminal, _ = channels(cipher)
    assert terminal.plain_room(256) == room
    assert terminal.protect(Command(0, 0xB0, 0, 0, le=room)).le == 256
    assert terminal.protect(Command(0, 0xB0, 0, 0, le=room + 1)).le == 65_536


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


SEALED = bytes.fromhex(EXAMPLE[1][2])
MAC_OBJECT = SEALED[-10:]
STATUS_OBJECT = tlv.encode(0x99, b"\x90\x00")
HOSTILE: list[tuple[str, bytes, int, str]] = [
    ("a bare status word", b"", 0x9000, "unprotected_response"),
    ("a bare refusal", b"", 0x6988, "unprotected_response"),
    ("plain data", bytes.fromhex("60145F01"), 0x9000, "malformed"),
    ("no MAC", SEALED[:-10], 0x9000, "mac_missing"),
    ("another status word outside", SEALED, 0x6282, "status_word_differs"),
    ("the MAC alone", MAC_OBJECT, 0x9000, "mac_differs"),
    ("no status word", SEALED[:11] + MAC_OBJECT, 0x9000, "mac_differs"),
    ("the status word twice", SEALED[:-10] + STATUS_OBJECT + MAC_OBJECT, 0x9000, "malformed"),
    ("the MAC first", MAC_OBJECT + SEALED[:-10], 0x9000, "malformed"),
    ("a foreign object", tlv.encode(0x81, b"x") + SEALED[11:], 0x9000, "malformed"),
    ("something behind", SEALED + b"\x00", 0x9000, "malformed"),
    ("a short MAC", SEALED[:-10] + tlv.encode(0x8E, bytes(7)), 0x9000, "mac_missing"),
    ("cut short", SEALED[:-1], 0x9000, "malformed"),
    ("too many objects", b"\x85\x00" * 9, 0x9000, "malformed"),
    *((f"bit {i} flipped", flipped(SEALED, i), 0x9000, "") for i in range(len(SEALED))),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda case: case[0])
def test_what_does_not_verify_closes_the_channel(hostile: tuple[str, bytes, int, str]) -> None:
    _, data, sw, reason = hostile
    channel = Channel(KEYS, COUNTER)
    channel.protect(SELECT)
    channel.unprotect(Response(bytes.fromhex(EXAMPLE[0][2]), Sw.OK))
    channel.protect(READ_4)
    with pytest.raises(ChannelBroken) as broken:
        channel.unprotect(Response(data, sw))
    assert broken.value.reason == reason or not reason
    assert "60145f01" not in str(broken.value)
    assert not channel.is_open
    with pytest.raises(ChannelBroken, match="channel_is_closed"):
        channel.protect(READ_18)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_replayed_response_closes_the_channel(cipher: Cipher) -> None:
    terminal, chip = channels(cipher)
    chip.open_command(terminal.protect(READ_4))
    sealed = chip.seal_response(Response(b"once", Sw.OK))
    terminal.unprotect(sealed)
    terminal.protect(READ_4)
    with pytest.raises(ChannelBroken, match="mac_differs"):
        terminal.unprotect(sealed)


def with_data(change: Callable[[bytes], bytes]) -> Callable[[Command], Command]:
    return lambda c: Command(c.cla, c.ins, c.p1, c.p2, change(c.data), c.le)


CHANGES: list[tuple[str, Callable[[Command], Command], str]] = [
    ("plain", lambda c: Command(0, c.ins, c.p1, c.p2, c.data, c.le), "unprotected_command"),
    ("another file", lambda c: Command(c.cla, c.ins, c.p1, 1, c.data, c.le), "mac_differs"),
    ("another INS", lambda c: Command(c.cla, 0xB0, c.p1, c.p2, c.data, c.le), "mac_differs"),
    ("no data", with_data(lambda _: b""), "mac_missing"),
    ("a changed bit", with_data(lambda data: flipped(data, 5)), "mac_differs"),
]


@pytest.mark.parametrize("hostile", CHANGES, ids=lambda case: case[0])
def test_a_command_that_does_not_verify_closes_the_chips_end(
    hostile: tuple[str, Callable[[Command], Command], str],
) -> None:
    _, change, reason = hostile
    terminal, chip = channels()
    with pytest.raises(ChannelBroken, match=reason):
        chip.open_command(change(terminal.protect(SELECT)))
    with pytest.raises(ChannelBroken, match="channel_is_closed"):
        chip.seal_response(Response(b"", Sw.OK))


def test_a_channel_tells_no_key() -> None:
    assert repr(Channel(KEYS, COUNTER)) == "Channel(3des, open)"
    assert KEYS.encryption.hex() not in repr(KEYS)
