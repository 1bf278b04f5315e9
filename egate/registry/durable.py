"""Writing a file so that after a power cut it is the old one or the new one, never half of it.

Source: rename(2); fsync(2) (a name is on disk when its folder is).
"""

import os
from pathlib import Path


def unfinished(path: Path) -> Path:
    """Return where `path` is written before it takes its name."""
    return path.with_suffix(".new")


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file as a whole, readable by its owner only; OSError: the old one stands."""
    fresh = unfinished(path)
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
