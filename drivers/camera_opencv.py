"""The camera that faces the traveller, through OpenCV; newest frame only.

How its pictures come, and what ends them, is in drivers/_video.py.

Source: research/hardware.md section 4.
"""

from typing import Final

from drivers._video import Clock, open_video
from egate.ports.camera import Camera
from egate.profile.settings import CameraSettings

DEVICE: Final = "camera"


def build(settings: CameraSettings, clock: Clock) -> Camera:
    """Open the camera of a profile and see it alive; `clock` is monotonic, in seconds.

    Raises:
        DeviceLost: it does not answer in time, or gives no two different pictures.
        DeviceRefused: it gives pictures of another size, or its line is of no known kind.
    """
    return open_video(DEVICE, settings, clock)
