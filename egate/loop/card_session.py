"""One document at the reader: from its printed zone to everything that can be found out about it.

    wait for a card       for `card_within_s`, and as long again after each one that left
    connect and read      egate/document/reading.py, one command at a time
    the card leaves       all of it is void; whatever card comes next is read from the beginning
    EF.SOD has come       it is proven in a thread of its own while the portrait is still coming
    the deadline passes   void

A chip that is silent holds `transmit` for ever (egate/ports/card_reader.py): whoever runs this
shows life before each command only, so that a hanging one is seen from outside.

Source: research/emrtd.md 6.2, rules 17 to 19, and section 8 (order at the gate).
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from egate.document import inspected
from egate.document.file_reading import LADDER
from egate.document.inspected import Inspected
from egate.document.lds import DATA_GROUPS, SOD
from egate.document.mrz import DIGIT_CHECKS
from egate.document.mrz import Reading as ZoneReading
from egate.document.passive_authentication import Proof, prove
from egate.document.reading import DocumentReading
from egate.document.reading_result import Access, FileRead, Plan, Progress, Reading, StepBegun
from egate.document.trust_store import TrustStore
from egate.domain.check import Evidence, Outcome
from egate.domain.chip_times import ChipTimes
from egate.ports.card_reader import Card, CardGone, CardMute, CardReader
from egate.ports.errors import DeviceGarbled, DeviceRefused
from egate.wire.apdu import SHORT_LE, Command, Response, decode_response
from egate.wire.errors import FrameError

EVERY_FILE: Final = Plan()
LOOKS_S: Final = 0.2  # between two looks for a card life is shown
KEY_DIGITS: Final = frozenset(DIGIT_CHECKS[:3])  # number, birth, expiry: what opens the chip
PHASES: Final = {
    "reading EF.CardAccess": "access_s",
    "PACE": "access_s",
    "proving the mapping key": "access_s",
    "selecting the application": "access_s",
    "basic access control": "access_s",
    "chip authentication": "proofs_s",
    "active authentication": "proofs_s",
    "terminal authentication": "proofs_s",
}

Exchanged = Callable[[Command, Response, float], None]


class DeadlinePassed(Exception):
    """The document took too long."""


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session is made of; `clock` is monotonic, `utc_s` the time of day.

    `draw` gives random bytes. `alive` is called at least once for each look at the reader and
    each command; `exchanged` is told of each command, with the seconds it took; `noticed` of how
    far the reading is.
    """

    store: TrustStore
    clock: Callable[[], float]
    utc_s: Callable[[], float]
    draw: Callable[[int], bytes]
    plan: Plan = EVERY_FILE
    card_within_s: float = 5.0
    alive: Callable[[], None] = lambda: None
    exchanged: Exchanged = lambda _command, _response, _seconds: None
    noticed: Callable[[Progress], None] = lambda _progress: None


@dataclass(frozen=True, slots=True, repr=False)
class Examined:
    """What came of one document; `reading` is None where no chip was read to the end."""

    inspected: Inspected
    times: ChipTimes
    reading: Reading | None = None


class CardSession:
    """Reads one document after the other; one at a time."""

    def __init__(self, reader: CardReader, parts: SessionParts) -> None:
        self._reader = reader
        self._parts = parts

    def inspect(self, printed: ZoneReading, access: Access, deadline_s: float) -> Examined:
        """Find out what there is to find out by the deadline, in seconds of `clock`.

        Raises:
            DeviceLost: the reader is gone.
        """
        watch = _Watch(self._parts.clock)
        if _is_in_doubt(printed, access):
            return Examined(inspected.void(printed, "zone_in_doubt"), watch.times())
        reason, tries = "no_card", 0
        while self._is_there(self._patient_until_s(deadline_s)):
            try:
                return self._read_one(printed, access, deadline_s, watch)
            except DeadlinePassed:
                return self._void(printed, "too_slow", tries, watch)
            except (CardGone, CardMute, DeviceGarbled, DeviceRefused) as error:
                reason = _REASONS[type(error)]
                tries += 1
                watch.card_went()
                self._parts.alive()
            until_s = self._patient_until_s(deadline_s)
            if reason != "card_left" and not self._is_taken_away(until_s):
                break
        return self._void(printed, reason, tries, watch)

    def _void(self, printed: ZoneReading, reason: str, tries: int, watch: "_Watch") -> Examined:
        evidence: Evidence = {"tries": tries}
        return Examined(inspected.void(printed, reason, evidence), watch.times())

    def _patient_until_s(self, deadline_s: float) -> float:
        """Return until when somebody may lay a document down, or take a bad one away."""
        return min(deadline_s, self._parts.clock() + self._parts.card_within_s)

    def _is_there(self, until_s: float) -> bool:
        """Wait for a card; False when none came in time."""
        return self._waited(self._reader.wait_for_card, until_s)

    def _is_taken_away(self, until_s: float) -> bool:
        """Wait until a card that cannot be read is taken out; False when it stays."""
        return self._waited(self._reader.wait_for_removal, until_s)

    def _waited(self, wait: Callable[[float], bool], until_s: float) -> bool:
        while (left_s := until_s - self._parts.clock()) > 0:
            self._parts.alive()
            if wait(min(LOOKS_S, left_s)):
                return True
        return False

    def _read_one(
        self, printed: ZoneReading, access: Access, deadline_s: float, watch: "_Watch"
    ) -> Examined:
        card = self._reader.connect()
        watch.card_came()
        try:
            with ThreadPoolExecutor(1, "prover") as prover:
                proving = _Proving(prover, self._parts)
                read = self._carried_out(card, access, deadline_s, watch, proving)
                proof = proving.of(read.security_object)
        finally:
            card.close()
        store, now_utc_s = self._parts.store, self._parts.utc_s()
        found = inspected.inspect(printed, read, store, now_utc_s, proof)
        return Examined(found, watch.times(), read)

    def _carried_out(
        self,
        card: Card,
        access: Access,
        deadline_s: float,
        watch: "_Watch",
        proving: "_Proving",
    ) -> Reading:
        """Pump the reading through the card."""
        plan = self._parts.plan
        most = LADDER[0] if card.has_extended_length else SHORT_LE
        plan = replace(plan, answer_bytes=min(plan.answer_bytes, most))

        def notice(progress: Progress) -> None:
            watch.notice(progress)
            proving.notice(progress)
            self._parts.noticed(progress)

        reading = DocumentReading(access, plan, self._parts.draw, notice)
        dialogue = reading.dialogue()
        try:
            command = next(dialogue)
            while True:
                command = dialogue.send(self._asked(card, command, deadline_s, watch))
        except StopIteration:
            return reading.result()
        finally:
            dialogue.close()

    def _asked(self, card: Card, command: Command, deadline_s: float, watch: "_Watch") -> Response:
        clock = self._parts.clock
        began_s = clock()
        if began_s > deadline_s:
            raise DeadlinePassed
        self._parts.alive()
        try:
            raw = card.transmit(command.encode())
        finally:
            took_s = clock() - began_s
            watch.waited(took_s)
        try:
            response = decode_response(raw)
        except FrameError as error:
            raise DeviceGarbled("card reader", str(error)) from error
        self._parts.exchanged(command, response, took_s)
        return response


_REASONS: Final = {
    CardGone: "card_left",
    CardMute: "card_mute",
    DeviceGarbled: "card_garbled",
    DeviceRefused: "card_refused",
}


def _is_in_doubt(printed: ZoneReading, access: Access) -> bool:
    """Say whether the chip should not even be tried: a misread zone costs it a try."""
    if access.mrz is None:
        return access.can is None
    wrong = (one for one in printed.findings if one.outcome is Outcome.FAILED)
    return any(one.check in KEY_DIGITS for one in wrong)


class _Proving:
    """Proves EF.SOD as soon as it has come."""

    def __init__(self, prover: ThreadPoolExecutor, parts: SessionParts) -> None:
        self._prover = prover
        self._parts = parts
        self._begun: tuple[bytes, Future[Proof]] | None = None

    def notice(self, progress: Progress) -> None:
        if isinstance(progress, FileRead) and progress.file == SOD.name:
            self._begin(progress.raw)

    def of(self, security_object: bytes) -> Proof | None:
        """Return what EF.SOD proves, None when none was read."""
        if not security_object:
            return None
        if self._begun is None or self._begun[0] != security_object:
            self._begin(security_object)
        assert self._begun is not None
        return self._begun[1].result()

    def _begin(self, raw: bytes) -> None:
        proof = self._prover.submit(prove, raw, self._parts.store, self._parts.utc_s())
        self._begun = raw, proof


class _Watch:
    """Adds up the seconds of each step, and what of them was spent waiting for the card."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._mark_s = clock()
        self._phase = "card_s"
        self._spent: dict[str, float] = {}
        self._waited_s = 0.0

    def card_came(self) -> None:
        """Begin anew: what an earlier card cost belongs to the wait for this one."""
        self._mark("card_s")
        self._spent = {"card_s": sum(self._spent.values())}
        self._waited_s = 0.0
        self._phase = "access_s"

    def card_went(self) -> None:
        """Wait for the next one."""
        self._mark(self._phase)
        self._phase = "card_s"

    def waited(self, seconds: float) -> None:
        self._waited_s += seconds

    def notice(self, progress: Progress) -> None:
        match progress:
            case StepBegun(step=step):
                self._mark(self._phase)
                self._phase = PHASES.get(step, "files_s")
            case FileRead(file=file) if file == DATA_GROUPS[2].name:
                self._mark("portrait_s")
            case FileRead() if self._phase == "files_s":
                self._mark("files_s")
            case _:
                pass

    def times(self) -> ChipTimes:
        self._mark(self._phase)
        waited_s = self._waited_s + self._spent.get("card_s", 0.0)
        own_s = max(0.0, sum(self._spent.values()) - waited_s)
        return ChipTimes(**self._spent, own_s=own_s)

    def _mark(self, phase: str) -> None:
        now_s = self._clock()
        self._spent[phase] = self._spent.get(phase, 0.0) + now_s - self._mark_s
        self._mark_s = now_s
