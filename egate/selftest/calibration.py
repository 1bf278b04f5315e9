"""Every measurement of a calibration, by device, in the order in which they are made.

A device has its measurements whole or not at all: one door alone says nothing of a limit that holds
for both.

Source: issue 5, item 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from egate.profile.calibrated import CAMERAS, FOLLOW, most
from egate.profile.load import Loaded
from egate.profile.settings import HardwareProfile
from egate.selftest.calibrating import Checks, Taken
from egate.selftest.calibrating_board import BOARD, OpenBoard, board_measurements
from egate.selftest.calibrating_cameras import Optics, camera_measurements, other_measurements
from egate.selftest.camera_checks import CAMERA
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.registry import Registry

LONGER: Final = 2  # than its limit a door may take and is still measured


def devices_of(profile: HardwareProfile) -> tuple[str, ...]:
    """Return the devices of a profile of which something can be calibrated."""
    named = ((one, getattr(profile.devices, one)) for one in CAMERAS)
    return (BOARD, *(one for one, it in named if hasattr(it, "frame_timeout_ms")))


def to_measure_with(loaded: Loaded) -> HardwareProfile:
    """Return the profile with which the devices are opened: nothing is cut short.

    Cameras wait as long as the profile without its calibration says, doors twice as long as the
    one in force, or as long as they ever may.
    """
    plain = loaded.plain
    follow_s = min(LONGER * loaded.profile.limits.door_follow_s, most(plain, FOLLOW))
    limits = plain.limits.model_copy(update={"door_follow_s": follow_s})
    return plain.model_copy(update={"limits": limits})


def undebounced(profile: HardwareProfile) -> HardwareProfile:
    """Return the profile with a board that tells every edge."""
    board = profile.devices.board.model_copy(update={"debounce_ms": 0})
    devices = profile.devices.model_copy(update={"board": board})
    return profile.model_copy(update={"devices": devices})


@dataclass(frozen=True, slots=True)
class Instruments:
    """What is measured with: a board that tells every edge, and what looks through cameras."""

    board: OpenBoard
    optics: Optics


def measurements(
    lane: ClosedLane, taken: Taken, instruments: Instruments, devices: Sequence[str]
) -> Registry[ClosedLane]:
    """Return the checks that measure these devices and make values of what they measured."""
    optics = instruments.optics

    def of(device: str) -> Checks:
        if device == BOARD:
            return board_measurements(lane, taken, instruments.board)
        if device == CAMERA:
            return camera_measurements(lane, taken, optics)
        return other_measurements(device, taken, optics)

    return Registry(tuple(check for device in devices for check in of(device)))
