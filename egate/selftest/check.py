"""A check of the gate itself and what came of it: values only, in no language.

A check declares beforehand every answer it may give (`Reason`) and every figure it may measure, so
that the texts of all languages can be held against it without running it. The words for a person
are in egate.selftest.catalogue, the doing is in egate.selftest.runner.

    id        EG-H102, or EG-S201.beam_a where one check is made of many parts
    device    what it is about, by its name in the profile ("scanner") or "host"
    needs     ids of checks that must have found nothing: without them this one would tell
              of another's fault as its own

Source: DESIGN section 8; research/fleet_ops.md section 5 (stable ids, value with limit, one line
of finding, one line of cure).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from types import MappingProxyType
from typing import Generic, TypeVar

C = TypeVar("C")  # what the checks of one registry are asked about: a host, the open devices
Value = str | int | float
ID = re.compile(r"EG-[A-Z][0-9]{3}(\.[a-z0-9_]+)*")
Values = Mapping[str, Value]
NO_VALUES: Values = MappingProxyType({})


class Outcome(StrEnum):
    """The five answers; only `passed` says that something was looked at and found right."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    NOT_DONE = "not_done"
    NOT_APPLICABLE = "not_applicable"

    @property
    def wants_cure(self) -> bool:
        """Whether a person is told what to do about it."""
        return self in {Outcome.FAILED, Outcome.WARNED, Outcome.NOT_DONE}


@dataclass(frozen=True, slots=True)
class Reason:
    """One answer a check may give; `names` are the placeholders of its texts, {device} aside."""

    code: str
    outcome: Outcome
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with its unit and the limit it was held against.

    The limit of a text (a version) is told in words; whoever measured it holds it against that.

    >>> Measured("free", 512.0, "MiB", at_least=256).is_within
    True
    """

    name: str
    value: Value
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    limit: str = ""

    @property
    def is_within(self) -> bool:
        """Whether the value keeps its limit; a figure without one always does."""
        if isinstance(self.value, str):
            return True
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )


@dataclass(frozen=True, slots=True)
class Series:
    """Many figures of one kind in the order they were taken, to be drawn."""

    name: str
    unit: str
    values: tuple[float, ...]
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check says; `values` fill the reason's texts, `identity` goes into the report.

    No value names a person: counts, versions, device names, file names, days.
    """

    reason: Reason
    values: Values = field(default_factory=lambda: NO_VALUES)
    measured: tuple[Measured, ...] = ()
    series: tuple[Series, ...] = ()
    identity: tuple[tuple[str, str], ...] = ()  # ("serial", "00041"), ("firmware", "2.1")


@dataclass(frozen=True)  # no slots: with them Check[Host](...) cannot be called
class Check(Generic[C]):
    """One question asked of the gate.

    Args:
        id: stable for ever; its first part names its texts.
        device: what it is about.
        reasons: every answer it may give.
        ask: does it; may block for `limit_s`, may raise anything.
        needs: ids of earlier checks that must have found nothing.
        measures: names of every figure it may measure.
        limit_s: after this time it counts as failed and is left behind.
        applies: whether there is anything to ask about.
        instead: why it is not asked on this gate; None where it is.
    """

    id: str
    device: str
    reasons: tuple[Reason, ...]
    ask: Callable[[C], Answer]
    needs: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    limit_s: float = 5.0
    applies: Callable[[C], bool] = lambda _: True
    instead: Reason | None = None

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise ValueError(f"{self.id} is no id of a check")

    @property
    def table(self) -> str:
        """The name of its table in the catalogues of texts."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check: its answer, or why there is none."""

    id: str
    device: str
    answer: Answer
    at_s: float = 0.0  # monotonic, when it began
    took_s: float = 0.0
    is_own: bool = True  # the reason is one of the check's own, not one of the runner's

    @property
    def outcome(self) -> Outcome:
        """What the answer comes to."""
        return self.answer.reason.outcome

    @property
    def reason(self) -> str:
        """The answer's code."""
        return self.answer.reason.code
