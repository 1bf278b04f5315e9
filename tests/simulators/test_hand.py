"""A finger is laid down by who is shut in, lifted again, and never taken along."""

from random import Random

import pytest

from simulators.fingers import Touch
from simulators.hand import (
    LIES_FOR_A_PICTURE_S,
    LIES_S,
    WAITS_S,
    Hand,
    LaysFinger,
    LiftsFinger,
    finger_of,
)
from simulators.people import Doing, Person, Sight, traveller
from simulators.scenario import FOLDER, load

CHAMBER = Sight(
    length_m=2.0,
    mark_m=1.0,
    entry_open=False,
    entry_closed=True,
    exit_open=False,
    stop=False,
    is_free=False,
    is_crowded=False,
)


def standing(touch: Touch = Touch.CLEAN) -> Person:
    person = traveller("Lan", Random(1), hand=Hand(7, touch))
    person.body.x_m, person.shut_in = CHAMBER.mark_m, True
    person.turn_to(Doing.STANDING, CHAMBER.mark_m)
    return person


def lives(person: Person, for_s: float) -> list[object]:
    """Return what was seen of the hand."""
    seen = (person.think(CHAMBER, 0.05) for _ in range(round(for_s / 0.05)))
    return [event for event in seen if isinstance(event, LaysFinger | LiftsFinger)]


def test_a_finger_comes_and_goes_three_times_in_twelve_seconds() -> None:
    events = lives(standing(Touch.DRY), 3 * (WAITS_S + LIES_S) + 0.2)
    assert events == [LaysFinger("Lan", 7, Touch.DRY), LiftsFinger("Lan")] * 3


def test_who_errs_lays_down_another_finger_first_and_the_own_one_from_then_on() -> None:
    person = standing()
    person.hand = Hand(7, first=8)
    laid = [event for event in lives(person, 9.0) if isinstance(event, LaysFinger)]
    assert [event.finger for event in laid] == [8, 7, 7][: len(laid)]
    assert len(laid) >= 2


def test_who_walks_away_takes_the_finger_off_first() -> None:
    person = standing()
    assert lives(person, WAITS_S + 0.2) == [LaysFinger("Lan", 7, Touch.CLEAN)]
    person.turn_to(Doing.WALKING_OUT, 3.0)
    assert lives(person, 0.2) == [LiftsFinger("Lan")]


def test_who_is_not_shut_in_yet_lays_nothing_down() -> None:
    person = standing()
    person.shut_in = False
    open_entry = Sight(2.0, 1.0, False, False, False, False, False, False)
    assert [person.think(open_entry, 0.05) for _ in range(60)] == [None] * 60


def test_every_face_has_another_finger() -> None:
    assert len({finger_of(face) for face in ("person_1", "person_2", "nobody", "x")}) == 4


@pytest.mark.parametrize(
    ("name", "finger"),
    [
        ("90_face_and_finger", "own"),
        ("91_wrong_finger", "wrong"),
        ("92_dry_finger", "dry"),
        ("95_wrong_finger_first", "wrong_first"),
    ],
)
def test_a_scenario_says_which_finger_comes(name: str, finger: str) -> None:
    (comer,) = load(FOLDER / f"{name}.toml").people
    assert (comer.finger, comer.permit) == (finger, "valid")


def test_on_a_sensor_that_sends_its_picture_a_finger_lies_until_that_is_over() -> None:
    hand = Hand(7, lies_s=LIES_FOR_A_PICTURE_S)
    assert isinstance(hand.moves("Lan", WAITS_S), LaysFinger)
    assert hand.moves("Lan", WAITS_S + LIES_S + 0.1) is None
    assert isinstance(hand.moves("Lan", WAITS_S + LIES_FOR_A_PICTURE_S + 0.1), LiftsFinger)
