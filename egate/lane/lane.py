"""The lane: one event in, the new state and the effects out. Pure; it knows no clock and no line.

`transitions` holds the table and says which row fires; what a row means is in table.py.
Its traps and our answers: transitions are queued and an exception never empties the queue
(on_exception), nothing can jump past a guard (auto_transitions off), its timers are not used.

Source: DESIGN section 3; research/hardware.md 1.5.
"""

from dataclasses import dataclass, replace

from transitions import EventData, Machine

from egate.domain.effect import Alarm, Effect, Entered, Guide, Limit, Note
from egate.domain.lane_event import LaneEvent, LimitReached, OfficerOrdered, Order
from egate.domain.lane_state import LaneState, Trouble
from egate.lane.actions import note_refused
from egate.lane.draft import Draft
from egate.lane.guard import must_withdraw
from egate.lane.memory import LaneSettings, Memory
from egate.lane.observe import observe, watch
from egate.lane.table import ENTER, MOVES, SENSED, Move

MOST_MOVES = 12
ANSWERED = frozenset((source, move.event) for move in MOVES for source in move.sources)
NOTED = frozenset(
    {
        "TokenPresented", "Decided", "DecisionDurable", "OfficerOrdered",
        "MaintenanceEntered", "MaintenanceLeft", "OutputForced",
        "SignalForced",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What one event led to; the effects are to be carried out in this order."""

    state: LaneState
    effects: tuple[Effect, ...]


class _Position:
    """The model that transitions moves; it binds its own names here and nowhere else."""

    state: LaneState


class Lane:
    """One lane. `handle` never raises: what it cannot answer locks every door and says so."""

    def __init__(self, settings: LaneSettings, memory: Memory | None = None) -> None:
        self.settings = settings
        self.memory = memory or Memory(is_wanted=settings.opens_by_itself)
        self._position = _Position()
        self._draft = Draft(settings, self.memory)
        self._error: BaseException | None = None
        self._fired = False
        self._machine = Machine(
            model=self._position,
            states=list(LaneState),
            initial=self.memory.state,
            transitions=[self._row(move) for move in MOVES],
            auto_transitions=False,
            ignore_invalid_triggers=True,
            send_event=True,
            queued=True,
            on_exception=self._keep_error,
        )

    @property
    def state(self) -> LaneState:
        """Where the lane stands."""
        return self._position.state

    def recall(self, memory: Memory) -> None:
        """Put the lane where it once was: for exploring it, never at a gate."""
        self.memory = memory
        self._position.state = memory.state

    def start(self) -> Step:
        """Begin at BOOT: ask for the self-test."""
        self._draft = Draft(self.settings, self.memory)
        self._enter(self.memory.state, LimitReached(0.0, Limit.STATE))
        return self._finish()

    def handle(self, event: LaneEvent) -> Step:
        """Take one event; return where the lane stands and what it asks for."""
        self._draft = Draft(self.settings, observe(self.memory, event, self.settings))
        self._error = None
        if not _is_stale(self.memory, event):
            try:
                self._work_out(event)
            except Exception as error:  # noqa: BLE001  # whatever it is, the doors lock
                self._error = error
            if self._error is not None:
                self._stand_still(self._error)
        return self._finish()

    def _work_out(self, event: LaneEvent) -> None:
        name = type(event).__name__
        if not self._fire(name, event) and name in NOTED and not _is_taken_in(event):
            note_refused(self._draft, event)
        moves = 0
        while self._fire(SENSED, event):
            moves += 1
            if moves > MOST_MOVES:
                raise RecursionError("the table does not come to rest")
        self._draft.lock(*must_withdraw(self._draft.memory, self.settings))
        watch(self._draft)

    def _row(self, move: Move) -> dict[str, object]:
        return {
            "trigger": move.event,
            "source": list(move.sources),
            "dest": move.target,
            "conditions": [self._condition(move)],
            "after": [self._action(move)],
        }

    def _condition(self, move: Move) -> object:
        def holds(data: EventData) -> bool:
            event = data.kwargs["event"]
            return all(condition(self._draft, event) for condition in move.when)

        return holds

    def _action(self, move: Move) -> object:
        def act(data: EventData) -> None:
            event = data.kwargs["event"]
            self._fired = True
            for action in move.do:
                action(self._draft, event)

        return act

    def _keep_error(self, data: EventData) -> None:
        self._error = data.error

    def _fire(self, trigger: str, event: LaneEvent) -> bool:
        """Try the rows of this trigger; a queued machine always answers True, so the row tells."""
        if self._error is not None or (self.state, trigger) not in ANSWERED:
            return False
        before, self._fired = self.state, False
        self._machine.events[trigger].trigger(self._position, event=event)
        if self.state is not before:
            self._enter(self.state, event)
        return self._fired

    def _enter(self, state: LaneState, event: LaneEvent) -> None:
        draft, rule = self._draft, ENTER[state]
        draft.remember(state=state)
        draft.stop_waiting(Limit.HINT, Limit.DWELL, Limit.EXIT_WARNING)
        if rule.limit:
            draft.wait(Limit.STATE, getattr(self.settings.limits, rule.limit))
        else:
            draft.stop_waiting(Limit.STATE)
        if rule.prompt is not None:
            draft.ask(Guide(rule.prompt))
        for action in rule.do:
            action(draft, event)
        memory = draft.memory
        draft.ask(Entered(state, memory.passage or None, memory.trouble))

    def _stand_still(self, error: BaseException) -> None:
        """Lock everything and call the officer: a row could not be worked out."""
        self._position.state = LaneState.EXCEPTION
        self._draft.remember(
            state=LaneState.EXCEPTION, trouble=Trouble.LANE_ERROR, awaited=frozenset()
        )
        self._draft.lock_all()
        self._draft.ask(
            Note(f"lane error: {type(error).__name__}", None, Trouble.LANE_ERROR),
            Alarm(Trouble.LANE_ERROR),
            Entered(LaneState.EXCEPTION, self._draft.memory.passage or None, Trouble.LANE_ERROR),
        )

    def _finish(self) -> Step:
        self.memory = replace(self._draft.memory, state=self.state)
        return Step(self.state, tuple(self._draft.effects))


def _is_taken_in(event: LaneEvent) -> bool:
    """Opening and closing the lane only changes what is wanted; the sensed rows answer."""
    return isinstance(event, OfficerOrdered) and event.order in (Order.OPEN_LANE, Order.CLOSE_LANE)


def _is_stale(memory: Memory, event: LaneEvent) -> bool:
    return isinstance(event, LimitReached) and event.limit not in memory.awaited
