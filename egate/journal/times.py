"""How long each step of a passage took, and how that stands beside the budget.

    step            from                    to
    qr_read         token_began_at_s        FINDINGS of the token
    permit_checked  that                    entry released; a turnstile: verifying
    entry_opens     that                    entry no longer closed
    walk_in         that                    verifying
    face            that                    last FINDINGS of the traveller
    decide          that                    exit released; absent when an officer decided
    exit_opens      that                    exit no longer closed
    walk_out        that                    ready for the next

A step whose two ends were not both recorded is absent. Pure: entries in, seconds out.

Source: research/domain.md 2.6 (the budget), DESIGN section 1 (from token presented to ready).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median

from egate.domain.decision import Stage
from egate.domain.lane_part import Input, Shape
from egate.domain.lane_state import LaneState
from egate.domain.record import COMPLETED, Entry, EntryKind, Fact
from egate.journal.leaf import Recorded


class Step(StrEnum):
    """The steps of a passage, in order."""

    QR_READ = "qr_read"
    PERMIT_CHECKED = "permit_checked"
    ENTRY_OPENS = "entry_opens"
    WALK_IN = "walk_in"
    FACE = "face"
    DECIDE = "decide"
    EXIT_OPENS = "exit_opens"
    WALK_OUT = "walk_out"


BUDGET_S: dict[Step, tuple[float, float]] = {  # median, p95; research/domain.md 2.6
    Step.QR_READ: (0.5, 1.0),
    Step.PERMIT_CHECKED: (0.2, 0.8),
    Step.ENTRY_OPENS: (0.7, 1.0),
    Step.WALK_IN: (2.2, 3.0),
    Step.FACE: (1.5, 3.0),
    Step.DECIDE: (0.1, 0.2),
    Step.EXIT_OPENS: (0.7, 1.0),
    Step.WALK_OUT: (2.1, 3.0),
}
TOTAL_BUDGET_S = (8.0, 13.0)
SOFTWARE_BUDGET_S = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class PassageTimes:
    """One passage in seconds; `total_s` and `software_s` only when the lane was ready again.

    `ending` is the fact recorded at its end, None while it is under way or was interrupted.
    """

    passage: int
    began_utc_s: float
    ending: str | None
    steps: Mapping[Step, float]
    total_s: float | None
    software_s: float | None
    had_officer: bool

    @property
    def is_unaided(self) -> bool:
        """Say whether the passage was completed, and no officer was needed."""
        return Step.WALK_OUT in self.steps and self.ending == COMPLETED and not self.had_officer


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the budget beside the measure, of `count` passages."""

    name: str
    budget_s: tuple[float, float]
    median_s: float | None
    p95_s: float | None
    count: int


def story(passage: int, recorded: Iterable[Recorded]) -> list[Recorded]:
    """Pick one passage's entries, from its first to the lane ready again.

    Entries that belong to the lane, not to a passage, are in it when they fall in its time.
    """
    told: list[Recorded] = []
    is_over = is_ready = False
    for each in recorded:
        entry = each.entry
        if told and (entry.kind is EntryKind.GATE_STARTED or (is_over and _is_next(entry))):
            break
        if entry.passage not in (passage, None):
            continue
        told.append(each)
        is_over = is_over or entry.kind is EntryKind.PASSAGE_ENDED
        is_ready = is_ready or _is_state(entry, LaneState.READY)
        if is_over and (is_ready or _is_state(entry, *_OUT_OF_USE)):
            break
    return told


def times(passage: int, entries: Sequence[Entry]) -> PassageTimes | None:
    """Measure one passage; None when its begin is not among the entries."""
    began = next((entry for entry in entries if _begins(entry, passage)), None)
    if began is None:
        return None
    began_s = _seconds(began.facts.get("token_began_at_s"), began.at_s)
    shape = _shape(entries)
    marks = _marks(entries, shape)
    steps = _durations(began_s, marks, shape)
    ready_s = marks.get(Step.WALK_OUT)
    had_officer = any(_calls_officer(entry) for entry in entries)
    if had_officer:
        steps.pop(Step.DECIDE, None)
    return PassageTimes(
        passage=passage,
        began_utc_s=began.at_utc_s,
        ending=_ending(entries),
        steps=steps,
        total_s=None if ready_s is None else ready_s - began_s,
        software_s=None if ready_s is None else _software_s(began, steps, entries),
        had_officer=had_officer,
    )


def table(measured: Iterable[PassageTimes]) -> list[Row]:
    """Set the budget beside what passages without an officer took: steps, total, software."""
    unaided = [each for each in measured if each.is_unaided]
    rows = [_row(step, BUDGET_S[step], [each.steps.get(step) for each in unaided]) for step in Step]
    rows.append(_row("total", TOTAL_BUDGET_S, [each.total_s for each in unaided]))
    rows.append(_row("software", SOFTWARE_BUDGET_S, [each.software_s for each in unaided]))
    return rows


def percentile_95(values: Sequence[float]) -> float:
    """Return the nearest-rank 95th percentile: of fewer than 20 values, the largest.

    >>> percentile_95([3.0, 1.0, 2.0])
    3.0
    """
    return sorted(values)[ceil(0.95 * len(values)) - 1]


_OUT_OF_USE = (LaneState.CLOSED, LaneState.OUT_OF_SERVICE, LaneState.MAINTENANCE)
_STATE_MARKS: dict[Shape, dict[str, Step]] = {
    Shape.MANTRAP: {
        LaneState.ENTRY_RELEASED: Step.PERMIT_CHECKED,
        LaneState.VERIFYING: Step.WALK_IN,
        LaneState.EXIT_RELEASED: Step.DECIDE,
        LaneState.READY: Step.WALK_OUT,
    },
    Shape.TURNSTILE: {
        LaneState.VERIFYING: Step.PERMIT_CHECKED,
        LaneState.EXIT_RELEASED: Step.DECIDE,
        LaneState.READY: Step.WALK_OUT,
    },
}
_ENTRY_DOOR_STEPS = (Step.ENTRY_OPENS, Step.WALK_IN)
_INPUT_MARKS: dict[str, tuple[Step, Step]] = {  # the mark, and the one that comes before it
    Input.ENTRY_CLOSED: (Step.ENTRY_OPENS, Step.PERMIT_CHECKED),
    Input.EXIT_CLOSED: (Step.EXIT_OPENS, Step.DECIDE),
}
_FINDINGS_MARKS: dict[str, tuple[Step, Step]] = {  # the mark, and the one that ends its tries
    Stage.TOKEN: (Step.QR_READ, Step.PERMIT_CHECKED),
    Stage.TRAVELLER: (Step.FACE, Step.DECIDE),
}


def _shape(entries: Iterable[Entry]) -> Shape:
    """Only a lane with an entry door ever releases it."""
    has_entry_door = any(_is_state(entry, LaneState.ENTRY_RELEASED) for entry in entries)
    return Shape.MANTRAP if has_entry_door else Shape.TURNSTILE


def _marks(entries: Iterable[Entry], shape: Shape) -> dict[Step, float]:
    """Return when each step ended: the first time, but for findings the last try."""
    marks: dict[Step, float] = {}
    for entry in entries:
        step = _mark(entry, marks, shape)
        if step is not None:
            marks[step] = entry.at_s
    return marks


def _mark(entry: Entry, marks: Mapping[Step, float], shape: Shape) -> Step | None:
    """Say which step this entry ends, after those already marked."""
    match entry.kind:
        case EntryKind.STATE:
            step = _STATE_MARKS[shape].get(str(entry.facts.get("state")))
            return None if step in marks else step
        case EntryKind.INPUT if entry.facts.get("active") is False:
            pair = _INPUT_MARKS.get(str(entry.facts.get("line")))
            return pair[0] if pair and pair[1] in marks and pair[0] not in marks else None
        case EntryKind.FINDINGS:
            pair = _FINDINGS_MARKS.get(str(entry.facts.get("stage")))
            return pair[0] if pair and pair[1] not in marks else None
        case _:
            return None


def _durations(began_s: float, marks: Mapping[Step, float], shape: Shape) -> dict[Step, float]:
    """Return each step whose own mark and the one before it are both there."""
    steps: dict[Step, float] = {}
    before: float | None = began_s
    for step in Step:
        if shape is Shape.TURNSTILE and step in _ENTRY_DOOR_STEPS:
            continue
        after = marks.get(step)
        if before is not None and after is not None:
            steps[step] = after - before
        before = after
    return steps


def _software_s(began: Entry, steps: Mapping[Step, float], entries: Iterable[Entry]) -> float:
    """Sum what our own program took: everything but devices and legs."""
    token_s = _seconds(began.facts.get("token_ended_at_s")) - _seconds(
        began.facts.get("token_began_at_s")
    )
    own_s = max(0.0, steps.get(Step.QR_READ, 0.0) - token_s)
    own_s += steps.get(Step.PERMIT_CHECKED, 0.0) + steps.get(Step.DECIDE, 0.0)
    return own_s + sum(_own_ms(entry) for entry in entries) / 1000


def _own_ms(entry: Entry) -> float:
    if entry.kind is EntryKind.FINDINGS and entry.facts.get("stage") == Stage.TRAVELLER:
        return _seconds(entry.facts.get("compute_ms"))
    if entry.kind in (EntryKind.RELEASE, EntryKind.LOCK):
        return _seconds(entry.facts.get("event_to_output_ms"))
    return 0.0


def _row(name: str, budget_s: tuple[float, float], measured: Iterable[float | None]) -> Row:
    values = [value for value in measured if value is not None]
    if not values:
        return Row(name, budget_s, None, None, 0)
    return Row(name, budget_s, median(values), percentile_95(values), len(values))


def _begins(entry: Entry, passage: int) -> bool:
    return entry.kind is EntryKind.PASSAGE_BEGAN and entry.passage == passage


def _ending(entries: Iterable[Entry]) -> str | None:
    ended = (entry for entry in entries if entry.kind is EntryKind.PASSAGE_ENDED)
    last = next(ended, None)
    return None if last is None else str(last.facts.get("ending", ""))


def _calls_officer(entry: Entry) -> bool:
    return entry.kind is EntryKind.OVERRIDE or _is_state(entry, LaneState.REFERRED)


def _is_state(entry: Entry, *states: LaneState) -> bool:
    return entry.kind is EntryKind.STATE and entry.facts.get("state") in states


def _is_next(entry: Entry) -> bool:
    return entry.kind is EntryKind.PASSAGE_BEGAN


def _seconds(fact: Fact | None, otherwise: float = 0.0) -> float:
    return float(fact) if isinstance(fact, (int, float)) else otherwise
