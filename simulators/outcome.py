"""What a scenario came to, and whether that is what its file expects.

How a passage ended is read from the gate's journal with `egate passages`, never from the bench's
own memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

from simulators.cast import CastFailed, egate
from simulators.people import Way
from simulators.scenario import Expected, Scenario


@dataclass(slots=True)
class Outcome:
    """What one scenario came to; `passages` are the numbers the lane showed."""

    scenario: Scenario
    expected: Expected
    passages: list[int] = field(default_factory=list)
    people: list[Way] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)
    took_s: float = 0.0
    problem: str = ""


def judge(outcome: Outcome, told: Sequence[dict[str, Any]]) -> str:
    """Return what did not come as expected, in words; empty when all did."""
    expected = outcome.expected
    endings = tuple(str(each.get("ending")) for each in told)
    findings = " ".join(json.dumps(each) for each in told)
    checks = {
        outcome.problem: not outcome.problem,
        f"endings {', '.join(endings) or 'none'}": endings == expected.endings,
        f"left {', '.join(outcome.people)}": tuple(outcome.people) == expected.people,
        "a reason is missing": all(reason in findings for reason in expected.reasons),
        "a state was not seen": all(state in outcome.saw for state in expected.saw),
    }
    return "; ".join(what for what, holds in checks.items() if not holds)


def happened(outcome: Outcome, told: Sequence[dict[str, Any]]) -> str:
    """Return what came of it, in words."""
    endings = ", ".join(str(each.get("ending")) for each in told) or "no passage"
    return f"{endings}; left {', '.join(outcome.people) or 'not at all'}"


async def passage(journal: Path, number: int) -> dict[str, Any]:
    """Return how a passage ended, and its record; the gate may be running."""
    try:
        raw = await egate("passages", "show", str(number), "--journal", str(journal), "--json")
        told: dict[str, Any] = json.loads(raw)
        return {"ending": told["times"]["ending"], "entries": told["entries"]}
    except (CastFailed, ValueError, KeyError, TypeError):
        return {"ending": "not in the journal"}


async def record(journal: Path, number: int) -> str:
    """Return a passage step by step with every finding, as `egate passages show` tells it."""
    try:
        return await egate("passages", "show", str(number), "--journal", str(journal))
    except CastFailed as failed:
        return str(failed)
