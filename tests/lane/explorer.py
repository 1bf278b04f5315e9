"""Every reachable state of a lane with doors and people, breadth first, over the real reducer.

The world is small and honest: two doors with a leaf and a bolt, bodies that walk wherever an
open leaf lets them, an object that may be left, an emergency loop, one vision host and one journal
that may come and go, an officer who gives orders, a decision that may come out any way.
Whatever can happen next is tried. What must never be true is checked after every event; what
must always stay possible (whoever is inside can get out, the lane can serve again) is checked
on the finished graph. A contact can be stuck: then the lane is told a lie about a real door.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import (
    EndPassage,
    Inspect,
    Limit,
    Purpose,
    RecordDecision,
    RecordOverride,
    Release,
)
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    DeviceBack,
    DeviceLost,
    FingerWanted,
    InputChanged,
    LaneEvent,
    LimitReached,
    MaintenanceEntered,
    MaintenanceLeft,
    OfficerAttached,
    OfficerDetached,
    OfficerOrdered,
    Order,
    OutputForced,
    SelfTestDone,
    TokenPresented,
)
from egate.domain.lane_part import Door, Input, inputs_of
from egate.domain.lane_state import LaneState
from egate.lane import Lane, LaneSettings, Memory, Step

OUT, IN_ENTRY, INSIDE, IN_EXIT, GONE = "out", "in_entry", "inside", "in_exit", "gone"
ENTRY, EXIT = Door.ENTRY, Door.EXIT
EXCEPTION = LaneState.EXCEPTION
USES = {
    Purpose.LET_IN: frozenset({Stage.TOKEN}),
    Purpose.LET_OUT: frozenset({Stage.TRAVELLER}),
}
QUICKER_THAN_A_LEAF = {Limit.OCCUPANCY_SETTLES}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One door as it really is."""

    is_open: bool = False
    is_bolted: bool = True

    @property
    def secured(self) -> bool:
        return self.is_bolted and not self.is_open


@dataclass(frozen=True, slots=True)
class World:
    """The lane's memory and everything around it that matters.

    `asked` is the stage whose checks are running, `writing` the admission the journal is
    writing, `earned` the durable admissions not yet used: the ghost that judges the lane.
    """

    memory: Memory
    entry: Leaf = Leaf()
    exit: Leaf = Leaf()
    bodies: tuple[str, ...] = (OUT,)
    has_object: bool = False
    alarm: bool = False
    asked: Stage | None = None
    writing: Stage | None = None
    earned: frozenset[Stage] = frozenset()

    def inside(self) -> int:
        return sum(place in (IN_ENTRY, INSIDE, IN_EXIT) for place in self.bodies)


@dataclass(frozen=True, slots=True)
class Rules:
    """What may happen in this exploration.

    `leaves_first` lets an unhindered leaf come to rest before anybody orders or presents
    anything: a bolt takes a tenth of a second.
    """

    settings: LaneSettings
    stuck: tuple[tuple[Input, bool], ...] = ()
    objects: bool = False
    alarms: bool = False
    devices: tuple[str, ...] = ()
    maintenance: bool = False
    officer_leaves: bool = False
    orders: tuple[Order, ...] = (
        Order.ADMIT,
        Order.LET_BACK,
        Order.CLEAR,
        Order.RESET_EMERGENCY,
    )
    backwards: bool = False
    fingers: bool = False
    jammed: Door | None = None
    leaves_first: bool = False


class Broken(AssertionError):
    """An invariant does not hold; the message is the shortest way there."""


def levels(world: World, rules: Rules) -> dict[Input, bool]:
    """Return what the sensors say of this world."""
    bodies = sum(place == INSIDE for place in world.bodies)
    level = {
        Input.ENTRY_CLOSED: not world.entry.is_open,
        Input.ENTRY_LOCKED: world.entry.is_bolted,
        Input.EXIT_CLOSED: not world.exit.is_open,
        Input.EXIT_LOCKED: world.exit.is_bolted,
        Input.ENTRY_BEAM_CLEAR: IN_ENTRY not in world.bodies,
        Input.EXIT_BEAM_CLEAR: IN_EXIT not in world.bodies,
        Input.CHAMBER_EMPTY: bodies == 0 and not world.has_object,
        Input.CHAMBER_SINGLE: bodies == 1,
        Input.EMERGENCY_CLEAR: not world.alarm,
    }
    known = inputs_of(rules.settings.shape)
    return {line: dict(rules.stuck).get(line, level[line]) for line in known}


class Explorer:
    """Walks the whole graph of one set of rules."""

    def __init__(self, rules: Rules, people: int = 1) -> None:
        self.rules = rules
        self.lane = Lane(rules.settings)
        self.start = self._boot(
            World(Memory(is_wanted=True, officer_attached=True), bodies=(OUT,) * people)
        )
        self.came_from: dict[World, tuple[World, str] | None] = {}
        self.after: dict[World, list[World]] = {}

    def run(self, most: int = 400_000) -> int:
        """Visit everything reachable; return the number of worlds.

        Raises:
            Broken: an invariant failed; the shortest path is in the message.
        """
        self.came_from = {self.start: None}
        waiting = deque([self.start])
        while waiting:
            world = waiting.popleft()
            following = self.after.setdefault(world, [])
            for what, happen in self.moves(world):
                try:
                    new = happen()
                except Broken as error:
                    raise Broken("\n".join([*self.path(world), what, str(error)])) from None
                following.append(new)
                if new not in self.came_from:
                    self.came_from[new] = (world, what)
                    waiting.append(new)
            assert len(self.came_from) < most, "more worlds than this test is meant for"
        return len(self.came_from)

    def path(self, world: World) -> list[str]:
        """Return what happened, in order, from the start to this world."""
        steps: list[str] = []
        at = self.came_from[world]
        while at is not None:
            world, what = at
            steps.append(what)
            at = self.came_from[world]
        return steps[::-1]

    def cannot_reach(self, goal: Callable[[World], bool]) -> list[World]:
        """Return the visited worlds from which no world with this property can be reached."""
        before: dict[World, list[World]] = {world: [] for world in self.after}
        for world, following in self.after.items():
            for new in following:
                before[new].append(world)
        can = {world for world in self.after if goal(world)}
        waiting = deque(can)
        while waiting:
            for world in before[waiting.popleft()]:
                if world not in can:
                    can.add(world)
                    waiting.append(world)
        return [world for world in self.after if world not in can]

    # What may happen next ------------------------------------------------------------

    def moves(self, world: World) -> Iterator[tuple[str, Callable[[], World]]]:
        for what, moved in self._physical(world):
            yield what, lambda moved=moved: self._sense(moved)  # type: ignore[misc]  # bound now
        if self.rules.leaves_first and not self._are_leaves_at_rest(world):
            return
        for event in self._events(world):
            yield _name(event), lambda event=event: self._tell(world, event)  # type: ignore[misc]  # bound now

    def _physical(self, world: World) -> Iterator[tuple[str, World]]:
        for door in self.rules.settings.doors:
            leaf = world.entry if door is ENTRY else world.exit
            doorway = IN_ENTRY if door is ENTRY else IN_EXIT
            moved = self._leaf_moved(world, door, leaf, is_blocked=doorway in world.bodies)
            if moved != leaf:
                changed = (
                    replace(world, entry=moved) if door is ENTRY else replace(world, exit=moved)
                )
                yield f"the {door} leaf moves", changed
        for number, place in enumerate(world.bodies):
            for to in self._ways(world, place):
                bodies = (*world.bodies[:number], to, *world.bodies[number + 1 :])
                yield f"body {number} walks {place} -> {to}", replace(world, bodies=bodies)
        if self.rules.objects and INSIDE in world.bodies and not world.has_object:
            yield "an object is put down", replace(world, has_object=True)
        if world.has_object and world.memory.state is LaneState.EXCEPTION:
            yield "the officer takes the object away", replace(world, has_object=False)
        if self.rules.alarms:
            yield "the emergency loop changes", replace(world, alarm=not world.alarm)

    def _leaf_moved(self, world: World, door: Door, leaf: Leaf, *, is_blocked: bool) -> Leaf:
        if door is self.rules.jammed:
            return leaf
        freed = door in world.memory.released or world.alarm
        if freed:
            return Leaf(is_open=not leaf.is_bolted, is_bolted=False)
        if leaf.is_open:
            return leaf if is_blocked else Leaf(is_open=False, is_bolted=False)
        return Leaf(is_open=False, is_bolted=True)

    def _are_leaves_at_rest(self, world: World) -> bool:
        """The one assumption about time: an unhindered leaf moves within any limit of 1 s."""
        entry = self._leaf_moved(world, ENTRY, world.entry, is_blocked=IN_ENTRY in world.bodies)
        way_out = self._leaf_moved(world, EXIT, world.exit, is_blocked=IN_EXIT in world.bodies)
        return entry == world.entry and way_out == world.exit

    def _ways(self, world: World, place: str) -> tuple[str, ...]:
        if not self.rules.settings.is_mantrap:
            out = {OUT: (INSIDE,), INSIDE: (OUT,), IN_EXIT: (GONE, INSIDE), GONE: (OUT,)}
            return (*out[place], *((IN_EXIT,) if place == INSIDE and world.exit.is_open else ()))
        ways: dict[str, tuple[str, ...]] = {
            OUT: (IN_ENTRY,) if world.entry.is_open else (),
            IN_ENTRY: (OUT, INSIDE),
            INSIDE: (
                *((IN_ENTRY,) if world.entry.is_open else ()),
                *((IN_EXIT,) if world.exit.is_open else ()),
            ),
            IN_EXIT: (INSIDE, GONE),
            GONE: (OUT,),
        }
        return ways[place]

    def _events(self, world: World) -> Iterator[LaneEvent]:
        memory, number = world.memory, world.memory.passage
        yield from self._answers(world)
        for limit in sorted(memory.awaited):
            if limit in QUICKER_THAN_A_LEAF or self._are_leaves_at_rest(world):
                yield LimitReached(0.0, limit)
        for device in self.rules.devices:
            yield DeviceBack(0.0, device) if device in memory.missing else DeviceLost(0.0, device)
        for order in self.rules.orders:
            yield OfficerOrdered(0.0, order, number, "officer", "reason")
        yield from self._staff(memory)

    def _answers(self, world: World) -> Iterator[LaneEvent]:
        memory, number = world.memory, world.memory.passage
        if memory.state is LaneState.READY:
            yield TokenPresented(0.0, 1)
        if world.asked is not None:
            yield Decided(0.0, number, world.asked, Ruling.ADMIT)
            yield Decided(0.0, number, world.asked, Ruling.REFER)
            yield Decided(0.0, number, world.asked, Ruling.REFER, may_retry=True)
            yield Decided(0.0, number, world.asked, Ruling.HOLD)
        asks_at_the_sensor = self.rules.fingers and not memory.wants_finger
        if asks_at_the_sensor and world.asked is Stage.TRAVELLER:
            yield FingerWanted(0.0, number)
        if world.writing is not None:
            yield DecisionDurable(0.0, number, world.writing)
        if memory.state is LaneState.BOOT and not memory.is_tested:
            yield SelfTestDone(0.0, passed=True)
            yield SelfTestDone(0.0, passed=False)

    def _staff(self, memory: Memory) -> Iterator[LaneEvent]:
        if self.rules.officer_leaves:
            yield OfficerDetached(0.0) if memory.officer_attached else OfficerAttached(0.0)
        if self.rules.maintenance:
            order = Order.CLOSE_LANE if memory.is_wanted else Order.OPEN_LANE
            yield OfficerOrdered(0.0, order, memory.passage, "officer", "reason")
            yield MaintenanceEntered(0.0)
            yield MaintenanceLeft(0.0)
            for door in self.rules.settings.doors:
                yield OutputForced(0.0, door, release=True)
                yield OutputForced(0.0, door, release=False)

    # Telling the lane, and judging it -------------------------------------------------

    def _boot(self, world: World) -> World:
        self.lane.recall(world.memory)
        self.lane.start()
        return self._sense(replace(world, memory=self.lane.memory))

    def _sense(self, world: World) -> World:
        """Tell the lane every line that differs from what it was told, one at a time."""
        truth = levels(world, self.rules)
        lines = sorted(truth, reverse=self.rules.backwards)
        board_is_there = "board" not in world.memory.missing
        for line in lines if board_is_there else ():
            told = None if line in world.memory.unknown else line in world.memory.active
            if told != truth[line]:
                world = self._tell(world, InputChanged(0.0, line, truth[line]))
        self._judge_world(world)
        return world

    def _tell(self, world: World, event: LaneEvent) -> World:
        before = world
        self.lane.recall(world.memory)
        step = self.lane.handle(event)
        world = _with_ghost(before, event, step, self.lane.memory)
        self._judge_step(before, world, event, step)
        if isinstance(event, DeviceBack) and event.device == "board":
            return self._sense(world)
        return world

    def _judge_world(self, world: World) -> None:
        """Invariants 1 and 6, on the real doors and the real people."""
        latched = world.memory.state is LaneState.EMERGENCY
        if latched or world.alarm or not self.rules.settings.is_mantrap:
            return
        recovering = world.memory.state in (LaneState.BOOT, LaneState.OUT_OF_SERVICE)
        if not world.entry.secured and not world.exit.secured and not recovering:
            settled = not world.memory.settling and world.memory.state is not LaneState.EXCEPTION
            if settled or world.memory.released:
                raise Broken("two doors are unsecured outside an emergency")

    def _judge_step(self, before: World, world: World, event: LaneEvent, step: Step) -> None:
        releases = [effect for effect in step.effects if isinstance(effect, Release)]
        emergency = step.state is LaneState.EMERGENCY
        if len(world.memory.released) > 1 and not emergency:
            raise Broken("two doors are released outside an emergency")
        if world.alarm and Input.EMERGENCY_CLEAR not in dict(self.rules.stuck):
            told = Input.EMERGENCY_CLEAR not in world.memory.active | world.memory.unknown
            if told and not emergency:
                raise Broken("the emergency loop is open and the lane does not follow")
        for release in releases:
            if not 0 < release.for_s <= 120:
                raise Broken("a release is not bounded")
            self._judge_release(before, event, release)

    def _judge_release(self, before: World, event: LaneEvent, release: Release) -> None:
        """Invariants 1, 2, 3, 8 and 10; an emergency frees egress whatever else holds."""
        if release.purpose is Purpose.FREE_EGRESS:
            return
        mantrap = self.rules.settings.is_mantrap
        other = before.exit if release.door is ENTRY else before.entry
        durable = isinstance(event, DecisionDurable) and before.writing is not None
        earned = before.earned | ({event.stage} if durable else set())  # type: ignore[union-attr]  # durable says so
        allowed = {
            Purpose.LET_IN: Stage.TOKEN in earned
            and not before.inside()
            and before.memory.officer_attached,
            Purpose.LET_OUT: Stage.TRAVELLER in earned and (before.inside() == 1 or not mantrap),
            Purpose.LET_BACK: before.memory.passage > 0 or before.memory.state is EXCEPTION,
            Purpose.FORCED_BY_TECHNICIAN: not before.inside()
            and before.memory.state is LaneState.MAINTENANCE,
        }[release.purpose]
        if not allowed:
            raise Broken(f"{release.purpose} at {release.door} without what it needs")
        if release.purpose in USES and "journal" in before.memory.missing:
            raise Broken("a door opened on a decision while the journal was lost")
        if isinstance(event, DeviceLost | DeviceBack):
            raise Broken("the loss or return of a device opened a door")
        if mantrap and not other.secured:
            raise Broken(f"{release.purpose} while the other door is not secured")


def _with_ghost(world: World, event: LaneEvent, step: Step, memory: Memory) -> World:
    """Carry the ghost along: what was asked, what is being written, what was earned."""
    asked, writing, earned = world.asked, world.writing, world.earned
    if isinstance(event, Decided | FingerWanted):
        asked = None
    if isinstance(event, DecisionDurable) and writing is not None:
        earned, writing = earned | {event.stage}, None
    for effect in step.effects:
        asked = effect.stage if isinstance(effect, Inspect) else asked
        writing = effect.stage if isinstance(effect, RecordDecision | RecordOverride) else writing
        if isinstance(effect, Release):
            earned -= USES.get(effect.purpose, frozenset())
        if isinstance(effect, EndPassage):
            asked, writing, earned = None, None, frozenset()
    return replace(world, memory=memory, asked=asked, writing=writing, earned=earned)


def _name(event: LaneEvent) -> str:
    fields = [
        str(getattr(event, name))
        for name in type(event).__slots__
        if name not in ("at_s", "officer", "reason")
    ]
    return f"{type(event).__name__}({', '.join(fields)})"
