"""`egate pages`: serve the traveller's, officer's and technician's pages; say who may sign in."""

import os
from pathlib import Path
from typing import Annotated

import typer

from egate.cli.output import ExitCode, complain, in_words, show
from egate.cli.profile import read_profile
from egate.pages.people import (
    KEY_BYTES,
    People,
    PeopleRefused,
    Person,
    Role,
    key_digest,
    read_people,
    written,
)

app = typer.Typer(add_completion=False, no_args_is_help=True)

Data = Annotated[
    Path, typer.Option(envvar="STATE_DIRECTORY", help="Where the gate keeps its data.")
]


@app.callback(invoke_without_command=True)
def pages(
    context: typer.Context,
    profile: Annotated[
        str, typer.Option("--profile", help="A shipped profile's name, or a file.")
    ] = "",
    data: Data = Path("/var/lib/egate"),
    run_dir: Annotated[
        Path, typer.Option(envvar="RUNTIME_DIRECTORY", help="Where its processes meet.")
    ] = Path("/run/egate"),
) -> None:
    """Serve the pages of a gate until told to stop; its profile says where ([pages]).

    Example: egate pages --profile gate.toml --data ~/gate --run-dir ~/gate/run
    """
    if context.invoked_subcommand is not None:
        return
    from egate.compose.pages import pages_process
    from egate.loop.files import Places, SetupRefused

    try:
        status = pages_process(read_profile(profile), Places(data.absolute(), run_dir.absolute()))
    except SetupRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(ExitCode.USAGE) from None
    raise typer.Exit(status)


@app.command()
def admit(
    name: Annotated[str, typer.Argument(help="Who it is; this name is written down.")],
    role: Annotated[list[Role], typer.Option("--role", help="officer, technician or auditor.")],
    people: Annotated[Path, typer.Option(help="The file of people.")] = Path("people.json"),
    certificate: Annotated[
        str, typer.Option(help="The common name of this person's client certificate.")
    ] = "",
) -> None:
    """Let a person sign in: write the file of people, and show a new key this once.

    Somebody of this name is replaced: the old key is worth nothing then.

    Example: egate pages admit "A. Officer" --role officer --people ~/gate/people.json
    """
    key = os.urandom(KEY_BYTES).hex()
    person = Person(name, frozenset({Role.TRAVELLER, *role}), key_digest(key), certificate)
    others = [one for one in _read(people).known if one.name != name]
    _write(people, People((*others, person)))
    typer.echo(key)


@app.command()
def dismiss(
    name: Annotated[str, typer.Argument(help="Who may sign in no more.")],
    people: Annotated[Path, typer.Option(help="The file of people.")] = Path("people.json"),
) -> None:
    """Take a person out of the file. The pages read it at their start.

    Example: egate pages dismiss "A. Officer" --people ~/gate/people.json
    """
    known = _read(people).known
    if name not in {one.name for one in known}:
        complain(f"{people}: nobody is called so")
        raise typer.Exit(ExitCode.CHECK_FAILED)
    _write(people, People(tuple(one for one in known if one.name != name)))


@app.command()
def kiosk(
    profile: Annotated[str, typer.Option(help="A shipped profile's name, or a file.")],
    folder: Annotated[
        Path, typer.Option(envvar="RUNTIME_DIRECTORY", help="Where the browser may write.")
    ],
) -> None:
    """Show the traveller's screen on this machine's own display, full screen, as long as it lives.

    It waits for the pages, and ends when the browser hangs, crashes or shows anything else; on a
    gate systemd/egate-screen.service starts it again.

    Example: egate pages kiosk --profile gate.toml --folder /tmp/screen
    """
    import signal
    import sys

    from egate.loop.notify import Notifier
    from egate.pages.kiosk import WAYLAND, BrowserLost, NoBrowser, run_kiosk

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.DONE))
    more = WAYLAND if "WAYLAND_DISPLAY" in os.environ else ()
    try:
        run_kiosk(_screen_of(profile), folder, Notifier.from_environment().tell, more)
    except NoBrowser as why:
        complain(str(why))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from None
    except BrowserLost as why:
        complain(f"the browser was lost: {why}")
        raise typer.Exit(ExitCode.CHECK_FAILED) from None


def _screen_of(profile: str) -> str:
    """Return the address of the screen; end the command where this machine cannot show it."""
    pages = read_profile(profile).pages
    if pages is None:
        complain("this profile has no pages; add a table [pages]")
        raise typer.Exit(ExitCode.USAGE)
    if pages.certificate:
        complain(
            "these pages want a certificate, which this display has not; serve them on loopback"
        )
        raise typer.Exit(ExitCode.USAGE)
    return f"http://{pages.host}:{pages.port}/screen"


@app.command()
def voices(
    folder: Annotated[Path, typer.Argument(help="The gate's folder of voices, pages.voices.")],
) -> None:
    """Have espeak-ng speak the lines of the traveller's screen, in the languages it knows.

    A file that a person recorded stays; the screen plays whatever is there.

    Example: egate pages voices ~/gate/voices
    """
    from egate.pages.traveller.voices import VoicesRefused, render

    try:
        rendered, kept = render(folder)
    except (VoicesRefused, OSError) as refusal:
        complain(in_words(refusal) if isinstance(refusal, OSError) else str(refusal))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from None
    show(f"{rendered} lines spoken, {kept} recorded ones kept")


def _read(path: Path) -> People:
    if not path.exists():
        return People()
    try:
        return read_people(path.read_text(encoding="utf-8"))
    except PeopleRefused as refusal:
        complain(f"{path}: {refusal}")
        raise typer.Exit(ExitCode.USAGE) from None


def _write(path: Path, people: People) -> None:
    from egate.journal.key_file import write_atomically

    try:
        read_people(written(people))  # what would not be read is not written
    except PeopleRefused as refusal:
        complain(f"{path}: {refusal}")
        raise typer.Exit(ExitCode.USAGE) from None
    write_atomically(path, written(people).encode(), 0o640)
