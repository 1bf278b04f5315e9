"""`make bench-pages`: an officer's console with ten lanes that change ten times a second.

Real server, real sockets, real Chromium. Told every 10 s: events a second that reach the page, the
page's heap and nodes after its garbage was collected, and the memory of the process that holds the
pages and the simulated lanes. What is flat does not grow with the events. At the end: how long a
change of a lane takes until it stands on the screen.

Source: issue on pages (ten lanes, ten updates a second, a minute, flat memory).
"""

import argparse
from pathlib import Path
from statistics import median, quantiles
import sys
import tempfile
import threading
import time

import numpy as np
from playwright.sync_api import CDPSession, Page
from rich.console import Console
from rich.table import Table

from egate.domain.lane_state import LaneState, Trouble
from egate.loop.picture_window import PREVIEW_PX
from egate.pages.people import Role
from egate.vision.preview import to_jpeg
from tests.pages.chromium import CHROMIUM, MISSING, chromium, opened
from tests.pages.gate import KEYS, Served

LANES, A_SECOND, LOOK_S = 10, 10, 10.0
TURNS = (
    (LaneState.READING, None),
    (LaneState.VERIFYING, None),
    (LaneState.REFERRED, Trouble.FACE_MISMATCH),
    (LaneState.LEAVING, None),
    (LaneState.EXCEPTION, Trouble.TAILGATING),
    (LaneState.READY, None),
)
COUNTER = """
window.heard = 0;
const stream = new EventSource('/console/events');
stream.addEventListener('state', () => { window.heard += 1; });
"""
SEEN_S = 5.0
LATENCIES = 30
PREVIEWS = 100


class Traffic:
    """Changes every lane ten times a second, until told to stop."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        turn, next_s = 0, time.monotonic()
        while not self._stop.is_set():
            turn += 1
            self._served.do(lambda turn=turn: self._change(turn))  # type: ignore[misc]  # bound now
            next_s += 1 / A_SECOND
            self._stop.wait(max(0.0, next_s - time.monotonic()))

    def _change(self, turn: int) -> None:
        for place, lane in enumerate(self._served.lanes):
            state, trouble = TURNS[(turn + place) % len(TURNS)]
            passage = None if state is LaneState.READY else turn // len(TURNS) + 1
            lane.show(state=state, trouble=trouble, passage=passage)
            self.sent += 1


def resident_mb() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def heap(devtools: CDPSession) -> tuple[float, int]:
    """Return the page's heap in MB and its nodes, garbage collected."""
    devtools.send("HeapProfiler.collectGarbage")
    told = devtools.send("Performance.getMetrics")["metrics"]
    named = {one["name"]: one["value"] for one in told}
    return named["JSHeapUsedSize"] / 1e6, int(named["Nodes"])


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


def watch(traffic: Traffic, page: Page, seconds: float, table: Table) -> None:
    """Add a row to the table every LOOK_S."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.evaluate(COUNTER)
    began_s, sent, heard, at_s = time.monotonic(), 0, 0, 0.0
    while at_s < seconds:
        page.wait_for_timeout(min(LOOK_S, seconds - at_s) * 1000)
        now_s = time.monotonic() - began_s
        all_heard = int(page.evaluate("window.heard"))
        passed_s = now_s - at_s
        megabytes, nodes = heap(devtools)
        table.add_row(
            f"{now_s:.0f}",
            f"{(traffic.sent - sent) / passed_s:.0f}",
            f"{(all_heard - heard) / passed_s:.1f}",
            f"{megabytes:.2f}",
            str(nodes),
            f"{resident_mb():.1f}",
        )
        sent, heard, at_s = traffic.sent, all_heard, now_s


def main() -> int:
    """Run it; print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_pages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    say = Console()
    if CHROMIUM is None:
        say.print(MISSING)
        return 3
    table = Table("after s", "lane changes/s", "events/s", "page heap MB", "nodes", "process MB")
    with (
        tempfile.TemporaryDirectory() as folder,
        Served(Path(folder), lanes=LANES) as served,
        chromium() as browser,
    ):
        page = opened(browser, served, "/console", KEYS[Role.OFFICER])
        page.locator(".tile").nth(LANES - 1).wait_for()
        traffic = Traffic(served)
        traffic.start()
        watch(traffic, page, seconds, table)
        traffic.stop()
        took = latencies(served, page)
    say.print(table)
    p95 = quantiles(took, n=20)[-1]
    say.print(f"from a lane's socket to the screen: median {median(took):.0f} ms, p95 {p95:.0f} ms")
    say.print(f"to make a preview of 1280 x 720: median {preview_ms():.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
