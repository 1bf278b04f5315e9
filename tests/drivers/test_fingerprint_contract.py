"""What the port promises of a fingerprint sensor, put to both back ends on the same line.

One compares in the sensor, the other on this machine (egate's extra `fingers`); who asks need not
know which. What is each one's own stands in test_fingerprint_zfm.py and test_fingerprint_nbis.py.

Source: egate/ports/fingerprint.py; issue 5, item 3.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
import time
from typing import Any

import pytest

from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerEnrolled,
    FingerTemplate,
    TemplateFormat,
)
from egate.domain.finger import FingerReason as R  # a table wants one letter
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.fingerprint import FingerprintSensor
from egate.wire.zfm import Code, Op
from simulators.fingerprint_zfm import ReplyFaults
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
from tests.loop.gate import POLICY

pytestmark = pytest.mark.bench
needs_nbis = pytest.mark.skipif(
    find_spec("nbis") is None,
    reason="NO FINGER IS COMPARED ON THIS MACHINE: nbis-py (the extra `fingers`) is not installed",
)
BACK_ENDS = ("fingerprint_zfm", pytest.param("fingerprint_nbis", marks=needs_nbis))
SMALL = (192, 192)  # of a picture, as R503 has it: less to wait for
QUALITY = {R.TOO_DRY, R.TOO_WET, R.SMEARED, R.TOO_FEW_POINTS}


def record(finger: int) -> FingerTemplate:
    """Return minutiae of a made-up finger."""
    from tests.drivers import test_fingerprint_nbis  # it needs nbis-py

    return test_fingerprint_nbis.record(finger)


@dataclass(frozen=True, slots=True)
class Place:
    """A back end with its sensor, and what a template is to it."""

    bench: FingerBench
    driver: FingerprintSensor
    format: TemplateFormat
    asks: Op  # what a comparison, or a capture, hangs on
    template: Callable[[int], FingerTemplate]
    foreign: FingerTemplate

    def compared(self, claimed: FingerTemplate, decoys: Sequence[FingerTemplate]) -> object:
        one = self.driver.compare(claimed, decoys, below(1))
        return one.reason if one.score is None else one.score

    def enrolled(self, *fingers: int) -> tuple[FingerEnrolled, list[EnrolStep]]:
        """Lay these fingers down, one after the other, as told."""
        steps, coming = [], iter(fingers)

        def told(step: EnrolProgress) -> None:
            steps.append(step.step)
            if step.step is EnrolStep.PLACE:
                self.bench.sensor.finger = next(coming)
            if step.step is EnrolStep.LIFT:
                self.bench.sensor.finger = None

        return self.driver.enrol(5.0, told), steps


def bench_of(back_end: str, path: Path) -> FingerBench:
    """Open a sensor for this back end, with the traveller's finger on it."""
    size: dict[str, Any] = {"picture_width": SMALL[0], "picture_height": SMALL[1]}
    settings = size if back_end == "fingerprint_nbis" else {}
    bench = FingerBench(path, driver=back_end, packet_bytes=256, **settings)
    bench.sensor.finger, bench.sensor.packet_bytes = TRAVELLER, 256
    bench.sensor.picture_size = SMALL
    return bench


@pytest.fixture(params=BACK_ENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    is_sensors = request.param == "fingerprint_zfm"
    bench = bench_of(request.param, tmp_path / "sensor")
    made, other = (template, record) if is_sensors else (record, template)
    foreign = other(TRAVELLER) if find_spec("nbis") else FingerTemplate(_other(made), b"x")
    yield Place(
        bench,
        bench.opened(),
        made(TRAVELLER).format,
        Op.MATCH if is_sensors else Op.UP_IMAGE,
        made,
        foreign,
    )
    bench.close()


def _other(made: Callable[[int], FingerTemplate]) -> TemplateFormat:
    return next(one for one in TemplateFormat if one is not made(TRAVELLER).format)


def test_the_holders_finger_passes_the_policys_threshold_and_another_does_not(
    place: Place,
) -> None:
    claimed, decoys = place.template(TRAVELLER), [place.template(DECOY)]
    accept_at = POLICY.finger_accept_at[place.format]
    assert place.driver.capture(0.0) is R.OK
    for _ in range(2):  # the finger stays held
        score = place.compared(claimed, decoys)
        assert isinstance(score, int)
        assert score >= accept_at
    place.bench.sensor.finger = IMPOSTOR
    assert place.driver.capture(0.0) is R.OK
    score = place.compared(claimed, decoys)
    assert isinstance(score, int)
    assert score < accept_at


def test_a_decoy_that_is_found_in_the_finger_is_told_and_no_score(place: Place) -> None:
    assert place.driver.capture(0.0) is R.OK
    own = place.template(TRAVELLER)
    assert place.compared(own, [place.template(DECOY), own]) is R.DECOY_MATCHED


def test_what_cannot_be_compared_is_told_by_its_name(place: Place) -> None:
    own, decoy = place.template(TRAVELLER), place.template(DECOY)
    assert place.compared(own, [decoy]) is R.NO_FINGER
    assert place.driver.capture(0.0) is R.OK
    assert place.compared(own, []) is R.DECOY_MISSING
    assert place.compared(place.foreign, [decoy]) is R.TEMPLATE_UNFIT
    assert place.compared(replace(own, data=own.data[:9]), [decoy]) is R.TEMPLATE_UNFIT
    assert place.compared(own, [place.foreign]) is R.DECOY_UNFIT
    assert isinstance(place.compared(own, [decoy]), int)


def test_no_finger_is_told_within_the_time_given_and_none_is_held(place: Place) -> None:
    assert place.driver.capture(0.0) is R.OK
    place.bench.sensor.finger = None
    began_s = time.monotonic()
    assert place.driver.capture(0.2) is R.NO_FINGER
    assert 0.15 < time.monotonic() - began_s < 2.0
    assert place.compared(place.template(TRAVELLER), [place.template(DECOY)]) is R.NO_FINGER


def test_a_finger_that_is_lifted_is_felt_without_a_capture_and_none_is_held(place: Place) -> None:
    assert place.driver.capture(0.0) is R.OK
    began_s = time.monotonic()
    assert not place.driver.is_lifted(0.2)
    assert time.monotonic() - began_s < 1.0
    assert place.compared(place.template(TRAVELLER), [place.template(DECOY)]) is R.NO_FINGER
    place.bench.sensor.finger = None
    assert place.driver.is_lifted(0.0)


@pytest.mark.parametrize("touch", [touch for touch in Touch if touch is not Touch.CLEAN])
def test_a_finger_that_gives_nothing_is_never_taken(place: Place, touch: Touch) -> None:
    place.bench.sensor.touch = touch
    assert place.driver.capture(0.0) in QUALITY
    assert place.compared(place.template(TRAVELLER), [place.template(DECOY)]) is R.NO_FINGER


def test_an_enrolment_is_told_step_by_step_and_passes_at_a_gate(place: Place) -> None:
    made, steps = place.enrolled(TRAVELLER, TRAVELLER, TRAVELLER)
    assert steps == [*(EnrolStep.PLACE, EnrolStep.TAKEN, EnrolStep.LIFT) * 3][:-1]
    assert made.template is not None
    assert made.template.format is place.format
    assert len(made.scores) == 2
    assert min(made.scores) > 0
    assert place.compared(made.template, [place.template(DECOY)]) is R.NO_FINGER
    assert place.driver.capture(0.0) is R.OK
    score = place.compared(made.template, [place.template(DECOY)])
    assert isinstance(score, int)
    assert score >= POLICY.finger_accept_at[place.format]


def test_two_fingers_are_not_enrolled_as_one(place: Place) -> None:
    made, _ = place.enrolled(TRAVELLER, IMPOSTOR, TRAVELLER)
    assert (made.reason, made.template) == (R.CAPTURES_DIFFER, None)


def test_an_enrolment_without_a_finger_or_with_one_that_stays_ends_by_its_name(
    place: Place,
) -> None:
    place.bench.sensor.finger = None
    assert place.driver.enrol(0.2, lambda _: None).reason is R.NO_FINGER
    place.bench.sensor.finger = TRAVELLER
    assert place.driver.enrol(0.2, lambda _: None).reason is R.NOT_LIFTED


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"replay": RECORDED}, DeviceGarbled),
        ({"foreign": 1}, DeviceGarbled),
        ({"length": 0xFFFF}, DeviceGarbled),
        ({"cut_to": 8}, DeviceLost),
        ({"code": Code.FLASH_ERROR}, DeviceRefused),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_the_next_question_is_answered(
    place: Place, faults: dict[str, object], error: type[DeviceError]
) -> None:
    place.bench.sensor.finger = IMPOSTOR
    claimed, decoys = place.template(TRAVELLER), [place.template(DECOY)]
    place.bench.sensor.faults = ReplyFaults(only=place.asks, **faults)  # type: ignore[arg-type]  # each is one of its fields
    with pytest.raises(error):
        _ = (place.driver.capture(0.0), place.compared(claimed, decoys))
    place.bench.sensor.faults = ReplyFaults()
    assert place.compared(claimed, decoys) is R.NO_FINGER
    assert place.driver.capture(0.0) is R.OK
    score = place.compared(claimed, decoys)
    assert isinstance(score, int)
    assert score < POLICY.finger_accept_at[place.format]


def test_who_it_is_and_that_it_lives_is_told_and_closing_twice_is_nothing(place: Place) -> None:
    assert place.driver.identity().packet_bytes == 256
    place.bench.sensor.faults.line.mute = True
    with pytest.raises(DeviceLost):
        place.driver.identity()
    place.driver.close()
    place.driver.close()
