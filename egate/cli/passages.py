"""`egate passages`: who passed when, step by step, and how long each step takes.

It reads the journal beside a running gate and shows facts only: personal fields are sealed
in the journal and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.output import ExitCode, complain, show, show_json, show_table

if TYPE_CHECKING:
    from egate.journal.leaf import Recorded
    from egate.journal.reader import Reader
    from egate.journal.times import PassageTimes, Row

OPENS_NOTE = (
    "completed passages without an officer; entry_opens and exit_opens end when the closed contact "
    "lets go, the leaf's own way is in walk_in and walk_out"
)
app = typer.Typer(
    help="List passages, show one, and how long each step took.",
    add_completion=False,
    no_args_is_help=True,
)

Journal = Annotated[
    Path | None,
    typer.Option("--journal", metavar="FILE", help="The journal, when not in DIR."),
]
Data = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", help="The gate's data directory."),
]
Last = Annotated[int, typer.Option("--last", min=1, metavar="N", help="Only the newest N.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
UNFINISHED = "unfinished"


@app.command(name="list")
def list_passages(
    *, journal: Journal = None, data: Data = Path(), last: Last = 50, as_json: Json = False
) -> None:
    """List passages, newest last: when each began, how it ended, how long it took.

    Example: egate passages list --data /var/lib/egate --last 10
    """
    with _opened(journal, data) as reader:
        found = list(_measured(reader, last))
    if as_json:
        show_json("passages.list", passages=[_summary(each) for each in found])
        return
    show_table(
        ("passage", "began (UTC)", "ending", "officer", "total s"),
        [
            (
                str(each.passage),
                _utc(each.began_utc_s),
                _ending(each),
                "yes" if each.had_officer else "",
                _seconds(each.total_s),
            )
            for each in found
        ],
    )


@app.command(name="show")
def show_passage(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="As `list` names it.")],
    *,
    journal: Journal = None,
    data: Data = Path(),
    as_json: Json = False,
) -> None:
    """Tell one passage step by step, with every finding and reason.

    Example: egate passages show 12 --data /var/lib/egate
    """
    from egate.journal.times import times

    with _opened(journal, data) as reader:
        told = reader.passage(number)
    if not told:
        complain(f"there is no passage {number}")
        raise typer.Exit(ExitCode.CHECK_FAILED)
    measured = times(number, [each.entry for each in told])
    if as_json:
        summary = None if measured is None else _summary(measured)
        show_json("passages.show", passage=number, times=summary, entries=_told(told))
        return
    began_s = told[0].entry.at_s
    show_table(
        ("record", "s", "what", "facts"),
        [
            (str(each.seq), f"{each.entry.at_s - began_s:.3f}", each.entry.kind, _facts(each))
            for each in told
        ],
    )
    if measured is not None:
        show(f"passage {number}: {_ending(measured)}, {_seconds(measured.total_s)} s")


@app.command(name="times")
def show_times(
    *, journal: Journal = None, data: Data = Path(), last: Last = 10_000, as_json: Json = False
) -> None:
    """Set each step's median and p95 beside its budget; our own software's share apart.

    Counted are passages in which the traveller walked through and no officer was needed.

    Example: egate passages times --data /var/lib/egate --json
    """
    from egate.domain.decision import Subject
    from egate.journal.times import table

    with _opened(journal, data) as reader:
        measured = list(_measured(reader, last))
    rows, document_rows = table(measured), table(measured, Subject.DOCUMENT)
    if as_json:
        show_json(
            "passages.times",
            steps=[_row(row) for row in rows],
            document_steps=[_row(row) for row in document_rows],
        )
        return
    kinds = {each.token for each in measured}
    if Subject.PERMIT in kinds or not kinds:
        _show_times(rows)
    if Subject.DOCUMENT in kinds:
        show("with a travel document:")
        _show_times(document_rows)
    show(OPENS_NOTE)


def _show_times(rows: Sequence[Row]) -> None:
    show_table(
        ("step", "budget p50 s", "budget p95 s", "p50 s", "p95 s", "n"),
        [
            (
                row.name,
                *(("-", "-") if row.budget_s is None else (f"{each:g}" for each in row.budget_s)),
                _seconds(row.median_s),
                _seconds(row.p95_s),
                str(row.count),
            )
            for row in rows
        ],
    )


@contextmanager
def _opened(journal: Path | None, data: Path) -> Iterator[Reader]:
    """Open the journal for reading, or end with one line and exit code 3."""
    from apsw import Error as SqliteError

    from egate.journal.database import in_words
    from egate.journal.reader import JournalUnusable, read

    file = journal or data / "journal.sqlite"
    try:
        with read(file) as reader, reader.snapshot():
            yield reader
    except JournalUnusable as error:
        complain(f"{file}: {error}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except SqliteError as error:
        complain(f"{file}: {in_words(error)}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _measured(reader: Reader, last: int) -> Iterator[PassageTimes]:
    from egate.journal.times import times

    for number in reader.passages(last):
        measured = times(number, [each.entry for each in reader.passage(number)])
        if measured is not None:
            yield measured


def _summary(each: PassageTimes) -> dict[str, object]:
    return {
        "passage": each.passage,
        "began_utc": _utc(each.began_utc_s),
        "ending": _ending(each),
        "officer": each.had_officer,
        "total_s": each.total_s,
        "software_s": each.software_s,
        "computing_s": each.computing_s,
        "steps_s": {step.value: seconds for step, seconds in each.steps.items()},
    }


def _told(told: list[Recorded]) -> list[dict[str, object]]:
    return [
        {
            "seq": each.seq,
            "at_s": each.entry.at_s,
            "at_utc": _utc(each.entry.at_utc_s),
            "kind": each.entry.kind.value,
            "facts": dict(each.entry.facts),
        }
        for each in told
    ]


def _row(row: Row) -> dict[str, object]:
    return {
        "step": row.name,
        "budget_p50_s": row.budget_s and row.budget_s[0],
        "budget_p95_s": row.budget_s and row.budget_s[1],
        "p50_s": row.median_s,
        "p95_s": row.p95_s,
        "count": row.count,
    }


def _ending(each: PassageTimes) -> str:
    return UNFINISHED if each.ending is None else each.ending


def _facts(each: Recorded) -> str:
    return "  ".join(f"{name}={fact}" for name, fact in sorted(each.entry.facts.items()))


def _utc(at_utc_s: float) -> str:
    return datetime.fromtimestamp(at_utc_s, UTC).isoformat(sep=" ", timespec="seconds")


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.3f}"
