"""A device host: a process that owns one blocking device and has no right to a door.

    main loop    the line to the lane, beats, the supervisor's watchdog
    body thread  the blocking library; hears what the lane asks, says what it found

The loop beats and feeds the watchdog only while the body shows life: a body that hangs makes the
host silent, and silence gets it replaced. When the lane closes the line the host ends with an
exit status that makes its supervisor start a fresh one; nothing is carried over.

Source: DESIGN section 2; research/hardware.md section 6 (inside a driver process).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import os
from pathlib import Path
from queue import Empty, Full, Queue
import signal
import threading
from typing import Protocol

import structlog

from egate.loop.hosts import BEAT_EVERY_S
from egate.loop.line import Line
from egate.loop.messages import (
    Beat,
    DeviceIs,
    DeviceName,
    ExpectFace,
    ExpectFinger,
    Forget,
    Hello,
    HostName,
    MeasureFace,
    MeasureFinger,
    Message,
    ReadDocument,
    Welcome,
)
from egate.loop.notify import READY, STOPPING, WATCHDOG, Notifier

RETRY_S = (0.02, 0.05, 0.1, 0.2)  # between attempts to reach the lane
BODY_ENDS_WITHIN_S = 2.0
MOST_GARBLED = 5  # frames in a row: a wrong baud rate or a broken cable, not a traveller
MOST_ASKED = 8  # requests of the lane that wait for the body; the lane asks one at a time
LANE_LOST = BODY_ENDED = 3  # exit status "could not run": start me again (DESIGN section 8)

Asked = MeasureFace | ExpectFace | ReadDocument | ExpectFinger | MeasureFinger | Forget


class BodyLink:
    """What a body sees of its host: what was asked, and where to say what was found.

    Every method may be called from the body's thread.
    """

    def __init__(self, say: Callable[[Message], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._asked: Queue[Asked] = Queue(MOST_ASKED)
        self._stopping = threading.Event()
        self._alive_at_s = clock()
        self.presence: dict[str, DeviceIs] = {}

    @property
    def is_stopping(self) -> bool:
        """Say whether the body is to close its device and return."""
        return self._stopping.is_set()

    def alive(self) -> None:
        """Show life, at least every `body_silence_s` of the host's parts."""
        self._alive_at_s = self._clock()

    def say(self, message: Message) -> None:
        """Send a message to the lane; dropped while there is none."""
        self.alive()
        self._say(message)

    def device_is(self, device: DeviceName, *, present: bool, what: str = "") -> None:
        """Tell whether the device is there; told again to every new lane."""
        told = DeviceIs(device=device, present=present, what=what)
        if self.presence.get(device) != told:
            self.presence[device] = told
            self.say(told)

    def asked(self, timeout_s: float) -> Asked | None:
        """Return the next thing the lane asks, None when nothing came in time."""
        self.alive()
        try:
            return self._asked.get(timeout=timeout_s) if timeout_s > 0 else self._asked.get_nowait()
        except Empty:
            return None

    def pause(self, for_s: float) -> None:
        """Wait, but no longer than until the host stops."""
        self.alive()
        self._stopping.wait(for_s)

    def ask(self, message: Asked) -> bool:
        """Hand the body a request; False when it is too far behind."""
        try:
            self._asked.put_nowait(message)
        except Full:
            return False
        return True

    def silent_s(self) -> float:
        """Return how long the body has shown no life."""
        return self._clock() - self._alive_at_s

    def stop(self) -> None:
        """Tell the body to return."""
        self._stopping.set()


class Body(Protocol):
    """The part of a host that owns the device."""

    def run(self, link: BodyLink) -> None:
        """Serve until `link.is_stopping`; close the device before returning. May not raise."""


@dataclass(frozen=True, slots=True)
class HostParts:
    """What a device host is made of; `body_silence_s`: the longest its library may be away."""

    host: HostName
    software: str
    body: Body
    socket: Path
    clock: Callable[[], float]
    notifier: Notifier
    body_silence_s: float


class DeviceHost:
    """One host. Build it inside the running loop, then await `run`."""

    def __init__(self, parts: HostParts) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts = parts
        self._link = BodyLink(self._say_from_body, parts.clock)
        self._line: Line | None = None
        self._welcome = False
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._log = structlog.get_logger()

    async def run(self) -> int:
        """Run until told to stop, or the line or the body is lost; return the exit status."""
        body = threading.Thread(target=self._run_body, name=self._parts.host, daemon=True)
        body.start()
        reaching = self._loop.create_task(self._reach_lane())
        self._beat()
        status = await self._ended
        reaching.cancel()
        self._parts.notifier.tell(STOPPING)
        self._link.stop()
        await self._loop.run_in_executor(None, body.join, BODY_ENDS_WITHIN_S)
        if self._line is not None:
            self._line.close("the host stops")
        self._log.info("host_stopped", status=status)
        return status

    def stop(self, status: int = 0) -> None:
        """End `run` with this exit status."""
        if not self._ended.done():
            self._ended.set_result(status)

    @property
    def has_ended(self) -> bool:
        """Say whether `run` is on its way out."""
        return self._ended.done()

    async def _reach_lane(self) -> None:
        """Connect, however long the lane takes to be there."""
        attempt = 0
        while True:
            try:
                await self._loop.create_unix_connection(
                    lambda: Line(self._heard, self._lost, self._met), str(self._parts.socket)
                )
            except OSError:
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
                attempt += 1
            else:
                return

    def _met(self, line: Line) -> None:
        self._line = line
        line.send(Hello(host=self._parts.host, pid=os.getpid(), software=self._parts.software))

    def _heard(self, line: Line, message: Message) -> None:
        match message:
            case Welcome():
                self._welcome = True
                for told in self._link.presence.values():
                    line.send(told)
                self._parts.notifier.tell(READY)
                self._log.info("host_ready")
            case (
                MeasureFace()
                | ExpectFace()
                | ReadDocument()
                | ExpectFinger()
                | MeasureFinger()
                | Forget()
            ):
                if not self._link.ask(message):
                    self._log.warning("host_behind")
            case _:
                line.close(f"a {message.kind} is not for a host to hear")

    def _lost(self, _line: Line, why: str) -> None:
        if not self._ended.done():
            self._log.warning("lane_lost", why=why)
            self.stop(LANE_LOST)

    def _beat(self) -> None:
        """Show life to the lane and the supervisor, if the body does."""
        if self._ended.done():
            return
        if self._link.silent_s() <= self._parts.body_silence_s:
            self._parts.notifier.tell(WATCHDOG)
            if self._line is not None and self._welcome:
                self._line.send(Beat())
        self._loop.call_later(BEAT_EVERY_S, self._beat)

    def _run_body(self) -> None:
        try:
            self._parts.body.run(self._link)
        except Exception as error:  # noqa: BLE001  # whatever a library raised, a fresh host is the cure
            # No traceback: it may quote what was read from a document.
            self._log.error("body_failed", error=type(error).__name__)
        if not self._link.is_stopping:
            self._in_loop(self.stop, BODY_ENDED)

    def _say_from_body(self, message: Message) -> None:
        self._in_loop(self._say, message)

    def _say(self, message: Message) -> None:
        if self._line is not None and self._welcome:
            self._line.send(message)

    def _in_loop(self, call: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *values)
        except RuntimeError:
            return  # the loop has ended; nobody is left to tell


def run_host(parts: HostParts) -> int:
    """Run one device host to its end; return the exit status."""

    async def main() -> int:
        host = DeviceHost(parts)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, host.stop)
        return await host.run()

    return asyncio.run(main())
