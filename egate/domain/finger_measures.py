"""What the fingerprint host measured of one try at the sensor: a score and how it came about.

No template and no picture is here: this crosses from the host to the lane, and scores and reasons
are what may outlive a passage (DESIGN section 7). What a score means is the policy's, in
egate.inspection.finger_checks.

Source: research/hardware.md 2.4; egate/domain/finger.py (the reasons).
"""

from dataclasses import dataclass

from egate.domain.finger import FingerReason, TemplateFormat


@dataclass(frozen=True, slots=True)
class FingerMeasures:
    """One try: `score` on the scale of `format`, of the best of the holder's fingers.

    There is a score only with OK, and only where `decoys` others failed on the same finger.
    TEMPLATE_MISSING: this person is enrolled without a finger. `took_ms` is the time from the
    finger's being held to the answer, the line's and the sensor's included.
    """

    reason: FingerReason
    format: TemplateFormat | None = None
    score: int | None = None
    decoys: int = 0
    took_ms: float = 0.0
