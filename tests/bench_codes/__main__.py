"""Degraded codes on the command line: `python -m tests.bench_codes`; a table, and nothing fails."""

import argparse
import os
import platform
import sys

from rich.console import Console

from simulators.code_frames import EACH, frames
from tests.bench_codes.readings import empty_stream_ms, readers, scores
from tests.bench_codes.tables import LEAST_READ, MOST_MS, code_table, stream_words


def main() -> int:
    """Measure and print."""
    words = _parser().parse_args()
    say = Console(soft_wrap=False)
    decoders = readers()
    if "pyzbar" not in decoders:
        say.print("[bold red]NO ZBAR HERE: pip install pyzbar, apt-get install libzbar0[/]")
    every, shown = scores(frames(words.seed, words.each), decoders)
    say.print(code_table(every, shown))
    say.print(
        f"asked for: {100 * LEAST_READ:.0f} % read, {MOST_MS:g} ms a picture usually, 0 wrong"
    )
    say.print("egate: every look, one after the other, at each picture; all are asked for QR only")
    say.print(stream_words(empty_stream_ms(words.seed)))
    say.print("the pictures are drawings; see simulators/code_frames.py for what they leave out")
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    say.print(f"{platform.machine()}, Python {platform.python_version()}, load {loads}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure how well degraded codes are read.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=EACH, help="pictures of each condition")
    return parser


if __name__ == "__main__":
    sys.exit(main())
