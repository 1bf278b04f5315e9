"""How a lane stands, as it tells consoles and pages; what officers and technicians are told.

Values only: egate.loop puts them on a line, egate.pages shows them.
"""

from dataclasses import dataclass

from egate.domain.check import Finding
from egate.domain.decision import Ruling, Stage
from egate.domain.effect import Prompt
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.language import Language
from egate.domain.self_checked import Checked
from egate.domain.service import PartSeen


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane at one instant of CLOCK_MONOTONIC.

    `lamps` are the lit ones, `doors` the released ones, `missing` the lost devices, `failing` the
    checks of the self-test that keep the lane from opening, `active` the
    inputs that prove what their names say, `unknown` those of which nothing is known. `language` is
    the one that the token of the running passage speaks for.
    """

    at_s: float
    state: LaneState
    passage: int | None = None
    trouble: Trouble | None = None
    prompt: Prompt | None = None
    lamps: tuple[Output, ...] = ()
    doors: tuple[Door, ...] = ()
    missing: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    active: tuple[Input, ...] = ()
    unknown: tuple[Input, ...] = ()
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class HealthView:
    """How late a lane's loop was over the last `over_s` seconds, and what its parts have done.

    `turns` counts the health rounds, time limits and input edges that it turned to.
    """

    at_s: float
    over_s: float
    turns: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    parts: tuple[PartSeen, ...]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What one stage of a passage came to, for the officer; never for the traveller's screen."""

    passage: int
    stage: Stage
    ruling: Ruling
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What came of a technician's request: the conditions that did not hold; none, it was done."""

    request: int
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeltView:
    """What an output driven by hand did, `after_ms` since it was asked for.

    `felt`: driven (the board took it), line (one of its door's changed), ended.
    """

    request: int
    felt: str
    after_ms: float
    line: Input | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One of `in_all` checks of a technician's self-test."""

    request: int
    number: int
    in_all: int
    check: Checked


ToldByHand = AnswerView | FeltView | CheckView
