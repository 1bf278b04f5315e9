"""A reader of machine readable zones, at whose window a document is held."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MrzFrame:
    """One to three lines of 7 to 44 printable characters, as the reader gave them.

    Nothing in them was repaired, and nothing says that they are a zone. `began_at_s` is when the
    first byte came, or the page was first seen; `ended_at_s` when the frame was complete; both on
    the monotonic clock.
    """

    lines: tuple[str, ...]
    began_at_s: float
    ended_at_s: float

    def __repr__(self) -> str:
        """Give the number of lines only: the content is personal data."""
        return f"MrzFrame({len(self.lines)} lines)"


@dataclass(frozen=True, slots=True)
class MrzUnsure:
    """A page lies there, and its zone is not surely read; `reason` is the code of a finding."""

    reason: str
    began_at_s: float
    ended_at_s: float


class MrzReader(Protocol):
    """A reader that says which zone it saw; two equal frames inside 2 s are one."""

    def read(self, timeout_s: float) -> MrzFrame | MrzUnsure | None:
        """Return the next zone, or None when none came in time.

        One that sees the page says MrzUnsure of a page that it could not read, once for a reason.

        Raises:
            DeviceLost: the line is gone.
            DeviceGarbled: what came is no frame of this reader: too long, hostile characters,
                broken framing. The rest of it is dropped and the next read starts clean.
        """

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
