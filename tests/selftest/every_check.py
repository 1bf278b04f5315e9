"""Every check that any command can run: the texts are held against these."""

import time
from typing import Any

from egate.domain.lane_part import Shape
from egate.profile.load import find, load
from egate.selftest.boot import boot_checks
from egate.selftest.calibrating import Taken
from egate.selftest.calibrating_cameras import Optics
from egate.selftest.calibration import Instruments, devices_of, measurements
from egate.selftest.check import Check
from egate.selftest.closed_lane import ClosedLane, Openers
from egate.selftest.doctor import DOCTOR
from egate.selftest.lane_checks import lane_checks
from tests.vision.limits import LIMITS


class Nobody:
    """A person who is never asked."""

    def ask(self, *_: object) -> None:
        raise AssertionError

    def answer(self) -> bool | None:
        raise AssertionError

    def thank(self) -> None:
        raise AssertionError


def _never() -> Any:  # noqa: ANN401  # stands for every device
    raise AssertionError


OPENERS = Openers(_never, _never, _never, _never, _never, _never, _never)
LANE_CHECKS = tuple(
    check
    for name in ("bench_mantrap_documents", "bench_turnstile_documents")
    for check in lane_checks(ClosedLane(load(find(name)), OPENERS, time.monotonic, Nobody()))
)
CALIBRATED = load(find("bench_mantrap_cameras"))
CALIBRATION = tuple(
    measurements(
        ClosedLane(CALIBRATED, OPENERS, time.monotonic, Nobody()),
        Taken(CALIBRATED, 1),
        Instruments(_never, Optics(_never, LIMITS)),
        devices_of(CALIBRATED),
    )
)
EVERY_CHECK: tuple[Check[Any], ...] = (
    *DOCTOR,
    *LANE_CHECKS,
    *boot_checks(Shape.MANTRAP),
    *CALIBRATION,
)
