"""What a traveller sees and hears, in one table: pictures, colour, chime and lamps.

The screen and the board's lamps are both read off here, so they cannot tell two stories. A state
has its lamps and what it says when the lane asks for nothing; a prompt has its pictures, what kind
of thing it means and its chime. Nothing here depends on what was found about a person: who is
turned away, referred or held sees one and the same sign.

The sounder on the board is for what happens to the doors and the chamber, never for findings.

Source: DESIGN section 8 (same neutral look for every refusal); research/domain.md 2.2, 2.3, 2.4
(never colour alone: shape, text and sound).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from egate.domain.effect import Prompt as P  # noqa: N817  # a table wants one letter
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState as S
from egate.domain.lane_state import Trouble


class Meaning(StrEnum):
    """What kind of thing a sign says; each has one colour."""

    DO = "do"
    GO = "go"
    WAIT = "wait"
    STOP = "stop"
    SHUT = "shut"
    FREE = "free"


class Chime(StrEnum):
    """What is heard from the screen when a sign comes; the voice mostly follows after a pause."""

    NONE = "none"
    ASK = "ask"
    GO = "go"
    HALT = "halt"


class Cue(StrEnum):
    """What is said beside the lane's own prompts: by the lane's kind, and during a look."""

    PRESENT_CODE = "present_code"
    MOVE_BACK = "move_back"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"


class Pictogram(StrEnum):
    """A drawing of ours, by the name of its file."""

    CLOSED = "closed"
    COME_CLOSER = "come_closer"
    FACE_THE_CAMERA = "face_the_camera"
    FLATTEN_DOCUMENT = "flatten_document"
    FREE_WAY = "free_way"
    HOLD_CODE = "hold_code"
    HOLD_HEAD_UPRIGHT = "hold_head_upright"
    HOLD_STILL = "hold_still"
    HOLD_TOKEN_STILL = "hold_token_still"  # noqa: S105  # a drawing, not a secret
    KEEP_LOOKING = "keep_looking"
    LAY_PASSPORT = "lay_passport"
    LESS_LIGHT = "less_light"
    LIFT_FINGER = "lift_finger"
    LOOK_HERE = "look_here"
    LOOK_STRAIGHT_AHEAD = "look_straight_ahead"
    MOISTEN_FINGER = "moisten_finger"
    MORE_LIGHT = "more_light"
    MOVE_BACK = "move_back"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"
    ONE_AT_A_TIME = "one_at_a_time"
    ONE_PERSON_ONLY = "one_person_only"
    OPEN_EYES = "open_eyes"
    PLACE_FINGER = "place_finger"
    PLEASE_WAIT = "please_wait"
    PRESS_FIRMER = "press_firmer"
    STEP_BACK = "step_back"
    STEP_FORWARD = "step_forward"
    TAKE_OFF_GLASSES = "take_off_glasses"
    TAKE_OFF_MASK = "take_off_mask"
    TURN_DOCUMENT = "turn_document"
    TURN_HEAD_LEFT = "turn_head_left"
    TURN_HEAD_RIGHT = "turn_head_right"
    UNSHADE_YOUR_FACE = "unshade_your_face"
    WAIT_FOR_OFFICER = "wait_for_officer"
    WALK_IN = "walk_in"
    WALK_ON = "walk_on"
    WALK_OUT = "walk_out"
    WIPE_FINGER = "wipe_finger"


class Part(StrEnum):
    """A part of a passage, as its progress is shown."""

    TOKEN = "token"  # noqa: S105  # a part of the way, not a secret
    WAY_IN = "way_in"
    FACE = "face"
    WAY_OUT = "way_out"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is shown and sounded for one prompt; several pictures take turns."""

    pictures: tuple[Pictogram, ...]
    meaning: Meaning
    chime: Chime = Chime.NONE


@dataclass(frozen=True, slots=True)
class Standing:
    """What a state lights, and says where the lane asks for nothing.

    `always`: the state says this whatever was asked. `part`: how far the passage has come.
    """

    says: P
    lamps: frozenset[Output] = frozenset()
    always: bool = False
    part: Part | None = None


def _ask(*pictures: Pictogram) -> Sign:
    return Sign(pictures, Meaning.DO, Chime.ASK)


SIGNS: Mapping[P | Cue, Sign] = MappingProxyType(
    {
        P.CLOSED: Sign((Pictogram.CLOSED,), Meaning.SHUT),
        P.PRESENT_TOKEN: Sign((Pictogram.HOLD_CODE, Pictogram.LAY_PASSPORT), Meaning.DO),
        P.HOLD_TOKEN_STILL: Sign((Pictogram.HOLD_TOKEN_STILL,), Meaning.DO),
        P.SHOW_PERMIT: _ask(Pictogram.HOLD_CODE),
        P.TURN_DOCUMENT: _ask(Pictogram.TURN_DOCUMENT),
        P.FLATTEN_DOCUMENT: _ask(Pictogram.FLATTEN_DOCUMENT),
        P.LAY_DOCUMENT_AGAIN: _ask(Pictogram.LAY_PASSPORT),
        P.LEAVE_DOCUMENT: _ask(Pictogram.LAY_PASSPORT),
        P.PLEASE_WAIT: Sign((Pictogram.PLEASE_WAIT,), Meaning.WAIT),
        P.WALK_IN: Sign((Pictogram.WALK_IN,), Meaning.GO, Chime.GO),
        P.STEP_FORWARD: Sign((Pictogram.STEP_FORWARD,), Meaning.GO),
        P.LOOK_HERE: _ask(Pictogram.LOOK_HERE),
        P.LOOK_HERE_AGAIN: _ask(Pictogram.LOOK_HERE),
        P.ONE_PERSON_ONLY: _ask(Pictogram.ONE_PERSON_ONLY),
        P.COME_CLOSER: _ask(Pictogram.COME_CLOSER),
        P.FACE_THE_CAMERA: _ask(Pictogram.FACE_THE_CAMERA),
        P.LOOK_STRAIGHT_AHEAD: _ask(Pictogram.LOOK_STRAIGHT_AHEAD),
        P.HOLD_HEAD_UPRIGHT: _ask(Pictogram.HOLD_HEAD_UPRIGHT),
        P.MORE_LIGHT: _ask(Pictogram.MORE_LIGHT),
        P.LESS_LIGHT: _ask(Pictogram.LESS_LIGHT),
        P.UNSHADE_YOUR_FACE: _ask(Pictogram.UNSHADE_YOUR_FACE),
        P.HOLD_STILL: _ask(Pictogram.HOLD_STILL),
        P.TAKE_OFF_GLASSES: _ask(Pictogram.TAKE_OFF_GLASSES),
        P.TAKE_OFF_MASK: _ask(Pictogram.TAKE_OFF_MASK),
        P.OPEN_EYES: _ask(Pictogram.OPEN_EYES),
        P.KEEP_LOOKING: _ask(Pictogram.KEEP_LOOKING),
        P.MOVE_A_LITTLE: _ask(Pictogram.MOVE_LEFT, Pictogram.MOVE_RIGHT),
        P.TURN_HEAD_LEFT: _ask(Pictogram.TURN_HEAD_LEFT),
        P.TURN_HEAD_RIGHT: _ask(Pictogram.TURN_HEAD_RIGHT),
        P.TURN_HEAD_BACK: _ask(Pictogram.LOOK_HERE),
        P.PLACE_FINGER: _ask(Pictogram.PLACE_FINGER),
        P.PLACE_FINGER_AGAIN: _ask(Pictogram.PLACE_FINGER),
        P.LIFT_FINGER: _ask(Pictogram.LIFT_FINGER),
        P.PRESS_FINGER_FIRMER: _ask(Pictogram.PRESS_FIRMER),
        P.MOISTEN_FINGER: _ask(Pictogram.MOISTEN_FINGER),
        P.DRY_FINGER: _ask(Pictogram.WIPE_FINGER),
        P.WIPE_FINGER: _ask(Pictogram.WIPE_FINGER),
        P.WALK_OUT: Sign((Pictogram.WALK_OUT,), Meaning.GO, Chime.GO),
        P.DO_NOT_STOP: Sign((Pictogram.WALK_ON,), Meaning.GO),
        P.WAIT_FOR_OFFICER: Sign((Pictogram.WAIT_FOR_OFFICER,), Meaning.WAIT, Chime.ASK),
        P.STEP_BACK: Sign((Pictogram.STEP_BACK,), Meaning.STOP, Chime.HALT),
        P.ONE_AT_A_TIME: Sign((Pictogram.ONE_AT_A_TIME,), Meaning.STOP, Chime.HALT),
        P.FREE_WAY: Sign((Pictogram.FREE_WAY,), Meaning.FREE, Chime.GO),
        Cue.PRESENT_CODE: Sign((Pictogram.HOLD_CODE,), Meaning.DO),
        Cue.MOVE_BACK: _ask(Pictogram.MOVE_BACK),
        Cue.MOVE_LEFT: _ask(Pictogram.MOVE_LEFT),
        Cue.MOVE_RIGHT: _ask(Pictogram.MOVE_RIGHT),
    }
)

STOPS = frozenset({Output.STOP})
IN = frozenset({Output.ENTRY_GO})
OUT = frozenset({Output.EXIT_GO})
SHUT = Standing(P.CLOSED, STOPS, always=True)
REFUSED = Standing(P.WAIT_FOR_OFFICER, STOPS, always=True)  # one look, whatever the reason

STANDINGS: Mapping[S, Standing] = MappingProxyType(
    {
        S.BOOT: SHUT,
        S.OUT_OF_SERVICE: SHUT,
        S.CLOSED: SHUT,
        S.READY: Standing(P.PRESENT_TOKEN, IN),
        S.READING: Standing(P.HOLD_TOKEN_STILL, part=Part.TOKEN),
        S.ENTRY_DECIDED: Standing(P.PLEASE_WAIT, part=Part.TOKEN),
        S.ENTRY_RELEASED: Standing(P.WALK_IN, IN, part=Part.WAY_IN),
        S.ENTERING: Standing(P.STEP_FORWARD, IN, part=Part.WAY_IN),
        S.VERIFYING: Standing(P.LOOK_HERE, part=Part.FACE),
        S.DECIDED: Standing(P.PLEASE_WAIT, part=Part.FACE),
        S.EXIT_RELEASED: Standing(P.WALK_OUT, OUT, part=Part.WAY_OUT),
        S.LEAVING: Standing(P.DO_NOT_STOP, OUT, part=Part.WAY_OUT),
        S.CLEARING: Standing(P.PLEASE_WAIT, STOPS),
        S.TURNED_AWAY: REFUSED,
        S.REFERRED: REFUSED,
        S.RETURNING: Standing(P.STEP_BACK, STOPS),
        S.EXCEPTION: REFUSED,
        S.EMERGENCY: Standing(P.FREE_WAY, IN | OUT, always=True),
        S.MAINTENANCE: SHUT,
    }
)

SOUNDING = frozenset(
    {
        Trouble.TAILGATING,
        Trouble.TWO_PERSONS,
        Trouble.WRONG_DIRECTION,
        Trouble.LEFT_OBJECT,
        Trouble.DOOR_BLOCKED,
        Trouble.DOOR_FORCED,
        Trouble.DOOR_HELD_OPEN,
        Trouble.CONTACTS_DISAGREE,
        Trouble.OBSTACLE_HIT,
        Trouble.OCCUPANCY_CHANGED,
        Trouble.OCCUPIED_AT_BOOT,
        Trouble.TAMPER,
        Trouble.DWELL_TOO_LONG,
        Trouble.EMERGENCY_OPEN,
    }
)


def prompt_in(state: S, prompt: P | None) -> P:
    """Return what is said in this state when the lane last asked for `prompt`.

    A lane that is being cleared keeps the last prompt; one that said "walk" no longer does. The
    way is free in an emergency only.

    >>> prompt_in(S.VERIFYING, P.COME_CLOSER)
    <Prompt.COME_CLOSER: 'come_closer'>
    >>> prompt_in(S.CLEARING, P.WALK_OUT)
    <Prompt.PLEASE_WAIT: 'please_wait'>
    """
    standing = STANDINGS[state]
    if standing.always or prompt is None:
        return standing.says
    meaning = SIGNS[prompt].meaning
    if meaning is Meaning.FREE or (meaning is Meaning.GO and standing.lamps == STOPS):
        return standing.says
    return prompt


def lamps_in(state: S, prompt: P | None) -> frozenset[Output]:
    """Return the lamps that say what the screen says.

    >>> sorted(lamps_in(S.VERIFYING, P.ONE_AT_A_TIME))
    [<Output.STOP: 'stop'>]
    """
    stops = SIGNS[prompt_in(state, prompt)].meaning in {Meaning.STOP, Meaning.SHUT}
    return STOPS if stops else STANDINGS[state].lamps
