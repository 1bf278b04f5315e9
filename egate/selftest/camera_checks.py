"""The checks of the camera that faces the traveller: alive, as large as set, quick and well lit.

    EG-S241    pictures come, of the right size, and differ from one another
    EG-S242    so many a second
    EG-S243    neither dark nor burnt out
    EG-S244    a sharp picture of the test code, held by a person at the mark

A room without anybody in it has no sharpness to measure: grey walls are as smooth in focus as out
of it. So the fourth asks for something with edges.

Source: research/hardware.md section 4 (rates); egate/vision/quality.py (the same limits of light).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.ports.camera import Camera
from egate.ports.errors import DeviceLost, DeviceRefused
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.device_checks import REPEATS, repeats
from egate.selftest.person import Wish

Checks = Iterator[Check[ClosedLane]]

CAMERA: Final = "camera"
LEAST_HZ: Final = 10.0  # below it a look does not get its frames in time
DARKEST, BRIGHTEST = 30.0, 225.0
BURNT, MOST_BURNT = 250, 0.25
SHARP: Final = 60.0
LONGEST_EDGE: Final = 640

COMES = Reason("comes", Outcome.PASSED)
WRONG_SIZE = Reason("wrong_size", Outcome.FAILED)
QUICK = Reason("quick", Outcome.PASSED)
SLOW = Reason("slow", Outcome.FAILED)
WELL_LIT = Reason("well_lit", Outcome.PASSED)
DARK = Reason("dark", Outcome.FAILED)
BRIGHT = Reason("bright", Outcome.FAILED)
IN_FOCUS = Reason("in_focus", Outcome.PASSED)
BLURRED = Reason("blurred", Outcome.FAILED)


def camera_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the camera."""
    yield Check("EG-S241", CAMERA, (COMES, REPEATS, WRONG_SIZE), _comes, limit_s=15.0)
    yield Check(
        "EG-S242", CAMERA, (QUICK, SLOW), _rate, ("EG-S241",), ("rate", "interval"),
        limit_s=15.0 + 2 * lane.paces.watches_s,
    )  # fmt: skip
    yield Check(
        "EG-S243", CAMERA, (WELL_LIT, DARK, BRIGHT), _exposure, ("EG-S241",), ("light", "burnt")
    )
    if lane.person is not None:
        yield Check(
            "EG-S244", CAMERA, (IN_FOCUS, BLURRED), _sharpness,
            ("EG-S242", "EG-S243"), ("sharpness",), limit_s=10.0 + lane.paces.answers_s,
        )  # fmt: skip


def _comes(lane: ClosedLane) -> Answer:
    try:
        lane.camera().newest(0, lane.profile.devices.camera.frame_timeout_ms / 1000)
    except DeviceLost as lost:
        if repeats(lost):
            return Answer(REPEATS)
        raise
    except DeviceRefused as refused:
        if refused.what.startswith("gives "):
            return Answer(WRONG_SIZE)
        raise
    return Answer(COMES)


def _rate(lane: ClosedLane) -> Answer:
    camera, taken_s = lane.camera(), list[float]()
    timeout_s = lane.profile.devices.camera.frame_timeout_ms / 1000
    number, ends_at_s = camera.newest(0, timeout_s).number, lane.now_s() + lane.paces.watches_s
    while lane.now_s() < ends_at_s:
        frame = camera.newest(number, timeout_s)
        number = frame.number
        taken_s.append(frame.taken_at_s)
    gaps_ms = tuple(round((one - last) * 1000, 1) for last, one in pairwise(taken_s))
    spans_s = taken_s[-1] - taken_s[0]
    rate_hz = (len(taken_s) - 1) / spans_s if spans_s > 0 else 0.0
    rate = Measured("rate", round(rate_hz, 1), "Hz", at_least=LEAST_HZ)
    series = (Series("interval", "ms", gaps_ms, at_most=1000 / LEAST_HZ),)
    return Answer(QUICK if rate.is_within else SLOW, measured=(rate,), series=series)


def _exposure(lane: ClosedLane) -> Answer:
    grey = _grey(lane.camera(), lane)
    light = Measured("light", round(float(grey.mean()), 1), "", at_least=DARKEST, at_most=BRIGHTEST)
    burnt = Measured("burnt", round(float((grey >= BURNT).mean()), 3), "", at_most=MOST_BURNT)
    if light.is_within and burnt.is_within:
        return Answer(WELL_LIT, measured=(light, burnt))
    is_dark = float(light.value) < DARKEST
    return Answer(DARK if is_dark else BRIGHT, measured=(light, burnt))


def _sharpness(lane: ClosedLane) -> Answer:
    """Wait for a sharp picture while the person holds the test code before the lens."""
    camera, best = lane.camera(), [0.0]

    def is_sharp() -> bool:
        best.append(sharpness(_grey(camera, lane)))
        return best[-1] >= SHARP

    in_time = lane.have_done(Wish.HOLD_CODE, CAMERA, is_sharp)
    figure = Measured("sharpness", round(max(best), 1), "", at_least=SHARP)
    return Answer(IN_FOCUS if in_time else BLURRED, measured=(figure,))


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian of a picture made small, so that noise counts little."""
    scale = LONGEST_EDGE / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_64F).var())


def _grey(camera: Camera, lane: ClosedLane) -> NDArray[np.uint8]:
    frame = camera.newest(0, lane.profile.devices.camera.frame_timeout_ms / 1000)
    return np.asarray(cv2.cvtColor(frame.picture, cv2.COLOR_BGR2GRAY), np.uint8)
