"""The judge of a soak: what must never be true, read off the plant and its people, never the lane.

It hears what the lane asks for and what the journal holds, and compares it with where the
leaves, bolts and people really are. A physical fault excuses what it does by itself (a forced
leaf opens, a lying contact lies) and nothing else; each excuse is counted.

Source: DESIGN section 3, invariants 1-8.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from egate.domain.decision import Stage
from egate.domain.effect import Entered, Purpose, Release
from egate.domain.finger import FingerReason
from egate.domain.lane_event import LaneEvent, OfficerOrdered, Order
from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input
from egate.domain.lane_state import LaneState, Trouble
from egate.lane import Step
from simulators.people import Person
from tests.soak.fingers import Try
from tests.soak.world import FAIL, Traveller, World

if TYPE_CHECKING:
    from tests.soak.gate import Gate

TRAPPED_S = 300.0
STUCK_S = 300.0
ALARMED_WITHIN_S = 5.0
FOLLOWS_WITHIN_S = 0.3
COUNTERS = (Input.CHAMBER_EMPTY, Input.CHAMBER_SINGLE)
TRIES = 3
OWN, WRONG = "the holder's", "another's"
MAY_BE_TRIED_AGAIN = frozenset({WRONG, FingerReason.TOO_DRY, FingerReason.NO_FINGER})
TAILGATED = frozenset({Trouble.TAILGATING, Trouble.TWO_PERSONS, Trouble.OCCUPANCY_CHANGED})


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass(slots=True)
class Admission:
    """One release of the exit on one decision: how many heads went through on it."""

    passage: int
    at_s: float
    through: int = 0


@dataclass(slots=True)
class Tail:
    """Somebody got through a barrier behind somebody else: who must be told by when."""

    since_s: float
    until_s: float


class Judge:
    """Holds the ghost of every passage: who began it, what became durable, what was used."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gate: Gate
        self.presenters: dict[int, Traveller] = {}
        self.earned: dict[tuple[int, Stage], bool] = {}
        self.cleared_by: dict[str, int] = {}
        self.fingers: dict[int, list[str]] = {}
        self.admission: Admission | None = None
        self.tails: list[Tail] = []
        self.alarms: list[tuple[float, Trouble]] = []
        self.lied_s: dict[Input, float] = {}
        self.drawn_s: dict[Door, float] = {}
        self.unsecured_by: dict[Door, str] = {}
        self.beyond: set[str] = set()
        self.inside_s: dict[str, float] = {}
        self.blind_s = -1.0
        self.began_s = self.ready_s = self.unfree_s = 0.0
        self._looked_s = 0.0

    # What the gate tells.

    def began(self, passage: int, comer: Traveller) -> None:
        self.presenters = {passage: comer}
        self.earned.clear()
        self.fingers.clear()
        self.began_s = self.world.now_s

    def durable(self, passage: int, stage: Stage, *, override: bool) -> None:
        self.earned[passage, stage] = override

    def finger_tried(self, passage: int, one: Try, why: str) -> None:
        """Hear of a finger: its owner is known here, and a wire that lies is heard once."""
        earlier = self.fingers.setdefault(passage, [])
        if len(earlier) >= TRIES:
            raise Broken(f"a finger was tried {len(earlier) + 1} times")
        if not set(earlier) <= MAY_BE_TRIED_AGAIN:
            raise Broken(f"a finger was tried again after {earlier[-1]}")
        told = why or str(one.measures.reason)
        if not why and one.measures.reason is FingerReason.OK:
            told = OWN if one.is_own else WRONG
        earlier.append(told)
        self.world.totals.fingers[f"try {len(earlier)}: {told}"] += 1

    def alarmed(self, trouble: Trouble) -> None:
        self.alarms.append((self.world.now_s, trouble))
        del self.alarms[:-20]

    def crashed(self) -> None:
        self.admission = None
        self.tails.clear()

    def bound_reached(self, release: Release) -> None:
        if release.purpose is Purpose.FORCED_BY_TECHNICIAN:
            return
        raise Broken(f"{release.purpose} at {release.door} was never locked: its bound ended it")

    def entered(self, entered: Entered) -> None:
        if entered.trouble is Trouble.LANE_ERROR:
            lane = self.gate.lane
            raise Broken(f"the lane made an error: {lane._error if lane else None!r}")

    def stepped(self, event: LaneEvent, before: LaneState, step: Step) -> None:
        left_emergency = before is LaneState.EMERGENCY and step.state is not before
        is_reset = isinstance(event, OfficerOrdered) and event.order is Order.RESET_EMERGENCY
        if left_emergency and not (is_reset and not self.world.plant.emergency_open):
            if self._lies(Input.EMERGENCY_CLEAR) and is_reset:
                self.world.totals.excused["emergency loop stuck"] += 1
                return
            raise Broken("an emergency ended without a local reset")

    def released(self, release: Release) -> None:
        """Invariants 1, 2, 3, 6 and 7 at the instant of the release."""
        self.drawn_s[release.door] = self.world.now_s
        if release.purpose is Purpose.FREE_EGRESS:
            return
        if not 0 < release.for_s <= 60:
            raise Broken("a release is not bounded")
        if self.gate.state is LaneState.EMERGENCY or self._is_following_emergency():
            raise Broken(f"{release.purpose} in an emergency")
        self._judge_other_door(release.door, f"{release.purpose} at {release.door}")
        if release.purpose is Purpose.LET_IN:
            self._let_in()
        elif release.purpose is Purpose.LET_OUT:
            self._let_out()

    def _is_following_emergency(self) -> bool:
        known = not self._lies(Input.EMERGENCY_CLEAR) and self.unfree_s > FOLLOWS_WITHIN_S
        return self.world.plant.emergency_open and known

    def _judge_other_door(self, door: Door, what: str) -> None:
        leaves = self.world.plant.leaves
        for other, leaf in leaves.items():
            if other is door or (leaf.is_closed and leaf.bolted):
                continue
            lying = [line for line in DOOR_CONTACTS[other] if self._has_just_lied(line)]
            if len(lying) == 2 or (lying and leaf.is_closed):
                self.world.totals.excused["both contacts lie, or a closed leaf's bolt"] += 1
                continue
            raise Broken(f"{what} while the {other} is not secured")

    def _let_in(self) -> None:
        passage = self._passage("the entry opened")
        if (passage, Stage.TOKEN) not in self.earned:
            raise Broken("the entry opened without a durable admission of its token")
        if not self.gate.attached:
            raise Broken("the entry opened without an officer")
        is_empty = not self.world.people_inside() and not self.world.luggage_inside()
        if not is_empty and not self._excuse_if_lied(COUNTERS, "chamber not empty"):
            raise Broken("the entry opened while the chamber was not empty")

    def _let_out(self) -> None:
        passage = self._passage("the exit opened")
        override = self.earned.pop((passage, Stage.TRAVELLER), None)
        if override is None:
            raise Broken("the exit opened without a durable, unused admission of its traveller")
        inside = self.world.people_inside()
        if not self._excuse_if_lied((*COUNTERS, *DOOR_BEAM.values()), "who is inside"):
            if sum(each.person.body.heads for each in inside) != 1:
                raise Broken(f"the exit opened with {len(inside)} bodies inside")
            if not override:
                self._judge_holder(passage, inside[0])
        self.admission = Admission(passage, self.world.now_s)
        token = self.presenters[passage].token
        if self.cleared_by.setdefault(token, passage) != passage:
            raise Broken("a token cleared twice")

    def _judge_holder(self, passage: int, inside: Traveller) -> None:
        if inside is not self.presenters[passage]:
            raise Broken("the exit opened for somebody else than the holder")
        if not inside.is_holder:
            raise Broken(f"the exit opened for {inside.truth} {inside.person.habit}")
        if inside.finger is not None and self.fingers.get(passage, [])[-1:] != [OWN]:
            raise Broken(f"the exit opened without the finger of the holder: {inside.finger}")

    def _passage(self, what: str) -> int:
        passage = self.gate.passage
        if passage is None or passage.number not in self.presenters:
            raise Broken(f"{what} without a passage")
        return passage.number

    # What the plant shows.

    def look(self) -> None:
        """Judge the world as it stands, after every step."""
        world, plant = self.world, self.world.plant
        dt_s, self._looked_s = plant.at_s - self._looked_s, plant.at_s
        for line in (*plant.faults.stuck, *plant.faults.chattering):
            self.lied_s[line] = plant.at_s
        if self.gate.lost["board"]:
            self.blind_s = plant.at_s
        self._judge_doors()
        self._judge_emergency(dt_s)
        for person in world.walkway.people:
            self._follow(person)
        self._judge_tails()
        is_served = self.gate.attached and not world.broken and self.gate.lane is not None
        self._judge_waiting(dt_s if is_served else 0.0)

    def _judge_doors(self) -> None:
        """Invariant 1: no two doors unsecured but by a fault that does it, or an emergency."""
        for door, leaf in self.world.plant.leaves.items():
            if leaf.is_closed and leaf.bolted:
                self.unsecured_by.pop(door, None)
            elif door not in self.unsecured_by:
                self.unsecured_by[door] = self._cause(door)
                self._judge_two_doors()
        if self.gate.state is not LaneState.EMERGENCY:
            for door in self.gate.released:
                self._judge_other_door(door, f"the {door} stays released")

    def _judge_two_doors(self) -> None:
        causes = sorted(self.unsecured_by.values())
        if len(causes) < 2:
            return
        if set(causes) == {"lane"}:
            raise Broken(f"two doors are unsecured: {self.unsecured_by}")
        self.world.totals.excused[f"two doors: {', '.join(causes)}"] += 1

    def _cause(self, door: Door) -> str:
        """Say what drew the bolt: the lane, or something that needs no lane."""
        faults, plant = self.world.plant.faults, self.world.plant
        causes = {
            "emergency": plant.emergency_open or self.gate.state is LaneState.EMERGENCY,
            "forced": door in faults.forced,
            "bolt": door in faults.bolt_stuck,
            "weld": door in faults.welded,
            "power": faults.power_lost or faults.board_dead,
            "rest": FAIL[self.world.shape][door] == "free"
            and (not plant.is_fed or self.gate.lane is None),
            "lane": door in self.gate.released
            or plant.at_s - self.drawn_s.get(door, -1.0) < FOLLOWS_WITHIN_S,
        }
        for cause, holds in causes.items():
            if holds:
                return cause
        raise Broken(f"the {door} came open and nobody knows why")

    def _judge_emergency(self, dt_s: float) -> None:
        """Invariant 4: the lane follows an open loop that it can see."""
        plant = self.world.plant
        can_see = self.gate.lane is not None and not self.gate.lost["board"]
        self.unfree_s = self.unfree_s + dt_s if plant.emergency_open and can_see else 0.0
        if self.gate.state is LaneState.EMERGENCY or self._lies(Input.EMERGENCY_CLEAR):
            self.unfree_s = 0.0
        if self.unfree_s > FOLLOWS_WITHIN_S:
            raise Broken("the emergency loop is open and the lane does not follow")

    # The people.

    def _follow(self, person: Person) -> None:
        if person.body.x_m <= self.world.plant.length_m or person.name in self.beyond:
            return
        self.beyond.add(person.name)
        self.inside_s.pop(person.name, None)
        self.world.tell("judge", f"{person.name} is through ({person.body.heads})")
        self._went_through(person.body.heads)

    def gone(self, name: str) -> None:
        self.beyond.discard(name)
        self.inside_s.pop(name, None)

    def _went_through(self, heads: int) -> None:
        cause = self._exit_held_by() or self.unsecured_by.get(Door.EXIT)
        if cause is None:
            raise Broken("somebody went through an exit that was secured")
        if cause != "lane":
            self.world.totals.excused[f"through: {cause}"] += heads
            return
        admission = self.admission
        if admission is None:
            if self.gate.lane is None or self.gate.state is LaneState.BOOT:
                self.world.totals.excused["through: lane crashed"] += heads
                return
            raise Broken("somebody went through an exit that was released for nobody")
        admission.through += heads
        if admission.through > 1:
            self._more_than_one(admission)

    def _exit_held_by(self) -> str | None:
        """Say what holds the exit open whatever the lane wants, if anything does."""
        faults = self.world.plant.faults
        if self.gate.state is LaneState.EMERGENCY or self.world.plant.emergency_open:
            return "emergency"
        for cause in ("jammed", "forced", "welded"):
            if Door.EXIT in getattr(faults, cause):
                return cause
        return None

    def _more_than_one(self, admission: Admission) -> None:
        if self._excuse_if_lied((*COUNTERS, Input.EXIT_BEAM_CLEAR), "more than one through"):
            return
        if self.blind_s >= admission.at_s and not self.world.is_mantrap:
            self.world.totals.excused["tailgaters while the board was lost"] += 1
            return
        if self.world.is_mantrap:
            raise Broken(f"{admission.through} persons went through on one decision")
        self.world.totals.excused["tailgaters through the barrier"] += 1
        self.tails.append(Tail(admission.at_s, self.world.now_s + ALARMED_WITHIN_S))

    def _judge_tails(self) -> None:
        for tail in tuple(self.tails):
            told = [what for at, what in self.alarms if at >= tail.since_s and what in TAILGATED]
            if told:
                self.world.totals.excused[f"tailgater told as {told[0]}"] += 1
                self.tails.remove(tail)
            elif self.world.now_s > tail.until_s:
                raise Broken("somebody followed through the barrier and nobody was alarmed")

    def _judge_waiting(self, dt_s: float) -> None:
        """Nobody is trapped, and the lane does not stay away for ever."""
        totals = self.world.totals
        if self.world.is_mantrap:
            for each in self.world.people_inside():
                waited_s = self.inside_s[each.name] = self.inside_s.get(each.name, 0.0) + dt_s
                totals.longest_inside_s = max(totals.longest_inside_s, waited_s)
                if waited_s > TRAPPED_S:
                    raise Broken(f"{each.name} is trapped inside ({self.gate.state})")
        self.ready_s = 0.0 if self.gate.state is LaneState.READY else self.ready_s + dt_s
        totals.longest_unready_s = max(totals.longest_unready_s, self.ready_s)
        if self.ready_s > STUCK_S:
            raise Broken(f"the lane is stuck in {self.gate.state} ({self.gate.trouble})")

    # Excuses.

    def _lies(self, line: Input) -> bool:
        faults = self.world.plant.faults
        return line in faults.stuck or line in faults.chattering or faults.power_lost

    def _has_just_lied(self, line: Input) -> bool:
        """Say whether this line lies, or was mended so lately that the lane cannot know yet."""
        mended_s = self.world.now_s - self.lied_s.get(line, -1.0)
        return self._lies(line) or mended_s < FOLLOWS_WITHIN_S

    def _excuse_if_lied(self, lines: tuple[Input, ...], what: str) -> bool:
        """Say whether one of these lines has lied since this passage began."""
        if any(self.lied_s.get(line, -1.0) >= self.began_s for line in lines):
            self.world.totals.excused[f"a people sensor lied: {what}"] += 1
            return True
        return False
