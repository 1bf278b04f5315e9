"""The open bench: `make demo PAGES=1`, a gate with its pages that a person plays with.

The gate is `egate run` as in the demonstration, and serves its own pages; beside it this process
serves one of the bench's own (simulators/bench_page.py). It goes on until Ctrl-C or SIGTERM, and
leaves no process behind. Who may sign in is written into a temporary folder; the keys are shown
here and on the bench's page, open for no longer than this.

Permits and documents are issued when a traveller is sent: one clears once.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
import signal
import socket
import tempfile
import time
from typing import Final

from rich.console import Console

from simulators import faces
from simulators.bench import HOST
from simulators.bench_page import BenchPage, Link
from simulators.cast import Issuer, egate
from simulators.demo import SHORT_LIMITS, Options, bench_of, enrol
from simulators.director import Director
from simulators.document_reader import Carried
from simulators.gate_process import GateProcess
from simulators.passport_office import PassportOffice
from simulators.play import Play
from simulators.private_pcscd import PrivatePcscd
from simulators.scenario import Scenario, Token, load_all

VOICES: Final = "voices"  # spoken by `make voices`, beside the folder of a run
ROLES: Final = {
    "Officer": ("officer",),
    "Technician": ("technician",),
    "Developer": ("officer", "technician", "auditor"),
}


@dataclass(slots=True)
class Brings:
    """What people of the open bench bring, issued as they come."""

    issuer: Issuer
    office: PassportOffice | None
    carried: dict[str, Carried]
    revoked: Mapping[tuple[str, int], str]
    edition: int = 0

    async def __call__(self, scenario: Scenario) -> Sequence[str]:
        """Issue what the people of a scenario bring; return their permits, "" for who has none."""
        self.edition += 1
        places = range(len(scenario.people))
        if (scenario.name, 0) in self.revoked:
            return [self.revoked[scenario.name, place] for place in places]
        if self.office is not None:
            await asyncio.to_thread(self._documents, self.office, scenario)
        issued = await self.issuer.permits((scenario,), f"-{self.edition}")
        return [issued[scenario.name, place] for place in places]

    def _documents(self, office: PassportOffice, scenario: Scenario) -> None:
        for name, comer in zip(scenario.names, scenario.people, strict=True):
            if comer.document:
                self.carried[name] = office.document(f"{name}-{self.edition}", comer)


async def play(options: Options, say: Console) -> int:
    """Open the bench, and leave it open until told to stop; return the exit status.

    Raises:
        PcscdNotPossible: documents are to be carried, and no reader can be had here.
    """
    with tempfile.TemporaryDirectory(prefix="egate-bench-") as private:
        async with _opened(options, Path(private), say) as (page, gate):
            await gate.start()
            try:
                await page.play.until_ready()
            except TimeoutError:
                say.print(f"[red]the lane did not become ready[/red]; its own words: {gate.log}")
                return 1
            _tell(page, gate, say)
            told = await _until_told(gate)
            say.print("stopping ..." if told else f"[red]the gate has ended[/red]: {gate.log}")
            return 0 if told else 1


async def _until_told(gate: GateProcess) -> bool:
    """Wait for Ctrl-C or SIGTERM; say no when the gate ended before that."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    waits = [loop.create_task(one) for one in (stop.wait(), gate.ended())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    return stop.is_set()


@asynccontextmanager
async def _opened(
    options: Options, private: Path, say: Console
) -> AsyncIterator[tuple[BenchPage, GateProcess]]:
    """Open the bench and its page, beside a gate that is not yet started; close all of it."""
    scenarios = load_all(lambda each: each.token in options.tokens)
    brings = await _founded(options, scenarios, say)
    bench = bench_of(options, None if brings.office is None else brings.carried)
    port = _free_port()
    links = await _admitted(private, port)
    bench.pages = _pages(options.folder.parent, private, port)
    await bench.open(SHORT_LIMITS)
    gate = GateProcess(bench, options.folder / "gate", options.folder / "gate.log")
    director = Director(bench, options.seed, by_script=False)
    page = BenchPage(Play(bench, gate, director, scenarios, brings), links)
    watching = asyncio.get_running_loop().create_task(director.console.run())
    try:
        await enrol(options, scenarios, bench, say)
        await page.open(HOST)
        yield page, gate
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await page.close()
        await gate.stop()
        await bench.close()


async def _founded(options: Options, scenarios: Sequence[Scenario], say: Console) -> Brings:
    """Found who issues, and have revoked what is revoked: the gate hears of it at its start."""
    pictures, folder = options.folder.parent / "faces", options.folder
    say.print(f"[bold]egate bench, {options.shape}[/bold], open to play with")
    reads_documents = Token.CHIP in options.tokens
    if reads_documents:
        await asyncio.to_thread(lambda: PrivatePcscd().close())  # before anything takes long
    say.print("making the faces and keys of the bench ...")
    await asyncio.to_thread(faces.obtain, pictures)
    issuer = Issuer(folder / "issuer", folder / "gate", pictures)
    await issuer.found()
    permits = await issuer.permits([one for one in scenarios if _has_revoked(one)])
    if not reads_documents:
        return Brings(issuer, None, {}, permits)
    office = PassportOffice(folder / "utopia", folder / "gate", pictures, time.time())
    await office.found()
    return Brings(issuer, office, {}, permits)


def _has_revoked(scenario: Scenario) -> bool:
    return any(comer.permit == "revoked" for comer in scenario.people)


async def _admitted(private: Path, port: int) -> tuple[Link, ...]:
    """Let one person of each role sign in; return what to open, with the keys."""
    keys = {}
    for name, roles in ROLES.items():
        words = [word for role in roles for word in ("--role", role)]
        told = await egate("pages", "admit", name, *words, "--people", str(private / "people.json"))
        keys[name] = told.strip()
    origin = f"http://{HOST}:{port}"
    return (
        Link("Traveller's screen", f"{origin}/screen", ""),
        Link("Officer's console", f"{origin}/console", keys["Officer"]),
        Link("Technician's page", f"{origin}/service", keys["Technician"]),
        Link("All of them, and the day", f"{origin}/", keys["Developer"]),
    )


def _pages(runs: Path, private: Path, port: int) -> str:
    lines = [f"port = {port}", f'people = "{private / "people.json"}"', 'language = "en"']
    if (runs / VOICES).is_dir():
        lines.append(f'voices = "{runs / VOICES}"')
    return "\n".join(lines)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as one:
        return int(one.getsockname()[1])


def _tell(page: BenchPage, gate: GateProcess, say: Console) -> None:
    """Say what to open and how to stop, one line each."""
    told = [
        ("The bench", page.address, "send travellers, break devices"),
        *((one.name, one.address, f"key {one.key}" if one.key else "no key") for one in page.links),
    ]
    wide = max(len(name) for name, _, _ in told)
    far = max(len(address) for _, address, _ in told)
    for name, address, what in told:
        line = f"  {name:<{wide}}  {address:<{far}}  {what}"
        say.print(line, markup=False, highlight=False, soft_wrap=True)
    say.print(f"  journal: {gate.journal}", markup=False, highlight=False, soft_wrap=True)
    say.print("Ctrl-C stops all of it.")
