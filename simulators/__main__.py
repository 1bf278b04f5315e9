"""The bench on the command line: `python -m simulators demo`, and `figures` to measure."""

import argparse
import asyncio
from collections.abc import Coroutine
from importlib.util import find_spec
from pathlib import Path
import signal
import sys
import tempfile
import time

from rich.console import Console
from rich.markup import escape

from egate.domain.lane_part import Shape
from simulators import figures
from simulators.bench import Compares
from simulators.cast import CastFailed
from simulators.demo import READERS, TOKENS, Options, demonstrate
from simulators.faces import FacesNotObtained
from simulators.figures import measure
from simulators.private_pcscd import PcscdNotPossible
from simulators.scenario import ScenarioRefused

BENCH = Path(__file__).parent.parent / ".bench"
NO_READER = (
    "no card reader can be simulated here ({why}); cure: as root, apt-get install pcscd "
    "vsmartcard-vpcd util-linux, and run as root or where users may make namespaces"
)
NO_NBIS = (
    "nbis-py (egate's extra `fingers`) is not installed, which compares fingers on this machine; "
    "it has a wheel for x86-64 only"
)


def main() -> int:
    """Read the command line and run; one line for a person when something cannot be done."""
    words = _parser().parse_args()
    say = Console(soft_wrap=False)
    if getattr(words, "finger", "") == Compares.HOST and find_spec("nbis") is None:
        say.print(f"[red]the demo cannot run[/red]: {NO_NBIS}", soft_wrap=True)
        return 3
    BENCH.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    folder = Path(tempfile.mkdtemp(prefix=f"{words.lane}-{stamp}-", dir=BENCH))
    try:
        return asyncio.run(_until_told(_work(words, folder, say)))
    except KeyboardInterrupt:
        return 130
    except asyncio.CancelledError:
        return 143
    except PcscdNotPossible as error:
        why: object = NO_READER.format(why=error)
    except (FacesNotObtained, CastFailed, ScenarioRefused, OSError) as error:
        why = error
    say.print(f"[red]the {words.command} cannot run[/red]: {escape(str(why))}", soft_wrap=True)
    return 3


async def _until_told(work: Coroutine[object, object, int]) -> int:
    """Do the work; SIGTERM ends it as Ctrl-C does, with the gate and pcscd it started."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def _work(words: argparse.Namespace, folder: Path, say: Console) -> Coroutine[object, object, int]:
    shape = Shape(words.lane)
    if words.command == "figures":
        return measure(figures.Options(shape, words.passages, folder), say)
    options = Options(
        shape,
        words.seed,
        words.all,
        folder,
        only=tuple(words.only or ()),
        tokens=TOKENS[words.token],
        readers=words.readers,
        finger=Compares(words.finger),
    )
    return demonstrate(options, say)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="a queue of travellers through a bench gate")
    demo.add_argument("--lane", choices=[shape.value for shape in Shape], default="mantrap")
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--all", action="store_true", help="every scenario, exceptions shortened")
    demo.add_argument("--token", choices=list(TOKENS), default="qr", help="what travellers bring")
    demo.add_argument("--readers", choices=READERS, default=READERS[0], help="of pages and codes")
    demo.add_argument("--finger", choices=list(Compares), default="sensor", help="who compares")
    demo.add_argument("--only", nargs="+", metavar="SCENARIO", help="these scenarios by name")
    figures_of = commands.add_parser("figures", help="measure a bench gate and print the tables")
    figures_of.add_argument("--lane", choices=[shape.value for shape in Shape], default="mantrap")
    figures_of.add_argument("--passages", type=int, choices=range(1, 11), default=10)
    return parser


if __name__ == "__main__":
    sys.exit(main())
