"""The checks of the running lane as the pages know them: what to call them, how to tell them.

The pages run none and know none: whoever composes the gate gives them this. A gate composed
without has none.
"""

from collections.abc import Mapping
from typing import Protocol

from egate.domain.self_checked import Checked

Named = tuple[tuple[str, str], ...]  # (id, title)


class LaneChecks(Protocol):
    """What is known of the checks, in a language."""

    def own(self, language: str) -> Named:
        """Return the checks that the running lane can be asked."""

    def elsewhere(self, language: str) -> Named:
        """Return the checks that want the lane stopped."""

    def told(self, one: Checked, language: str) -> Mapping[str, str]:
        """Return id, title, outcome, answer, finding and cure of one result."""

    def report(
        self, run: tuple[Checked, ...], operator: str, at_utc_s: float, form: str, language: str
    ) -> bytes:
        """Return a run as a file: `form` is html or json."""


class NoChecks:
    """The checks of a gate that was composed without."""

    def own(self, _language: str) -> Named:
        return ()

    def elsewhere(self, _language: str) -> Named:
        return ()

    def told(self, one: Checked, _language: str) -> Mapping[str, str]:
        names = ("title", "answer", "finding", "cure")
        return {"id": one.id, "outcome": one.outcome, **dict.fromkeys(names, "")}

    def report(
        self, _run: tuple[Checked, ...], _by: str, _at_utc_s: float, _form: str, _language: str
    ) -> bytes:
        return b""
