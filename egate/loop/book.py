"""How a fact becomes an entry: the clocks put on it, gathered per step, handed to the recorder.

It knows the words of the record and no file. What is personal goes into `personal`, which the
journal keeps encrypted; everything else is in clear and must say nothing of a person.

Source: domain/record.py (the facts of each kind).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
import math

from egate.domain.check import Finding
from egate.domain.chip_times import ChipTimes
from egate.domain.decision import Decision
from egate.domain.record import Entry, EntryKind, Fact
from egate.loop.clock import Clock
from egate.loop.recorder import Recorder

LONGEST_FACT = 1_024  # a forged document has many reasons


class Book:
    """The entries of the step that is being carried out; `flush` hands them over together."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._entries: list[Entry] = []

    def write(self, kind: EntryKind, facts: Mapping[str, Fact], passage: int | None = None) -> None:
        """Add one entry without anything personal, dated now."""
        self.add(self.entry(kind, facts, passage))

    def add(self, entry: Entry) -> None:
        """Add one entry."""
        self._entries.append(entry)

    def flush(self) -> None:
        """Hand what was gathered to the recorder, as one append."""
        entries, self._entries = self._entries, []
        self._recorder.record(*entries)

    def make_durable(self, entry: Entry, then: Callable[[bool], None]) -> None:
        """Write one entry after what was gathered; `then(True)` once it is on disk."""
        self.flush()
        self._recorder.make_durable((entry,), then)

    def entry(
        self,
        kind: EntryKind,
        facts: Mapping[str, Fact],
        passage: int | None = None,
        personal: Mapping[str, str] | None = None,
        at_s: float | None = None,
    ) -> Entry:
        """Build one entry, dated now, or at `at_s` of the monotonic clock."""
        now_s = self._clock.monotonic_s()
        at_s = now_s if at_s is None else at_s
        return Entry(
            kind=kind,
            at_s=at_s,
            at_utc_s=self._clock.utc_s() - (now_s - at_s),
            passage=passage,
            facts={name: _bounded(fact) for name, fact in facts.items()},
            personal=personal or {},
        )


def facts_of_findings(findings: tuple[Finding, ...]) -> dict[str, Fact]:
    """Return one fact a finding ("outcome reason") and one a measure it rests on.

    >>> from egate.domain.check import Check, Outcome
    >>> facts_of_findings((Finding(Check.FACE_IS_THE_HOLDER, Outcome.PASSED, "match", {"n": 4}),))
    {'face_is_the_holder': 'passed match', 'face_is_the_holder.n': 4}

    Of several answers to one check all are told, in their order, and the measures of the last.
    """
    facts: dict[str, Fact] = {}
    for finding in findings:
        name, told = finding.check.value, f"{finding.outcome} {finding.reason}"
        facts[name] = f"{facts[name]}, {told}" if name in facts else told
        facts |= {f"{finding.check}.{name}": value for name, value in finding.evidence.items()}
    return facts


def facts_of_chip_times(times: ChipTimes | None) -> dict[str, Fact]:
    """Return one fact a step of reading a chip, in seconds; none where no chip was read."""
    if times is None:
        return {}
    return {f"chip.{name}": round(seconds, 4) for name, seconds in asdict(times).items()}


def facts_of_decision(decision: Decision) -> dict[str, Fact]:
    """Return stage, ruling, reasons and policy of a decision."""
    return {
        "stage": decision.stage.value,
        "ruling": decision.ruling.value,
        "reasons": ", ".join(decision.reasons),
        "policy": decision.policy,
    }


def _bounded(fact: Fact) -> Fact:
    """Return the fact as the journal can keep it: one that it refused would hold up all others.

    >>> _bounded(2.5), _bounded(float("inf"))
    (2.5, 'inf')
    """
    if isinstance(fact, str):
        return fact[:LONGEST_FACT]
    return fact if math.isfinite(fact) else str(fact)
