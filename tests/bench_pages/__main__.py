"""`make bench-pages`: an officer's console with ten lanes that change ten times a second.

Real server, real sockets, real Chromium, and what a real lane showed (tests/pages/ten_lanes.py).
Told every 10 s: events a second that reach the page, the page's heap, nodes and listeners after its
garbage was collected, and the memory of the process that holds the pages and the lanes. Whatever
grows with the events makes the command end with 1. At the end: how long a change of a lane takes
until it stands on the screen.

Source: issue on pages (ten lanes, ten updates a second, a minute, flat memory).
"""

import argparse
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import median, quantiles
import sys
import tempfile
import time

import numpy as np
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from egate.domain.lane_state import LaneState
from egate.loop.picture_window import PREVIEW_PX
from egate.pages.people import Role
from egate.vision.preview import to_jpeg
from tests.pages.chromium import CHROMIUM, MISSING, chromium, opened
from tests.pages.gate import KEYS, Served
from tests.pages.ten_lanes import LANES, Look, Memory, Traffic, frames, grown

LOOK_S = 10.0
COLUMNS = (
    "after s",
    "lane changes/s",
    "events/s",
    "heap MB",
    "nodes",
    "listeners",
    "process MB",
)
SEEN_S = 5.0
LATENCIES = 30
PREVIEWS = 100


def latencies(served: Served, page: Page) -> list[float]:
    """Return how many ms a change takes from the lane's socket to the screen."""
    took = []
    for turn in range(LATENCIES):
        state = (LaneState.CLOSED, LaneState.MAINTENANCE)[turn % 2]
        began_s = time.monotonic()
        served.show(state=state, trouble=None, passage=None)
        wanted = {"closed": "Closed", "maintenance": "Maintenance"}[state]
        page.wait_for_function(
            "w => [...document.querySelectorAll('.tile')].some("
            "t => t.children[0].textContent === 'gate-1' && t.children[1].textContent === w)",
            arg=wanted,
            polling=5,
            timeout=SEEN_S * 1000,
        )
        took.append((time.monotonic() - began_s) * 1000)
    return took


def preview_ms() -> float:
    """Return how long the vision host takes to make one preview, median."""
    rows, columns = np.mgrid[0:720, 0:1280]
    picture = np.stack([rows, columns, rows + columns], axis=2).astype(np.uint8)
    took = []
    for _ in range(PREVIEWS):
        began_s = time.perf_counter()
        to_jpeg(picture, PREVIEW_PX)
        took.append((time.perf_counter() - began_s) * 1000)
    return median(took)


def watch(traffic: Traffic, page: Page, seconds: float, table: Table) -> list[Memory]:
    """Add a row to the table every LOOK_S; return what was held at each."""
    look = Look(page)
    began_s, sent, heard, at_s = time.monotonic(), 0, 0, 0.0
    held = []
    while at_s < seconds:
        page.wait_for_timeout(min(LOOK_S, seconds - at_s) * 1000)
        now_s = time.monotonic() - began_s
        all_heard = look.heard
        passed_s = now_s - at_s
        memory = look.memory()
        table.add_row(
            f"{now_s:.0f}",
            f"{(traffic.sent - sent) / passed_s:.0f}",
            f"{(all_heard - heard) / passed_s:.1f}",
            f"{memory.heap_mb:.2f}",
            str(memory.nodes),
            str(memory.listeners),
            f"{memory.process_mb:.1f}",
        )
        held.append(memory)
        sent, heard, at_s = traffic.sent, all_heard, now_s
    return held


def main() -> int:
    """Run it; print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_pages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    say = Console()
    if CHROMIUM is None:
        say.print(MISSING)
        return 3
    table = Table(
        "after s", "lane changes/s", "events/s", "heap MB", "nodes", "listeners", "process MB"
    )
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as lane, redirect_stdout(StringIO()):
        played = frames(Path(lane))  # before the browser: it keeps a loop running in this thread
    with (
        tempfile.TemporaryDirectory() as folder,
        Served(Path(folder), lanes=LANES) as served,
        chromium() as browser,
    ):
        page = opened(browser, served, "/console", KEYS[Role.OFFICER])
        page.locator(".tile").nth(LANES - 1).wait_for()
        traffic = Traffic(served, played)
        traffic.start()
        wrong += grown(watch(traffic, page, seconds, table))
        traffic.stop()
        took = latencies(served, page)
    say.print(table)
    p95 = quantiles(took, n=20)[-1]
    say.print(f"from a lane's socket to the screen: median {median(took):.0f} ms, p95 {p95:.0f} ms")
    say.print(f"to make a preview of 1280 x 720: median {preview_ms():.1f} ms")
    say.print("flat: nothing grows with the events" if not wrong else f"NOT FLAT: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
