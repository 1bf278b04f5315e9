"""What the vision host measured of one look at a traveller: a score and how it came about.

No picture, box or embedding is here: this crosses from the vision host to the lane, and scores
and reasons are what may outlive a passage (DESIGN section 7). What a score means is the
policy's, in egate.inspection.face_checks.

Source: research/face.md section 5 (pipeline).
"""

from dataclasses import dataclass
from enum import StrEnum


class FaceReason(StrEnum):
    """How a look ended: OK with a score, else what was in its way.

    From NO_FACE to TOO_FEW_FRAMES the traveller can do something about it; CAMERA_LOST and
    CAMERA_FROZEN are faults; the REFERENCE reasons concern what the live face is compared with.
    """

    OK = "ok"
    NO_FACE = "no_face"
    TWO_FACES = "two_faces"
    TOO_SMALL = "too_small"
    TURNED_AWAY = "turned_away"
    UP_OR_DOWN = "up_or_down"
    TILTED = "tilted"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    UNEVENLY_LIT = "unevenly_lit"
    BLURRED = "blurred"
    EYES_COVERED = "eyes_covered"
    MOUTH_COVERED = "mouth_covered"
    EYES_CLOSED = "eyes_closed"
    TOO_FEW_FRAMES = "too_few_frames"
    CAMERA_LOST = "camera_lost"
    CAMERA_FROZEN = "camera_frozen"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_BROKEN = "reference_broken"
    REFERENCE_UNREADABLE = "reference_unreadable"
    REFERENCE_HAS_NO_FACE = "reference_has_no_face"


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """One look: `score` is the cosine of live mean and reference, -1 to 1, None without one.

    `frames` counts the frames the score rests on, `faces_seen` the most faces in one frame,
    `compute_ms` the time of our own software, opening the reference included.
    """

    reason: FaceReason
    score: float | None
    frames: int
    faces_seen: int
    compute_ms: float
