"""A slot of a card reader: cards are put in and taken out, the line to them is vpcd's.

    both ways      length (2 bytes, big endian), then so many bytes
    vpcd to card   00 power off, 01 power on, 02 reset: no answer
                   04 answer to reset: asked every 0.4 s too, to see whether a card is there
                   anything else is a command APDU, answered with a response APDU

A card that is in the slot holds a TCP connection to vpcd, and one taken out hangs up: vpcd knows
no other sign. It listens beside pcscd, see simulators/private_pcscd.py. vpcd 3.3 writes a message
in two pieces, so without TCP_QUICKACK each APDU waits 44 ms for a delayed acknowledgement.

Source: virtualsmartcard 3.3, vpcd.h and vpcd.c; research/emrtd.md 2.3 (measured).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
import socket
import struct
import threading
from typing import Final, Protocol

POWER_OFF, POWER_ON, RESET, GET_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
LENGTH: Final = struct.Struct(">H")
LONGEST: Final = 0xFFFF
PLUGS_AGAIN_S: Final = 0.05


class Card(Protocol):
    """What can be put into a slot; simulators.card_chip.Chip is one."""

    @property
    def atr(self) -> bytes:
        """The answer to reset."""

    def reset(self) -> None:
        """Forget every key and selection: power was off, or the reset line was pulled."""

    def answer(self, command: bytes) -> bytes | None:
        """Return the response APDU; None when it says nothing more, ever."""


@dataclass(slots=True)
class Radio:
    """How the card is reached, in time and in faults; a test sets a field and looks.

    A contact card's line too: `kbit_s` is the bit rate of the field or of the contacts.
    """

    apdu_ms: float = 0.0  # what reader and card need for any exchange
    kbit_s: float | None = None
    jitter_ms: float = 0.0  # at most so much more
    removed_at_byte: int | None = None  # leaves after so many bytes of APDUs, both ways together
    mute: bool = False  # hears and says nothing
    garbled: bool = False  # each answer is cut down to its first byte
    empty: bool = False  # each answer is nothing at all, which pcscd waits on for ever
    slow_s: float = 0.0  # before each answer

    def takes_s(self, size: int, draw: Random) -> float:
        """Return how long an exchange of `size` bytes, both ways together, takes."""
        late_ms = draw.uniform(0.0, self.jitter_ms)
        moving_ms = 8 * size / self.kbit_s if self.kbit_s else 0.0
        return (self.apdu_ms + moving_ms + late_ms) / 1000 + self.slow_s


@dataclass(slots=True)
class Traffic:
    """What went over the line since the card was put in."""

    apdus: int = 0
    sent: int = 0  # bytes to the card
    received: int = 0  # bytes from it

    @property
    def size(self) -> int:
        """Return the bytes both ways."""
        return self.sent + self.received


class Slot:
    """One slot; `plug` opens a connection to its vpcd. One thread of the test or bench uses it.

    `name` is what PC/SC calls it; `traffic` is of the card that is in the slot, or was last.
    """

    def __init__(self, plug: Callable[[], socket.socket], name: str = "", seed: int = 1) -> None:
        self.name = name
        self.radio = Radio()
        self.traffic = Traffic()
        self._plug = plug
        self._draw = Random(seed)  # noqa: S311  # jitter is no secret
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._removed = threading.Event()

    def insert(self, card: Card) -> None:
        """Put a card in; whatever was there is taken out first."""
        self.remove()
        card.reset()
        self.traffic = Traffic()
        self._removed = threading.Event()
        self._thread = threading.Thread(target=self._live, args=(card, self._removed), daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out, in the middle of an answer too; repeatable."""
        self._hang_up()
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _hang_up(self) -> None:
        self._removed.set()
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _live(self, card: Card, removed: threading.Event) -> None:
        """Stay in the slot until removed, whatever becomes of pcscd meanwhile."""
        while not removed.is_set():
            with suppress(OSError, EOFError), self._plug() as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._line = line
                self._serve(line, card)
            card.reset()
            removed.wait(PLUGS_AGAIN_S)

    def _serve(self, line: socket.socket, card: Card) -> None:
        while not self._removed.is_set():
            said = self._answer(card, _heard(line))
            if said is not None:
                line.sendall(LENGTH.pack(len(said)) + said)

    def _answer(self, card: Card, message: bytes) -> bytes | None:
        """Return what goes back: nothing to a message that wants no answer, or gets none."""
        if message in {POWER_OFF, POWER_ON, RESET}:
            card.reset()
            return None
        if message == GET_ATR:
            return card.atr
        return self._exchange(card, message)

    def _exchange(self, card: Card, command: bytes) -> bytes | None:
        said = card.answer(command)
        if said is None or self.radio.mute:
            self._removed.wait()  # vpcd asks for nothing else before it was answered
            return None
        said = b"" if self.radio.empty else said[:1] if self.radio.garbled else said[:LONGEST]
        self._removed.wait(self.radio.takes_s(len(command) + len(said), self._draw))
        self.traffic.apdus += 1
        self.traffic.sent += len(command)
        self.traffic.received += len(said)
        limit = self.radio.removed_at_byte
        if self._removed.is_set() or (limit is not None and self.traffic.size >= limit):
            self._hang_up()
            return None
        return said


def _heard(line: socket.socket) -> bytes:
    (size,) = LENGTH.unpack(_exactly(line, LENGTH.size))
    return _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    heard = b""
    while len(heard) < size:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # lasts for one piece only
        piece = line.recv(size - len(heard))
        if not piece:
            raise EOFError
        heard += piece
    return heard
