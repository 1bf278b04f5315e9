"""The technicians' side of the pages: who works at the lane, what was asked of it, what came back.

    one step     maintenance, lamps and sounder, locking again, checks
    two steps    whatever lets a door go: asked, shown again, confirmed in CONFIRM_S

The lane authorises, journals and may refuse whatever is asked here; what it answers is held for
all technicians of this process, the newest TRIES outputs and the last run of checks. A technician
is attached while their page beats.

Source: issue 6, item 5; egate/loop/by_hand.py (the lane's side).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from egate.domain.lane_part import DOOR_RELEASE, Output, Shape, outputs_of
from egate.domain.lane_state import LaneState
from egate.domain.lane_view import AnswerView, CheckView, FeltView, ToldByHand
from egate.domain.self_checked import Checked
from egate.pages.desk import CONFIRM_S, CONSOLE_LIVES_S, MOST_OFFICERS, MOST_REASON, Refusal
from egate.pages.hub import Hub
from egate.pages.sessions import Session
from egate.ports.lane_link import TechnicianLine

TRIES = 8
UNLOCKS = frozenset(DOOR_RELEASE.values())


@dataclass(frozen=True, slots=True)
class Ask:
    """What a technician asks: an output, or with None maintenance, on or off."""

    output: Output | None
    is_on: bool
    reason: str


@dataclass(slots=True)
class Try:
    """One thing that was asked; `against` is None until the lane answered."""

    number: int
    ask: Ask
    by: str
    at_utc_s: float
    against: tuple[str, ...] | None = None
    felt: list[FeltView] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One run of the checks."""

    number: int
    by: str
    at_utc_s: float
    against: tuple[str, ...] = ()
    in_all: int = 0
    results: list[Checked] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Say whether every check was told."""
        return 0 < self.in_all == len(self.results)


@dataclass(slots=True)
class _Place:
    """One signed-in technician: the line to the lane, and what waits for its second step."""

    line: TechnicianLine
    beat_at_s: float = 0.0
    ask: Ask | None = None
    code: str = ""
    until_s: float = 0.0


class Workbench:
    """All technicians of this process, at this gate's own lane. Called in the loop."""

    def __init__(
        self, hub: Hub, own: str, utc_s: Callable[[], float], draw: Callable[[int], bytes]
    ) -> None:
        self._hub = hub
        self._lane = hub.lanes[own]
        self._utc_s = utc_s
        self._draw = draw
        self._places: dict[str, _Place] = {}
        self._number = 0
        self.tries: list[Try] = []  # the newest first
        self.run: Run | None = None

    def beat(self, session: Session) -> bool:
        """The page of this technician lives; False when too many are here."""
        now_s = self._hub.clock()
        self._drop_silent(now_s)
        place = self._places.get(session.key)
        if place is None:
            if len(self._places) >= MOST_OFFICERS:
                return False
            line = self._lane.link.serve(session.person.name, self._told)
            place = self._places[session.key] = _Place(line)
        place.beat_at_s = now_s
        place.line.beat()
        return True

    def leave(self, session: Session) -> None:
        """The technician signs out, or was forgotten."""
        place = self._places.pop(session.key, None)
        if place is not None:
            place.line.detach()

    def close(self) -> None:
        """Detach everybody."""
        for place in self._places.values():
            place.line.detach()
        self._places.clear()

    def attached(self, session: Session) -> bool:
        """Say whether the lane has this technician."""
        place = self._places.get(session.key)
        return place is not None and place.line.is_attached

    def ask(self, session: Session, shape: Shape, ask: Ask) -> Refusal | str:
        """Take a wish: an empty text when it was asked, a code when it wants its second step."""
        refusal = self._objection(session, shape, ask)
        if refusal is not None:
            return refusal
        place = self._places[session.key]
        if not (ask.is_on and ask.output in UNLOCKS):
            return self._give(session, place, ask)
        place.ask, place.code = ask, self._draw(16).hex()
        place.until_s = self._hub.clock() + CONFIRM_S
        return place.code

    def confirm(self, session: Session, shape: Shape, code: str) -> Refusal | str:
        """Take the second step of what this technician asked last."""
        place = self._places.get(session.key)
        if place is None or place.ask is None or not code or place.code != code:
            return Refusal.NOT_ASKED
        ask, place.ask = place.ask, None
        if self._hub.clock() > place.until_s:
            return Refusal.TOO_LATE
        return self._objection(session, shape, ask) or self._give(session, place, ask)

    def check(self, session: Session, only: str) -> Refusal | str:
        """Ask for the lane's own checks: one, or all."""
        if not self.attached(session):
            return Refusal.NOT_ATTACHED
        if self._state() is not LaneState.MAINTENANCE:
            return Refusal.NOT_IN_THIS_STATE
        self._number += 1
        run = Run(self._number, session.person.name, self._utc_s())
        if not self._places[session.key].line.run_checks(run.number, only):
            return Refusal.NOT_REACHED
        self.run = run
        return ""

    def _objection(self, session: Session, shape: Shape, ask: Ask) -> Refusal | None:
        """Say what stands against a wish before the lane is asked."""
        if ask.output is not None and ask.output not in {*outputs_of(shape)} - {Output.ALIVE}:
            return Refusal.NO_ACTION
        if not ask.reason.strip():
            return Refusal.NO_REASON
        is_in = self._state() is LaneState.MAINTENANCE
        enters = ask.output is None and ask.is_on
        if is_in is enters:
            return Refusal.NOT_IN_THIS_STATE
        return None if self.attached(session) else Refusal.NOT_ATTACHED

    def _give(self, session: Session, place: _Place, ask: Ask) -> Refusal | str:
        self._number += 1
        number, reason = self._number, ask.reason.strip()[:MOST_REASON]
        if ask.output is None:
            is_said = place.line.set_maintenance(number, reason, is_on=ask.is_on)
        else:
            is_said = place.line.force(number, ask.output, reason, active=ask.is_on)
        if not is_said:
            return Refusal.NOT_REACHED
        self.tries.insert(0, Try(number, ask, session.person.name, self._utc_s()))
        del self.tries[TRIES:]
        self._hub.wake()
        return ""

    def _told(self, told: ToldByHand) -> None:
        asked = next((one for one in self.tries if one.number == told.request), None)
        run = self.run if self.run is not None and self.run.number == told.request else None
        match told:
            case AnswerView(against=against):
                if asked is not None:
                    asked.against = against
                if run is not None:
                    run.against = against
            case FeltView():
                if asked is not None:
                    asked.felt.append(told)  # the lane tells MOST_FELT at most
            case CheckView(in_all=in_all, check=check):
                if run is not None and len(run.results) < in_all:
                    run.in_all = in_all
                    run.results.append(check)
        self._hub.wake()

    def _state(self) -> LaneState:
        return self._lane.state(self._hub.clock())

    def _drop_silent(self, now_s: float) -> None:
        """Give the places of pages that no longer beat to others; the lane dropped them too."""
        for key, place in tuple(self._places.items()):
            if now_s - place.beat_at_s > CONSOLE_LIVES_S and place.beat_at_s:
                place.line.detach()
                del self._places[key]
