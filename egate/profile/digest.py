"""What names a profile as it is in force: one digest over every value and its calibration.

It stands in the reports of the technician's checks and in the journal where a lane starts.
"""

from hashlib import sha256
import json

from egate.profile.settings import HardwareProfile


def profile_sha256(profile: HardwareProfile) -> str:
    """Return the SHA-256 of a profile as it is in force: sorted JSON with every default.

    A calibration is covered twice: by the values it set, and by its own digest.
    """
    content = profile.model_dump(mode="json")
    if profile.calibration:
        content["calibration"] = profile.calibration
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
