"""A QR scanner at the far end of a pseudo-terminal: what it is shown, it sends.

Scanner is the pure part: a code in, the bursts a real scanner sends out, with its faults as
fields. PtyLine owns the file descriptors: a pseudo-terminal behind a symlink that keeps its path
when the scanner is unplugged and plugged in again. Bytes leave no faster than the baud rate
allows, and those the gate does not fetch are lost, as on a real line. It hears no commands.

Source: research/mrz_qr.md section 7; DESIGN section 4 (the table of faults).
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import tty
from typing import Final

from egate.wire.code_frames import Framing, encode

BITS_A_BYTE: Final = 10  # 8N1: start, eight, stop
TICK_S: Final = 0.01  # how finely a burst is paced


@dataclass(frozen=True, slots=True)
class Burst:
    """Bytes that leave together, after a pause."""

    after_s: float
    data: bytes


@dataclass(slots=True)
class Scanner:
    """How the scanner is set up, and its faults; a test sets one and looks."""

    framing: Framing
    packed: bool = False
    reply_noise: bytes = b""  # what it sends before the code: replies, or another device's bytes
    mute: bool = False
    garbled: bool = False  # every fifth byte becomes a bell
    slow_s: float = 0.0  # before the first byte
    slow_byte_s: float = 0.0  # before each byte
    duplicate: bool = False
    flipped_bit: int | None = None  # counted from the first bit of the code, from the end if < 0
    hostile_length: int = 0  # so many bytes come first, without an end
    drops_line_s: float = 0.0  # the plug comes out half-way through the code, for so long

    def answer(self, text: str) -> tuple[Burst, ...]:
        """Return what the scanner sends when this code is held before it."""
        if self.mute:
            return ()
        frame = self._spoilt(encode(text, self.framing, packed=self.packed))
        data = b"A" * self.hostile_length + self.reply_noise + frame * (2 if self.duplicate else 1)
        if self.drops_line_s:
            data = data[: len(data) // 2]
        if self.slow_byte_s:
            return tuple(Burst(self.slow_byte_s, bytes([byte])) for byte in data)
        return (Burst(self.slow_s, data),)

    def _spoilt(self, frame: bytes) -> bytes:
        spoilt = bytearray(frame)
        if self.garbled:
            spoilt[4::5] = b"\x07" * len(spoilt[4::5])
        if self.flipped_bit is not None:
            at, bit = divmod(self.flipped_bit % (8 * len(spoilt)), 8)
            spoilt[at] ^= 1 << bit
        return bytes(spoilt)


class PtyLine:
    """The scanner's cable: plugged in once made, at `path` as long as it is plugged in."""

    def __init__(self, scanner: Scanner, path: Path, baud: int = 115200) -> None:
        self.scanner = scanner
        self._path = path
        self._bytes_a_s = baud / BITS_A_BYTE
        self._ends: tuple[int, ...] = ()
        self._plug = 0  # how often the plug was moved
        self.replug()

    def replug(self) -> None:
        """Plug the scanner in: a new pseudo-terminal behind the same path."""
        self.unplug()
        master, slave = os.openpty()  # held open at both ends: who comes and goes is the gate
        self._ends = (master, slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(slave))
        fresh.replace(self._path)

    def unplug(self) -> None:
        """Pull the plug: whoever holds the line loses it; repeatable."""
        self._plug += 1
        self._path.unlink(missing_ok=True)
        ends, self._ends = self._ends, ()
        for end in ends:
            os.close(end)

    async def show(self, text: str) -> None:
        """Hold a code before the scanner; return when its last byte has left."""
        plug = self._plug
        for burst in self.scanner.answer(text):
            for tick in _paced(burst, self._bytes_a_s):
                await asyncio.sleep(tick.after_s)
                if self._plug != plug:
                    return  # a scanner without power forgets what it was sending
                self._send(tick.data)
        if self.scanner.drops_line_s:
            self.unplug()
            await asyncio.sleep(self.scanner.drops_line_s)
            self.replug()

    def _send(self, data: bytes) -> None:
        with suppress(BlockingIOError):  # the gate reads too slowly: the bytes are lost
            if self._ends:
                os.write(self._ends[0], data)


def _paced(burst: Burst, bytes_a_s: float) -> Iterator[Burst]:
    """Cut a burst into pieces that each come when the line has carried them."""
    piece = max(1, round(bytes_a_s * TICK_S))
    after_s = burst.after_s
    for start in range(0, len(burst.data), piece):
        data = burst.data[start : start + piece]
        yield Burst(after_s + len(data) / bytes_a_s, data)
        after_s = 0.0
