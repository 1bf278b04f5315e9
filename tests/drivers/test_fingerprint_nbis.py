"""Where this machine compares, the same promises hold, and no sensor's opinion counts.

Source: research/hardware.md 2.4 (scores of made-up fingers).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    TemplateFormat,
)
from egate.ports.errors import DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.fingerprint import FingerprintSensor
from egate.wire.zfm import IMAGE_HEIGHT, IMAGE_WIDTH, Code, Op, image_bytes
from simulators.fingerprint_zfm import ReplyFaults
from simulators.fingers import picture
from tests.drivers.finger_bench import DECOY, IMPOSTOR, TRAVELLER, FingerBench, below, template

pytest.importorskip("nbis", reason="nbis-py (the extra `fingers`) is not installed")
from drivers import fingerprint_nbis as driven  # it needs nbis-py

pytestmark = pytest.mark.bench

SIZE = (IMAGE_WIDTH, IMAGE_HEIGHT)


@cache
def record(finger: int) -> FingerTemplate:
    """Return the minutiae of one capture of a made-up finger."""
    seen = driven.grey_map(picture(finger, Random(1), SIZE), SIZE[0])
    minutiae = driven.extractor().extract_minutiae(seen)
    return FingerTemplate(TemplateFormat.ISO_19794_2, minutiae.to_iso_19794_2_2005())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[FingerBench]:
    bench = FingerBench(tmp_path / "sensor", driver="fingerprint_nbis", packet_bytes=256)
    bench.sensor.finger, bench.sensor.packet_bytes = TRAVELLER, 256
    yield bench
    bench.close()


@pytest.fixture
def driver(bench: FingerBench) -> FingerprintSensor:
    return bench.opened()


def test_the_own_finger_scores_and_another_does_not(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    own = driver.compare(record(TRAVELLER), [record(DECOY)], below(1))
    assert own.score is not None
    assert own.score >= 2 * driven.ALIKE
    bench.sensor.finger = IMPOSTOR
    assert driver.capture(0.0) is FingerReason.OK
    other = driver.compare(record(TRAVELLER), [record(DECOY)], below(1))
    assert other.score is not None
    assert other.score < driven.ALIKE
    decoyed = driver.compare(record(TRAVELLER), [record(DECOY), record(IMPOSTOR)], below(1))
    assert (decoyed.reason, decoyed.score) == (FingerReason.DECOY_MATCHED, None)


def test_a_smaller_picture_is_the_profiles(tmp_path: Path) -> None:
    bench = FingerBench(
        tmp_path / "sensor", driver="fingerprint_nbis", picture_width=192, picture_height=192
    )
    bench.sensor.finger, bench.sensor.picture_size = TRAVELLER, (192, 192)
    driver = bench.opened()
    assert driver.capture(0.0) is FingerReason.OK
    own = driver.compare(record(TRAVELLER), [record(DECOY)], below(1))
    assert own.score is not None
    assert own.score >= driven.ALIKE
    bench.sensor.picture_size = SIZE
    with pytest.raises(DeviceGarbled, match="UP_IMAGE"):
        driver.capture(0.0)
    bench.close()


def test_the_sensors_own_opinion_is_never_asked(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    driver.capture(0.0)
    driver.compare(record(TRAVELLER), [record(DECOY)], below(1))
    assert set(bench.sensor.asked) == {Op.VFY_PWD, Op.READ_SYS_PARA, Op.GEN_IMG, Op.UP_IMAGE}


@pytest.mark.parametrize(
    ("claimed", "decoys", "reason"),
    [
        (record(TRAVELLER), [], FingerReason.DECOY_MISSING),
        (template(TRAVELLER), [record(DECOY)], FingerReason.TEMPLATE_UNFIT),
        (replace(record(TRAVELLER), data=b"FMR\0"), [record(DECOY)], FingerReason.TEMPLATE_UNFIT),
        (replace(record(TRAVELLER), data=b"\0" * 9999), [record(DECOY)], "template_unfit"),
        (record(TRAVELLER), [record(DECOY), template(DECOY)], FingerReason.DECOY_UNFIT),
    ],
)
def test_what_is_no_record_of_minutiae_is_not_compared(
    driver: FingerprintSensor,
    claimed: FingerTemplate,
    decoys: list[FingerTemplate],
    reason: FingerReason,
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    compared = driver.compare(claimed, decoys, below(0))
    assert (compared.reason, compared.score, compared.decoys) == (reason, None, 0)


def test_a_picture_without_a_finger_is_none(
    bench: FingerBench, driver: FingerprintSensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.fingerprint_zfm.picture", lambda *_: bytes(image_bytes(*SIZE)))
    assert driver.capture(0.0) is FingerReason.TOO_FEW_POINTS
    compared = driver.compare(record(TRAVELLER), [record(DECOY)], below(0))
    assert compared.reason is FingerReason.NO_FINGER
    bench.sensor.finger = None
    assert driver.capture(0.0) is FingerReason.NO_FINGER


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"cut_to": 20_000}, DeviceLost),
        ({"length": 0xFFFF}, DeviceGarbled),
        ({"code": Code.IMAGE_UPLOAD_FAILED}, DeviceRefused),
    ],
)
def test_a_picture_that_does_not_come_whole_is_an_error_and_the_next_one_is_taken(
    bench: FingerBench, driver: FingerprintSensor, faults: dict[str, int], error: type[Exception]
) -> None:
    bench.sensor.faults = ReplyFaults(only=Op.UP_IMAGE, **faults)  # type: ignore[arg-type]
    with pytest.raises(error):
        driver.capture(0.0)
    bench.sensor.faults = ReplyFaults()
    compared = driver.compare(record(TRAVELLER), [record(DECOY)], below(0))
    assert compared.reason is FingerReason.NO_FINGER
    assert driver.capture(0.0) is FingerReason.OK


def enrolled(
    bench: FingerBench, driver: FingerprintSensor, fingers: list[int]
) -> tuple[FingerEnrolled, list[EnrolStep]]:
    steps: list[EnrolStep] = []
    coming = iter(fingers)

    def told(step: EnrolProgress) -> None:
        steps.append(step.step)
        if step.step is EnrolStep.PLACE:
            bench.sensor.finger = next(coming)
        if step.step is EnrolStep.LIFT:
            bench.sensor.finger = None

    return driver.enrol(5.0, told), steps


def test_three_captures_make_a_record_that_passes_at_a_gate(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    result, steps = enrolled(bench, driver, [TRAVELLER] * 3)
    assert result.template is not None
    assert result.template.format is TemplateFormat.ISO_19794_2
    assert result.template.data.startswith(b"FMR\0 20\0")
    assert min(result.scores) >= driven.ALIKE
    assert steps == [*(EnrolStep.PLACE, EnrolStep.TAKEN, EnrolStep.LIFT) * 3][:-1]
    assert driver.capture(0.0) is FingerReason.OK
    compared = driver.compare(result.template, [record(DECOY)], below(0))
    assert compared.score is not None
    assert compared.score >= 2 * driven.ALIKE


def test_captures_of_two_fingers_make_none(bench: FingerBench, driver: FingerprintSensor) -> None:
    result, _ = enrolled(bench, driver, [TRAVELLER, IMPOSTOR])
    assert (result.reason, result.template) == (FingerReason.CAPTURES_DIFFER, None)
