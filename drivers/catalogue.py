"""Which driver a profile's name means.

Each entry imports its driver only when a profile asks for it, so a vendor's library that is
missing hurts nobody else. A new driver is one entry here and one name in profile/settings.py.

Source: research/aesthetics.md 8.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from egate.ports.card_reader import CardReader
from egate.ports.code_reader import CodeReader
from egate.ports.digital_io import DigitalIo
from egate.ports.fingerprint import FingerprintSensor
from egate.ports.light import Light
from egate.ports.mrz_reader import MrzReader
from egate.profile.settings import (
    Board,
    CameraSettings,
    CardReaderSettings,
    Doors,
    FingerprintNbisSettings,
    FingerprintSettings,
    FingerprintZfmSettings,
    LightSettings,
    MrzCameraSettings,
    MrzReaderSettings,
    MrzSerialSettings,
    QrCameraSettings,
    QrSerialSettings,
    Scanner,
)

if TYPE_CHECKING:
    from egate.ports.camera import Camera  # brings numpy, which the lane process must not have

Clock = Callable[[], float]


def digital_io(board: Board, doors: Doors) -> DigitalIo:
    """Open the board's lines; raises DeviceLost when the board does not answer."""
    return _DIGITAL_IO[board.driver](board, doors)


def code_reader(scanner: Scanner, clock: Clock) -> CodeReader:
    """Open the scanner's line; raises DeviceLost when it is not there or not free."""
    match scanner:
        case QrSerialSettings():
            return _qr_serial(scanner, clock)
        case QrCameraSettings():
            return _qr_camera(scanner, clock)


def camera(settings: CameraSettings, clock: Clock) -> Camera:
    """Open the camera; raises DeviceLost when it gives no picture."""
    return _CAMERAS[settings.driver](settings, clock)


def video(device: str, settings: QrCameraSettings | MrzCameraSettings, clock: Clock) -> Camera:
    """Open the pictures of a camera that reads codes or pages, and nothing that reads them."""
    from drivers._video import open_video

    return open_video(device, settings, clock)


def card_reader(settings: CardReaderSettings, clock: Clock) -> CardReader:
    """Open the reader of chip documents; raises DeviceLost when PC/SC does not know it."""
    return _CARD_READERS[settings.driver](settings, clock)


def mrz_reader(settings: MrzReaderSettings, clock: Clock) -> MrzReader:
    """Open the MRZ reader's line; raises DeviceLost when it is not there or not free."""
    match settings:
        case MrzSerialSettings():
            return _mrz_serial(settings, clock)
        case MrzCameraSettings():
            return _mrz_camera(settings, clock)


def light(settings: LightSettings, clock: Clock) -> Light:
    """Open the light's line and darken it; raises DeviceLost when no light greets on it."""
    return _LIGHTS[settings.driver](settings, clock)


def fingerprint(settings: FingerprintSettings, clock: Clock) -> FingerprintSensor:
    """Open the sensor's line and greet it; raises DeviceError when it is not there or not ours.

    Raises ImportError where this machine is to compare and egate's extra `fingers` is missing.
    """
    match settings:
        case FingerprintZfmSettings():
            return _fingerprint_zfm(settings, clock)
        case FingerprintNbisSettings():
            return _fingerprint_nbis(settings, clock)


def _io_gpiozero(board: Board, doors: Doors) -> DigitalIo:
    from drivers.io_gpiozero import build

    return build(board, doors)


def _io_gpiod(board: Board, doors: Doors) -> DigitalIo:
    from drivers.io_gpiod import build

    return build(board, doors)


def _qr_serial(scanner: QrSerialSettings, clock: Clock) -> CodeReader:
    from drivers.qr_serial import build

    return build(scanner, clock)


def _qr_camera(scanner: QrCameraSettings, clock: Clock) -> CodeReader:
    from drivers.qr_camera import build

    return build(scanner, clock)


def _camera_opencv(settings: CameraSettings, clock: Clock) -> Camera:
    from drivers.camera_opencv import build

    return build(settings, clock)


def _card_pcsc(settings: CardReaderSettings, clock: Clock) -> CardReader:
    from drivers.card_pcsc import build

    return build(settings, clock)


def _mrz_serial(settings: MrzSerialSettings, clock: Clock) -> MrzReader:
    from drivers.mrz_serial import build

    return build(settings, clock)


def _mrz_camera(settings: MrzCameraSettings, clock: Clock) -> MrzReader:
    from drivers.mrz_camera import build

    return build(settings, clock)


def _light_adalight(settings: LightSettings, clock: Clock) -> Light:
    from drivers.light_adalight import build

    return build(settings, clock)


def _fingerprint_zfm(settings: FingerprintZfmSettings, clock: Clock) -> FingerprintSensor:
    from drivers.fingerprint_zfm import build

    return build(settings, clock)


def _fingerprint_nbis(settings: FingerprintNbisSettings, clock: Clock) -> FingerprintSensor:
    from drivers.fingerprint_nbis import build

    return build(settings, clock)


_DIGITAL_IO: Final = {"io_gpiozero": _io_gpiozero, "io_gpiod": _io_gpiod}
_CAMERAS: Final = {"camera_opencv": _camera_opencv}
_CARD_READERS: Final = {"card_pcsc": _card_pcsc}
_LIGHTS: Final = {"light_adalight": _light_adalight}
