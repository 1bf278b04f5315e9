"""What a lane counts of its own parts, how late its loop is, and how both are told and kept.

    inputs, outputs, messages, questions --> Upkeep --> health_shown, once a second, to pages
                                                    --> counters.json, by the journal's thread

Everything here is an addition to a number. The file is written between passages, at most once a
minute, and at the end, always after all entries that wait: a decision never waits for it. A power
cut takes what was counted since. Nothing here is asked by the lane, and nothing closes it.

Source: egate/domain/service.py (what is counted); DESIGN section 9 (lateness).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from egate.domain.check import Check, Finding, Outcome
from egate.domain.lane_event import InputChanged
from egate.domain.lane_part import DOOR_CONTACTS, DOOR_RELEASE, Door, Input, Output
from egate.domain.lane_state import Trouble
from egate.domain.lateness import Lateness
from egate.domain.service import (
    CAMERA,
    CARD_READER,
    DEFAULT_LIMITS,
    FINGERPRINT,
    LIGHT,
    MRZ_READER,
    SCANNER,
    Counter,
    Counters,
    ServiceLimits,
    Tally,
    seen,
)
from egate.loop.clock import Clock
from egate.loop.counter_file import MOST_TICKS, Counted, CountersSpoilt, as_bytes
from egate.loop.inquiry import ToHosts
from egate.loop.messages import (
    DecisionShown,
    DocumentRead,
    DocumentShown,
    HealthShown,
    MeasureFace,
    MeasureFinger,
    Message,
    ReadDocument,
    TokenRead,
)
from egate.loop.timers import Due

TOLD_EVERY_S = 1.0
KEPT_EVERY_S = 60.0
CYCLE, ERROR, RETRY, RETURN = Tally(1), Tally(errors=1), Tally(retries=1), Tally(returns=1)
ASKED_OF = {"vision": CAMERA, "document": CARD_READER, "fingerprint": FINGERPRINT}
OF_A_DOOR = frozenset({Trouble.CONTACTS_DISAGREE, Trouble.DOOR_NOT_FOLLOWING})  # no person's
LEAF_OF = {contacts[0]: door for door, contacts in DOOR_CONTACTS.items()}


@dataclass(frozen=True, slots=True)
class UpkeepParts:
    """Which parts are counted, when they want service, and where the counts are kept.

    `read` raises CountersSpoilt; `write` replaces the file and may raise anything; `put_by` gives a
    spoilt one another name.
    """

    parts: tuple[str, ...] = ()
    limits: ServiceLimits = DEFAULT_LIMITS
    read: Callable[[], Counted] = Counted
    write: Callable[[bytes], None] = lambda _content: None
    put_by: Callable[[], None] = lambda: None


NOTHING_COUNTED = UpkeepParts()


@dataclass(slots=True)
class _Since:
    """What is remembered from one look to the next."""

    driven: dict[Output, float] = field(default_factory=dict)
    levels: dict[Input, bool | None] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    told_at_s: float = 0.0
    kept_at_s: float = 0.0


class Upkeep:
    """The counters of one lane. All methods are called from the loop."""

    def __init__(
        self,
        parts: UpkeepParts,
        clock: Clock,
        keep: Callable[[Callable[[], None], Callable[[str], None]], None],
        show: Callable[[HealthShown], None],
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._keep = keep
        self._show = show
        self.spoilt = ""
        self._counted = self._read()
        known = self._counted.counters
        self._counters: dict[str, Counter] = {
            part: known.get(part, Counter()) for part in parts.parts
        }
        self._foreign = {part: one for part, one in known.items() if part not in parts.parts}
        self.lateness = Lateness(clock.monotonic_s())
        self._since = _Since(kept_at_s=clock.monotonic_s())

    @property
    def counters(self) -> Counters:
        """What was counted so far."""
        return self._counters

    # What is counted.

    def input_is(self, line: Input, active: bool | None) -> None:  # noqa: FBT001  # as OnChange
        """Count a leaf that opens."""
        before, self._since.levels[line] = self._since.levels.get(line), active
        if active is False and before and line in LEAF_OF:
            self._count(LEAF_OF[line], CYCLE)

    def outputs_are(self, driven: frozenset[Output], at_s: float) -> None:
        """Count what was not driven before, and for how long the others were."""
        before, self._since.driven = self._since.driven, dict.fromkeys(driven, at_s)
        for output, since_s in before.items():
            self._count(output, Tally(on_s=max(0.0, at_s - since_s)))
        for output in driven - before.keys():
            self._count(output, CYCLE)

    def alarmed(self, trouble: Trouble) -> None:
        """Count a door that failed: the one whose contacts tell of it, else the driven one."""
        if trouble in OF_A_DOOR:
            for door in self._suspects():
                self._count(door, ERROR)

    def _suspects(self) -> tuple[Door, ...]:
        levels, doors = self._since.levels, [door for door in Door if door in self._counters]
        told = {door: tuple(levels.get(line) for line in DOOR_CONTACTS[door]) for door in doors}
        disagree = tuple(door for door in doors if told[door][0] is not told[door][1])
        driven = tuple(door for door in doors if DOOR_RELEASE[door] in self._since.driven)
        return disagree or driven or tuple(door for door in doors if told[door] != (True, True))

    def heard(self, message: object) -> None:
        """Count what a device host reports of its work."""
        match message:
            case TokenRead(findings=findings):
                self._count(SCANNER, CYCLE)
                self._count_retry(SCANNER, findings, Check.PERMIT_IS_READABLE)
            case DocumentShown(findings=findings):
                self._count(MRZ_READER, CYCLE)
                if any(one.outcome is not Outcome.PASSED for one in findings):
                    self._count(MRZ_READER, RETRY)
            case DocumentRead(findings=findings):
                self._count_retry(CARD_READER, findings, Check.CHIP_WAS_READ_WHOLE)
            case _:
                pass

    def asked(self, message: Message) -> None:
        """Count a question that went to a device host."""
        match message:
            case ReadDocument():
                self._count(CARD_READER, CYCLE)
            case MeasureFace(attempt=attempt):
                for part in (CAMERA, LIGHT):
                    self._count(part, CYCLE if attempt <= 1 else CYCLE.plus(RETRY))
            case MeasureFinger(attempt=attempt):
                self._count(FINGERPRINT, CYCLE if attempt <= 1 else CYCLE.plus(RETRY))
            case _:
                pass

    def unanswered(self, host: str) -> None:
        """Count a question that this host did not answer in time."""
        self._count(ASKED_OF.get(host, host), ERROR)

    def failed(self, part: str) -> None:
        """Count a part that its driver lost; a host that ends at a stop is no fault of its own."""
        self._count(part, ERROR)

    def went(self, part: str) -> None:
        """Remember that a part is away."""
        self._since.lost.add(part)

    def came(self, part: str) -> None:
        """Count a part that is back; the first coming after a start is none."""
        if part in self._since.lost:
            self._since.lost.discard(part)
            self._count(part, RETURN)

    def hosts(self, hosts: ToHosts) -> ToHosts:
        """Return a way to the hosts on which what passes is counted."""
        return _CountedHosts(hosts, self)

    # How late.

    def turned_to(self, event: object) -> None:
        """Note how late the loop turns to an input or a time limit."""
        if isinstance(event, Due):
            self.lateness.note(event.due_at_s, self._clock.monotonic_s())
        elif isinstance(event, InputChanged):
            self.lateness.note(event.at_s, self._clock.monotonic_s())

    # How it is told and kept.

    def round(self, due_at_s: float, *, is_idle: bool) -> None:
        """Take a health round that was due then: tell once a second, keep once a minute."""
        now_s = self._clock.monotonic_s()
        self.lateness.note(due_at_s, now_s)
        if now_s - self._since.told_at_s >= TOLD_EVERY_S:
            self._since.told_at_s = now_s
            self._show(self._shown(now_s))
        if is_idle and now_s - self._since.kept_at_s >= KEPT_EVERY_S:
            self.keep()

    def keep(self) -> None:
        """Have the counts written down, after all that waits to be."""
        now_s = self._clock.monotonic_s()
        self._since.kept_at_s = now_s
        ticks = self.lateness.ticks(now_s, self._clock.utc_s())
        kept = (*self._counted.ticks, ticks)[-MOST_TICKS:]
        self._counted = replace(self._counted, ticks=kept)
        counted = Counted({**self._foreign, **self._counters}, kept)
        self._keep(lambda: self._parts.write(as_bytes(counted)), self._not_kept)

    def _not_kept(self, what: str) -> None:
        structlog.get_logger().warning("counters_not_kept", what=what)

    def _shown(self, now_s: float) -> HealthShown:
        ticks = self.lateness.ticks(now_s, 0.0)
        return HealthShown(
            at_s=now_s,
            over_s=ticks.over_s,
            turns=ticks.count,
            late_p50_ms=ticks.p50_ms,
            late_p99_ms=ticks.p99_ms,
            late_max_ms=ticks.max_ms,
            parts=seen(self._counters, self._parts.limits),
        )

    def _read(self) -> Counted:
        try:
            return self._parts.read()
        except CountersSpoilt as error:
            self.spoilt = str(error)
            self._parts.put_by()
            return Counted()

    def _count_retry(self, part: str, findings: tuple[Finding, ...], asked: Check) -> None:
        if any(one.check is asked and one.outcome is not Outcome.PASSED for one in findings):
            self._count(part, RETRY)

    def _count(self, part: str, more: Tally) -> None:
        counter = self._counters.get(part)
        if counter is not None:
            self._counters[part] = replace(counter, total=counter.total.plus(more))


class _CountedHosts:
    """The way to the hosts, counted."""

    def __init__(self, hosts: ToHosts, upkeep: Upkeep) -> None:
        self._hosts = hosts
        self._upkeep = upkeep

    def send(self, host: str, message: Message) -> bool:
        """Send, and count a question that went."""
        went = self._hosts.send(host, message)
        if went:
            self._upkeep.asked(message)
        return went

    def missed_deadline(self, host: str) -> None:
        """Tell and count it."""
        self._upkeep.unanswered(host)
        self._hosts.missed_deadline(host)

    def tell_officers(self, decision: DecisionShown) -> None:
        """Pass it on."""
        self._hosts.tell_officers(decision)

    def forget_decisions(self) -> None:
        """Pass it on."""
        self._hosts.forget_decisions()
