"""What holds in every state a lane can reach, and that the explorer would see it if it did not."""

import importlib

import pytest

from egate.domain.lane_event import Order
from egate.domain.lane_part import DOOR_CONTACTS, Door, Input, Shape
from egate.domain.lane_state import LaneState
from egate.lane import LaneSettings, guard
from egate.lane.memory import Memory, is_active
from tests.lane.explorer import Broken, Explorer, Rules, World

MANTRAP, TURNSTILE = LaneSettings(Shape.MANTRAP), LaneSettings(Shape.TURNSTILE)
HEALTHY = {
    "a mantrap": (Rules(MANTRAP), 1),
    "a mantrap with an emergency loop": (Rules(MANTRAP, alarms=True), 1),
    "a mantrap told last things first": (Rules(MANTRAP, alarms=True, backwards=True), 1),
    "a mantrap with a fingerprint sensor": (Rules(MANTRAP, fingers=True), 1),
    "a mantrap that loses its fingerprint sensor": (
        Rules(
            MANTRAP, fingers=True, devices=("fingerprint",), orders=(Order.LET_BACK, Order.CLEAR)
        ),
        1,
    ),
    "a turnstile with a fingerprint sensor": (Rules(TURNSTILE, fingers=True), 1),
    "a mantrap with luggage left": (Rules(MANTRAP, objects=True), 1),
    "a mantrap with two people": (Rules(MANTRAP, orders=(Order.LET_BACK, Order.CLEAR)), 2),
    "a mantrap that loses vision and journal": (Rules(MANTRAP, devices=("vision", "journal")), 1),
    "a mantrap that loses its board": (Rules(MANTRAP, devices=("board",)), 1),
    "a mantrap in maintenance": (Rules(MANTRAP, maintenance=True, officer_leaves=True), 1),
    "a turnstile": (Rules(TURNSTILE), 1),
    "a turnstile with two people": (Rules(TURNSTILE, alarms=True), 2),
    "a turnstile that loses its board": (Rules(TURNSTILE, devices=("board", "journal")), 1),
    "a turnstile in maintenance": (Rules(TURNSTILE, maintenance=True, officer_leaves=True), 1),
}
PLANTED = {
    "other_door_secured": Rules(MANTRAP),
    "lane_open": Rules(MANTRAP, officer_leaves=True),
    "journal_present": Rules(MANTRAP, devices=("journal",)),
    "chamber_empty": Rules(MANTRAP, maintenance=True),
    "other_door_not_released": Rules(MANTRAP, maintenance=True),
}
CONTACTS = (Input.ENTRY_CLOSED, Input.ENTRY_LOCKED, Input.EXIT_CLOSED, Input.EXIT_LOCKED)


def nobody_inside(world: World) -> bool:
    return not world.inside()


def is_ready(world: World) -> bool:
    return world.memory.state is LaneState.READY


@pytest.mark.parametrize("name", HEALTHY)
def test_every_invariant_holds_and_nobody_is_trapped(name: str) -> None:
    rules, people = HEALTHY[name]
    explorer = Explorer(rules, people)
    assert explorer.run() > 100
    assert explorer.cannot_reach(nobody_inside) == []
    assert explorer.cannot_reach(is_ready) == []


@pytest.mark.parametrize("contact", CONTACTS)
def test_one_contact_stuck_makes_no_two_doors_open_and_the_emergency_frees(contact: Input) -> None:
    explorer = Explorer(Rules(MANTRAP, stuck=((contact, True),), alarms=True, leaves_first=True))
    explorer.run()
    assert explorer.cannot_reach(nobody_inside) == []


@pytest.mark.parametrize("door", Door)
def test_a_jammed_leaf_traps_nobody(door: Door) -> None:
    explorer = Explorer(Rules(MANTRAP, jammed=door))
    explorer.run()
    assert explorer.cannot_reach(nobody_inside) == []


@pytest.mark.parametrize("line", PLANTED)
def test_the_explorer_finds_a_guard_with_one_line_removed(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = guard._unless
    monkeypatch.setattr(
        guard, "_unless", lambda **lines: whole(**{k: v for k, v in lines.items() if k != line})
    )
    with pytest.raises(Broken):
        Explorer(PLANTED[line]).run()


def test_the_explorer_finds_a_suspect_bolt_contact_that_is_believed_when_it_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def believed(memory: Memory, door: Door) -> bool:
        return all(is_active(memory, line) for line in DOOR_CONTACTS[door])

    for room in ("guard", "observe", "conditions", "memory", "draft"):
        monkeypatch.setattr(importlib.import_module(f"egate.lane.{room}"), "is_secured", believed)
    with pytest.raises(Broken, match=r"two doors|not secured"):
        Explorer(Rules(MANTRAP, stuck=((Input.ENTRY_LOCKED, True),))).run()
