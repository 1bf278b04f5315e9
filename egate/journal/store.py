"""The journal written: every append is one transaction, on disk before the call returns.

One process writes; a lock file beside the journal keeps a second one out, and readers
(egate.journal.reader) need no lock. A file that is damaged, or not this gate's, is renamed with
its epoch and the time and never written to; a new epoch begins with a record that says so, and
with every used token that could still be read, so that none clears twice. Where some could not
be read, or the whole file is gone, that record says since when they are known again.

After an I/O error in the middle of a commit *and* a crash before the next append, SQLite may
bring back the append that was reported as failed: a record too many, never one too few.

Source: DESIGN section 7; research/fleet_ops.md 2.1-2.4.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import fcntl
import os
from pathlib import Path
import re
from typing import Self

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from egate.domain.record import Clearance, Entry, EntryKind, Fact
from egate.journal.checkpoint import Checkpoint, sign
from egate.journal.database import (
    SCHEMA,
    in_words,
    open_to_read,
    open_to_write,
    transaction,
    why_unsound,
)
from egate.journal.envelope import DayKeys, Sealer
from egate.journal.key_file import KeyFileError, Random, give_to_owner, open_lock, sync_directory
from egate.journal.leaf import LeafError, encode
from egate.journal.merkle import CompactRange, leaf_hash
from egate.journal.reader import USED_KNOWN_FROM, Identity, JournalUnusable, Reader
from egate.journal.verify import Standing, resume
from egate.ports.journal import JournalFailed

EPOCH_BYTES = 8
PARTS = ("", "-wal", "-shm")  # of one SQLite database


@dataclass(frozen=True, slots=True)
class Place:
    """Where one gate's journal lies, and how often at least it is signed.

    Without `puts_by` a file that could not be gone on with is refused, and left as it is.
    """

    gate: str
    path: Path
    day_keys: Path
    checkpoint_every: int = 64
    puts_by: bool = True


@dataclass(frozen=True, slots=True)
class KeptAside:
    """A file that could not be gone on with: where it lies now, why, and what was taken over."""

    path: Path
    why: str
    clearances: int


@dataclass(frozen=True, slots=True)
class Draft:
    """An append made ready: rows to insert, and where the journal stands after them."""

    rows: list[tuple[int, str, bytes]]
    clearances: list[tuple[bytes, str, float, int]]
    standing: Standing


class SqliteJournal:
    """The journal of one gate; satisfies egate.ports.journal.Journal.

    Any thread may call it, one at a time.
    """

    def __init__(
        self, database: apsw.Connection, place: Place, key: Ed25519PrivateKey, sealer: Sealer
    ) -> None:
        self._database = database
        self._place = place
        self._key = key
        self._sealer = sealer
        self._reader = Reader(database)
        self._standing = resume(self._reader, key.public_key())
        self._passage = self._standing.passage
        self._is_suspect = self._is_closed = False
        self._held = ExitStack()
        self.kept_aside: KeptAside | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def identity(self) -> Identity:
        """Return whose journal this is, with its epoch."""
        return self._reader.identity

    def append(self, entries: Sequence[Entry]) -> int:
        try:
            draft = self._draft(entries)
            if entries:
                self._commit(draft, is_signed=self._is_due(draft.standing, entries))
        except (apsw.Error, LeafError, KeyFileError, JournalUnusable, OSError) as error:
            self._is_suspect = True  # look at the file again before the next append
            raise JournalFailed(_words(error)) from error
        return draft.standing.tree.size

    def last_clearance(self, token: bytes) -> Clearance | None:
        try:
            return self._reader.clearance(token)
        except (apsw.Error, JournalUnusable) as error:
            raise JournalFailed(_words(error)) from error

    def next_passage(self) -> int:
        self._passage += 1
        return self._passage

    def latest_utc_s(self) -> float:
        return self._standing.latest_utc_s

    def used_known_from_utc_s(self) -> float:
        try:
            return self._reader.used_known_from_utc_s()
        except (apsw.Error, JournalUnusable) as error:
            raise JournalFailed(_words(error)) from error

    def close(self) -> None:
        if self._is_closed:
            return
        try:
            with self._held:
                self._sign_the_rest()
        except (apsw.Error, JournalUnusable) as error:
            raise JournalFailed(_words(error)) from error
        finally:
            self._is_closed = True

    def owns(self, held: ExitStack) -> None:
        """Let go of these when closed: the file, and the write role."""
        self._held = held

    def _draft(self, entries: Sequence[Entry]) -> Draft:
        standing = self._stand()
        tree, latest = standing.tree, standing.latest_utc_s
        rows: list[tuple[int, str, bytes]] = []
        clearances: list[tuple[bytes, str, float, int]] = []
        for entry in entries:
            seq = tree.size + 1
            record = encode(seq, entry, self._sealer.seal(entry, place_of(self.identity, seq)))
            leaf = leaf_hash(record.encode())
            tree, latest = tree.appended(leaf), max(latest, entry.at_utc_s)
            rows.append((seq, record, leaf))
            if entry.clearance is not None:
                used = entry.clearance
                clearances.append((used.token, used.direction.value, used.at_utc_s, seq))
        passage = max((entry.passage or 0 for entry in entries), default=0)
        passage = max(standing.passage, passage)
        return Draft(rows, clearances, Standing(tree, standing.signed, passage, latest))

    def _commit(self, draft: Draft, *, is_signed: bool) -> None:
        standing = draft.standing
        with transaction(self._database):
            self._database.executemany(
                "INSERT INTO entry (seq, record, leaf) VALUES (?, ?, ?)", draft.rows
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO clearance (token, direction, at_utc_s, seq) "
                "VALUES (?, ?, ?, ?)",
                draft.clearances,
            )
            if is_signed:
                _sign(self._database, self.identity, standing, self._key)
        signed = standing.tree.size if is_signed else standing.signed
        self._standing = Standing(standing.tree, signed, standing.passage, standing.latest_utc_s)
        self._passage = max(self._passage, standing.passage)

    def _stand(self) -> Standing:
        if self._is_closed:
            raise JournalUnusable("it is closed")
        if self._is_suspect:
            self._standing = resume(self._reader, self._key.public_key())
            self._is_suspect = False
        return self._standing

    def _is_due(self, standing: Standing, entries: Sequence[Entry]) -> bool:
        behind = standing.tree.size - standing.signed
        ends = any(entry.kind is EntryKind.PASSAGE_ENDED for entry in entries)
        return ends or behind >= self._place.checkpoint_every

    def _sign_the_rest(self) -> None:
        standing = self._stand()
        if standing.tree.size > standing.signed:
            with transaction(self._database):
                _sign(self._database, self.identity, standing, self._key)


def open_journal(
    place: Place, key: Ed25519PrivateKey, random: Random, utc_s: Callable[[], float]
) -> SqliteJournal:
    """Open the gate's journal, made if absent; `kept_aside` says if one was put by.

    Raises:
        JournalFailed: another process writes it, this SQLite is unsound, or the disk refuses.
            Nothing was changed.
    """
    unsound = why_unsound(apsw.sqlite_lib_version())
    if unsound is not None:
        raise JournalFailed(unsound)
    try:
        with ExitStack() as held:
            held.callback(os.close, _lock(place.path))
            journal = _open_locked(place, key, random, (held, utc_s()))
            journal.owns(held.pop_all())
            return journal
    except (apsw.Error, JournalUnusable, KeyFileError, OSError) as error:
        raise JournalFailed(_words(error)) from error


def place_of(identity: Identity, seq: int) -> str:
    """Return what a record's envelope is bound to: its journal and number."""
    return f"{identity.origin}/{seq}"


def _open_locked(
    place: Place, key: Ed25519PrivateKey, random: Random, held: tuple[ExitStack, float]
) -> SqliteJournal:
    stack, now_s = held
    day_keys = DayKeys(place.day_keys, random)
    day_keys.days()  # a key file that cannot be used is found here, not at the first traveller
    found = _inspect(place, key, now_s)
    if found is not None and not place.puts_by:
        raise JournalUnusable(found.why)
    kept = None if found is None else _keep_aside(place.path, found, now_s)
    _make(place.path)
    database = stack.enter_context(closing(open_to_write(place.path)))
    _create_if_empty(database, place, key, random)
    sync_directory(place.path.parent)
    journal = SqliteJournal(database, place, key, Sealer(day_keys, random))
    if found is not None and kept is not None:
        journal.append(_first_entries(found, kept, now_s))
        journal.kept_aside = kept
    return journal


def _make(path: Path) -> None:
    """Make the file where there is none; what SQLite puts beside it gets the same owner."""
    made = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        give_to_owner(made, path.parent)
    finally:
        os.close(made)


@dataclass(frozen=True, slots=True)
class _Unusable:
    why: str
    epoch: str
    clearances: list[Clearance]
    used_known_from_utc_s: float


def _inspect(place: Place, key: Ed25519PrivateKey, now_s: float) -> _Unusable | None:
    """Look at the file without writing; None when it is ours and sound, or was never begun.

    Day keys are made for a traveller's fields: where there are some, there was a journal.
    """
    gone = _Unusable("it is gone", "unknown", [], now_s) if place.day_keys.exists() else None
    if not place.path.exists() or place.path.stat().st_size == 0:
        return gone
    connection = open_to_read(place.path)
    reader: Reader | None = None
    try:
        if _is_empty(connection):
            return gone
        reader = Reader(connection)
        _is_ours(reader.identity, place, key)
        resume(reader, key.public_key())
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError, JournalUnusable) as error:
        return _Unusable(_words(error), *_salvage(reader, place.gate, now_s))
    finally:
        connection.close()
    return None


def _is_ours(identity: Identity, place: Place, key: Ed25519PrivateKey) -> None:
    if identity.gate != place.gate:
        raise JournalUnusable("it belongs to another gate")
    if identity.public_key != key.public_key().public_bytes_raw():
        raise JournalUnusable("it is signed with another key")


def _salvage(reader: Reader | None, gate: str, now_s: float) -> tuple[str, list[Clearance], float]:
    """Take from a broken journal of this gate what keeps used tokens used.

    The last of the three says since when every used token is known: now, if one may be lost.
    """
    if reader is None or reader.identity.gate != gate:
        return "unknown", [], now_s
    epoch = reader.identity.epoch if re.fullmatch("[0-9a-f]{16}", reader.identity.epoch) else ""
    clearances: list[Clearance] = []
    known_from_s = now_s
    with suppress(apsw.Error, JournalUnusable):
        for _, clearance in reader.clearances():
            clearances.append(clearance)  # what was read before an error counts
        known_from_s = reader.used_known_from_utc_s()
    return epoch or "unknown", clearances, known_from_s


def _keep_aside(path: Path, found: _Unusable, now_s: float) -> KeptAside:
    """Give the file and its log another name; no name that is taken is used.

    The new names are there before the old ones go, so that a crash between loses nothing.
    """
    at = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{path.name}.{found.epoch}.{at}"
    free = (name if count == 1 else f"{name}.{count}" for count in range(1, 10_000))
    aside = next(path.with_name(name) for name in free if not path.with_name(name).exists())
    parts = [part for part in PARTS if path.with_name(path.name + part).exists()]
    for part in parts:
        aside.with_name(aside.name + part).hardlink_to(path.with_name(path.name + part))
    sync_directory(path.parent)
    for part in parts:
        path.with_name(path.name + part).unlink()
    sync_directory(path.parent)
    return KeptAside(aside, found.why, len(found.clearances))


def _first_entries(found: _Unusable, kept: KeptAside, now_s: float) -> list[Entry]:
    facts: dict[str, Fact] = {"what": "journal_kept_aside", "why": found.why}
    if kept.path.exists():
        facts["file"] = kept.path.name
    if found.used_known_from_utc_s:
        facts[USED_KNOWN_FROM] = found.used_known_from_utc_s
    first = Entry(EntryKind.NOTE, 0.0, now_s, facts=facts)
    carried: dict[str, Fact] = {"what": "clearance_carried_over"}
    return [first] + [
        Entry(EntryKind.NOTE, 0.0, now_s, facts=carried, clearance=clearance)
        for clearance in found.clearances
    ]


def _create_if_empty(
    database: apsw.Connection, place: Place, key: Ed25519PrivateKey, random: Random
) -> None:
    if not _is_empty(database):
        return
    public = key.public_key().public_bytes_raw()
    identity = Identity(place.gate, random(EPOCH_BYTES).hex(), public)
    with transaction(database):
        database.execute(SCHEMA).fetchall()
        database.execute(
            "INSERT INTO journal (only_row, gate, epoch, public_key) VALUES (1, ?, ?, ?)",
            (identity.gate, identity.epoch, public),
        )
        _sign(database, identity, Standing(CompactRange(), 0, 0, 0.0), key)


def _sign(
    database: apsw.Connection, identity: Identity, standing: Standing, key: Ed25519PrivateKey
) -> None:
    tree = standing.tree
    note = sign(Checkpoint(identity.origin, tree.size, tree.root()), key)
    database.execute(
        "INSERT INTO checkpoint (size, note, peaks, latest_utc_s) VALUES (?, ?, ?, ?)",
        (tree.size, note, b"".join(tree.peaks), standing.latest_utc_s),
    )


def _is_empty(database: apsw.Connection) -> bool:
    """Say whether nothing was ever created in it: new, or a creation that was cut off."""
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return tables == (0,)


def _lock(path: Path) -> int:
    """Take the write role; it ends with this process."""
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise JournalFailed("another process writes this journal") from error
    except OSError:
        os.close(lock)
        raise
    return lock


def _words(error: Exception) -> str:
    """Say what happened in words for a technician."""
    if isinstance(error, apsw.Error):
        return in_words(error)
    if isinstance(error, OSError):
        return error.strerror or "I/O error"
    return str(error)
