"""`egate run`: a whole gate from its profile, all its processes under one small supervisor.

On a board systemd does the same with the units in systemd/; each of them runs `egate host`.
"""

from pathlib import Path
from typing import Annotated

import typer

from egate.cli.output import ExitCode, complain
from egate.cli.profile import read_profile

app = typer.Typer(add_completion=False)

Profile = Annotated[str, typer.Option("--profile", help="A shipped profile's name, or a file.")]


@app.command()
def run(
    profile: Profile,
    data: Annotated[Path, typer.Option(help="Where the gate keeps its journal, lists and keys.")],
    run_dir: Annotated[
        Path | None, typer.Option(help="Where its processes meet; DATA/run if not given.")
    ] = None,
) -> None:
    """Run a gate until it is told to stop (Ctrl-C or SIGTERM).

    The issuer's issuers.json, issuers.pub, revoked.json and gate.key must lie in DATA; the gate
    makes its own keys.

    Example: egate run --profile bench_mantrap --data ~/gate
    """
    from egate.compose.gate import gate_process
    from egate.compose.setup import check_setup
    from egate.loop.files import Places, SetupRefused

    places = Places(data.absolute(), (run_dir or data / "run").absolute())
    loaded = read_profile(profile)
    try:
        check_setup(loaded, places)
        status = gate_process(loaded, profile, places)
    except SetupRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(ExitCode.USAGE) from None
    raise typer.Exit(status)
