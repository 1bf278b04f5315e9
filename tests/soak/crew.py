"""Who acts on a lane from outside: the officer at the console, and what breaks.

The officer looks every few seconds, sees people and luggage as they are, and does what an
officer can: speak, carry luggage away, give orders, break the glass of the emergency loop
when somebody cannot be let out, reset. Sometimes the officer is away, or orders nonsense.

Source: research/domain.md 2.2 and 2.3; DESIGN section 9 (the soak).
"""

from collections.abc import Callable
from functools import partial

from egate.domain.lane_event import MaintenanceEntered, MaintenanceLeft, Order, OutputForced
from egate.domain.lane_part import Door, Input, inputs_of
from egate.domain.lane_state import LaneState
from tests.soak.gate import Gate
from tests.soak.world import World

Change = Callable[[], object]
PATIENCE = 12


class Officer:
    """One officer; `look` puts the next look on the agenda."""

    def __init__(self, world: World, gate: Gate) -> None:
        self.world = world
        self.gate = gate
        self.is_closing = False
        self.tried = 0
        self._last = LaneState.BOOT

    def look(self) -> None:
        self.world.later(1.0, 3.5, self.look)
        if not self.gate.attached:
            return
        state = self.gate.state
        self.tried = self.tried + 1 if state is self._last else 0
        self._last = state
        if self.world.chance(0.003):
            self.order(self.world.rng.choice(list(Order)))  # a slip of the hand
        if self.world.luggage_inside() and (state is LaneState.EXCEPTION or self.tried > 5):
            self.world.walkway.clear_luggage()
        duty = {
            LaneState.CLOSED: self._closed,
            LaneState.TURNED_AWAY: self._turned_away,
            LaneState.REFERRED: self._referred,
            LaneState.EXCEPTION: self._exception,
            LaneState.EMERGENCY: self._emergency,
            LaneState.BOOT: self._not_coming_up,
            LaneState.OUT_OF_SERVICE: self._not_coming_up,
        }.get(state)
        if duty is not None:
            duty()

    def order(self, order: Order) -> None:
        self.world.totals.orders[order] += 1
        self.gate.order(order)

    def go_away(self) -> None:
        """Leave the console for a while."""
        if self.gate.attached:
            self.gate.attach(attached=False)
            self.world.later(5.0, 120.0, partial(self.gate.attach, attached=True))

    def _closed(self) -> None:
        if not self.is_closing:
            self.order(Order.OPEN_LANE)

    def _turned_away(self) -> None:
        """Whoever stands before the barrier and tries again and again is sent away."""
        self.world.walkway.tell_to_leave()

    def _referred(self) -> None:
        self.world.walkway.tell_to_leave()
        inside = self.world.people_inside()
        knows = len(inside) == 1 and inside[0].is_holder
        if knows and self.tried < 2 and self.world.chance(0.3):
            return self.order(Order.ADMIT)
        if self.tried > PATIENCE and inside:
            return self._break_glass()
        return self.order(Order.LET_BACK)

    def _exception(self) -> None:
        self.world.walkway.tell_to_leave()
        inside = self.world.people_inside()
        if not inside or not self.world.is_mantrap:
            return self.order(Order.CLEAR)
        if self.tried > PATIENCE:
            return self._break_glass()
        knows = len(inside) == 1 and inside[0].is_holder
        if knows and self.world.chance(0.15):
            return self.order(Order.ADMIT)
        return self.order(Order.LET_BACK)

    def _not_coming_up(self) -> None:
        if self.world.is_mantrap and self.world.people_inside() and self.tried > PATIENCE:
            self._break_glass()

    def _emergency(self) -> None:
        self.world.walkway.tell_to_leave()
        self.world.walkway.clear_luggage()
        if not self.world.people_inside() or not self.world.is_mantrap:
            self.order(Order.RESET_EMERGENCY)

    def _break_glass(self) -> None:
        self.tried = 0
        self.world.totals.faults["glass_broken_by_officer"] += 1
        open_loop(self.world, 6.0, 12.0)


def open_loop(world: World, low_s: float, high_s: float) -> None:
    """Open the emergency loop for a while."""
    world.tell("fault", "the emergency loop opens")
    world.breaks("emergency")
    world.plant.emergency_open = True

    def close() -> None:
        if world.is_mended("emergency"):
            world.tell("fault", "the emergency loop is closed again")
            world.plant.emergency_open = False

    world.later(low_s, high_s, close)


class Breakages:
    """Draws what breaks; every fault is mended after a drawn time."""

    def __init__(self, world: World, gate: Gate, officer: Officer) -> None:
        self.world = world
        self.gate = gate
        self.officer = officer
        self._kinds: dict[str, tuple[int, Change]] = {
            "stuck": (14, self._stuck),
            "chattering": (12, self._chattering),
            "jammed": (8, self._jammed),
            "slow": (8, self._slow),
            "bolt_stuck": (5, self._bolt_stuck),
            "welded": (5, self._welded),
            "forced": (4, self._forced),
            "power_lost": (2, self._power_lost),
            "device_lost": (16, self._device_lost),
            "emergency": (4, lambda: open_loop(world, 1.0, 20.0)),
            "crash": (6, self._crash),
            "officer_away": (5, officer.go_away),
            "lane_closed": (3, self._closed_for_a_while),
            "maintenance": (3, self._maintenance),
        }

    def strike(self) -> None:
        """Break one thing now."""
        kinds = list(self._kinds)
        kind = self.world.rng.choices(kinds, [self._kinds[name][0] for name in kinds])[0]
        self.world.totals.faults[kind] += 1
        self.world.tell("fault", kind)
        self._kinds[kind][1]()

    def _for_a_while(self, name: str, low_s: float, high_s: float, mend: Change) -> None:
        world = self.world
        world.breaks(name)

        def mended() -> None:
            world.is_mended(name)
            world.tell("fault", f"{name} is mended")
            mend()

        world.later(low_s, high_s, mended)

    def _door(self) -> Door:
        return self.world.rng.choice(list(self.world.plant.leaves))

    def _line(self) -> Input:
        return self.world.rng.choice(inputs_of(self.world.shape))

    def _stuck(self) -> None:
        stuck, line, level = self.world.plant.faults.stuck, self._line(), self.world.chance(0.5)
        if line in stuck:
            return
        self.world.tell("fault", (str(line), "stuck at", level))
        stuck[line] = level
        self._for_a_while(f"{line} stuck", 0.2, 25.0, lambda: stuck.pop(line, None))

    def _chattering(self) -> None:
        chattering, line = self.world.plant.faults.chattering, self._line()
        if line in chattering:
            return
        self.world.tell("fault", (str(line), "chatters"))
        chattering[line] = self.world.rng.choice((0.04, 0.1, 0.3, 0.7))
        self._for_a_while(f"{line} chatters", 0.2, 10.0, lambda: chattering.pop(line, None))

    def _jammed(self) -> None:
        self._member("jammed", self.world.plant.faults.jammed, 2.0, 40.0)

    def _bolt_stuck(self) -> None:
        self._member("bolt_stuck", self.world.plant.faults.bolt_stuck, 2.0, 25.0)

    def _welded(self) -> None:
        self._member("welded", self.world.plant.faults.welded, 2.0, 25.0)

    def _forced(self) -> None:
        self._member("forced", self.world.plant.faults.forced, 0.3, 4.0)

    def _member(self, name: str, broken: set[Door], low_s: float, high_s: float) -> None:
        door = self._door()
        if door not in broken:
            self.world.tell("fault", (name, str(door)))
            broken.add(door)
            self._for_a_while(f"{door} {name}", low_s, high_s, lambda: broken.discard(door))

    def _slow(self) -> None:
        slow, door = self.world.plant.faults.slow, self._door()
        if door not in slow:
            slow[door] = self.world.rng.uniform(1.5, 8.0)
            self._for_a_while(f"{door} slow", 5.0, 60.0, lambda: slow.pop(door, None))

    def _power_lost(self) -> None:
        """Mains and battery: the lane process goes with them."""
        faults = self.world.plant.faults
        if faults.power_lost:
            return
        faults.power_lost = True
        if self.world.chance(0.5):
            self.gate.crash(hangs=False)

        def mend() -> None:
            faults.power_lost = False

        self._for_a_while("power", 0.1, 15.0, mend)

    def _device_lost(self) -> None:
        device = self.world.rng.choice(
            ("board", "journal", "scanner", "vision", "camera", "fingerprint")
        )
        self.gate.lose_for(device, 0.1, 25.0)

    def _crash(self) -> None:
        self.gate.crash(hangs=self.world.chance(0.3))

    def _closed_for_a_while(self) -> None:
        officer = self.officer
        officer.is_closing = True
        officer.order(Order.CLOSE_LANE)
        self._for_a_while("closed", 5.0, 40.0, self._open_again)

    def _open_again(self) -> None:
        self.officer.is_closing = False

    def _maintenance(self) -> None:
        """A technician closes the lane, tries a door or two by hand, and goes."""
        self._closed_for_a_while()
        later, gate = self.world.later, self.gate
        later(3.0, 30.0, lambda: gate.post(MaintenanceEntered(self.world.now_s)))
        for release in (True, False, True, False):
            later(3.0, 45.0, partial(self._force, self._door(), release=release))
        later(30.0, 60.0, lambda: gate.post(MaintenanceLeft(self.world.now_s)))

    def _force(self, door: Door, *, release: bool) -> None:
        self.gate.post(OutputForced(self.world.now_s, door, release))
