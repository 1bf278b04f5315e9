"""Readers of machine readable zones, side by side: `python -m tests.bench_mrz`; one table.

    exact      every character of every line right, whether the reader would stand by it or not
    accepted   what a gate would take: ours by its own gate, a peer's when egate.document.mrz finds
               a zone whose every check digit agrees
    wrong      accepted, and not exact: what must never be
    ms         median of all pictures, the start left out; CPU ms: computing
    MB         the largest ever resident

Each reader has a process and an environment of its own under .bench/mrz, installed at the first
run. What cannot be installed has a row that says so. Zones that do not follow the standard are
counted apart. Pages are rendered by this benchmark, seeded, in the letters that
our network was trained on: they flatter it, so they are told apart.

Source: research/mrz_qr.md sections 1 and 2.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
import sys
import tempfile

from rich.console import Console
from rich.table import Table

from egate.document import mrz
from egate.domain.check import Outcome
from tests.bench_mrz.pages import rendered
from tests.bench_mrz.pictures import Labelled, NoPictures, labelled
from tests.bench_mrz.readers import READERS, Came, Reader, run

NOT_SURE = "?"
GROUPS = ("specimen", "camera", "page", "odd")


def main() -> int:
    """Measure and print; without the labelled pictures nothing is measured."""
    words = _parser().parse_args()
    say = Console(width=150)
    with tempfile.TemporaryDirectory(prefix="bench-mrz-") as folder:
        try:
            pictures = (*labelled(), *rendered(Path(folder), words.pages))
        except NoPictures as error:
            say.print(str(error))
            return 3
        table = _table(pictures)
        for reader in READERS:
            if words.only is None or words.only in reader.name:
                came = run(reader, [one.file for one in pictures])
                cells = list(_cells(reader, came, pictures))
                table.add_row(reader.name, *cells)
                say.print(f"{reader.name}: {' '.join(cells)}")
        say.print(table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-mrz", description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=40, help="rendered pages, 40 if not given")
    parser.add_argument("--only", help="readers with this in their name")
    return parser


def _table(pictures: Sequence[Labelled]) -> Table:
    counts = [sum(one.group == group for one in pictures) for group in GROUPS]
    heads = [f"exact {name} /{count}" for name, count in zip(GROUPS, counts, strict=True)]
    table = Table("reader", *heads, "accepted", "wrong", "ms", "CPU ms", "MB", "raised", "licence")
    for column in table.columns[1:-1]:
        column.justify = "right"
    return table


def _cells(reader: Reader, came: Came, pictures: Sequence[Labelled]) -> Iterator[str]:
    if came.trouble:
        yield from ("-",) * (len(GROUPS) + 6)
        yield came.trouble
        return
    read = [tuple(line for line in lines if line != NOT_SURE) for lines in came.lines]
    exact = [lines == one.lines for lines, one in zip(read, pictures, strict=True)]
    accepted = [_is_accepted(lines) for lines in came.lines]
    for group in GROUPS:
        yield str(sum(e for e, one in zip(exact, pictures, strict=True) if one.group == group))
    whole = sum(one.group != "odd" for one in pictures)
    taken = sum(a for a, one in zip(accepted, pictures, strict=True) if one.group != "odd")
    yield f"{taken}/{whole}"
    yield str(sum(a and not e for a, e in zip(accepted, exact, strict=True)))
    yield f"{median(came.took_ms):.0f}"
    yield f"{median(came.cpu_ms):.0f}"
    yield f"{came.peak_mb:.0f}"
    yield " ".join([str(len(came.raised)), *sorted(set(came.raised))])
    yield reader.licence


def _is_accepted(lines: Sequence[str]) -> bool:
    """Say whether a zone would count: ours says itself when it is not sure."""
    if NOT_SURE in lines:
        return False
    reading = mrz.read(lines)
    return reading.mrz is not None and not any(
        one.outcome is Outcome.FAILED for one in reading.findings
    )


if __name__ == "__main__":
    sys.exit(main())
