"""The soak on the command line: `python -m tests.soak --passages N --seed S [--lane SHAPE]`."""

import argparse
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from egate.domain.lane_part import Shape
from tests.soak.soak import Soak, SoakBroken
from tests.soak.world import Totals


def main() -> int:
    """Run the soak; 0 when every invariant held, 1 when one broke."""
    words = _parser().parse_args()
    say = Console()
    for shape in [Shape(words.lane)] if words.lane else list(Shape):
        began_s = time.process_time()
        try:
            totals = _run(shape, words.passages, words.seed, say)
        except SoakBroken as broken:
            say.print(str(broken), markup=False, highlight=False, soft_wrap=True)
            say.print(f"again: python -m tests.soak --lane {shape} --seed {words.seed}")
            return 1
        took_s = time.process_time() - began_s
        say.print(_table(shape, words.seed, totals, took_s))
    return 0


def _run(shape: Shape, passages: int, seed: int, say: Console) -> Totals:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=say) as progress:
        task = progress.add_task(f"{shape}, seed {seed}", total=passages)
        totals = Soak(shape, seed).run(
            passages, lambda so_far: progress.update(task, completed=so_far.passages)
        )
        progress.update(task, completed=totals.passages)
    return totals


def _table(shape: Shape, seed: int, totals: Totals, took_s: float) -> Table:
    table = Table(title=f"{shape}, seed {seed}: every invariant held")
    table.add_column("what")
    table.add_column("how many", justify="right")
    rate = totals.passages / took_s
    table.add_row("passages", f"{totals.passages:,}")
    table.add_row("passages/s on one core", f"{rate:,.0f}")
    table.add_row("seconds lived", f"{totals.virtual_s:,.0f}")
    table.add_row("events", f"{totals.events:,}")
    table.add_row("longest inside, faults mended, s", f"{totals.longest_inside_s:.0f}")
    table.add_row("longest not ready, faults mended, s", f"{totals.longest_unready_s:.0f}")
    for name, counts in (
        ("ended", totals.endings),
        ("left", totals.ways),
        ("came", totals.habits),
        ("broke", totals.faults),
        ("ordered", totals.orders),
        ("excused", totals.excused),
        ("finger", totals.fingers),
    ):
        table.add_section()
        for what, count in counts.most_common():
            table.add_row(f"{name}: {what}", f"{count:,}")
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000, help="how many, for each shape")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lane", choices=[shape.value for shape in Shape], help="only this shape")
    return parser


if __name__ == "__main__":
    sys.exit(main())
