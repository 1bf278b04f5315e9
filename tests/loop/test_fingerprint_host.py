"""The whole way of a finger: registry, host's body, driver, line and sensor, to the finding.

Both back ends go it: the sensor that compares, and this machine (egate's extra `fingers`).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
import time

import pytest

from egate.domain.check import Check
from egate.domain.finger import FingerReason, FingerTemplate
from egate.inspection.finger_checks import examine_finger
from egate.loop.fingerprint_body import FingerprintBody, FingerprintParts
from egate.loop.messages import MeasureFinger
from egate.references import RegistryPlace, finger_reader
from egate.registry.finger_templates import pack
from egate.registry.residents import Record
from egate.registry.templates import Kind
from egate.wire.zfm import Op
from simulators.fingerprint_zfm import ReplyFaults, Sensor
from simulators.fingers import Touch
from tests.drivers.finger_bench import (
    DECOY,
    IMPOSTOR,
    RECORDED,
    TRAVELLER,
    FingerBench,
    below,
    template,
)
from tests.drivers.test_fingerprint_contract import BACK_ENDS, bench_of, record
from tests.loop.gate import POLICY
from tests.loop.served import Served

TRY_S = 4.0
pytestmark = pytest.mark.bench
TEMPLATES = {"fingerprint_zfm": template, "fingerprint_nbis": record}


@pytest.fixture(params=BACK_ENDS)
def back_end(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(tmp_path: Path, back_end: str) -> Iterator[FingerBench]:
    bench = bench_of(back_end, tmp_path / "sensor")
    bench.sensor.finger = None
    yield bench
    bench.close()


def enrolled(folder: Path, **people: FingerTemplate) -> RegistryPlace:
    place = RegistryPlace(folder / "templates", folder / "fingers", folder / "registry.key")
    for who, finger in people.items():
        record = Record(who, {Kind.FINGER: pack([finger])}, {Kind.FINGER: 1})
        with place.writing(make_key=True) as residents:
            residents.put(record)
    return place


def found(
    bench: FingerBench, place: RegistryPlace, prepare: Callable[[Sensor], None]
) -> dict[Check, str]:
    """Ask for the traveller's finger once the sensor is prepared; return the findings."""
    parts = FingerprintParts(bench.opened, finger_reader(place, below(3)), below(4), time.monotonic)
    with Served(FingerprintBody(parts)) as served:
        served.until(served.presence)
        prepare(bench.sensor)
        served.link.ask(
            MeasureFinger(
                request=1,
                passage=1,
                attempt=1,
                deadline_at_s=time.monotonic() + TRY_S,
                registration="traveller",
            )
        )
        served.until(served.fingers)
    (measures,) = served.fingers()
    findings = examine_finger(measures, POLICY)
    return {one.check: f"{one.outcome} {one.reason}" for one in findings}


def own(sensor: Sensor) -> None:
    sensor.finger = TRAVELLER


def wrong(sensor: Sensor) -> None:
    sensor.finger = IMPOSTOR


def dry(sensor: Sensor) -> None:
    sensor.finger, sensor.touch = TRAVELLER, Touch.DRY


def mute(sensor: Sensor) -> None:
    sensor.finger = TRAVELLER
    sensor.faults.line.mute = True


def replayed(sensor: Sensor) -> None:
    sensor.finger = IMPOSTOR
    sensor.faults = ReplyFaults(only=Op.GEN_IMG, replay=RECORDED)


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (own, ("passed decoys_failed", "passed match")),
        (wrong, ("passed decoys_failed", "failed no_match")),
        (mute, ("inconclusive sensor_lost",) * 2),
        (replayed, ("inconclusive sensor_garbled",) * 2),
    ],
)
def test_a_finger_passes_and_everything_else_is_named(
    bench: FingerBench,
    tmp_path: Path,
    back_end: str,
    prepare: Callable[[Sensor], None],
    told: tuple[str, str],
) -> None:
    made = TEMPLATES[back_end]
    place = enrolled(tmp_path, traveller=made(TRAVELLER), other=made(DECOY))
    assert found(bench, place, prepare) == {
        Check.REFERENCE_FINGER_IS_AVAILABLE: "passed available",
        Check.FINGER_SENSOR_IS_BELIEVED: told[0],
        Check.FINGER_IS_THE_HOLDER: told[1],
    }


def test_a_recorded_answer_before_the_one_that_counts_is_found_out(
    bench: FingerBench, tmp_path: Path, back_end: str
) -> None:
    made, last = TEMPLATES[back_end], {"fingerprint_zfm": Op.MATCH, "fingerprint_nbis": Op.UP_IMAGE}

    def replayed_at_the_end(sensor: Sensor) -> None:
        sensor.finger = IMPOSTOR
        sensor.faults = ReplyFaults(only=last[back_end], replay=RECORDED)

    place = enrolled(tmp_path, traveller=made(TRAVELLER), other=made(DECOY))
    told = found(bench, place, replayed_at_the_end)
    assert told[Check.FINGER_SENSOR_IS_BELIEVED] == "inconclusive sensor_garbled"


def test_a_dry_finger_is_not_done_by_the_name_that_who_looked_at_it_has(
    bench: FingerBench, tmp_path: Path, back_end: str
) -> None:
    made = TEMPLATES[back_end]
    place = enrolled(tmp_path, traveller=made(TRAVELLER), other=made(DECOY))
    why = {"fingerprint_zfm": "too_dry", "fingerprint_nbis": "too_few_points"}[back_end]
    assert found(bench, place, dry)[Check.FINGER_IS_THE_HOLDER] == f"not_done {why}"


def test_a_sensor_that_finds_the_decoy_too_is_not_believed(
    bench: FingerBench, tmp_path: Path, back_end: str
) -> None:
    """As one does whose every answer is "match": here the same finger is enrolled twice."""
    made = TEMPLATES[back_end]
    place = enrolled(tmp_path, traveller=made(TRAVELLER), other=made(TRAVELLER))
    told = found(bench, place, own)
    assert told[Check.FINGER_SENSOR_IS_BELIEVED] == f"failed {FingerReason.DECOY_MATCHED}"
    assert told[Check.FINGER_IS_THE_HOLDER] == f"not_done {FingerReason.DECOY_MATCHED}"


def test_who_was_removed_while_the_gate_runs_has_no_finger_any_more(
    bench: FingerBench, tmp_path: Path, back_end: str
) -> None:
    made = TEMPLATES[back_end]
    place = enrolled(tmp_path, traveller=made(TRAVELLER), other=made(DECOY))
    place.residents().remove("traveller")
    assert set(found(bench, place, own).values()) == {"not_applicable not_enrolled"}
