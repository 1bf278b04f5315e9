"""The plant: doors, bolts, safety relay, sensors and faults, under its own clock."""

import pytest

from egate.domain.lane_part import DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
from simulators.plant import Body, Edge, Plant

STEP_S = 0.005


def run(plant: Plant, for_s: float, *, alive: bool = True) -> list[tuple[float, Input, bool]]:
    """Let the plant live, its relay fed every 0.2 s; return when which input changed."""
    began_s, changes = plant.at_s, []
    for count in range(round(for_s / STEP_S)):
        if alive and count % 40 == 0:
            plant.drive(Output.ALIVE, energised=not plant.is_energised(Output.ALIVE))
        for line, on in plant.step(STEP_S):
            changes.append((round(plant.at_s - began_s, 2), line, on))
    return changes


def secured(plant: Plant, door: Door) -> bool:
    return all(plant.levels()[line] for line in DOOR_CONTACTS[door])


@pytest.mark.parametrize("shape", Shape)
def test_a_plant_at_rest_is_secured_and_empty(shape: Shape) -> None:
    plant = Plant(shape)
    run(plant, 1.0)
    assert set(plant.levels()) == set(inputs_of(shape))
    assert {line for line, on in plant.levels().items() if not on} == {Input.CHAMBER_SINGLE}


def test_a_released_door_opens_in_0_7_s_and_is_bolted_0_1_s_after_it_closed() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.drive(Output.ENTRY_RELEASE, energised=True)
    opening = run(plant, 0.7)
    assert [(line, on) for _, line, on in opening] == [
        (Input.ENTRY_LOCKED, False),
        (Input.ENTRY_CLOSED, False),
    ]
    assert plant.leaves[Door.ENTRY].angle_deg == pytest.approx(90.0)
    plant.drive(Output.ENTRY_RELEASE, energised=False)
    closing = run(plant, 1.0)
    assert [line for _, line, _ in closing] == [Input.ENTRY_CLOSED, Input.ENTRY_LOCKED]
    assert closing[0][0] == pytest.approx(0.7, abs=0.02)
    assert closing[1][0] == pytest.approx(0.8, abs=0.02)


def test_a_release_ends_when_the_relay_is_no_longer_fed() -> None:
    plant = Plant(Shape.MANTRAP, relay_s=0.8)
    plant.drive(Output.EXIT_RELEASE, energised=True)
    run(plant, 1.0)
    assert plant.released(Door.EXIT)
    run(plant, 0.9, alive=False)
    assert not plant.released(Door.EXIT)
    run(plant, 1.0, alive=False)
    assert secured(plant, Door.EXIT)


def test_a_held_level_on_alive_does_not_feed_the_relay() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.drive(Output.ALIVE, energised=True)
    run(plant, 0.5, alive=False)
    plant.drive(Output.ALIVE, energised=True)
    run(plant, 0.4, alive=False)
    assert not plant.is_fed


def test_a_door_that_fails_free_is_locked_by_power_and_unbolted_without() -> None:
    plant = Plant(Shape.MANTRAP, {Door.ENTRY: "free"})
    run(plant, 0.2, alive=False)
    assert plant.released(Door.ENTRY)
    assert not plant.levels()[Input.ENTRY_LOCKED]
    assert plant.levels()[Input.ENTRY_CLOSED]
    plant.drive(Output.ENTRY_RELEASE, energised=True)
    run(plant, 0.3)
    assert secured(plant, Door.ENTRY)
    run(plant, 1.0, alive=False)
    assert plant.released(Door.ENTRY)


def test_an_opened_emergency_loop_frees_every_door_whatever_software_says() -> None:
    plant = Plant(Shape.MANTRAP, {Door.ENTRY: "free"})
    plant.emergency_open = True
    run(plant, 1.0, alive=False)
    assert all(leaf.is_passable for leaf in plant.leaves.values())
    assert not plant.levels()[Input.EMERGENCY_CLEAR]
    plant.emergency_open = False
    run(plant, 1.0)
    assert plant.levels()[Input.EMERGENCY_CLEAR]
    assert secured(plant, Door.EXIT)


def test_a_leaf_never_closes_on_a_blocked_threshold() -> None:
    plant = Plant(Shape.TURNSTILE)
    plant.drive(Output.EXIT_RELEASE, energised=True)
    run(plant, 0.7)
    plant.bodies.append(Body(1.0, 0.3))
    plant.drive(Output.EXIT_RELEASE, energised=False)
    run(plant, 2.0)
    assert plant.leaves[Door.EXIT].is_passable
    plant.bodies.clear()
    run(plant, 1.0)
    assert secured(plant, Door.EXIT)


@pytest.mark.parametrize(
    ("body", "empty", "single", "beam"),
    [
        (Body(0.8, 0.3), False, True, True),
        (Body(0.8, 0.3, heads=2), False, False, True),
        (Body(0.8, 0.3, heads=0), False, False, True),
        (Body(-0.1, 0.3), True, False, False),
        (Body(0.05, 0.3), False, True, False),
        (Body(-0.5, 0.3), True, False, True),
    ],
)
def test_sensors_see_presence_heads_and_the_beam_apart(
    body: Body, empty: bool, single: bool, beam: bool
) -> None:
    plant = Plant(Shape.MANTRAP)
    plant.bodies.append(body)
    plant.step(STEP_S)
    levels = plant.levels()
    assert levels[Input.CHAMBER_EMPTY] is empty
    assert levels[Input.CHAMBER_SINGLE] is single
    assert levels[Input.ENTRY_BEAM_CLEAR] is beam


def test_a_jammed_leaf_stays_where_it_is() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.jammed.add(Door.EXIT)
    plant.drive(Output.EXIT_RELEASE, energised=True)
    run(plant, 1.0)
    assert plant.levels()[Input.EXIT_CLOSED]
    assert not plant.levels()[Input.EXIT_LOCKED]


def test_a_welded_release_outlives_its_pin_but_not_the_relay() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.welded.add(Door.EXIT)
    run(plant, 0.5)
    assert plant.released(Door.EXIT)
    run(plant, 1.0, alive=False)
    assert not plant.released(Door.EXIT)


def test_a_bolt_that_does_not_engage_leaves_the_contacts_in_disagreement() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.bolt_stuck.add(Door.ENTRY)
    plant.drive(Output.ENTRY_RELEASE, energised=True)
    run(plant, 0.7)
    plant.drive(Output.ENTRY_RELEASE, energised=False)
    run(plant, 1.5)
    assert plant.levels()[Input.ENTRY_CLOSED]
    assert not plant.levels()[Input.ENTRY_LOCKED]


def test_a_leaf_that_jams_open_and_a_bolt_that_stays_out_are_sound_until_the_door_has_opened() -> (
    None
):
    for kind, held in (("jams_open", "entry_closed"), ("bolt_stays_out", "entry_locked")):
        plant = Plant(Shape.MANTRAP)
        getattr(plant.faults, kind).add(Door.ENTRY)
        run(plant, 0.5)
        assert secured(plant, Door.ENTRY)
        plant.drive(Output.ENTRY_RELEASE, energised=True)
        run(plant, 0.7)
        plant.drive(Output.ENTRY_RELEASE, energised=False)
        run(plant, 1.5)
        assert not plant.levels()[Input(held)]
        getattr(plant.faults, kind).clear()
        run(plant, 1.5)
        assert secured(plant, Door.ENTRY)


def test_a_slow_motor_takes_its_factor_longer() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.slow[Door.EXIT] = 3.0
    plant.drive(Output.EXIT_RELEASE, energised=True)
    run(plant, 1.4)
    assert plant.leaves[Door.EXIT].angle_deg != pytest.approx(90.0)
    run(plant, 0.75)
    assert plant.leaves[Door.EXIT].angle_deg == pytest.approx(90.0)


def test_a_forced_leaf_opens_against_its_bolt() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.forced.add(Door.EXIT)
    run(plant, 1.0)
    assert not plant.released(Door.EXIT)
    assert not plant.levels()[Input.EXIT_CLOSED]


def test_stuck_and_chattering_sensors_say_what_they_like() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.faults.stuck[Input.EXIT_CLOSED] = False
    plant.faults.chattering[Input.ENTRY_BEAM_CLEAR] = 0.1
    changes = run(plant, 0.5)
    assert not plant.levels()[Input.EXIT_CLOSED]
    assert 8 <= sum(line is Input.ENTRY_BEAM_CLEAR for _, line, _ in changes) <= 10


def test_without_power_everything_is_dark_and_its_return_opens_nothing() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.drive(Output.ENTRY_RELEASE, energised=True)
    run(plant, 0.2)
    plant.faults.power_lost = True
    run(plant, 0.5)
    assert not any(plant.levels().values())
    assert not plant.is_energised(Output.ENTRY_RELEASE)
    plant.drive(Output.ENTRY_RELEASE, energised=False)
    plant.faults.power_lost = False
    plant.edges.clear()
    run(plant, 1.0)
    assert Edge(plant.at_s, Door.ENTRY, on=True) not in plant.edges
    assert secured(plant, Door.ENTRY)


def test_a_pulse_between_two_steps_is_on_the_record() -> None:
    plant = Plant(Shape.MANTRAP)
    plant.drive(Output.STOP, energised=True)
    plant.drive(Output.STOP, energised=False)
    assert [(edge.part, edge.on) for edge in plant.edges] == [
        (Output.STOP, True),
        (Output.STOP, False),
    ]
