"""The fingerprint host's body over a sensor played by the test: what it asks, tells and keeps."""

from collections.abc import Sequence
import threading
import time

import pytest

from egate.domain.finger import (
    FingerCompared,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    SensorIdentity,
    TemplateFormat,
)
from egate.domain.finger_measures import FingerMeasures
from egate.loop.fingerprint_body import (
    FingerprintBody,
    FingerprintParts,
    FingerReference,
    FingerRefused,
)
from egate.loop.messages import ExpectFinger, FingerExpected, Forget, MeasureFinger
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.fingerprint import Below, Told
from tests.loop.served import Served

R = FingerReason
ONE, TWO, DECOY = (FingerTemplate(TemplateFormat.ZFM, name) for name in (b"one", b"two", b"decoy"))
IDENTITY = SensorIdentity("a sensor", 9, 0, 1000, 3, 128, 57600)
LOST = DeviceLost("fingerprint", "nothing was heard in 1.5 s")


class Sensor:
    """A sensor on which fingers come and go as listed, each by how it is captured."""

    def __init__(
        self, *captures: FingerReason | DeviceError, scores: dict[bytes, int] | None = None
    ) -> None:
        self._captures = list(captures)
        self._scores = scores or {}
        self.result = R.OK
        self.compared: list[tuple[bytes, tuple[bytes, ...]]] = []
        self.trouble: DeviceError | None = None
        self.closed = 0

    def identity(self) -> SensorIdentity:
        if self.trouble is not None:
            raise self.trouble
        return IDENTITY

    def capture(self, timeout_s: float) -> FingerReason:
        if not self._captures:
            threading.Event().wait(min(timeout_s, 0.01))
            return R.NO_FINGER
        found = self._captures.pop(0)
        if isinstance(found, DeviceError):
            raise found
        return found

    def is_lifted(self, timeout_s: float) -> bool:
        return self.capture(timeout_s) is R.NO_FINGER

    def compare(
        self, template: FingerTemplate, decoys: Sequence[FingerTemplate], below: Below
    ) -> FingerCompared:
        assert 0 <= below(2) < 2
        self.compared.append((template.data, tuple(one.data for one in decoys)))
        if self.result is not R.OK:
            return FingerCompared(self.result, None, len(decoys))
        return FingerCompared(R.OK, self._scores.get(template.data, 0), len(decoys))

    def enrol(self, timeout_s: float, told: Told) -> FingerEnrolled:
        raise NotImplementedError

    def close(self) -> None:
        self.closed += 1


def reference_of(registration: str) -> FingerReference:
    if registration == "R-2":
        return FingerReference((ONE, TWO), (DECOY,))
    if registration != "R-1":
        raise FingerRefused(R.TEMPLATE_MISSING)
    return FingerReference((ONE,), (DECOY,))


def body(*sensors: Sensor | DeviceError) -> FingerprintBody:
    left = list(sensors)

    def open_sensor() -> Sensor:
        opened = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(opened, DeviceError):
            raise opened
        return opened

    return FingerprintBody(
        FingerprintParts(open_sensor, reference_of, lambda most: most - 1, time.monotonic)
    )


def ask(registration: str = "R-1", within_s: float = 5.0, attempt: int = 1) -> MeasureFinger:
    return MeasureFinger(
        request=attempt,
        passage=3,
        attempt=attempt,
        deadline_at_s=time.monotonic() + within_s,
        registration=registration,
    )


def measured(served: Served, *asks: MeasureFinger) -> list[FingerMeasures]:
    """Ask one after the other; return the answers."""
    served.until(served.presence)
    for number, one in enumerate(asks, start=1):
        served.link.ask(one)
        served.until(lambda number=number: len(served.fingers()) == number)  # type: ignore[misc]  # bound now
    return served.fingers()


def test_a_finger_is_compared_with_the_holders_and_a_decoy_and_only_a_score_is_told() -> None:
    sensor = Sensor(R.NO_FINGER, R.OK, scores={b"one": 120})
    with Served(body(sensor)) as served:
        (told,) = measured(served, ask())
    assert (told.reason, told.score, told.decoys) == (R.OK, 120, 1)
    assert told.format is TemplateFormat.ZFM
    assert sensor.compared == [(b"one", (b"decoy",))]
    assert sensor.closed == 1


def test_every_try_of_a_passage_has_the_same_decoy_and_another_passage_may_have_another() -> None:
    """Who reads the sensor's line would know a new one for the decoy that it is."""
    drawn = iter(range(100))
    sensor = Sensor(R.OK, R.NO_FINGER, R.OK, R.NO_FINGER, R.OK)

    def drawing(_registration: str) -> FingerReference:
        decoy = FingerTemplate(TemplateFormat.ZFM, b"decoy %d" % next(drawn))
        return FingerReference((ONE,), (decoy,))

    parts = FingerprintParts(lambda: sensor, drawing, lambda _: 0, time.monotonic)
    with Served(FingerprintBody(parts)) as served:
        measured(served, ask(), ask(attempt=2))
        served.link.ask(Forget(passage=3))
        served.link.ask(ask(attempt=3).model_copy(update={"passage": 4}))
        served.until(lambda: len(served.fingers()) == 3)
    decoys = [decoys for _, decoys in sensor.compared]
    assert decoys[0] == decoys[1] == (b"decoy 0",)
    assert decoys[2] != decoys[0]


def test_of_two_fingers_enrolled_the_better_counts_and_both_had_their_decoy() -> None:
    sensor = Sensor(R.OK, scores={b"two": 90})
    with Served(body(sensor)) as served:
        (told,) = measured(served, ask("R-2"))
    assert (told.reason, told.score, told.decoys) == (R.OK, 90, 2)


def test_a_decoy_that_matches_ends_it_whatever_else_matches() -> None:
    sensor = Sensor(R.OK, scores={b"one": 120, b"two": 120})
    sensor.result = R.DECOY_MATCHED
    with Served(body(sensor)) as served:
        (told,) = measured(served, ask("R-2"))
    assert (told.reason, told.score) == (R.DECOY_MATCHED, None)
    assert len(sensor.compared) == 1


def test_who_is_enrolled_without_a_finger_is_told_whether_the_sensor_is_there_or_not() -> None:
    for sensor in (Sensor(), LOST):
        with Served(body(sensor)) as served:
            (told,) = measured(served, ask("R-9"))
        assert told == FingerMeasures(R.TEMPLATE_MISSING)


@pytest.mark.parametrize("sensor", [Sensor(), LOST])
def test_whether_a_finger_is_wanted_is_told_from_the_registry_alone(
    sensor: Sensor | DeviceError,
) -> None:
    def reference(registration: str) -> FingerReference:
        if registration == "broken":
            raise FingerRefused(R.TEMPLATE_BROKEN)
        return reference_of(registration)

    def open_sensor() -> Sensor:
        if isinstance(sensor, DeviceError):
            raise sensor
        return sensor

    parts = FingerprintParts(open_sensor, reference, lambda most: most - 1, time.monotonic)
    with Served(FingerprintBody(parts)) as served:
        for number, registration in enumerate(("R-1", "R-9", "broken")):
            served.link.ask(ExpectFinger(passage=number, registration=registration))
        served.until(lambda: len(told(served)) == 3)
    assert told(served) == [(0, True), (1, False), (2, True)]


def told(served: Served) -> list[tuple[int, bool]]:
    return [(one.passage, one.is_wanted) for one in served.said if isinstance(one, FingerExpected)]


def test_without_a_sensor_the_finger_is_answered_at_once() -> None:
    with Served(body(LOST)) as served:
        (told,) = measured(served, ask())
    assert told.reason is R.SENSOR_LOST
    assert served.presence() == [False]


def test_nobody_who_lays_a_finger_down_is_waited_for_until_the_deadline() -> None:
    with Served(body(Sensor())) as served:
        (told,) = measured(served, ask(within_s=0.05))
    assert told.reason is R.NO_FINGER


def test_after_a_bad_finger_the_next_try_waits_until_it_was_lifted() -> None:
    sensor = Sensor(R.TOO_DRY, R.TOO_DRY, R.TOO_DRY, R.NO_FINGER, R.OK, scores={b"one": 120})
    with Served(body(sensor)) as served:
        dry, good = measured(served, ask(), ask(attempt=2))
    assert (dry.reason, good.score) == (R.TOO_DRY, 120)


def test_a_finger_that_stays_is_told_as_not_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egate.loop.fingerprint_body.LIFTS_WITHIN_S", 0.0)
    with Served(body(Sensor(R.TOO_WET, R.TOO_WET, R.TOO_WET))) as served:
        wet, stays = measured(served, ask(), ask(attempt=2))
    assert (wet.reason, stays.reason) == (R.TOO_WET, R.NOT_LIFTED)


def test_what_lay_there_before_is_forgotten_with_the_passage() -> None:
    sensor = Sensor(R.TOO_DRY, R.OK, scores={b"one": 120})
    with Served(body(sensor)) as served:
        measured(served, ask())
        served.link.ask(Forget(passage=3))
        served.link.ask(ask(attempt=2))
        served.until(lambda: len(served.fingers()) == 2)
    assert served.fingers()[1].score == 120


def test_a_passage_that_is_over_stops_the_wait_unanswered() -> None:
    with Served(body(Sensor())) as served:
        served.until(served.presence)
        served.link.ask(ask(within_s=60.0))
        served.link.ask(Forget(passage=3))
        served.link.ask(ask("R-9", attempt=2))
        served.until(served.fingers)
    assert [told.reason for told in served.fingers()] == [R.TEMPLATE_MISSING]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LOST, R.SENSOR_LOST),
        (DeviceGarbled("fingerprint", "more came than was asked for"), R.SENSOR_GARBLED),
        (DeviceRefused("fingerprint", "code 18"), R.SENSOR_REFUSED),
    ],
)
def test_an_error_is_no_match_and_the_sensor_is_opened_anew(
    error: DeviceError, reason: FingerReason
) -> None:
    first = Sensor(error)
    with Served(body(first, Sensor())) as served:
        (told,) = measured(served, ask())
        served.until(lambda: served.presence() == [True, False, True])
    assert (told.reason, told.score) == (reason, None)
    assert first.closed == 1


def test_a_sensor_that_goes_while_nobody_asks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egate.loop.fingerprint_body.IDLE_S", 0.01)
    first = Sensor()
    with Served(body(first, LOST, Sensor())) as served:
        served.until(served.presence)
        first.trouble = LOST
        served.until(lambda: served.presence() == [True, False, True])


def test_no_repr_shows_a_template_or_a_registration() -> None:
    assert "one" not in repr(reference_of("R-1"))
    assert "R-1" not in repr(ask())
