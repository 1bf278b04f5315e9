"""A serial line that one process owns: opened exclusively, read in pieces, lost in one way.

8 data bits, no parity, 1 stop bit, no handshake; the path may be a symlink, as udev's
/dev/serial/by-id are. What had arrived before the line was opened is thrown away. A line that
was lost stays lost, also when the device is back: close it, open a new one. One thread uses it.

Exclusive means flock: a second opening through this file fails in any process, but a program
that does not ask for a lock still gets in.

Source: pyserial 3.5 serialposix.py; research/hardware.md 1.1 (measured).
"""

import contextlib
import termios
from typing import Final

import serial

from egate.ports.errors import DeviceLost

PIECE: Final = 4096  # the kernel's own buffer of a terminal line
WRITE_TIMEOUT_S: Final = 0.5  # pyserial's default waits for ever on a stuck line

# tcflush and tcsetattr raise termios.error, which is no OSError; SerialException is one.
_LOST: Final = (OSError, termios.error)


class SerialLine:
    """An open line; `device` is the name its errors carry."""

    def __init__(self, device: str, port: serial.Serial) -> None:
        self._device = device
        self._port = port

    def read(self, timeout_s: float) -> bytes:
        """Return what is there, at most PIECE bytes, waiting for the first byte only.

        Raises:
            DeviceLost: the line is gone or closed.
        """
        try:
            self._port.timeout = timeout_s
            first = self._port.read(1)
            more = min(self._port.in_waiting, PIECE - 1) if first else 0
            return first + self._port.read(more) if more else first
        except _LOST as error:
            raise DeviceLost(self._device, f"the line was lost: {error}") from error

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
        with contextlib.suppress(*_LOST):
            self._port.close()


def open_line(device: str, path: str, baud: int) -> SerialLine:
    """Open the line at `path` for this process alone.

    Raises:
        DeviceLost: there is no such line, it is no serial line, or somebody else holds it.
    """
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True)
    except _LOST as error:
        raise DeviceLost(device, f"cannot open its line: {error}") from error
    return SerialLine(device, port)
