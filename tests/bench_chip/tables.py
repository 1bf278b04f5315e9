"""The tables of the benchmark: what was measured, beside what is asked for and what a peer took.

The model of the line: 10 ms for each APDU, all bytes at the bit rate, and the reader's processor
time; a real chip computes besides, half a second to one and a half for PACE. The peer's figures
are recorded ones, not measured here: pypassport as of June 2026, on a virtual card of the same
size, through pcscd, with the waits of the model slept.

Source: DESIGN section 9; research/emrtd.md 5.1 (the model) and 5.2 (the peer).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from simulators.figures import percentile, table_of
from simulators.vpcd import Radio, Traffic
from tests.bench_chip.readings import InProcess, ThroughPcscd
from tests.bench_chip.stores import Proving

APDU_MS: Final = 10.0
KBIT_S: Final = (106.0, 424.0, 848.0)
WAITED_OUT: Final = Radio(apdu_ms=APDU_MS, kbit_s=424.0)
MOST_APDUS: Final = {"short": 105.0, "ext": 20.0}
MOST_S: Final = {("ext", 424.0): 0.6}
MOST_CPU_MS: Final = {"BAC": 10.0}
MOST_PACE_CPU_MS: Final = 15.0
MOST_LOAD_S, MOST_PROVE_MS = 1.5, 30.0
PEER: Final = "pypassport"
PEER_LINE: Final = ("BAC short", "116", "2289", "22777", "3.34", "1.91", "1.66")
PEER_HOST: Final = ("BAC short", "", "", "45-53", "58-78", "", "1.91", "")
LINE: Final = ("APDUs", "to", "from")
HOST: Final = ("CPU", "p95", "pcscd", "wall", "p95", "slept", "kB")
NOT_MEASURED: Final = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario: how the chip was opened, how long its answers were, and what came of it."""

    opening: str
    line: str
    document_bytes: int
    direct: InProcess
    through: ThroughPcscd | None

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.opening} {self.line}"

    @property
    def cpu_ms(self) -> float:
        """The reader's processor time, as it usually is."""
        return percentile(self.direct.cpu_ms, 0.5)


def modelled_s(traffic: Traffic, kbit_s: float, cpu_ms: float) -> float:
    """Return how long a reading takes by the model.

    >>> round(modelled_s(Traffic(apdus=20, sent=600, received=20_000), 424.0, 10.0), 3)
    0.599
    """
    return (APDU_MS * traffic.apdus + 8 * traffic.size / kbit_s + cpu_ms) / 1000


def held_against(value: float, most: float | None, digits: int) -> str:
    """Return a figure as a cell, beside what is asked for where something is.

    >>> held_against(9.96, 10.0, 1), held_against(10.06, 10.0, 1), held_against(7.0, None, 1)
    ('10.0 ≤ 10', '[bold red]10.1 > 10[/]', '7.0')
    """
    cell = f"{value:.{digits}f}"
    if most is None:
        return cell
    return f"{cell} ≤ {most:g}" if value <= most else f"[bold red]{cell} > {most:g}[/]"


def line_table(rows: list[Row]) -> Table:
    """Return what went over the line, and how long it takes by the model."""
    rates = [f"{kbit_s:.0f}" for kbit_s in KBIT_S]
    made = table_of("the line: bytes, and s at kbit/s by the model", "opened by", *LINE, *rates)
    for row in rows:
        made.add_row(row.name, *line_cells(row))
    made.add_section()
    made.add_row(f"{PEER}\n{PEER_LINE[0]}", *PEER_LINE[1:])
    return made


def line_cells(row: Row) -> Iterator[str]:
    """Return the cells of one scenario after its name."""
    traffic = row.direct.traffic
    yield held_against(traffic.apdus, MOST_APDUS[row.line], 0)
    yield str(traffic.sent)
    yield str(traffic.received)
    for kbit_s in KBIT_S:
        most_s = MOST_S.get((row.line, kbit_s))
        took_s = modelled_s(traffic, kbit_s, row.cpu_ms)
        yield held_against(took_s, most_s, 3 if most_s else 2)


def host_table(rows: list[Row]) -> Table:
    """Return what the reader's host spent on a reading."""
    title = (
        "the host: CPU ms alone; CPU and wall ms through pcscd; s there with the model slept "
        "at 424 kbit/s; kB allocated at once"
    )
    made = table_of(title, "opened by", *HOST)
    for row in rows:
        made.add_row(row.name, *host_cells(row))
    made.add_section()
    made.add_row(f"{PEER}\n{PEER_HOST[0]}", *PEER_HOST[1:])
    return made


def host_cells(row: Row) -> Iterator[str]:
    """Return the cells of one scenario after its name."""
    yield held_against(row.cpu_ms, MOST_CPU_MS.get(row.opening, MOST_PACE_CPU_MS), 1)
    yield f"{percentile(row.direct.cpu_ms, 0.95):.1f}"
    if row.through is None:
        yield from [NOT_MEASURED] * 4
    else:
        yield f"{percentile(row.through.cpu_ms, 0.5):.1f}"
        yield f"{percentile(row.through.wall_ms, 0.5):.1f}"
        yield f"{percentile(row.through.wall_ms, 0.95):.1f}"
        yield f"{row.through.waited_s:.2f}"
    yield f"{row.direct.peak_kb:.0f}"


def store_table(proving: Proving) -> Table:
    """Return what the trust store took."""
    title = f"passive authentication, {proving.country_signers} country signers: {proving.what}"
    made = table_of(title, "CPU of", "n", "p50", "p95")
    figures: Mapping[str, tuple[tuple[float, ...], float]] = {
        "loading the store, s": (proving.load_s, MOST_LOAD_S),
        **{
            f"a document signed with {name}, ms": (took_ms, MOST_PROVE_MS)
            for name, took_ms in proving.prove_ms.items()
        },
    }
    for what, (values, most) in figures.items():
        usual = held_against(percentile(values, 0.5), most, 2)
        made.add_row(what, str(len(values)), usual, f"{percentile(values, 0.95):.2f}")
    return made
