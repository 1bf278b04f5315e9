"""The real pcscd, with virtual readers, in namespaces of its own.

pcscd and vpcd take the machine for themselves: one process, one socket below /run/pcscd, TCP
ports open to the world. Here pcscd runs where mounts, network and processes are its own, so that
several run beside each other, and the machine's own readers are never seen. Its socket lies in a
folder of this side. libpcsclite asks once in a process which socket to use (`SOCKET_VARIABLE`):
a process, and what it starts, reaches one private pcscd only.

Inside, this file runs by itself as the first process: it brings the loopback up, starts and kills
pcscd as it is told, and hands out connections to vpcd. It ends with the one who started it, and
everything else in there ends with it.

Source: research/emrtd.md 2.2 (measured); pcscd(8), PCSCLITE_CSOCK_NAME; unshare(1).
"""

import contextlib
import fcntl
import os
from pathlib import Path
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from typing import Final

SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
FIRST_PORT: Final = 35963  # vpcd's own; the second slot's is the next
READY_WITHIN_S: Final = 10.0
REQUEST: Final = 64
DRIVERS: Final = Path("/usr/lib/pcsc/drivers/serial")
VPCD: Final = DRIVERS / "libifdvpcd.so"
SIOCSIFFLAGS: Final = 0x8914  # linux/sockios.h
IFF_UP: Final = 1  # linux/if.h


class PcscdNotPossible(Exception):
    """This machine cannot run a pcscd of our own; the text says why."""


class PrivatePcscd:
    """A pcscd with one virtual reader of two slots; `names` is what PC/SC calls them.

    One only: vpcd 3.3 keeps its slots by their number in a reader, so a second reader takes the
    slots of the first (measured). `socket` is where pcscd listens.
    """

    def __init__(self, reader: str = "Gate NFC") -> None:
        """Start it and wait until it listens.

        Raises:
            PcscdNotPossible: something is not installed, not allowed, or pcscd did not come up.
        """
        programs = [_installed("pcscd"), _installed("unshare")]
        if not VPCD.exists():
            raise PcscdNotPossible("vsmartcard-vpcd is not installed")
        self._folder = tempfile.TemporaryDirectory(prefix="pcscd-")
        folder = Path(self._folder.name)
        _configure(folder, reader)
        self.names = (f"{reader} 00 00", f"{reader} 00 01")
        self.socket = folder / "run" / "pcscd.comm"
        self._turn = threading.Lock()  # a slot plugs in from a thread of its own
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside:
            self._inside = subprocess.Popen(  # noqa: S603  # programs found by name, paths of our own
                _command(programs, folder, inside.fileno()),
                pass_fds=[inside.fileno()],
                stderr=subprocess.PIPE,
            )
        try:
            self.start()
        except OSError as error:
            complaint = self._ended() or [str(error)]
            self._folder.cleanup()
            raise PcscdNotPossible(complaint[0]) from error

    def start(self) -> None:
        """Start pcscd, at the beginning or after `kill`; it listens when this returns."""
        self._ask("start").close()

    def kill(self) -> None:
        """Kill pcscd as a crash would: no farewell, its files left behind."""
        self._ask("kill").close()

    def plug(self, slot: int = 0) -> socket.socket:
        """Return a connection to a slot's vpcd, slots counted as in `names`: a card goes in."""
        return self._ask(f"connect {FIRST_PORT + slot}")

    def close(self) -> None:
        """End everything that was started; repeatable."""
        self._ended()
        self._folder.cleanup()

    def _ask(self, request: str) -> socket.socket:
        """Have a request done inside; return the connection it handed out."""
        with self._turn:
            self._control.settimeout(READY_WITHIN_S)
            self._control.send(request.encode())
            said, handed, _, _ = socket.recv_fds(self._control, REQUEST, 1)
        if said != b"done":
            raise OSError(said.decode() or "the namespaces could not be made")
        return socket.socket(fileno=handed[0])

    def _ended(self) -> list[str]:
        """End the inside; return what it complained of."""
        self._control.close()
        try:
            _, complaint = self._inside.communicate(timeout=READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._inside.kill()
            _, complaint = self._inside.communicate()
        except ValueError:  # it was ended before, and its pipe is closed
            return []
        return complaint.decode(errors="replace").splitlines()


def _installed(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise PcscdNotPossible(f"{program} is not installed")
    return found


def _configure(folder: Path, reader: str) -> None:
    for place in ("run", "readers"):
        (folder / place).mkdir()
    (folder / "readers" / "vpcd").write_text(
        f'FRIENDLYNAME "{reader}"\nDEVICENAME /dev/null:{FIRST_PORT}\n'
        f"LIBPATH {VPCD}\nCHANNELID {FIRST_PORT}\n"
    )


def _command(programs: list[str], folder: Path, control: int) -> list[str]:
    pcscd, unshare = programs
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    spaces = ["--mount", "--net", "--pid", "--fork", "--kill-child"]
    inside = [sys.executable, "-I", __file__, pcscd, str(folder), str(control)]
    return [unshare, *as_root, *spaces, *inside]


class _Inside:
    """The first process inside: obeys until the one who started it is gone."""

    def __init__(self, pcscd: str, folder: Path, control: socket.socket) -> None:
        self._command = [pcscd, "--foreground", "--error", "--config", str(folder / "readers")]
        self._socket = folder / "run" / "pcscd.comm"
        self._control = control
        self._pcscd: subprocess.Popen[bytes] | None = None

    def obey(self) -> None:
        while request := self._control.recv(REQUEST):
            word, _, argument = request.decode().partition(" ")
            try:
                with self._do(word, argument) as handed:
                    socket.send_fds(self._control, [b"done"], [handed.fileno()])
            except OSError as error:
                self._control.send(f"{word}: {error}".encode()[:REQUEST])

    def _do(self, word: str, argument: str) -> socket.socket:
        """Do one request; return a connection, to vpcd or, where none was asked for, to nobody."""
        if word == "connect":
            return socket.create_connection(("127.0.0.1", int(argument)))  # blocking, as handed out
        if self._pcscd is not None:
            self._pcscd.kill()
            self._pcscd.wait()
        self._socket.unlink(missing_ok=True)
        if word == "start":
            nowhere = subprocess.DEVNULL  # it tells of every card that left
            self._pcscd = subprocess.Popen(  # noqa: S603  # what this file put together
                self._command, stdout=nowhere, stderr=nowhere
            )
            self._wait_until_it_listens()
        return socket.socket(socket.AF_UNIX)

    def _wait_until_it_listens(self) -> None:
        deadline_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline_s:
            with socket.socket(socket.AF_UNIX) as asked, contextlib.suppress(OSError):
                asked.connect(str(self._socket))
                return
            threading.Event().wait(0.01)
        raise TimeoutError("pcscd did not come up")


def _make_room(folder: Path) -> None:
    """Bring the loopback up, and put the folder's `run` where pcscd wants its socket."""
    with socket.socket() as asked:
        fcntl.ioctl(asked, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
    _mount("-t", "tmpfs", "none", "/run")
    Path("/run/pcscd").mkdir()
    _mount("--bind", str(folder / "run"), "/run/pcscd")


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)  # noqa: S603, S607  # found as unshare was


def _main() -> None:
    pcscd, folder, control = sys.argv[1:]
    _make_room(Path(folder))
    with socket.socket(fileno=int(control)) as line:
        _Inside(pcscd, Path(folder), line).obey()


if __name__ == "__main__":
    _main()
