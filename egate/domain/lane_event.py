"""What can happen to a lane: every event carries `at_s`, seconds on the monotonic clock.

The lane is told facts, not data: a token's content, findings and pictures never come here.
"""

from dataclasses import dataclass
from enum import StrEnum

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import Limit, Prompt
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import Trouble


class Order(StrEnum):
    """What an officer may ask of a lane; the lane may refuse."""

    OPEN_LANE = "open_lane"
    CLOSE_LANE = "close_lane"
    ADMIT = "admit"
    LET_BACK = "let_back"
    CLEAR = "clear"
    RESET_EMERGENCY = "reset_emergency"


@dataclass(frozen=True, slots=True)
class InputChanged:
    """A line changed, or was read at start; None says its level is not known."""

    at_s: float
    line: Input
    active: bool | None


@dataclass(frozen=True, slots=True)
class TokenPresented:
    """A traveller presented something to a reader; the loop gave the passage its number."""

    at_s: float
    passage: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The findings of one stage were weighed; `may_retry` as in Decision.

    `trouble` names what stands against admission, for the officer; `prompt` is what the
    traveller can do about it before another try.
    """

    at_s: float
    passage: int
    stage: Stage
    ruling: Ruling
    may_retry: bool = False
    trouble: Trouble | None = None
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class FingerWanted:
    """The face is the holder's, and this holder is to lay a finger on the sensor as well."""

    at_s: float
    passage: int


@dataclass(frozen=True, slots=True)
class TravellerAsked:
    """A look that goes on asks something of the traveller."""

    at_s: float
    passage: int
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class DecisionDurable:
    """The journal holds the admission of this stage on disk."""

    at_s: float
    passage: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A time limit the lane had asked for ran out."""

    at_s: float
    limit: Limit


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A device, host or service the lane needs is gone, silent or talking nonsense."""

    at_s: float
    device: str


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """That device answers again."""

    at_s: float
    device: str


@dataclass(frozen=True, slots=True)
class SelfTestDone:
    """The boot self-test ended."""

    at_s: float
    passed: bool


@dataclass(frozen=True, slots=True)
class OfficerAttached:
    """A console with an identified officer watches the lane."""

    at_s: float


@dataclass(frozen=True, slots=True)
class OfficerDetached:
    """No console watches the lane any more."""

    at_s: float


@dataclass(frozen=True, slots=True)
class OfficerOrdered:
    """An identified officer gave an order; `passage` is the one on the officer's screen."""

    at_s: float
    order: Order
    passage: int
    officer: str
    reason: str


@dataclass(frozen=True, slots=True)
class MaintenanceEntered:
    """A technician logged in at the lane."""

    at_s: float


@dataclass(frozen=True, slots=True)
class MaintenanceLeft:
    """The technician logged out."""

    at_s: float


@dataclass(frozen=True, slots=True)
class OutputForced:
    """A technician asks for one door to be released or locked by hand."""

    at_s: float
    door: Door
    release: bool


@dataclass(frozen=True, slots=True)
class SignalForced:
    """A technician asks for a lamp or the sounder by hand; a release of a door is none of these."""

    at_s: float
    output: Output
    active: bool


LaneEvent = (
    InputChanged
    | TokenPresented
    | Decided
    | FingerWanted
    | TravellerAsked
    | DecisionDurable
    | LimitReached
    | DeviceLost
    | DeviceBack
    | SelfTestDone
    | OfficerAttached
    | OfficerDetached
    | OfficerOrdered
    | MaintenanceEntered
    | MaintenanceLeft
    | OutputForced
    | SignalForced
)
