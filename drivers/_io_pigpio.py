"""Time limits for pigpio's Python client, which has none: its sockets, with a deadline on them.

The vendor's client waits for ever for an answer, takes any 16 bytes as the answer to whatever it
asked last, and loops at full speed on a notification socket that was closed. `connect` gives it
sockets that answer in time or raise, that check the echo in each answer and the number of each
report, and that end the vendor's thread when the line ends. Nothing else of the client changes.

Source: pigpio.py 1.78, `pi.__init__`, `_pigpio_command`, `_callback_thread.run`.
"""

import atexit
from collections.abc import Callable
import contextlib
import socket
import threading
import time
from typing import Any, Final

from gpiozero import OutputDevice
from gpiozero.pins.pigpio import PiGPIOFactory
import pigpio

from drivers._io_lines import BOARD
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.wire.errors import FrameError
from egate.wire.pigpio import ANSWER, Command, decode_answer, decode_command, decode_report

ANSWER_S: Final = 0.3
OPENING: Final = threading.Lock()


class Line:
    """One of the client's two sockets: answers within limits, reports in their order."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_connection((host, port), ANSWER_S)
        except OSError as error:
            raise DeviceLost(BOARD, f"no connection to {host}:{port}: {error.strerror}") from error
        self.failed: DeviceError | None = None
        self._until_s = float("inf")
        self._asked: Command | None = None
        self._reports = b""
        self._seqno = 0

    def limit(self, operation_s: float) -> None:
        """Give everything asked from now on so long, together; each answer has its own limit."""
        self._until_s = time.monotonic() + operation_s

    def check(self) -> None:
        """Raise again what ended this line, if anything did."""
        if self.failed is not None:
            raise type(self.failed)(self.failed.device, self.failed.what)

    def setsockopt(self, *option: int) -> None:
        """Set a socket option; the client switches Nagle's algorithm off."""
        self._socket.setsockopt(*option)

    def send(self, raw: bytes) -> None:
        """Send one command; the next `recv` of an answer's length waits for its echo."""
        self.check()
        self._asked, _ = decode_command(bytes(raw))
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(raw)
        except OSError as error:
            raise self._fail(DeviceLost(BOARD, f"the line broke: {error}")) from error

    sendall = send

    def recv(self, size: int) -> bytes:
        """Return one answer, or when none is awaited the reports that came."""
        if size == ANSWER.size and self._asked is not None:
            return self._answer(self._asked)
        return self._stream(size)

    def close(self) -> None:
        """End the line; wakes a thread that waits on it. Repeatable."""
        self.failed = self.failed or DeviceLost(BOARD, "the line was closed")
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _answer(self, to: Command) -> bytes:
        until_s = min(time.monotonic() + ANSWER_S, self._until_s)
        buffer = b""
        while True:
            try:
                answer, _ = decode_answer(buffer, to)
                if answer is not None:
                    return buffer
                self._socket.settimeout(max(until_s - time.monotonic(), 0.001))
                more = self._socket.recv(ANSWER.size - len(buffer))
            except FrameError as error:
                raise self._fail(DeviceGarbled(BOARD, str(error))) from error
            except TimeoutError as error:
                raise self._fail(DeviceLost(BOARD, "no answer in time")) from error
            except OSError as error:
                raise self._fail(DeviceLost(BOARD, f"the line broke: {error}")) from error
            if not more:
                raise self._fail(DeviceLost(BOARD, "the board hung up"))
            buffer += more

    def _stream(self, size: int) -> bytes:
        """Return the reports that came; runs in the vendor's thread, and ends it with the line."""
        try:
            self._socket.settimeout(None)
            more = self._socket.recv(size)
            self._count(more)
        except FrameError as error:
            self._fail(DeviceGarbled(BOARD, str(error)))
        except OSError as error:
            self._fail(DeviceLost(BOARD, f"the notification line broke: {error}"))
        else:
            if more:
                return more
            self._fail(DeviceLost(BOARD, "the board hung up its notification line"))
        threading.current_thread().go = False  # type: ignore[attr-defined]  # the vendor's flag
        return b""

    def _count(self, more: bytes) -> None:
        report, self._reports = decode_report(self._reports + more, self._seqno)
        while report is not None:
            self._seqno += 1
            report, self._reports = decode_report(self._reports, self._seqno)

    def _fail(self, error: DeviceError) -> DeviceError:
        self.failed = self.failed or error
        return error


class _Sockets:
    """What the vendor's client finds under the name `socket` while it connects."""

    error = socket.error
    IPPROTO_TCP = socket.IPPROTO_TCP
    TCP_NODELAY = socket.TCP_NODELAY

    def __init__(self, open_s: float) -> None:
        self.lines: list[Line] = []
        self._open_s = open_s

    def create_connection(self, address: tuple[str, int], timeout: float | None) -> Line:  # noqa: ARG002  # the vendor passes None
        line = Line(*address)
        line.limit(self._open_s)
        self.lines.append(line)
        return line


class PigpioBoard:
    """gpiozero's pigpio factory over two bounded lines; what its pins need beyond gpiozero."""

    refused: tuple[type[Exception], ...] = (pigpio.error,)
    lost: tuple[type[Exception], ...] = ()
    echoes = True

    def __init__(self, host: str, port: int, open_s: float) -> None:
        sockets = _Sockets(open_s)
        with OPENING:
            pigpio.socket = sockets
            try:
                self.factory: Any = PiGPIOFactory(host, port)
            except BaseException:
                for line in sockets.lines:
                    line.close()
                raise
            finally:
                pigpio.socket = socket
        self._commands, self._reports = sockets.lines
        self._client = self.factory.connection
        self._thread = self._client._notify  # noqa: SLF001  # it has no other name

    def limit(self, operation_s: float) -> None:
        """Raise what ended either line; else give the next operation so long."""
        self._reports.check()
        self._commands.check()
        self._commands.limit(operation_s)

    def open_output(self, pin: int, *, energised_high: bool, on: bool) -> Any:  # noqa: ANN401  # gpiozero has no types
        """Open one output: its level is latched before the pin becomes an output.

        gpiozero makes every pin it takes an input first. After a restart that would drop, for
        three round trips, what the pin still holds: this one word does not reach the board.
        """
        self._client.set_mode = lambda _pin, _mode: 0
        try:
            self.factory.pin(pin)
        finally:
            del self._client.set_mode
        self._client.write(pin, int(on == energised_high))
        return OutputDevice(
            pin, active_high=energised_high, initial_value=None, pin_factory=self.factory
        )

    def hear(self, pin: int, on_edge: Callable[[int, int, int], None]) -> None:
        """Call `on_edge(pin, level, tick)` from the vendor's thread, also for an output."""
        self._client.callback(pin, pigpio.EITHER_EDGE, on_edge)

    def give_up(self) -> None:
        """Let gpiozero take its objects apart without asking the board any more."""
        self._client.sl.s = None

    def close(self) -> None:
        """Stop the client, its thread and both lines; repeatable, never raises."""
        atexit.unregister(self._client.stop)
        with contextlib.suppress(DeviceError, pigpio.error):
            self._client.stop()
        self._thread.go = False
        self._commands.close()
        self._reports.close()
        self._thread.join(ANSWER_S)
