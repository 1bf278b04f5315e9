"""A device at the far end of a pseudo-terminal: what it is shown, it sends, with its faults.

Faults spoil a frame into the bursts that leave; Cable owns the file descriptors: a
pseudo-terminal behind a symlink that keeps its path when the device is unplugged and plugged in
again. PtyLine is a cable under a device that sends what it is shown: bytes leave no faster than
the baud rate allows, and those the gate does not fetch are lost, as on a real line. Most devices
hear no commands; `fetch` and `heard` are for those that do.

Source: research/mrz_qr.md section 7; DESIGN section 4 (the table of faults).
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import tty
from typing import Final, Protocol

BITS_A_BYTE: Final = 10  # 8N1: start, eight, stop
TICK_S: Final = 0.01  # how finely a burst is paced
WAIT_S: Final = 0.05  # how long a wait for the gate's bytes looks at one plug
LARGEST_PIECE: Final = 4096
BABBLES_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Burst:
    """Bytes that leave together, after a pause."""

    after_s: float
    data: bytes


@dataclass(slots=True)
class Faults:
    """What is wrong with a device; a test sets one and looks."""

    noise: bytes = b""  # what it sends before the frame: replies, or another device's bytes
    mute: bool = False
    garbled: bool = False  # every fifth byte becomes a bell
    slow_s: float = 0.0  # before the first byte
    slow_byte_s: float = 0.0  # before each byte
    duplicate: bool = False
    flipped_bit: int | None = None  # counted from the first bit of the frame, from the end if < 0
    hostile_length: int = 0  # so many bytes come first, without an end
    drops_line_s: float = 0.0  # the plug comes out half-way through the frame, for so long
    babbles: bool = False  # it sends what nobody showed it, as long as PtyLine.babble runs

    def bursts(self, frame: bytes) -> tuple[Burst, ...]:
        """Return what leaves instead of this frame."""
        if self.mute:
            return ()
        frame = self._spoilt(frame)
        data = b"A" * self.hostile_length + self.noise + frame * (2 if self.duplicate else 1)
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


class Speaker(Protocol):
    """The pure part of a device: a text in, the bursts it sends out."""

    faults: Faults

    def answer(self, text: str) -> tuple[Burst, ...]:
        """Return what it sends when this is held before it."""


class Cable:
    """A device's cable: plugged in once made, at `path` as long as it is plugged in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends: tuple[int, ...] = ()
        self.plug = 0  # how often the plug was moved
        self._ear: tuple[asyncio.AbstractEventLoop, int] | None = None
        self.replug()

    @property
    def is_plugged(self) -> bool:
        """Say whether the plug is in."""
        return bool(self._ends)

    def replug(self) -> None:
        """Plug the device in: a new pseudo-terminal behind the same path."""
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
        self.plug += 1
        self._hear_no_more()  # before the number of this end is another's
        self._path.unlink(missing_ok=True)
        ends, self._ends = self._ends, ()
        for end in ends:
            os.close(end)

    def fetch(self) -> bytes:
        """Return what the gate has written since the last call; most devices here hear nothing."""
        with suppress(BlockingIOError):
            if self._ends:
                return os.read(self._ends[0], LARGEST_PIECE)
        return b""

    async def heard(self) -> bytes:
        """Wait until the gate writes something, and return it as soon as it did."""
        loop, there = asyncio.get_running_loop(), asyncio.Event()
        while not (data := self.fetch()):
            ends = self._ends
            if ends:
                loop.add_reader(ends[0], there.set)
                self._ear = (loop, ends[0])
            try:
                with suppress(TimeoutError):  # the plug may have been moved meanwhile
                    await asyncio.wait_for(there.wait(), WAIT_S)
            finally:
                self._hear_no_more()
            there.clear()
        return data

    def _hear_no_more(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            loop, end = ear
            loop.remove_reader(end)

    def send(self, data: bytes) -> int:
        """Put bytes on the line at once; return how many of them it took.

        The others are lost, unless they are sent again: the gate reads too slowly.
        """
        with suppress(BlockingIOError):
            if self._ends:
                return os.write(self._ends[0], data)
        return 0


class PtyLine:
    """A cable with a device that sends what it is shown."""

    def __init__(self, speaker: Speaker, path: Path, baud: int = 115200) -> None:
        self.speaker = speaker
        self._cable = Cable(path)
        self._bytes_a_s = baud / BITS_A_BYTE
        self.replug, self.unplug = self._cable.replug, self._cable.unplug
        self.fetch = self._cable.fetch

    @property
    def is_plugged(self) -> bool:
        """Say whether the plug is in."""
        return self._cable.is_plugged

    async def babble(self) -> None:
        """Send what nobody showed, until the fault is mended."""
        while self.speaker.faults.babbles:
            await self.show("something else")
            await asyncio.sleep(BABBLES_S)

    async def show(self, text: str) -> None:
        """Hold a text before the device; return when its last byte has left."""
        plug = self._cable.plug
        for burst in self.speaker.answer(text):
            for tick in _paced(burst, self._bytes_a_s):
                await asyncio.sleep(tick.after_s)
                if self._cable.plug != plug:
                    return  # a device without power forgets what it was sending
                self._cable.send(tick.data)
        if self.speaker.faults.drops_line_s:
            self.unplug()
            await asyncio.sleep(self.speaker.faults.drops_line_s)
            self.replug()


def _paced(burst: Burst, bytes_a_s: float) -> Iterator[Burst]:
    """Cut a burst into pieces that each come when the line has carried them."""
    piece = max(1, round(bytes_a_s * TICK_S))
    after_s = burst.after_s
    for start in range(0, len(burst.data), piece):
        data = burst.data[start : start + piece]
        yield Burst(after_s + len(data) / bytes_a_s, data)
        after_s = 0.0
