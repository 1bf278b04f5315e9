"""What the vision host measured of one look at a traveller: a score and how it came about.

One look is also weighed for a presentation attack, in layers that each see something else; a
layer that could not tell says why and gives no score.

No picture, box or embedding is here: this crosses from the vision host to the lane, and scores
and reasons are what may outlive a passage (DESIGN section 7). What a score means is the
policy's, in egate.inspection.face_checks.

Source: research/face.md section 5 (pipeline, presentation attack detection in layers).
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


class PadLayer(StrEnum):
    """One way of telling a living face from a picture or a mask of it."""

    PERSISTENCE = "persistence"
    MOTION = "motion"
    TEXTURE = "texture"
    ACTIVE_LIGHT = "active_light"
    INFRARED = "infrared"
    DEPTH = "depth"
    HEAD_TURN = "head_turn"


class LayerReason(StrEnum):
    """What a layer saw, or why it cannot tell.

    From NOT_FITTED on there is no score: the gate has no such device, it failed, nobody was asked
    to turn, or what was seen does not suffice.
    """

    LIVING = "living"
    STANDS_STILL = "stands_still"
    FACE_JUMPED = "face_jumped"
    SIZE_IMPLAUSIBLE = "size_implausible"
    MOVES_AS_A_PLANE = "moves_as_a_plane"
    BENT_AS_A_SHEET = "bent_as_a_sheet"
    SCREEN_PATTERN = "screen_pattern"
    FRAME_AROUND_THE_FACE = "frame_around_the_face"
    FRAME_IN_A_HAND = "frame_in_a_hand"
    NETWORK_SAYS_ATTACK = "network_says_attack"
    IGNORES_THE_LIGHT = "ignores_the_light"
    ROOM_ANSWERS_ALIKE = "room_answers_alike"
    GLINTS_IN_A_SPOT = "glints_in_a_spot"
    DARK_IN_INFRARED = "dark_in_infrared"
    PALE_IN_INFRARED = "pale_in_infrared"
    FLAT_IN_DEPTH = "flat_in_depth"
    TURNED_THE_OTHER_WAY = "turned_the_other_way"
    DID_NOT_TURN = "did_not_turn"
    NOT_FITTED = "not_fitted"
    DEVICE_LOST = "device_lost"
    NOT_ASKED = "not_asked"
    TOO_FEW_FRAMES = "too_few_frames"
    TOO_LITTLE_MOTION = "too_little_motion"
    TOO_FEW_TRACKS = "too_few_tracks"
    TOO_BRIGHT = "too_bright"


@dataclass(frozen=True, slots=True)
class LayerScore:
    """What one layer says: `score` is 0 (attack) to 1 (living), None when it cannot tell."""

    layer: PadLayer
    score: float | None
    reason: LayerReason


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """One look: `score` is the cosine of live mean and reference, -1 to 1, None without one.

    `frames` counts the frames the score rests on, `faces_seen` the most faces in one frame,
    `compute_ms` the time of our own software, opening the reference included; `waited_ms` what of
    it the traveller waited for: opening the reference, and from the last picture to the answer,
    since the rest ran while the camera and the light were at work. `layers` come from
    one unbroken sight of one face, of which those frames are a part; each layer at most once.
    """

    reason: FaceReason
    score: float | None
    frames: int
    faces_seen: int
    compute_ms: float
    layers: tuple[LayerScore, ...] = ()
    waited_ms: float = 0.0
