"""Chip documents on the command line: `python -m tests.bench_chip`; tables, and nothing fails."""

import argparse
from contextlib import ExitStack
import os
from pathlib import Path
import platform
import resource
import sys
import tempfile

from rich.console import Console

from tests.bench_chip.readings import (
    ANSWER_BYTES,
    OPENINGS,
    Desk,
    NotMeasured,
    desk,
    document,
    in_process,
)
from tests.bench_chip.stores import prove_documents
from tests.bench_chip.tables import WAITED_OUT, Row, host_table, line_table, store_table

RUNS = 40
LOADS = 5


def main() -> int:
    """Measure and print; what could not be measured is said first, and stays empty."""
    words = _parser().parse_args()
    say = Console(soft_wrap=False)
    with ExitStack() as stack:
        place = _desk(stack, say)
        rows = _rows(place, words.runs, say)
    say.print("GM, IM, CAM: PACE with that mapping and AES-128; bp256: brainpoolP256r1")
    say.print(line_table(rows))
    say.print(host_table(rows))
    with tempfile.TemporaryDirectory(prefix="bench-chip-") as folder:
        say.print(store_table(prove_documents(Path(folder) / "store", LOADS, words.runs)))
    _say_where(rows, say)
    return 0


def _desk(stack: ExitStack, say: Console) -> Desk | None:
    try:
        return stack.enter_context(desk())
    except NotMeasured as why:
        say.print(f"[bold red]NO PC/SC HERE, nothing is measured through pcscd: {why}[/]")
        return None


def _rows(place: Desk | None, runs: int, say: Console) -> list[Row]:
    rows = []
    for opening, offers in OPENINGS.items():
        say.print(f"{opening} ...")
        held = document(offers)
        for line, answer_bytes in ANSWER_BYTES.items():
            direct = in_process(held, answer_bytes, runs)
            through = place.measure(held, answer_bytes, runs, WAITED_OUT) if place else None
            rows.append(Row(opening, line, held.size, direct, through))
    return rows


def _say_where(rows: list[Row], say: Console) -> None:
    if not any(row.through for row in rows):
        say.print("[bold red]NO PC/SC HERE: the columns from pcscd to slept are empty[/]")
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    sizes = sorted({row.document_bytes for row in rows})
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    python = platform.python_version()
    say.print(
        f"documents of {sizes[0]} to {sizes[-1]} bytes; {platform.machine()}, Python {python}"
    )
    say.print("pypassport: recorded on another day, of its state of June 2026; not measured")
    say.print(f"{os.cpu_count()} cores, load {loads}: others' work on them lengthens every time")
    say.print(f"this process, simulated chip and all, was {peak_mb:.0f} MB at most")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_chip", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="readings of each scenario")
    return parser


if __name__ == "__main__":
    sys.exit(main())
