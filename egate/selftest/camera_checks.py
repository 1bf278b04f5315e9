"""The checks of every camera of a lane: alive, as large as set, quick, well lit and sharp.

                        traveller    codes      pages
    comes, is living    EG-S241      EG-S201    EG-S211    the readers' own: device_checks.py
    so many a second    EG-S242      EG-S204    EG-S214
    neither dark nor    EG-S243      EG-S205    EG-S215
      burnt out
    sharp, with a       EG-S244      EG-S206    EG-S216    a person holds the test code at the
      person's help                                        mark, or lays the specimen page

A room without anybody in it has no sharpness to measure: grey walls are as smooth in focus as out
of it. So the last asks for something with edges; of a code it is measured in the code alone, for
what stands behind it may be sharp when it is not. The window of a page is dark while nothing lies
there, so light that is too weak for a page is told with the page.

A reader that is a camera is put down first and its line opened as a camera's.

Source: research/hardware.md section 4 (rates); egate/vision/quality.py (the same limits of light);
research/mrz_qr.md 3 and 4 (a reader looks twice, each look is up to a third of a second).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.ports.camera import Camera
from egate.ports.errors import DeviceLost, DeviceRefused
from egate.profile.settings import MrzCameraSettings, QrCameraSettings
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.device_checks import REPEATS, reads_code, reads_page, repeats
from egate.selftest.not_asked import NO_CAMERA, NOT_IN_PROFILE, unless, with_person
from egate.selftest.person import Wish
from egate.vision.codes import ONLY_QR, plain

Checks = Iterator[Check[ClosedLane]]
Grey = NDArray[np.uint8]
Sharpness = Callable[[Grey], float]

CAMERA: Final = "camera"
LEAST_HZ: Final = 10.0  # below it a look at a face does not get its frames in time
READER_LEAST_HZ: Final = 5.0  # two looks at what is held for half a second
DARKEST, BRIGHTEST = 30.0, 225.0
WINDOW_DARKEST: Final = 10.0  # an empty window; a covered lens gives 0 to 5
PAGE_DARKEST: Final = 60.0  # with a page in it
BURNT, MOST_BURNT = 250, 0.25
SHARP: Final = 60.0
PAGE_SHARP: Final = 200.0  # print over the whole picture
LAID: Final = 4.0  # grey levels by which a page changes the mean of the window
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
NO_PAGE = Reason("no_page", Outcome.FAILED)
DIM = Reason("dim", Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Eye:
    """One camera: how it is opened, what is asked of it; `ids` is the beginning of its checks'."""

    device: str
    ids: str
    take: Callable[[], Camera]
    timeout_s: float
    least_hz: float = READER_LEAST_HZ
    darkest: float = DARKEST

    def grey(self) -> Grey:
        """Return the newest picture in grey."""
        frame = self.take().newest(0, self.timeout_s)
        return np.asarray(cv2.cvtColor(frame.picture, cv2.COLOR_BGR2GRAY), np.uint8)


def camera_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the camera that faces the traveller."""
    timeout_s = lane.profile.devices.camera.frame_timeout_ms / 1000
    eye = Eye(CAMERA, "EG-S24", lane.camera, timeout_s, least_hz=LEAST_HZ)
    yield Check("EG-S241", CAMERA, (COMES, REPEATS, WRONG_SIZE), _comes(eye), limit_s=15.0)
    yield from _of_light_and_rate(lane, eye, ("EG-S242", "EG-S243"), "EG-S241")
    yield with_person(lane, Check(
        "EG-S244", CAMERA, (IN_FOCUS, BLURRED), _sharp_code(eye, sharpness),
        ("EG-S242", "EG-S243"), ("sharpness",), limit_s=10.0 + lane.paces.answers_s,
    ))  # fmt: skip


def code_camera_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of a scanner that is a camera, and that it reads the test code."""
    settings = lane.profile.devices.scanner
    is_camera = isinstance(settings, QrCameraSettings)
    timeout_s = settings.frame_timeout_ms / 1000 if isinstance(settings, QrCameraSettings) else 0.0
    eye = Eye("scanner", "EG-S20", lambda: lane.pictures("scanner"), timeout_s)
    sharp = Check(
        "EG-S206", "scanner", (IN_FOCUS, BLURRED), _sharp_code(eye, sharpness_of_code),
        ("EG-S204", "EG-S205"), ("sharpness",), limit_s=10.0 + lane.paces.answers_s,
    )  # fmt: skip
    for check in _of_light_and_rate(lane, eye, ("EG-S204", "EG-S205"), "EG-S202"):
        yield unless(check, None if is_camera else NO_CAMERA)
    yield unless(with_person(lane, sharp), None if is_camera else NO_CAMERA)
    yield reads_code(lane, "EG-S206" if is_camera else "EG-S202")


def page_camera_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of a page reader that is a camera, and that it reads the specimen page."""
    settings = lane.profile.devices.mrz_reader
    is_camera = isinstance(settings, MrzCameraSettings)
    timeout_s = settings.frame_timeout_ms / 1000 if isinstance(settings, MrzCameraSettings) else 0.0
    eye = Eye(
        "mrz_reader", "EG-S21", lambda: lane.pictures("mrz_reader"), timeout_s,
        darkest=WINDOW_DARKEST,
    )  # fmt: skip
    sharp = Check(
        "EG-S216", "mrz_reader", (IN_FOCUS, BLURRED, DIM, NO_PAGE), _sharp_page(eye),
        ("EG-S214", "EG-S215"), ("light", "sharpness"), limit_s=10.0 + lane.paces.answers_s,
    )  # fmt: skip
    why = NOT_IN_PROFILE if settings is None else None if is_camera else NO_CAMERA
    for check in _of_light_and_rate(lane, eye, ("EG-S214", "EG-S215"), "EG-S212"):
        yield unless(check, why)
    yield unless(with_person(lane, sharp), why)
    reads = reads_page(lane, "EG-S216" if is_camera else "EG-S212")
    yield unless(reads, NOT_IN_PROFILE if settings is None else None)


def _of_light_and_rate(lane: ClosedLane, eye: Eye, ids: tuple[str, str], needs: str) -> Checks:
    rate, light = ids
    yield Check(
        light, eye.device, (WELL_LIT, DARK, BRIGHT), _exposure(eye), (needs,), ("light", "burnt"),
        limit_s=15.0,
    )  # fmt: skip
    yield Check(  # a camera in the dark exposes longer, and gives fewer pictures for that alone
        rate, eye.device, (QUICK, SLOW), _rate(eye), (light,), ("rate", "interval"),
        limit_s=15.0 + 2 * lane.paces.watches_s,
    )  # fmt: skip


def _comes(eye: Eye) -> Callable[[ClosedLane], Answer]:
    def ask(_lane: ClosedLane) -> Answer:
        try:
            eye.take().newest(0, eye.timeout_s)
        except DeviceLost as lost:
            if repeats(lost):
                return Answer(REPEATS)
            raise
        except DeviceRefused as refused:
            if refused.what.startswith("gives "):
                return Answer(WRONG_SIZE)
            raise
        return Answer(COMES)

    return ask


def _rate(eye: Eye) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        camera, taken_s = eye.take(), list[float]()
        number, ends_at_s = camera.newest(0, eye.timeout_s).number, _ends_s(lane)
        while lane.now_s() < ends_at_s:
            frame = camera.newest(number, eye.timeout_s)
            number = frame.number
            taken_s.append(frame.taken_at_s)
        gaps_ms = tuple(round((one - last) * 1000, 1) for last, one in pairwise(taken_s))
        spans_s = taken_s[-1] - taken_s[0]
        rate_hz = (len(taken_s) - 1) / spans_s if spans_s > 0 else 0.0
        rate = Measured("rate", round(rate_hz, 1), "Hz", at_least=eye.least_hz)
        series = (Series("interval", "ms", gaps_ms, at_most=1000 / eye.least_hz),)
        return Answer(QUICK if rate.is_within else SLOW, measured=(rate,), series=series)

    return ask


def _ends_s(lane: ClosedLane) -> float:
    return lane.now_s() + lane.paces.watches_s


def _exposure(eye: Eye) -> Callable[[ClosedLane], Answer]:
    def ask(_lane: ClosedLane) -> Answer:
        grey = eye.grey()
        mean, burnt = round(float(grey.mean()), 1), round(float((grey >= BURNT).mean()), 3)
        light = Measured("light", mean, "", at_least=eye.darkest, at_most=BRIGHTEST)
        figures = (light, Measured("burnt", burnt, "", at_most=MOST_BURNT))
        if all(one.is_within for one in figures):
            return Answer(WELL_LIT, measured=figures)
        return Answer(DARK if mean < eye.darkest else BRIGHT, measured=figures)

    return ask


def _sharp_code(eye: Eye, of: Sharpness) -> Callable[[ClosedLane], Answer]:
    """Wait for a sharp picture while the person holds the test code before the lens."""

    def ask(lane: ClosedLane) -> Answer:
        best = [0.0]

        def is_sharp() -> bool:
            best.append(of(eye.grey()))
            return best[-1] >= SHARP

        eye.take()
        in_time = lane.have_done(Wish.HOLD_CODE, eye.device, is_sharp)
        figure = Measured("sharpness", round(max(best), 1), "", at_least=SHARP)
        return Answer(IN_FOCUS if in_time else BLURRED, measured=(figure,))

    return ask


def _sharp_page(eye: Eye) -> Callable[[ClosedLane], Answer]:
    """Wait for a sharp picture of the specimen page; without one, tell weak light from no page.

    The page is taken away again: a reader learns at its start what an empty window looks like.
    """

    def ask(lane: ClosedLane) -> Answer:
        best, light = [0.0], [float(eye.grey().mean())]

        def is_sharp() -> bool:
            grey = eye.grey()
            best.append(sharpness(grey))
            light.append(float(grey.mean()))
            return best[-1] >= PAGE_SHARP and light[-1] >= PAGE_DARKEST

        in_time = lane.have_done(Wish.LAY_PAGE, eye.device, is_sharp)
        figures = (
            Measured("light", round(light[-1], 1), "", at_least=PAGE_DARKEST),
            Measured("sharpness", round(max(best), 1), "", at_least=PAGE_SHARP),
        )
        if in_time:
            lane.have_done(Wish.TAKE_PAGE, eye.device, lambda: _is_like(eye.grey(), light[0]))
            return Answer(IN_FOCUS, measured=figures)
        if abs(light[-1] - light[0]) < LAID:
            return Answer(NO_PAGE)
        return Answer(BLURRED if figures[0].is_within else DIM, measured=figures)

    return ask


def _is_like(grey: Grey, mean: float) -> bool:
    return abs(float(grey.mean()) - mean) < LAID


def sharpness(grey: Grey) -> float:
    """Return the variance of the Laplacian of a picture made small, so that noise counts little."""
    return _variance(grey, LONGEST_EDGE / max(grey.shape))


def sharpness_of_code(grey: Grey) -> float:
    """Return the same of the one code in the picture alone, nothing where none is found."""
    code = plain(grey, ONLY_QR).code
    if code is None:
        return 0.0
    across, down = zip(*code.corners, strict=True)
    cut = grey[max(0, min(down)) : max(down) + 1, max(0, min(across)) : max(across) + 1]
    return _variance(cut, LONGEST_EDGE / max(grey.shape)) if cut.size else 0.0


def _variance(grey: Grey, scale: float) -> float:
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_64F).var())
