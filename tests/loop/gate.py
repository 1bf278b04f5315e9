"""One running lane with the real lane and inspection, as a test meets it: peers on real sockets."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
import time

from egate.domain.finger_measures import FingerMeasures
from egate.domain.lane_part import Direction, Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.domain.revocation import Revoked
from egate.domain.self_checked import Checked
from egate.inspection.policy import load
from egate.lane import Lane, LaneSettings
from egate.loop.clock import Clock
from egate.loop.inspector import SiteInspector
from egate.loop.lane_loop import LaneLoop, LaneParts
from egate.loop.messages import (
    FaceMeasured,
    FingerMeasured,
    MeasureFace,
    MeasureFinger,
    ReadDocument,
    StateShown,
    Watch,
)
from egate.loop.upkeep import NOTHING_COUNTED, UpkeepParts
from tests.loop.parts import (
    MATCH,
    ONE_USER,
    Board,
    MemoryJournal,
    Peer,
    document_host,
    fingerprint_host,
    scanner,
    token,
    until,
    vision,
)

POLICY = load((files("egate.inspection") / "policy_bench.toml").read_text())
LIMITS = TimeLimits()
REVOKED = Revoked(1, int(time.time()) - 60, 86_400, frozenset())


class Gate:
    """One running lane with its peers, as a test meets it."""

    def __init__(
        self,
        folder: Path,
        shape: Shape,
        limits: TimeLimits,
        *,
        takes_documents: bool = False,
        has_fingerprint: bool = False,
    ) -> None:
        self.socket = folder / "lane.sock"
        self.board, self.journal = Board(), MemoryJournal()
        self.said: list[str] = []
        self.checks: Callable[[str], tuple[Checked, ...]] = lambda _only: ()
        settings = LaneSettings(shape, limits, officer_required=False, opens_by_itself=True)
        self.parts = LaneParts(
            lane=Lane(settings),
            shape=shape,
            open_board=self.board.open,
            open_journal=self.journal.open,
            inspector=SiteInspector(POLICY, "SITE", Direction.ENTRY, lambda: REVOKED),
            clock=Clock(time.monotonic, time.time),
            socket=self.socket,
            users=ONE_USER,
            notify=lambda *facts: self.said.extend(facts),
            about={"gate": "test"},
            checks=lambda _levels, _missing, only: self.checks(only),
            takes_documents=takes_documents,
            has_fingerprint=has_fingerprint,
        )
        self.scanner = self.vision = self.document = self.fingerprint = self.page = Peer()

    async def is_staffed(self) -> None:
        """Connect the hosts and a page."""
        await until(self.socket.exists)
        self.scanner, self.vision = await scanner(self.socket), await vision(self.socket)
        if self.parts.takes_documents:
            self.document = await document_host(self.socket)
        if self.parts.has_fingerprint:
            self.fingerprint = await fingerprint_host(self.socket)
        self.page = await Peer().connect(self.socket)
        self.page.say(Watch())

    async def stands(self, state: LaneState) -> None:
        await until(lambda: self.state() is state, f"{state}, last {self.state()}")

    def state(self) -> LaneState | None:
        shown = [message for message in self.page.received if isinstance(message, StateShown)]
        return shown[-1].state if shown else None

    def asked(self) -> list[MeasureFace]:
        return [ask for ask in self.vision.received if isinstance(ask, MeasureFace)]

    def looks(self, measures: object = MATCH, **changes: int) -> None:
        """Answer the newest question, with fields changed."""
        ask = self.asked()[-1]
        answer = FaceMeasured(request=ask.request, passage=ask.passage, measures=MATCH)
        self.vision.say(answer.model_copy(update={"measures": measures, **changes}))

    def asked_for_chips(self) -> list[ReadDocument]:
        return [ask for ask in self.document.received if isinstance(ask, ReadDocument)]

    def asked_for_fingers(self) -> list[MeasureFinger]:
        return [ask for ask in self.fingerprint.received if isinstance(ask, MeasureFinger)]

    def lays_a_finger(self, measures: FingerMeasures, **changes: int) -> None:
        """Answer the newest question about a finger, with fields changed."""
        ask = self.asked_for_fingers()[-1]
        answer = FingerMeasured(request=ask.request, passage=ask.passage, measures=measures)
        self.fingerprint.say(answer.model_copy(update=changes))

    def notes(self) -> list[str]:
        return [str(facts["what"]) for facts in self.journal.facts(EntryKind.NOTE)]

    async def is_writing(self, kind: EntryKind) -> None:
        """Let one append after another through until one with this kind is held up."""
        await until(lambda: self.journal.is_held_up)  # before that nothing may be let through
        while kind not in [entry.kind for entry in self.journal.writing]:
            written = self.journal.writing
            self.journal.on_disk.set()
            await until(
                lambda: self.journal.is_held_up and self.journal.writing is not written  # noqa: B023  # awaited here
            )

    def moves(self, *changes: tuple[Input, bool]) -> None:
        for line, active in changes:
            self.board.change(line, active)

    async def walks_in(self) -> None:
        self.scanner.say(token())
        await self.is_let_in()

    async def is_let_in(self) -> None:
        await self.steps_in()
        await self.is_shut_in()
        await until(self.asked)

    async def steps_in(self) -> None:
        await until(lambda: Output.ENTRY_RELEASE in self.board.active())
        self.moves((Input.ENTRY_LOCKED, False), (Input.ENTRY_CLOSED, False))
        self.moves((Input.ENTRY_BEAM_CLEAR, False), (Input.CHAMBER_EMPTY, False))
        self.moves((Input.CHAMBER_SINGLE, True), (Input.ENTRY_BEAM_CLEAR, True))

    async def is_shut_in(self) -> None:
        await until(lambda: Output.ENTRY_RELEASE not in self.board.active())
        self.moves((Input.ENTRY_CLOSED, True), (Input.ENTRY_LOCKED, True))

    async def walks_out(self) -> None:
        await until(lambda: Output.EXIT_RELEASE in self.board.active())
        self.moves((Input.EXIT_LOCKED, False), (Input.EXIT_CLOSED, False))
        self.moves((Input.EXIT_BEAM_CLEAR, False), (Input.CHAMBER_SINGLE, False))
        self.moves((Input.CHAMBER_EMPTY, True), (Input.EXIT_BEAM_CLEAR, True))
        await until(lambda: Output.EXIT_RELEASE not in self.board.active())
        self.moves((Input.EXIT_CLOSED, True), (Input.EXIT_LOCKED, True))


Case = Callable[[Gate], Coroutine[None, None, None]]


def running_gate(folder: Path) -> Callable[..., Gate]:
    """Return what runs a case against a gate that is ready for a traveller."""

    def run(  # noqa: PLR0913  # a case, and what gate it is played at
        case: Case,
        shape: Shape = Shape.MANTRAP,
        limits: TimeLimits = LIMITS,
        known_from_utc_s: float = 0.0,
        *,
        takes_documents: bool = False,
        has_fingerprint: bool = False,
        upkeep: UpkeepParts = NOTHING_COUNTED,
    ) -> Gate:
        gate = Gate(
            folder,
            shape,
            limits,
            takes_documents=takes_documents,
            has_fingerprint=has_fingerprint,
        )
        gate.parts = replace(gate.parts, upkeep=upkeep)
        gate.journal.known_from_utc_s = known_from_utc_s

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_debug(True)
            loop.slow_callback_duration = 0.2
            lane = LaneLoop(gate.parts)
            running = loop.create_task(lane.run())
            try:
                await gate.is_staffed()
                await gate.stands(LaneState.READY)
                await case(gate)
            finally:
                gate.board.answers.set()
                gate.journal.on_disk.set()
                hosts = (gate.scanner, gate.vision, gate.document, gate.fingerprint)
                for peer in (*hosts, gate.page):
                    peer.close()
                lane.stop()
                await running

        asyncio.run(main())
        return gate

    return run
