"""The running passage: its token, the questions it raises, the answers, and what they come to.

It asks the document host for a chip, the journal for the token's last clearance, the vision host
for a look and, where that is all that is still missing, the fingerprint host for a finger, weighs
what comes back, and posts one Decided for each Inspect. An answer to
another question, from another passage or after its deadline is dropped with a note.

Source: DESIGN section 2 (late and foreign answers), section 6.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling, Stage, Subject
from egate.domain.effect import EndPassage, Inspect, RecordDecision, RecordOverride
from egate.domain.finger import FingerReason
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    FingerWanted,
    LaneEvent,
    TravellerAsked,
)
from egate.domain.language import Language
from egate.domain.record import COMPLETED, Clearance, Entry, EntryKind, Fact
from egate.inspection.finger_checks import (
    NO_REGISTRATION,
    NOT_ENROLLED,
    NOT_FITTED,
    NOT_YET,
    after,
    mismatch_in,
    unanswered,
)
from egate.inspection.guidance import TURN_PROMPTS
from egate.loop.book import (
    Book,
    facts_of_chip_times,
    facts_of_decision,
    facts_of_findings,
)
from egate.loop.clock import Clock
from egate.loop.current_passage import CurrentPassage
from egate.loop.inspector import Inspector, Known, Presented
from egate.loop.messages import (
    MAX_FINDINGS,
    DecisionShown,
    DocumentRead,
    DocumentShown,
    ExpectFace,
    ExpectFinger,
    FaceMeasured,
    FingerExpected,
    FingerMeasured,
    Forget,
    MeasureFace,
    MeasureFinger,
    Message,
    ReadDocument,
    TokenRead,
    TurnAsked,
)

VISION, DOCUMENT, FINGERPRINT, NOBODY = "vision", "document", "fingerprint", ""
Question = ReadDocument | MeasureFace | MeasureFinger
Answer = FaceMeasured | DocumentRead | FingerMeasured
ANSWER_BEFORE_S = 0.5  # the host's deadline lies before ours, so that what it has still counts


class LookUp(Protocol):
    """The journal's memory of used tokens; `then(clearance, known)` is called in the loop."""

    def last_clearance(self, token: bytes, then: Callable[[Clearance | None, bool], None]) -> None:
        """Ask for the newest clearance of this token."""


class ToHosts(Protocol):
    """The way to the device hosts."""

    def send(self, host: str, message: Message) -> bool:
        """Send; False when there is no such host."""

    def missed_deadline(self, host: str) -> None:
        """Tell that a question went unanswered."""

    def tell_officers(self, decision: DecisionShown) -> None:
        """Tell the officers what a stage came to."""

    def forget_decisions(self) -> None:
        """Tell them nothing more of it."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where an inquiry turns to."""

    book: Book
    clock: Clock
    journal: LookUp
    hosts: ToHosts
    post: Callable[[LaneEvent], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a lane has that changes what is asked: a way to walk in, a fingerprint sensor."""

    walk_in: bool
    fingerprint: bool


class Inquiry:
    """What is held of the passage that runs; at most one runs."""

    def __init__(
        self,
        inspector: Inspector,
        ways: Ways,
        loop: asyncio.AbstractEventLoop,
        fitted: Fitted,
    ) -> None:
        self._inspector = inspector
        self._fitted = fitted
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

    @property
    def language(self) -> Language | None:
        """The language that the token of the running passage speaks for."""
        return self._current.language if self._current else None

    def clock_was(self, utc_s: float) -> None:
        """Take in the newest wall-clock instant that is known to have been."""
        self._utc_floor_s = max(self._utc_floor_s, utc_s)

    def begin(self, passage: int, token: TokenRead | DocumentShown) -> None:
        """Hold the token of a passage that begins, and write the passage down."""
        permit = token.permit if isinstance(token, TokenRead) else None
        kind = Subject.PERMIT if isinstance(token, TokenRead) else Subject.DOCUMENT
        book = self._ways.book
        self._current = CurrentPassage(passage, kind, token.findings, token.ended_at_s, permit)
        facts: dict[str, Fact] = {
            "token": kind.value if permit or kind is Subject.DOCUMENT else "unreadable",
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
        elif effect.stage is Stage.TRAVELLER:
            if current.face is None:
                self._ask_vision(current, effect)
            else:
                self._ask_for_the_finger(current, effect)
        elif current.kind is Subject.DOCUMENT:
            self._ask_for_the_chip(current, effect)
        else:
            self._ask_the_journal(current)

    def answered(self, message: FaceMeasured) -> None:
        """Take a look's measures, if they answer the question that is open."""
        current = self._answering(VISION, message)
        if current is None:
            return
        began_s = self._ways.clock.monotonic_s()
        is_portrait = current.document is not None
        decision = self._inspector.traveller(
            current.number, message.measures, self._finger_so_far(current), is_portrait=is_portrait
        )
        now_s = self._ways.clock.monotonic_s()
        own_ms, took = (now_s - began_s) * 1000, message.measures
        times_ms = (took.compute_ms + own_ms, took.waited_ms + own_ms)
        if not self._inspector.wants_finger(decision):
            self._decided(current, decision, *times_ms)
            return
        current.face, current.face_times_ms, current.finger_wanted_at_s = took, times_ms, now_s
        self._ways.post(FingerWanted(now_s, current.number))

    def finger_expected(self, message: FingerExpected) -> None:
        """Take in whether the holder is to lay down a finger; what is not known is wanted."""
        current = self._current
        if current is not None and current.number == message.passage and current.face is None:
            current.is_finger_wanted = message.is_wanted

    def finger_measured(self, message: FingerMeasured) -> None:
        """Take a finger's measures, if they answer the question that is open."""
        current = self._answering(FINGERPRINT, message)
        if current is not None:
            self._weigh_finger(current, self._inspector.finger(message.measures))

    def _finger_so_far(self, current: CurrentPassage) -> tuple[Finding, ...]:
        """Return what is known of the finger before it is asked for."""
        if not self._fitted.fingerprint:
            return NOT_FITTED
        if current.permit is None:
            return NO_REGISTRATION
        return NOT_YET if current.is_finger_wanted else NOT_ENROLLED

    def _weigh_finger(self, current: CurrentPassage, found: tuple[Finding, ...]) -> None:
        assert current.face is not None  # a finger is asked for after the face
        found = after(current.finger_mismatch, found)
        current.finger_mismatch = mismatch_in(found)
        decision = self._inspector.traveller(current.number, current.face, found, is_portrait=False)
        times_ms, current.face_times_ms = current.face_times_ms, (0.0, 0.0)
        self._decided(current, decision, *times_ms)  # the rest is the sensor's

    def turn_asked(self, message: TurnAsked) -> None:
        """Let the traveller be shown which way to look, while the question stays open."""
        if self._is_answered_by(VISION, message):
            now_s = self._ways.clock.monotonic_s()
            self._ways.post(TravellerAsked(now_s, message.passage, TURN_PROMPTS[message.turn]))

    def document_read(self, message: DocumentRead) -> None:
        """Take what came of a document, if it answers the question that is open."""
        current = self._answering(DOCUMENT, message)
        if current is None:
            return
        current.document, current.chip_times = message.document, message.times
        current.token_findings = message.findings
        current.token_ended_at_s = self._ways.clock.monotonic_s()
        self._ask_the_journal(current)

    def host_went(self, host: str) -> None:
        """Weigh at once that nothing will come, when it was this host that was asked.

        Without eyes the lane waits a little: they may be back in time for another look.
        """
        current = self._current
        if current is None or current.asked != host:
            return
        if host == DOCUMENT:
            self._close_question(current)
            self._chip_unread(current, "reader_lost")
        elif host == FINGERPRINT:
            self._close_question(current)
            self._weigh_finger(current, unanswered(FingerReason.SENSOR_LOST.value))

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
        self._ways.hosts.forget_decisions()
        for host in (VISION, DOCUMENT, FINGERPRINT):
            self._ways.hosts.send(host, Forget(passage=effect.passage))

    def _ask_the_journal(self, current: CurrentPassage) -> None:
        if current.token is None:
            self._weigh_token(current.number, None, known=True)
            return
        self._ways.journal.last_clearance(
            current.token,
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
            Presented(current.kind, current.permit or current.document, current.token_findings),
            Known(now_utc_s, floor_s, clearance, self.used_known_from_utc_s, known),
        )
        self._decided(current, decision, (clock.monotonic_s() - current.token_ended_at_s) * 1000)

    def _ask_for_the_chip(self, current: CurrentPassage, effect: Inspect) -> None:
        self._requests += 1
        question = ReadDocument(
            request=self._requests,
            passage=current.number,
            deadline_at_s=self._answer_by_s(effect),
        )
        if not self._ask(current, DOCUMENT, question, effect.for_s - ANSWER_BEFORE_S / 2):
            self._chip_unread(current, "reader_lost")

    def _ask_vision(self, current: CurrentPassage, effect: Inspect) -> None:
        self._close_question(current)
        if current.reference is None:
            self._nobody_looked(current, "no_reference")
            return
        self._requests += 1
        permit = current.permit
        question = MeasureFace(
            request=self._requests,
            passage=current.number,
            attempt=effect.attempt,
            deadline_at_s=self._answer_by_s(effect),
            registration=permit.registration if permit else "",
            nonce=permit.nonce if permit else b"",
            reference=current.reference,
        )
        if not self._ask(current, VISION, question, effect.for_s):
            self._wait_for_eyes(current, question.request, effect.for_s)

    def _ask_for_the_finger(self, current: CurrentPassage, effect: Inspect) -> None:
        assert current.permit is not None  # only who has a registration has a finger here
        self._close_question(current)
        self._requests += 1
        question = MeasureFinger(
            request=self._requests,
            passage=current.number,
            attempt=effect.attempt,
            deadline_at_s=self._answer_by_s(effect),
            registration=current.permit.registration,
        )
        if not self._ask(current, FINGERPRINT, question, effect.for_s):
            self._weigh_finger(current, unanswered(FingerReason.SENSOR_LOST.value))

    def _wait_for_eyes(self, current: CurrentPassage, request: int, for_s: float) -> None:
        """Leave a question open that nobody heard: eyes that come back in time are asked anew."""
        current.question, current.asked = request, NOBODY
        self._deadline = self._loop.call_later(for_s, self._too_late, request)

    def _answer_by_s(self, effect: Inspect) -> float:
        """Return the host's deadline: it lies before ours, so that what it has still counts."""
        deadline_at_s = self._ways.clock.monotonic_s() + effect.for_s
        return deadline_at_s - min(ANSWER_BEFORE_S, effect.for_s / 2)

    def _ask(self, current: CurrentPassage, host: str, question: Question, for_s: float) -> bool:
        """Put a question to a host; False when there is no such host."""
        if not self._ways.hosts.send(host, question):
            return False
        current.question, current.asked = question.request, host
        self._deadline = self._loop.call_later(for_s, self._too_late, question.request)
        return True

    def _answering(self, host: str, message: Answer) -> CurrentPassage | None:
        """Return the passage whose open question this answers, and close it; None for any other."""
        if not self._is_answered_by(host, message):
            return None
        assert self._current is not None
        self._close_question(self._current)
        return self._current

    def _is_answered_by(self, host: str, message: Answer | TurnAsked) -> bool:
        """Say whether this concerns the open question; note that it was dropped otherwise."""
        current, answered = self._current, (host, message.passage, message.request)
        if current is not None and answered == (current.asked, current.number, current.question):
            return True
        self._note(f"a late or foreign answer of the {host} host was dropped", message.passage)
        return False

    def _too_late(self, request: int) -> None:
        current = self._current
        if current is None or current.question != request:
            return
        host = current.asked
        self._close_question(current)
        if host == NOBODY:
            self._nobody_looked(current, "vision_lost")
            return
        self._ways.hosts.missed_deadline(host)
        if host == DOCUMENT:
            self._chip_unread(current, "late")
        elif host == FINGERPRINT:
            self._weigh_finger(current, unanswered("late"))
        else:
            self._nobody_looked(current, "late")

    def _chip_unread(self, current: CurrentPassage, reason: str) -> None:
        unread = Finding(Check.CHIP_WAS_READ_WHOLE, Outcome.INCONCLUSIVE, reason)
        current.token_findings = (*current.token_findings, unread)
        self._weigh_token(current.number, None, known=True)

    def _nobody_looked(self, current: CurrentPassage, reason: str) -> None:
        self._decided(current, self._inspector.nobody_looked(current.number, reason), 0.0)

    def _close_question(self, current: CurrentPassage) -> None:
        current.question, current.asked = None, ""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _decided(
        self,
        current: CurrentPassage,
        decision: Decision,
        compute_ms: float,
        waited_ms: float | None = None,
    ) -> None:
        """Write the findings down; an admission is written by RecordDecision, others at once."""
        book, stage = self._ways.book, decision.stage
        facts: dict[str, Fact] = {"stage": stage.value, "compute_ms": round(compute_ms, 3)}
        if waited_ms is not None:
            facts["waited_ms"] = round(waited_ms, 3)
        personal: dict[str, str] = {}
        if stage is Stage.TOKEN:
            facts |= facts_of_chip_times(current.chip_times)
            if current.document is not None:
                personal["document"] = current.document.document_number
        elif current.finger_wanted_at_s is not None:
            waited_s = self._ways.clock.monotonic_s() - current.finger_wanted_at_s
            facts["finger_s"] = round(waited_s, 3)
        facts |= facts_of_findings(decision.findings)
        book.add(book.entry(EntryKind.FINDINGS, facts, decision.passage, personal))
        if decision.ruling is Ruling.ADMIT:
            current.admissions[stage] = decision
            if stage is Stage.TOKEN:
                self._expect_face(current)
                self._expect_finger(current)
        else:
            current.admissions.pop(stage, None)
            book.write(EntryKind.DECISION, facts_of_decision(decision), decision.passage)
        self._ways.hosts.tell_officers(
            DecisionShown(
                passage=decision.passage,
                stage=stage,
                ruling=decision.ruling,
                findings=decision.findings[:MAX_FINDINGS],
            )
        )
        self._ways.post(
            Decided(
                at_s=self._ways.clock.monotonic_s(),
                passage=decision.passage,
                stage=stage,
                ruling=decision.ruling,
                may_retry=decision.may_retry,
                trouble=self._inspector.trouble(decision),
                prompt=self._inspector.prompt(decision),
            )
        )

    def _expect_face(self, current: CurrentPassage) -> None:
        """Let the vision host open the reference while the traveller walks in, where one does."""
        if current.reference is None or not self._fitted.walk_in:
            return
        permit = current.permit
        expected = ExpectFace(
            passage=current.number,
            registration=permit.registration if permit else "",
            nonce=permit.nonce if permit else b"",
            reference=current.reference,
        )
        self._ways.hosts.send(VISION, expected)

    def _expect_finger(self, current: CurrentPassage) -> None:
        """Let the fingerprint host tell who has no finger here, before anybody is asked for one."""
        if self._fitted.fingerprint and current.permit is not None:
            registration = current.permit.registration
            expected = ExpectFinger(passage=current.number, registration=registration)
            self._ways.hosts.send(FINGERPRINT, expected)

    def _make_durable(self, entry: Entry, effect: RecordDecision | RecordOverride) -> None:
        """Write an admission; the traveller's uses the token up in the same transaction."""
        token = self._current.token if self._current else None
        if effect.stage is Stage.TRAVELLER and token is not None:
            used = Clearance(token, self._inspector.direction, self._ways.clock.utc_s())
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
