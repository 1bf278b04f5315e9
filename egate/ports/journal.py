"""The record of the gate, as the loop writes it."""

from collections.abc import Sequence
from typing import Protocol

from egate.domain.record import Clearance, Entry


class JournalFailed(Exception):
    """The record could not be made durable; nothing of this append was kept.

    `what` says why in words for a technician (disk full, I/O error, read-only).
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"the journal could not write: {what}")
        self.what = what


class Journal(Protocol):
    """An append-only record with one writer. Its calls block: a thread of its own makes them."""

    def append(self, entries: Sequence[Entry]) -> int:
        """Write all entries in one transaction; return the last sequence number once on disk.

        Raises:
            JournalFailed: none of them is kept.
        """

    def last_clearance(self, token: bytes) -> Clearance | None:
        """Return the newest clearance of this token, whatever the direction."""

    def next_passage(self) -> int:
        """Return a passage number greater than any in the journal."""

    def latest_utc_s(self) -> float:
        """Return the newest wall-clock instant recorded, 0.0 in an empty journal."""

    def used_known_from_utc_s(self) -> float:
        """Return since when every used token is known here; 0.0 when all ever used are."""

    def close(self) -> None:
        """Sign a last checkpoint and close; repeatable."""
