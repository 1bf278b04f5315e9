"""The sensor's driver keeps the FingerprintSensor promises, whatever the sensor does to it.

The fault table is in finger_bench: (what is wrong, with which answer) -> what the driver says
within which time; and afterwards a clean comparison passes.

Source: DESIGN section 4; research/hardware.md 2.3, 2.4.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
import threading
import time

import pytest

from drivers._zfm_finger import in_random_order
from drivers.catalogue import fingerprint
from drivers.fingerprint_zfm import FingerprintZfm
from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerCompared,
    FingerReason,
    FingerTemplate,
    TemplateFormat,
)
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.fingerprint import FingerprintSensor
from egate.wire.zfm import Code, Op
from simulators.fingerprint_zfm import ReplyFaults
from simulators.fingers import Touch, alike
from tests.drivers.finger_bench import (
    ANSWER_S,
    DECOY,
    FAULTS,
    IMPOSTOR,
    PASSED,
    PASSES,
    SIZE,
    TRAVELLER,
    Fault,
    FingerBench,
    below,
    scored,
    template,
)

pytestmark = pytest.mark.bench

SLACK_S = 2.0  # what a busy machine may take beside


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[FingerBench]:
    bench = FingerBench(tmp_path / "sensor")
    yield bench
    bench.close()


@pytest.fixture
def driver(bench: FingerBench) -> FingerprintSensor:
    bench.sensor.finger = TRAVELLER
    return bench.opened()


def outcome(said: object) -> object:
    """Return PASSED for a score of the traveller's own finger."""
    return PASSED if isinstance(said, int) and said >= PASSES else said


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_every_fault_is_told_in_time_and_a_clean_comparison_passes_after_it(
    bench: FingerBench, driver: FingerprintSensor, fault: Fault
) -> None:
    bench.sensor.finger = fault.finger
    fault.put(bench.sensor)
    began_s = time.monotonic()
    said = outcome(scored(driver))
    took_s = time.monotonic() - began_s
    assert said == fault.said
    assert took_s < fault.within_s + SLACK_S
    bench.sensor.faults, bench.sensor.finger = ReplyFaults(), TRAVELLER
    if "drops_line_s" in fault.line:
        assert scored(driver) is DeviceLost
        driver = bench.opened()
    assert outcome(scored(driver)) == PASSED


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.moment is Op.MATCH], ids=str)
def test_no_fault_lets_an_impostor_pass(
    bench: FingerBench, driver: FingerprintSensor, fault: Fault
) -> None:
    bench.sensor.finger = IMPOSTOR
    fault.put(bench.sensor)
    assert outcome(scored(driver)) != PASSED
    bench.sensor.faults = ReplyFaults()
    if "drops_line_s" in fault.line:
        driver = bench.opened()
    assert scored(driver) == 0


@pytest.mark.parametrize("seed", range(4))
def test_another_finger_scores_nothing_and_the_own_one_its_score(
    bench: FingerBench, driver: FingerprintSensor, seed: int
) -> None:
    assert outcome(scored(driver, seed)) == PASSED
    bench.sensor.finger = IMPOSTOR
    assert scored(driver, seed) == 0


def test_the_score_is_told_as_it_is_whatever_the_sensors_level(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    bench.sensor.level = 1
    assert driver.capture(0.0) is FingerReason.OK
    live = bench.sensor._buffers[1]
    compared = driver.compare(template(TRAVELLER), [template(DECOY)], below(0))
    assert compared == FingerCompared(
        FingerReason.OK, alike(live, template(TRAVELLER).data), decoys=1
    )


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        (Touch.DRY, FingerReason.TOO_DRY),
        (Touch.WET, FingerReason.TOO_WET),
        (Touch.SMEARED, FingerReason.SMEARED),
        (Touch.TIP, FingerReason.TOO_FEW_POINTS),
    ],
)
def test_a_finger_that_cannot_be_taken_says_why_and_is_not_compared(
    bench: FingerBench, driver: FingerprintSensor, touch: Touch, reason: FingerReason
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    bench.sensor.touch = touch
    assert driver.capture(1.0) is reason
    nothing = FingerCompared(FingerReason.NO_FINGER, None, 0)
    assert driver.compare(template(TRAVELLER), [template(DECOY)], below(0)) == nothing


def test_no_finger_is_told_when_the_time_is_up_and_not_before(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    bench.sensor.finger = None
    began_s = time.monotonic()
    assert driver.capture(0.3) is FingerReason.NO_FINGER
    assert 0.3 <= time.monotonic() - began_s < 0.3 + SLACK_S


def test_a_finger_laid_down_meanwhile_is_taken(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    bench.sensor.finger = None
    laid = threading.Timer(0.15, setattr, (bench.sensor, "finger", TRAVELLER))
    laid.start()
    assert driver.capture(10.0) is FingerReason.OK
    laid.join()


@pytest.mark.parametrize(
    ("claimed", "decoys", "reason"),
    [
        (template(TRAVELLER), [], FingerReason.DECOY_MISSING),
        (replace(template(TRAVELLER), data=b"\0" * 511), [template(DECOY)], "template_unfit"),
        (replace(template(TRAVELLER), data=b""), [template(DECOY)], "template_unfit"),
        (
            FingerTemplate(TemplateFormat.ISO_19794_2, template(TRAVELLER).data),
            [template(DECOY)],
            "template_unfit",
        ),
        (template(TRAVELLER), [template(DECOY), replace(template(DECOY), data=b"")], "decoy_unfit"),
        (template(TRAVELLER), [template(TRAVELLER, seed=9)], "decoy_matched"),
        (template(IMPOSTOR), [template(DECOY), template(TRAVELLER)], "decoy_matched"),
    ],
)
def test_what_cannot_be_compared_and_a_sensor_that_finds_a_decoy_give_no_score(
    driver: FingerprintSensor,
    claimed: FingerTemplate,
    decoys: list[FingerTemplate],
    reason: FingerReason,
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    compared = driver.compare(claimed, decoys, below(1))
    assert (compared.reason, compared.score) == (reason, None)


def test_a_sensor_that_matches_whatever_it_is_asked_is_not_believed(
    bench: FingerBench, driver: FingerprintSensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.fingerprint_zfm.alike", lambda *_: 200)
    bench.sensor.finger = IMPOSTOR
    assert scored(driver) is FingerReason.DECOY_MATCHED


def drawn(numbers: tuple[int, ...]) -> Callable[[int], int]:
    left = list(numbers)
    return lambda _: left.pop(0)


def test_every_order_is_drawn_as_often_as_any_other() -> None:
    draws = product(range(4), range(3), range(2))
    orders = Counter(tuple(in_random_order(4, drawn(draw))) for draw in draws)
    assert orders == Counter(permutations(range(4)))


def test_template_and_decoys_are_sent_in_the_order_that_is_drawn(
    driver: FingerprintSensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(
        driver._talk,  # type: ignore[attr-defined]  # the driver's own part, of its class
        "send",
        lambda content, _: sent.append(content),
    )
    assert driver.capture(0.0) is FingerReason.OK
    claimed, decoys = template(TRAVELLER), [template(DECOY), template(IMPOSTOR)]
    driver.compare(claimed, decoys, lambda _: 0)  # the last is put first, again and again
    driver.compare(claimed, decoys, lambda count: count - 1)  # all stay
    assert sent == [decoys[0].data, decoys[1].data, claimed.data, claimed.data] + [
        decoy.data for decoy in decoys
    ]


def test_a_lost_upload_is_never_a_match_with_what_was_there_before(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    for seed in range(6):  # the order is another one each time
        bench.sensor.faults = ReplyFaults()
        assert outcome(scored(driver, seed)) == PASSED
        bench.sensor._buffers[2] = template(TRAVELLER).data  # as the order may have left it
        bench.sensor.faults = ReplyFaults(loses_upload=True)
        assert driver.capture(0.0) is FingerReason.OK
        claimed = driver.compare(template(IMPOSTOR), [template(DECOY)], below(seed))
        assert claimed.reason is FingerReason.DECOY_MATCHED


def test_what_was_left_by_the_same_finger_does_not_keep_it_from_a_second_try(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    for seed in range(6):
        bench.sensor._buffers[2] = template(TRAVELLER).data
        compared = driver.compare(template(TRAVELLER), [template(DECOY)], below(seed))
        assert outcome(compared.score) == PASSED


def test_what_comes_between_capture_and_comparison_is_thrown_away(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    bench.cable.send(bytes.fromhex("EF01FFFFFFFF07000500 00C8 00D4"))
    compared = driver.compare(template(IMPOSTOR), [template(DECOY)], below(0))
    assert compared.score == 0


def test_after_an_error_no_finger_is_held(bench: FingerBench, driver: FingerprintSensor) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    bench.sensor.faults = ReplyFaults(code=Code.BAD_TEMPLATE, only=Op.DOWN_CHAR)
    with pytest.raises(DeviceRefused, match=r"DOWN_CHAR: bad_template \(0C\)"):
        driver.compare(template(TRAVELLER), [template(DECOY)], below(0))
    bench.sensor.faults = ReplyFaults()
    compared = driver.compare(template(TRAVELLER), [template(DECOY)], below(0))
    assert compared.reason is FingerReason.NO_FINGER


def test_a_sensor_that_lost_power_compares_nothing(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    assert driver.capture(0.0) is FingerReason.OK
    bench.sensor.power_up()
    compared = driver.compare(template(TRAVELLER), [template(DECOY)], below(0))
    assert compared == FingerCompared(FingerReason.OK, 0, 1)
    assert outcome(scored(driver)) == PASSED


def test_it_says_what_it_is(bench: FingerBench, driver: FingerprintSensor) -> None:
    bench.sensor.level, bench.sensor.capacity = 4, 162
    told = driver.identity()
    assert (told.level, told.capacity, told.packet_bytes, told.baud) == (4, 162, 128, 57600)
    assert told.what == "ZFM sensor, system 0009, 162 templates"


@pytest.mark.parametrize("packet_bytes", [32, 64, 128, 256])
@pytest.mark.parametrize("template_bytes", [128, 512, 1536])
def test_templates_and_packets_have_the_lengths_of_the_profile(
    tmp_path: Path, packet_bytes: int, template_bytes: int
) -> None:
    bench = FingerBench(
        tmp_path / "sensor", packet_bytes=packet_bytes, template_bytes=template_bytes
    )
    sensor = bench.sensor
    sensor.packet_bytes, sensor.template_bytes, sensor.finger = packet_bytes, template_bytes, 1
    driver = bench.opened()
    assert driver.capture(0.0) is FingerReason.OK
    own, other = (
        replace(template(who), data=template(who).data[:template_bytes].ljust(template_bytes))
        for who in (TRAVELLER, DECOY)
    )
    assert outcome(driver.compare(own, [other], below(0)).score) == PASSED
    bench.close()


def test_a_password_and_an_address_of_its_own_are_the_profiles(tmp_path: Path) -> None:
    bench = FingerBench(tmp_path / "sensor", address="0000A1B2", password="00C0FFEE")
    bench.sensor.address, bench.sensor.password = 0x0000A1B2, 0x00C0FFEE
    bench.sensor.finger = TRAVELLER
    assert outcome(scored(bench.opened())) == PASSED
    bench.close()


@pytest.mark.parametrize(
    ("field", "setting", "error", "words"),
    [
        ("password", 1, DeviceRefused, r"VFY_PWD: wrong_password \(13\)"),
        ("address", 2, DeviceLost, "VFY_PWD: no answer within 0.6 s"),
        ("packet_bytes", 64, DeviceRefused, "packets of 64 bytes, .* packet_bytes = 128"),
    ],
)
def test_a_sensor_that_is_set_up_differently_is_not_opened_and_says_why(
    bench: FingerBench, field: str, setting: int, error: type[DeviceError], words: str
) -> None:
    setattr(bench.sensor, field, setting)
    with pytest.raises(error, match=words):
        bench.opened()


def test_a_line_that_is_not_there_or_is_held_by_another_is_lost(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    with pytest.raises(DeviceLost, match="cannot open its line"):
        fingerprint(bench.settings(), time.monotonic)
    gone = bench.settings().model_copy(update={"line": str(bench.path) + ".not"})
    with pytest.raises(DeviceLost, match="cannot open its line"):
        fingerprint(gone, time.monotonic)
    driver.close()
    driver.close()


def test_two_threads_are_never_in_each_others_way(driver: FingerprintSensor) -> None:
    told: list[str] = []

    def asks() -> None:
        told.extend(driver.identity().what for _ in range(40))

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["ZFM sensor, system 0009, 1000 templates"] * 160


def enrolled(
    bench: FingerBench, driver: FingerprintSensor, fingers: list[int | None]
) -> tuple[object, list[EnrolProgress]]:
    """Enrol with these fingers, each laid down when asked for, and lifted when asked for."""
    steps: list[EnrolProgress] = []
    coming = iter(fingers)
    bench.sensor.finger = None

    def told(step: EnrolProgress) -> None:
        steps.append(step)
        if step.step is EnrolStep.PLACE:
            bench.sensor.finger = next(coming)
        if step.step is EnrolStep.LIFT:
            bench.sensor.finger = None
        if step.step is EnrolStep.AGAIN:
            bench.sensor.touch = Touch.CLEAN

    return driver.enrol(0.5, told), steps


def test_three_captures_make_a_template_that_passes_at_a_gate(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    bench.sensor.touch = Touch.DRY
    result, steps = enrolled(bench, driver, [IMPOSTOR] * 3)
    assert getattr(result, "reason", None) is FingerReason.OK
    template_made, scores = result.template, result.scores  # type: ignore[attr-defined]
    assert (template_made.format, len(template_made.data)) == (TemplateFormat.ZFM, SIZE)
    assert min(scores) >= PASSES
    assert [(step.step.value, step.capture) for step in steps] == [
        ("place", 1),
        ("again", 1),
        ("taken", 1),
        ("lift", 1),
        ("place", 2),
        ("taken", 2),
        ("lift", 2),
        ("place", 3),
        ("taken", 3),
    ]
    assert steps[1].reason is FingerReason.TOO_DRY
    bench.sensor.finger = IMPOSTOR
    assert driver.capture(0.0) is FingerReason.OK
    compared = driver.compare(template_made, [template(DECOY)], below(0))
    assert outcome(compared.score) == PASSED


@pytest.mark.parametrize(
    ("fingers", "reason", "captures"),
    [
        ([1, 2, 1], FingerReason.CAPTURES_DIFFER, 2),
        ([1, 1, 2], FingerReason.CAPTURES_DIFFER, 3),
        ([None], FingerReason.NO_FINGER, 1),
        ([1, None], FingerReason.NO_FINGER, 2),
    ],
)
def test_captures_of_two_fingers_or_none_make_no_template(
    bench: FingerBench,
    driver: FingerprintSensor,
    fingers: list[int | None],
    reason: FingerReason,
    captures: int,
) -> None:
    result, steps = enrolled(bench, driver, fingers)
    assert (result.reason, result.template) == (reason, None)  # type: ignore[attr-defined]
    assert steps[-1].capture == captures
    bench.sensor.finger = TRAVELLER
    assert outcome(scored(driver)) == PASSED


def test_a_finger_that_stays_ends_an_enrolment(driver: FingerprintSensor) -> None:
    result = driver.enrol(0.2, lambda _: None)
    assert (result.reason, result.template) == (FingerReason.NOT_LIFTED, None)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"code": Code.UPLOAD_FAILED}, DeviceRefused),
        ({"cut_to": 100}, DeviceLost),
        ({"foreign": 1}, DeviceGarbled),
        ({"length": 0xFFFF}, DeviceGarbled),
    ],
)
def test_a_template_that_does_not_come_whole_is_none(
    bench: FingerBench,
    driver: FingerprintSensor,
    faults: dict[str, int],
    error: type[DeviceError],
) -> None:
    bench.sensor.faults = ReplyFaults(only=Op.UP_CHAR, **faults)  # type: ignore[arg-type]
    with pytest.raises(error):
        enrolled(bench, driver, [1, 1, 1])


def test_a_template_of_another_length_than_the_profiles_is_refused(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    for size in (256, 768):
        bench.sensor.template_bytes = size
        with pytest.raises(DeviceGarbled, match="UP_CHAR"):
            enrolled(bench, driver, [1, 1, 1])


def test_no_error_takes_longer_than_its_deadline_and_the_line_is_never_blocked(
    bench: FingerBench, driver: FingerprintSensor
) -> None:
    bench.sensor.faults.line.mute = True
    began_s = time.monotonic()
    for _ in range(3):
        with pytest.raises(DeviceLost):
            driver.identity()
    assert time.monotonic() - began_s < 3 * (ANSWER_S + 0.1) + SLACK_S
    assert isinstance(driver, FingerprintZfm)
