"""A reader of printed or displayed codes."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """One code as the reader gave it: at most 2,048 characters, control characters removed.

    `began_at_s` is when the first byte came, `ended_at_s` when the frame was complete,
    both on the monotonic clock.
    """

    text: str
    began_at_s: float
    ended_at_s: float

    def __repr__(self) -> str:
        """Give the length only: the content may be personal data."""
        return f"CodeFrame({len(self.text)} characters)"


class CodeReader(Protocol):
    """A scanner that says what code it saw; two equal frames inside 2 s are one."""

    def read(self, timeout_s: float) -> CodeFrame | None:
        """Return the next code, or None when none came in time.

        Raises:
            DeviceLost: the line is gone.
            DeviceGarbled: what came is no code: too long, hostile characters, broken framing.
                The rest of that frame is dropped and the next read starts clean.
        """

    def close(self) -> None:
        """Give the line back; repeatable, never raises."""
