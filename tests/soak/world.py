"""The virtual world of a soak: one clock, one agenda, one source of chance, one plant, its people.

Nothing here waits and nothing here judges. Everything that is drawn comes from one seeded
source, in one order, so that a seed alone repeats a run to the last event.

Source: DESIGN sections 2 (the one exception) and 5.5.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush
from random import Random

from egate.domain.lane_part import Door, Shape
from simulators.people import Habit, Person, Walkway, traveller
from simulators.plant import Fail, Plant

KEPT_LINES = 60
FAIL: dict[Shape, dict[Door, Fail]] = {  # as the shipped profiles have it
    Shape.MANTRAP: {Door.ENTRY: "free", Door.EXIT: "secured"},
    Shape.TURNSTILE: {Door.EXIT: "secured"},
}


@dataclass(slots=True)
class Ticket:
    """Something on the agenda; `off` strikes it out."""

    what: Callable[[], None]
    off: bool = False


class Agenda:
    """What will happen at which virtual second; what was noted first comes first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Ticket]] = []
        self._count = 0

    @property
    def next_s(self) -> float:
        while self._heap and self._heap[0][2].off:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else float("inf")

    def note(self, at_s: float, what: Callable[[], None]) -> Ticket:
        ticket = Ticket(what)
        self._count += 1
        heappush(self._heap, (at_s, self._count, ticket))
        return ticket

    def run(self, now_s: float) -> None:
        while self.next_s <= now_s:
            heappop(self._heap)[2].what()


class Truth(StrEnum):
    """Who somebody really is: what a perfect inspection would find (REPLAY: a spent token)."""

    HOLDER = "holder"
    BAD_TOKEN = "bad_token"
    REPLAY = "replay"
    IMPOSTOR = "impostor"
    WATCHED = "watched"


class Finger(StrEnum):
    """What somebody who is enrolled with a finger does at the sensor, or what its wire does."""

    OWN = "own"
    WRONG_FIRST = "wrong_first"  # the own one at the second try
    WRONG = "wrong"  # another person's: so this is not the holder
    DRY = "dry"
    ABSENT = "absent"
    MUTE = "mute"
    REPLAYED = "replayed"  # a recorded "match" comes before the answer
    FORGED = "forged"  # every comparison says "match", the decoy's too


HABITS = {
    Habit.NORMAL: 82,
    Habit.TAILGATER: 4,
    Habit.TOGETHER: 3,
    Habit.WALKS_AWAY: 2,
    Habit.STANDS_STILL: 2,
    Habit.TURNS_BACK: 3,
    Habit.LEAVES_LUGGAGE: 2,
    Habit.HOLDS_PHOTO: 2,
}
TRUTHS = {
    Truth.HOLDER: 88,
    Truth.BAD_TOKEN: 4,
    Truth.REPLAY: 3,
    Truth.IMPOSTOR: 4,
    Truth.WATCHED: 1,
}
WITH_A_FINGER = 0.3  # of the residents
FINGERS = {
    Finger.OWN: 76,
    Finger.WRONG_FIRST: 8,
    Finger.WRONG: 5,
    Finger.DRY: 3,
    Finger.ABSENT: 2,
    Finger.MUTE: 2,
    Finger.REPLAYED: 2,
    Finger.FORGED: 2,
}


@dataclass(frozen=True, slots=True)
class Traveller:
    """One person with what the judge knows of them."""

    person: Person
    truth: Truth
    finger: Finger | None = None  # None: enrolled without one

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def token(self) -> str:
        return self.person.token

    @property
    def has_the_face(self) -> bool:
        return (
            self.truth in (Truth.HOLDER, Truth.REPLAY)
            and self.person.habit is not Habit.HOLDS_PHOTO
        )

    @property
    def is_holder(self) -> bool:
        return self.has_the_face and self.finger is not Finger.WRONG


@dataclass(slots=True)
class Totals:
    """What a run came to."""

    passages: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    habits: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    fingers: Counter[str] = field(default_factory=Counter)
    events: int = 0
    steps: int = 0
    virtual_s: float = 0.0
    longest_inside_s: float = 0.0
    longest_unready_s: float = 0.0


class World:
    """What every part of the soak shares."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.rng = Random(f"{shape}-{seed}")
        self.plant = Plant(shape, FAIL[shape])
        self.walkway = Walkway(self.plant)
        self.agenda = Agenda()
        self.totals = Totals()
        self.travellers: dict[str, Traveller] = {}
        self.lines: deque[tuple[float, str, object]] = deque(maxlen=KEPT_LINES)
        self.broken: Counter[str] = Counter()
        self.spent_tokens: deque[str] = deque(maxlen=20)
        self.stirred = True
        self._last_said: object = None
        self._arrivals = 0

    @property
    def now_s(self) -> float:
        return self.plant.at_s

    @property
    def is_mantrap(self) -> bool:
        return self.shape is Shape.MANTRAP

    def tell(self, who: str, what: object) -> None:
        """Keep a line for the case that something breaks; what is said again is kept once."""
        if what != self._last_said:
            self._last_said = what
            self.lines.append((self.plant.at_s, who, what))

    def breaks(self, name: str) -> None:
        self.broken[name] += 1
        self.stirred = True

    def is_mended(self, name: str) -> bool:
        """Mend one break of this name; say whether it was the last one."""
        self.stirred = True
        self.broken[name] -= 1
        if self.broken[name]:
            return False
        del self.broken[name]
        return True

    def later(self, low_s: float, high_s: float, what: Callable[[], None]) -> Ticket:
        """Let something happen after a drawn delay."""
        return self.agenda.note(self.plant.at_s + self.rng.uniform(low_s, high_s), what)

    def chance(self, of: float) -> bool:
        return self.rng.random() < of

    def people_inside(self) -> list[Traveller]:
        """Everybody whose middle is inside, farthest in first."""
        inside = [p for p in self.walkway.people if 0.0 < p.body.x_m < self.plant.length_m]
        inside.sort(key=lambda p: -p.body.x_m)
        return [self.travellers[p.name] for p in inside]

    def luggage_inside(self) -> bool:
        return any(not body.heads for body in self.plant.bodies)

    def somebody_comes(self) -> Traveller:
        """Draw the next traveller and let them come up behind the others."""
        self._arrivals += 1
        name = f"traveller-{self._arrivals}"
        habit = self.rng.choices(list(HABITS), list(HABITS.values()))[0]
        truth = self.rng.choices(list(TRUTHS), list(TRUTHS.values()))[0]
        token = f"token-{self._arrivals}"
        if truth is Truth.REPLAY and self.spent_tokens:
            token = self.rng.choice(self.spent_tokens)
        if habit is Habit.TAILGATER:
            token = ""
        finger = None
        if self.chance(WITH_A_FINGER):
            finger = self.rng.choices(list(FINGERS), list(FINGERS.values()))[0]
        person = traveller(name, self.rng, token=token, faces=(name,), habit=habit)
        comer = Traveller(person, truth, finger)
        self.travellers[name] = comer
        self.totals.habits[habit] += 1
        self.walkway.add(person)
        self.tell("comes", (name, str(habit), str(truth), f"finger {finger}"))
        return comer

    def forget(self, name: str) -> None:
        del self.travellers[name]
