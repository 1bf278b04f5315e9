"""The running passage: its token, the questions it raises, the answers, and what they come to.

It asks the journal for the token's last clearance and the vision host for a look, weighs what
comes back, and posts one Decided for each Inspect. An answer to another question, from another
passage or after its deadline is dropped with a note.

Source: DESIGN section 2 (late and foreign answers), section 6.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from egate.domain.decision import Decision, Ruling, Stage
from egate.domain.effect import EndPassage, Inspect, RecordDecision, RecordOverride
from egate.domain.lane_event import Decided, DecisionDurable, LaneEvent
from egate.domain.record import COMPLETED, Clearance, Entry, EntryKind, Fact
from egate.domain.token import token_digest
from egate.loop.book import Book, facts_of_decision, facts_of_findings
from egate.loop.clock import Clock
from egate.loop.current_passage import CurrentPassage
from egate.loop.inspector import Inspector, Known, Presented
from egate.loop.messages import FaceMeasured, Forget, MeasureFace, Message, TokenRead

VISION = "vision"
ANSWER_BEFORE_S = 0.5  # the host's deadline lies before ours, so that what it has still counts


class LookUp(Protocol):
    """The journal's memory of used tokens; `then(clearance, known)` is called in the loop."""

    def last_clearance(self, token: bytes, then: Callable[[Clearance | None, bool], None]) -> None:
        """Ask for the newest clearance of this token."""


class Vision(Protocol):
    """The way to the vision host."""

    def send(self, host: str, message: Message) -> bool:
        """Send; False when there is no such host."""

    def missed_deadline(self, host: str) -> None:
        """Tell that a question went unanswered."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where an inquiry turns to."""

    book: Book
    clock: Clock
    journal: LookUp
    vision: Vision
    post: Callable[[LaneEvent], None]


class Inquiry:
    """What is held of the passage that runs; at most one runs."""

    def __init__(self, inspector: Inspector, ways: Ways, loop: asyncio.AbstractEventLoop) -> None:
        self._inspector = inspector
        self._ways = ways
        self._loop = loop
        self._current: CurrentPassage | None = None
        self._requests = self._records = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._utc_floor_s = 0.0
        self.used_known_from_utc_s = 0.0

    @property
    def is_running(self) -> bool:
        """Say whether a passage runs."""
        return self._current is not None

    @property
    def passage(self) -> int | None:
        """The number of the passage that runs."""
        return self._current.number if self._current else None

    def clock_was(self, utc_s: float) -> None:
        """Take in the newest wall-clock instant that is known to have been."""
        self._utc_floor_s = max(self._utc_floor_s, utc_s)

    def begin(self, passage: int, token: TokenRead) -> None:
        """Hold the token of a passage that begins, and write the passage down."""
        permit, book = token.permit, self._ways.book
        self._current = CurrentPassage(passage, permit, token.findings, token.ended_at_s)
        facts: dict[str, Fact] = {
            "token": "permit" if permit else "unreadable",
            "token_began_at_s": token.began_at_s,
            "token_ended_at_s": token.ended_at_s,
        }
        personal = {"registration": permit.registration} if permit else {}
        book.add(book.entry(EntryKind.PASSAGE_BEGAN, facts, passage, personal))

    def inspect(self, effect: Inspect) -> None:
        """Ask the checks of this stage; one Decided will be posted, or none if it ends first."""
        current = self._current
        if current is None or current.number != effect.passage:
            self._note("checks were asked for a passage that does not run", effect.passage)
        elif effect.stage is Stage.TOKEN:
            self._ask_the_journal(current)
        else:
            self._ask_vision(current, effect)

    def answered(self, message: FaceMeasured) -> None:
        """Take a look's measures, if they answer the question that is open."""
        current = self._current
        question = current.question if current else None
        if (
            current is None
            or question is None
            or (message.passage, message.request) != (current.number, question)
        ):
            self._note("a late or foreign answer of the vision host was dropped", message.passage)
            return
        self._close_question(current)
        began_s = self._ways.clock.monotonic_s()
        decision = self._inspector.traveller(current.number, message.measures)
        own_s = self._ways.clock.monotonic_s() - began_s
        self._decided(current, decision, message.measures.compute_ms + own_s * 1000)

    def record_decision(self, effect: RecordDecision) -> None:
        """Make the admission of this stage durable; then it counts."""
        current = self._current
        decision = current.admissions.get(effect.stage) if current else None
        if current is None or decision is None or current.number != effect.passage:
            self._note(f"there is no admission of the {effect.stage} to record", effect.passage)
            return
        entry = self._ways.book.entry(
            EntryKind.DECISION, facts_of_decision(decision), effect.passage
        )
        self._make_durable(entry, effect)

    def record_override(self, effect: RecordOverride) -> None:
        """Make the officer's admission durable; the token counts as used."""
        entry = self._ways.book.entry(
            EntryKind.OVERRIDE,
            {"stage": effect.stage.value},
            effect.passage,
            {"officer": effect.officer, "reason": effect.reason},
        )
        self._make_durable(entry, effect)

    def end(self, effect: EndPassage) -> None:
        """Write down how the passage ended and forget all of it, here and in the hosts."""
        self._ways.book.write(
            EntryKind.PASSAGE_ENDED,
            {"ending": effect.ending.value if effect.ending else COMPLETED},
            effect.passage,
        )
        if self._current is not None:
            self._close_question(self._current)
        self._current = None
        self._ways.vision.send(VISION, Forget(passage=effect.passage))

    def _ask_the_journal(self, current: CurrentPassage) -> None:
        if current.permit is None:
            self._weigh_token(current.number, None, known=True)
            return
        self._ways.journal.last_clearance(
            token_digest(current.permit.nonce),
            lambda clearance, known: self._weigh_token(current.number, clearance, known=known),
        )

    def _weigh_token(self, passage: int, clearance: Clearance | None, *, known: bool) -> None:
        current = self._current
        if current is None or current.number != passage:
            return
        clock, floor_s = self._ways.clock, self._utc_floor_s
        now_utc_s = clock.utc_s()
        self.clock_was(now_utc_s)
        decision = self._inspector.token(
            passage,
            Presented(current.permit, current.token_findings),
            Known(now_utc_s, floor_s, clearance, self.used_known_from_utc_s, known),
        )
        self._decided(current, decision, (clock.monotonic_s() - current.token_ended_at_s) * 1000)

    def _ask_vision(self, current: CurrentPassage, effect: Inspect) -> None:
        self._close_question(current)
        if current.permit is None:
            self._nobody_looked(current, "no_reference")
            return
        self._requests += 1
        deadline_at_s = self._ways.clock.monotonic_s() + effect.for_s
        question = MeasureFace(
            request=self._requests,
            passage=current.number,
            attempt=effect.attempt,
            deadline_at_s=deadline_at_s - min(ANSWER_BEFORE_S, effect.for_s / 2),
            registration=current.permit.registration,
            nonce=current.permit.nonce,
            reference=current.permit.reference,
        )
        if not self._ways.vision.send(VISION, question):
            self._nobody_looked(current, "vision_lost")
            return
        current.question = self._requests
        self._deadline = self._loop.call_later(effect.for_s, self._too_late, self._requests)

    def _too_late(self, request: int) -> None:
        current = self._current
        if current is None or current.question != request:
            return
        self._close_question(current)
        self._ways.vision.missed_deadline(VISION)
        self._nobody_looked(current, "late")

    def _nobody_looked(self, current: CurrentPassage, reason: str) -> None:
        self._decided(current, self._inspector.nobody_looked(current.number, reason), 0.0)

    def _close_question(self, current: CurrentPassage) -> None:
        current.question = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _decided(self, current: CurrentPassage, decision: Decision, compute_ms: float) -> None:
        """Write the findings down; an admission is written by RecordDecision, others at once."""
        book, stage = self._ways.book, decision.stage
        facts = {"stage": stage.value, "compute_ms": round(compute_ms, 3)}
        book.write(
            EntryKind.FINDINGS, facts | facts_of_findings(decision.findings), decision.passage
        )
        if decision.ruling is Ruling.ADMIT:
            current.admissions[stage] = decision
        else:
            current.admissions.pop(stage, None)
            book.write(EntryKind.DECISION, facts_of_decision(decision), decision.passage)
        self._ways.post(
            Decided(
                at_s=self._ways.clock.monotonic_s(),
                passage=decision.passage,
                stage=stage,
                ruling=decision.ruling,
                may_retry=decision.may_retry,
                trouble=self._inspector.trouble(decision),
            )
        )

    def _make_durable(self, entry: Entry, effect: RecordDecision | RecordOverride) -> None:
        """Write an admission; the traveller's uses the token up in the same transaction."""
        permit = self._current.permit if self._current else None
        if effect.stage is Stage.TRAVELLER and permit is not None:
            used = Clearance(
                token_digest(permit.nonce), self._inspector.direction, self._ways.clock.utc_s()
            )
            entry = replace(entry, clearance=used)
        self._records += 1
        then = partial(self._durable, effect, self._records)
        self._ways.book.make_durable(entry, then)

    def _durable(
        self,
        effect: RecordDecision | RecordOverride,
        record: int,
        is_on_disk: bool,  # noqa: FBT001  # as Recorder
    ) -> None:
        """Tell the lane, unless another admission was asked to be written since."""
        if record != self._records:
            self._note(f"an admission of the {effect.stage} was written too late", effect.passage)
        elif is_on_disk:
            now_s = self._ways.clock.monotonic_s()
            self._ways.post(DecisionDurable(now_s, effect.passage, effect.stage))

    def _note(self, what: str, passage: int | None) -> None:
        self._ways.book.write(EntryKind.NOTE, {"what": what}, passage)
        self._ways.book.flush()
