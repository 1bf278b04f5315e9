"""A small supervisor: to its children it behaves like systemd, which does the same on a gate.

    start      NOTIFY_SOCKET and WATCHDOG_USEC in the environment; all at once, they find each other
    READY=1    the child serves; from now on its watchdog counts
    WATCHDOG=1 silence longer than the watchdog: SIGKILL, also to one that is stopped
    death      started again at once; one that dies young again and again waits, bounded
    exit 2     a child that never served refuses its configuration: everything ends. One that has
               served is started again: somebody may stand between the doors
    SIGTERM    the last one started ends first; the supervisor's death kills every child

Who speaks on the socket is told by the kernel (SCM_CREDENTIALS), never by the message.

Source: sd_notify(3), systemd.service(5); research/fleet_ops.md section 3.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
import ctypes
from dataclasses import dataclass, field
import os
from pathlib import Path
import signal
import socket
import struct
import subprocess

import structlog

from egate.loop.notify import SOCKET as NOTIFY_SOCKET

CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))
LOOKS_EVERY_S = 0.05
YOUNG_S = 1.0
PAUSES_S = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)  # before a start, by how often it died young
READY_WITHIN_S = 20.0
STOPS_WITHIN_S = 3.0
LONGEST_NOTE = 4096
REFUSED = 2  # exit status: wrong usage or configuration (DESIGN section 8)
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """One child: its name, its command and how long it may be silent once it is ready."""

    name: str
    argv: Sequence[str]
    watchdog_s: float


@dataclass(slots=True)
class _Child:
    plan: ChildPlan
    process: "subprocess.Popen[bytes] | None" = None
    pidfd: int = -1
    started_at_s: float = 0.0
    heard_at_s: float = 0.0
    is_ready: bool = False
    has_served: bool = False
    died_young: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Keeps its children running. Build it inside the running loop, then await `run`."""

    def __init__(self, plans: Sequence[ChildPlan], run_dir: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._children = [_Child(plan) for plan in plans]
        self._path = run_dir / NOTIFY_SOCKET
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._log = structlog.get_logger()

    async def run(self) -> int:
        """Run until `stop`, or until a child refuses its configuration; return the exit status."""
        self._listen()
        try:
            for child in self._children:
                self._start(child)
            self._look()
            return await self._ended
        finally:
            await self._stop_children()
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._path.unlink(missing_ok=True)

    def stop(self, status: int = 0) -> None:
        """Stop the children, the last one first, and end `run` with this status."""
        if not self._ended.done():
            self._ended.set_result(status)

    def pids(self) -> Mapping[str, int]:
        """Return the process id of each child that runs."""
        return {
            child.plan.name: child.process.pid
            for child in self._children
            if child.process is not None
        }

    def ready(self) -> frozenset[str]:
        """Return the names of the children that are ready."""
        return frozenset(child.plan.name for child in self._children if child.is_ready)

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.settimeout(0)
        self._socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._loop.add_reader(self._socket, self._hear)

    def _start(self, child: _Child) -> None:
        if self._ended.done():
            return
        plan = child.plan
        environment = os.environ | {
            "NOTIFY_SOCKET": str(self._path),
            "WATCHDOG_USEC": str(round(plan.watchdog_s * 1e6)),
        }
        try:
            child.process = subprocess.Popen(  # noqa: S603  # our own command, from egate.compose
                plan.argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  # this process has one thread
            )
        except OSError as error:  # no memory, no process to be had, a program being replaced
            self._log.warning("not_started", child=plan.name, what=error.strerror)
            self._start_later(child, lived_s=0.0)
            return
        child.pidfd = os.pidfd_open(child.process.pid)
        child.started_at_s = child.heard_at_s = self._loop.time()
        child.is_ready = False
        child.gone.clear()
        self._loop.add_reader(child.pidfd, self._died, child)
        self._log.info("started", child=plan.name, pid=child.process.pid)

    def _hear(self) -> None:
        """Take every notification that is there."""
        while True:
            try:
                note, ancillary, _, _ = self._socket.recvmsg(
                    LONGEST_NOTE, socket.CMSG_SPACE(CREDENTIALS.size)
                )
            except BlockingIOError:
                return
            for _level, kind, raw in ancillary:
                if kind == socket.SCM_CREDENTIALS and len(raw) >= CREDENTIALS.size:
                    self._heard_from(CREDENTIALS.unpack_from(raw)[0], note)

    def _heard_from(self, pid: int, note: bytes) -> None:
        for child in self._children:
            if child.process is None or child.process.pid != pid:
                continue
            facts = note.split(b"\n")
            if b"READY=1" in facts and not child.is_ready:
                child.is_ready = child.has_served = True
                after_s = round(self._loop.time() - child.started_at_s, 3)
                self._log.info("ready", child=child.plan.name, after_s=after_s)
            if b"WATCHDOG=1" in facts or b"READY=1" in facts:
                child.heard_at_s = self._loop.time()

    def _look(self) -> None:
        """Kill who is silent too long; our own lateness is not held against anybody."""
        self._hear()
        now_s = self._loop.time()
        for child in self._children:
            allowed_s = child.plan.watchdog_s if child.is_ready else READY_WITHIN_S
            if child.process is not None and now_s - child.heard_at_s > allowed_s:
                self._log.warning("silent", child=child.plan.name, for_s=round(allowed_s, 3))
                child.heard_at_s = now_s
                child.process.kill()
        if not self._ended.done():
            self._loop.call_later(LOOKS_EVERY_S, self._look)

    def _died(self, child: _Child) -> None:
        if child.process is None:
            return
        self._loop.remove_reader(child.pidfd)
        os.close(child.pidfd)
        status = child.process.wait()
        child.process, child.is_ready = None, False
        child.gone.set()
        lived_s = self._loop.time() - child.started_at_s
        tell = self._log.info if self._ended.done() else self._log.warning
        tell("died", child=child.plan.name, status=status, lived_s=round(lived_s, 3))
        if status == REFUSED and not child.has_served:
            self.stop(REFUSED)
        if not self._ended.done():
            self._start_later(child, lived_s)

    def _start_later(self, child: _Child, lived_s: float) -> None:
        child.died_young = child.died_young + 1 if lived_s < YOUNG_S else 0
        pause_s = PAUSES_S[min(child.died_young, len(PAUSES_S) - 1)]
        self._loop.call_later(pause_s, self._start, child)

    async def _stop_children(self) -> None:
        for child in reversed(self._children):
            if child.process is None:
                continue
            child.process.terminate()
            try:
                await asyncio.wait_for(child.gone.wait(), STOPS_WITHIN_S)
            except TimeoutError:
                child.process.kill()
                await child.gone.wait()


def _die_with(parent: int) -> Callable[[], None]:
    """Build what a new child does first: ask the kernel to die with its parent (prctl(2))."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask


def supervise(plans: Sequence[ChildPlan], run_dir: Path) -> int:
    """Run the children until SIGTERM or SIGINT; return the exit status."""

    async def main() -> int:
        supervisor = Supervisor(plans, run_dir)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
        return await supervisor.run()

    return asyncio.run(main())
