"""The journal read, beside a running gate or without one: entries, passages, checkpoints.

It proves nothing (egate.journal.verify does) and opens no envelope.

Source: DESIGN section 7; research/fleet_ops.md 2.2.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import stat
from typing import Any, Self

import apsw

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance
from egate.journal.checkpoint import origin_of
from egate.journal.database import APPLICATION_ID, FORMAT, in_words, open_to_read
from egate.journal.leaf import LeafError, Recorded, decode
from egate.journal.merkle import HASH_BYTES, CompactRange
from egate.journal.times import story

USED_KNOWN_FROM = "used_tokens_known_from_utc_s"  # a fact of the first record of a later epoch


class JournalUnusable(Exception):
    """This is no journal, or a damaged one; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose journal this is; `public_key` is the raw Ed25519 key it says it is signed with."""

    gate: str
    epoch: str
    public_key: bytes

    @property
    def origin(self) -> str:
        """Return the origin line of its checkpoints."""
        return origin_of(self.gate, self.epoch)


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it stands in the file, not yet read."""

    seq: int
    record: str
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint as it stands in the file; nothing of it is proven."""

    note: str
    tree: CompactRange
    latest_utc_s: float


class Reader:
    """Reads one journal over an open connection; close it, or use it as a context.

    Every method raises apsw.Error when the file is damaged below the tables, and
    JournalUnusable when a table holds what no journal writes.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.identity = self._identity()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; repeatable."""
        self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let everything read inside be of one moment, whatever the gate writes meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(apsw.Error):  # of a damaged page, which what was inside has told already
                self._connection.execute("COMMIT")

    def size(self) -> int:
        """Return the number of the last record."""
        return self._number("SELECT max(seq) FROM entry")

    def last_passage(self) -> int:
        """Return the highest passage number, 0 when there is none."""
        return self._number("SELECT max(passage) FROM entry WHERE passage IS NOT NULL")

    def rows(self, first: int = 1) -> Iterator[Row]:
        """Yield the records from `first` on, unread."""
        query = "SELECT seq, record, leaf FROM entry WHERE seq >= ? ORDER BY seq"
        return (Row(*found) for found in self._connection.execute(query, (first,)))

    def entries(self, first: int = 1) -> Iterator[Recorded]:
        """Yield the entries from `first` on."""
        return (_decoded(row) for row in self.rows(first))

    def passages(self, last: int | None = None) -> list[int]:
        """Return the numbers of the newest `last` passages (all when None), newest last."""
        query = (
            "SELECT DISTINCT passage FROM entry WHERE passage IS NOT NULL "
            "ORDER BY passage DESC LIMIT ?"
        )
        found = self._connection.execute(query, (-1 if last is None else last,))
        return [int(passage) for (passage,) in found][::-1]

    def passage(self, number: int) -> list[Recorded]:
        """Return the entries of one passage, up to the lane ready again; none if unknown."""
        first = self._number("SELECT min(seq) FROM entry WHERE passage = ?", number)
        return story(number, self.entries(first)) if first else []

    def marks(self) -> Iterator[Mark]:
        """Yield the checkpoints, newest first."""
        query = "SELECT size, note, peaks, latest_utc_s FROM checkpoint ORDER BY size DESC"
        return (_mark(*found) for found in self._connection.execute(query))

    def clearance(self, token: bytes) -> Clearance | None:
        """Return the newest clearance of this token."""
        query = "SELECT token, direction, at_utc_s FROM clearance WHERE token = ?"
        found = self._connection.execute(query, (token,)).fetchone()
        return None if found is None else _clearance(*found)

    def used_known_from_utc_s(self) -> float:
        """Return since when every used token is known, as the first record says; 0.0 for ever."""
        first = next(self.entries(), None)
        return 0.0 if first is None else float(first.entry.facts.get(USED_KNOWN_FROM, 0.0))

    def clearances(self) -> Iterator[tuple[int, Clearance]]:
        """Yield every token's newest clearance, with the number of the record that says so."""
        query = "SELECT seq, token, direction, at_utc_s FROM clearance ORDER BY seq"
        return ((int(seq), _clearance(*rest)) for seq, *rest in self._connection.execute(query))

    def damage(self) -> str | None:
        """Say what SQLite finds wrong with its own pages and indexes; None when nothing is."""
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        return None if found == ("ok",) else "the file's own structure is damaged"

    def _identity(self) -> Identity:
        if self._number("PRAGMA application_id") != APPLICATION_ID:
            raise JournalUnusable("it is no journal of a gate")
        if self._number("PRAGMA user_version") != FORMAT:
            raise JournalUnusable("it was written by another version of this program")
        found = self._connection.execute("SELECT gate, epoch, public_key FROM journal").fetchone()
        if found is None:
            raise JournalUnusable("it does not say which gate it belongs to")
        return Identity(*found)

    def _number(self, query: str, *values: int) -> int:
        found = self._connection.execute(query, values).fetchone()
        return int(found[0] or 0) if found else 0


def read(path: Path) -> Reader:
    """Open a journal to read it; the gate may go on writing.

    Raises:
        JournalUnusable: it cannot be opened, or is no journal.
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise JournalUnusable("it is a directory")
        connection = open_to_read(path)
    except OSError as error:
        raise JournalUnusable(error.strerror or "it cannot be read") from error
    except apsw.Error as error:
        raise JournalUnusable(in_words(error)) from error
    try:
        return Reader(connection)
    except apsw.Error as error:
        connection.close()
        raise JournalUnusable(in_words(error)) from error
    except JournalUnusable:
        connection.close()
        raise


def _decoded(row: Row) -> Recorded:
    try:
        return decode(row.record)
    except LeafError as error:
        raise JournalUnusable(f"record {row.seq}: {error}") from error


def _mark(size: int, note: str, peaks: bytes, latest_utc_s: float) -> Mark:
    cut = range(0, len(peaks), HASH_BYTES)
    try:
        tree = CompactRange(size, tuple(peaks[at : at + HASH_BYTES] for at in cut))
    except ValueError as error:
        raise JournalUnusable(f"checkpoint {size}: {error}") from error
    return Mark(note, tree, latest_utc_s)


def _clearance(*held: Any) -> Clearance:  # noqa: ANN401  # a row of STRICT columns
    token, direction, at_utc_s = held
    try:
        return Clearance(token, Direction(direction), at_utc_s)
    except ValueError as error:
        raise JournalUnusable("a clearance names no direction") from error
