"""How long the library of each device host may be away before its host counts as hung.

Source: DESIGN section 2 (a host beats only while its body shows life); research/hardware.md 2.2
(a picture of a finger takes its line 7 s).
"""

from typing import Final

from egate.loop.fingerprint_body import ANSWERS_WITHIN_S
from egate.profile.settings import (
    FingerprintNbisSettings,
    FingerprintSettings,
    QrSerialSettings,
    Scanner,
)
from egate.wire.zfm import image_bytes, line_s

SERIAL_SILENCE_S: Final = 1.5  # opening a line and a read
CAMERA_OPENS_S: Final = 3.0  # opening time-out of 2 s, and loading the library or the networks


def video_silence_s(frame_timeout_ms: int) -> float:
    """Return it for a host whose device is a camera."""
    return CAMERA_OPENS_S + 2 * frame_timeout_ms / 1000


def scanner_silence_s(scanner: Scanner) -> float:
    """Return it for the scanner host: a camera opens like the other one."""
    if isinstance(scanner, QrSerialSettings):
        return SERIAL_SILENCE_S
    return video_silence_s(scanner.frame_timeout_ms)


def finger_silence_s(sensor: FingerprintSettings) -> float:
    """Return it for the fingerprint host: longer where the sensor sends pictures."""
    if not isinstance(sensor, FingerprintNbisSettings):
        return ANSWERS_WITHIN_S
    picture = image_bytes(sensor.picture_width, sensor.picture_height)
    return ANSWERS_WITHIN_S + line_s(picture, sensor.baud)
