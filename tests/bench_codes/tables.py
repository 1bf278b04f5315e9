"""The table of the benchmark: pictures read of each condition, beside what is asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table

from simulators.code_frames import Condition
from simulators.figures import percentile, table_of
from tests.bench_codes.readings import Score

LEAST_READ: Final = 0.88  # of all pictures; issue 4 section 2
MOST_MS: Final = 4.0  # a picture, as it usually is


def code_table(every: Mapping[str, Score], shown: Counter[Condition]) -> Table:
    """Return the pictures each decoder read, by condition, and what it took for them."""
    made = table_of(f"codes read, of {shown.total()} pictures", "condition", "n", *every)
    for condition in Condition:
        rights = (str(score.right[condition]) for score in every.values())
        made.add_row(condition.value, str(shown[condition]), *rights)
    made.add_section()
    shares = (score.right.total() / max(shown.total(), 1) for score in every.values())
    made.add_row("all, %", "", *(share_cell(share) for share in shares))
    made.add_row("wrong", "", *(str(score.wrong) for score in every.values()))
    for name, part in (("CPU ms p50", 0.5), ("CPU ms p95", 0.95)):
        took = (percentile(score.took_ms, part) for score in every.values())
        made.add_row(name, "", *(f"{ms:.1f}" for ms in took))
    return made


def share_cell(share: float) -> str:
    """Return a share of all pictures as a cell; red under what is asked for.

    >>> share_cell(0.8785), share_cell(0.903)
    ('[red]87.8[/]', '90.3')
    """
    cell = f"{100 * share:.1f}"
    return cell if share >= LEAST_READ else f"[red]{cell}[/]"


def stream_words(took_ms: Sequence[float]) -> str:
    """Return what pictures without a code take, in words."""
    mean = sum(took_ms) / len(took_ms)
    return (
        f"a camera's pictures without a code: CPU ms p50 {percentile(took_ms, 0.5):.1f}, "
        f"mean {mean:.1f}, most {max(took_ms):.1f}"
    )
