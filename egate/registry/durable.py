"""Writing a file so that after a power cut it is the old one or the new one, never half of it.

Source: rename(2); fsync(2) (a name is on disk when its folder is).
"""

import os
from pathlib import Path


def unfinished(path: Path) -> Path:
    """Return where `path` is written before it takes its name."""
    return path.with_suffix(".new")


def outgoing(path: Path) -> Path:
    """Return where a file lies that another one took the place of, until it is written over."""
    return path.with_suffix(".old")


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file as a whole, readable by its owner only; OSError: the old one stands.

    Where root replaces somebody's file it stays theirs.
    """
    fresh = unfinished(path)
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if os.geteuid() == 0 and path.exists():
            os.fchown(file.fileno(), path.stat().st_uid, path.stat().st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def write_over_durably(path: Path, content: bytes) -> None:
    """Replace the file as `write_durably` does, and write over what it was.

    The old one keeps a second name meanwhile: where this stops, the next call finds and wipes it.
    """
    old = outgoing(path)
    if old.exists() and path.exists() and old.samefile(path):
        old.unlink()  # it stopped before the new one was there
    wipe(old)
    if path.exists():
        os.link(path, old)
        sync(path.parent)
    write_durably(path, content)
    wipe(old)
    sync(path.parent)


def wipe(path: Path) -> None:
    """Write over a file where it lies, then take its name away; one that is not there is gone."""
    try:
        with path.open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink()


def sync(folder: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
