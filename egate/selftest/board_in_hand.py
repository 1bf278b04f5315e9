"""The board in a technician's hands: lines heard, safety relay fed, doors let go by the lane.

Every release is asked of a Lane in maintenance (OutputForced) and passes the guard of that lane
with the purpose forced_by_technician; nothing here drives a release that the lane did not ask for.
The lane is a new one for each door: it starts at boot, learns the levels as they are, and comes
into maintenance only where nobody is inside and every doorway is clear.

One thread at a time calls in here, and only `attend` hears, feeds and keeps bounds. A program that
hangs feeds nothing, so the safety relay rests the doors.

Source: DESIGN section 3 (invariants 1, 5, 10); egate/loop/output_stage.py (the same board at work).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from egate.domain.effect import Await, Cancel, Limit, Lock, Purpose, Release
from egate.domain.forced import Pulse, Pulses
from egate.domain.lane_event import (
    InputChanged,
    LaneEvent,
    LimitReached,
    MaintenanceEntered,
    MaintenanceLeft,
    OutputForced,
    SelfTestDone,
)
from egate.domain.lane_part import DOOR_CONTACTS, DOOR_RELEASE, Door, Input, Output, inputs_of
from egate.domain.lane_state import LaneState
from egate.lane import Lane, LaneSettings, Step
from egate.lane.guard import objections
from egate.ports.digital_io import DigitalIo
from egate.selftest.lines_seen import DoorSeen, Levels, is_secured

FEEDS_EVERY_S: Final = 0.2  # as the lane's health round; the relay wants an edge each 0.5 s
RENEWS_RELEASE_S: Final = 3.0  # before the bound of a forced release, 5 s
STANDS_OPEN: Final = 1.2  # of the time to follow: a slower leaf is far enough open to tell

Clock = Callable[[], float]
Edge = tuple[Input, bool, float]


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears of each output that is driven, and by how many seconds each feeding was late."""

    pulse: Callable[[Pulse], None] = lambda _pulse: None
    fed_late: Callable[[float], None] = lambda _late_s: None


NOBODY = Told()


class BoardInHand:
    """An open board; `edges` counts how often each line changed, `levels` are the active ones.

    `hear` is told each edge as it is taken in, for whoever measures. What cannot be told of an
    output is not driven: `told.pulse` may raise while one is about to be, never when it rests
    again.
    """

    def __init__(
        self, io: DigitalIo, settings: LaneSettings, clock: Clock, told: Told = NOBODY
    ) -> None:
        self.io = io
        self._fed_late = told.fed_late
        self._pulses = Pulses(told.pulse)
        self.opened_at_s = clock()
        self.edges: Counter[Input] = Counter()
        self.hear: Callable[[Edge], None] = lambda _edge: None
        self._settings = settings
        self._now_s = clock
        self._heard: SimpleQueue[Edge] = SimpleQueue()
        self._lane: Lane | None = None
        self._limits: dict[Limit, float] = {}
        self._ends: dict[Door, float] = {}
        self._feeds_at_s = 0.0
        self._moved: list[Edge] = []
        io.watch(lambda line, active, at_s: self._heard.put((line, active, at_s)))
        self._levels = {line for line, active in io.levels().items() if active}

    @property
    def levels(self) -> Levels:
        """The active inputs."""
        return frozenset(self._levels)

    @property
    def state(self) -> LaneState | None:
        """Where the lane of the running exercise stands; None between two."""
        return None if self._lane is None else self._lane.state

    def look(self) -> Levels:
        """Read every line anew."""
        self._levels = {line for line, active in self.io.levels().items() if active}
        return self.levels

    def attend(
        self, for_s: float, until: Callable[[], bool] = lambda: False, *, feeds: bool = True
    ) -> bool:
        """Hear, feed the relay and keep every bound, until it is so; False when it was not in time.

        Raises:
            DeviceError: the board is lost; the relay rests the doors.
        """
        began_s = self._now_s()
        ends_at_s = began_s + for_s
        while not until():
            now_s = self._now_s()
            if now_s >= ends_at_s:
                return False
            if feeds and now_s >= self._feeds_at_s:
                self._fed_late(now_s - max(self._feeds_at_s, began_s))
                self.io.renew()
                self._feeds_at_s = now_s + FEEDS_EVERY_S
            self._keep_bounds(now_s)
            due_s = min([ends_at_s, now_s + 0.05, *self._ends.values(), *self._limits.values()])
            self._hear(max(due_s - now_s, 0.001))
        return True

    def enter_maintenance(self) -> None:
        """Begin an exercise: a new lane learns the levels and is asked into maintenance."""
        self._lane, self._limits, self._moved = Lane(self._settings), {}, []
        self._carry_out(self._lane.start())
        for line in inputs_of(self._settings.shape):
            self._tell(InputChanged(self._now_s(), line, line in self._levels))
        self._tell(SelfTestDone(self._now_s(), passed=False))  # what this program is about to find
        self._tell(MaintenanceEntered(self._now_s()))

    def leave_maintenance(self) -> None:
        """End the exercise: the lane locks every door and is let go."""
        if self._lane is not None:
            self._tell(MaintenanceLeft(self._now_s()))
            for door in tuple(self._ends):
                self._drive(door, released=False)
            self._lane = None

    def against(self, door: Door) -> tuple[str, ...]:
        """Return what the guard of the lane in hand has against letting this door go."""
        assert self._lane is not None
        purpose = Purpose.FORCED_BY_TECHNICIAN
        return objections(self._lane.memory, self._settings, door, purpose)

    def force(self, door: Door, *, release: bool) -> None:
        """Ask the lane to let a door go, or to take it back; its guard may refuse."""
        self._tell(OutputForced(self._now_s(), door, release))

    def hold(self, door: Door, for_s: float, until: Callable[[], bool]) -> bool:
        """Attend while a door is let go, asking the lane again before each bound ends."""
        ends_at_s = self._now_s() + for_s
        while (left_s := ends_at_s - self._now_s()) > 0:
            self.force(door, release=True)
            if self.attend(min(left_s, RENEWS_RELEASE_S), until):
                return True
        return until()

    def exercise(
        self,
        door: Door,
        follow_s: float,
        *,
        pushed: Callable[[], None] | None = None,
        while_open: Callable[[DoorSeen], None] = lambda _seen: None,
    ) -> DoorSeen:
        """Let a door go and take it back, once, and return what its contacts did.

        Args:
            door: which; the others must be secured.
            follow_s: how long it may take; twice as long is waited for.
            pushed: asks a person to push a leaf that no motor opens.
            while_open: is told what came of the opening while the door is still let go.

        Raises:
            DeviceError: the board is lost.
        """
        self.enter_maintenance()
        try:
            if against := self.against(door):
                return DoorSeen(objections=against)
            opening = self._let_go(door, follow_s, pushed)
            while_open(opening)
            return self._taken_back(door, follow_s, opening)
        finally:
            self.leave_maintenance()

    def close(self) -> None:
        """Rest the outputs and give the lines back; repeatable, never raises."""
        self.io.close()
        self._pulses.all_end(self._now_s())

    def light(self, lamp: Output, *, on: bool) -> None:
        """Light a lamp, or sound the sounder: no guard stands before it, as no door hears it."""
        assert lamp not in DOOR_RELEASE.values()
        self._set(lamp, active=on)

    def _let_go(self, door: Door, follow_s: float, pushed: Callable[[], None] | None) -> DoorSeen:
        closed, locked = DOOR_CONTACTS[door]
        began_s = self._now_s()
        opens = pushed is not None or door not in self._settings.pushed
        gives_way = closed if opens else locked
        self.force(door, release=True)
        if pushed is not None:
            pushed()
        if self.hold(door, 2 * follow_s, lambda: gives_way not in self._levels):
            self.hold(door, STANDS_OPEN * follow_s, lambda: False)
        return DoorSeen(
            unlocked_s=self._first(locked, began_s, active=False),
            opened_s=self._first(closed, began_s, active=False),
            bolt_said_home=locked in self._levels and closed not in self._levels,
            others=self._others(door),
        )

    def _taken_back(self, door: Door, follow_s: float, opening: DoorSeen) -> DoorSeen:
        closed, locked = DOOR_CONTACTS[door]
        others = self._others(door)
        began_s, self._moved = self._now_s(), []
        is_open = closed not in self._levels
        self.force(door, release=False)
        self.attend(2 * follow_s, lambda: is_secured(self.levels, door))
        shut_s = self._first(closed, began_s, active=True) if is_open else 0.0
        is_home = locked in self._levels
        return DoorSeen(
            unlocked_s=opening.unlocked_s,
            opened_s=opening.opened_s,
            closed_s=shut_s if closed in self._levels else None,
            locked_s=(self._first(locked, began_s, active=True) or 0.0) if is_home else None,
            bolt_said_home=opening.bolt_said_home,
            others=others or self._others(door),
        )

    def _others(self, door: Door) -> tuple[Input, ...]:
        own = DOOR_CONTACTS[door]
        contacts = {line for each in self._settings.doors for line in DOOR_CONTACTS[each]}
        moved = {line for line, _, _ in self._moved} & contacts
        return tuple(sorted(moved.difference(own)))

    def _first(self, line: Input, since_s: float, *, active: bool) -> float | None:
        stamps = (at_s for one, on, at_s in self._moved if one is line and on is active)
        first_s = next(stamps, None)
        return None if first_s is None else max(first_s - since_s, 0.0)

    def _hear(self, for_s: float) -> None:
        """Take in the next edge, and those that came with it."""
        try:
            self._take_in(self._heard.get(timeout=for_s))
            while True:
                self._take_in(self._heard.get_nowait())
        except Empty:
            return

    def _take_in(self, edge: Edge) -> None:
        line, active, at_s = edge
        self.edges[line] += 1
        self.hear(edge)
        self._pulses.heard(line, at_s)
        self._moved.append(edge)
        (self._levels.add if active else self._levels.discard)(line)
        if self._lane is not None:
            self._tell(InputChanged(at_s, line, active))

    def _tell(self, event: LaneEvent) -> None:
        if self._lane is not None:
            self._carry_out(self._lane.handle(event))

    def _carry_out(self, step: Step) -> None:
        for effect in step.effects:
            match effect:
                case Release(door=door, for_s=for_s):
                    self._drive(door, released=True, for_s=for_s)
                case Lock(door=door):
                    self._drive(door, released=False)
                case Await(limit=limit, for_s=for_s):
                    self._limits[limit] = self._now_s() + for_s
                case Cancel(limit=limit):
                    self._limits.pop(limit, None)
                case _:
                    pass  # prompts, notes and alarms are for a lane that serves

    def _drive(self, door: Door, *, released: bool, for_s: float = 0.0) -> None:
        self._ends.pop(door, None)
        if released:
            self._ends[door] = self._now_s() + for_s
        self._set(DOOR_RELEASE[door], active=released)

    def _set(self, output: Output, *, active: bool) -> None:
        if active:
            self._pulses.begins(output, self._now_s())
            self.io.set(output, active=True)
        else:
            self.io.set(output, active=False)
            self._pulses.ends(output, self._now_s())

    def _keep_bounds(self, now_s: float) -> None:
        for door in [door for door, end_s in self._ends.items() if now_s >= end_s]:
            self._drive(door, released=False)
        for limit in [limit for limit, due_s in self._limits.items() if now_s >= due_s]:
            del self._limits[limit]
            self._tell(LimitReached(now_s, limit))
