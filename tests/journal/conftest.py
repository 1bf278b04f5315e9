"""What the tests of the journal share: a gate's key, places, and one plain passage."""

from collections.abc import Callable, Iterator
from pathlib import Path
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance, Entry, EntryKind
from egate.journal.store import Place, SqliteJournal, open_journal

NOW_S = 1_795_305_600.0  # 2026-11-22T00:00:00Z
Open = Callable[..., SqliteJournal]


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("lane-1", tmp_path / "journal.sqlite", tmp_path / "day_keys.json")


@pytest.fixture
def opened(place: Place, key: Ed25519PrivateKey) -> Iterator[Open]:
    """Open journals that are closed when the test is over."""
    journals: list[SqliteJournal] = []

    def open_one(at: Place = place, with_key: Ed25519PrivateKey = key) -> SqliteJournal:
        journals.append(open_journal(at, with_key, secrets.token_bytes, lambda: NOW_S))
        return journals[-1]

    yield open_one
    for journal in journals:
        journal.close()


@pytest.fixture
def passage() -> Callable[[int], list[Entry]]:
    """Write a short passage: it began, a token was used up, it ended."""

    def entries(number: int) -> list[Entry]:
        at_utc_s = NOW_S + number
        used = Clearance(number.to_bytes(16, "big"), Direction.ENTRY, at_utc_s)
        return [
            Entry(
                EntryKind.PASSAGE_BEGAN,
                10.0,
                at_utc_s,
                number,
                facts={"token": "qr", "token_began_at_s": 9.5, "token_ended_at_s": 9.9},
                personal={"registration": f"SPECIMEN-{number:04}"},
            ),
            Entry(EntryKind.STATE, 11.0, at_utc_s, number, facts={"state": "exit_released"}),
            Entry(EntryKind.NOTE, 12.0, at_utc_s, number, clearance=used),
            Entry(EntryKind.PASSAGE_ENDED, 13.0, at_utc_s, number, facts={"ending": "completed"}),
        ]

    return entries
