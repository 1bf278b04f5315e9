"""Every check of a closed lane's devices, in the order in which they are asked.

The boot self-test of the running lane is the part of it that moves nothing: egate/selftest/boot.py.
"""

from egate.selftest.board_checks import answered_to_the_end, board_checks, while_it_answers
from egate.selftest.camera_checks import camera_checks, code_camera_checks, page_camera_checks
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.device_checks import (
    card_and_light_checks,
    page_reader_checks,
    scanner_checks,
)
from egate.selftest.finger_checks import finger_checks
from egate.selftest.moving_checks import moving_checks
from egate.selftest.registry import Registry


def lane_checks(lane: ClosedLane) -> Registry[ClosedLane]:
    """Return every check there is, those that do not apply to this lane with the reason why."""
    return Registry(
        (
            *board_checks(lane),
            *while_it_answers(moving_checks(lane)),
            answered_to_the_end(),
            *scanner_checks(lane),
            *code_camera_checks(lane),
            *page_reader_checks(lane),
            *page_camera_checks(lane),
            *card_and_light_checks(lane),
            *camera_checks(lane),
            *finger_checks(lane),
        )
    )
