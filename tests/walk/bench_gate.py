"""A bench with a real gate for tests: it kills the gate's processes and watches the plant.

    thread    one asyncio loop with everything in it: plant, board, scanner, camera, console
    test      an `async def` that is carried out in that loop (`on_the_bench`)

The watch stands at the plant, not at the gate: what a door does is judged there at every tick.
Times are CLOCK_MONOTONIC, which the gate's own records share.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import functools
import os
from pathlib import Path
from random import Random
import signal
import threading
import time
from typing import Any

from egate.cli.key_folder import KeyFolder
from egate.domain.lane_part import Door, Output, Shape
from egate.domain.record import Entry, EntryKind
from egate.domain.token import Permit, TravelDirection, document_digest, face_binding
from egate.journal.reader import read
from egate.permit.keys import key_id
from egate.permit.permit import sign
from egate.permit.sealed_face import seal
from egate.vision.enrol import embedding_of_picture
from egate.vision.faces import FaceEngine
from egate.vision.models import load_models
from simulators import faces
from simulators.bench import Bench
from simulators.card_chip import Chip
from simulators.cast import SITE, Issuer
from simulators.document_reader import Carried, DocumentReader
from simulators.gate_process import GateProcess
from simulators.lane_console import LaneConsole, Shown
from simulators.passport_office import PassportOffice
from simulators.people import Habit, Left, Person, Way, traveller
from simulators.plant import Change, Edge
from simulators.scenario import Comer

FACES = Path(__file__).parent.parent.parent / ".bench" / "faces"
LIMITS = {"turned_away_s": 3.0, "out_of_service_retry_s": 2.0}  # the rest as shipped
NAMES = {  # what is missing without it
    "scanner": {"scanner"},
    "vision": {"vision", "camera"},
    "document": {"mrz_reader", "card_reader"},
}
READY_WITHIN_S = 20.0
PASSES_WITHIN_S = 30.0
LOOK_S = 0.004
TOLD_S = 0.1  # between a door let go at the plant and the journal's word on it
OPENED_BY = {"token": "entry", "traveller": "exit"}
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Secret:
    """The personal data of one token, to be looked for where it must not stand."""

    parts: tuple[str, ...]


@dataclass(slots=True)
class Loss:
    """One process that was killed or stopped, and when what happened."""

    process: str
    how: str
    state: str
    at_s: float
    died_at_s: float = 0.0
    lost_at_s: float = 0.0
    back_at_s: float = 0.0

    @property
    def back_after_s(self) -> float:
        """From its death to what the console shows as complete again."""
        return self.back_at_s - self.died_at_s


@dataclass(slots=True)
class Watch:
    """Looks at the plant at every tick: what no door may do, and who let which door go.

    A door is let go when the relay feeds it and its release lets it open: each such moment in
    `let_go` must have its reason in the journal. While the lane process is dead the relay rests
    the outputs, and a door that fails free is unbolted; only then may two doors be unsecured, and
    even then never open. An emergency is the wiring's own.
    """

    bench: Bench
    wrongs: set[str] = field(default_factory=set)
    let_go: list[tuple[float, Door]] = field(default_factory=list)
    fed: list[tuple[float, bool]] = field(default_factory=list)
    lane_is_dead: bool = False
    unsecured_at_rest_s: float = 0.0
    _free: set[Door] = field(default_factory=set)
    _freed: bool = False  # by an emergency; until both doors are shut again

    def around(self, live: Callable[[float], list[Change]]) -> Callable[[float], list[Change]]:
        """Return the bench's step with a look before and after it."""
        self._free = {door for door in self.bench.plant.leaves if self.bench.plant.released(door)}

        def lives(dt_s: float) -> list[Change]:
            self._note()  # what the gate drove since the last tick
            changes = live(dt_s)
            self._is_fed(self.bench.plant.is_fed)
            self._note()  # what the tick brought: the relay lapsed
            self._judge(dt_s)
            return changes

        return lives

    def lapsed_since(self, at_s: float) -> bool:
        """Say whether the relay has let go since then."""
        return any(t >= at_s and not fed for t, fed in self.fed)

    def unbidden(self, entries: list[Entry]) -> list[tuple[float, Door]]:
        """Return when a door was let go without a release or an admission in the journal.

        The admission is durable before the release; a lane that is killed in between drives the
        door and cannot write down that it did.
        """
        told = [
            (entry.at_s, entry.facts["door"])
            for entry in entries
            if entry.kind is EntryKind.RELEASE
        ]
        told += [
            (entry.at_s, OPENED_BY[str(entry.facts["stage"])])
            for entry in entries
            if entry.kind is EntryKind.DECISION and entry.facts["ruling"] == "admit"
        ]
        return [
            (t, door)
            for t, door in self.let_go
            if not any(door == told_door and abs(t - at_s) < TOLD_S for at_s, told_door in told)
        ]

    def _note(self) -> None:
        plant = self.bench.plant
        while plant.edges:
            edge = plant.edges.popleft()
            if edge.part is Output.ALIVE:
                self._take_in(plant.edges)  # what this feeding brought, at the same instant
                self._is_fed(is_fed=True)
            elif isinstance(edge.part, Door):
                (self._free.add if edge.on else self._free.discard)(edge.part)
                if edge.on and self.fed and self.fed[-1][1]:
                    self.let_go.append((time.monotonic(), edge.part))

    def _take_in(self, edges: deque[Edge]) -> None:
        while edges and isinstance(edges[0].part, Door):
            edge = edges.popleft()
            (self._free.add if edge.on else self._free.discard)(Door(edge.part))

    def _is_fed(self, is_fed: bool) -> None:
        if not self.fed or self.fed[-1][1] != is_fed:
            now_s = time.monotonic()
            self.fed.append((now_s, is_fed))
            if is_fed:
                self.let_go += [(now_s, door) for door in self._free]

    def _judge(self, dt_s: float) -> None:
        plant = self.bench.plant
        shut = all(leaf.is_closed and leaf.bolted for leaf in plant.leaves.values())
        self._freed = plant.emergency_open or (self._freed and not shut)
        if self._freed or plant.faults.forced:
            return
        ajar = sum(leaf.angle_deg > 0.0 for leaf in plant.leaves.values())
        unsecured = sum(leaf.angle_deg > 0.0 or not leaf.bolted for leaf in plant.leaves.values())
        if ajar > 1:
            self.wrongs.add("two leaves stand open")
        if unsecured > 1 and self.lane_is_dead:
            self.unsecured_at_rest_s += dt_s
        elif unsecured > 1:
            self.wrongs.add("two doors are unsecured")


class BenchGate:
    """The bench, the gate and the officer. Built and used inside the bench's loop only.

    `carries`: travellers may come with documents, so there is a reader for them.
    """

    def __init__(
        self, folder: Path, limits: Mapping[str, float] = LIMITS, *, carries: bool = False
    ) -> None:
        carried: dict[str, Carried] | None = {} if carries else None
        live = faces.live_pictures(FACES)
        self.bench = Bench(Shape.MANTRAP, folder, live, self._left, carried=carried)
        self._carried = carried if carried is not None else {}
        self._limits = limits
        self.data = folder / "gate"
        self.log = folder / "gate.log"
        self.gate = GateProcess(self.bench, self.data, self.log)
        self.console = LaneConsole(self.bench.run_folder / "lane.sock", self._on_state)
        self.watch = Watch(self.bench)
        self.shown: list[tuple[float, Shown]] = []
        self.ways: list[Way] = []
        self.losses: list[Loss] = []
        self.secrets: list[Secret] = []
        self.spawned_at_s = 0.0
        self._keys = folder / "issuer" / "keys"
        self._issuer = Issuer(folder / "issuer", self.data, FACES)
        self._office = PassportOffice(folder / "utopia", self.data, FACES, time.time())
        self._random = Random(1)
        self._embeddings: dict[str, list[float]] = {}
        self._at: dict[str, Callable[[], None]] = {}
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Make the issuer, open the bench, start the gate, wait for the lane."""
        await self._issuer.found()
        engine = FaceEngine(load_models())
        for name in ("person_1", "person_4"):
            raw = faces.enrolment_file(FACES, name).read_bytes()
            self._embeddings[name] = [float(v) for v in embedding_of_picture(raw, engine)]
        if self.bench.carried is not None:
            await self._office.found()
        await self.bench.open(self._limits)
        self.bench.board.step = self.watch.around(self.bench.board.step)
        self._watching = asyncio.get_running_loop().create_task(self.console.run())
        self.spawned_at_s = time.monotonic()
        await self.gate.start()
        await self.until(self.is_ready, READY_WITHIN_S)

    async def close(self) -> None:
        """Stop the gate and close every line."""
        await self.gate.stop()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self.bench.close()

    # What is seen.

    @property
    def state(self) -> str:
        """The lane's state as its console shows it."""
        return str(self.shown[-1][1]["state"]) if self.shown else ""

    @property
    def missing(self) -> set[str]:
        """What the console shows as missing."""
        return set(self.shown[-1][1]["missing"]) if self.shown else set()

    def is_ready(self) -> bool:
        """Say whether the lane waits for the next traveller with all its devices."""
        return self.state == "ready" and not self.missing

    def states_since(self, at_s: float) -> list[str]:
        """Return the states shown since then, each once in a row."""
        states = [shown["state"] for t, shown in self.shown if t >= at_s]
        return [s for place, s in enumerate(states) if place == 0 or states[place - 1] != s]

    def entries(self, since_s: float) -> list[Entry]:
        """Return the journal's entries since then."""
        with read(self.gate.journal) as reader:
            return [told.entry for told in reader.entries() if told.entry.at_s >= since_s]

    async def until(self, holds: Callable[[], object], within_s: float, what: str = "") -> None:
        """Wait for a condition; fail when it does not hold in time."""
        deadline_s = time.monotonic() + within_s
        while not holds():
            stands = f"{self.state}, missing {sorted(self.missing)}"
            assert time.monotonic() < deadline_s, f"not in {within_s} s: {what}; {stands}"
            await asyncio.sleep(LOOK_S)

    async def sees(self, state: str, within_s: float = PASSES_WITHIN_S) -> None:
        """Wait for the next time the lane comes into this state; resumes at once."""
        seen = asyncio.Event()
        self._at[state] = seen.set
        try:
            await asyncio.wait_for(seen.wait(), within_s)
        except TimeoutError:
            pytest_says = f"{state} was not seen in {within_s} s; the lane stands in {self.state}"
            raise AssertionError(pytest_says) from None

    def at(self, state: str, act: Callable[[], None]) -> None:
        """Do this in the very moment in which the lane is next seen in this state."""
        self._at[state] = act

    # What is done.

    def permit(self, person: str = "person_1", kind: str = "LP") -> str:
        """Issue a permit of this kind that binds this person's face; return its text."""
        number = len(self.secrets)
        registration, document = f"HOLDER-{number:04d}-ZQ", f"B77{number:05d}"
        nonce, folder = os.urandom(8), KeyFolder(self._keys)
        key, now_s = folder.issuer_key(), int(time.time())
        permit = Permit(
            issuer_key=key_id(key.public_key()).hex(),
            registration=registration,
            document_kind=kind,
            document_digest=document_digest(kind, document, nonce),
            crossing=SITE,
            direction=TravelDirection.BOTH,
            valid_from_s=now_s - DAY_S,
            valid_to_s=now_s + DAY_S,
            nonce=nonce,
            reference=seal(
                self._embeddings[person],
                folder.gate_public_key(),
                face_binding(registration, nonce),
                os.urandom(32),
            ),
        )
        text = sign(permit, key)
        self.secrets.append(Secret((registration, document, text)))
        return text

    def document(self, kind: str = "valid", person: str = "person_1") -> str:
        """Issue a document of this kind (passport_office.KINDS) with this person's portrait.

        Returns its name, by which `bench.carried` holds it.
        """
        name = f"document {len(self._carried)}"
        comer = Comer(person, Habit.NORMAL, "none", kind, person)
        carried = self._carried[name] = self._office.document(name, comer)
        assert carried.chip is not None
        number = carried.chip.document.key.document_number
        self.secrets.append(Secret((number, *carried.page)))
        return name

    def twin(self, document: str, person: str) -> Chip:
        """Issue a chip that this document's page opens and names, with another's portrait."""
        comer = Comer(person, Habit.NORMAL, "none", "valid", person)
        carried = self._office.document(document, comer)
        assert carried.page == self._carried[document].page
        assert carried.chip is not None
        return carried.chip

    @property
    def documents(self) -> DocumentReader:
        """The far end of the document reader."""
        assert self.bench.documents is not None
        return self.bench.documents

    async def lies(self, document: str, leaves_at_byte: int | None = None) -> float:
        """Lay a document down, nobody standing there; return when."""
        at_s = time.monotonic()
        carried = replace(self._carried[document], leaves_at_byte=leaves_at_byte)
        await self.documents.lay_down(carried)
        return at_s

    def comes(
        self,
        text: str = "",
        *,
        document: str = "",
        face: str = "person_1",
        habit: Habit = Habit.NORMAL,
    ) -> Person:
        """Let somebody come who shows this token, and shows it again when nothing opens."""
        self.ways.clear()
        person = traveller(
            "somebody", self._random, token=text, document=document, faces=(face,), habit=habit
        )
        person.speed_m_s, person.reaction_s = 1.5, 0.2
        person.again_s = 4.0 if document else 2.0  # a chip wants longer
        person.heeds_stop_s = 60.0
        self.bench.walkway.add(person)
        return person

    def order(self, order: str) -> None:
        """Give an officer's order for the passage on the screen."""
        passage = self.shown[-1][1].get("passage") or 0
        self.console.order(order, passage, "a drill")

    def strike(self, process: str, how: signal.Signals) -> Loss:
        """Kill a process of the gate, or stop it, now."""
        pid = self.gate.pids()[process]
        loss = Loss(process, how.name, self.state, time.monotonic())
        self.losses.append(loss)
        fd = os.pidfd_open(pid)
        loop = asyncio.get_running_loop()

        def died() -> None:
            loss.died_at_s = time.monotonic()
            loop.remove_reader(fd)
            os.close(fd)

        loop.add_reader(fd, died)
        os.kill(pid, how)
        return loss

    async def is_lost_and_back(self, loss: Loss) -> None:
        """Wait until this host was named as missing, was killed, and is there again."""
        names = NAMES[loss.process]
        await self.until(lambda: self._shown_since(loss.at_s, names), 3.0, f"{loss.process} lost")
        loss.lost_at_s = self._shown_since(loss.at_s, names)
        await self.until(lambda: loss.died_at_s, 3.0, f"{loss.process} killed")
        await self.until(
            lambda: self._shown_without(loss.died_at_s, names), 5.0, f"{loss.process} back"
        )
        loss.back_at_s = self._shown_without(loss.died_at_s, names)

    async def empties(self) -> None:
        """Wait until everybody is gone and the lane is ready for the next, also in its journal."""
        await self.until(lambda: not self.bench.walkway.people, PASSES_WITHIN_S, "everybody gone")
        await self.until(self.is_ready, READY_WITHIN_S, "ready again")
        await self.until(self._is_written, READY_WITHIN_S, "all of it written down")

    def _is_written(self) -> bool:
        states = [one.facts["state"] for one in self.entries(0.0) if one.kind is EntryKind.STATE]
        return states[-1:] == ["ready"]

    def _shown_since(self, at_s: float, names: set[str]) -> float:
        """Return when one of these was first shown as missing, 0.0 if not yet."""
        found = (t for t, shown in self.shown if t >= at_s and names & set(shown["missing"]))
        return next(found, 0.0)

    def _shown_without(self, at_s: float, names: set[str]) -> float:
        """Return when, after having been missing, all of these were first shown as there."""
        was_missing = False
        for t, shown in self.shown:
            if t < at_s:
                was_missing = bool(names & set(shown["missing"]))
            elif names & set(shown["missing"]):
                was_missing = True
            elif was_missing:
                return t
        return 0.0

    def _left(self, left: Left) -> None:
        self.ways.append(left.way)

    def _on_state(self, shown: Shown) -> None:
        before = self.state
        self.shown.append((time.monotonic(), shown))
        if shown["state"] != before and (act := self._at.pop(shown["state"], None)):
            act()


class LoopThread:
    """A loop in a thread of its own, so that a bench lives on between two tests."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="bench", daemon=True)
        self._thread.start()

    def carry_out(self, work: Coroutine[Any, Any, Any], within_s: float = 110.0) -> Any:  # noqa: ANN401  # whatever it gives
        """Run this in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(within_s)

    def close(self) -> None:
        """End the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5.0)
        self.loop.close()


@dataclass(frozen=True, slots=True)
class Stage:
    """What a test is given: the gate, and the thread in which it may be touched."""

    thread: LoopThread
    gate: BenchGate


def on_the_bench(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine: it gets the gate, and runs in the bench's loop."""

    @functools.wraps(test)
    def runs(gate: Stage, **named: object) -> None:
        gate.thread.carry_out(test(gate.gate, **named))

    return runs
