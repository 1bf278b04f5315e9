"""The officer's desk: who is attached, what each lane wants of an officer, and the orders given.

    order in one step      close_lane
    orders in two steps    all that open something: asked, shown again, confirmed in CONFIRM_S

The lane authorises, journals and may refuse whatever is asked here. An alarm stays until an officer
says that it was seen, and who that was is written down by the lane; by a lane that fell silent,
once it is back. What a passage was found to be
is held while the passage lasts and an officer is attached, and then dropped.

Source: DESIGN section 8; ARCHITECTURE section 6 (what an order does in which state).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from egate.domain.decision import Stage
from egate.domain.lane_event import Order
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import DecisionView, LaneView
from egate.pages.hub import Hub, Lane
from egate.pages.sessions import Session
from egate.ports.lane_link import OfficerLine

CONFIRM_S = 15.0
CONSOLE_LIVES_S = 2.0  # as long as the lane waits for a beat (egate.loop.hosts)
MOST_ALARMS = 50  # of one lane; the oldest that was seen goes first
MOST_OFFICERS = 16
MOST_REASON = 200  # characters

CALLING = {
    LaneState.REFERRED,
    LaneState.EXCEPTION,
    LaneState.EMERGENCY,
    LaneState.OUT_OF_SERVICE,
}
WAITING = {LaneState.REFERRED, LaneState.EXCEPTION}


class Refusal(StrEnum):
    """Why nothing was asked of the lane."""

    NO_LANE = "no_lane"
    NO_ACTION = "no_action"
    NO_REASON = "no_reason"
    ANOTHER_PASSAGE = "another_passage"
    NOT_IN_THIS_STATE = "not_in_this_state"
    NOT_ATTACHED = "not_attached"
    NOT_REACHED = "not_reached"
    NOT_ASKED = "not_asked"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Action:
    """One button: the order it gives, when it is offered, and whether it wants a second step.

    `because` stands before the officer's reason in the journal where two buttons give one order.
    """

    order: Order
    states: frozenset[LaneState]
    two_steps: bool = True
    because: str = ""


def _anywhere_but(*states: LaneState) -> frozenset[LaneState]:
    return frozenset(LaneState) - {*states}


ACTIONS: dict[str, Action] = {
    "admit": Action(Order.ADMIT, frozenset(WAITING)),
    "refuse": Action(Order.LET_BACK, frozenset(WAITING), because="refused: "),
    "let_back": Action(Order.LET_BACK, frozenset(WAITING)),
    "clear": Action(Order.CLEAR, frozenset({LaneState.EXCEPTION})),
    "open_lane": Action(Order.OPEN_LANE, _anywhere_but(LaneState.EMERGENCY, LaneState.MAINTENANCE)),
    "close_lane": Action(Order.CLOSE_LANE, _anywhere_but(LaneState.MAINTENANCE), two_steps=False),
    "reset_emergency": Action(Order.RESET_EMERGENCY, frozenset({LaneState.EMERGENCY})),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer asks of one lane, about the passage on the officer's screen."""

    lane: str
    action: str
    passage: int
    reason: str


@dataclass(slots=True)
class Alarm:
    """A lane calls for an officer; `seen_by` is empty until one has acknowledged."""

    number: int
    trouble: Trouble
    state: LaneState
    passage: int | None
    at_utc_s: float
    seen_by: str = ""


@dataclass(slots=True)
class _Post:
    """One signed-in officer: the lines to the lanes, and the order that waits for a second step."""

    lines: dict[str, OfficerLine] = field(default_factory=dict)
    beat_at_s: float = 0.0
    wish: Wish | None = None
    code: str = ""
    until_s: float = 0.0
    owed: set[str] = field(default_factory=set)  # lanes to be told who saw that they were silent


@dataclass(slots=True)
class _Sheet:
    """What is held of one lane."""

    alarms: deque[Alarm] = field(default_factory=deque)
    decisions: dict[Stage, DecisionView] = field(default_factory=dict)


class Desk:
    """All officers of this process. Every method is called in the loop."""

    def __init__(self, hub: Hub, utc_s: Callable[[], float], draw: Callable[[int], bytes]) -> None:
        self._hub = hub
        self._utc_s = utc_s
        self._draw = draw
        self._posts: dict[str, _Post] = {}
        self._sheets = {name: _Sheet() for name in hub.lanes}
        self._numbers = 0
        hub.listeners.append(self._shown)
        hub.silences.append(self._fell_silent)

    def beat(self, session: Session) -> bool:
        """The console of this officer lives; False when too many officers are here."""
        now_s = self._hub.clock()
        self._drop_silent(now_s)
        post = self._posts.get(session.key)
        if post is None:
            if len(self._posts) >= MOST_OFFICERS:
                return False
            post = self._posts[session.key] = self._new_post(session)
        post.beat_at_s = now_s
        for name, line in post.lines.items():
            line.beat()
            if name in post.owed and line.acknowledge(Trouble.LANE_SILENT, None):
                post.owed.discard(name)
        return True

    def leave(self, session: Session) -> None:
        """The officer signs out, or was forgotten."""
        post = self._posts.pop(session.key, None)
        if post is not None:
            for line in post.lines.values():
                line.detach()
        if not self._posts:
            for sheet in self._sheets.values():
                sheet.decisions.clear()

    def close(self) -> None:
        """Detach everybody."""
        for post in self._posts.values():
            for line in post.lines.values():
                line.detach()
        self._posts.clear()

    def ask(self, session: Session, wish: Wish) -> Refusal | str:
        """Take an order: an empty text when it was given, a code when it wants its second step."""
        refusal = self._objection(session, wish)
        if refusal is not None:
            return refusal
        post = self._posts[session.key]
        if not ACTIONS[wish.action].two_steps:
            return self._give(post, wish)
        post.wish, post.code = wish, self._draw(16).hex()
        post.until_s = self._hub.clock() + CONFIRM_S
        return post.code

    def confirm(self, session: Session, code: str) -> Refusal | str:
        """Take the second step of what this officer asked last; an empty text when it was given."""
        post = self._posts.get(session.key)
        if post is None or post.wish is None or not code or post.code != code:
            return Refusal.NOT_ASKED
        wish, post.wish = post.wish, None
        if self._hub.clock() > post.until_s:
            return Refusal.TOO_LATE
        return self._objection(session, wish) or self._give(post, wish)

    def acknowledge(self, session: Session, name: str, number: int) -> Refusal | str:
        """Write down who saw this alarm; an empty text when that was done, or had been."""
        sheet, post = self._sheets.get(name), self._posts.get(session.key)
        if sheet is None:
            return Refusal.NO_LANE
        alarm = next((one for one in sheet.alarms if one.number == number), None)
        if alarm is None or alarm.seen_by:
            return ""
        if post is None:
            return Refusal.NOT_ATTACHED
        if alarm.trouble is Trouble.LANE_SILENT:
            post.owed.add(name)  # there is no lane to write it down; told when it is back
        elif not post.lines[name].is_attached:
            return Refusal.NOT_ATTACHED
        elif not post.lines[name].acknowledge(alarm.trouble, alarm.passage):
            return Refusal.NOT_REACHED
        alarm.seen_by = session.person.name
        self._hub.wake()
        return ""

    def alarms(self, name: str) -> tuple[Alarm, ...]:
        """Return the alarms of a lane, the newest first."""
        return tuple(reversed(self._sheets[name].alarms))

    def decisions(self, name: str) -> tuple[DecisionView, ...]:
        """Return what the running passage of a lane was found to be."""
        return tuple(self._sheets[name].decisions.values())

    def attached(self, session: Session, name: str) -> bool:
        """Say whether the lane has this officer."""
        post = self._posts.get(session.key)
        return post is not None and post.lines[name].is_attached

    def officers(self) -> int:
        """How many officers are here."""
        return len(self._posts)

    def _new_post(self, session: Session) -> _Post:
        officer = session.person.name
        return _Post(
            {
                name: lane.link.attach(officer, partial(self._decided, name))
                for name, lane in self._hub.lanes.items()
            }
        )

    def _drop_silent(self, now_s: float) -> None:
        """Give the places of consoles that no longer beat to others; the lane dropped them too."""
        for key, post in tuple(self._posts.items()):
            if now_s - post.beat_at_s > CONSOLE_LIVES_S and post.beat_at_s:
                for line in post.lines.values():
                    line.detach()
                del self._posts[key]

    def _objection(self, session: Session, wish: Wish) -> Refusal | None:
        """Say what stands against an order before the lane is asked."""
        lane, action = self._hub.lanes.get(wish.lane), ACTIONS.get(wish.action)
        if lane is None:
            return Refusal.NO_LANE
        if action is None:
            return Refusal.NO_ACTION
        if not wish.reason.strip():
            return Refusal.NO_REASON
        if lane.view is None or (lane.view.passage or 0) != wish.passage:
            return Refusal.ANOTHER_PASSAGE
        if lane.state(self._hub.clock()) not in action.states:
            return Refusal.NOT_IN_THIS_STATE
        return None if self.attached(session, wish.lane) else Refusal.NOT_ATTACHED

    def _give(self, post: _Post, wish: Wish) -> Refusal | str:
        action = ACTIONS[wish.action]
        reason = action.because + wish.reason.strip()[:MOST_REASON]
        given = post.lines[wish.lane].order(action.order, wish.passage, reason)
        return "" if given else Refusal.NOT_REACHED

    def _decided(self, name: str, told: DecisionView) -> None:
        self._sheets[name].decisions[told.stage] = told
        self._hub.wake()

    def _shown(self, lane: Lane, before: LaneView | None) -> None:
        """Raise an alarm where a lane begins to call; drop what belongs to an ended passage."""
        view, sheet = lane.view, self._sheets[lane.name]
        if view is None:
            return
        if before is None or before.passage != view.passage:
            for stage, told in tuple(sheet.decisions.items()):
                if told.passage != view.passage:
                    del sheet.decisions[stage]
        was = (before.state, before.trouble) if before else None
        if view.state in CALLING and view.trouble and was != (view.state, view.trouble):
            self._raise(sheet, view, view.trouble)

    def _fell_silent(self, lane: Lane) -> None:
        """Raise an alarm for a lane of which nothing is known any more."""
        view = lane.view or LaneView(0.0, LaneState.CLOSED)
        self._raise(self._sheets[lane.name], view, Trouble.LANE_SILENT)

    def _raise(self, sheet: _Sheet, view: LaneView, trouble: Trouble) -> None:
        self._numbers += 1
        if len(sheet.alarms) >= MOST_ALARMS:
            seen = next((one for one in sheet.alarms if one.seen_by), sheet.alarms[0])
            sheet.alarms.remove(seen)
        sheet.alarms.append(Alarm(self._numbers, trouble, view.state, view.passage, self._utc_s()))
