"""`egate version`: the versions a fault report needs. It opens nothing."""

import platform
from typing import Annotated

import typer

from egate import __version__
from egate.cli.output import show, show_json

app = typer.Typer(add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def version(*, as_json: Json = False) -> None:
    """Say which egate this is and what it runs on.

    Example: egate version --json
    """
    if as_json:
        show_json(
            "version",
            egate=__version__,
            python=platform.python_version(),
            machine=platform.machine(),
        )
    else:
        show(f"egate {__version__} (Python {platform.python_version()}, {platform.machine()})")
