"""Devices opened by a command on the spot: one of them, or all for self-test and calibration."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
import time
from typing import TYPE_CHECKING, TypeVar

from egate.compose.setup import (
    below,
    check_card_library,
    quiet_opencv,
    zones_below,
)
from egate.loop.files import GateFiles, Places

if TYPE_CHECKING:
    from egate.ports.camera import Camera
    from egate.ports.card_reader import CardReader
    from egate.profile.settings import (
        FingerprintSettings,
        HardwareProfile,
        LightSettings,
        MrzCameraSettings,
        MrzReaderSettings,
        QrCameraSettings,
        Scanner,
    )
    from egate.selftest.calibration import Instruments
    from egate.selftest.closed_lane import Openers
    from egate.vision.faces import FaceEngine

S = TypeVar("S", "Scanner", "MrzReaderSettings", "LightSettings", "FingerprintSettings")


def card_reader(pattern: str) -> CardReader:
    """Open the card reader whose name is like this, for a command on the spot.

    Raises:
        SetupRefused: what a card reader needs is not installed.
        DeviceLost: pcscd does not run, or has no such reader.
    """
    from drivers.catalogue import card_reader as build
    from egate.profile.settings import CardReaderSettings

    check_card_library()
    return build(CardReaderSettings(driver="card_pcsc", reader=pattern), time.monotonic)


def open_camera(profile: HardwareProfile) -> Camera:
    """Open the profile's camera, for a command on the spot; raises DeviceLost."""
    from drivers.catalogue import camera

    quiet_opencv()
    return camera(profile.devices.camera, time.monotonic)


def selftest_openers(profile: HardwareProfile, places: Places) -> Openers:
    """Build the ways to every device of a profile, for one program that has them all."""
    from drivers import catalogue
    from egate.profile.settings import CameraSettings, MrzCameraSettings, QrCameraSettings
    from egate.selftest.closed_lane import Openers

    quiet_opencv()
    devices, data, clock = profile.devices, places.data, time.monotonic

    def placed(settings: S) -> S:
        return settings.model_copy(update={"line": below(data, settings.line)})

    def pictures(seen: QrCameraSettings | MrzCameraSettings) -> Callable[[], Camera]:
        told = seen.model_dump(include={"line", "width", "height", "frame_timeout_ms"})
        settings = CameraSettings(driver="camera_opencv", **told)
        return lambda: catalogue.camera(settings, clock)

    cameras = {
        name: pictures(seen)
        for name, seen in (("scanner", devices.scanner), ("mrz_reader", devices.mrz_reader))
        if isinstance(seen, QrCameraSettings | MrzCameraSettings)
    }
    pages, cards, light = devices.mrz_reader, devices.card_reader, devices.light
    finger = devices.fingerprint
    zones = None if pages is None else zones_below(data, pages)
    return Openers(
        board=lambda: catalogue.digital_io(devices.board, profile.doors),
        scanner=lambda: catalogue.code_reader(placed(devices.scanner), clock),
        camera=lambda: catalogue.camera(devices.camera, clock),
        mrz_reader=None if zones is None else lambda: catalogue.mrz_reader(zones, clock),
        card_reader=None if cards is None else lambda: catalogue.card_reader(cards, clock),
        light=None if light is None else lambda: catalogue.light(placed(light), clock),
        fingerprint=None
        if finger is None
        else lambda: catalogue.fingerprint(placed(finger), clock),
        pictures=cameras,
    )


def calibration_instruments(profile: HardwareProfile, places: Places) -> Instruments:
    """Build what a profile's devices are measured with; a face is held to the gate's policy.

    Raises:
        SetupRefused: the policy cannot be read.
    """
    from drivers import catalogue
    from egate.profile.settings import MrzCameraSettings, QrCameraSettings
    from egate.selftest.calibrating_cameras import Optics
    from egate.selftest.calibration import Instruments, undebounced

    quiet_opencv()

    def eye() -> FaceEngine:
        from egate.vision.faces import FaceEngine
        from egate.vision.models import load_models

        return FaceEngine(load_models())

    named = (("scanner", profile.devices.scanner), ("mrz_reader", profile.devices.mrz_reader))
    others = {
        name: partial(catalogue.video, name, settings, time.monotonic)
        for name, settings in named
        if isinstance(settings, (QrCameraSettings, MrzCameraSettings))
    }
    limits = GateFiles(profile.files, places.data).policy().face_quality
    board = selftest_openers(undebounced(profile), places).board
    return Instruments(board, Optics(cache(eye), limits, others))
