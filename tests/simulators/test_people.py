"""The people: what each habit does at a lane whose doors a patient hand moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from statistics import median

import pytest

from egate.domain.lane_part import Door, Input, Output, Shape
from simulators.people import (
    SHOWN_AS,
    Doing,
    Event,
    Faces,
    Habit,
    LaysDown,
    Left,
    Person,
    Presents,
    TakesUp,
    Walkway,
    Way,
    traveller,
)
from simulators.plant import Body, Plant
from simulators.reel import PREFIXES
from simulators.worn import WORN

STEP_S = 0.01


@dataclass
class Gate:
    """A lane worked by hand: the test says until when, and moves the doors itself."""

    shape: Shape
    walkway: Walkway = field(init=False)
    seen: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.walkway = Walkway(Plant(self.shape))

    @property
    def plant(self) -> Plant:
        return self.walkway.plant

    def let(self, door: Door, on: bool) -> None:
        release = Output.ENTRY_RELEASE if door is Door.ENTRY else Output.EXIT_RELEASE
        self.plant.drive(release, energised=on)

    def until(self, happened: Callable[[], bool], within_s: float = 10.0) -> float:
        """Live until it happened; return how long that took."""
        began_s, count = self.plant.at_s, 0
        while not happened():
            assert self.plant.at_s - began_s < within_s, self.walkway.people
            if count % 20 == 0:
                self.plant.drive(Output.ALIVE, energised=not self.plant.is_energised(Output.ALIVE))
            count += 1
            self.walkway.step(STEP_S)
            self.seen += self.walkway.events()
        return self.plant.at_s - began_s

    def waits(self, for_s: float) -> None:
        until_s = self.plant.at_s + for_s
        self.until(lambda: self.plant.at_s >= until_s, for_s + 1)

    def has(self, line: Input) -> bool:
        return self.plant.levels()[line]

    def told(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.seen)

    def document(self) -> list[type[Event]]:
        return [type(event) for event in self.seen if isinstance(event, LaysDown | TakesUp)]

    def faces(self) -> list[tuple[str, ...]]:
        return [event.pictures for event in self.seen if isinstance(event, Faces)]

    def ways(self) -> list[tuple[str, Way]]:
        return [(event.who, event.way) for event in self.seen if isinstance(event, Left)]

    def lets_in(self) -> float:
        """From token presented to standing in a closed chamber."""
        self.until(lambda: self.told(Presents))
        self.let(Door.ENTRY, True)
        opening_s = self.until(lambda: self.plant.leaves[Door.ENTRY].is_passable)
        self.until(lambda: not self.has(Input.ENTRY_BEAM_CLEAR))
        self.until(lambda: self.has(Input.ENTRY_BEAM_CLEAR) and not self.has(Input.CHAMBER_EMPTY))
        self.let(Door.ENTRY, False)
        self.until(lambda: self.has(Input.ENTRY_LOCKED) and self.told(Faces))
        return opening_s

    def lets_out(self) -> None:
        self.let(Door.EXIT, True)
        self.until(lambda: not self.has(Input.EXIT_BEAM_CLEAR))
        self.until(lambda: self.has(Input.EXIT_BEAM_CLEAR))
        self.let(Door.EXIT, False)
        self.until(lambda: self.has(Input.EXIT_LOCKED))


def somebody(habit: Habit = Habit.NORMAL, name: str = "one") -> Person:
    return traveller(name, Random(7), token="token", faces=(f"{name}_face",), habit=habit)


def test_somebody_presents_walks_in_looks_up_and_walks_out() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.lets_in()
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.lets_out()
    assert gate.has(Input.CHAMBER_EMPTY)
    gate.until(lambda: gate.told(Left))
    assert gate.faces() == [("one_face",), ()]
    assert gate.ways() == [("one", Way.THROUGH)]
    assert gate.plant.bodies == []


def test_at_a_turnstile_somebody_stands_before_the_barrier_and_passes_it() -> None:
    gate = Gate(Shape.TURNSTILE)
    gate.walkway.add(somebody())
    gate.until(lambda: gate.told(Presents) and gate.told(Faces))
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.lets_out()
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.THROUGH)]


def test_walking_takes_what_the_time_budget_says() -> None:
    ins, outs, rng = [], [], Random(1)
    gate = Gate(Shape.MANTRAP)
    for number in range(21):
        gate.seen.clear()
        gate.walkway.add(traveller(str(number), rng, token="t", faces=("f",)))
        gate.until(lambda: gate.told(Presents))
        ins.append(-gate.plant.at_s - gate.lets_in())
        ins[-1] += gate.plant.at_s
        opened_s = gate.plant.at_s
        gate.lets_out()
        outs.append(gate.plant.at_s - opened_s - 0.47)
    assert median(ins) == pytest.approx(2.2, abs=0.3)  # research/domain.md 2.6
    assert median(outs) == pytest.approx(2.1, abs=0.3)


def test_the_next_one_waits_until_the_lane_is_free() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(name="two"))
    gate.lets_in()
    gate.waits(3.0)
    assert [event.who for event in gate.seen if isinstance(event, Presents)] == ["one"]
    gate.lets_out()
    gate.until(lambda: [e.who for e in gate.seen if isinstance(e, Presents)] == ["one", "two"])


def test_a_token_that_nobody_answered_is_presented_again() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.until(lambda: sum(isinstance(e, Presents) for e in gate.seen) == 2, within_s=15)


def with_document(habit: Habit = Habit.NORMAL) -> Person:
    return traveller("one", Random(7), document="a", faces=("one_face",), habit=habit)


def test_a_document_lies_on_the_reader_until_the_entry_opens() -> None:
    gate = Gate(Shape.MANTRAP)
    person = with_document()
    gate.walkway.add(person)
    gate.until(lambda: gate.told(LaysDown))
    gate.waits(3.0)
    assert gate.document() == [LaysDown]
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.told(TakesUp))
    assert gate.plant.leaves[Door.ENTRY].is_passable
    assert person.body.x_m < 0.0
    gate.until(lambda: not gate.has(Input.CHAMBER_EMPTY))
    assert gate.document() == [LaysDown, TakesUp]
    assert not gate.told(Presents)


def test_at_a_turnstile_a_document_lies_on_the_reader_until_the_barrier_opens() -> None:
    gate = Gate(Shape.TURNSTILE)
    person = with_document()
    gate.walkway.add(person)
    gate.until(lambda: gate.told(LaysDown) and gate.told(Faces))
    gate.waits(3.0)
    assert (gate.document(), person.body.x_m > 0.0) == ([LaysDown], True)
    gate.lets_out()
    gate.until(lambda: gate.told(Left))
    assert (gate.document(), gate.ways()) == ([LaysDown, TakesUp], [("one", Way.THROUGH)])


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("habit", [Habit.NORMAL, Habit.WALKS_AWAY])
def test_who_is_stopped_or_walks_away_takes_the_document_along(shape: Shape, habit: Habit) -> None:
    gate = Gate(shape)
    gate.walkway.add(with_document(habit))
    gate.until(lambda: gate.told(LaysDown))
    gate.plant.drive(Output.STOP, energised=True)
    gate.until(lambda: gate.told(Left))
    assert gate.document() == [LaysDown, TakesUp]
    assert [type(event) for event in gate.seen][-1] is Left
    assert gate.ways() == [("one", Way.BACK)]


@pytest.mark.parametrize("shape", Shape)
def test_a_document_that_nobody_answered_is_taken_up_and_laid_down_again(shape: Shape) -> None:
    gate = Gate(shape)
    person = with_document()
    gate.walkway.add(person)
    gate.until(lambda: gate.told(TakesUp), within_s=15)
    lifted_s = gate.until(lambda: gate.document() == [LaysDown, TakesUp, LaysDown])
    assert lifted_s == pytest.approx(person.lifts_s, abs=2 * STEP_S)
    gate.until(lambda: len(gate.document()) == 4, within_s=person.again_s + 1)


def test_one_who_is_shown_the_stop_lamp_goes_away() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.until(lambda: gate.told(Presents))
    gate.plant.drive(Output.STOP, energised=True)
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.BACK)]


def test_one_who_walks_away_presents_and_does_not_enter() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody(Habit.WALKS_AWAY))
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.BACK)]


def test_a_tailgater_is_in_before_the_beam_is_clear_and_both_step_back_at_stop() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(Habit.TAILGATER, "two"))
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: not gate.has(Input.ENTRY_BEAM_CLEAR))
    gate.until(lambda: gate.has(Input.ENTRY_BEAM_CLEAR))
    assert gate.plant.heads() == 2
    assert not gate.has(Input.CHAMBER_SINGLE)
    gate.plant.drive(Output.STOP, energised=True)
    gate.until(lambda: len(gate.ways()) == 2)
    assert {way for _, way in gate.ways()} == {Way.BACK}


def test_a_resident_steps_back_too_though_the_tailgater_was_the_quicker_to_leave() -> None:
    gate = Gate(Shape.MANTRAP)
    resident = somebody()
    resident.reaction_s = 3.0
    gate.walkway.add(resident)
    gate.walkway.add(somebody(Habit.TAILGATER, "two"))
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.plant.heads() == 2, 20.0)
    gate.plant.drive(Output.STOP, energised=True)
    gate.until(lambda: len(gate.ways()) == 2, 20.0)
    assert gate.ways() == [("two", Way.BACK), ("one", Way.BACK)]


def test_a_tailgater_at_a_barrier_follows_as_soon_as_the_first_one_goes() -> None:
    gate = Gate(Shape.TURNSTILE)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(Habit.TAILGATER, "two"))
    gate.until(lambda: gate.told(Faces))
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.let(Door.EXIT, True)
    gate.until(lambda: len(gate.ways()) == 2)
    assert gate.ways() == [("one", Way.THROUGH), ("two", Way.THROUGH)]


def test_one_in_whose_face_the_entry_closes_walks_away_again() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(Habit.TAILGATER, "late"))
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.walkway.people[1].doing is Doing.WALKING_IN)
    gate.walkway.people[1].body.x_m = -0.6
    gate.let(Door.ENTRY, False)
    gate.plant.leaves[Door.ENTRY].angle_deg = 0.0
    gate.until(lambda: gate.told(Left))
    assert ("late", Way.BACK) in gate.ways()


def test_a_tailgater_in_whose_face_the_barrier_closes_goes_back() -> None:
    gate = Gate(Shape.TURNSTILE)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(Habit.TAILGATER, "late"))
    gate.until(lambda: gate.told(Faces))
    gate.let(Door.EXIT, True)
    gate.until(lambda: gate.walkway.people[1].doing is Doing.WALKING_OUT)
    gate.walkway.people[1].body.x_m = -0.6
    gate.until(lambda: gate.walkway.people[0].body.x_m > 1.3)
    gate.let(Door.EXIT, False)
    gate.plant.leaves[Door.EXIT].angle_deg = 0.0
    gate.until(lambda: len(gate.ways()) == 2)
    assert ("late", Way.BACK) in gate.ways()


def test_two_together_count_as_two_heads_and_show_their_faces() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(
        traveller("pair", Random(1), token="t", faces=("a", "b"), habit=Habit.TOGETHER)
    )
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.told(Faces))
    assert not gate.has(Input.CHAMBER_SINGLE)
    assert gate.faces() == [("a", "b")]
    gate.plant.drive(Output.STOP, energised=True)
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("pair", Way.BACK)]


def test_one_who_stands_still_goes_only_when_an_officer_says_so() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody(Habit.STANDS_STILL))
    gate.lets_in()
    gate.let(Door.EXIT, True)
    gate.waits(10.0)
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.walkway.tell_to_leave()
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.THROUGH)]


def test_who_is_lifted_out_is_nowhere_any_more_and_leaves_nothing() -> None:
    gate = Gate(Shape.MANTRAP)
    me = with_document(Habit.LEAVES_LUGGAGE)
    gate.walkway.add(me)
    gate.until(lambda: me.has_laid_down)
    gate.plant.bodies.append(Body(0.8, 0.3, heads=0))
    gate.walkway.events()
    gate.walkway.lift_out()
    assert gate.walkway.events() == [TakesUp(me.name, me.document)]
    assert (gate.walkway.people, gate.plant.bodies) == ([], [])
    gate.walkway.step(STEP_S)
    assert gate.plant.levels()[Input.CHAMBER_EMPTY]


def test_one_who_turns_back_is_out_again_before_the_door_closes() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody(Habit.TURNS_BACK))
    gate.until(lambda: gate.told(Presents))
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.has(Input.CHAMBER_SINGLE))
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.BACK)]


def test_one_who_was_referred_walks_back_when_the_entry_opens_again() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody())
    gate.lets_in()
    gate.plant.drive(Output.STOP, energised=True)
    gate.waits(5.0)
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.let(Door.ENTRY, True)
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.BACK)]


def test_luggage_stays_behind_until_an_officer_carries_it_away() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody(Habit.LEAVES_LUGGAGE))
    gate.lets_in()
    assert gate.has(Input.CHAMBER_SINGLE)
    gate.lets_out()
    gate.waits(3.0)
    assert not gate.has(Input.CHAMBER_EMPTY)
    assert not gate.has(Input.CHAMBER_SINGLE)
    gate.walkway.clear_luggage()
    gate.waits(0.1)
    assert gate.has(Input.CHAMBER_EMPTY)


def test_a_photo_is_seen_as_a_photo() -> None:
    gate = Gate(Shape.MANTRAP)
    gate.walkway.add(somebody(Habit.HOLDS_PHOTO))
    gate.lets_in()
    assert gate.faces() == [("photo:one_face",)]


@pytest.mark.parametrize("shape", Shape)
def test_in_an_emergency_whoever_is_inside_gets_out_and_nobody_walks_in(shape: Shape) -> None:
    gate = Gate(shape)
    gate.walkway.add(somebody())
    gate.walkway.add(somebody(name="two"))
    if shape is Shape.MANTRAP:
        gate.lets_in()
    else:
        gate.until(lambda: gate.told(Faces))
    gate.plant.emergency_open = True
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.THROUGH)]
    gate.waits(3.0)
    assert len(gate.ways()) == 1


def test_without_power_a_free_door_is_pushed_open_from_inside() -> None:
    gate = Gate(Shape.MANTRAP)
    plant = Plant(Shape.MANTRAP, {Door.EXIT: "free"})
    gate.walkway = Walkway(plant)
    person = somebody()
    gate.walkway.add(person)
    plant.drive(Output.EXIT_RELEASE, energised=True)
    gate.lets_in()
    plant.drive(Output.EXIT_RELEASE, energised=False)
    gate.until(lambda: plant.leaves[Door.EXIT].is_passable)
    gate.waits(person.reaction_s + 0.05)
    plant.leaves[Door.EXIT].angle_deg = 20.0
    plant.faults.power_lost = True
    gate.until(lambda: gate.told(Left))
    assert gate.ways() == [("one", Way.THROUGH)]


def test_the_same_seed_gives_the_same_passage() -> None:
    def story() -> list[tuple[float, Event]]:
        gate, told = Gate(Shape.TURNSTILE), []
        for number, rng in enumerate([Random(3)] * 2):
            gate.walkway.add(traveller(str(number), rng, token="t", faces=("f",)))
        for _ in range(400):
            gate.walkway.step(STEP_S)
            told += [(gate.plant.at_s, event) for event in gate.walkway.events()]
        return told

    assert story() == story()


def test_a_token_is_in_no_repr() -> None:
    person = somebody()
    assert "token=" not in repr(person)
    assert repr(Presents("one", "EGATE1:secret")) == "Presents(who='one')"


@pytest.mark.parametrize(("habit", "prefix"), SHOWN_AS.items())
def test_whoever_holds_up_a_face_is_seen_as_that(habit: Habit, prefix: str) -> None:
    assert somebody(habit).faces == (f"{prefix}one_face",)
    assert prefix.removesuffix(":") in {**PREFIXES, **WORN}
    assert len(SHOWN_AS) == len(PREFIXES) + len(WORN)
