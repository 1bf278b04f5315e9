"""The figures of the gate, measured on the bench and printed beside what DESIGN section 9 asks.

Ten plain passages in real time, then deaths of hosts and openings of the emergency loop, against
`egate run` as at a border. Nothing here passes or fails: a busy machine gives other figures, and
the tables say so. What the journal knows is asked of `egate passages`; what the plant knows is
measured at the plant, on the clock that all processes of the machine share.

Source: DESIGN section 9.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import json
from math import ceil
import os
from pathlib import Path
import signal
from statistics import median
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from egate.domain.lane_part import DOOR_RELEASE, Output, Shape
from simulators import faces
from simulators.bench import Bench
from simulators.cast import Issuer
from simulators.director import Director
from simulators.gate_process import GateProcess
from simulators.lane_console import LaneConsole, Shown
from simulators.plant import EDGES_KEPT, Edge
from simulators.scenario import Scenario, load_all

STARTS = RESTARTS = 5
EMERGENCIES = 200
WITHIN_S = 20.0
GROWN_UP_S = 1.2  # a host that dies younger waits before it is started again
LOOK_S = 0.002
HOUSE = Path(__file__).parent.parent
TICKS_A_S = os.sysconf("SC_CLK_TCK")
HOSTS = ("scanner", "vision")

Ms = float


@dataclass(frozen=True, slots=True)
class Options:
    """What the developer asked for."""

    shape: Shape
    passages: int
    folder: Path


@dataclass(slots=True)
class Figures:
    """Everything that was measured."""

    starts_s: list[float]
    restarts_s: dict[str, list[float]]
    to_pins_ms: list[Ms]
    to_output_ms: list[Ms]
    steps: list[dict[str, Any]]
    memory_kb: dict[str, tuple[int, int]]
    cpu_s: dict[str, float]
    passages_s: float
    came_through: int


class Stamped(deque[Edge]):
    """The plant's edges, each with the instant at which it happened."""

    def __init__(self) -> None:
        super().__init__(maxlen=EDGES_KEPT)
        self.at_s: deque[tuple[float, Edge]] = deque(maxlen=EDGES_KEPT)

    def append(self, edge: Edge, /) -> None:
        """Keep it, and when."""
        super().append(edge)
        self.at_s.append((time.monotonic(), edge))

    def first(self, output: Output, *, on: bool, since_s: float) -> float | None:
        """Return when this output first had this level since then."""
        for at_s, edge in self.at_s:
            if at_s >= since_s and edge.part is output and edge.on == on:
                return at_s
        return None


class Measuring:
    """One bench with one gate at a time, and the officer's view of it."""

    def __init__(self, options: Options, pictures: Path) -> None:
        self.bench = Bench(options.shape, options.folder, faces.live_pictures(pictures))
        self.bench.plant.edges = self.edges = Stamped()
        self.director = Director(self.bench, 1)
        self.console = LaneConsole(self.bench.run_folder / "lane.sock", self._on_state)
        self.gate = GateProcess(self.bench, options.folder / "gate", options.folder / "gate.log")
        self._shown: Shown = {}

    @asynccontextmanager
    async def opened(self) -> Any:  # noqa: ANN401  # an iterator of nothing
        """Open the bench and watch; the gate is started and stopped by whoever wants one."""
        await self.bench.open({})
        loop = asyncio.get_running_loop()
        watching = [loop.create_task(self.console.run()), loop.create_task(self._direct())]
        try:
            yield
        finally:
            await self.gate.stop()
            for task in watching:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self.bench.close()

    async def start(self) -> float:
        """Start the gate; return how long the lane took to be ready."""
        self._shown = {}
        began_s = time.monotonic()
        await self.gate.start()
        await self.until(self.is_ready)
        return time.monotonic() - began_s

    async def restart(self, host: str) -> float:
        """Kill a host; return how long it took to be there again."""
        await asyncio.sleep(GROWN_UP_S)
        began_s = time.monotonic()
        os.kill(self.gate.pids()[host], signal.SIGKILL)
        await self.until(lambda: self._shown["missing"])
        await self.until(lambda: not self._shown["missing"])
        back_s = time.monotonic() - began_s
        await self.until(self.is_ready)
        return back_s

    async def emergency(self) -> Ms:
        """Open the loop; return how long every release took to change at the board's pins."""
        wanted = [
            (DOOR_RELEASE[door], not self.bench.plant.fails_free(door))
            for door in self.bench.plant.leaves
        ]
        began_s = time.monotonic()
        self.bench.set_fault("emergency_open", on=True)

        def happened() -> list[float]:
            found = (self.edges.first(line, on=on, since_s=began_s) for line, on in wanted)
            return [at_s for at_s in found if at_s is not None]

        await self.until(lambda: len(happened()) == len(wanted))
        took_ms = (max(happened()) - began_s) * 1000
        await self.until(lambda: self._shown["state"] == "emergency")
        self.bench.set_fault("emergency_open", on=False)
        while self._shown["state"] == "emergency":
            self.console.order("reset_emergency", 0, "measuring")
            await asyncio.sleep(0.02)
        return took_ms

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition, looking often.

        Raises:
            TimeoutError: it does not come.
        """
        async with asyncio.timeout(WITHIN_S):
            while not holds():
                await asyncio.sleep(LOOK_S)

    def is_ready(self) -> bool:
        """Say whether the lane waits for a traveller."""
        return self._shown.get("state") == "ready"

    def _on_state(self, shown: Shown) -> None:
        self._shown = shown

    async def _direct(self) -> None:
        await self.director.console.run()


async def measure(options: Options, say: Console) -> int:
    """Measure everything and print it; 0 when every passage came through."""
    pictures = options.folder.parent / "faces"
    await asyncio.to_thread(faces.obtain, pictures)
    issuer = Issuer(options.folder / "issuer", options.folder / "gate", pictures)
    await issuer.found()
    scenarios = _plain(options.passages)
    permits = await issuer.permits(scenarios)
    lane = Measuring(options, pictures)
    async with lane.opened():
        figures = await _measured(lane, scenarios, permits, say)
    show(figures, options, say)
    return 0 if figures.came_through == options.passages else 1


async def _measured(
    lane: Measuring,
    scenarios: Sequence[Scenario],
    permits: Mapping[tuple[str, int], str],
    say: Console,
) -> Figures:
    say.print(f"{STARTS} starts ...")
    starts_s = [await lane.start()]
    for _ in range(STARTS - 1):
        await lane.gate.stop()
        starts_s.append(await lane.start())
    say.print(f"{len(scenarios)} passages ...")
    cpu_before_s, began_s = _cpu_s(lane.gate), time.monotonic()
    through = 0
    for scenario in scenarios:
        outcome = await lane.director.play(scenario, [permits[scenario.name, 0]])
        through += outcome.people == ["through"]
    passages_s = time.monotonic() - began_s
    cpu_s = {name: used - cpu_before_s[name] for name, used in _cpu_s(lane.gate).items()}
    memory_kb = {name: _memory_kb(pid) for name, pid in _processes(lane.gate).items()}
    say.print(f"{2 * RESTARTS} deaths of hosts ...")
    restarts_s = {host: [await lane.restart(host) for _ in range(RESTARTS)] for host in HOSTS}
    say.print(f"{EMERGENCIES} openings of the emergency loop ...")
    to_pins_ms = [await lane.emergency() for _ in range(EMERGENCIES)]
    await lane.until(lane.is_ready)
    return Figures(
        starts_s=starts_s,
        restarts_s=restarts_s,
        to_pins_ms=to_pins_ms,
        to_output_ms=await _to_output_ms(lane.gate.journal),
        steps=(await _egate("passages", "times", "--journal", str(lane.gate.journal)))["steps"],
        memory_kb=memory_kb,
        cpu_s=cpu_s,
        passages_s=passages_s,
        came_through=through,
    )


def show(figures: Figures, options: Options, say: Console) -> None:
    """Print the tables."""
    say.print(_steps(figures))
    say.print(_delays(figures))
    say.print(_footprint(figures))
    say.print(_times(figures))
    say.print(_lines_of_code())
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    say.print(f"{options.shape}, {os.cpu_count()} cores, load {loads}; plant's tick 5 ms")
    say.print(f"{figures.came_through} of {options.passages} came through")


def _steps(figures: Figures) -> Table:
    table = table_of("steps of a passage, s", "step", "p50", "budget", "p95", "budget", "n")
    for row in figures.steps:
        table.add_row(
            str(row["step"]),
            _seconds(row["p50_s"]),
            f"{row['budget_p50_s']:g}",
            _seconds(row["p95_s"]),
            f"{row['budget_p95_s']:g}",
            str(row["count"]),
        )
    return table


def _delays(figures: Figures) -> Table:
    table = table_of("delays, ms", "from, to", "n", "p50", "p99", "max", "p99 at most")
    for what, values, target in (
        ("event to output, by the journal", figures.to_output_ms, "50"),
        ("emergency loop open to the last release at the pins", figures.to_pins_ms, "100"),
    ):
        cells = [f"{value:.1f}" for value in (percentile(values, 0.5), percentile(values, 0.99))]
        table.add_row(what, str(len(values)), *cells, f"{max(values):.1f}", target)
    return table


def _footprint(figures: Figures) -> Table:
    names = ("process", "PSS MB", "RSS MB", "CPU s", "CPU %", "at most")
    table = table_of("memory and processor, over the passages", *names)
    for name, (pss_kb, rss_kb) in figures.memory_kb.items():
        table.add_row(name, *_use(pss_kb, rss_kb, figures.cpu_s[name], figures.passages_s), "")
    pss_kb = sum(pss for pss, _ in figures.memory_kb.values())
    rss_kb = sum(rss for _, rss in figures.memory_kb.values())
    used_s = sum(figures.cpu_s.values())
    table.add_row("sum", *_use(pss_kb, rss_kb, used_s, figures.passages_s), "450 MB")
    return table


def _use(pss_kb: int, rss_kb: int, used_s: float, of_s: float) -> Iterator[str]:
    yield f"{pss_kb / 1024:.1f}"
    yield f"{rss_kb / 1024:.1f}"
    yield f"{used_s:.2f}"
    yield f"{100 * used_s / of_s:.1f}"


def _times(figures: Figures) -> Table:
    table = table_of("start and restart, s", "from, to", "n", "p50", "max", "at most")
    for what, values, target in (
        ("egate run to lane ready", figures.starts_s, "5"),
        ("scanner killed to back", figures.restarts_s["scanner"], "1"),
        ("vision killed to back", figures.restarts_s["vision"], "1"),
    ):
        table.add_row(what, str(len(values)), f"{median(values):.2f}", f"{max(values):.2f}", target)
    return table


def _lines_of_code() -> Table:
    table = table_of("lines of code (no blank ones)", "room", "files", "lines")
    rooms = [*sorted((HOUSE / "egate").iterdir()), *(HOUSE / name for name in OTHER_ROOMS)]
    total = 0
    for room in rooms:
        files = sorted(room.rglob("*.py")) if room.is_dir() else [room]
        lines = sum(_lines(file) for file in files if file.suffix == ".py")
        total += lines if room.parent.name == "egate" or room.name == "drivers" else 0
        if lines:
            table.add_row(str(room.relative_to(HOUSE)), str(len(files)), str(lines))
    table.add_row("egate and drivers", "", str(total))
    return table


OTHER_ROOMS = ("drivers", "simulators", "tests")


def _lines(file: Path) -> int:
    return sum(bool(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())


def table_of(title: str, *columns: str) -> Table:
    """Return an empty table, whose first column is words and the others figures."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that is not exceeded by this part of them."""
    return sorted(values)[ceil(part * len(values)) - 1]


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.3f}"


def _plain(count: int) -> tuple[Scenario, ...]:
    return load_all(lambda scenario: "passes" in scenario.name)[:count]


def _processes(gate: GateProcess) -> dict[str, int]:
    return {"supervisor": gate.supervisor, **gate.pids()}


def _memory_kb(pid: int) -> tuple[int, int]:
    """Return the proportional and the resident size (proc(5), smaps_rollup)."""
    sizes = {"Pss:": 0, "Rss:": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, *rest = line.split()
        if name in sizes:
            sizes[name] = int(rest[0])
    return sizes["Pss:"], sizes["Rss:"]


def _cpu_s(gate: GateProcess) -> dict[str, float]:
    """Return the processor time of each process, its own and the system's (proc(5), stat)."""
    used: dict[str, float] = {}
    for name, pid in _processes(gate).items():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[name] = (int(fields[11]) + int(fields[12])) / TICKS_A_S
    return used


async def _to_output_ms(journal: Path) -> list[Ms]:
    """Return what the journal says of every release and lock of every passage."""
    listed = await _egate("passages", "list", "--journal", str(journal), "--last", "1000")
    found: list[Ms] = []
    for passage in listed["passages"]:
        told = await _egate("passages", "show", str(passage["passage"]), "--journal", str(journal))
        found += [
            float(entry["facts"]["event_to_output_ms"])
            for entry in told["entries"]
            if "event_to_output_ms" in entry["facts"]
        ]
    return found


async def _egate(*words: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "egate", *words, "--json", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    told: dict[str, Any] = json.loads(said)
    return told
