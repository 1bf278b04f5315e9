"""The reports that a technician kept beside the gate's data, and what the newest of them found.

    egate doctor   --json > DATA/reports/doctor.json      --html DATA/reports/doctor.html
    egate selftest --json > DATA/reports/selftest.json    the lane closed, the gate stopped

The pages run no check themselves: the checks want rights that whoever serves browsers must not
have, and the self-test wants a lane that is not running. Names and sizes are bounded; a file that
is no report of ours is only offered, never shown. Schemas: egate.doctor/1, egate.selftest/1.
"""

from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.(html|json|xml)")
LARGEST = 2_000_000
MOST = 20
MOST_CHECKS = 300
LONGEST = 500
SCHEMAS = {"egate.doctor/1": "doctor", "egate.selftest/1": "self-test"}
WORST_FIRST = ("failed", "not_done", "warned", "passed", "not_applicable")
TYPES = {"html": "text/html", "json": "application/json", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class Kept:
    """One file."""

    name: str
    size: int
    at_utc_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """One check of a report."""

    id: str
    outcome: str
    title: str
    finding: str
    cure: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A report of ours: which, when, and its checks, the worst first."""

    kind: str
    at_utc_s: float
    checks: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Reports:
    """The folder; one that is absent or may not be read holds nothing."""

    folder: Path | None = None

    def kept(self) -> tuple[Kept, ...]:
        """Return the newest files, the newest first."""
        found = []
        try:
            for path in self.folder.iterdir() if self.folder else ():
                if NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    told = path.stat()
                    found.append(Kept(path.name, told.st_size, told.st_mtime))
        except OSError:
            return ()
        return tuple(sorted(found, key=lambda one: -one.at_utc_s)[:MOST])

    def read(self, name: str) -> bytes | None:
        """Return one of those files; None when there is none of this name, or it is too large."""
        if self.folder is None or name not in {one.name for one in self.kept()}:
            return None
        try:
            with (self.folder / name).open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError:
            return None
        return content if len(content) <= LARGEST else None

    def examined(self) -> tuple[Examined, ...]:
        """Return what the newest report of each kind found."""
        newest: dict[str, Examined] = {}
        for one in self.kept():
            if one.name.endswith(".json"):
                told = _examined(self.read(one.name) or b"", one.at_utc_s)
                if told is not None:
                    newest.setdefault(told.kind, told)
        return tuple(newest.values())


def _examined(content: bytes, at_utc_s: float) -> Examined | None:
    try:
        fields = json.loads(content)
        kind = SCHEMAS[fields["schema"]]
        checks = [_found(one) for one in fields["checks"][:MOST_CHECKS]]
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return None
    ordered = sorted(checks, key=lambda one: WORST_FIRST.index(one.outcome))
    return Examined(kind, at_utc_s, tuple(ordered))


def _found(fields: dict[str, Any]) -> Found:
    texts = [fields[name] for name in ("id", "outcome", "title", "finding", "cure")]
    if not all(isinstance(text, str) for text in texts) or texts[1] not in WORST_FIRST:
        raise ValueError("a check is told otherwise")
    return Found(*(text[:LONGEST] for text in texts))
