"""The checks of the fingerprint sensor: there, in time, and taking the finger of a person.

    EG-S251    the sensor says what it is
    EG-S252    within its time
    EG-S253    it takes a finger laid on it by a person

No template is made and none compared: whose finger it is does not matter here, and nothing of it
is kept.
"""

from collections.abc import Iterator
from typing import Final

from egate.domain.finger import FingerReason
from egate.ports.errors import DeviceLost, DeviceRefused
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.device_checks import HELD, LOCKED
from egate.selftest.not_asked import where, with_person
from egate.selftest.person import Wish

Checks = Iterator[Check[ClosedLane]]

SENSOR: Final = "fingerprint"
NO_LINE: Final = " its line: "  # in a driver's words, where there is no line to open
BEGINNING: Final = "only the beginning"  # in a driver's words, of an answer that does not end
PACKETS: Final = "it is set to packets"  # how a driver's words begin where the profile differs
ANSWER_MS: Final = 500.0
LOOKS_S: Final = 0.5

IS_THERE = Reason("is_there", Outcome.PASSED)
SILENT = Reason("silent", Outcome.FAILED)
BREAKS_OFF = Reason("breaks_off", Outcome.FAILED)
WRONG_PASSWORD = Reason("wrong_password", Outcome.FAILED)
OTHER_PACKETS = Reason("other_packets", Outcome.FAILED)
GREETING: Final = (IS_THERE, HELD, SILENT, BREAKS_OFF, WRONG_PASSWORD, OTHER_PACKETS)
QUICK = Reason("quick", Outcome.PASSED)
SLOW = Reason("slow", Outcome.FAILED)
TAKES = Reason("takes", Outcome.PASSED)
SEES_NOTHING = Reason("sees_nothing", Outcome.FAILED)
POOR = {
    FingerReason.TOO_DRY: Reason("too_dry", Outcome.FAILED),
    FingerReason.TOO_WET: Reason("too_wet", Outcome.FAILED),
    FingerReason.SMEARED: Reason("smeared", Outcome.FAILED),
    FingerReason.TOO_FEW_POINTS: Reason("too_few_points", Outcome.FAILED),
}


def finger_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the fingerprint sensor."""
    takes = Check(
        "EG-S253", SENSOR, (TAKES, SEES_NOTHING, *POOR.values()), _takes, ("EG-S252",),
        limit_s=15.0 + lane.paces.answers_s,
    )  # fmt: skip
    for check in (
        Check("EG-S251", SENSOR, GREETING, _is_there, limit_s=10.0),
        Check("EG-S252", SENSOR, (QUICK, SLOW), _is_quick, ("EG-S251",), ("answer",), 10.0),
        with_person(lane, takes),
    ):
        yield where(lane.openers.fingerprint is not None, check)


def _is_there(lane: ClosedLane) -> Answer:
    try:
        told = lane.fingerprint().identity()
    except DeviceLost as lost:
        if LOCKED in lost.what:
            return Answer(HELD)
        if NO_LINE in lost.what:
            raise
        return Answer(BREAKS_OFF if BEGINNING in lost.what else SILENT)
    except DeviceRefused as refused:
        if "password" in refused.what:
            return Answer(WRONG_PASSWORD)
        if refused.what.startswith(PACKETS):
            return Answer(OTHER_PACKETS)
        raise
    return Answer(IS_THERE, identity=(("model", told.what),))


def _is_quick(lane: ClosedLane) -> Answer:
    began_s = lane.now_s()
    lane.fingerprint().identity()
    took_ms = round((lane.now_s() - began_s) * 1000, 1)
    answer = Measured("answer", took_ms, "ms", at_most=ANSWER_MS)
    return Answer(QUICK if answer.is_within else SLOW, measured=(answer,))


def _takes(lane: ClosedLane) -> Answer:
    sensor, last = lane.fingerprint(), [FingerReason.NO_FINGER]

    def until() -> bool:
        last.append(sensor.capture(LOOKS_S))
        return last[-1] is not FingerReason.NO_FINGER

    lane.have_done(Wish.LAY_FINGER, SENSOR, until)
    if last[-1] is FingerReason.OK:
        return Answer(TAKES)
    return Answer(POOR.get(last[-1], SEES_NOTHING))
