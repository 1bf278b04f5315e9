"""What a lane asks of the world; the loop carries the effects out, in order.

A Release follows, never precedes, the durable record of what allows it.
"""

from dataclasses import dataclass
from enum import StrEnum

from egate.domain.decision import Stage
from egate.domain.lane_part import Door, Output
from egate.domain.lane_state import LaneState, Trouble


class Limit(StrEnum):
    """A time limit by name; asking for one again replaces it."""

    STATE = "state"
    HINT = "hint"
    DWELL = "dwell"
    EXIT_WARNING = "exit_warning"
    ENTRY_DISAGREES = "entry_disagrees"
    EXIT_DISAGREES = "exit_disagrees"
    ENTRY_FOLLOWS = "entry_follows"
    EXIT_FOLLOWS = "exit_follows"
    OCCUPANCY_SETTLES = "occupancy_settles"


class Purpose(StrEnum):
    """Why a door is released; the guard has one row of conditions for each."""

    LET_IN = "let_in"
    LET_OUT = "let_out"
    LET_BACK = "let_back"
    FREE_EGRESS = "free_egress"
    FORCED_BY_TECHNICIAN = "forced_by_technician"


class Prompt(StrEnum):
    """What the traveller is shown; the page turns it into a pictogram and one short line."""

    CLOSED = "closed"
    PRESENT_TOKEN = "present_token"  # noqa: S105  # a prompt, not a secret
    HOLD_TOKEN_STILL = "hold_token_still"  # noqa: S105  # a prompt, not a secret
    SHOW_PERMIT = "show_permit"
    TURN_DOCUMENT = "turn_document"
    FLATTEN_DOCUMENT = "flatten_document"
    LAY_DOCUMENT_AGAIN = "lay_document_again"
    LEAVE_DOCUMENT = "leave_document"
    PLEASE_WAIT = "please_wait"
    WALK_IN = "walk_in"
    STEP_FORWARD = "step_forward"
    LOOK_HERE = "look_here"
    LOOK_HERE_AGAIN = "look_here_again"
    ONE_PERSON_ONLY = "one_person_only"
    COME_CLOSER = "come_closer"
    FACE_THE_CAMERA = "face_the_camera"
    LOOK_STRAIGHT_AHEAD = "look_straight_ahead"
    HOLD_HEAD_UPRIGHT = "hold_head_upright"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    UNSHADE_YOUR_FACE = "unshade_your_face"
    HOLD_STILL = "hold_still"
    TAKE_OFF_GLASSES = "take_off_glasses"
    TAKE_OFF_MASK = "take_off_mask"
    OPEN_EYES = "open_eyes"
    KEEP_LOOKING = "keep_looking"
    MOVE_A_LITTLE = "move_a_little"
    TURN_HEAD_LEFT = "turn_head_left"
    TURN_HEAD_RIGHT = "turn_head_right"
    TURN_HEAD_BACK = "turn_head_back"
    PLACE_FINGER = "place_finger"
    PLACE_FINGER_AGAIN = "place_finger_again"
    LIFT_FINGER = "lift_finger"
    PRESS_FINGER_FIRMER = "press_finger_firmer"
    MOISTEN_FINGER = "moisten_finger"
    DRY_FINGER = "dry_finger"
    WIPE_FINGER = "wipe_finger"
    WALK_OUT = "walk_out"
    DO_NOT_STOP = "do_not_stop"
    WAIT_FOR_OFFICER = "wait_for_officer"
    STEP_BACK = "step_back"
    ONE_AT_A_TIME = "one_at_a_time"
    FREE_WAY = "free_way"


@dataclass(frozen=True, slots=True)
class Release:
    """Let one person through this door, for at most `for_s` seconds."""

    door: Door
    purpose: Purpose
    for_s: float


@dataclass(frozen=True, slots=True)
class Lock:
    """Stop releasing this door."""

    door: Door


@dataclass(frozen=True, slots=True)
class Signal:
    """Drive a lamp or the sounder like this for `for_s` seconds, then as the state has it."""

    output: Output
    active: bool
    for_s: float


@dataclass(frozen=True, slots=True)
class Inspect:
    """Ask the checks of this stage; answers later than `for_s` seconds do not count."""

    passage: int
    stage: Stage
    attempt: int
    for_s: float


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """Make the admission of this stage durable, then say DecisionDurable."""

    passage: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class RecordOverride:
    """Make the officer's admission durable, then say DecisionDurable for the stage."""

    passage: int
    stage: Stage
    officer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The lane is in a new state; recorded, and shown on every page."""

    state: LaneState
    passage: int | None
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a record that changes no state: an ignored event, a refused order.

    `against` names each condition that did not hold where a technician asked for something.
    """

    what: str
    passage: int | None = None
    trouble: Trouble | None = None
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Await:
    """Say LimitReached(limit) in `for_s` seconds unless cancelled or asked again."""

    limit: Limit
    for_s: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget this time limit."""

    limit: Limit


@dataclass(frozen=True, slots=True)
class Guide:
    """Show the traveller this."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Alarm:
    """Call the officer, with the trouble by name."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class EndPassage:
    """The passage is over: wipe its findings, references and pictures everywhere."""

    passage: int
    ending: Trouble | None


@dataclass(frozen=True, slots=True)
class RunSelfTest:
    """Test the devices, then say SelfTestDone."""


Effect = (
    Release
    | Lock
    | Signal
    | Inspect
    | RecordDecision
    | RecordOverride
    | Entered
    | Note
    | Await
    | Cancel
    | Guide
    | Alarm
    | EndPassage
    | RunSelfTest
)
