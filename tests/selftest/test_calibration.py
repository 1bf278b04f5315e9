"""A calibration on the bench: real drivers, simulated wires, a person who does what is asked.

What is worn shows in the values, what is broken or beyond what may be allowed for is told by the
check that is about it, and no value is derived of it.
"""

from collections.abc import Callable
from pathlib import Path
import time

import pytest

from egate.compose.technician import calibration_instruments, selftest_openers
from egate.domain.lane_part import Door, Input, Shape
from egate.loop.files import Places
from egate.profile.calibrated import DEBOUNCE, DISAGREEMENT, FOLLOW, SETTLE
from egate.profile.load import Loaded, load_whole
from egate.profile.problem import KeyPath
from egate.profile.settings import Doors, DoorWiring, HardwareProfile
from egate.selftest.calibrating import Taken
from egate.selftest.calibration import devices_of, measurements, to_measure_with
from egate.selftest.check import Outcome, Result
from egate.selftest.closed_lane import ClosedLane, Paces
from egate.selftest.runner import Means, run
from simulators.bench import Bench
from simulators.faces import FacesNotObtained, Picture, live_pictures, obtain
from tests.faults.bench import PACES, FaultBench, suit_the_bench
from tests.faults.person import Technician

pytestmark = pytest.mark.bench

FACES = Path(__file__).parent.parent.parent / ".bench" / "faces"
TIMES = 2
CAMERA: KeyPath = ("devices", "camera", "frame_timeout_ms")


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


@pytest.fixture(scope="module")
def faces() -> dict[str, Picture]:
    try:
        obtain(FACES)
    except FacesNotObtained as absent:
        pytest.skip(str(absent))
    return live_pictures(FACES)


class Calibrated:
    """What one calibration came to."""

    def __init__(self, results: tuple[Result, ...], taken: Taken) -> None:
        self.results = results
        self.derived = {key: one.value for key, one in taken.derived.items()}
        self.parts = {key: one.figures.part for key, one in taken.derived.items()}

    @property
    def failed(self) -> list[tuple[str, str]]:
        """Every check that failed, with its reason."""
        return [(one.id, one.reason) for one in self.results if one.outcome is Outcome.FAILED]

    @property
    def unmet(self) -> set[str]:
        """Every check that was not done."""
        return {one.id for one in self.results if one.outcome is Outcome.NOT_DONE}

    def figures(self, check: str) -> dict[str, float]:
        """What a check measured."""
        measured = next(one for one in self.results if one.id == check).answer.measured
        return {one.name: float(one.value) for one in measured}


def calibrated(
    bench: FaultBench,
    device: str,
    person: Technician | None,
    paces: Paces = PACES,
    profile: HardwareProfile | None = None,
) -> Calibrated:
    profile, places = profile or bench.profile(), Places(bench.folder, bench.folder / "run")
    opened = to_measure_with(Loaded(profile, profile, ""))
    taken = Taken(profile, TIMES)
    lane = ClosedLane(opened, selftest_openers(opened, places), time.monotonic, person, paces)
    checks = measurements(lane, taken, calibration_instruments(opened, places), (device,))
    try:
        return Calibrated(run(checks, lane, Means(time.monotonic)), taken)
    finally:
        lane.close()


def board(folder: Path, wear: Callable[[Bench], object] = lambda _bench: None) -> Calibrated:
    with FaultBench(Shape.TURNSTILE, folder) as bench:
        bench.change(wear)
        told = calibrated(bench, "board", Technician(bench))
        assert all(leaf.is_closed and leaf.bolted for leaf in bench.bench.plant.leaves.values())
    return told


def test_a_sound_lane_gets_a_value_for_every_limit_of_its_board(tmp_path: Path) -> None:
    told = board(tmp_path)
    assert (told.failed, told.unmet) == ([], set())
    assert set(told.derived) == {FOLLOW, DISAGREEMENT, SETTLE, DEBOUNCE}
    assert told.derived[FOLLOW] < 0.9  # a leaf of 0.1 s, as the machine had time for it
    assert told.derived[DEBOUNCE] <= 4
    assert 0.0 < told.figures("EG-C101.exit")["shuts"] < 0.6


def test_what_is_worn_shows_in_its_own_value(tmp_path: Path) -> None:
    def wear(bench: Bench) -> None:
        bench.plant.faults.slow[Door.EXIT] = 3.0
        bench.plant.faults.bouncing[Input.EXIT_BEAM_CLEAR] = 0.01

    told = board(tmp_path, wear)
    assert told.unmet == set()
    assert told.derived[FOLLOW] >= 0.9  # 0.4 s and its margin
    assert told.parts[FOLLOW] == "exit, shutting"
    (bounces,) = (one.answer for one in told.results if one.id == "EG-C304")
    assert bounces.values == {"part": Input.EXIT_BEAM_CLEAR}
    assert told.figures("EG-C304")["value"] >= 8  # 16 for its 10 ms; a busy machine shifts edges


def test_a_contact_that_bounces_too_long_is_a_fault_and_sets_nothing(tmp_path: Path) -> None:
    worn = {Input.EXIT_CLOSED: 0.04}
    told = board(tmp_path, lambda bench: bench.plant.faults.bouncing.update(worn))
    assert told.failed == [("EG-C304", "beyond")]
    assert DEBOUNCE not in told.derived
    assert told.figures("EG-C304")["value"] > 20


def test_a_door_slower_than_twice_its_limit_is_told_by_the_self_tests_own_check(
    tmp_path: Path,
) -> None:
    told = board(tmp_path, lambda bench: bench.plant.faults.slow.update({Door.EXIT: 14.0}))
    assert told.failed == [("EG-S170.exit", "closes_slowly")]
    assert {"EG-C101.exit", "EG-C301", "EG-C304"} <= told.unmet
    assert set(told.derived) == {SETTLE}


def test_a_dead_beam_is_told_and_nothing_is_made_of_the_lines(tmp_path: Path) -> None:
    stuck = {Input.EXIT_BEAM_CLEAR: True}
    told = board(tmp_path, lambda bench: bench.plant.faults.stuck.update(stuck))
    assert told.failed == [("EG-C102.exit", "not_broken")]
    assert DEBOUNCE not in told.derived


def test_a_leaf_that_is_pushed_is_timed_by_its_bolt_where_nobody_pushes(tmp_path: Path) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        profile = bench.profile()
        doors = Doors(exit=DoorWiring(fail="secured", opens="by_hand"))
        told = calibrated(bench, "board", None, profile=profile.model_copy(update={"doors": doors}))
    assert (told.failed, told.unmet) == ([], set())
    assert set(told.derived) == {DISAGREEMENT}  # how it shuts was not seen: no follow_s


def camera(
    folder: Path,
    faces: dict[str, Picture],
    lens: Callable[[Bench], object] = lambda _bench: None,
    stands_at_m: float = 0.7,
    patient_s: float = 6.0,
) -> Calibrated:
    with FaultBench(Shape.TURNSTILE, folder, faces=faces) as bench:
        bench.do(bench.bench.camera.prepare("person_1", distance_m=stands_at_m))
        bench.change(lens)
        person = Technician(bench)
        person.stands_at_m = stands_at_m
        return calibrated(bench, "camera", person, Paces(watches_s=0.4, answers_s=patient_s))


def test_a_camera_in_focus_is_measured_with_a_face_and_with_its_light(
    tmp_path: Path, faces: dict[str, Picture]
) -> None:
    told = camera(tmp_path, faces, patient_s=30.0)  # it ends as soon as enough was seen
    assert told.unmet == set()
    assert told.failed in ([], [("EG-C305.camera", "beyond")])  # a busy machine is a slow camera
    assert (CAMERA in told.derived) is (told.failed == [])
    assert told.figures("EG-C305.camera")["value"] >= 500
    face, light = told.figures("EG-C202"), told.figures("EG-C203")
    assert 70 <= face["eyes"] <= 110  # 62 mm at 0.7 m and 1000 px: 89
    assert face["box"] > face["eyes"]
    assert light["lit"] - light["dark"] == pytest.approx(light["brighter"], abs=0.2)
    assert light["brighter"] >= 4


def test_an_unfocused_camera_is_refused_before_anything_is_measured(
    tmp_path: Path, faces: dict[str, Picture]
) -> None:
    told = camera(tmp_path, faces, lambda bench: setattr(bench.camera, "blurred", True))
    assert told.failed == [("EG-S244", "blurred")]
    assert {"EG-C201.camera", "EG-C202", "EG-C203", "EG-C305.camera"} <= told.unmet
    assert told.derived == {}


def test_a_mark_too_far_away_is_told_and_sets_nothing(
    tmp_path: Path, faces: dict[str, Picture]
) -> None:
    told = camera(tmp_path, faces, stands_at_m=1.4)
    assert told.failed == [("EG-C202", "too_small")]
    assert told.figures("EG-C202")["eyes"] < 60
    assert told.derived == {}


def test_the_devices_are_those_of_which_something_can_be_measured(tmp_path: Path) -> None:
    with FaultBench(Shape.TURNSTILE, tmp_path) as bench:
        loaded = load_whole(bench.bench.profile)
        assert devices_of(loaded.profile) == ("board", "camera")
        measured = to_measure_with(loaded)
        assert measured.devices == loaded.profile.devices
        assert measured.limits.door_follow_s == 2 * loaded.profile.limits.door_follow_s
