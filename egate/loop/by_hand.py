"""What technicians ask of a running lane: maintenance, one output by hand, the boot's checks.

    asked      written down with name and reason, and on disk, before anything else happens
    posted     as an event; the state table and the guard answer, nobody else
    answered   with every condition that did not hold; with none it was done
    felt       of an output: when the board took it, and what the lines of its door did after

What could not be written is not done. What is written too late is not done either: a pulse that
comes when nobody waits for it any more is the one that hits somebody.

Source: DESIGN section 3, invariant 10; issue 6, item 5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from egate.domain.effect import Note, Release, Signal
from egate.domain.lane_event import (
    LaneEvent,
    MaintenanceEntered,
    MaintenanceLeft,
    OutputForced,
    SignalForced,
)
from egate.domain.lane_part import (
    DOOR_BEAM,
    DOOR_CONTACTS,
    DOOR_RELEASE,
    RELEASED_DOOR,
    Door,
    Input,
    Output,
    Shape,
    outputs_of,
)
from egate.domain.lane_state import LaneState
from egate.domain.record import EntryKind, Fact
from egate.domain.self_checked import Checked
from egate.lane import Step
from egate.loop.book import Book
from egate.loop.messages import (
    Answered,
    CheckDone,
    ForceOutput,
    Message,
    OutputFelt,
    RunChecks,
    SetMaintenance,
)

WRITTEN_WITHIN_S = 2.0  # as long as a lane waits for its journal (egate.loop.lane_loop)
MOST_FELT = 60  # of one output: a contact that chatters floods nobody

Wish = SetMaintenance | ForceOutput | RunChecks
Reply = Callable[[Message], bool]
CheckRun = Callable[
    [Mapping[Input, bool | None], tuple[str, ...], str], tuple[Checked, ...]
]  # by levels, what is missing, and which check: all when it is empty


@dataclass(frozen=True, slots=True)
class LaneHands:
    """What this needs of the loop."""

    book: Book
    now_s: Callable[[], float]
    post: Callable[[LaneEvent], None]
    checks: Callable[[str], tuple[Checked, ...]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One wish that waits for its answer."""

    technician: str
    wish: SetMaintenance | ForceOutput
    reply: Reply
    at_s: float


@dataclass(slots=True)
class _Trial:
    """One output that was driven by hand: where to tell what it does."""

    asked: _Asked
    told: int = 0


class ByHand:
    """The technicians' side of the loop. All methods are called in the loop."""

    def __init__(self, shape: Shape, hands: LaneHands) -> None:
        self._shape = shape
        self._hands = hands
        self._state = LaneState.BOOT
        self._posted: list[tuple[LaneEvent, _Asked]] = []
        self._trials: dict[Output, _Trial] = {}
        self._names: dict[Output, str] = {}

    def asked(self, technician: str, wish: Wish, reply: Reply) -> None:
        """Take a wish; everything that moves or lights something is written down first."""
        if isinstance(wish, RunChecks):
            self._run_checks(technician, wish, reply)
            return
        if isinstance(wish, ForceOutput) and wish.output not in self._drivable():
            reply(Answered(request=wish.request, against=("has_this_output",)))
            return
        asked = _Asked(technician, wish, reply, self._hands.now_s())
        personal = {"technician": technician, "reason": wish.reason}
        entry = self._hands.book.entry(EntryKind.NOTE, _facts(wish), None, personal)
        self._hands.book.make_durable(entry, partial(self._written, asked))

    def stepped(self, event: LaneEvent, step: Step) -> None:
        """Hear what the lane made of an event, before it is carried out."""
        self._state = step.state
        if step.state is not LaneState.MAINTENANCE:
            self._trials.clear()
        asked = next((one for posted, one in self._posted if posted is event), None)
        if asked is None:
            return
        self._posted = [one for one in self._posted if one[0] is not event]
        notes = [effect for effect in step.effects if isinstance(effect, Note)]
        against = tuple(name for note in notes for name in note.against)
        for effect in step.effects:
            if isinstance(effect, Release | Signal):
                output = DOOR_RELEASE[effect.door] if isinstance(effect, Release) else effect.output
                self._trials[output], self._names[output] = _Trial(asked), asked.technician
        asked.reply(Answered(request=asked.wish.request, against=against))

    def who(self, output: Output) -> Mapping[str, str]:
        """Return who asked for this output last, as the journal keeps it; nothing for nobody."""
        name = self._names.get(output)
        return {} if name is None else {"technician": name}

    def driven(self, output: Output, *, active: bool) -> None:
        """Hear that the board took a level of this output."""
        trial = self._trials.get(output)
        if trial is not None:
            is_end = isinstance(trial.asked.wish, ForceOutput) and active != trial.asked.wish.active
            self._tell(trial, "ended" if is_end else "driven", self._hands.now_s())

    def bound_reached(self, door: Door) -> None:
        """Hear that a release ended by itself: the lane is told so, and may release another."""
        if DOOR_RELEASE[door] in self._trials:
            self._hands.post(OutputForced(self._hands.now_s(), door, release=False))

    def input_is(self, line: Input, active: bool | None, at_s: float) -> None:  # noqa: FBT001  # as OnChange
        """Hear of a line; those of a door that was driven by hand are told."""
        for output, trial in self._trials.items():
            door = RELEASED_DOOR.get(output)
            if door is not None and line in (*DOOR_CONTACTS[door], DOOR_BEAM[door]):
                self._tell(trial, "line", at_s, line, active)

    def _tell(
        self,
        trial: _Trial,
        felt: str,
        at_s: float,
        line: Input | None = None,
        active: bool | None = None,  # noqa: FBT001  # as OnChange
    ) -> None:
        trial.told += 1
        if trial.told > MOST_FELT:
            return
        after_ms = round(max(0.0, at_s - trial.asked.at_s) * 1000, 1)
        request = trial.asked.wish.request
        trial.asked.reply(
            OutputFelt(
                request=request,
                felt=felt,  # type: ignore[arg-type]  # one of its three, checked there
                after_ms=after_ms,
                line=line,
                active=active,
            )
        )

    def _written(self, asked: _Asked, is_on_disk: bool) -> None:  # noqa: FBT001  # as Recorder
        now_s = self._hands.now_s()
        if not is_on_disk:
            asked.reply(Answered(request=asked.wish.request, against=("journal_present",)))
        elif now_s - asked.at_s > WRITTEN_WITHIN_S:
            self._hands.book.write(EntryKind.NOTE, {"what": "written too late; nothing was driven"})
            self._hands.book.flush()
            asked.reply(Answered(request=asked.wish.request, against=("written_in_time",)))
        else:
            event = _event(asked.wish, now_s)
            self._posted.append((event, asked))
            self._hands.post(event)

    def _drivable(self) -> frozenset[Output]:
        """Return what may be asked for: the safety relay's renewal is the loop's alone."""
        return frozenset(outputs_of(self._shape)) - {Output.ALIVE}

    def _run_checks(self, technician: str, wish: RunChecks, reply: Reply) -> None:
        if self._state is not LaneState.MAINTENANCE:
            reply(Answered(request=wish.request, against=("in_maintenance",)))
            return
        results = self._hands.checks(wish.only)
        if not results:
            reply(Answered(request=wish.request, against=("has_this_check",)))
            return
        failed = ", ".join(f"{one.id} {one.reason}" for one in results if one.outcome == "failed")
        facts: dict[str, Fact] = {
            "what": "a technician ran the self-test",
            "checks": len(results),
            "failed": failed or "none",
        }
        book = self._hands.book
        book.add(book.entry(EntryKind.NOTE, facts, None, {"technician": technician}))
        book.flush()
        reply(Answered(request=wish.request, against=()))
        for number, result in enumerate(results, start=1):
            reply(CheckDone(request=wish.request, number=number, in_all=len(results), check=result))


def _facts(wish: SetMaintenance | ForceOutput) -> dict[str, Fact]:
    if isinstance(wish, SetMaintenance):
        return {"what": f"a technician asks to {'enter' if wish.is_on else 'leave'} maintenance"}
    return {
        "what": "a technician asks for an output",
        "output": wish.output.value,
        "active": wish.active,
    }


def _event(wish: SetMaintenance | ForceOutput, now_s: float) -> LaneEvent:
    if isinstance(wish, SetMaintenance):
        return MaintenanceEntered(now_s) if wish.is_on else MaintenanceLeft(now_s)
    door = RELEASED_DOOR.get(wish.output)
    if door is not None:
        return OutputForced(now_s, door, wish.active)
    return SignalForced(now_s, wish.output, wish.active)
