"""The limits of the policy that ships, and a frame that is well within each."""

from importlib.resources import files
from typing import Final

from egate.inspection.policy import load
from egate.vision.quality import FaceQuality

POLICY: Final = load(files("egate.inspection").joinpath("policy.toml").read_text())
LIMITS: Final = POLICY.face_quality
GOOD: Final = FaceQuality(
    eye_distance_px=90,
    yaw_deg=0,
    pitch_deg=0,
    roll_deg=0,
    light=120,
    underexposed=0,
    overexposed=0,
    sharpness=300,
    unevenness=0.1,
    eyes_visible=0.8,
    mouth_contrast=0.8,
    eyes_open=0.5,
)
