"""The SQLite file under the journal: its tables, how it is opened, and what its errors mean.

    journal     one row: which gate, epoch and public key this is
    entry       seq, the record's text, its leaf hash; `passage` is computed from the text
    clearance   the newest clearance of each token
    checkpoint  a signed note for the first `size` records, and what is needed to go on from there

The writer is the only connection that checkpoints the write-ahead log: with two, SQLite 3.7.0 to
3.51.2 can corrupt the file (the "WAL-reset" bug), so that these versions are refused as well.

Source: research/fleet_ops.md 2.1 and 2.2; sqlite.org/wal.html section 11; DESIGN section 7.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

APPLICATION_ID = 0x6567_6A6C  # "egjl"
FORMAT = 1
BUSY_MS = 2000

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
CREATE TABLE journal (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    gate TEXT NOT NULL, epoch TEXT NOT NULL, public_key BLOB NOT NULL
) STRICT;
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY, record TEXT NOT NULL, leaf BLOB NOT NULL,
    passage INTEGER GENERATED ALWAYS AS (record ->> '$.passage') VIRTUAL
) STRICT;
CREATE INDEX entry_of_passage ON entry (passage) WHERE passage IS NOT NULL;
CREATE TABLE clearance (
    token BLOB PRIMARY KEY, direction TEXT NOT NULL, at_utc_s REAL NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY, note TEXT NOT NULL, peaks BLOB NOT NULL, latest_utc_s REAL NOT NULL
) STRICT;
"""


def why_unsound(version: str) -> str | None:
    """Say why this SQLite must not hold a journal; None when it may.

    >>> why_unsound("3.40.1")
    'SQLite 3.40.1 has the WAL-reset bug'
    >>> why_unsound("3.51.3")
    """
    numbers = tuple(int(part) for part in version.split(".")[:3])
    is_backport = numbers[:2] in ((3, 44), (3, 50)) and numbers >= (3, numbers[1], _FIX[numbers[1]])
    if numbers == (3, 52, 0):
        return "SQLite 3.52.0 was withdrawn by its authors"
    if numbers >= (3, 51, 3) or is_backport:
        return None
    return f"SQLite {version} has the WAL-reset bug"


_FIX = {44: 6, 50: 7}  # the release of each maintained branch that fixed it


def open_to_write(path: Path) -> apsw.Connection:
    """Open the file, made if absent, so that a commit is on disk when it returns."""
    connection = apsw.Connection(
        str(path), flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    )
    try:
        connection.set_busy_timeout(BUSY_MS)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except apsw.Error:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> apsw.Connection:
    """Open the file beside a running gate: it writes nothing and leaves the log alone."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA query_only = ON").fetchall()
    except apsw.Error:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(apsw.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def in_words(error: apsw.Error) -> str:
    """Say in a technician's words what SQLite refused."""
    named: dict[type[apsw.Error], str] = {
        apsw.FullError: "the disk is full",
        apsw.IOError: "I/O error",
        apsw.ReadOnlyError: "the file is read-only",
        apsw.CantOpenError: "the file cannot be opened",
        apsw.BusyError: "another process holds the file",
        apsw.CorruptError: "the file is damaged",
        apsw.NotADBError: "the file is no database",
    }
    return named.get(type(error), f"SQLite said {type(error).__name__}")
