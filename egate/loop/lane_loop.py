"""The lane process at work: events in one queue, one step each, its effects carried out in order.

    board thread ----> input_is ---+                      +--> OutputStage (doors, lamps)
    hosts, consoles -> heard ------+--> queue -> Lane -> effects --> Inquiry (checks, answers)
    timers, journal -> post -------+                      +--> Book (record), Timers, pages

One asyncio loop; nothing in it waits for a disk, a board or a host. What goes wrong in here ends
the process with every output at rest, and its supervisor starts it again. A health round every
0.2 s looks for what has gone silent; only when it came through does it feed the safety relay and
the supervisor's watchdog. It is some 610 lines: every effect and every report of one lane is
carried out in this one loop, and can be read here in order.

Source: DESIGN sections 2 and 3; research/hardware.md section 6.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import signal
from typing import Any, Protocol

import structlog

from egate.domain.effect import (
    Alarm,
    Await,
    Cancel,
    Effect,
    EndPassage,
    Entered,
    Guide,
    Inspect,
    Lock,
    Note,
    Prompt,
    Purpose,
    RecordDecision,
    RecordOverride,
    Release,
    RunSelfTest,
    Signal,
)
from egate.domain.forced import Pulse, Pulses, facts_of_pulse
from egate.domain.lane_event import (
    DeviceBack,
    DeviceLost,
    InputChanged,
    LaneEvent,
    LimitReached,
    OfficerAttached,
    OfficerDetached,
    OfficerOrdered,
    SelfTestDone,
    TokenPresented,
)
from egate.domain.lane_part import DOOR_RELEASE, Door, Input, Shape
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.record import EntryKind, Fact
from egate.domain.self_checked import Checked
from egate.domain.signs import SOUNDING
from egate.lane import Step
from egate.loop.book import Book
from egate.loop.by_hand import ByHand, CheckRun, LaneHands
from egate.loop.clock import Clock
from egate.loop.hosts import BEAT_EVERY_S, Hosts, Reported, Users, Wish
from egate.loop.inquiry import Fitted, Inquiry, Ways
from egate.loop.inspector import Inspector
from egate.loop.messages import (
    Acknowledge,
    DeviceIs,
    DocumentRead,
    DocumentShown,
    FaceMeasured,
    FingerExpected,
    FingerMeasured,
    GiveOrder,
    Message,
    StateShown,
    TokenRead,
    TurnAsked,
)
from egate.loop.notify import READY, STOPPING, WATCHDOG
from egate.loop.output_stage import OutputStage
from egate.loop.presence import BOARD, DEVICES_OF, ITSELF, JOURNAL, Presence
from egate.loop.recorder import JournalOpened, Recorder
from egate.loop.timers import Due, Timers
from egate.loop.upkeep import NOTHING_COUNTED, Upkeep, UpkeepParts
from egate.ports.digital_io import DigitalIo
from egate.ports.journal import Journal

JOURNAL_LATE_S = 2.0  # a commit takes 8 ms at p99 (research/fleet_ops.md 2.1)
TOKEN_FRESH_S = 2.0  # who showed it may have gone, and another stand there
SHOWN_EVERY_S = 1.0  # a page calls a state stale after 2 s (DESIGN section 8)
TESTED = {LaneState.BOOT, LaneState.OUT_OF_SERVICE}
STANDING_STILL = {LaneState.BOOT, LaneState.OUT_OF_SERVICE, LaneState.EXCEPTION}


SelfTest = Callable[[Mapping[Input, bool | None], tuple[str, ...]], tuple[str, ...]]


class LaneMachine(Protocol):
    """What the loop needs of egate.lane.Lane."""

    def start(self) -> Step:
        """Begin."""

    def handle(self, event: LaneEvent) -> Step:
        """Take one event; never raises."""


@dataclass(frozen=True, slots=True)
class LaneParts:
    """Everything a lane process is made of. `about` is written down when the gate starts.

    `takes_documents`, `has_fingerprint`: whether such a host belongs to this lane; `has_light`:
    whether the vision host has a light; `self_test`: which checks fail, by these levels and what
    is missing; `checks`: the same check by check, for a technician; `upkeep`: which parts are
    counted, and where.
    """

    lane: LaneMachine
    shape: Shape
    open_board: Callable[[], DigitalIo]
    open_journal: Callable[[], Journal]
    inspector: Inspector
    clock: Clock
    socket: Path
    users: Users
    notify: Callable[..., None]
    about: Mapping[str, Fact]
    takes_documents: bool = False
    has_light: bool = False
    has_fingerprint: bool = False
    self_test: SelfTest = lambda _levels, _missing: ()
    checks: CheckRun = lambda _levels, _missing, _only: ()
    upkeep: UpkeepParts = NOTHING_COUNTED


class LaneLoop:
    """One lane. Build it inside the running loop, then await `run`."""

    _failing: tuple[str, ...] = ()  # checks of the self-test that keep the lane from opening
    _shown: StateShown | None = None
    _testing = _journal_late = False
    _prompt: Prompt | None = None

    def __init__(self, parts: LaneParts) -> None:
        loop = asyncio.get_running_loop()
        clock = parts.clock
        self._loop = loop
        self._parts = parts
        self._now_s = clock.monotonic_s
        self._recorder = Recorder(parts.open_journal, loop, clock, self)
        self._book = Book(self._recorder, clock)
        self._outputs = OutputStage(parts.open_board, parts.shape, loop, self)
        self._hosts = Hosts(parts.socket, parts.users, clock.monotonic_s, self)
        self._upkeep = Upkeep(
            parts.upkeep, clock, self._recorder.write_aside, self._hosts.show_health
        )
        to_hosts = self._upkeep.hosts(self._hosts)
        ways = Ways(self._book, clock, self._recorder, to_hosts, self._post)
        self._inquiry = Inquiry(parts.inspector, ways, loop, _fitted(parts))
        self._by_hand = ByHand(
            parts.shape, LaneHands(self._book, clock.monotonic_s, self._post, self._checked)
        )
        self._timers = Timers(loop, self._post)
        self._forced = Pulses(self._was_forced)
        self._presence = Presence(
            takes_documents=parts.takes_documents,
            has_light=parts.has_light,
            has_fingerprint=parts.has_fingerprint,
        )
        self._queue: deque[LaneEvent | Due] = deque()
        self._draining = False
        self._ended: asyncio.Future[None] = loop.create_future()
        self._round: asyncio.TimerHandle | None = None
        self._levels: dict[Input, bool | None] = {}
        self._why: dict[str, str] = {}
        self._state = LaneState.BOOT
        self._trouble: Trouble | None = None
        self._passage: int | None = None
        self._next_passage: int | None = None
        self._untried = {BOARD, JOURNAL}
        self._log = structlog.get_logger()
        self._do: dict[type[Effect], Callable[[Any, float], None]] = {
            Release: self._release,
            Lock: self._lock,
            Signal: self._signal,
            Inspect: lambda effect, _at_s: self._inquiry.inspect(effect),
            RecordDecision: lambda effect, _at_s: self._inquiry.record_decision(effect),
            RecordOverride: lambda effect, _at_s: self._inquiry.record_override(effect),
            Entered: self._entered,
            Note: self._noted,
            Await: lambda effect, _at_s: self._timers.ask(effect.limit, effect.for_s),
            Cancel: lambda effect, _at_s: self._timers.cancel(effect.limit),
            Guide: self._guide,
            Alarm: self._alarm,
            EndPassage: self._end_passage,
            RunSelfTest: self._run_self_test,
        }

    async def run(self) -> None:
        """Run until `stop` is called; raises what went wrong in here, outputs at rest."""
        self._loop.set_exception_handler(self._broke)
        await self._hosts.open()
        self._book.write(EntryKind.GATE_STARTED, self._parts.about)
        if self._upkeep.spoilt:
            self._book.write(
                EntryKind.NOTE, {"what": f"counters begin anew: {self._upkeep.spoilt}"}
            )
        self._recorder.start()
        self._outputs.open()
        self._log.info("lane_started", **self._parts.about)
        try:
            self._carry_out(self._parts.lane.start(), self._now_s())
            self._beat(self._now_s())
            await self._ended
        finally:
            await self._close()

    def stop(self) -> None:
        """End `run`: lock, rest the outputs, close the journal."""
        if not self._ended.done():
            self._ended.set_result(None)

    # What the board says.

    def input_is(self, line: Input, active: bool | None, at_s: float) -> None:  # noqa: FBT001  # as OnChange
        if line in self._levels and self._levels[line] is active:
            return
        self._levels[line] = active
        self._upkeep.input_is(line, active)
        self._forced.heard(line, at_s)
        if self._inquiry.is_running:
            facts: dict[str, Fact] = {"line": line.value}
            facts |= {"active": active} if active is not None else {"unknown": True}
            entry = self._book.entry(EntryKind.INPUT, facts, self._inquiry.passage, at_s=at_s)
            self._book.add(entry)
        self._by_hand.input_is(line, active, at_s)
        self._post(InputChanged(at_s, line, active))

    def board_back(self) -> None:
        self._was_tried(BOARD)
        self._is_there(BOARD, there=True)

    def board_lost(self, what: str) -> None:
        self._forced.all_end(self._now_s())
        self._was_tried(BOARD)
        self._is_there(BOARD, there=False, what=what)

    def release_ended(self, door: Door) -> None:
        self._forced.ends(DOOR_RELEASE[door], self._now_s())
        self._by_hand.bound_reached(door)
        self._book.write(
            EntryKind.LOCK, {"door": door.value, "purpose": "bound_reached"}, self._inquiry.passage
        )
        self._book.flush()
        self._show()

    # What the journal says.

    def journal_opened(self, opened: JournalOpened) -> None:
        self._next_passage = opened.next_passage
        self._inquiry.clock_was(opened.latest_utc_s)
        self._inquiry.used_known_from_utc_s = opened.used_known_from_utc_s
        self._was_tried(JOURNAL)
        self._is_there(JOURNAL, there=True)

    def journal_failed(self, what: str) -> None:
        self._was_tried(JOURNAL)
        self._is_there(JOURNAL, there=False, what=what)

    def journal_back(self) -> None:
        self._is_there(JOURNAL, there=True)

    # What hosts and consoles say.

    def host_came(self, host: str) -> None:
        self._presence.host_came(host)
        self._presence_changed()

    def host_went(self, host: str, why: str) -> None:
        self._presence.host_went(host)
        self._why |= dict.fromkeys((*ITSELF[host], *DEVICES_OF[host]), why)
        self._inquiry.host_went(host)
        self._presence_changed()

    def heard(self, message: Reported) -> None:
        self._upkeep.heard(message)
        match message:
            case DeviceIs(device=device, present=present, what=what):
                self._is_there(device, there=present, what=what)
            case FaceMeasured():
                self._inquiry.answered(message)
            case FingerExpected():
                self._inquiry.finger_expected(message)
            case FingerMeasured():
                self._inquiry.finger_measured(message)
            case TurnAsked():
                self._inquiry.turn_asked(message)
            case DocumentRead():
                self._inquiry.document_read(message)
            case TokenRead() | DocumentShown():
                self._token_shown(message)

    def officers_are(self, *, attached: bool) -> None:
        self._post(OfficerAttached(self._now_s()) if attached else OfficerDetached(self._now_s()))

    def ordered(self, officer: str, order: GiveOrder) -> None:
        facts = {"what": f"an officer ordered {order.order}"}
        personal = {"officer": officer, "reason": order.reason}
        self._book.add(self._book.entry(EntryKind.NOTE, facts, self._inquiry.passage, personal))
        self._post(OfficerOrdered(self._now_s(), order.order, order.passage, officer, order.reason))

    def acknowledged(self, officer: str, alarm: Acknowledge) -> None:
        facts: dict[str, Fact] = {"what": "an officer saw an alarm", "trouble": alarm.trouble.value}
        personal = {"officer": officer}
        self._book.add(self._book.entry(EntryKind.NOTE, facts, alarm.passage, personal))
        self._book.flush()

    def wished(self, technician: str, wish: Wish, reply: Callable[[Message], bool]) -> None:
        self._by_hand.asked(technician, wish, reply)

    def _checked(self, only: str) -> tuple[Checked, ...]:
        return self._parts.checks(self._levels, self._presence.missing, only)

    def _token_shown(self, token: TokenRead | DocumentShown) -> None:
        if not 0 <= token.began_at_s <= token.ended_at_s <= self._now_s():
            self._drop_token("a token was read at no time that can be")
            return
        if self._now_s() - token.ended_at_s > TOKEN_FRESH_S:
            self._drop_token("a token was read too long ago")
            return
        if self._state is not LaneState.READY or self._next_passage is None or self._queue:
            self._drop_token(f"a token was read while {self._state}")
            return
        passage, self._next_passage = self._next_passage, self._next_passage + 1
        self._inquiry.begin(passage, token)
        self._log.info("passage_began", passage=passage)
        self._post(TokenPresented(self._now_s(), passage))

    def _drop_token(self, why: str) -> None:
        self._book.write(EntryKind.NOTE, {"what": f"{why}; dropped"})
        self._book.flush()

    # The queue.

    def _post(self, event: LaneEvent | Due) -> None:
        """Take an event; it is handled now, or after those that are being handled."""
        self._queue.append(event)
        if self._draining or self._ended.done():
            return
        self._draining = True
        try:
            while self._queue:
                self._handle(self._queue.popleft())
        except Exception as error:  # noqa: BLE001  # an error of ours: rest everything, say so, end
            self._fail(error)
        finally:
            self._draining = False
        self._show()

    def _broke(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._fail(context.get("exception") or RuntimeError(context["message"]))

    def _fail(self, error: BaseException) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    def _handle(self, event: LaneEvent | Due) -> None:
        self._upkeep.turned_to(event)
        if isinstance(event, Due):
            if not self._timers.is_current(event):
                return
            event = LimitReached(self._now_s(), event.limit)
        step = self._parts.lane.handle(event)
        self._by_hand.stepped(event, step)
        self._carry_out(step, event.at_s)

    def _carry_out(self, step: Step, at_s: float) -> None:
        self._state = step.state
        for effect in step.effects:
            self._do[type(effect)](effect, at_s)
        self._outputs.show(self._state, self._prompt)
        self._look_at_itself()
        self._book.flush()
        self._answer_self_test()

    # The effects.

    def _release(self, effect: Release, at_s: float) -> None:
        if effect.purpose is Purpose.FORCED_BY_TECHNICIAN:
            self._forced.begins(DOOR_RELEASE[effect.door], self._now_s())
        done = partial(self._was_driven, EntryKind.RELEASE, effect.door, effect.purpose, at_s)
        if not self._outputs.release(effect.door, effect.for_s, done):
            self._forced.ends(DOOR_RELEASE[effect.door], self._now_s())
            self._noted(Note(f"no board to release {effect.door} for {effect.purpose}"), at_s)

    def _lock(self, effect: Lock, at_s: float) -> None:
        self._forced.ends(DOOR_RELEASE[effect.door], self._now_s())
        done = partial(self._was_driven, EntryKind.LOCK, effect.door, "locked", at_s)
        self._outputs.lock(effect.door, done)

    def _signal(self, effect: Signal, at_s: float) -> None:
        drives = self._forced.begins if effect.active else self._forced.ends
        drives(effect.output, self._now_s())
        taken: list[bool] = []

        def done(level: bool) -> None:  # noqa: FBT001  # as OutputStage.signal
            if taken:  # the second time it is over, also where the state has the lamp lit
                self._forced.ends(effect.output, self._now_s())
            taken.append(level)
            self._by_hand.driven(effect.output, active=level)
            self._show()

        if not self._outputs.signal(effect.output, effect.for_s, done, active=effect.active):
            self._forced.ends(effect.output, self._now_s())
            self._noted(Note(f"no board to drive {effect.output}"), at_s)

    def _was_driven(self, kind: EntryKind, door: Door, purpose: str, asked_at_s: float) -> None:
        facts: dict[str, Fact] = {
            "door": door.value,
            "purpose": str(purpose),
            "event_to_output_ms": round((self._now_s() - asked_at_s) * 1000, 3),
        }
        self._book.write(kind, facts, self._inquiry.passage)
        self._book.flush()
        self._by_hand.driven(DOOR_RELEASE[door], active=kind is EntryKind.RELEASE)

    def _was_forced(self, pulse: Pulse) -> None:
        """Write down what a technician drives; why stands with what they asked for."""
        facts, who = facts_of_pulse(pulse, LaneState.MAINTENANCE), self._by_hand.who(pulse.output)
        self._book.add(self._book.entry(EntryKind.FORCED, facts, personal=who))
        self._book.flush()

    def _entered(self, effect: Entered, _at_s: float) -> None:
        self._trouble, self._passage = effect.trouble, effect.passage
        facts: dict[str, Fact] = {"state": effect.state.value}
        if effect.trouble is not None:
            facts["trouble"] = effect.trouble.value
        missing = ", ".join(self._presence.missing)
        if missing and effect.state in STANDING_STILL:
            facts["missing"] = missing
        self._book.write(EntryKind.STATE, facts, effect.passage)
        self._log.info("state", passage=effect.passage, **facts)

    def _noted(self, effect: Note, _at_s: float) -> None:
        facts: dict[str, Fact] = {"what": effect.what}
        if effect.trouble is not None:
            facts["trouble"] = effect.trouble.value
        self._book.write(EntryKind.NOTE, facts, effect.passage)

    def _guide(self, effect: Guide, _at_s: float) -> None:
        self._prompt = effect.prompt

    def _alarm(self, effect: Alarm, _at_s: float) -> None:
        self._upkeep.alarmed(effect.trouble)
        self._book.write(EntryKind.ALARM, {"trouble": effect.trouble.value}, self._inquiry.passage)
        self._log.warning("alarm", trouble=effect.trouble, passage=self._inquiry.passage)
        if effect.trouble in SOUNDING:
            self._outputs.sound()

    def _end_passage(self, effect: EndPassage, _at_s: float) -> None:
        self._inquiry.end(effect)
        self._log.info("passage_ended", passage=effect.passage, ending=effect.ending)

    def _run_self_test(self, _effect: RunSelfTest, _at_s: float) -> None:
        self._testing = True

    def _look_at_itself(self) -> None:
        """While the lane is kept from opening: name the checks that keep it, when they change."""
        missing, failing = self._presence.missing, self._failing
        is_tested = self._state in TESTED
        self._failing = self._parts.self_test(self._levels, missing) if is_tested else ()
        if self._failing != failing and is_tested and not self._untried:
            what = ", ".join(self._failing) or "nothing fails"
            self._book.write(EntryKind.NOTE, {"what": f"self-test: {what}"})
            self._log.info("self_test", failing=list(self._failing))

    def _answer_self_test(self) -> None:
        """Say that the self-test passed as soon as all is there; the lane's own limit ends it."""
        if self._testing and self._presence.is_complete:
            self._testing = False
            self._post(SelfTestDone(self._now_s(), passed=True))

    # Who is there.

    def _is_there(self, name: str, *, there: bool, what: str = "") -> None:
        was_absent, why = name in self._presence.missing, self._why.get(name)
        self._why[name] = what
        self._presence.is_there(name, there=there)
        if not there and not was_absent:
            self._upkeep.failed(name)
        if not there and was_absent and what != why:  # the lane knows; a technician does not yet
            self._tell_lost(name, what)
        self._presence_changed()

    def _tell_lost(self, name: str, what: str) -> None:
        self._book.write(EntryKind.DEVICE, {"device": name, "present": False, "what": what})
        self._log.warning("device_lost", device=name, what=what)

    def _presence_changed(self) -> None:
        lost, came = self._presence.changes()
        for name in lost:
            self._upkeep.went(name)
            self._tell_lost(name, self._why.get(name, ""))
            self._post(DeviceLost(self._now_s(), name))
        for name in came:
            self._upkeep.came(name)
            self._book.write(EntryKind.DEVICE, {"device": name, "present": True})
            self._log.info("device_back", device=name)
            self._post(DeviceBack(self._now_s(), name))

    def _was_tried(self, name: str) -> None:
        """Be ready for the supervisor once the board and the journal have both been tried."""
        if self._untried:
            self._untried.discard(name)
            if not self._untried:
                self._parts.notify(READY)

    # The health round.

    def _beat(self, due_at_s: float) -> None:
        if self._ended.done():
            return
        self._hosts.check_silence()
        self._check_journal()
        self._outputs.renew()
        self._parts.notify(WATCHDOG)
        self._show(with_inputs=True)
        self._upkeep.round(due_at_s, is_idle=not self._inquiry.is_running)
        next_s = max(due_at_s + BEAT_EVERY_S, self._now_s())
        self._round = self._loop.call_at(next_s, self._beat, next_s)

    def _check_journal(self) -> None:
        late = self._recorder.late_s() > JOURNAL_LATE_S
        if late != self._journal_late:
            self._journal_late = late
            there = not late and not self._recorder.has_failed
            self._is_there(JOURNAL, there=there, what="it does not answer")

    def _show(self, *, with_inputs: bool = False) -> None:
        """Tell consoles and pages, when something changed or a second has passed.

        A change of inputs alone is told only `with_inputs`: by the health round.
        """
        levels = self._levels
        self._upkeep.outputs_are(self._outputs.driven, self._now_s())
        shown = StateShown(
            at_s=self._now_s(),
            state=self._state,
            passage=self._passage,
            trouble=self._trouble,
            prompt=self._prompt,
            lamps=self._outputs.lit,
            doors=self._outputs.released,
            missing=self._presence.missing,
            active=tuple(line for line in Input if levels.get(line)),
            unknown=tuple(line for line in levels if levels[line] is None),
            language=self._inquiry.language,
            failing=self._failing,
        )
        last = self._shown
        if (
            last is None
            or shown.at_s - last.at_s >= SHOWN_EVERY_S
            or _differ(shown, last, with_inputs=with_inputs)
        ):
            self._shown = shown
            self._hosts.show(shown)

    async def _close(self) -> None:
        self._parts.notify(STOPPING)
        if not self._ended.done():
            self._ended.cancel()
        if self._round is not None:
            self._round.cancel()
        self._timers.cancel_all()
        self._upkeep.outputs_are(frozenset(), self._now_s())
        self._outputs.close()
        await self._hosts.close()
        self._book.flush()
        self._upkeep.keep()
        self._recorder.close()
        self._log.info("lane_stopped")


def _fitted(parts: LaneParts) -> Fitted:
    """Return what this lane has that changes what is asked."""
    return Fitted(parts.shape is Shape.MANTRAP, parts.has_fingerprint)


def _differ(shown: StateShown, last: StateShown, *, with_inputs: bool) -> bool:
    """Say whether there is something new in `shown`, beside its time."""
    passed_over: dict[str, object] = {"at_s": shown.at_s}
    if not with_inputs:
        passed_over |= {"active": shown.active, "unknown": shown.unknown}
    return shown != last.model_copy(update=passed_over)


def run_lane(parts: LaneParts) -> int:
    """Run one lane until SIGTERM or SIGINT; return the exit status."""

    async def main() -> int:
        lane = LaneLoop(parts)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, lane.stop)
        await lane.run()
        return 0

    return asyncio.run(main())
