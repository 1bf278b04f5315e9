"""A list of checks in the order they are run, refused where it does not fit together.

It runs nothing. A check stands behind all that it needs, so the order of the table is the order
of the work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic

from egate.selftest.check import C, Check


class UnknownCheck(LookupError):
    """No check of the registry has this id; the text names the nearest ones."""


@dataclass(frozen=True)  # no slots, as with Check
class Registry(Generic[C]):
    """Checks that know one another by id.

    Raises:
        ValueError: an id stands twice, a need is unknown or stands behind, a reason stands twice.
    """

    checks: tuple[Check[C], ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for check in self.checks:
            codes = [reason.code for reason in check.reasons]
            if len(codes) != len(set(codes)) or not codes:
                raise ValueError(f"{check.id} has no reasons, or one of them twice")
            if check.id in seen:
                raise ValueError(f"{check.id} stands twice")
            missing = set(check.needs) - seen
            if missing:
                raise ValueError(f"{check.id} needs {min(missing)}, which does not stand before it")
            seen.add(check.id)

    def __iter__(self) -> Iterator[Check[C]]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def only(self, ids: Sequence[str]) -> "Registry[C]":
        """Return the checks asked for, and those they need; "EG-S201" means all its parts.

        Raises:
            UnknownCheck: an id names no check.
        """
        wanted = {check.id for asked in ids for check in self._named(asked)}
        for check in reversed(self.checks):
            if check.id in wanted:
                wanted.update(check.needs)
        return Registry(tuple(check for check in self.checks if check.id in wanted))

    def _named(self, asked: str) -> list[Check[C]]:
        found = [one for one in self.checks if one.id == asked or one.id.startswith(f"{asked}.")]
        if not found:
            near = get_close_matches(asked.upper(), [one.id for one in self.checks], 3)
            offer = f"did you mean {' or '.join(near)}? " if near else ""
            raise UnknownCheck(f"no check is called {asked}; {offer}--list shows them all")
        return found
