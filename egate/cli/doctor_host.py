"""What the doctor is told about this computer: the kernel, the programs, the packages, the files.

It decides nothing; what a figure means is said in egate.selftest. What cannot be read is told as
not there.
"""

from collections.abc import Sequence
import ctypes
from importlib import metadata
from importlib.resources import files
import os
from pathlib import Path
import shutil
import subprocess
import sys
import time

from egate.selftest.host import Host, KernelClock, Space

UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex(2)
PROGRAM_S = 20.0
CARD_SOCKET = "/run/pcscd/pcscd.comm"  # pcsc-lite, PCSCLITE_CSOCK_NAME
LOCK = "requirements.txt"


class _Timex(ctypes.Structure):
    """The beginning of struct timex, with room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def kernel_clock() -> KernelClock | None:
    """Ask the kernel how its clock is kept; None where it does not say."""
    told = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        return None
    if answer < 0:
        return None
    return KernelClock(not told.status & UNSYNCHRONISED, told.maxerror / 1000)


def space(path: Path) -> Space:
    """Return the room on the file system that holds this path, or would."""
    there = next(one for one in (path, *path.parents) if one.exists())
    told = os.statvfs(there)
    return Space(told.f_bavail * told.f_frsize, told.f_favail)


def run(words: Sequence[str]) -> str | None:
    """Return what a program of the system prints; None when it is absent, fails or hangs."""
    program = shutil.which(words[0], path=f"{os.defpath}:/usr/sbin:/sbin:/usr/local/bin")
    if program is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603  # words are ours, the path is the system's
            [program, *words[1:]],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROGRAM_S,
            check=False,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.stdout.strip() else None


def installed(name: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def may_use(path: Path) -> bool:
    """Say whether this user may read and write a file, or a folder."""
    return os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))


def lock() -> str:
    """Return the requirements this egate was tested with: delivered with it, or beside it."""
    delivered = files("egate.selftest") / LOCK
    beside = Path(str(files("egate"))).parent / LOCK
    for file in (delivered, beside):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return ""


def models(kind: str) -> Path:
    """Return the folder of a kind of models.

    Raises:
        ModelMissing: its package is not installed.
    """
    from egate.vision.models import models_folder

    return models_folder() if kind == "faces" else Path(str(files("egate.vision")))


def this_host(data: Path, *, root: Path = Path("/")) -> Host:
    """Return this computer, without a gate."""
    import apsw

    from egate.journal.database import why_unsound

    return Host(
        root=root,
        data=data,
        utc_s=time.time,
        monotonic_s=time.monotonic,
        random=os.urandom,
        kernel_clock=kernel_clock,
        space=space,
        run=run,
        installed=installed,
        python=sys.version_info[:3],
        sqlite=apsw.sqlite_lib_version(),
        unsound=why_unsound,
        lock=lock(),
        models=models,
        may_use=may_use,
        card_socket=Path(os.environ.get("PCSCLITE_CSOCK_NAME", CARD_SOCKET)),
    )


def software(host: Host) -> tuple[tuple[str, str], ...]:
    """Return what a fault report must say of software and board: names and versions."""
    import platform

    from egate import __version__

    told = (
        ("egate", __version__),
        ("Python", ".".join(map(str, host.python))),
        ("SQLite", host.sqlite),
        ("Linux", platform.release()),
        ("machine", platform.machine()),
        ("board", _of_the_board(host, "model")),
        ("board serial", _of_the_board(host, "serial-number")),
    )
    return tuple((name, value) for name, value in told if value)


def _of_the_board(host: Host, what: str) -> str:
    """Return what the device tree says of the board; its texts end with a zero."""
    return (host.text(f"proc/device-tree/{what}", 200) or "").strip("\0 ")
