"""A slot speaks vpcd's language as a card does, in whatever pieces it comes, and shows its faults.

Source: virtualsmartcard 3.3, vpcd.h; research/emrtd.md 2.3.
"""

from collections.abc import Iterator
from random import Random
import socket
import struct
import threading
import time

import pytest

from simulators.vpcd import GET_ATR, POWER_OFF, POWER_ON, RESET, Radio, Slot

ATR = bytes.fromhex("3B 88 80 01 00 00 00 00 00 00 00 00 09")


class Card:
    """Answers each command with itself; counts what it went through."""

    atr = ATR

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def answer(self, command: bytes) -> bytes | None:
        return None if command == b"mute" else command + b"\x90\x00"


class Vpcd:
    """vpcd's end of the line: waits for a card, asks it, sees it leave."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(5.0)
        self.card: socket.socket | None = None

    def plug(self) -> socket.socket:
        return socket.create_connection(self._listener.getsockname())

    def accept(self) -> None:
        if self.card is not None:
            self.card.close()
        self.card, _ = self._listener.accept()
        self.card.settimeout(5.0)

    def send(self, message: bytes) -> None:
        assert self.card is not None
        self.card.sendall(struct.pack(">H", len(message)) + message)

    def drip(self, message: bytes) -> None:
        assert self.card is not None
        for byte in struct.pack(">H", len(message)) + message:
            self.card.sendall(bytes([byte]))

    def ask(self, message: bytes) -> bytes | None:
        """Return the answer; None when the card hangs up."""
        self.send(message)
        return self.heard()

    def heard(self) -> bytes | None:
        size = self._exactly(2)
        return None if size is None else self._exactly(int.from_bytes(size))

    def _exactly(self, size: int) -> bytes | None:
        assert self.card is not None
        heard = b""
        while len(heard) < size:
            try:
                piece = self.card.recv(size - len(heard))
            except ConnectionResetError:  # hung up with something of ours unread
                return None
            if not piece:
                return None
            heard += piece
        return heard

    def close(self) -> None:
        self._listener.close()
        if self.card is not None:
            self.card.close()


@pytest.fixture
def vpcd() -> Iterator[Vpcd]:
    vpcd = Vpcd()
    yield vpcd
    vpcd.close()


@pytest.fixture
def slot(vpcd: Vpcd) -> Iterator[Slot]:
    slot = Slot(vpcd.plug)
    slot.insert(Card())
    vpcd.accept()
    yield slot
    slot.remove()


def test_a_card_tells_its_answer_to_reset_and_answers_commands(slot: Slot, vpcd: Vpcd) -> None:
    assert vpcd.ask(GET_ATR) == ATR
    assert vpcd.ask(b"\x00\xb0\x00\x00\x00") == b"\x00\xb0\x00\x00\x00\x90\x00"
    assert (slot.traffic.apdus, slot.traffic.sent, slot.traffic.received) == (1, 5, 7)


def test_power_and_reset_are_obeyed_without_an_answer(vpcd: Vpcd) -> None:
    card, slot = Card(), Slot(vpcd.plug)
    slot.insert(card)
    vpcd.accept()
    for message in (POWER_ON, RESET, POWER_OFF):
        vpcd.send(message)
    assert vpcd.ask(GET_ATR) == ATR
    assert card.resets == 1 + 3
    slot.remove()


@pytest.mark.usefixtures("slot")
def test_a_message_may_come_in_any_pieces(vpcd: Vpcd) -> None:
    vpcd.drip(b"\x00\xb0\x00\x00\x00")
    assert vpcd.heard() == b"\x00\xb0\x00\x00\x00\x90\x00"


@pytest.mark.usefixtures("slot")
def test_the_longest_message_comes_back_whole(vpcd: Vpcd) -> None:
    assert vpcd.ask(bytes(65_533)) == bytes(65_533) + b"\x90\x00"


def test_a_card_taken_out_hangs_up_at_once(slot: Slot, vpcd: Vpcd) -> None:
    slot.remove()
    slot.remove()
    assert vpcd.ask(GET_ATR) is None


def test_a_card_taken_out_while_it_is_silent_hangs_up(slot: Slot, vpcd: Vpcd) -> None:
    vpcd.send(b"mute")
    slot.remove()
    assert vpcd.heard() is None


def test_a_card_put_in_takes_the_place_of_the_one_before(slot: Slot, vpcd: Vpcd) -> None:
    slot.insert(Card())
    assert vpcd.ask(GET_ATR) is None
    vpcd.accept()
    assert vpcd.ask(GET_ATR) == ATR
    assert slot.traffic.apdus == 0


@pytest.mark.usefixtures("slot")
def test_a_card_stays_when_vpcd_hangs_up(vpcd: Vpcd) -> None:
    assert vpcd.card is not None
    vpcd.card.close()
    vpcd.accept()
    assert vpcd.ask(GET_ATR) == ATR


def test_a_card_leaves_at_the_byte_it_is_told_to(slot: Slot, vpcd: Vpcd) -> None:
    slot.radio.removed_at_byte = 24
    assert vpcd.ask(bytes(5)) == bytes(5) + b"\x90\x00"
    assert vpcd.ask(bytes(5)) is None


def test_each_fault_spoils_what_its_name_says(slot: Slot, vpcd: Vpcd) -> None:
    slot.radio.garbled = True
    assert vpcd.ask(bytes(5)) == b"\x00"
    slot.radio = Radio(empty=True)
    assert vpcd.ask(bytes(5)) == b""
    slot.radio = Radio(slow_s=0.1)
    began_s = time.monotonic()
    assert vpcd.ask(bytes(5)) == bytes(5) + b"\x90\x00"
    assert time.monotonic() - began_s >= 0.1
    slot.radio = Radio(mute=True)
    threading.Timer(0.1, slot.remove).start()
    assert vpcd.ask(bytes(5)) is None


def test_the_radio_takes_the_time_its_numbers_say() -> None:
    draw = Random(1)
    assert Radio().takes_s(1000, draw) == 0.0
    assert Radio(apdu_ms=10.0, kbit_s=424.0).takes_s(20_000, draw) == pytest.approx(0.3873, 1e-3)
    late = [Radio(jitter_ms=5.0).takes_s(0, draw) for _ in range(100)]
    assert 0.0 <= min(late) < max(late) <= 0.005
