"""`egate profile list|show|check`: the hardware profiles, as a technician meets them.

What a profile may say is decided in egate.profile; here it is only shown.
"""

from collections.abc import Iterator
from dataclasses import asdict
from enum import Enum
import json
from typing import Annotated

import typer

from egate.cli.output import ExitCode, complain, in_words, show, show_json, show_table
from egate.profile.load import Loaded, ProfileNotFound, find, load, load_whole, shipped
from egate.profile.overlay import Calibrated, Calibration, beside
from egate.profile.problem import ProfileRefused
from egate.profile.settings import HardwareProfile

app = typer.Typer(
    help="List, show and check hardware profiles.", add_completion=False, no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
NameOrFile = Annotated[str, typer.Argument(help="A shipped profile's name, or a file.")]


def read_profile(name_or_file: str) -> HardwareProfile:
    """Load a profile for a command that needs one.

    A refused profile ends the command with every problem told and exit code 1, a profile that
    cannot be read with exit code 3.
    """
    return read_whole(name_or_file).profile


def read_whole(name_or_file: str) -> Loaded:
    """Do as `read_profile`, and tell what is of the profile and what of its calibration."""
    try:
        return _loaded(name_or_file)
    except ProfileRefused as refusal:
        for problem in refusal.problems:
            complain(str(problem))
        raise typer.Exit(ExitCode.CHECK_FAILED) from refusal


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the profiles that come with egate.

    Example: egate profile list
    """
    profiles = {name: load(find(name)) for name in shipped()}
    if as_json:
        show_json("profile.list", profiles={name: _head(one) for name, one in profiles.items()})
        return
    show_table(
        ("name", "shape", "board", "line"),
        ((name, *_head(one).values()) for name, one in profiles.items()),
    )


@app.command("show")
def show_(name_or_file: NameOrFile, *, as_json: Json = False) -> None:
    """Show every key of a profile, defaults and extended profile included, as TOML.

    A value that `egate calibrate` set says so behind it.

    Example: egate profile show pi_mantrap_gpio
    """
    loaded = read_whole(name_or_file)
    content = loaded.profile.model_dump(exclude_none=True)
    if as_json:
        fields = {} if loaded.calibration is None else {"calibration": _told(loaded.calibration)}
        show_json("profile.show", name=name_or_file, profile=content, **fields)
        return
    keys = () if loaded.calibration is None else loaded.calibration.keys
    calibrated = {one.name: f"  # calibrated: {_provenance(one)}" for one in keys}
    for key, value in _flat(content):
        show(f"{key} = {json.dumps(value)}{calibrated.get(key, '')}")


@app.command("check")
def check(name_or_file: NameOrFile, *, as_json: Json = False) -> None:
    """Check a profile; tell every problem with file, line, key, value and what may stand there.

    The calibration beside it is checked with it, and every value told that it sets.

    Example: egate profile check /etc/egate/profile.toml
    """
    problems, calibration = [], None
    try:
        calibration = _loaded(name_or_file).calibration
    except ProfileRefused as refusal:
        problems = list(refusal.problems)
    if as_json:
        show_json(
            "profile.check",
            file=name_or_file,
            accepted=not problems,
            problems=[asdict(problem) for problem in problems],
            **({} if calibration is None else {"calibration": _told(calibration)}),
        )
    else:
        for problem in problems:
            show(str(problem))
        show(f"{name_or_file}: " + (f"refused ({len(problems)})" if problems else "accepted"))
        for one in () if calibration is None else calibration.keys:
            where = beside(find(name_or_file)).name
            show(f"{where}: {one.name} = {one.after}; {_provenance(one)}")
    raise typer.Exit(ExitCode.CHECK_FAILED if problems else ExitCode.DONE)


def _loaded(name_or_file: str) -> Loaded:
    """Find and load a profile; end the command where there is nothing to read."""
    try:
        return load_whole(find(name_or_file))
    except (ProfileNotFound, OSError) as error:
        complain(in_words(error) if isinstance(error, OSError) else str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _provenance(one: Calibrated) -> str:
    """Say who set a value, when, and from what."""
    return f"{one.before} before; {one.operator}, {one.at:%Y-%m-%d %H:%M} UTC"


def _told(calibration: Calibration) -> dict[str, object]:
    keys = {one.name: asdict(one) | {"at": one.at.isoformat()} for one in calibration.keys}
    return {"sha256": calibration.sha256, "keys": keys}


def _head(profile: HardwareProfile) -> dict[str, str]:
    """Return what tells one profile from another."""
    board = profile.devices.board
    driver = f"{board.driver} ({board.factory})" if board.factory else board.driver
    return {"shape": profile.gate.shape.value, "board": driver, "line": board.line}


def _flat(content: dict[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield each key with its tables before it, in the order of the settings."""
    for name, value in content.items():
        key = f"{above}{name.value if isinstance(name, Enum) else name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        else:
            yield key, value
