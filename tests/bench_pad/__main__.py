"""Presentation attacks on the command line: `python -m tests.bench_pad`; tables, nothing fails."""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
import os
from pathlib import Path
import sys
import time

import cv2
import numpy as np
from rich.console import Console

from simulators.faces import obtain
from simulators.heads import Presented
from tests.bench_pad.jobs import HOUSE, gallery, look, policies
from tests.bench_pad.looks import LIT, UNLIT, Looked
from tests.bench_pad.rates import LIMITS, by_layer, combined, real_ones

SEQUENCES = 200
MINUTES = 120.0
AT_ONCE = 2
REAL = ("image_T1.jpg", "image_F1.jpg", "image_F2.jpg")
CHUNK = 4


def main() -> int:
    """Present, look, and print."""
    words = _parser().parse_args()
    say = Console(width=max(140, Console().width))
    obtain(words.faces)
    jobs = [(kind, 2 * number) for number in range(words.sequences) for kind in words.kinds]
    looks = _looks(jobs, words.faces, words.minutes * 60, say)
    for way in (LIT, UNLIT):
        say.print(combined(looks, way, policies()[way].version))
    say.print(by_layer(looks))
    _say_real(words.faces, say)
    for line in LIMITS:
        say.print(line)
    return 0


def _looks(
    jobs: list[tuple[Presented, int]], folder: Path, within_s: float, say: Console
) -> list[Looked]:
    """Look at each, one of every kind in turn; stop early, and say so, when the time is over."""
    until_s, looks = time.monotonic() + within_s, list[Looked]()
    # A fork would inherit OpenCV's pool without its threads, and wait for them for ever.
    fresh = get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, fresh, cv2.setNumThreads, (1,)) as pool:
        for looked in pool.map(partial(look, folder), jobs, chunksize=CHUNK):
            looks.append(looked)
            if len(looks) % 100 == 0:
                say.print(f"{len(looks)} of {len(jobs)} presentations")
            if time.monotonic() > until_s:
                say.print(f"[bold red]stopped at {len(looks)} of {len(jobs)}[/]: time is over")
                pool.shutdown(cancel_futures=True)
                break
    return looks


def _say_real(folder: Path, say: Console) -> None:
    """Show the real pictures: T1 is a living person before a camera, F1 and F2 are attacks."""
    found = [*_real_pictures()]
    if not found:
        say.print("[bold red]no real pictures here[/]: EGATE_TEST_DATA names no folder with them")
        return
    people = gallery(folder)
    say.print(real_ones([people.still(name, picture, 2, policies()) for name, picture in found]))
    say.print("T1 is a living person, F1 and F2 are attacks. A still stands still, the living one")
    say.print("too: only texture can tell here, and these three are no sample of anything.")


def _real_pictures() -> Iterator[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]]:
    shared = Path(os.environ.get("EGATE_TEST_DATA", HOUSE.parent / "shared" / "data"))
    for name in REAL:
        picture = cv2.imread(str(shared / "faces" / name), cv2.IMREAD_COLOR)
        if picture is not None:
            yield name, np.asarray(picture, np.uint8)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="APCER and BPCER on simulated presentations.")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, metavar="N")
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="N")
    parser.add_argument("--kinds", nargs="+", type=Presented, default=list(Presented))
    parser.add_argument("--faces", type=Path, default=HOUSE / ".bench" / "faces", metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
