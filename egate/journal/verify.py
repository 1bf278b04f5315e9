"""The proof of a journal: every record, every checkpoint, every clearance.

What it cannot show: records cut off behind the last checkpoint that someone else has seen.
That is what the centre keeps checkpoints for.

Source: research/fleet_ops.md 2.4; DESIGN section 7.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from egate.domain.record import Clearance
from egate.journal.checkpoint import CheckpointError
from egate.journal.checkpoint import verify as verify_note
from egate.journal.database import in_words
from egate.journal.leaf import LeafError, decode
from egate.journal.merkle import CompactRange, leaf_hash
from egate.journal.reader import Identity, JournalUnusable, Mark, Reader, Row

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong, and the record it concerns (0: none in particular)."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was read and what was proven; `fault` is None when all of it holds.

    Records behind the last checkpoint (`unsigned`) agree with their hashes, no more.
    """

    identity: Identity
    records: int
    checkpoints: int
    unsigned: int
    clearances: int
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a journal stands after its last record, all of it proven from `proven_from` on."""

    tree: CompactRange
    signed: int
    passage: int
    latest_utc_s: float


class _Wrong(Exception):
    def __init__(self, seq: int, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(seq, what)


class _Walk:
    """Walks over records in order, holding each against the tree built so far."""

    def __init__(self, tree: CompactRange, latest_utc_s: float) -> None:
        self.tree = tree
        self.latest_utc_s = latest_utc_s
        self.clearances: dict[bytes, tuple[int, Clearance]] = {}

    def take(self, row: Row) -> None:
        seq = self.tree.size + 1
        if row.seq != seq:
            raise _Wrong(seq, f"record {seq} is missing")
        if leaf_hash(row.record.encode()) != row.leaf:
            raise _Wrong(seq, "the record does not agree with its hash")
        try:
            recorded = decode(row.record)
        except LeafError as error:
            raise _Wrong(seq, str(error)) from error
        if recorded.seq != seq:
            raise _Wrong(seq, "the record bears another number")
        self.tree = self.tree.appended(row.leaf)
        self.latest_utc_s = max(self.latest_utc_s, recorded.entry.at_utc_s)
        clearance = recorded.entry.clearance
        if clearance is not None:
            self.clearances[clearance.token] = (seq, clearance)


def verify(reader: Reader, key: Ed25519PublicKey, progress: Progress) -> Verdict:
    """Prove the whole journal; stop at the first fault.

    `progress` is called with (records done, records in all) now and then.
    """
    with reader.snapshot():
        walk = _Walk(CompactRange(), 0.0)
        fault, signed, marks = None, 0, 0
        try:
            for mark in _walked(walk, reader, progress):
                _prove(mark, reader.identity, key, walk)
                signed, marks = mark.tree.size, marks + 1
            _agree(walk, reader)
            _intact(walk, reader)
        except _Wrong as wrong:
            fault = wrong.fault
        except JournalUnusable as error:
            fault = Fault(walk.tree.size + 1, str(error))
        except apsw.Error as error:
            fault = Fault(walk.tree.size + 1, in_words(error))
    size = walk.tree.size
    return Verdict(reader.identity, size, marks, size - signed, len(walk.clearances), fault)


def resume(reader: Reader, key: Ed25519PublicKey) -> Standing:
    """Prove the end of the journal, from the last checkpoint but one, and say where it stands.

    Raises:
        JournalUnusable: it does not hold.
        apsw.Error: the file cannot be read.
    """
    marks = list(islice(reader.marks(), 2))[::-1]
    if not marks:
        raise JournalUnusable("it has no checkpoint")
    walk = _Walk(marks[0].tree, marks[0].latest_utc_s)
    try:
        _walk_on(walk, marks, reader, key)
    except _Wrong as wrong:
        raise JournalUnusable(f"record {wrong.fault.seq}: {wrong.fault.what}") from wrong
    return Standing(walk.tree, marks[-1].tree.size, reader.last_passage(), walk.latest_utc_s)


def _walk_on(walk: _Walk, marks: list[Mark], reader: Reader, key: Ed25519PublicKey) -> None:
    """Take the records behind the first of these checkpoints, which are oldest first."""
    ahead = [*marks]
    for row in reader.rows(walk.tree.size + 1):
        while ahead and ahead[0].tree.size <= walk.tree.size:
            _prove(ahead.pop(0), reader.identity, key, walk)
        walk.take(row)
    for mark in ahead:
        _prove(mark, reader.identity, key, walk)
    for token, (seq, clearance) in walk.clearances.items():
        if reader.clearance(token) != clearance:
            raise _Wrong(seq, "a used token is not remembered")


def _walked(walk: _Walk, reader: Reader, progress: Progress) -> Iterator[Mark]:
    """Take every record; yield each checkpoint when the walk has come to it."""
    ahead = list(reader.marks())  # newest first
    if not ahead:
        raise _Wrong(0, "there is no checkpoint")
    in_all = reader.size()
    for row in reader.rows():
        while ahead and ahead[-1].tree.size <= walk.tree.size:
            yield ahead.pop()
        walk.take(row)
        if walk.tree.size % 256 == 0:
            progress(walk.tree.size, in_all)
    while ahead:
        yield ahead.pop()
    progress(walk.tree.size, in_all)


def _prove(mark: Mark, identity: Identity, key: Ed25519PublicKey, walk: _Walk) -> None:
    """Hold one checkpoint against the tree walked so far."""
    size = mark.tree.size
    if size > walk.tree.size:
        raise _Wrong(walk.tree.size + 1, f"record {walk.tree.size + 1} is missing")
    try:
        signed = verify_note(mark.note, identity.origin, key)
    except CheckpointError as error:
        raise _Wrong(size, f"checkpoint {size}: {error}") from error
    if (signed.size, signed.root) != (size, walk.tree.root()) or mark.tree != walk.tree:
        raise _Wrong(size, f"the records up to {size} are not those of its checkpoint")
    if mark.latest_utc_s != walk.latest_utc_s:
        raise _Wrong(size, f"checkpoint {size} remembers another latest time")


def _agree(walk: _Walk, reader: Reader) -> None:
    """Hold the table of used tokens against the records that used them."""
    held = {clearance.token: (seq, clearance) for seq, clearance in reader.clearances()}
    if held == walk.clearances:
        return
    differ = (
        walk.clearances.get(token) or held[token]
        for token in held.keys() | walk.clearances.keys()
        if held.get(token) != walk.clearances.get(token)
    )
    first = min(seq for seq, _ in differ)
    raise _Wrong(first, "the table of used tokens does not agree with the records")


def _intact(walk: _Walk, reader: Reader) -> None:
    """Have SQLite look at its own pages and indexes."""
    damage = reader.damage()
    if damage is not None:
        raise _Wrong(walk.tree.size, damage)
