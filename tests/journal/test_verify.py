"""The proof of a journal: whatever is changed in the file is found, with its record's number."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance, Entry, EntryKind
from egate.journal.envelope import Envelope
from egate.journal.leaf import LeafError, Recorded, decode, encode
from egate.journal.merkle import leaf_hash
from egate.journal.reader import JournalUnusable, read
from egate.journal.store import Place, SqliteJournal
from egate.journal.verify import Fault, Verdict, verify

FULL = Entry(
    EntryKind.FINDINGS,
    12.25,
    1_795_305_600.5,
    7,
    facts={"stage": "traveller", "compute_ms": 41, "score": 0.5, "is_last": True},
    clearance=Clearance(b"t" * 16, Direction.EXIT, 1_795_305_600.0),
)
SEALED = Envelope("2026-11-22", b"k" * 40, b"n" * 12, b"box")


@pytest.fixture
def file(
    opened: Callable[[], SqliteJournal], place: Place, passage: Callable[[int], list[Entry]]
) -> Path:
    """Return a closed journal of ten passages, four records and one checkpoint each."""
    journal = opened()
    for number in range(1, 11):
        journal.append(passage(number))
    journal.close()
    return place.path


def _change(file: Path, statement: str, *values: bytes) -> None:
    connection = apsw.Connection(str(file))
    connection.execute(statement, values).fetchall()
    connection.close()


def _verdict(file: Path, key: Ed25519PrivateKey) -> Verdict:
    with read(file) as reader:
        return verify(reader, key.public_key(), lambda _done, _total: None)


def test_a_record_comes_back_as_it_was_written() -> None:
    assert decode(encode(3, FULL, SEALED)) == Recorded(3, FULL, SEALED)


def test_a_fact_that_is_no_fact_is_refused() -> None:
    with pytest.raises(LeafError, match="neither text nor number"):
        encode(1, Entry(EntryKind.NOTE, 0.0, 0.0, facts={"x": b"raw"}), None)  # type: ignore[dict-item]  # on purpose


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", '{"kind":"other"}', '{"kind":"note","at_s":"x"}']
)
def test_text_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(LeafError, match="no record"):
        decode(text)


def test_an_untouched_journal_holds(file: Path, key: Ed25519PrivateKey) -> None:
    assert _verdict(file, key).fault is None


def test_progress_is_told_to_the_end(file: Path, key: Ed25519PrivateKey) -> None:
    told: list[tuple[int, int]] = []
    with read(file) as reader:
        verify(reader, key.public_key(), lambda done, total: told.append((done, total)))
    assert told[-1] == (40, 40)


def test_one_flipped_byte_of_the_file_is_found_with_its_record(
    file: Path, key: Ed25519PrivateKey
) -> None:
    content = file.read_bytes()
    at = content.index(b'"seq":23}') - 30
    file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    fault = _verdict(file, key).fault
    assert fault == Fault(23, "the record does not agree with its hash")


def test_a_rewritten_record_with_its_hash_is_found_at_the_next_checkpoint(
    file: Path, key: Ed25519PrivateKey
) -> None:
    with read(file) as reader:
        text = next(reader.rows(23)).record.replace("11.0", "99.0").replace("12.0", "99.0")
    _change(file, "UPDATE entry SET record = CAST(? AS TEXT) WHERE seq = 23", text.encode())
    _change(file, "UPDATE entry SET leaf = ? WHERE seq = 23", leaf_hash(text.encode()))
    fault = _verdict(file, key).fault
    assert fault == Fault(24, "the records up to 24 are not those of its checkpoint")


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        ("DELETE FROM entry WHERE seq = 9", 9, "record 9 is missing"),
        ("DELETE FROM entry WHERE seq = 1", 1, "record 1 is missing"),
        ("DELETE FROM entry WHERE seq > 38", 39, "record 39 is missing"),
        ("UPDATE entry SET seq = 77 WHERE seq = 40", 40, "record 40 is missing"),
        ("DELETE FROM checkpoint", 0, "there is no checkpoint"),
        (
            "UPDATE checkpoint SET note = replace(note, char(10)||'8', char(10)||'9') WHERE size=8",
            8,
            "checkpoint 8: its signature is wrong",
        ),
        (
            "UPDATE checkpoint SET latest_utc_s = 0.0 WHERE size = 12",
            12,
            "checkpoint 12 remembers another latest time",
        ),
        (
            "UPDATE checkpoint SET size = 13 WHERE size = 12",
            13,
            "checkpoint 13: 2 peaks do not make a tree of 13 leaves",
        ),
        (
            "UPDATE checkpoint SET peaks = zeroblob(64) WHERE size = 12",
            12,
            "the records up to 12 are not those of its checkpoint",
        ),
        (
            "DELETE FROM clearance WHERE seq = 7",
            7,
            "the table of used tokens does not agree with the records",
        ),
        (
            "INSERT INTO clearance VALUES (zeroblob(16), 'entry', 0.0, 15)",
            15,
            "the table of used tokens does not agree with the records",
        ),
        (
            "UPDATE clearance SET at_utc_s = 0.0 WHERE seq = 11",
            11,
            "the table of used tokens does not agree with the records",
        ),
    ],
)
def test_a_change_is_found_and_named(
    statement: str, seq: int, what: str, file: Path, key: Ed25519PrivateKey
) -> None:
    _change(file, statement)
    found = _verdict(file, key).fault
    assert found is not None
    assert found.what == what
    assert found.seq == seq or "peaks do not make" in what


def test_a_journal_of_another_key_does_not_hold(file: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    assert _verdict(file, other).fault == Fault(0, "checkpoint 0: it is not signed by this key")


@pytest.mark.parametrize("page", range(1, 6))
def test_a_destroyed_page_is_found(page: int, file: Path, key: Ed25519PrivateKey) -> None:
    content = file.read_bytes()
    at = len(content) * page // 6 // 4096 * 4096
    file.write_bytes(content[:at] + b"\xa5" * 4096 + content[at + 4096 :])
    with suppress(JournalUnusable):  # raised for the page that says whose journal it is
        assert _verdict(file, key).fault is not None


def test_a_file_that_is_no_journal_is_not_opened(tmp_path: Path) -> None:
    for name, content in (("text", b"hello " * 999), ("empty", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(JournalUnusable):
            read(path)
    with pytest.raises(JournalUnusable, match="No such file"):
        read(tmp_path / "absent")
