"""The lane with its effects carried out at once, under the virtual clock: the loop, in short.

    plant's changes -> sense ---+                      +--> coils of the plant, bounded, renewed
    people's tokens -> show ----+--> queue -> Lane ----+--> answers and durable records, later
    agenda ---------> post -----+                      +--> time limits on the agenda

It does what egate.loop does and keeps its rules (a lost board rests every release, a token
counts only in READY, an answer counts only for the question that is open), without its threads.

Source: DESIGN sections 2 and 3; egate/loop/lane_loop.py, output_stage.py, inquiry.py.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from egate.domain.check import Finding
from egate.domain.decision import Ruling, Stage
from egate.domain.effect import (
    Alarm,
    Await,
    Cancel,
    EndPassage,
    Entered,
    Guide,
    Inspect,
    Limit,
    Lock,
    Note,
    Prompt,
    RecordDecision,
    RecordOverride,
    Release,
    RunSelfTest,
)
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    DeviceBack,
    DeviceLost,
    FingerWanted,
    InputChanged,
    LaneEvent,
    LimitReached,
    OfficerAttached,
    OfficerDetached,
    OfficerOrdered,
    Order,
    SelfTestDone,
    TokenPresented,
)
from egate.domain.lane_part import DOOR_RELEASE, Door, Input, Output, inputs_of, outputs_of
from egate.domain.lane_state import LaneState, Trouble
from egate.inspection.trouble import trouble_of
from egate.lane import Lane, LaneSettings, Step
from egate.loop.lamps import LAMPS, lit_in
from tests.soak.fingers import answers_within_s, tried, weighed
from tests.soak.judge import Judge
from tests.soak.world import FAIL, Ticket, Traveller, Truth, World

NEEDED = ("board", "journal", "scanner", "vision", "camera")
RENEW_EVERY_S = 0.2
RULINGS: dict[Truth, tuple[Ruling, Trouble]] = {
    Truth.IMPOSTOR: (Ruling.REFER, Trouble.FACE_MISMATCH),
    Truth.WATCHED: (Ruling.HOLD, Trouble.WATCH_LIST_HIT),
}


@dataclass(slots=True)
class Passage:
    """The passage that runs: who presented what, and which question is open."""

    number: int
    who: Traveller
    question: int = 0
    is_at_the_sensor: bool = False
    mismatch: Finding | None = None


class Gate:
    """One lane process, its board's lines, its hosts and its journal."""

    def __init__(self, world: World, judge: Judge) -> None:
        self.world = world
        self.judge = judge
        self.settings = LaneSettings(world.shape)
        self.lane: Lane | None = None
        self.state = LaneState.BOOT
        self.trouble: Trouble | None = None
        self.passage: Passage | None = None
        self.used_tokens: set[str] = set()
        self.attached = False
        self.lost: Counter[str] = Counter()
        self.released: dict[Door, Ticket] = {}
        self._prompt: Prompt | None = None
        self._lit: tuple[LaneState, Prompt | None] | None = None
        self._limits: dict[Limit, Ticket] = {}
        self._levels: dict[Input, bool | None] = {}
        self._queue: deque[LaneEvent] = deque()
        self._draining = self._testing = False
        self._passages = self._questions = self._lives = 0
        self._renewed_s = 0.0
        self._do: dict[type[Any], Callable[[Any], None]] = {
            Release: self._release,
            Lock: lambda effect: self._lock(effect.door),
            Inspect: self._inspect,
            RecordDecision: self._record,
            RecordOverride: self._record,
            Entered: self._entered,
            Note: lambda _effect: None,
            Await: self._await,
            Cancel: lambda effect: self._cancel(effect.limit),
            Guide: self._guide,
            Alarm: lambda effect: judge.alarmed(effect.trouble),
            EndPassage: self._end_passage,
            RunSelfTest: self._run_self_test,
        }

    # A life of the lane process.

    def start(self) -> None:
        """Boot: nothing is known, every release is at rest, the lane asks for its self-test."""
        self.lane = Lane(self.settings)
        self._lives += 1
        self._levels.clear()
        self._lit = None
        self.world.tell("gate", "the lane process starts")
        self._carry_out(self.lane.start())
        if not self.lost["board"]:
            self._open_board()
        for device in NEEDED:
            if not self.lost[device]:
                self.post(DeviceBack(self.world.now_s, device))
        if self.attached:
            self.world.later(0.05, 0.6, self._attach_again)

    def crash(self, *, hangs: bool) -> None:
        """End the process: its pins fall at once, or (hanging) when the safety relay lapses."""
        if self.lane is None:
            return
        self.world.tell("gate", "the lane process hangs" if hangs else "the lane process is killed")
        self.lane = None
        self._queue.clear()
        for ticket in (*self._limits.values(), *self.released.values()):
            ticket.off = True
        self._limits.clear()
        self.released.clear()
        self._testing = False
        if self.passage is not None:
            self.world.totals.endings["lane_crashed"] += 1
            self.passage = None
        self.judge.crashed()
        if not hangs:
            for output in outputs_of(self.world.shape):
                self.world.plant.drive(output, energised=False)
        self.world.later(0.3, 2.5, self.start)

    def renew(self) -> None:
        """Feed the safety relay, as the health round does."""
        now_s = self.world.now_s
        if self.lane is None or self.lost["board"] or now_s - self._renewed_s < RENEW_EVERY_S:
            return
        self._renewed_s = now_s
        plant = self.world.plant
        plant.drive(Output.ALIVE, energised=not plant._coils[Output.ALIVE])

    # What happens to it.

    def sense(self, changes: list[tuple[Input, bool]]) -> None:
        """Tell the lane what the board's lines say, in any order."""
        if self.lane is None or self.lost["board"]:
            return
        if len(changes) > 1:
            self.world.rng.shuffle(changes)
        for line, active in changes:
            self._line_is(line, active)

    def show(self, comer: Traveller) -> None:
        """A token is held before the reader; it counts only when the lane is ready."""
        if self.lane is None or self.lost["scanner"] or self.lost["journal"]:
            return
        if self.state is not LaneState.READY:
            return
        self._passages += 1
        self.world.totals.passages += 1
        self.passage = Passage(self._passages, comer)
        self.judge.began(self._passages, comer)
        self.post(TokenPresented(self.world.now_s, self._passages))

    def lose(self, device: str) -> None:
        self.lost[device] += 1
        if self.lost[device] > 1 or self.lane is None:
            return
        if device == "board":
            for ticket in self.released.values():
                ticket.off = True
            self.released.clear()
            for line in inputs_of(self.world.shape):
                self._line_is(line, None)
        self.post(DeviceLost(self.world.now_s, device))

    def back(self, device: str) -> None:
        self.lost[device] -= 1
        if self.lost[device] or self.lane is None:
            return
        if device == "board":
            self._open_board()
        self.post(DeviceBack(self.world.now_s, device))

    def attach(self, *, attached: bool) -> None:
        self.attached = attached
        if self.lane is not None:
            now_s = self.world.now_s
            self.post(OfficerAttached(now_s) if attached else OfficerDetached(now_s))

    def order(self, order: Order, passage: int | None = None) -> None:
        """An officer asks for something, for the passage on the screen unless said otherwise."""
        number = self.passage.number if self.passage else 0
        if self.lane is not None and self.attached:
            number = number if passage is None else passage
            self.post(OfficerOrdered(self.world.now_s, order, number, "officer", "reason"))

    def post(self, event: LaneEvent) -> None:
        """Take an event; it is handled now, or after those that are being handled."""
        if self.lane is None:
            return
        self._queue.append(event)
        if self._draining:
            return
        self._draining = True
        try:
            while self._queue and self.lane is not None:
                self._handle(self._queue.popleft())
        finally:
            self._draining = False

    def _handle(self, event: LaneEvent) -> None:
        assert self.lane is not None
        self.world.totals.events += 1
        if isinstance(event, OfficerOrdered):
            self.world.tell("order", (str(event.order), event.passage))
        else:
            self.world.tell("event", event)
        step = self.lane.handle(event)
        self.judge.stepped(event, self.state, step)
        self._carry_out(step)

    def _carry_out(self, step: Step) -> None:
        self.state = step.state
        for effect in step.effects:
            self._do[type(effect)](effect)
        self._light()
        self._answer_self_test()

    # Board.

    def _open_board(self) -> None:
        self._renewed_s = -1.0
        self.renew()
        for door in self.settings.doors:
            self._drive(door, release=False)
        self._lit = None
        self._light()
        for line in inputs_of(self.world.shape):
            self._line_is(line, self.world.plant.levels()[line])

    def _line_is(self, line: Input, active: bool | None) -> None:
        if line in self._levels and self._levels[line] is active:
            return
        self._levels[line] = active
        self.post(InputChanged(self.world.now_s, line, active))

    def _drive(self, door: Door, *, release: bool) -> None:
        """A door that fails free is locked by power."""
        fails_free = FAIL[self.world.shape][door] == "free"
        self.world.plant.drive(DOOR_RELEASE[door], energised=release != fails_free)
        self.world.stirred = True

    def _release(self, effect: Release) -> None:
        if self.lost["board"]:
            return
        self.world.tell("effect", effect)
        self.judge.released(effect)
        if effect.door in self.released:
            self.released[effect.door].off = True
        ends_s = self.world.now_s + effect.for_s
        self.released[effect.door] = self.world.agenda.note(
            ends_s, partial(self._bound_reached, effect)
        )
        self._drive(effect.door, release=True)

    def _bound_reached(self, effect: Release) -> None:
        """The output stage ends a release by itself; only a technician's needs that."""
        self.judge.bound_reached(effect)
        self._lock(effect.door)

    def _lock(self, door: Door) -> None:
        if self.lost["board"]:
            return
        self.world.tell("effect", f"lock {door}")
        if door in self.released:
            self.released.pop(door).off = True
        self._drive(door, release=False)

    def _light(self) -> None:
        look = (self.state, self._prompt)
        if self.lane is None or self.lost["board"] or look == self._lit:
            return
        self._lit = look
        lit = lit_in(*look, self.world.shape)
        for lamp in LAMPS:
            if lamp in outputs_of(self.world.shape):
                self.world.plant.drive(lamp, energised=lamp in lit)
        self.world.stirred = True

    # Time limits.

    def _await(self, effect: Await) -> None:
        self._cancel(effect.limit)
        self._limits[effect.limit] = self.world.agenda.note(
            self.world.now_s + effect.for_s, partial(self._limit_reached, effect.limit)
        )

    def _cancel(self, limit: Limit) -> None:
        if limit in self._limits:
            self._limits.pop(limit).off = True

    def _limit_reached(self, limit: Limit) -> None:
        del self._limits[limit]
        self.post(LimitReached(self.world.now_s, limit))

    # Checks.

    def _inspect(self, effect: Inspect) -> None:
        world, passage = self.world, self.passage
        if passage is None or passage.number != effect.passage:
            return
        self._questions += 1
        passage.question = self._questions
        answer = partial(self._answer, effect, self._questions)
        if effect.stage is Stage.TOKEN:
            world.later(0.05, 0.4, answer)
        elif passage.is_at_the_sensor:
            self._ask_for_a_finger(passage, effect)
        elif self.lost["vision"] or self.lost["camera"] or world.chance(0.01):
            world.later(effect.for_s, effect.for_s, partial(answer, silent=True))
        else:
            world.later(0.7, 3.0, answer)
            if world.chance(0.01):  # an answer that comes when nobody waits for it any more
                world.later(1.0, 40.0, partial(self._stray_answer, effect))

    def _answer(self, effect: Inspect, question: int, *, silent: bool = False) -> None:
        passage = self.passage
        if passage is None or passage.question != question:
            return
        passage.question = 0
        blind = silent or self.lost["vision"] or self.lost["camera"]
        if effect.stage is Stage.TOKEN:
            ruling, may_retry, trouble = self._rule_on_token(passage)
        elif blind:
            ruling, may_retry, trouble = Ruling.REFER, True, Trouble.DEVICE_LOST
        else:
            ruling, may_retry, trouble = self._rule_on_traveller(passage)
            if ruling is Ruling.ADMIT and self.wants_finger(passage.who):
                passage.is_at_the_sensor = True
                self.post(FingerWanted(self.world.now_s, effect.passage))
                return
        now_s = self.world.now_s
        self.post(Decided(now_s, effect.passage, effect.stage, ruling, may_retry, trouble))

    def wants_finger(self, who: Traveller) -> bool:
        """Say what the registry says of this holder."""
        return who.finger is not None

    def _ask_for_a_finger(self, passage: Passage, effect: Inspect) -> None:
        """The host waits for a finger until its deadline; sometimes nothing comes of it at all."""
        world, for_s, question = self.world, effect.for_s, passage.question
        why = "late" if world.chance(0.005) else ""
        why = "sensor_lost" if self.lost["fingerprint"] else why
        low_s, high_s = answers_within_s(passage.who, for_s, why)
        world.later(low_s, high_s, partial(self._finger_laid, effect, question, why))

    def _finger_laid(self, effect: Inspect, question: int, why: str) -> None:
        passage = self.passage
        if passage is None or passage.question != question:
            return
        passage.question = 0
        why = "sensor_lost" if self.lost["fingerprint"] else why
        inside = self.world.people_inside()
        one = tried(passage.who, inside[0] if inside else None, effect.attempt, self.world.rng)
        decision, passage.mismatch = weighed(passage.number, passage.mismatch, why or one.measures)
        self.judge.finger_tried(passage.number, one, why)
        self.world.tell("finger", (effect.attempt, why or str(one.measures.reason)))
        now_s, ruling, trouble = self.world.now_s, decision.ruling, trouble_of(decision)
        again = decision.may_retry
        self.post(Decided(now_s, effect.passage, effect.stage, ruling, again, trouble))

    def _rule_on_token(self, passage: Passage) -> tuple[Ruling, bool, Trouble | None]:
        is_used = self.knows_as_used(passage.who.token)
        if passage.who.truth is Truth.BAD_TOKEN or is_used or self.lost["journal"]:
            return Ruling.REFER, False, Trouble.TOKEN_REFUSED
        return Ruling.ADMIT, False, None

    def knows_as_used(self, token: str) -> bool:
        """Say what the journal says of this token."""
        return token in self.used_tokens

    def _rule_on_traveller(self, passage: Passage) -> tuple[Ruling, bool, Trouble | None]:
        """Look at whoever stands nearest to the camera, as it really is."""
        seen = self.world.people_inside()
        if not seen or self.world.chance(0.05):
            return Ruling.REFER, True, Trouble.FACE_NOT_CAPTURED
        nearest = seen[0]
        if nearest.name != passage.who.name:
            return Ruling.REFER, False, Trouble.FACE_MISMATCH
        if nearest.truth in RULINGS:
            ruling, trouble = RULINGS[nearest.truth]
            return ruling, False, trouble
        if not nearest.has_the_face or self.world.chance(0.01):
            return Ruling.REFER, False, Trouble.FACE_MISMATCH
        return Ruling.ADMIT, False, None

    def _stray_answer(self, effect: Inspect) -> None:
        """A late answer of a passage that is over: the lane itself must drop it."""
        if self.passage is None or self.passage.number != effect.passage:
            now_s = self.world.now_s
            self.post(Decided(now_s, effect.passage, effect.stage, Ruling.ADMIT))
            self.post(DecisionDurable(now_s, effect.passage, effect.stage))

    # Journal.

    def _record(self, effect: RecordDecision | RecordOverride) -> None:
        world, passage = self.world, self.passage
        if passage is None or passage.number != effect.passage:
            return
        if world.chance(0.004) and not self.lost["journal"]:
            self.lose_for("journal", 0.5, 8.0)
            return
        done = partial(self._durable, effect, passage.who.token, self._lives)
        world.later(*((0.2, 2.0) if world.chance(0.01) else (0.002, 0.02)), done)

    def lose_for(self, device: str, low_s: float, high_s: float) -> None:
        """Lose a device and get it back after a drawn time."""
        self.world.breaks(device)
        self.world.totals.faults[f"{device}_lost"] += 1
        self.lose(device)

        def mend() -> None:
            self.world.is_mended(device)
            self.back(device)

        self.world.later(low_s, high_s, mend)

    def _durable(self, effect: RecordDecision | RecordOverride, token: str, life: int) -> None:
        """On disk: it counts from here on, whether or not the lane lives to hear of it."""
        if self.lost["journal"] or (life != self._lives and self.world.chance(0.5)):
            return
        override = isinstance(effect, RecordOverride)
        self.judge.durable(effect.passage, effect.stage, override=override)
        if effect.stage is Stage.TRAVELLER:
            self.used_tokens.add(token)
            self.world.spent_tokens.append(token)
        if life == self._lives:
            self.post(DecisionDurable(self.world.now_s, effect.passage, effect.stage))

    # The rest.

    def _entered(self, effect: Entered) -> None:
        self.trouble = effect.trouble
        self.world.tell("state", (str(effect.state), effect.passage, effect.trouble))
        self.judge.entered(effect)

    def _guide(self, effect: Guide) -> None:
        self._prompt = effect.prompt

    def _end_passage(self, effect: EndPassage) -> None:
        self.world.totals.endings[effect.ending.value if effect.ending else "completed"] += 1
        self.passage = None

    def _run_self_test(self, _effect: RunSelfTest) -> None:
        self._testing = True

    def _answer_self_test(self) -> None:
        if self._testing and not any(self.lost[device] for device in NEEDED):
            self._testing = False
            self.world.later(0.05, 0.4, partial(self._self_tested, self._lives))

    def _self_tested(self, life: int) -> None:
        if life != self._lives or self.lane is None:
            return
        if any(self.lost[device] for device in NEEDED):
            self._testing = True
            return
        self.post(SelfTestDone(self.world.now_s, passed=not self.world.chance(0.02)))

    def _attach_again(self) -> None:
        if self.attached and self.lane is not None:
            self.post(OfficerAttached(self.world.now_s))
