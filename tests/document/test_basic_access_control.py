"""Basic access control: the worked example from both ends, wrong zones, and chips that lie."""

from collections.abc import Callable
from secrets import token_bytes

import pytest

from egate.document.basic_access_control import BasicAccessControlChip, open_chip
from egate.document.dialogue import ChipError, run
from egate.document.domain_parameters import Draw
from egate.document.secure_messaging import Channel
from egate.wire.apdu import Command, Response, Sw

# ICAO 9303-11 appendix D.2 and D.3
SEED = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
OTHER_SEED = bytes(16)
NONCE_IC = bytes.fromhex("4608F91988702212")
NONCE_IFD = bytes.fromhex("781723860C06C226")
PART_IFD = bytes.fromhex("0B795240CB7049B01C19B33E32804F0B")
PART_IC = bytes.fromhex("0B4F80323EB3191CB04970CB4052790B")
AUTHENTICATE = bytes.fromhex(
    "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728"
)
AUTHENTICATED = bytes.fromhex(
    "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449"
)
SELECT = Command(0x00, 0xA4, 0x02, 0x0C, b"\x01\x1e")
SELECT_PROTECTED = bytes.fromhex("0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800")


def drawing(*values: bytes) -> Draw:
    left = list(values)

    def draw(size: int) -> bytes:
        value = left.pop(0)
        assert len(value) == size
        return value

    return draw


class Chip:
    def __init__(self, seed: bytes, draw: Draw = token_bytes) -> None:
        self.protocol = BasicAccessControlChip(seed, draw)
        self.channel: Channel | None = None
        self.heard: list[Command] = []

    def __call__(self, command: Command) -> Response:
        self.heard.append(command)
        if command.ins == 0x84:
            return self.protocol.challenge()
        response, self.channel = self.protocol.authenticate(command)
        return response


def test_the_worked_example_holds_at_both_ends() -> None:
    chip = Chip(SEED, drawing(NONCE_IC, PART_IC))
    channel = run(open_chip(SEED, drawing(NONCE_IFD, PART_IFD)), chip)
    assert [command.encode().hex() for command in chip.heard] == [
        "0084000008",
        AUTHENTICATE.hex(),
    ]
    assert channel.counter.hex() == "887022120c06c226"
    assert channel.protect(SELECT).encode() == SELECT_PROTECTED


def test_the_chips_answer_is_the_worked_examples() -> None:
    chip = BasicAccessControlChip(SEED, drawing(NONCE_IC, PART_IC))
    chip.challenge()
    data = AUTHENTICATE[5:-1]
    response, channel = chip.authenticate(Command(0x00, 0x82, 0x00, 0x00, data, 40))
    assert response == Response(AUTHENTICATED, Sw.OK)
    assert channel is not None


def test_both_ends_talk_afterwards() -> None:
    chip = Chip(SEED)
    channel = run(open_chip(SEED, token_bytes), chip)
    assert chip.channel is not None
    assert chip.channel.open_command(channel.protect(SELECT)) == SELECT


def test_a_misread_zone_is_refused_by_the_chip() -> None:
    chip = Chip(SEED)
    with pytest.raises(ChipError, match="key_refused") as refused:
        run(open_chip(OTHER_SEED, token_bytes), chip)
    assert refused.value.sw == Sw.AUTHENTICATION_FAILED
    assert chip.channel is None


def test_a_challenge_serves_once() -> None:
    chip = BasicAccessControlChip(SEED, drawing(NONCE_IC, PART_IC))
    chip.challenge()
    command = Command(0x00, 0x82, 0x00, 0x00, AUTHENTICATE[5:-1], 40)
    chip.authenticate(command)
    assert chip.authenticate(command) == (Response(b"", Sw.AUTHENTICATION_FAILED), None)


LIES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("nothing", lambda _: b""),
    ("cut short", lambda answer: answer[:-1]),
    ("too long", lambda answer: answer + b"\x00"),
    ("a changed bit", lambda answer: bytes([answer[0] ^ 1]) + answer[1:]),
    ("a changed MAC", lambda answer: answer[:-1] + bytes([answer[-1] ^ 1])),
    ("the worked example's", lambda _: AUTHENTICATED),
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie[0])
def test_a_chip_that_does_not_know_the_key_opens_no_channel(
    lie: tuple[str, Callable[[bytes], bytes]],
) -> None:
    chip = Chip(SEED)

    def lying(command: Command) -> Response:
        response = chip(command)
        return Response(lie[1](response.data), Sw.OK) if command.ins == 0x82 else response

    with pytest.raises(ChipError, match="chip_not_authenticated"):
        run(open_chip(SEED, token_bytes), lying)


def test_a_chip_that_echoes_the_terminal_opens_no_channel() -> None:
    def echo(command: Command) -> Response:
        return Response(NONCE_IC if command.ins == 0x84 else command.data, Sw.OK)

    with pytest.raises(ChipError, match="chip_not_authenticated"):
        run(open_chip(SEED, token_bytes), echo)


@pytest.mark.parametrize("challenge", [b"", bytes(7), bytes(9), bytes(300)])
def test_a_challenge_of_another_length_is_refused(challenge: bytes) -> None:
    with pytest.raises(ChipError, match="no_challenge"):
        run(open_chip(SEED, token_bytes), lambda _: Response(challenge, Sw.OK))
