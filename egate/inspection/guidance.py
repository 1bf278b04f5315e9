"""What a traveller is shown when a look or a page brought nothing and another try may.

One prompt a reason; a page that no reason names is to be laid down again.

What a traveller can do nothing about (a camera, a reference) has no prompt: an officer is called.

Source: research/domain.md 2.2 (guidance); egate/vision/quality.py and egate/vision/mrz_ocr.py (what
each reason measures).
"""

from collections.abc import Mapping
from types import MappingProxyType

from egate.domain.check import Check, Outcome
from egate.domain.decision import Decision
from egate.domain.effect import Prompt as P  # noqa: N817  # a table wants one letter
from egate.domain.face_measures import FaceReason as R  # a table wants one letter
from egate.domain.head_turn import Turn

PROMPTS: Mapping[str, P] = MappingProxyType(
    {
        R.NO_FACE: P.LOOK_HERE_AGAIN,
        R.TWO_FACES: P.ONE_PERSON_ONLY,
        R.TOO_SMALL: P.COME_CLOSER,
        R.TURNED_AWAY: P.FACE_THE_CAMERA,
        R.UP_OR_DOWN: P.LOOK_STRAIGHT_AHEAD,
        R.TILTED: P.HOLD_HEAD_UPRIGHT,
        R.TOO_DARK: P.MORE_LIGHT,
        R.TOO_BRIGHT: P.LESS_LIGHT,
        R.UNEVENLY_LIT: P.UNSHADE_YOUR_FACE,
        R.BLURRED: P.HOLD_STILL,
        R.EYES_COVERED: P.TAKE_OFF_GLASSES,
        R.MOUTH_COVERED: P.TAKE_OFF_MASK,
        R.EYES_CLOSED: P.OPEN_EYES,
        R.TOO_FEW_FRAMES: P.KEEP_LOOKING,
    }
)
PAGE_PROMPTS: Mapping[str, P] = MappingProxyType(
    {
        "no_zone": P.TURN_DOCUMENT,  # the page lies, and its zone is out of sight
        "glare": P.LESS_LIGHT,
        "too_dark": P.MORE_LIGHT,
        "unsure_character": P.FLATTEN_DOCUMENT,  # curved, blurred, or in a moving hand
    }
)
TURN_PROMPTS: Mapping[Turn, P] = MappingProxyType(
    {
        Turn.LEFT: P.TURN_HEAD_LEFT,
        Turn.RIGHT: P.TURN_HEAD_RIGHT,
        Turn.AHEAD: P.TURN_HEAD_BACK,
    }
)
UNREAD = frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE})


def prompt_of(decision: Decision) -> P | None:
    """Return what the traveller can do before another try, None when there is nothing."""
    for finding in decision.findings:
        if finding.check is Check.FACE_IS_THE_HOLDER and finding.outcome is Outcome.NOT_DONE:
            return PROMPTS.get(finding.reason)
        if finding.check is Check.MRZ_IS_READABLE and finding.outcome in UNREAD:
            return PAGE_PROMPTS.get(finding.reason, P.LAY_DOCUMENT_AGAIN)
    return None
