"""The fingerprint host's body: a finger is taken when the lane asks, and compared here.

    expect_finger    whether this holder has a finger here: finger_expected
    measure_finger   the templates of that registration, a finger, a comparison: finger_measured
    forget           what is measured is stopped; nothing of it is kept

Templates live here for the length of one question, a decoy for that of one passage, and the lane
hears a score and a reason only. Who is enrolled without a finger is told from the registry, whether
the sensor is there or not. Each finger is compared with another resident's too, which must fail
(research/hardware.md 2.4), in every try of a passage with the same: of two templates that are sent
to the sensor again, one that is new would be the decoy. The next try begins when the finger was
lifted: a dry one that lies there would use up every try.

Source: DESIGN section 2; research/hardware.md 2.3 and 2.4; issue 5, item 3.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from egate.domain.finger import FingerReason, FingerTemplate
from egate.domain.finger_measures import FingerMeasures
from egate.loop.device_host import Asked, BodyLink
from egate.loop.kept_device import Kept
from egate.loop.messages import (
    ExpectFinger,
    FingerExpected,
    FingerMeasured,
    Forget,
    MeasureFinger,
)
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceRefused
from egate.ports.fingerprint import Below, FingerprintSensor

FINGERPRINT: Final = "fingerprint"
IDLE_S: Final = 0.5  # between two looks whether the sensor is still there
LOOKS_S: Final = 0.3  # for a finger, before it is heard whether the passage is over
LIFTS_WITHIN_S: Final = 3.0
ANSWERS_WITHIN_S: Final = 5.0  # the longest a call of a sensor is away that sends no picture


class FingerRefused(Exception):
    """There is nothing to compare a finger with; `reason` says why."""

    def __init__(self, reason: FingerReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FingerReference:
    """The fingers of one resident, one or two, and another resident's, of the same format."""

    templates: tuple[FingerTemplate, ...] = field(repr=False)
    decoys: tuple[FingerTemplate, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FingerprintParts:
    """What the body is made of; `reference_of` a registration raises FingerRefused."""

    open_sensor: Callable[[], FingerprintSensor]
    reference_of: Callable[[str], FingerReference]
    below: Below
    clock: Callable[[], float]


class FingerprintBody:
    """Keeps the sensor open, takes fingers when asked."""

    def __init__(self, parts: FingerprintParts) -> None:
        self._parts = parts
        self._sensor = Kept(FINGERPRINT, parts.open_sensor, parts.clock)
        self._must_lift = False
        self._decoys: tuple[int, str, tuple[FingerTemplate, ...]] | None = None

    def run(self, link: BodyLink) -> None:
        asked: Asked | None = None
        try:
            while not link.is_stopping:
                if isinstance(asked, MeasureFinger):
                    asked = self._measure(link, asked)
                    continue
                self._heard(link, asked)
                self._look_after(link)
                asked = link.asked(IDLE_S)
        finally:
            self._sensor.close()

    def _heard(self, link: BodyLink, asked: Asked | None) -> None:
        if isinstance(asked, Forget):
            self._must_lift, self._decoys = False, None
        elif isinstance(asked, ExpectFinger):
            is_wanted = self._is_wanted(asked.registration)
            link.say(FingerExpected(passage=asked.passage, is_wanted=is_wanted))

    def _is_wanted(self, registration: str) -> bool:
        """Say whether a finger is to be compared; one that cannot be is refused when it is due."""
        try:
            self._parts.reference_of(registration)
        except FingerRefused as refusal:
            return refusal.reason is not FingerReason.TEMPLATE_MISSING
        return True

    def _look_after(self, link: BodyLink) -> None:
        """Find out that the sensor is gone before somebody needs it."""
        sensor = self._sensor.get(link)
        if sensor is None:
            return
        try:
            sensor.identity()
        except DeviceError as error:
            self._sensor.lost(link, error)
        else:
            self._sensor.well()

    def _measure(self, link: BodyLink, ask: MeasureFinger) -> Asked | None:
        """Carry out one try and answer it; return what interrupted it, unanswered."""
        try:
            reference = self._reference(ask)
        except FingerRefused as refusal:
            _answer(link, ask, FingerMeasures(refusal.reason))
            return None
        sensor = self._sensor.get(link)
        if sensor is None:
            _answer(link, ask, FingerMeasures(FingerReason.SENSOR_LOST))
            return None
        try:
            taken = self._taken(link, sensor, ask.deadline_at_s)
            if not isinstance(taken, FingerReason):
                return taken
            measures = FingerMeasures(taken)
            if taken is FingerReason.OK:
                measures = self._compared(sensor, reference)
        except DeviceError as error:
            self._sensor.lost(link, error)
            measures = FingerMeasures(_reason_of(error))
        _answer(link, ask, measures)
        return None

    def _reference(self, ask: MeasureFinger) -> FingerReference:
        """Return what to compare with; the decoys stay those of the first try of a passage."""
        reference = self._parts.reference_of(ask.registration)
        tried = (ask.passage, ask.registration)
        if self._decoys is not None and self._decoys[:2] == tried:
            return replace(reference, decoys=self._decoys[2])
        self._decoys = (*tried, reference.decoys)
        return reference

    def _taken(
        self, link: BodyLink, sensor: FingerprintSensor, deadline_s: float
    ) -> FingerReason | Asked:
        """Wait for the old finger to go and a new one to come; or return what interrupts."""
        lift_by_s = min(deadline_s, self._parts.clock() + LIFTS_WITHIN_S)
        while self._parts.clock() < deadline_s:
            if (interruption := link.asked(0)) is not None:
                return interruption
            looks_s = min(LOOKS_S, max(0.0, deadline_s - self._parts.clock()))
            if self._must_lift:
                self._must_lift = not sensor.is_lifted(looks_s)
                if self._must_lift and self._parts.clock() >= lift_by_s:
                    return FingerReason.NOT_LIFTED
                continue
            reason = sensor.capture(looks_s)
            if reason is not FingerReason.NO_FINGER:
                self._must_lift = True
                return reason
        return FingerReason.NO_FINGER

    def _compared(self, sensor: FingerprintSensor, reference: FingerReference) -> FingerMeasures:
        """Compare the finger held with each of the resident's; the best score counts."""
        began_s = self._parts.clock()
        best = decoys = 0
        for template in reference.templates:
            one = sensor.compare(template, reference.decoys, self._parts.below)
            if one.score is None:
                return FingerMeasures(one.reason, template.format, None, one.decoys)
            best, decoys = max(best, one.score), decoys + one.decoys
        own_ms = (self._parts.clock() - began_s) * 1000
        return FingerMeasures(FingerReason.OK, reference.templates[0].format, best, decoys, own_ms)


def _answer(link: BodyLink, ask: MeasureFinger, measures: FingerMeasures) -> None:
    link.say(FingerMeasured(request=ask.request, passage=ask.passage, measures=measures))


def _reason_of(error: DeviceError) -> FingerReason:
    if isinstance(error, DeviceGarbled):
        return FingerReason.SENSOR_GARBLED
    if isinstance(error, DeviceRefused):
        return FingerReason.SENSOR_REFUSED
    return FingerReason.SENSOR_LOST
