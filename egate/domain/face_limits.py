"""What a frame of a face must hold to be compared: one limit for each component of its quality.

The policy says them (table face_quality of policy.toml), the vision host keeps them; there are
no others. What each component measures, and what it is called in ISO/IEC 29794-5, is in
egate.vision.quality.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceLimits:
    """The limits, in the units of the components.

    A frame is fit when angles, `underexposed`, `overexposed` and `unevenness` are at most, the
    light between `darkest` and `brightest`, and all others at least what stands here. Another
    face counts when it is at least `second_face_share` as wide as the largest.
    """

    second_face_share: float
    eye_distance_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    sharpness: float
    darkest: float
    brightest: float
    underexposed: float
    overexposed: float
    unevenness: float
    eyes_visible: float
    mouth_contrast: float
    eyes_open: float
