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
from dataclasses import dataclass
from pathlib import Path
import time

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from egate.domain.lane_part import Shape
from simulators import faces
from simulators.bench import Bench, Compares
from simulators.cast import Issuer, egate
from simulators.code_camera import CodeCamera
from simulators.director import Director
from simulators.document_reader import Carried
from simulators.finger_office import enrol_fingers, faces_with_finger
from simulators.gate_process import GateProcess
from simulators.outcome import Outcome, happened, judge, passage, record
from simulators.page_camera import PageCamera
from simulators.passport_office import PassportOffice
from simulators.private_pcscd import PrivatePcscd
from simulators.scenario import Scenario, Token, in_turns, load_all

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
    bench = bench_of(options, carried)
    await bench.open(SHORT_LIMITS if options.every or options.only else {})
    try:
        await enrol(options, scenarios, bench, say)
        outcomes = await _play_all(options, scenarios, permits, bench, say)
    finally:
        await bench.close()
    return await _report(options, scenarios, outcomes, bench, say)


def bench_of(options: Options, carried: dict[str, Carried] | None) -> Bench:
    """Return the bench that was asked for; it is not open yet."""
    live = faces.live_pictures(options.folder.parent / "faces")
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
    return bench


async def enrol(
    options: Options, scenarios: Sequence[Scenario], bench: Bench, say: Console
) -> None:
    """Enrol the fingers of those residents who are to lay one down."""
    who = faces_with_finger(scenarios)
    if bench.sensor is not None and who:
        say.print("enrolling fingers at the gate's sensor ...")
        await enrol_fingers(who, bench.sensor, bench.profile, options.folder / "gate")


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
    """Print the two tables, the journal's path and the record of who ended otherwise.

    0 only when all ended as expected.
    """
    journal = options.folder / "gate" / "journal.sqlite"
    table = Table("traveller", "what happened", "expected", "s", "", title="travellers")
    otherwise: list[tuple[Outcome, str]] = []
    for outcome in outcomes:
        told = [await passage(journal, number) for number in outcome.passages]
        problem = judge(outcome, told)
        if problem:
            otherwise.append((outcome, problem))
        table.add_row(
            escape(outcome.scenario.title),
            escape(happened(outcome, told)),
            escape(", ".join(outcome.expected.endings)),
            f"{outcome.took_s:.1f}",
            escape(problem) if problem else "as expected",
        )
    say.print(table)
    times = await egate("passages", "times", "--journal", str(journal))
    say.print(times, markup=False, highlight=False)
    say.print(f"journal: {journal}", markup=False, highlight=False, soft_wrap=True)
    for outcome, problem in otherwise:
        what = f"[red]not as expected[/red] {outcome.scenario.name}: {escape(problem)}"
        say.print(what, soft_wrap=True)
        for number in outcome.passages:
            text = await record(journal, number)
            say.print(text, markup=False, highlight=False, soft_wrap=True)
    if bench.two_doors_s > 0:
        say.print(f"[red]two doors stood open for {bench.two_doors_s:.2f} s[/red]")
    good = len(outcomes) - len(otherwise)
    say.print(f"{good} of {len(scenarios)} ended as expected")
    return 0 if good == len(scenarios) and bench.two_doors_s == 0 else 1
