"""A run of checks at the terminal, and its reports in files: for `egate doctor` and `selftest`.

While it runs one line below tells which check is at work, where a person watches; `paused` takes
it away while that person is asked something. At the end come the checks, each with finding and
cure, and how many there are of each outcome. It decides nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
import os
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Self

import typer

from egate.cli.broken_off import nobody_reads
from egate.cli.output import ExitCode, complain, in_words, printable, show, show_json, width
from egate.selftest.as_html import SIGNS
from egate.selftest.catalogue import Catalogue, limit, with_unit
from egate.selftest.check import Outcome, Result
from egate.selftest.report import WORST_FIRST, Report, Worst, counts
from egate.selftest.runner import Step

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from rich.table import Table
    from rich.text import Text

COLOURS = {Outcome.FAILED: "bold red", Outcome.WARNED: "yellow", Outcome.PASSED: "green"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a report is to go, and how: as told on the command line."""

    as_json: bool = False
    junit: Path | None = None
    html: Path | None = None
    show_all: bool = False
    strict: bool = False


class Shown:
    """One line below that tells how far the work is; nothing where nobody watches."""

    def __init__(self, told: Catalogue) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._told = told
        console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))
        columns = (
            BarColumn(24),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._bar: Progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._bar.stop()

    def step(self, step: Step) -> None:
        """Tell where the work is."""
        done = step.number - (step.result is None)
        words = f"{step.id} {self._told.title(step.id)}"
        with suppress(OSError):
            self._bar.update(self._task, completed=done, total=step.in_all, description=words)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the line away while a person is asked."""
        with suppress(OSError):
            self._bar.stop()
        try:
            yield
        finally:
            with suppress(OSError):
                self._bar.start()


def give(report: Report, told: Catalogue, wanted: Wanted, key: "Ed25519PrivateKey | None") -> None:
    """Write the report's files and show it; end the command with the run's exit code.

    The files come first: they stand also where the terminal is gone.
    """
    write_files(report, told, wanted, key)
    ending = ExitCode(report.ending(strict=wanted.strict))
    try:
        _shown(report, told, wanted)
        if ending is ExitCode.COULD_NOT_RUN:
            complain(told.word("broken_off" if report.was_stopped else "nothing"))
        sys.stdout.flush()
    except OSError as error:
        nobody_reads()
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    raise typer.Exit(ending)


def _shown(report: Report, told: Catalogue, wanted: Wanted) -> None:
    if wanted.as_json:
        from egate.selftest.as_json import as_fields

        show_json(report.about.kind, **as_fields(report, told, strict=wanted.strict))
    else:
        show_report(report, told, show_all=wanted.show_all)


def write_files(
    report: Report, told: Catalogue, wanted: Wanted, key: "Ed25519PrivateKey | None"
) -> None:
    """Write the reports asked for; end the command where one cannot be written."""
    from egate.selftest.as_html import as_html, signed
    from egate.selftest.as_junit import as_junit

    if wanted.junit is not None:
        _write(wanted.junit, as_junit(report, told))
    if wanted.html is not None:
        signer = "" if key is None else key.public_key().public_bytes_raw().hex()
        page = as_html(report, told, signer)
        _write(wanted.html, page if key is None else signed(page, key))


def signing_key(path: Path) -> "Ed25519PrivateKey | None":
    """Return the gate's journal key to sign a report with, None when there is none to use.

    It is never made here: that is the gate's.
    """
    from egate.journal.key_file import KeyFileError
    from egate.journal.key_file import signing_key as read_or_make

    try:
        return read_or_make(path, os.urandom) if path.exists() else None
    except (KeyFileError, OSError):
        return None  # a check of the doctor tells what is wrong with it


def show_report(report: Report, told: Catalogue, *, show_all: bool) -> None:
    """Write the checks by outcome, what is wrong last, and how many there are of each."""
    from rich.console import Console

    worst = report.worst(first=WORST_FIRST[::-1])  # what is wrong stands nearest to the prompt
    many = counts(one.result for one in worst)
    hidden = set() if show_all else {Outcome.NOT_APPLICABLE}
    shown = [one for one in worst if one.result.outcome not in hidden]
    place = max((len(one.result.id) for one in shown), default=0)
    console = Console(width=width(), no_color=bool(os.environ.get("NO_COLOR")), highlight=False)
    for outcome, group in groupby(shown, key=lambda one: one.result.outcome):
        console.print(_heading(outcome, many[outcome], told))
        console.print(_table(group, told, place))
    if not show_all and many[Outcome.NOT_APPLICABLE]:
        show(told.word("hidden").format(count=many[Outcome.NOT_APPLICABLE]))
    show(told.word("summary").format(**{str(outcome): count for outcome, count in many.items()}))


def _heading(outcome: Outcome, count: int, told: Catalogue) -> "Text":
    from rich.text import Text

    return Text(f"{SIGNS[outcome]} {told.word(outcome)}: {count}", COLOURS.get(outcome, "bold"))


def _table(group: Iterable[Worst], told: Catalogue, place: int) -> "Table":
    """Return the checks of one outcome: id, then title, finding and figures, then the cure."""
    from rich.table import Column, Table
    from rich.text import Text

    table = Table.grid(
        Column(no_wrap=True, min_width=place + 2), Column(overflow="fold"), padding=(0, 2, 0, 0)
    )
    for one in group:
        result = one.result
        often = f" ({one.failed}/{one.rounds})" if one.failed and one.rounds > 1 else ""
        lines = [*_lines(result, told)]
        text = Text(printable(f"{told.title(result.id)}{often}: "), "bold")
        text.append_text(Text("\n").join(Text(printable(line)) for line in lines))
        table.add_row(Text(f"  {printable(result.id)}"), text)
    return table


def _lines(result: Result, told: Catalogue) -> Iterator[str]:
    """Give the finding with its figures, then the cure."""
    figures = "; ".join(
        f"{told.measure(result.id, one)}: {with_unit(one.value, one.unit)}, "
        f"{told.word('limit')} {limit(one)}"
        for one in result.answer.measured
        if limit(one)
    )
    yield told.finding(result) + (f" ({figures})" if figures else "")
    cure = told.cure(result)
    if cure:
        yield f"→ {cure}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        complain(in_words(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
