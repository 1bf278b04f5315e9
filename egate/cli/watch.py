"""`egate watch`: a running lane, live in the terminal; it changes nothing."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.output import ExitCode, complain, show_json, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from egate.cli.watched import Watched

app = typer.Typer(add_completion=False)

HEARD_WITHIN_S = 3.0  # a lane says how it stands once a second
HEALTH_WITHIN_S = 1.5
DRAWN_EVERY_S = 0.2
NOBODY = (
    "no lane shows itself at {socket}: is the gate running, and is this its user? "
    "On a gate: sudo -u egate-lane egate watch"
)
COLUMNS = ("what", "now", "counted")


@app.command()
def watch(
    *,
    run_dir: Annotated[
        Path, typer.Option(envvar="RUNTIME_DIRECTORY", help="Where the gate's processes meet.")
    ] = Path("/run/egate"),
    once: Annotated[bool, typer.Option("--once", help="Show how it stands, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
) -> None:
    """See how a running lane stands: state, screen, lamps, doors, lines, devices, and counts.

    It ends with Ctrl-C. Exits 3 when no lane shows itself. `yes` means that what the line's name
    says is proven. Parts are counted by the lane since their last service, all else since this
    began. `loop` is how late the lane turns to inputs and time limits, by its own measure over the
    last minute; `told` is how late it was heard here.

    Example: egate watch --run-dir ~/gate/run
    """
    from egate.cli.watched import Watched
    from egate.loop.files import Places

    socket = Places(run_dir.absolute(), run_dir.absolute()).socket
    watched = Watched(time.monotonic())
    is_live = sys.stdout.isatty() and not once and not as_json
    try:
        heard = asyncio.run(_watch(socket, watched, is_live=is_live))
    except KeyboardInterrupt:
        heard = True
    if not heard:
        complain(NOBODY.format(socket=socket))
        raise typer.Exit(ExitCode.COULD_NOT_RUN)
    if as_json and watched.view is not None:
        health = None if watched.health is None else asdict(watched.health)
        show_json("watch", view=asdict(watched.view), health=health)
    elif not is_live:
        show_table(COLUMNS, watched.rows(time.monotonic()))


async def _watch(socket: Path, watched: "Watched", *, is_live: bool) -> bool:
    """Watch until cancelled, or until state and health; return whether a state came in time."""
    from egate.domain.lane_view import HealthView, LaneView
    from egate.loop.lane_client import LaneClient

    heard, well = asyncio.Event(), asyncio.Event()

    def shown(view: LaneView) -> None:
        watched.take(view, time.monotonic())
        heard.set()

    def told(health: HealthView) -> None:
        watched.health = health
        well.set()

    watching = asyncio.get_running_loop().create_task(LaneClient("", socket).watch(shown, told))
    try:
        await asyncio.wait_for(heard.wait(), HEARD_WITHIN_S)
        if is_live:
            await _draw(watched)
        with suppress(TimeoutError):  # it is told once a second
            await asyncio.wait_for(well.wait(), HEALTH_WITHIN_S)
    except TimeoutError:
        return False
    finally:
        watching.cancel()
    return True


async def _draw(watched: "Watched") -> None:
    from rich.live import Live

    with Live(_table(watched), auto_refresh=False, screen=True) as live:
        while True:
            await asyncio.sleep(DRAWN_EVERY_S)
            live.update(_table(watched), refresh=True)


def _table(watched: "Watched") -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from egate.cli.output import printable

    table = Table(*COLUMNS, box=SIMPLE_HEAD, pad_edge=False, caption="Ctrl-C ends it")
    for row in watched.rows(time.monotonic()):
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table
