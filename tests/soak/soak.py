"""The soak: the real lane over the plant and its people, thousands of passages a minute.

Time is virtual. A step is 25 ms while somebody moves in or near a doorway, 50 ms while anything
else moves, 200 ms while all stand still, and never goes past the next entry of the agenda; a
sensor is thus told at most a step late. The judge looks after every step and every event.

Source: DESIGN sections 2 (the one exception), 5.5 and 9.
"""

from collections.abc import Callable

from egate.domain.lane_part import Shape
from simulators.people import Left, Presents
from tests.soak.crew import Breakages, Officer
from tests.soak.gate import Gate
from tests.soak.judge import Broken, Judge
from tests.soak.world import Totals, World

IN_DOORWAY_S = 0.025
MOVING_S = 0.05
STANDING_S = 0.2
DOORWAY_M = 0.45
SOONEST_S = 1e-6
SHOWN_EVERY = 200
NOBODY_CAME_S = 1800.0
FAULTS_PER_TRAVELLER = 0.07


class SoakBroken(AssertionError):
    """An invariant failed; the text says which, where, and what happened before."""


class Soak:
    """One shape and one seed; `run` goes on where it stopped."""

    def __init__(self, shape: Shape, seed: int, *, faults: float = FAULTS_PER_TRAVELLER) -> None:
        self.seed = seed
        self.faults = faults
        self.world = World(shape, seed)
        self.judge = Judge(self.world)
        self.gate = self.judge.gate = Gate(self.world, self.judge)
        self.officer = Officer(self.world, self.gate)
        self.breakages = Breakages(self.world, self.gate, self.officer)
        self._stood: tuple[object, ...] = ()
        self._last_passage_s = 0.0
        self.gate.attached = True
        self.gate.start()
        self.officer.look()
        self._arrive()

    def run(self, passages: int, progress: Callable[[Totals], None] = lambda _: None) -> Totals:
        """Let that many passages begin.

        Raises:
            SoakBroken: an invariant failed.
        """
        totals = self.world.totals
        until = totals.passages + passages
        try:
            while totals.passages < until:
                before = totals.passages
                self._step()
                self._judge_queue(came=totals.passages != before)
                if totals.passages != before and totals.passages % SHOWN_EVERY == 0:
                    progress(totals)
        except Broken as error:
            raise SoakBroken(self._story(error)) from error
        return totals

    def _judge_queue(self, *, came: bool) -> None:
        """People stand outside all the time: passages must begin."""
        if came:
            self._last_passage_s = self.world.now_s
        elif self.world.now_s - self._last_passage_s > NOBODY_CAME_S:
            raise Broken(f"no passage has begun for {NOBODY_CAME_S:.0f} s")

    def _step(self) -> None:
        world = self.world
        dt_s = self._stride_s()
        due_s = world.agenda.next_s - world.now_s
        changes = world.walkway.step(max(SOONEST_S, min(dt_s, due_s)))
        world.totals.steps += 1
        world.totals.virtual_s = world.now_s
        self.gate.renew()
        self.gate.sense(changes)
        for event in world.walkway.events():
            if isinstance(event, Presents):
                self.gate.show(world.travellers[event.who])
            elif isinstance(event, Left):
                self._left(event)
        self.judge.look()
        if world.agenda.next_s <= world.now_s:
            world.agenda.run(world.now_s)
            self.judge.look()

    def _stride_s(self) -> float:
        world, plant = self.world, self.world.plant
        places = [body.x_m for body in plant.bodies]
        angles = [(leaf.angle_deg, leaf.bolted) for leaf in plant.leaves.values()]
        stands = (*places, *angles)
        moving = world.stirred or stands != self._stood
        self._stood, world.stirred = stands, False
        if plant.faults.chattering:
            return IN_DOORWAY_S
        if not moving:
            return STANDING_S
        for leaf in plant.leaves.values():
            for x_m in places:
                if -DOORWAY_M < x_m - leaf.x_m < DOORWAY_M:
                    return IN_DOORWAY_S
        return MOVING_S

    def _arrive(self) -> None:
        """Keep a short queue, sometimes none; some who come bring a fault with them."""
        world = self.world
        world.later(0.5, 6.0, self._arrive)
        if len(world.walkway.people) >= 3:
            return
        world.somebody_comes()
        if world.chance(self.faults):
            world.later(0.0, 14.0, self.breakages.strike)
            if world.chance(0.15):
                world.later(0.0, 14.0, self.breakages.strike)

    def _left(self, event: Left) -> None:
        self.world.totals.ways[event.way] += 1
        self.world.tell("left", (event.who, str(event.way)))
        self.judge.gone(event.who)
        self.world.forget(event.who)

    def _story(self, error: Broken) -> str:
        world = self.world
        lines = [f"{at_s:12.3f}  {who:6}  {what}" for at_s, who, what in world.lines]
        where = (
            f"shape {world.shape}, seed {self.seed}, passage {world.totals.passages}, "
            f"virtual second {world.now_s:.3f}"
        )
        return "\n".join([*lines, *self._scene(), f"BROKEN: {error}", where])

    def _scene(self) -> list[str]:
        """Say how everything stands."""
        world, plant, lane = self.world, self.world.plant, self.gate.lane
        people = [
            f"{p.name} {p.habit} {p.doing} at {p.body.x_m:.2f} m" for p in world.walkway.people
        ]
        return [
            f"leaves: {plant.leaves}",
            f"people: {people}; bodies: {len(plant.bodies)}",
            f"inactive lines: {[str(line) for line, on in plant.levels().items() if not on]}",
            f"faults: {plant.faults}; broken: {dict(world.broken)}",
            f"lane: {lane.memory if lane else None}",
        ]
