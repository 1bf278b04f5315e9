"""The demonstration: a queue of travellers through a bench gate, in real time, and what came of it.

The gate is `egate run` with the bench's profile, a process of its own as at a border. Every
traveller is a scenario; each ends as its file expects or the demonstration fails. What happened
is read from the gate's journal with `egate passages`, never from the bench's own memory.

    token    qr       permits only: the bench has no document reader
             chip     chip documents only
             mixed    one of each in turn, at one lane, and all who want to deceive it
    readers  serial   the page reader and the code scanner on serial lines
             camera   a camera over the document window, and one that codes are held before
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
import json
from pathlib import Path
from random import Random
import sys
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from egate.domain.head_turn import Turn
from egate.domain.lane_part import Shape
from egate.domain.lane_state import LaneState
from simulators import faces
from simulators.bench import Bench, Compares
from simulators.cast import Issuer
from simulators.code_camera import CodeCamera
from simulators.document_reader import Carried
from simulators.finger_office import enrol_fingers, faces_with_finger
from simulators.fingers import Touch
from simulators.gate_process import GateProcess
from simulators.hand import Hand, finger_of
from simulators.lane_console import LaneConsole, Shown
from simulators.page_camera import PageCamera
from simulators.passport_office import PassportOffice
from simulators.people import Left, Way, traveller
from simulators.private_pcscd import PrivatePcscd
from simulators.scenario import Comer, Duty, Expected, Fault, Scenario, Token, in_turns, load_all

READY_WITHIN_S = 30.0
SCENARIO_WITHIN_S = 120.0
ASKED = {"turn_head_left": Turn.LEFT, "turn_head_right": Turn.RIGHT}  # by what is shown
READERS = ("serial", "camera")
TOKENS = {"qr": (Token.QR,), "chip": (Token.CHIP,), "mixed": (Token.QR, Token.CHIP)}
# Only how long an exception may take; a passage's own steps keep their limits.
SHORT_LIMITS = {
    "entry_released_s": 5.0,
    "exit_warning_s": 3.0,
    "exit_released_s": 6.0,
    "entering_s": 6.0,
    "leaving_s": 6.0,
    "returning_s": 8.0,
    "out_of_service_retry_s": 2.0,
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the developer asked for."""

    shape: Shape
    seed: int
    every: bool
    folder: Path
    only: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = (Token.QR,)
    readers: str = "serial"
    finger: Compares = Compares.SENSOR


@dataclass(slots=True)
class Outcome:
    """What one scenario came to; `passages` are the numbers the lane showed."""

    scenario: Scenario
    expected: Expected
    passages: list[int] = field(default_factory=list)
    people: list[Way] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)
    took_s: float = 0.0
    problem: str = ""


class Director:
    """Leads one scenario after the other and keeps what was seen."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self._bench = bench
        self.console = LaneConsole(bench.run_folder / "lane.sock", self.state_shown)
        self._seed = seed
        self._shown: Shown = {}
        self._changed = asyncio.Event()
        self._outcome: Outcome | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        bench.on_left = self._left

    def state_shown(self, shown: Shown) -> None:
        """Take in how the lane stands."""
        before = self._shown.get("state")
        self._shown = shown
        self._changed.set()
        self._bench.camera.ask(ASKED.get(str(shown.get("prompt")), Turn.AHEAD))
        outcome = self._outcome
        if outcome is None:
            return
        passage = shown.get("passage")
        if passage and passage not in outcome.passages:
            outcome.passages.append(passage)
        if shown["state"] != before:
            outcome.saw.append(shown["state"])
            self._act(outcome, LaneState(shown["state"]))

    async def until_ready(self) -> None:
        """Wait for a lane that can take anybody: a permit is taken without a document reader too.

        Raises:
            TimeoutError: it does not come.
        """
        await self._until(self._is_whole, READY_WITHIN_S)

    async def play(self, scenario: Scenario, texts: Sequence[str]) -> Outcome:
        """Let one scenario happen, from a ready lane to a ready lane."""
        outcome = Outcome(scenario, scenario.expected[self._bench.shape])
        began_s = time.monotonic()
        try:
            await self.until_ready()
            began_s = time.monotonic()
            self._outcome = outcome
            self._act(outcome, LaneState.READY)
            if any(fault.at is LaneState.READY for fault in scenario.faults):
                await self._until(lambda: not self._is_whole(), READY_WITHIN_S)
                await self.until_ready()
            self._let_come(scenario, texts)
            await self._until(lambda: self._is_over(outcome), SCENARIO_WITHIN_S)
        except TimeoutError:
            outcome.problem = f"the lane still stands in {self._shown.get('state', 'no state')}"
        outcome.took_s = time.monotonic() - began_s
        self._outcome = None
        for task in tuple(self._tasks):
            task.cancel()
        return outcome

    def _let_come(self, scenario: Scenario, texts: Sequence[str]) -> None:
        # Each scenario draws its own people, so that it goes the same way whatever came before it.
        draw = Random(f"{self._seed} {scenario.name}")  # noqa: S311  # repeats itself on purpose
        comers = zip(scenario.names, scenario.people, texts, strict=True)
        for name, comer, text in comers:
            self._bench.walkway.add(
                traveller(
                    name,
                    draw,
                    token=text,
                    document=name if comer.document else "",
                    hand=_hand(comer),
                    faces=(comer.face,),
                    habit=comer.habit,
                )
            )

    def _is_whole(self) -> bool:
        return self._shown.get("state") == "ready" and not self._shown.get("missing")

    def _is_over(self, outcome: Outcome) -> bool:
        gone = len(outcome.people) == len(outcome.scenario.people)
        return gone and self._shown.get("state") == "ready" and not self._tasks

    def _left(self, left: Left) -> None:
        if self._outcome is not None:
            self._outcome.people.append(left.way)
        self._changed.set()

    def _act(self, outcome: Outcome, state: LaneState) -> None:
        for fault in outcome.scenario.faults:
            if fault.at is state and outcome.saw.count(state) <= 1:
                self._start(self._break(fault))
        for duty in outcome.scenario.officer:
            if duty.at is state:
                self._start(self._attend(duty))

    async def _break(self, fault: Fault) -> None:
        self._bench.set_fault(fault.fault, on=True)
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            self._bench.set_fault(fault.fault, on=False)

    async def _attend(self, duty: Duty) -> None:
        """Do what an officer does, as long as the lane stands where it called for it."""
        for action in duty.does:
            await asyncio.sleep(duty.after_s)
            if self._shown.get("state") != duty.at:
                return
            match action:
                case "tell_to_leave":
                    self._bench.walkway.tell_to_leave()
                case "clear_luggage":
                    self._bench.walkway.clear_luggage()
                case "close_emergency_loop":
                    self._bench.set_fault("emergency_open", on=False)
                case order:
                    self.console.order(order, self._shown.get("passage") or 0, "as the drill says")

    def _start(self, work: Any) -> None:  # noqa: ANN401  # any coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _until(self, holds: Any, within_s: float) -> None:  # noqa: ANN401  # a condition
        async with asyncio.timeout(within_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


async def demonstrate(options: Options, say: Console) -> int:
    """Run the whole demonstration; return its exit status.

    Raises:
        PcscdNotPossible: somebody would carry a chip document, and no reader can be had here.
    """
    scenarios = _chosen(options)
    pictures = options.folder.parent / "faces"
    say.print(f"[bold]egate bench, {options.shape}[/bold]: {len(scenarios)} scenarios")
    if any(scenario.token is Token.CHIP for scenario in scenarios):
        await asyncio.to_thread(lambda: PrivatePcscd().close())  # before anything takes long
    say.print("making the faces, keys and permits of the bench ...")
    await asyncio.to_thread(faces.obtain, pictures)
    permits, carried = await _issued(options.folder, pictures, scenarios)
    live = faces.live_pictures(pictures)
    bench = Bench(
        options.shape,
        options.folder,
        live,
        seed=options.seed,
        carried=carried,
        finger=options.finger,
    )
    if options.readers == "camera":
        bench.code_camera = CodeCamera(options.seed)
        bench.page_camera = None if carried is None else PageCamera(options.seed)
    await bench.open(SHORT_LIMITS if options.every or options.only else {})
    try:
        await _enrol(options, scenarios, bench, say)
        outcomes = await _play_all(options, scenarios, permits, bench, say)
    finally:
        await bench.close()
    return await _report(options, scenarios, outcomes, bench, say)


async def _enrol(
    options: Options, scenarios: Sequence[Scenario], bench: Bench, say: Console
) -> None:
    """Enrol the fingers of those residents who are to lay one down."""
    who = faces_with_finger(scenarios)
    if bench.sensor is not None and who:
        say.print("enrolling fingers at the gate's sensor ...")
        await enrol_fingers(who, bench.sensor, bench.profile, options.folder / "gate")


def _hand(comer: Comer) -> Hand | None:
    """Return the hand of somebody who is enrolled with a finger; the wrong one is nobody's."""
    match comer.finger:
        case "":
            return None
        case "own":
            return Hand(finger_of(comer.face))
        case "wrong":
            return Hand(finger_of("nobody"))
        case "wrong_first":
            return Hand(finger_of(comer.face), first=finger_of("nobody"))
        case touch:
            return Hand(finger_of(comer.face), Touch(touch))


async def _issued(
    folder: Path, pictures: Path, scenarios: Sequence[Scenario]
) -> tuple[dict[tuple[str, int], str], dict[str, Carried] | None]:
    """Issue what people bring: permits, and documents if anybody brings one."""
    issuer = Issuer(folder / "issuer", folder / "gate", pictures)
    await issuer.found()
    permits = await issuer.permits(scenarios)
    if all(scenario.token is Token.QR for scenario in scenarios):
        return permits, None
    office = PassportOffice(folder / "utopia", folder / "gate", pictures, time.time())
    await office.found()
    return permits, await asyncio.to_thread(office.documents, scenarios)


async def _play_all(
    options: Options,
    scenarios: Sequence[Scenario],
    permits: Mapping[tuple[str, int], str],
    bench: Bench,
    say: Console,
) -> list[Outcome]:
    """Start the gate, lead every scenario through it, stop the gate."""
    director = Director(bench, options.seed)
    watching = asyncio.get_running_loop().create_task(director.console.run())
    began_s = time.monotonic()
    gate = GateProcess(bench, options.folder / "gate", options.folder / "gate.log")
    outcomes: list[Outcome] = []
    try:
        await gate.start()
        await director.until_ready()
        say.print(f"lane ready after {time.monotonic() - began_s:.1f} s")
        for scenario in scenarios:
            texts = [permits[scenario.name, place] for place in range(len(scenario.people))]
            outcomes.append(await director.play(scenario, texts))
            say.print(_line(len(outcomes), len(scenarios), outcomes[-1]))
            if outcomes[-1].problem:
                break
    except TimeoutError:
        say.print("[red]the lane did not become ready[/red]; the gate's own words are in gate.log")
    finally:
        await gate.stop()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    return outcomes


def _chosen(options: Options) -> tuple[Scenario, ...]:
    if options.only:
        return load_all(lambda each: each.name in options.only)
    with_attackers = len(options.tokens) > 1
    return in_turns(
        load_all(lambda each: options.every or each.in_demo or (with_attackers and each.is_attack)),
        options.tokens,
    )


def _line(number: int, of: int, outcome: Outcome) -> str:
    mark = "[red]![/red]" if outcome.problem else "[green]-[/green]"
    ways = ", ".join(outcome.people) or "nobody left"
    return f"{mark} {number}/{of} {escape(outcome.scenario.title)}: {ways}, {outcome.took_s:.1f} s"


async def _report(
    options: Options,
    scenarios: Sequence[Scenario],
    outcomes: Sequence[Outcome],
    bench: Bench,
    say: Console,
) -> int:
    """Print the two tables and the journal's path; 0 only when all ended as expected."""
    journal = options.folder / "gate" / "journal.sqlite"
    table = Table("traveller", "what happened", "expected", "s", "", title="travellers")
    good = 0
    for outcome in outcomes:
        told = [await _passage(journal, number) for number in outcome.passages]
        problem = judge(outcome, told)
        good += not problem
        table.add_row(
            escape(outcome.scenario.title),
            escape(_happened(outcome, told)),
            escape(", ".join(outcome.expected.endings)),
            f"{outcome.took_s:.1f}",
            escape(problem) if problem else "as expected",
        )
    say.print(table)
    times = await _egate("passages", "times", "--journal", str(journal))
    say.print(times.decode(errors="replace"), markup=False, highlight=False)
    say.print(f"journal: {journal}", markup=False, highlight=False, soft_wrap=True)
    if bench.two_doors_s > 0:
        say.print(f"[red]two doors stood open for {bench.two_doors_s:.2f} s[/red]")
    missing = len(scenarios) - good
    say.print(f"{good} of {len(scenarios)} ended as expected")
    return 0 if missing == 0 and bench.two_doors_s == 0 else 1


def judge(outcome: Outcome, told: Sequence[dict[str, Any]]) -> str:
    """Return what did not come as expected, in words; empty when all did."""
    expected = outcome.expected
    endings = tuple(str(each.get("ending")) for each in told)
    findings = " ".join(json.dumps(each) for each in told)
    checks = {
        outcome.problem: not outcome.problem,
        f"endings {', '.join(endings) or 'none'}": endings == expected.endings,
        f"left {', '.join(outcome.people)}": tuple(outcome.people) == expected.people,
        "a reason is missing": all(reason in findings for reason in expected.reasons),
        "a state was not seen": all(state in outcome.saw for state in expected.saw),
    }
    return "; ".join(what for what, holds in checks.items() if not holds)


def _happened(outcome: Outcome, told: Sequence[dict[str, Any]]) -> str:
    endings = ", ".join(str(each.get("ending")) for each in told) or "no passage"
    return f"{endings}; left {', '.join(outcome.people) or 'not at all'}"


async def _passage(journal: Path, number: int) -> dict[str, Any]:
    raw = await _egate("passages", "show", str(number), "--journal", str(journal), "--json")
    try:
        told: dict[str, Any] = json.loads(raw)
        return {"ending": told["times"]["ending"], "entries": told["entries"]}
    except (ValueError, KeyError, TypeError):
        return {"ending": "not in the journal"}


async def _egate(*words: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "egate", *words, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said
