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

A passage with a travel document has others in the place of the first two. The document host told
how long they took; what is left between them and the release is `document_checked`.

    document_placed   token_began_at_s until the chip was powered
    chip_opened       PACE or basic access control
    chip_files        EF.SOD, EF.COM, DG1
    chip_proven       chip and active authentication, with DG14 and DG15
    portrait_read     DG2

A step whose two ends were not both recorded is absent. Pure: entries in, seconds out.

Source: research/domain.md 2.6 (the budget), DESIGN section 1 (from token presented to ready).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from statistics import median

from egate.domain.decision import Stage, Subject
from egate.domain.lane_part import Input, Shape
from egate.domain.lane_state import LaneState
from egate.domain.record import COMPLETED, Entry, EntryKind, Fact
from egate.journal.leaf import Recorded


class Step(StrEnum):
    """The steps of a passage, in order."""

    QR_READ = "qr_read"
    PERMIT_CHECKED = "permit_checked"
    DOCUMENT_PLACED = "document_placed"
    CHIP_OPENED = "chip_opened"
    CHIP_FILES = "chip_files"
    CHIP_PROVEN = "chip_proven"
    PORTRAIT_READ = "portrait_read"
    DOCUMENT_CHECKED = "document_checked"
    ENTRY_OPENS = "entry_opens"
    WALK_IN = "walk_in"
    FACE = "face"
    DECIDE = "decide"
    EXIT_OPENS = "exit_opens"
    WALK_OUT = "walk_out"


BUDGET_S: dict[Step, tuple[float, float]] = {  # median, p95; research/domain.md 2.6
    Step.QR_READ: (0.5, 1.0),
    Step.PERMIT_CHECKED: (0.2, 0.8),
    Step.DOCUMENT_PLACED: (0.8, 1.5),
    Step.CHIP_OPENED: (0.5, 1.2),
    Step.CHIP_FILES: (0.5, 0.8),
    Step.CHIP_PROVEN: (0.35, 0.7),
    Step.PORTRAIT_READ: (1.5, 2.0),
    Step.DOCUMENT_CHECKED: (0.35, 1.1),  # signatures, and what is asked of a permit too
    Step.ENTRY_OPENS: (0.7, 1.0),
    Step.WALK_IN: (2.2, 3.0),
    Step.FACE: (1.5, 3.0),
    Step.DECIDE: (0.1, 0.2),
    Step.EXIT_OPENS: (0.7, 1.0),
    Step.WALK_OUT: (2.1, 3.0),
}
OF_PERMITS = (Step.QR_READ, Step.PERMIT_CHECKED)
OF_DOCUMENTS = (
    Step.DOCUMENT_PLACED,
    Step.CHIP_OPENED,
    Step.CHIP_FILES,
    Step.CHIP_PROVEN,
    Step.PORTRAIT_READ,
    Step.DOCUMENT_CHECKED,
)
STEPS_OF = {
    Subject.PERMIT: tuple(step for step in Step if step not in OF_DOCUMENTS),
    Subject.DOCUMENT: tuple(step for step in Step if step not in OF_PERMITS),
}
TOTAL_BUDGET_S = {Subject.PERMIT: (8.0, 13.0), Subject.DOCUMENT: (11.3, 18.5)}
SOFTWARE_BUDGET_S = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class PassageTimes:
    """One passage in seconds; `total_s` and what follows only when the lane was ready again.

    `software_s` is what the traveller waited for and no device or leg took: a part of the total.
    `computing_s` is all that our program computed, also while camera and light were at work.

    `ending` is the fact recorded at its end, None while it is under way or was interrupted.
    """

    passage: int
    token: Subject
    began_utc_s: float
    ending: str | None
    steps: Mapping[Step, float]
    total_s: float | None
    software_s: float | None
    computing_s: float | None
    had_officer: bool

    @property
    def is_unaided(self) -> bool:
        """Say whether the passage was completed, and no officer was needed."""
        return Step.WALK_OUT in self.steps and self.ending == COMPLETED and not self.had_officer


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the budget, where there is one, beside `count` passages' measure."""

    name: str
    budget_s: tuple[float, float] | None
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
    token = _token(began)
    if token is Subject.DOCUMENT:
        steps = _with_chip(steps, began, entries)
    ready_s = marks.get(Step.WALK_OUT)
    had_officer = any(_calls_officer(entry) for entry in entries)
    if had_officer:
        steps.pop(Step.DECIDE, None)
    return PassageTimes(
        passage=passage,
        token=token,
        began_utc_s=began.at_utc_s,
        ending=_ending(entries),
        steps=steps,
        total_s=None if ready_s is None else ready_s - began_s,
        software_s=None if ready_s is None else _own_s(began, steps, entries, _waited_ms),
        computing_s=None if ready_s is None else _own_s(began, steps, entries, _computed_ms),
        had_officer=had_officer,
    )


def table(measured: Iterable[PassageTimes], token: Subject = Subject.PERMIT) -> list[Row]:
    """Set the budget beside what passages without an officer took: steps, total, our own share.

    Only those with this kind of token count.
    """
    unaided = [each for each in measured if each.is_unaided and each.token is token]
    rows = [
        _row(step, BUDGET_S[step], [each.steps.get(step) for each in unaided])
        for step in STEPS_OF[token]
    ]
    rows.append(_row("total", TOTAL_BUDGET_S[token], [each.total_s for each in unaided]))
    rows.append(_row("software", SOFTWARE_BUDGET_S, [each.software_s for each in unaided]))
    rows.append(_row("computing", None, [each.computing_s for each in unaided]))
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
    for step in STEPS_OF[Subject.PERMIT]:
        if shape is Shape.TURNSTILE and step in _ENTRY_DOOR_STEPS:
            continue
        after = marks.get(step)
        if before is not None and after is not None:
            steps[step] = after - before
        before = after
    return steps


def _token(began: Entry) -> Subject:
    is_document = began.facts.get("token") == Subject.DOCUMENT
    return Subject.DOCUMENT if is_document else Subject.PERMIT


def _with_chip(
    steps: Mapping[Step, float], began: Entry, entries: Iterable[Entry]
) -> dict[Step, float]:
    """Put the chip's steps in the place of the permit's, as far as the chip was reached."""
    rest = {step: seconds for step, seconds in steps.items() if step not in OF_PERMITS}
    chip = _chip(entries)
    if not chip:
        return rest
    told = {
        Step.DOCUMENT_PLACED: _token_s(began) + chip.get("card_s", 0.0),
        Step.CHIP_OPENED: chip.get("access_s", 0.0),
        Step.CHIP_FILES: chip.get("files_s", 0.0),
        Step.CHIP_PROVEN: chip.get("proofs_s", 0.0),
        Step.PORTRAIT_READ: chip.get("portrait_s", 0.0),
    }
    whole_s = sum(steps[step] for step in OF_PERMITS if step in steps)
    if Step.PERMIT_CHECKED in steps:
        told[Step.DOCUMENT_CHECKED] = max(0.0, whole_s - sum(told.values()))
    return told | rest


def _chip(entries: Iterable[Entry]) -> dict[str, float]:
    """Return what the document host told of its time, by the name of the step."""
    facts = next((entry.facts for entry in entries if _is_of_the_token(entry)), {})
    return {
        name.removeprefix("chip."): _seconds(fact)
        for name, fact in facts.items()
        if name.startswith("chip.")
    }


def _is_of_the_token(entry: Entry) -> bool:
    return entry.kind is EntryKind.FINDINGS and entry.facts.get("stage") == Stage.TOKEN


def _token_s(began: Entry) -> float:
    """Return how long the token was on its line."""
    return _seconds(began.facts.get("token_ended_at_s")) - _seconds(
        began.facts.get("token_began_at_s")
    )


def _own_s(
    began: Entry,
    steps: Mapping[Step, float],
    entries: Sequence[Entry],
    own_ms: Callable[[Entry], float],
) -> float:
    """Sum what our own program took: everything but devices and legs."""
    own_s = max(0.0, steps.get(Step.QR_READ, 0.0) - _token_s(began))
    own_s += _chip(entries).get("own_s", 0.0) + steps.get(Step.DOCUMENT_CHECKED, 0.0)
    own_s += steps.get(Step.PERMIT_CHECKED, 0.0) + steps.get(Step.DECIDE, 0.0)
    return own_s + sum(own_ms(entry) for entry in entries) / 1000


def _waited_ms(entry: Entry) -> float:
    """Return what of it the traveller waited for; all of it in a journal that does not tell."""
    waited_ms = entry.facts.get("waited_ms")
    return _computed_ms(entry) if waited_ms is None else _seconds(waited_ms)


def _computed_ms(entry: Entry) -> float:
    if entry.kind is EntryKind.FINDINGS and entry.facts.get("stage") == Stage.TRAVELLER:
        return _seconds(entry.facts.get("compute_ms"))
    if entry.kind in (EntryKind.RELEASE, EntryKind.LOCK):
        return _seconds(entry.facts.get("event_to_output_ms"))
    return 0.0


def _row(name: str, budget_s: tuple[float, float] | None, measured: Iterable[float | None]) -> Row:
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
