"""A lane in which nothing is broken passes every check, whichever devices and doors it has.

Every check is run, or told as not applicable with its reason; never have two doors been unsecured.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
import json
from pathlib import Path
import subprocess
import sys

import pytest

from egate.domain.lane_part import Door, Shape
from egate.profile.load import find, load, shipped
from egate.profile.settings import DoorWiring, MrzCameraSettings, QrCameraSettings
from egate.selftest.check import Outcome, Result
from egate.selftest.runner import NEEDS_PERSON, NO_CAMERA, NOT_IN_PROFILE
from tests.faults.bench import FaultBench, suit_the_bench
from tests.faults.person import Technician
from tests.faults.proof import MOST_RUNS

pytestmark = pytest.mark.bench

HOUSE = Path(__file__).parent.parent.parent
MOTOR, HAND = DoorWiring(fail="secured"), DoorWiring(fail="secured", opens="by_hand")
FREE, FREE_HAND = DoorWiring(fail="free"), DoorWiring(fail="free", opens="by_hand")
NOT_ASKED = frozenset({NOT_IN_PROFILE, NEEDS_PERSON, NO_CAMERA})
WITHOUT = {
    "mrz_reader": {"EG-S211", "EG-S212", "EG-S213"},
    "card_reader": {"EG-S221", "EG-S222", "EG-S223"},
    "light": {"EG-S231", "EG-S232"},
    "fingerprint": {"EG-S251", "EG-S252", "EG-S253"},
}
CODE_CAMERA = {"EG-S204", "EG-S205", "EG-S206"}
PAGE_CAMERA = {"EG-S214", "EG-S215", "EG-S216"}
LEAST_CHECKS = 55
ENTRY = {"EG-S140.entry", "EG-S150.entry", "EG-S170.entry", "EG-S180.entry", "EG-S190.entry_go"} | {
    f"EG-S110.entry_{line}" for line in ("closed", "locked", "beam_clear")
}


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


def wrong(results: tuple[Result, ...]) -> list[tuple[str, str]]:
    return [
        (one.id, one.reason)
        for one in results
        if one.outcome is not Outcome.PASSED and one.answer.reason not in NOT_ASKED
    ]


def ids_for(results: tuple[Result, ...], reason: object) -> set[str]:
    return {one.id for one in results if one.answer.reason is reason}


@pytest.mark.parametrize("shape", Shape)
def test_every_check_passes_where_nothing_is_broken(shape: Shape, tmp_path: Path) -> None:
    with FaultBench(shape, tmp_path) as bench:
        results = bench.run(Technician(bench))
        assert wrong(results) == []
        assert ids_for(results, NEEDS_PERSON) == set()
        assert bench.bench.two_doors_s == 0.0  # the emergency that was tried is the wiring's own
        assert all(leaf.is_closed for leaf in bench.bench.plant.leaves.values())


def test_without_a_person_nobody_is_asked_and_the_rest_passes(tmp_path: Path) -> None:
    with FaultBench(Shape.MANTRAP, tmp_path) as bench:
        results = bench.run()
        assert wrong(results) == []
        assert ids_for(results, NEEDS_PERSON) >= {"EG-S182", "EG-S181", "EG-S203"}


@pytest.mark.parametrize(
    ("shape", "doors", "person"),
    [
        (Shape.TURNSTILE, {Door.EXIT: HAND}, True),
        (Shape.TURNSTILE, {Door.EXIT: HAND}, False),
        (Shape.TURNSTILE, {Door.EXIT: FREE}, True),
        (Shape.TURNSTILE, {Door.EXIT: FREE_HAND}, True),
        (Shape.MANTRAP, {Door.ENTRY: MOTOR, Door.EXIT: MOTOR}, True),
        (Shape.MANTRAP, {Door.ENTRY: FREE_HAND, Door.EXIT: HAND}, True),
        (Shape.MANTRAP, {Door.ENTRY: HAND, Door.EXIT: HAND}, True),
        (Shape.MANTRAP, {Door.ENTRY: HAND, Door.EXIT: HAND}, False),
    ],
)
def test_every_kind_of_door_passes(
    shape: Shape, doors: dict[Door, DoorWiring], person: bool, tmp_path: Path
) -> None:
    with FaultBench(shape, tmp_path) as bench:
        bench.doors_are(doors)
        for _ in range(MOST_RUNS):
            results = bench.run(Technician(bench) if person else None, ("EG-S1",))
            if not wrong(results):
                break  # else the machine may have had no time for the board
        assert wrong(results) == []
        assert bench.bench.two_doors_s == 0.0


@cache
def walked() -> dict[str, list[tuple[str, str, str]]]:
    """Return what each shipped profile's self-test said, by a process of its own: cards want it."""

    def walk(name: str) -> list[tuple[str, str, str]]:
        command = [sys.executable, "-m", "tests.faults", "--profile", name, "--json"]
        for _ in range(MOST_RUNS):
            ran = subprocess.run(
                command, cwd=HOUSE, capture_output=True, text=True, check=False, timeout=150
            )
            assert ran.stdout, ran.stderr
            if ran.returncode == 0:
                break  # else it had no time for its pictures
        return [(one[0], one[1], one[2]) for one in json.loads(ran.stdout)]

    with ThreadPoolExecutor(2) as several:
        return dict(zip(shipped(), several.map(walk, shipped()), strict=True))


@pytest.mark.timeout(500)  # the first of them walks all
@pytest.mark.parametrize("name", shipped())
def test_every_check_of_a_shipped_profile_runs_or_says_why_not(name: str) -> None:
    profile, told = load(find(name)), walked()[name]
    absent = {id_ for id_, _, reason in told if reason == "not_in_profile"}
    no_camera = {id_ for id_, _, reason in told if reason == "no_camera"}
    devices = profile.devices
    lacks = [ids for device, ids in WITHOUT.items() if getattr(devices, device) is None]
    lacks += [PAGE_CAMERA] if devices.mrz_reader is None else []
    lacks += [ENTRY] if profile.gate.shape is Shape.TURNSTILE else []
    assert absent == set().union(*lacks)
    serial = CODE_CAMERA if not isinstance(devices.scanner, QrCameraSettings) else set()
    if devices.mrz_reader and not isinstance(devices.mrz_reader, MrzCameraSettings):
        serial = serial | PAGE_CAMERA
    assert no_camera == serial
    others = {id_: (end, why) for id_, end, why in told if id_ not in absent | no_camera}
    assert {id_ for id_, (end, _) in others.items() if end != "passed"} == set(), others
    every = [id_ for id_, _, _ in told]
    assert every == [id_ for id_, _, _ in walked()[shipped()[0]]]  # the same of every profile
    assert len(every) == len(set(every)) >= LEAST_CHECKS
