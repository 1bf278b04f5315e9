"""The people in front of and inside a lane: what they see, what they do, where they walk.

How a bench uses it (three calls, and two for the officer):

    walkway = Walkway(plant)                     plant is a simulators.plant.Plant
    walkway.add(traveller("Lan", rng, token=text, faces=("lan_1",), habit=Habit.NORMAL))
    changes = walkway.step(0.005)                steps people *and* plant; inputs that changed
    for event in walkway.events(): ...           since the last call:
        Presents(who, text)                        hold this code before the scanner
        LaysDown(who, document)                    this document now lies on the reader
        TakesUp(who, document)                     and now it does not any more
        Faces(pictures, distance_m)                what the camera sees from now on, nearest first;
                                                   () is nobody; "photo:NAME" is held in a hand,
                                                   and so are the others of SHOWN_AS
        LaysFinger(who, finger, touch)             on the sensor; LiftsFinger(who) ends it
        Left(who, way)                             gone, Way.THROUGH the exit or Way.BACK
    walkway.tell_to_leave()                      an officer says: please go, by any door that opens
    walkway.clear_luggage()                      an officer carries away what was left

A person reacts only to what a person perceives: is the leaf open, is the STOP lamp on, am I in,
is somebody ahead of me, was I told to go. STOP means "not you, step back": outside, or before a
barrier, people heed it after `heeds_stop_s`; inside a chamber only when they see that they are
not alone and the entry is open. Whoever stands inside and sees the entry open again walks back.
Nobody walks into a chamber whose exit stands open too.

Who comes with a document lays it down instead of holding up a code, and takes it up before the
first step, wherever that leads; at a turnstile the reader stands in the lane. A document that
nobody answered is taken up and laid down again. What document it is, is only a name here.

Source: research/domain.md 2.3 (the exceptions), 2.6 (walking dominates the time).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from egate.domain.lane_part import Door, Output
from simulators.hand import Hand, LaysFinger, LiftsFinger
from simulators.plant import BEAM_HALF_M, Body, Change, Plant

READER_M = -1.0
QUEUE_M = -0.6
GONE_BACK_M = -1.8
GONE_PAST_M = 1.0
QUEUE_GAP_M = 0.7
CLOSE_GAP_M = 0.05
ARRIVED_M = 0.02
HESITATES_S = 0.8
HURRIES = 1.5  # how much faster than the one ahead a tailgater walks


class Habit(StrEnum):
    """How somebody behaves at a gate."""

    NORMAL = "normal"
    TAILGATER = "tailgater"
    TOGETHER = "together"
    WALKS_AWAY = "walks_away"
    STANDS_STILL = "stands_still"
    TURNS_BACK = "turns_back"
    LEAVES_LUGGAGE = "leaves_luggage"
    HOLDS_PHOTO = "holds_photo"
    HOLDS_PHONE = "holds_phone"
    PLAYS_VIDEO = "plays_video"
    WEARS_MASK = "wears_mask"
    SWAPS_FACES = "swaps_faces"
    WEARS_GLASSES = "wears_glasses"
    WEARS_COVERING = "wears_covering"


SHOWN_AS = {  # what the camera sees of their face, by the prefix of simulators.reel
    Habit.HOLDS_PHOTO: "photo:",
    Habit.HOLDS_PHONE: "phone:",
    Habit.PLAYS_VIDEO: "video:",
    Habit.WEARS_MASK: "mask:",
    Habit.SWAPS_FACES: "swap:",
    Habit.WEARS_GLASSES: "shades:",
    Habit.WEARS_COVERING: "cloth:",
}


class Doing(StrEnum):
    """What somebody is about."""

    APPROACHING = "approaching"
    PRESENTED = "presented"
    WALKING_IN = "walking_in"
    HESITATING = "hesitating"
    STANDING = "standing"
    WALKING_OUT = "walking_out"
    WALKING_BACK = "walking_back"
    GONE = "gone"


WALKS = frozenset({Doing.WALKING_IN, Doing.WALKING_OUT, Doing.WALKING_BACK})


class Way(StrEnum):
    """How somebody left."""

    THROUGH = "through"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Presents:
    """Somebody holds a code before the reader."""

    who: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LaysDown:
    """Somebody lays a document on the reader, and leaves it there."""

    who: str
    document: str


@dataclass(frozen=True, slots=True)
class TakesUp:
    """Somebody takes their document off the reader again."""

    who: str
    document: str


@dataclass(frozen=True, slots=True)
class Faces:
    """What the camera sees from now on: pictures by name, nearest first; none is nobody."""

    pictures: tuple[str, ...]
    distance_m: float


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody is out of sight."""

    who: str
    way: Way


Event = Presents | LaysDown | TakesUp | LaysFinger | LiftsFinger | Faces | Left


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be seen of the lane at one instant; a turnstile has no entry and shows None."""

    length_m: float
    mark_m: float
    entry_open: bool | None
    entry_closed: bool | None
    exit_open: bool
    stop: bool
    is_free: bool
    is_crowded: bool


@dataclass(slots=True)
class Person:
    """One person (or, for TOGETHER, a pair side by side) with habits, pace and a place."""

    name: str
    body: Body
    habit: Habit = Habit.NORMAL
    token: str = field(default="", repr=False)
    document: str = ""
    faces: tuple[str, ...] = ()
    hand: Hand | None = None
    speed_m_s: float = 1.3
    reaction_s: float = 0.4
    heeds_stop_s: float = 1.5
    again_s: float = 8.0
    lifts_s: float = 1.0
    doing: Doing = Doing.APPROACHING
    goal_m: float = GONE_BACK_M
    told: bool = False
    shut_in: bool = False
    seen_s: float = 0.0
    stop_s: float = 0.0
    since_s: float = 0.0
    stuck_s: float = 0.0
    has_laid_down: bool = False
    ahead: "Person | None" = field(default=None, repr=False)

    def think(self, sight: Sight, dt_s: float) -> Event | None:
        """Look, decide where to go; return what the others notice of it, if anything."""
        self.since_s += dt_s
        self.stop_s = self.stop_s + dt_s if sight.stop else 0.0
        self.told = self.told or self._sees_one_too_many(sight)
        event = _THINKING[self.doing](self, sight, dt_s)
        if event is None and self.has_laid_down and self.doing in WALKS:
            return self.shows()
        if event is None and self.hand is not None:
            stands = self.doing is Doing.STANDING and self.shut_in
            return self.hand.moves(self.name, self.since_s if stands else None)
        return event

    def _sees_one_too_many(self, sight: Sight) -> bool:
        """STOP in a chamber for two is not forgotten when the other was the quicker to leave."""
        is_inside = sight.entry_open is not None and self.body.x_m > BEAM_HALF_M
        return is_inside and sight.stop and sight.is_crowded

    def shows(self) -> Event:
        """Hold up the code, or lay the document down; one that lies there is taken up first."""
        self.since_s = 0.0
        if not self.document:
            return Presents(self.name, self.token)
        self.has_laid_down = not self.has_laid_down
        if self.has_laid_down:
            return LaysDown(self.name, self.document)
        self.since_s = self.again_s - self.lifts_s
        return TakesUp(self.name, self.document)

    def turn_to(self, doing: Doing, goal_m: float) -> None:
        """Start something else."""
        self.doing, self.goal_m = doing, goal_m
        self.seen_s = self.since_s = self.stuck_s = 0.0

    def reacts(self, seen: object, dt_s: float) -> bool:
        """Say whether this has been in view for a reaction time without a break."""
        self.seen_s = self.seen_s + dt_s if seen else 0.0
        return self.seen_s >= self.reaction_s

    def is_at(self, x_m: float) -> bool:
        """Say whether this person stands there."""
        return abs(self.body.x_m - x_m) < ARRIVED_M


def traveller(  # noqa: PLR0913  # who it is, what they carry, how they are
    name: str,
    rng: Random,
    *,
    token: str = "",
    document: str = "",
    faces: tuple[str, ...] = (),
    hand: Hand | None = None,
    habit: Habit = Habit.NORMAL,
) -> Person:
    """Draw one person: pace 1.1..1.5 m/s, reaction 0.2..0.6 s, 0.25..0.4 m from chest to back."""
    return Person(
        name=name,
        body=Body(GONE_BACK_M, rng.uniform(0.25, 0.4), heads=2 if habit is Habit.TOGETHER else 1),
        habit=habit,
        token=token,
        document=document,
        hand=hand,
        faces=tuple(SHOWN_AS.get(habit, "") + face for face in faces),
        speed_m_s=rng.uniform(1.1, 1.5),
        reaction_s=rng.uniform(0.2, 0.6),
    )


def _approach(me: Person, sight: Sight, dt_s: float) -> Event | None:
    if me.habit is Habit.TAILGATER:
        return _lurk(me, sight, dt_s)
    in_lane = sight.entry_open is None
    if me.ahead is None and in_lane and sight.is_free:
        me.goal_m = sight.mark_m
    reader_m = sight.mark_m if in_lane else READER_M
    if not me.is_at(reader_m) or me.ahead is not None:
        return None
    if me.reacts(sight.is_free and not sight.stop, dt_s):
        return _present(me, sight)
    return None


def _present(me: Person, sight: Sight) -> Event:
    me.turn_to(Doing.PRESENTED, me.body.x_m)
    if sight.entry_open is None and me.habit not in (Habit.WALKS_AWAY, Habit.TURNS_BACK):
        me.turn_to(Doing.STANDING, sight.mark_m)
    return me.shows()


def _lurk(me: Person, sight: Sight, dt_s: float) -> Event | None:
    """Follow whoever is ahead: into a chamber, or through a barrier."""
    in_lane = sight.entry_open is None
    follows = Doing.WALKING_OUT if in_lane else Doing.WALKING_IN
    if me.ahead is None:
        me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)
    elif me.reacts(me.ahead.doing is follows, 4 * dt_s):  # was waiting for just that
        goal_m = sight.length_m + GONE_PAST_M if in_lane else sight.mark_m
        me.speed_m_s = max(me.speed_m_s, HURRIES * me.ahead.speed_m_s)
        me.turn_to(follows, goal_m)
    else:
        gap_m = (me.ahead.body.depth_m + me.body.depth_m) / 2 + CLOSE_GAP_M
        me.goal_m = min(me.ahead.body.x_m - gap_m, -me.body.depth_m)
    return None


def _wait_outside(me: Person, sight: Sight, dt_s: float) -> Event | None:
    gives_up = me.habit is Habit.WALKS_AWAY or sight.entry_open is None
    if me.stop_s >= me.heeds_stop_s or (gives_up and me.since_s >= me.reaction_s):
        me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)
    elif me.reacts(sight.entry_open and not sight.exit_open, dt_s):
        me.turn_to(Doing.WALKING_IN, sight.mark_m)
    elif me.since_s >= me.again_s:
        return _present(me, sight)
    return None


def _walk_in(me: Person, sight: Sight, dt_s: float) -> None:
    inside = me.body.x_m > BEAM_HALF_M
    in_doorway = me.body.x_m >= me.body.depth_m / 2
    shut_out = sight.entry_closed and me.body.x_m < 0.0 and me.stuck_s > me.heeds_stop_s
    told_one_at_a_time = sight.stop and sight.is_crowded and not sight.entry_closed
    if shut_out or me.reacts(told_one_at_a_time, dt_s):
        me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)
    elif me.habit is Habit.TURNS_BACK and in_doorway and not me.shut_in:
        me.turn_to(Doing.HESITATING, me.body.x_m)
    elif me.is_at(me.goal_m) or (inside and me.stuck_s > me.reaction_s):
        me.turn_to(Doing.STANDING, me.body.x_m)


def _hesitate(me: Person, sight: Sight, dt_s: float) -> None:  # noqa: ARG001  # one shape for the table
    """Stop in the doorway, where the entry cannot close, and think better of it."""
    if me.since_s >= HESITATES_S:
        me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)


def _stand(me: Person, sight: Sight, dt_s: float) -> Event | None:
    me.shut_in = me.shut_in or bool(sight.entry_closed)
    waits = me.habit is Habit.STANDS_STILL and not me.told
    too_late = me.habit is Habit.TAILGATER and me.since_s >= me.heeds_stop_s
    if me.reacts(sight.exit_open or _may_go_back(me, sight), dt_s) and not waits:
        if sight.exit_open:
            me.turn_to(Doing.WALKING_OUT, sight.length_m + GONE_PAST_M)
        else:
            me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)
    elif sight.entry_open is None and too_late and not sight.exit_open:
        me.turn_to(Doing.WALKING_BACK, GONE_BACK_M)
    elif _may_show_again(me, sight):
        return me.shows()
    return None


def _may_show_again(me: Person, sight: Sight) -> bool:
    if sight.entry_open is not None or sight.stop:
        return False
    return bool(me.token or me.document) and me.since_s >= me.again_s


def _may_go_back(me: Person, sight: Sight) -> bool:
    if sight.entry_open is None:
        return me.told or me.stop_s >= me.heeds_stop_s
    return sight.entry_open and (me.shut_in or me.told)


def _walk_out(me: Person, sight: Sight, dt_s: float) -> Event | None:  # noqa: ARG001  # one shape for the table
    """A leaf that closes in one's face is waited for, standing."""
    if me.stuck_s > me.reaction_s and me.body.x_m < sight.length_m:
        me.turn_to(Doing.STANDING, me.body.x_m)
        return None
    return _gone(me, Way.THROUGH) if me.is_at(me.goal_m) else None


def _walk_back(me: Person, sight: Sight, dt_s: float) -> Event | None:  # noqa: ARG001  # one shape for the table
    if sight.entry_closed and me.body.x_m > 0.0:
        me.shut_in = True
        me.turn_to(Doing.WALKING_IN, sight.mark_m)
    return _gone(me, Way.BACK) if me.is_at(me.goal_m) else None


def _gone(me: Person, way: Way) -> Left:
    me.turn_to(Doing.GONE, me.body.x_m)
    return Left(me.name, way)


def _be_gone(me: Person, sight: Sight, dt_s: float) -> None:  # noqa: ARG001  # one shape for the table
    return None


_THINKING: dict[Doing, Callable[[Person, Sight, float], Event | None]] = {
    Doing.APPROACHING: _approach,
    Doing.PRESENTED: _wait_outside,
    Doing.WALKING_IN: _walk_in,
    Doing.HESITATING: _hesitate,
    Doing.STANDING: _stand,
    Doing.WALKING_OUT: _walk_out,
    Doing.WALKING_BACK: _walk_back,
    Doing.GONE: _be_gone,
}


class Walkway:
    """The people of one lane, in the order in which they came."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.people: list[Person] = []
        self.mark_m = plant.length_m / 2
        self._events: list[Event] = []
        self._faces: tuple[str, ...] = ()

    def add(self, person: Person) -> None:
        """Let somebody come up behind the others."""
        self.people.append(person)
        last_m = min((other.body.x_m for other in self.people), default=0.0)
        person.body.x_m = min(GONE_BACK_M, last_m - QUEUE_GAP_M)
        self.plant.bodies.append(person.body)

    def events(self) -> list[Event]:
        """Return what happened since the last call, in order."""
        happened, self._events = self._events, []
        return happened

    def step(self, dt_s: float) -> list[Change]:
        """Let people and plant live for `dt_s` seconds; return the inputs that changed."""
        if self.people:
            self._live(dt_s)
        return self.plant.step(dt_s)

    def tell_to_leave(self) -> None:
        """Speak to everybody inside: please go, by any door that opens."""
        for person in self.people:
            person.told = person.told or person.body.x_m > 0.0

    def clear_luggage(self) -> None:
        """Carry away what was left behind."""
        self.plant.bodies[:] = [body for body in self.plant.bodies if body.heads]

    def lift_out(self) -> None:
        """Take everybody and everything away, wherever they are; nobody has left by themselves."""
        for person in self.people:
            if person.has_laid_down:
                self._events.append(TakesUp(person.name, person.document))
            if person.hand is not None and person.hand.lies:
                self._events.append(LiftsFinger(person.name))
        self.people.clear()
        self.plant.bodies.clear()
        self._watch_faces()

    def _live(self, dt_s: float) -> None:
        self._queue_up()
        sight = self._look()
        leader: Person | None = None
        for person in tuple(self.people):
            person.ahead = leader
            event = person.think(sight, dt_s)
            if event is not None:
                self._events.append(event)
            self._walk(person, dt_s)
            self._leave_things(person)
            leads = person.doing is not Doing.WALKING_BACK and person.body.x_m < sight.length_m
            leader = person if leads else leader
        self._watch_faces()

    def _look(self) -> Sight:
        plant = self.plant
        exit_leaf, entry_leaf = plant.leaves[Door.EXIT], plant.leaves.get(Door.ENTRY)
        entry_shut = entry_leaf is None or entry_leaf.is_closed
        heads = plant.heads()
        coming = [p for p in self.people if p.doing is Doing.APPROACHING and p.body.x_m > 0.0]
        return Sight(
            length_m=plant.length_m,
            mark_m=self.mark_m,
            entry_open=None if entry_leaf is None else entry_leaf.is_passable,
            entry_closed=None if entry_leaf is None else entry_leaf.is_closed,
            exit_open=exit_leaf.is_passable,
            stop=plant.is_energised(Output.STOP),
            is_free=heads == sum(p.body.heads for p in coming)
            and entry_shut
            and exit_leaf.is_closed,
            is_crowded=heads > 1,
        )

    def _queue_up(self) -> None:
        """Those outside stand in line; the first one stands at the reader, or before the zone."""
        spot_m = QUEUE_M if Door.ENTRY not in self.plant.leaves else READER_M
        for person in self.people:
            if person.doing is Doing.APPROACHING and person.body.x_m <= QUEUE_M:
                if person.habit is not Habit.TAILGATER:
                    person.goal_m = spot_m
                spot_m -= QUEUE_GAP_M
            elif person.doing is Doing.PRESENTED:
                spot_m -= QUEUE_GAP_M

    def _walk(self, me: Person, dt_s: float) -> None:
        gap_m = me.goal_m - me.body.x_m
        if abs(gap_m) < 1e-9:
            return
        step_m = min(abs(gap_m), me.speed_m_s * dt_s)
        to_m = me.body.x_m + (step_m if gap_m > 0 else -step_m)
        to_m = self._as_far_as(me, to_m, dt_s)
        me.stuck_s = 0.0 if to_m != me.body.x_m else me.stuck_s + dt_s
        me.body.x_m = to_m

    def _as_far_as(self, me: Person, to_m: float, dt_s: float) -> float:
        """Stop before a leaf that is not open enough, and behind whoever is ahead."""
        half_m, from_m = me.body.depth_m / 2, me.body.x_m
        ahead = to_m > from_m
        for door, leaf in self.plant.leaves.items():
            near_m = leaf.x_m + (-1 if ahead else 1) * (BEAM_HALF_M + half_m)
            crosses = from_m <= near_m < to_m if ahead else to_m < near_m <= from_m
            if crosses and not leaf.is_passable:
                self.plant.push(door, dt_s)
                to_m = near_m
        if ahead and me.ahead is not None:
            behind_m = me.ahead.body.x_m - half_m - me.ahead.body.depth_m / 2 - CLOSE_GAP_M
            to_m = max(from_m, min(to_m, behind_m))
        return to_m

    def _leave_things(self, person: Person) -> None:
        if person.doing is Doing.GONE:
            self.people.remove(person)
            self.plant.bodies.remove(person.body)
        elif person.habit is Habit.LEAVES_LUGGAGE and person.doing is Doing.WALKING_OUT:
            person.habit = Habit.NORMAL
            self.plant.bodies.append(Body(person.body.x_m, 0.3, heads=0))

    def _watch_faces(self) -> None:
        seen = [
            p
            for p in self.people
            if p.doing is Doing.STANDING and 0 < p.body.x_m < self.plant.length_m
        ]
        pictures = tuple(face for person in seen for face in person.faces)
        if pictures != self._faces:
            self._faces = pictures
            distance_m = self.plant.length_m - seen[0].body.x_m if seen else 0.0
            self._events.append(Faces(pictures, distance_m))
