"""`egate document`: read the chip of a travel document as a gate would, and tell every check.

Nothing personal is shown, and none is in the trace, unless it is asked for. Nothing is kept but
what --trace and --out write, both readable by their owner only.

Source: DESIGN sections 6 and 8; research/emrtd.md 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
import os
from pathlib import Path
import sys
import time
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from egate.cli.output import ExitCode, complain, in_words, show_json

if TYPE_CHECKING:
    from egate.cli.document_given import Given
    from egate.cli.document_session import Asked, Came
    from egate.document.reading_result import Reading

app = typer.Typer(
    help="Read the chip of a travel document, and tell every check.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)

STORE: Final = Path("trust")
MOST_NAME: Final = 128  # pcsc-lite, MAX_READERNAME
GATE_READS: Final = frozenset({1, 2})
READER_CURE: Final = "see with pcsc_scan whether pcscd runs and which readers it knows"


@app.callback()
def document() -> None:
    """Read the chip of a travel document, and tell every check."""


@app.command()
def read(  # noqa: PLR0913  # each is an option of the command
    *,
    mrz: Annotated[
        list[str] | None,
        typer.Option(
            "--mrz",
            metavar="TEXT",
            help="The printed zone; lines as they are, with / between, or an option each. "
            "`-` reads it from standard input: then no history and no list of processes shows it.",
        ),
    ] = None,
    mrz_key: Annotated[
        str | None,
        typer.Option(
            "--mrz-key",
            metavar="NUMBER,BIRTH,EXPIRY",
            help="What of the zone opens the chip, dates as YYMMDD; or `-`.",
        ),
    ] = None,
    can: Annotated[
        str | None,
        typer.Option("--can", metavar="NUMBER", help="The six-digit card access number; or `-`."),
    ] = None,
    reader: Annotated[
        str, typer.Option("--reader", metavar="PATTERN", help="Its name; * and ? stand for any.")
    ] = "*",
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="The trust store; ./trust if not given.",
        ),
    ] = None,
    within: Annotated[
        float,
        typer.Option("--within", metavar="S", min=1, max=600, help="For card and reading."),
    ] = 15.0,
    every_group: Annotated[
        bool, typer.Option("--all/--gate", help="Read all that is signed, or what a gate reads.")
    ] = True,
    personal: Annotated[
        bool, typer.Option("--show-personal", help="Show what the chip says of its holder, too.")
    ] = False,
    trace: Annotated[
        Path | None,
        typer.Option("--trace", metavar="FILE", help="Write each APDU without its body."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write the files read; with --show-personal."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read the document on a reader and tell every check, its outcome and its reason.

    One of --mrz, --mrz-key and --can opens the chip; only with --mrz can chip and page be compared.
    Exits 0 when a gate with the border policy would admit the document, 1 when it would not, 3
    when no document was read. Whether it was used before is known to a gate's journal only.

    Example: egate document read --mrz - --store trust --trace apdus.txt
    """
    with _in_words():
        asked = _asked(
            _given(mrz or [], mrz_key, can),
            reader=_pattern(reader),
            store=store or STORE,
            within_s=within,
            every_group=every_group,
        )
        if out is not None and not personal:
            raise Refused("--out writes personal data: add --show-personal")
        with _opened(trace) as lines:
            came = _read(asked, lines)
        is_admitted = _tell(asked, came, personal=personal, as_json=as_json)
        if out is not None:
            _write_files(out, came.reading)
    raise typer.Exit(ExitCode.DONE if is_admitted else ExitCode.CHECK_FAILED)


class Refused(Exception):
    """The command cannot be carried out as it was given."""


@contextmanager
def _in_words() -> Iterator[None]:
    """End the command with one line and its exit code when something is in the way."""
    from egate.cli.document_given import NotUsable
    from egate.cli.document_session import NotRead, leave
    from egate.cli.key_folder import FolderError
    from egate.loop.files import SetupRefused
    from egate.ports.errors import DeviceError
    from egate.registry.trust import TrustError

    try:
        yield
    except (NotUsable, Refused) as error:
        complain(str(error))
        raise typer.Exit(ExitCode.USAGE) from error
    except DeviceError as error:
        complain(f"{str(error).rstrip('.')}; {READER_CURE}")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except (NotRead, SetupRefused, TrustError, FolderError) as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except OSError as error:
        complain(in_words(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except KeyboardInterrupt:
        complain("interrupted; nothing of the reading counts")
        leave(ExitCode.COULD_NOT_RUN)


def _given(mrz: list[str], mrz_key: str | None, can: str | None) -> Given:
    from egate.cli.document_given import STANDARD_INPUT, given

    if STANDARD_INPUT in (*mrz, mrz_key, can) and sys.stdin.isatty():
        typer.echo("type what opens the chip, as it is printed:", err=True)
    return given(mrz, mrz_key, can, sys.stdin)


def _pattern(reader: str) -> str:
    if not 1 <= len(reader) <= MOST_NAME:
        raise Refused(f"--reader: a name has 1 to {MOST_NAME} characters")
    return reader


def _asked(given: Given, *, reader: str, store: Path, within_s: float, every_group: bool) -> Asked:
    from egate.cli.document_session import Asked
    from egate.document.reading_result import Plan
    from egate.registry.trust import TrustFolder

    plan = Plan() if every_group else Plan(data_groups=GATE_READS)
    return Asked(given, TrustFolder(store).load(time.time()), plan, reader, within_s)


@contextmanager
def _opened(trace: Path | None) -> Iterator[TextIO | None]:
    """Open a new file that only its owner may read, each line on disk as it comes."""
    if trace is None:
        yield None
        return
    only_new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(trace, only_new, 0o600), "w", buffering=1) as lines:
        yield lines


def _read(asked: Asked, trace: TextIO | None) -> Came:
    """Have the document read; whatever becomes of the card, be back soon after the limit."""
    from egate.cli.document_session import GRACE_S, Steps, StillSilent, examine, leave, within
    from egate.compose.technician import card_reader

    steps = Steps(sys.stderr)
    try:
        work = partial(examine, lambda: card_reader(asked.reader), asked, steps, trace)
        return within(asked.within_s + GRACE_S, work)
    except StillSilent:
        steps.clear()
        if trace is not None:
            trace.write(f"no answer any more: {steps.last}\n")
        complain(f"no answer any more ({steps.last}); take the card out, and lay it on again")
        leave(ExitCode.COULD_NOT_RUN)
    finally:
        steps.clear()


def _write_files(folder: Path, reading: Reading) -> None:
    """Write each file as the chip has it, under its name; none that is there is overwritten."""
    from egate.cli.key_folder import write_new

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, raw in reading.files.items():
        write_new(folder / f"{name}.bin", raw, mode=0o600)


def _tell(asked: Asked, came: Came, *, personal: bool, as_json: bool) -> bool:
    """Show what came of it; return whether a gate would admit the document."""
    from egate.cli import document_shown
    from egate.cli.document_weighed import shipped_policy, weigh

    weighed = weigh(
        came.inspected,
        has_page=asked.given.has_page,
        now_utc_s=time.time(),
        policy=shipped_policy(),
    )
    told = document_shown.personal_fields(came) if personal else None
    if as_json:
        fields = document_shown.document_fields(came, weighed, asked.trust)
        show_json("document.read", **fields, **({"personal": told} if told is not None else {}))
    else:
        document_shown.show_document(came, weighed, asked.trust)
        if told is not None:
            document_shown.show_personal(told)
    return weighed.is_admitted
