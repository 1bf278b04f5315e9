"""The doors of a lane and what stands between them, as plain physics under a clock of its own.

It knows no wire, no software and no time of day: outputs are energised or not, `step` moves the
leaves and gives back the sensors that changed. The same plant serves the bench in real time and
a soak of thousands of passages a minute. Faults are fields; nothing here expects anything.

    walkway, in metres           0.0 entry door        mark 0.8        1.6 exit door
    mantrap   ... reader -1.0 ...|-------- chamber, camera at its end --|... gone
    turnstile ... queue  -0.6 ...|0.0 -- approach zone, mark 0.5 -- 1.0 |barrier ... gone

The safety relay stands between the release outputs and the doors: each edge of ALIVE feeds it for
`relay_s`; once it lapses both releases are without power, whatever the pins say. A door that
fails "secured" is released by power, one that fails "free" is locked by it: without power it is
unbolted and may be pushed, but no motor swings it. The emergency loop frees and opens every door.
A leaf that is opened `by_hand` has no motor at all: released it gives way, and a closer shuts it.

Source: DESIGN sections 3 and 4; research/domain.md 2.6 (a door opens in 0.7 s), 5.1 (I5, I9).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from egate.domain.lane_part import (
    DOOR_RELEASE,
    SHAPE_DOORS,
    Door,
    Input,
    Output,
    Shape,
    inputs_of,
    outputs_of,
)

Fail = Literal["secured", "free"]
Change = tuple[Input, bool]

CHAMBER_M = {Shape.MANTRAP: 1.6, Shape.TURNSTILE: 1.0}
OPEN_DEG = 90.0
PASSABLE_DEG = 60.0
OPEN_S = 0.7
BOLT_S = 0.1
RELAY_S = 0.8
LEANS_S = 0.1
BEAM_HALF_M = 0.05
EDGES_KEPT = 4096
TINY_S = 1e-9  # steps add up to a little less or more than they should


@dataclass(slots=True)
class Body:
    """Something on the walkway: where its middle is, how deep it is, how many heads it has."""

    x_m: float
    depth_m: float
    heads: int = 1

    def covers(self, from_m: float, to_m: float) -> bool:
        """Say whether any of it stands between two points."""
        half_m = self.depth_m / 2
        return self.x_m - half_m < to_m and self.x_m + half_m > from_m


@dataclass(slots=True)
class Faults:
    """What is broken; every field may be set and mended at any moment.

    `welded` energises a release whatever the pin says (the safety relay still cuts it);
    `chattering` gives the period in seconds; `slow` stretches the motor's time by its factor;
    `forced` is a leaf pushed open against its bolt; a loss of power leaves every input dark.
    The safety relay may be `relay_dead`, so that it never picks up, or `relay_welded`, so that it
    never lets go; a lamp, a sounder or the coil of a release may be `burnt`, and the wire of ALIVE
    too. An input that is `latching` does not come back once it has left its rest, and one that is
    `bouncing` flickers for so many seconds after each change; a door is `late` by so many seconds
    before its leaf begins to move; `not_freed` is one that the emergency loop does not reach, and
    `crossed` has the releases of both doors wired to one another.
    """

    jammed: set[Door] = field(default_factory=set)
    forced: set[Door] = field(default_factory=set)
    bolt_stuck: set[Door] = field(default_factory=set)
    slow: dict[Door, float] = field(default_factory=dict)
    welded: set[Door] = field(default_factory=set)
    stuck: dict[Input, bool] = field(default_factory=dict)
    chattering: dict[Input, float] = field(default_factory=dict)
    bouncing: dict[Input, float] = field(default_factory=dict)
    power_lost: bool = False
    board_dead: bool = False
    relay_dead: bool = False
    relay_welded: bool = False
    burnt: set[Output] = field(default_factory=set)
    latching: set[Input] = field(default_factory=set)
    late: dict[Door, float] = field(default_factory=dict)
    not_freed: set[Door] = field(default_factory=set)
    crossed: bool = False


@dataclass(slots=True)
class Leaf:
    """One door: its angle (0 closed, 90 open) and its bolt."""

    x_m: float
    angle_deg: float = 0.0
    bolted: bool = True
    at_rest_s: float = BOLT_S
    let_go_s: float = 0.0
    leant_on_s: float = 0.0  # how long a closer still meets a hand

    @property
    def is_closed(self) -> bool:
        """Say what the closed contact sees."""
        return self.angle_deg < 1.0

    @property
    def is_passable(self) -> bool:
        """Say whether somebody fits through."""
        return self.angle_deg >= PASSABLE_DEG

    def move(self, by_deg: float) -> None:
        """Turn the leaf, between its stops."""
        self.angle_deg = min(OPEN_DEG, max(0.0, self.angle_deg + by_deg))


@dataclass(frozen=True, slots=True)
class Edge:
    """One change for the record: an output's coil, or a door that became released (or not)."""

    at_s: float
    part: Output | Door
    on: bool


class Plant:
    """One lane of steel: leaves, bolts, relay, sensors, and the bodies on its walkway."""

    def __init__(
        self,
        shape: Shape,
        fail: Mapping[Door, Fail] | None = None,
        *,
        open_s: float = OPEN_S,
        relay_s: float = RELAY_S,
    ) -> None:
        self.shape = shape
        self.length_m = CHAMBER_M[shape]
        self.leaves = {
            door: Leaf(0.0 if door is Door.ENTRY else self.length_m) for door in SHAPE_DOORS[shape]
        }
        self.bodies: list[Body] = []
        self.faults = Faults()
        self.by_hand: set[Door] = set()
        self.emergency_open = False
        self.at_s = 0.0
        self.edges: deque[Edge] = deque(maxlen=EDGES_KEPT)
        self._fails_free = {door: (fail or {}).get(door) == "free" for door in self.leaves}
        self._open_s = open_s
        self._relay_s = relay_s
        self._fed_for_s = 0.0
        self._coils = dict.fromkeys(outputs_of(shape), False)
        self._inputs = inputs_of(shape)
        self._levels: dict[Input, bool] = {}
        self._released = {door: self.released(door) for door in self.leaves}
        self._changed_at_s: dict[Input, float] = {}
        self._true: dict[Input, bool] = {}
        self._levels = self._sense()

    def drive(self, output: Output, *, energised: bool) -> None:
        """Put power on a coil or lamp, or take it off; an edge of ALIVE feeds the relay."""
        if self._coils[output] == energised:
            return
        self._coils[output] = energised
        self.edges.append(Edge(self.at_s, output, energised))
        faults = self.faults
        if output is Output.ALIVE and not (faults.power_lost or output in faults.burnt):
            self._fed_for_s = self._relay_s
        self._note_releases()

    def step(self, dt_s: float) -> list[Change]:
        """Let `dt_s` seconds pass; return the inputs that changed and their new levels."""
        self.at_s += dt_s
        self._fed_for_s = 0.0 if self.faults.power_lost else max(0.0, self._fed_for_s - dt_s)
        self._note_releases()
        for door, leaf in self.leaves.items():
            self._move(door, leaf, dt_s)
        before, self._levels = self._levels, self._sense()
        return [(line, on) for line, on in self._levels.items() if before[line] != on]

    def levels(self) -> Mapping[Input, bool]:
        """Return every input as the sensors gave it at the last step; True is active."""
        return self._levels

    def is_energised(self, output: Output) -> bool:
        """Say whether this lamp, sounder or coil has power, after the safety relay."""
        if self.faults.power_lost or self.faults.board_dead:
            return False
        if output in self.faults.burnt or (output in DOOR_RELEASE.values() and not self.is_fed):
            return False
        return self._coils[output]

    @property
    def is_fed(self) -> bool:
        """Say whether the safety relay still holds."""
        holds = self._fed_for_s > 0.0 or (self.faults.relay_welded and not self.faults.power_lost)
        return holds and not self.faults.relay_dead

    def released(self, door: Door) -> bool:
        """Say whether the wiring lets this door open: power, relay, loop and fail state."""
        if self.emergency_open and door not in self.faults.not_freed:
            return True
        powered = self.is_energised(DOOR_RELEASE[self._wired_to(door)]) or (
            door in self.faults.welded and self.is_fed and not self.faults.power_lost
        )
        return powered != self._fails_free[door]

    def _wired_to(self, door: Door) -> Door:
        """Return the door whose release reaches this one."""
        if not self.faults.crossed:
            return door
        return Door.EXIT if door is Door.ENTRY else Door.ENTRY

    def fails_free(self, door: Door) -> bool:
        """Say whether this door is free without power; its coil then locks it."""
        return self._fails_free[door]

    def push(self, door: Door, dt_s: float) -> None:
        """Lean on a leaf: one that is released and not driven gives way."""
        if not self.released(door) or door in self.faults.jammed:
            return
        if door in self.by_hand or not self._is_driven():
            self.leaves[door].move(OPEN_DEG * dt_s)
            self.leaves[door].leant_on_s = LEANS_S

    def is_blocked(self, leaf: Leaf) -> bool:
        """Say whether anything stands on this threshold."""
        low_m, high_m = leaf.x_m - BEAM_HALF_M, leaf.x_m + BEAM_HALF_M
        return any(body.covers(low_m, high_m) for body in self.bodies)

    def heads(self) -> int:
        """Count the people whose middle is inside."""
        return sum(body.heads for body in self.bodies if 0.0 < body.x_m < self.length_m)

    def _note_releases(self) -> None:
        for door, before in self._released.items():
            now = self.released(door)
            if now != before:
                self._released[door] = now
                self.edges.append(Edge(self.at_s, door, now))

    def _move(self, door: Door, leaf: Leaf, dt_s: float) -> None:
        forced = door in self.faults.forced
        released = self._released[door] or forced
        if released:
            leaf.bolted = False
        leaf.let_go_s = leaf.let_go_s + dt_s if released else 0.0
        if released and leaf.let_go_s < self.faults.late.get(door, 0.0):
            return
        leaf.leant_on_s = max(0.0, leaf.leant_on_s - dt_s)
        if door in self.by_hand and not forced:
            if leaf.leant_on_s == 0.0:
                self._turn(door, leaf, dt_s, opens=False)
        elif forced or not released or self._is_driven():
            self._turn(door, leaf, dt_s, opens=released)
        if released or leaf.angle_deg > 0.0:
            leaf.at_rest_s = 0.0
            return
        leaf.at_rest_s += dt_s
        leaf.bolted = leaf.at_rest_s >= BOLT_S and door not in self.faults.bolt_stuck

    def _is_driven(self) -> bool:
        """Say whether the motors may open: a door left free by a lapsed relay is only unbolted."""
        return not self.faults.power_lost and (self.is_fed or self.emergency_open)

    def _turn(self, door: Door, leaf: Leaf, dt_s: float, *, opens: bool) -> None:
        """Motion safety is the drive's own: it never closes on a blocked threshold."""
        if door in self.faults.jammed:
            return
        if self.faults.power_lost and door not in self.faults.forced:
            return
        by_deg = OPEN_DEG * dt_s / (self._open_s * self.faults.slow.get(door, 1.0))
        if opens:
            leaf.move(by_deg)
        elif leaf.angle_deg > 0.0:
            leaf.move(by_deg if self.is_blocked(leaf) else -by_deg)

    def _sense(self) -> dict[Input, bool]:
        if self.faults.power_lost:
            return dict.fromkeys(self._inputs, False)
        heads = self.heads()
        levels = {
            Input.CHAMBER_EMPTY: not any(
                body.covers(BEAM_HALF_M, self.length_m - BEAM_HALF_M) for body in self.bodies
            ),
            Input.CHAMBER_SINGLE: heads == 1,
            Input.EMERGENCY_CLEAR: not self.emergency_open,
        }
        leaf = self.leaves[Door.EXIT]
        levels[Input.EXIT_CLOSED] = leaf.is_closed
        levels[Input.EXIT_LOCKED] = leaf.bolted
        levels[Input.EXIT_BEAM_CLEAR] = not self.is_blocked(leaf)
        if Door.ENTRY in self.leaves:
            leaf = self.leaves[Door.ENTRY]
            levels[Input.ENTRY_CLOSED] = leaf.is_closed
            levels[Input.ENTRY_LOCKED] = leaf.bolted
            levels[Input.ENTRY_BEAM_CLEAR] = not self.is_blocked(leaf)
        for line, period_s in self.faults.chattering.items():
            levels[line] = int(2 * self.at_s / period_s) % 2 == 0
        before = self._levels or levels
        levels.update({line: before[line] for line in self.faults.latching if _left(before, line)})
        levels.update(self.faults.stuck)
        self._bounce(levels)
        return levels

    def _bounce(self, levels: dict[Input, bool]) -> None:
        """Have worn contacts flicker from one step to the next after what they sense changed."""
        for line, for_s in self.faults.bouncing.items():
            if self._true.get(line, levels[line]) != levels[line]:
                self._changed_at_s[line] = self.at_s
            self._true[line] = levels[line]
            since_s = self.at_s - self._changed_at_s.get(line, -for_s)
            if since_s < for_s - TINY_S:
                levels[line] = self._levels[line] is not True


def _left(levels: Mapping[Input, bool], line: Input) -> bool:
    """Say whether an input is not as it is in a lane at rest: all active, but nobody is counted."""
    return levels[line] is (line is Input.CHAMBER_SINGLE)
