"""A quick soak of both shapes, that a seed repeats it, and that the judge sees planted faults."""

from collections.abc import Callable
from dataclasses import replace
import importlib
from typing import Any

import pytest

from egate.domain.check import Outcome
from egate.domain.finger import TemplateFormat
from egate.domain.lane_part import DOOR_CONTACTS, Shape
from egate.inspection import finger_checks
from egate.inspection.policy import Meaning
from egate.lane import memory
from egate.lane.memory import Occupancy
from tests.soak.fingers import POLICY
from tests.soak.gate import Gate
from tests.soak.soak import Soak, SoakBroken

PASSAGES = 300
ROOMS = ("conditions", "draft", "guard", "lane", "memory", "observe")
whole = memory.observed_occupancy


def one_or_more(known: memory.Memory) -> Occupancy:
    seen = whole(known)
    return Occupancy.ONE if seen is Occupancy.NOT_ONE else seen


def objects_to_nothing(*_: object) -> tuple[str, ...]:
    return ()


PLANTED: dict[str, tuple[str, Callable[..., Any], str]] = {
    "two pass for one": ("observed_occupancy", one_or_more, "bodies inside|not empty"),
    "a leaf without its bolt is secured": (
        "is_secured",
        lambda known, door: memory.is_active(known, DOOR_CONTACTS[door][0]),
        "is not secured",
    ),
    "the emergency loop is not watched": ("is_emergency", lambda _: False, "does not follow"),
    "the guard objects to nothing": ("objections", objects_to_nothing, "is not secured"),
}


@pytest.mark.parametrize("shape", Shape)
def test_every_invariant_holds_in_some_hundreds_of_passages(shape: Shape) -> None:
    totals = Soak(shape, seed=1).run(PASSAGES)
    assert totals.endings["completed"] > PASSAGES / 2
    assert len(totals.endings) > 8
    assert sum(totals.faults.values()) > 10


def test_the_same_seed_gives_the_same_soak() -> None:
    first, second = (Soak(Shape.MANTRAP, seed=5).run(40) for _ in range(2))
    assert first == second
    assert first != Soak(Shape.MANTRAP, seed=6).run(40)


@pytest.mark.parametrize("fault", PLANTED)
def test_the_judge_finds_a_planted_fault(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, planted, told = PLANTED[fault]
    for room in ROOMS:
        module = importlib.import_module(f"egate.lane.{room}")
        if hasattr(module, name):
            monkeypatch.setattr(module, name, planted)
    with pytest.raises(SoakBroken, match=told):
        Soak(Shape.MANTRAP, seed=2).run(600)  # in those of seed 1 nobody opens the emergency loop


def test_the_judge_finds_a_journal_that_forgets_used_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Gate, "knows_as_used", lambda *_: False)
    with pytest.raises(SoakBroken, match="a token cleared twice"):
        Soak(Shape.MANTRAP, seed=1).run(600)


# What no policy file can say (egate/inspection/policy.py).
EVERYTHING_AGAIN = {
    (check, outcome): Meaning.RETRY for check in finger_checks.CHECKS for outcome in Outcome
}
FINGERS_PLANTED: dict[str, tuple[str, object, str]] = {
    "a finger is never asked for": (
        "tests.soak.gate.Gate.wants_finger",
        lambda *_: False,
        "without the finger of the holder",
    ),
    "a fourth try is given": (
        "egate.lane.conditions.tries_left",
        lambda *_: True,
        "a finger was tried 4 times",
    ),
    "a wire that lied is asked again": (
        "tests.soak.fingers.POLICY",
        replace(POLICY, meanings={**POLICY.meanings, **EVERYTHING_AGAIN}),
        "a finger was tried again after",
    ),
    "any score is the holder's": (
        "tests.soak.fingers.POLICY",
        replace(POLICY, finger_accept_at=dict.fromkeys(TemplateFormat, 0)),
        "without the finger of the holder|opened for holder",
    ),
}


@pytest.mark.parametrize("fault", FINGERS_PLANTED)
def test_the_judge_finds_a_planted_fault_at_the_sensor(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, planted, told = FINGERS_PLANTED[fault]
    monkeypatch.setattr(name, planted)
    with pytest.raises(SoakBroken, match=told):
        Soak(Shape.MANTRAP, seed=1).run(600)


def test_residents_with_a_finger_are_among_those_who_pass_and_those_who_do_not() -> None:
    totals = Soak(Shape.MANTRAP, seed=1).run(PASSAGES)
    assert totals.fingers["try 1: the holder's"] > PASSAGES / 10
    assert totals.fingers["try 2: the holder's"] > 0
    assert totals.fingers["try 3: another's"] > 0
    assert len(totals.fingers) >= 6


def test_what_broke_is_told_with_its_seed_and_what_happened_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("egate.lane.draft.Draft.release", broken)
    with pytest.raises(SoakBroken) as caught:
        Soak(Shape.TURNSTILE, seed=3).run(20)
    story = str(caught.value)
    assert "the lane made an error: ZeroDivisionError()" in story
    assert "shape turnstile, seed 3, passage 1" in story
    assert "TokenPresented" in story
