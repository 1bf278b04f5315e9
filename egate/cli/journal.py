"""`egate journal`: prove the record of the gate, and forget a day's personal fields.

It never opens an envelope: no command here shows personal data.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egate.cli.output import ExitCode, complain, show, show_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from egate.journal.reader import Reader
    from egate.journal.verify import Verdict

app = typer.Typer(
    help="Prove the journal; forget a day's personal fields.",
    add_completion=False,
    no_args_is_help=True,
)

JournalFile = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The journal.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="PEM",
        exists=True,
        dir_okay=False,
        help="The gate's public key; without it the journal.pub beside FILE.",
    ),
]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The gate's data directory.")]
Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="The day keys, when not DIR/day_keys.json."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="verify")
def verify_file(file: JournalFile, *, key: KeyFile = None, as_json: Json = False) -> None:
    """Prove every record, checkpoint and used token; the gate may go on running.

    Exits 1 and names the first bad record when something does not hold.

    One file alone cannot show that its end was cut off: compare its last checkpoint
    with those kept elsewhere.

    Example: egate journal verify /var/lib/egate/journal.sqlite --key gate7.pub
    """
    from egate.journal.reader import JournalUnusable, read

    try:
        with read(file) as reader:
            public, whose = _trusted(reader, key or file.with_name("journal.pub"))
            verdict = _verified(reader, public)
    except JournalUnusable as error:
        complain(f"{file}: {error}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    if as_json:
        show_json("journal.verify", **_as_fields(verdict), key=whose)
    else:
        _tell(verdict, whose)
    raise typer.Exit(ExitCode.DONE if verdict.fault is None else ExitCode.CHECK_FAILED)


@app.command()
def erase_day(
    day: Annotated[str, typer.Argument(metavar="DATE", help="A UTC day, such as 2026-11-22.")],
    *,
    data: Data = Path(),
    keys: Keys = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Drop the key of one day, so that nobody can read its personal fields again.

    The journal keeps its records and still verifies. Exits 1 when that day has no key.

    Example: egate journal erase-day 2026-11-22 --data /var/lib/egate
    """
    import secrets

    from egate.journal.envelope import DayKeys
    from egate.journal.key_file import KeyFileError

    file = keys or data / "day_keys.json"
    _check_date(day)
    if not file.exists():
        complain(f"{file}: there is no such file")
        raise typer.Exit(ExitCode.COULD_NOT_RUN)
    if not yes:
        typer.confirm(f"Erase the personal fields of {day} for good?", abort=True, err=True)
    try:
        was_there = DayKeys(file, secrets.token_bytes).erase(day)
    except KeyFileError as error:
        complain(f"{file.parent}: {error}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    if as_json:
        show_json("journal.erase_day", day=day, erased=was_there)
    else:
        show(f"{day}: " + ("its key is erased" if was_there else "there is no key of that day"))
    raise typer.Exit(ExitCode.DONE if was_there else ExitCode.CHECK_FAILED)


def _trusted(reader: Reader, key: Path) -> tuple[Ed25519PublicKey, str]:
    """Return the key to hold the signatures against, and in words where it is from."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from egate.journal.key_file import public_key

    if key.exists():
        return public_key(key), str(key)
    own = Ed25519PublicKey.from_public_bytes(reader.identity.public_key)
    return own, "the one the journal names itself"


def _verified(reader: Reader, public: Ed25519PublicKey) -> Verdict:
    """Prove the journal, showing how far it is when a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from egate.journal.verify import verify

    console = Console(stderr=True)
    columns = ("records", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return verify(reader, public, progress)


def _tell(verdict: Verdict, whose: str) -> None:
    identity = verdict.identity
    show(f"journal of {identity.gate}, epoch {identity.epoch}; key: {whose}")
    show(
        f"{verdict.records} records, {verdict.checkpoints} signed checkpoints, "
        f"{verdict.clearances} used tokens; {verdict.unsigned} records behind the last checkpoint"
    )
    if verdict.fault is None:
        show("all of it holds")
    else:
        show(f"BAD at record {verdict.fault.seq}: {verdict.fault.what}")


def _as_fields(verdict: Verdict) -> dict[str, Any]:
    fault = verdict.fault
    return {
        "gate": verdict.identity.gate,
        "epoch": verdict.identity.epoch,
        "records": verdict.records,
        "checkpoints": verdict.checkpoints,
        "unsigned": verdict.unsigned,
        "used_tokens": verdict.clearances,
        "holds": fault is None,
        "fault": None if fault is None else {"seq": fault.seq, "what": fault.what},
    }


def _check_date(day: str) -> None:
    from datetime import date

    try:
        is_canonical = date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_canonical = False
    if not is_canonical:
        raise typer.BadParameter(f"{day!r} is no date such as 2026-11-22", param_hint="DATE")
