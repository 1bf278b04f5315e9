"""The vision host's decoder: each portrait is decoded by a process of its own, under a deadline.

A process decodes one portrait and is gone, so whatever a hostile one made of it meets no other
traveller. The next is started ahead, while nobody is waited for: a start takes as much computing as
a look. What comes back is exactly as long as the portrait's header asks for, or refused; a process
that answers late, ends early or says too little is killed.

Source: research/emrtd.md 6.2 (rule 17); egate/loop/decoder_child.py.
"""

from collections.abc import Callable, Sequence
import os
import socket
import subprocess
import sys
from typing import Final

import numpy as np

from egate.loop.decoder_child import READY, WHY_BYTES
from egate.vision.faces import Picture
from egate.vision.portrait import PortraitRefused, Refusal, announced_size

COMMAND: Final = (sys.executable, "-m", "egate.loop.decoder_child")
ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}  # it multiplies nothing
STARTS_WITHIN_S: Final = 2.0  # 0.2 s on a laptop; both together are less than a host may be silent
DECODES_WITHIN_S: Final = 1.0  # 1200 x 1600 in 150 KB: 0.05 s on a laptop


class Decoder:
    """Decodes for one thread; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float], command: Sequence[str] = COMMAND) -> None:
        self._clock = clock
        self._command = command
        self._spare: _Child | None = None

    def decode(self, raw: bytes) -> Picture:
        """Return the portrait in BGR, 8 bits a sample.

        Raises:
            PortraitRefused: as `decode_portrait`; TOO_SLOW; DECODER_DIED, also when none starts.
        """
        width, height = announced_size(raw)
        self.prepare()
        child, self._spare = self._spare, None
        if child is None:
            raise PortraitRefused(Refusal.DECODER_DIED)
        try:
            reply = child.ask(raw, WHY_BYTES + height * width * 3, self._clock)
        finally:
            child.close()
        return np.frombuffer(reply, np.uint8, offset=WHY_BYTES).reshape(height, width, 3)

    def prepare(self) -> None:
        """Start a process for the next portrait, unless one waits; repeatable.

        One that died waiting is replaced. Where none can be had, `decode` tries again.
        """
        if self._spare is not None and self._spare.is_dead:
            self.close()
        try:
            self._spare = self._spare or _Child(self._command)
        except OSError:
            self._spare = None

    def close(self) -> None:
        """End the process that waits. Repeatable."""
        if self._spare is not None:
            self._spare.close()
            self._spare = None


class _Child:
    """A process that waits for one portrait; it ends by itself when this end is gone."""

    def __init__(self, command: Sequence[str]) -> None:
        self._line, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                command,
                env=os.environ | ENVIRONMENT,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,  # what a decoder says of a picture is not for a log
            )
        except OSError:
            self._line.close()
            raise
        finally:
            theirs.close()

    @property
    def is_dead(self) -> bool:
        """Say whether it has ended."""
        return self._process.poll() is not None

    def ask(self, raw: bytes, most: int, clock: Callable[[], float]) -> bytearray:
        """Return a reply of exactly `most` bytes; anything else is raised as a refusal."""
        try:
            if self._read(len(READY), clock() + STARTS_WITHIN_S, clock) != READY:
                raise PortraitRefused(Refusal.DECODER_DIED)
            until_s = clock() + DECODES_WITHIN_S
            self._line.settimeout(DECODES_WITHIN_S)
            self._line.sendall(raw)
            self._line.shutdown(socket.SHUT_WR)
            reply = self._read(most, until_s, clock)
        except TimeoutError:
            raise PortraitRefused(Refusal.TOO_SLOW) from None
        except OSError:
            raise PortraitRefused(Refusal.DECODER_DIED) from None
        if len(reply) == most and not any(reply[:WHY_BYTES]):
            return reply
        raise PortraitRefused(_why(reply))

    def close(self) -> None:
        """Kill it, if it still runs; it holds nothing that it could lose."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    def _read(self, most: int, until_s: float, clock: Callable[[], float]) -> bytearray:
        """Return `most` bytes, fewer when the other end closed."""
        read = bytearray(most)
        view, at = memoryview(read), 0
        while at < most:
            left_s = until_s - clock()
            if left_s <= 0:
                raise TimeoutError
            self._line.settimeout(left_s)
            count = self._line.recv_into(view[at:])
            if count == 0:
                break
            at += count
        return read[:at]


def _why(reply: bytearray) -> Refusal:
    word = bytes(reply).rstrip(b"\0")
    told = next((reason for reason in Refusal if reason.encode() == word), None)
    return told or Refusal.DECODER_DIED
