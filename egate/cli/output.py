r"""What every command shows, and how: lines, tables, one JSON object, exit codes.

It decides nothing. Text from devices and files is shown printable: a control or direction
character in it becomes its code, and no text is ever read as markup.

>>> printable("a\x1b[31mb")
'a\\x1b[31mb'

Source: DESIGN section 8 (exit codes); research/fleet_ops.md section 5 (conventions, markup trap).
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
import json
import os
import shutil
import sys

import typer

PIPED_COLUMNS = 200  # a table in a file is wrapped nowhere near as early as on a screen


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    CHECK_FAILED = 1
    USAGE = 2
    COULD_NOT_RUN = 3


def printable(text: str) -> str:
    """Return `text` with every character that is not printable written as its code."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def show(text: str) -> None:
    """Write one line for the person at the terminal."""
    typer.echo(printable(text))


def complain(text: str) -> None:
    """Write one line on standard error, so that a pipe stays clean."""
    typer.echo(f"egate: {printable(text)}", err=True)


def in_words(error: Exception) -> str:
    """Return what went wrong in words: of a file its name first, as every command says it.

    >>> in_words(PermissionError(13, "Permission denied", "/var/lib/egate"))
    '/var/lib/egate: Permission denied'
    >>> in_words(KeyError("x"))
    "KeyError: 'x'"
    """
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {error}"


def show_json(kind: str, **fields: object) -> None:
    """Write one object that names its schema, and nothing else, on standard output."""
    typer.echo(json.dumps({"schema": f"egate.{kind}/1", **fields}, indent=2))


def width() -> int:
    """Return how many columns there are to write in."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_COLUMNS


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, unfolded: int = 0) -> None:
    """Write a table; colour and width only where a terminal wants them.

    What is too wide is folded, never cut off; the first `unfolded` columns only when all else is.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table
    from rich.text import Text

    heads = [
        Column(escape(name), overflow="fold", no_wrap=place < unfolded)
        for place, name in enumerate(columns)
    ]
    table = Table(*heads, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(width=width(), no_color=bool(os.environ.get("NO_COLOR"))).print(table)
