"""`egate host`: one process of a gate, as a unit of systemd or the supervisor starts it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from egate.cli.output import ExitCode, complain
from egate.cli.profile import read_profile
from egate.cli.run import Profile

app = typer.Typer(add_completion=False)


class Part(StrEnum):
    """The processes of a gate."""

    LANE = "lane"
    SCANNER = "scanner"
    VISION = "vision"
    DOCUMENT = "document"
    FINGERPRINT = "fingerprint"
    PAGES = "pages"


@app.command()
def host(
    part: Annotated[Part, typer.Argument(help="Which process to run.")],
    profile: Profile,
    data: Annotated[
        Path, typer.Option(envvar="STATE_DIRECTORY", help="Where the gate keeps its data.")
    ] = Path("/var/lib/egate"),
    run_dir: Annotated[
        Path, typer.Option(envvar="RUNTIME_DIRECTORY", help="Where its processes meet.")
    ] = Path("/run/egate"),
) -> None:
    """Run one process of a gate until it is told to stop.

    It tells systemd when it is ready and that it is alive (Type=notify, WatchdogSec).

    Example: egate host scanner --profile bench_mantrap --data ~/gate --run-dir ~/gate/run
    """
    from egate.compose.gate import PROCESSES
    from egate.loop.files import Places, SetupRefused

    try:
        status = PROCESSES[part](read_profile(profile), Places(data.absolute(), run_dir.absolute()))
    except SetupRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(ExitCode.USAGE) from None
    raise typer.Exit(status)
