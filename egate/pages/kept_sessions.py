"""Who is signed in, kept over a restart of the pages, and over nothing longer.

    {"sessions": [{"key_sha256": "...", "name": "A. Officer", "heard_at_s": 12.3}]}

The file lies in memory with the process's sockets and dies with the machine. It has no key: who
finds it cannot sign in with it. Roles are not in it: what a person may do is asked of the file of
people at each start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import json
import os
from pathlib import Path

LARGEST = 65_536
MODE = 0o600


@dataclass(frozen=True, slots=True)
class Kept:
    """One session without its key; `heard_at_s` is of the monotonic clock."""

    key_sha256: str
    name: str
    heard_at_s: float


def read_kept(path: Path) -> tuple[Kept, ...]:
    """Return what was kept; nothing where there is no file, or one that is none."""
    try:
        with path.open(encoding="utf-8") as file:
            listed = json.loads(file.read(LARGEST))["sessions"]
        return tuple(
            Kept(str(one["key_sha256"]), str(one["name"]), float(one["heard_at_s"]))
            for one in listed
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


def write_kept(path: Path, sessions: Iterable[Kept]) -> None:
    """Put these in the place of what was kept; a disk that does not take them is not our end."""
    told = {"sessions": [{name: getattr(one, name) for name in Kept.__slots__} for one in sessions]}
    beside = path.with_suffix(".new")
    try:
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            json.dump(told, opened)
        beside.replace(path)
    except OSError:
        return
