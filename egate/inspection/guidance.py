"""What a traveller is shown when a look, a finger, a page, a chip or a code brought nothing.

One prompt a reason; a page that no reason names is to be laid down again, a code held still.

What a traveller can do nothing about (a camera, a reference) has no prompt: an officer is called.

tests/inspection/test_every_prompt.py walks every reason and has them all in one table.

Source: research/domain.md 2.2 (guidance); egate/vision/quality.py and egate/vision/mrz_ocr.py (what
each reason measures).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision
from egate.domain.effect import Prompt as P  # noqa: N817  # a table wants one letter
from egate.domain.face_measures import FaceReason as R  # a table wants one letter
from egate.domain.face_measures import LayerReason as L
from egate.domain.finger import FingerReason as F  # a table wants one letter
from egate.domain.head_turn import Turn
from egate.inspection.liveness_checks import NEAR_THRESHOLD

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
FINGER_PROMPTS: Mapping[str, P] = MappingProxyType(
    {
        F.NO_FINGER: P.PLACE_FINGER_AGAIN,
        F.TOO_DRY: P.MOISTEN_FINGER,
        F.TOO_WET: P.DRY_FINGER,
        F.SMEARED: P.WIPE_FINGER,
        F.TOO_FEW_POINTS: P.PRESS_FINGER_FIRMER,
        F.NOT_LIFTED: P.LIFT_FINGER,
    }
)
TURN_PROMPTS: Mapping[Turn, P] = MappingProxyType(
    {
        Turn.LEFT: P.TURN_HEAD_LEFT,
        Turn.RIGHT: P.TURN_HEAD_RIGHT,
        Turn.AHEAD: P.TURN_HEAD_BACK,
    }
)
# Why a look could not tell a living face, by what a layer said; of other layers' words none helps.
LIVENESS_PROMPTS: Mapping[str, P] = MappingProxyType(
    {
        L.TOO_FEW_FRAMES: P.KEEP_LOOKING,
        L.TOO_LITTLE_MOTION: P.MOVE_A_LITTLE,
        L.TOO_FEW_TRACKS: P.COME_CLOSER,
        L.TOO_BRIGHT: P.LESS_LIGHT,
        NEAR_THRESHOLD: P.LOOK_HERE_AGAIN,
    }
)
# A code that is not a permit; one that is damaged in any way was not held still, or not whole.
OTHER_CODES = frozenset({"identity_card_code", "visible_seal", "not_a_permit"})
# Why a chip was not read whole: it was not there, did not stay, or was not the page's.
CHIP_PROMPTS: Mapping[str, P] = MappingProxyType(
    {
        "no_card": P.LAY_DOCUMENT_AGAIN,
        "zone_in_doubt": P.LAY_DOCUMENT_AGAIN,
        "key_refused": P.LAY_DOCUMENT_AGAIN,
        "password_refused": P.LAY_DOCUMENT_AGAIN,
        "card_left": P.LEAVE_DOCUMENT,
        "card_mute": P.LEAVE_DOCUMENT,
        "card_garbled": P.LEAVE_DOCUMENT,
        "too_slow": P.LEAVE_DOCUMENT,
        "late": P.LEAVE_DOCUMENT,
    }
)
UNREAD = frozenset({Outcome.FAILED, Outcome.INCONCLUSIVE})


def prompt_of(decision: Decision) -> P | None:
    """Return what the traveller can do before another try, None when there is nothing.

    What a signature, a list or a face's likeness said is the officer's: it has no prompt here.
    """
    told = (_ADVICE[finding.check](finding) for finding in decision.findings if _is_mended(finding))
    return next((prompt for prompt in told if prompt is not None), None)


def _is_mended(finding: Finding) -> bool:
    return finding.check in _ADVICE and finding.outcome is not Outcome.PASSED


def _of_code(finding: Finding) -> P | None:
    if finding.outcome is not Outcome.FAILED:
        return None
    return P.SHOW_PERMIT if finding.reason in OTHER_CODES else P.HOLD_TOKEN_STILL


def _of_page(finding: Finding) -> P | None:
    if finding.outcome not in UNREAD:
        return None
    return PAGE_PROMPTS.get(finding.reason, P.LAY_DOCUMENT_AGAIN)


def _of_chip(finding: Finding) -> P | None:
    is_unread = finding.outcome is Outcome.INCONCLUSIVE
    return CHIP_PROMPTS.get(finding.reason) if is_unread else None


def _of_face(finding: Finding) -> P | None:
    return PROMPTS.get(finding.reason) if finding.outcome is Outcome.NOT_DONE else None


def _of_finger(finding: Finding) -> P | None:
    """A finger that did not match is asked for again like one that was not seen."""
    if finding.outcome is Outcome.FAILED:
        return P.PLACE_FINGER_AGAIN
    return FINGER_PROMPTS.get(finding.reason) if finding.outcome is Outcome.NOT_DONE else None


def _of_life(finding: Finding) -> P | None:
    """Return what helps a look that could not tell; the layer's name stands before its word."""
    if finding.outcome is not Outcome.INCONCLUSIVE:
        return None
    words = [word for word in LIVENESS_PROMPTS if finding.reason.endswith(f"_{word}")]
    return LIVENESS_PROMPTS[words[0]] if words else None


_ADVICE: Mapping[Check, Callable[[Finding], P | None]] = MappingProxyType(
    {
        Check.PERMIT_IS_READABLE: _of_code,
        Check.MRZ_IS_READABLE: _of_page,
        Check.CHIP_WAS_READ_WHOLE: _of_chip,
        Check.FACE_IS_THE_HOLDER: _of_face,
        Check.FACE_IS_LIVE: _of_life,
        Check.FINGER_IS_THE_HOLDER: _of_finger,
    }
)
