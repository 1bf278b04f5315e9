"""What is wrong with a profile, in words a technician can act on.

Every problem names its place (file and line), the key, the value that stands there, what may
stand there, and the nearest known key. Profiles hold no personal data, so values are shown.

Source: DESIGN section 8; research/fleet_ops.md section 3 (configuration).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json

KeyPath = tuple[str, ...]

LONGEST_VALUE = 60  # characters of a refused value that are shown


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands: the file, and its line counted from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; empty texts are what could not be said of it."""

    place: Place
    key: str
    what: str
    value: str = ""
    bound: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        """Say all of it in one line.

        >>> print(Problem(Place("a.toml", 7), "limits.hint_s", "out of bounds", "90", "1 to 30"))
        a.toml:7: limits.hint_s = 90: out of bounds; expected 1 to 30
        """
        where = f"{self.place.file}:{self.place.line}:"
        key = f" {self.key}" if self.key else ""
        value = f" = {self.value}" if self.value else ""
        colon = ":" if key or value else ""
        bound = f"; expected {self.bound}" if self.bound else ""
        nearest = f"; did you mean {self.nearest}?" if self.nearest else ""
        return f"{where}{key}{value}{colon} {self.what}{bound}{nearest}"


class ProfileRefused(ValueError):
    """A profile was refused as a whole; `problems` are all that were found, by file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Places:
    """Where each key of a profile stands; a key that is absent stands where its table does."""

    places: Mapping[KeyPath, Place]
    otherwise: Place

    def of(self, path: KeyPath) -> Place:
        """Return the place of the key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return self.otherwise


def shown(value: object) -> str:
    """Return a value of a profile as it may be shown: one line, printable, not too long."""
    if isinstance(value, dict):
        return "{...}"
    text = json.dumps(value, default=str)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."
