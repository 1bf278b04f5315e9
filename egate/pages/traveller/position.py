"""What a traveller before the camera is asked, frame by frame: where to stand, then what hinders.

A camera looks at a person, so who is at the left of its picture stands to the right of the lane
as they see it, and is asked to the left. The reasons are those of a look; none of them says
anything about who it is.

Source: egate/inspection/guidance.py (a prompt for each reason); research/domain.md 2.4 (who is
seated or short is looked for too: height is never asked for).
"""

from egate.domain.effect import Prompt
from egate.domain.face_measures import FaceReason
from egate.domain.signs import Cue
from egate.inspection.guidance import PROMPTS

Box = tuple[float, float, float, float]

ASIDE = 0.18  # of the picture's width, from its middle to the face's
TOO_WIDE = 0.42  # of the picture's width; a head at arm's length
UNTOLD = {FaceReason.TOO_FEW_FRAMES}  # nothing hinders; it only takes time


def cue_of(face: Box, reason: str) -> Prompt | Cue | None:
    """Return what to ask for; None when the face is well placed or nothing is known.

    `face` is left, top, width and height as shares of the picture, width 0 without a face.

    >>> cue_of((0.05, 0.3, 0.2, 0.4), "ok")
    <Cue.MOVE_LEFT: 'move_left'>
    >>> cue_of((0.4, 0.7, 0.2, 0.3), "ok") is None
    True
    """
    left, _top, width, _height = face
    if width > 0 and reason != FaceReason.TWO_FACES:
        middle = left + width / 2
        if width > TOO_WIDE:
            return Cue.MOVE_BACK
        if abs(middle - 0.5) > ASIDE:
            return Cue.MOVE_LEFT if middle < 0.5 else Cue.MOVE_RIGHT
    return None if reason in UNTOLD else PROMPTS.get(reason)
