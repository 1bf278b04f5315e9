"""The whole of a run as one value: what was looked at, by whom, and every result of every round.

How a run ends, for scripts (egate.cli.output.ExitCode has the same numbers):

    0  no check failed               with --strict: and none warned, none was left undone
    1  a check failed                with --strict: or warned, or was left undone
    2  wrong usage                   (the command line's own)
    3  could not run                 nothing was asked, or the person stopped it

Source: research/fleet_ops.md section 5 (exit codes, --strict).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from egate.selftest.check import Outcome, Result

WORST_FIRST = (
    Outcome.FAILED,
    Outcome.NOT_DONE,
    Outcome.WARNED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)
ASKED = frozenset({Outcome.PASSED, Outcome.WARNED, Outcome.FAILED})
STOPPED = "stopped"  # the runner's reason


class Ending(IntEnum):
    """How a run ended."""

    HOLDS = 0
    FAILED = 1
    COULD_NOT_RUN = 3


@dataclass(frozen=True, slots=True)
class About:
    """What a report is of. `operator` is what the technician typed, empty when nothing.

    Args:
        kind: "doctor" or "selftest"; names the JSON's schema.
        software: names and versions, such as ("SQLite", "3.54.1").
        devices: what devices say of themselves: (device, "model" or "serial", what it says).
        profile_sha256: of the profile as loaded, defaults and extended profile included
            (egate.profile.digest).
    """

    kind: str
    began_at_utc_s: float
    gate: str = ""
    site: str = ""
    profile: str = ""
    profile_sha256: str = ""
    operator: str = ""
    software: tuple[tuple[str, str], ...] = ()
    devices: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A run: one or more rounds over the same checks."""

    about: About
    rounds: tuple[tuple[Result, ...], ...]

    def worst(self, first: Sequence[Outcome] = ()) -> tuple["Worst", ...]:
        """Return every check once: its worst result, and in how many rounds it failed.

        They stand in their own order, or by their outcomes in the order of `first`.
        """
        told = (_worst(results) for results in zip(*self.rounds, strict=True))
        return tuple(sorted(told, key=lambda one: first.index(one.result.outcome) if first else 0))

    @property
    def was_stopped(self) -> bool:
        """Whether the person broke the run off."""
        return any(map(was_stopped, self.rounds))

    def ending(self, *, strict: bool = False) -> Ending:
        """Return how the run ended."""
        return ending((result for results in self.rounds for result in results), strict=strict)


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst result of one check over all rounds."""

    result: Result
    failed: int
    rounds: int


def ending(results: Iterable[Result], *, strict: bool = False) -> Ending:
    """Return how a run with these results ended."""
    told = tuple(results)
    outcomes = {result.outcome for result in told}
    if was_stopped(told):
        return Ending.COULD_NOT_RUN
    wrong = {Outcome.FAILED} | ({Outcome.WARNED, Outcome.NOT_DONE} if strict else set())
    if outcomes & wrong:
        return Ending.FAILED
    return Ending.HOLDS if outcomes & ASKED else Ending.COULD_NOT_RUN


def was_stopped(results: Iterable[Result]) -> bool:
    """Say whether the person broke off the round of these results."""
    return any(one.reason == STOPPED and not one.is_own for one in results)


def counts(results: Iterable[Result]) -> dict[Outcome, int]:
    """Return how many results there are of each outcome, worst first, none left out."""
    told = [result.outcome for result in results]
    return {outcome: told.count(outcome) for outcome in WORST_FIRST}


def _worst(results: Sequence[Result]) -> Worst:
    worst = min(results, key=lambda result: WORST_FIRST.index(result.outcome))
    failed = sum(result.outcome is Outcome.FAILED for result in results)
    return Worst(worst, failed, len(results))
