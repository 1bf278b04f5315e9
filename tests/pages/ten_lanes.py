"""Ten lanes of one console that change ten times a second, and what the browser holds meanwhile.

Each lane plays what the real loop of a lane showed while three travellers came (led through,
referred and admitted by an officer, turned away), from another moment on, so that at any time some
call for an officer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
import threading
import time
from typing import Any

from playwright.sync_api import Page

from egate.domain.lane_event import Order
from egate.domain.lane_state import LaneState
from egate.loop.messages import Attach, GiveOrder, StateShown
from tests.loop.gate import Gate, running_gate
from tests.loop.parts import MATCH, PERMIT, Peer, token, until
from tests.pages.gate import LaneBefore, Served

LANES, A_SECOND = 10, 10
COUNTER = """() => {
  window.heard = 0;
  const stream = new EventSource("/console/events");
  stream.addEventListener("state", () => (window.heard += 1));
}"""
MOST_HEAP_MB, MOST_NODES, MOST_LISTENERS, MOST_PROCESS_MB = 0.5, 150, 5, 8.0


async def three_come(gate: Gate) -> None:
    """Let three travellers come to a lane."""
    await gate.walks_in()
    gate.looks()
    await gate.walks_out()
    await gate.stands(LaneState.READY)
    gate.scanner.say(token(replace(PERMIT, nonce=bytes(range(8)))))
    await gate.steps_in()
    await gate.is_shut_in()
    await until(lambda: len(gate.asked()) > 1)
    gate.looks(replace(MATCH, score=0.01))
    await gate.stands(LaneState.REFERRED)
    officer = await Peer().connect(gate.socket)
    officer.say(Attach(officer="An officer"))
    officer.say(GiveOrder(order=Order.ADMIT, passage=gate.asked()[-1].passage, reason="by eye"))
    await gate.walks_out()
    await gate.stands(LaneState.READY)
    gate.scanner.say(token(None))
    await gate.stands(LaneState.TURNED_AWAY)
    await gate.stands(LaneState.READY)


def frames(folder: Path) -> list[dict[str, Any]]:
    """Return what a lane showed, change by change."""
    gate = running_gate(folder)(three_come)
    shown = [one for one in gate.page.received if isinstance(one, StateShown)]
    return [
        {
            name: getattr(one, name)
            for name in StateShown.model_fields
            if name not in {"kind", "at_s"}
        }
        for one in shown
    ]


class Traffic:
    """Changes every lane ten times a second, until told to stop."""

    def __init__(self, served: Served, played: list[dict[str, Any]]) -> None:
        self._served = served
        self._frames = played
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
        apart = max(1, len(self._frames) // len(self._served.lanes))
        for place, lane in enumerate(self._served.lanes):
            self._play(lane, turn + place * apart)
            self.sent += 1

    def _play(self, lane: LaneBefore, at: int) -> None:
        round_, place = divmod(at, len(self._frames))
        frame = self._frames[place]
        passage = frame["passage"] and frame["passage"] + 10 * round_  # no number comes twice
        lane.show(**frame | {"passage": passage})
        if passage and frame["state"] is LaneState.REFERRED and lane.attached:
            lane.decide(passage)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is held, the page's garbage collected."""

    heap_mb: float
    nodes: int
    listeners: int
    process_mb: float


class Look:
    """Looks into a page by its browser's own figures, and counts the events that reach it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("Performance.enable")
        page.evaluate(COUNTER)

    @property
    def heard(self) -> int:
        """How many events reached the page."""
        return int(self._page.evaluate("window.heard"))

    def memory(self) -> Memory:
        """Return what is held now."""
        self._devtools.send("HeapProfiler.collectGarbage")
        told = self._devtools.send("Performance.getMetrics")["metrics"]
        named = {one["name"]: one["value"] for one in told}
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return Memory(
            named["JSHeapUsedSize"] / 1e6,
            int(named["Nodes"]),
            int(named["JSEventListeners"]),
            pages * 4096 / 1e6,
        )


def grown(held: Sequence[Memory]) -> list[str]:
    """Return what grew from the first half of these looks to the second, each with its figures.

    >>> flat = Memory(2.0, 400, 30, 90.0)
    >>> grown([flat] * 4), grown([flat, flat, flat, Memory(2.0, 900, 30, 90.0)] * 2)
    ([], [])
    >>> grown([flat, flat, Memory(2.0, 900, 30, 90.0), Memory(2.0, 1400, 30, 90.0)])
    ['nodes: 400 -> 1150']
    """
    half = len(held) // 2
    most = {
        "heap_mb": MOST_HEAP_MB,
        "nodes": MOST_NODES,
        "listeners": MOST_LISTENERS,
        "process_mb": MOST_PROCESS_MB,
    }
    found = []
    for name, bound in most.items():
        before = median(getattr(one, name) for one in held[:half])
        after = median(getattr(one, name) for one in held[half:])
        if after - before > bound:
            found.append(f"{name}: {before:.6g} -> {after:.6g}")
    return found
