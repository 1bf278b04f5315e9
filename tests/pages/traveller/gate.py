"""The pages' own server in a thread, with a lane that shows what a test tells it to."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import socket
import threading
import time

from egate.domain.lane_event import Order
from egate.domain.lane_part import Shape
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import DecisionView, LaneView
from egate.pages.people import People
from egate.pages.server import Where, listen, server_of
from egate.pages.site import Gate, Links, Site, Sources, open_site
from egate.pages.traveller.sheet import Screen
from egate.ports.lane_link import TechnicianLine
from egate.wire.pictures import Picture

RENEWS_EVERY_S = 0.2


class NoOfficer:
    """No officer ever attaches."""

    is_attached = False

    def beat(self) -> None: ...
    def order(self, _order: Order, _passage: int, _reason: str) -> bool:
        return False

    def acknowledge(self, _trouble: Trouble, _passage: int | None) -> bool:
        return False

    def detach(self) -> None: ...


class ToldLane:
    """A lane that shows the view of a test, and renews it like a lane does until it is mute."""

    name = "hn-1"

    def __init__(self) -> None:
        self.view = LaneView(0.0, LaneState.READY)
        self.is_mute = False

    async def watch(self, on_shown: Callable[[LaneView], None], _on_health: object = None) -> None:
        while True:
            if not self.is_mute:
                on_shown(self._now())
            await asyncio.sleep(RENEWS_EVERY_S)

    def attach(self, _officer: str, _on: Callable[[DecisionView], None]) -> NoOfficer:
        return NoOfficer()

    def serve(self, technician: str, on_told: object) -> TechnicianLine:
        raise AssertionError(technician, on_told)

    def _now(self) -> LaneView:
        names = (name for name in LaneView.__slots__ if name != "at_s")
        return LaneView(time.monotonic(), **{name: getattr(self.view, name) for name in names})


class ToldEyes:
    """Eyes that see what a test tells them to."""

    def __init__(self) -> None:
        self.saw: Callable[[Picture], None] = lambda _picture: None

    async def watch(self, on_picture: Callable[[Picture], None]) -> None:
        self.saw = on_picture
        await asyncio.get_running_loop().create_future()


class ServedGate:
    """What a test holds: the lane, the eyes, the address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.lane = ToldLane()
        self.eyes = ToldEyes()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.site: Site | None = None

    def sees(self, picture: Picture) -> None:
        """Let the camera see this."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(lambda: self.eyes.saw(picture))


@contextmanager
def served(port: int = 0, voices: Path | None = None) -> Iterator[ServedGate]:
    """Serve the pages of one lane until the end of the block; then they are gone at once."""
    where = Where("127.0.0.1", port)
    listening = listen(where)
    port = listening.getsockname()[1]
    gate = ServedGate(f"http://127.0.0.1:{port}")
    serving, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(gate, where, listening, (ready, serving, voices)))
    )
    thread.start()
    try:
        assert ready.wait(20)
        yield gate
    finally:
        serving.set()
        thread.join(20)
        assert not thread.is_alive()


async def _serve(
    gate: ServedGate,
    where: Where,
    listening: socket.socket,
    ways: tuple[threading.Event, threading.Event, Path | None],
) -> None:
    ready, over, voices = ways
    gate.loop = asyncio.get_running_loop()
    gate.site = site = open_site(
        Gate(Shape.MANTRAP, {"gate": "hn-1"}, screen=Screen(voices=voices)),
        Links((gate.lane,), gate.eyes),
        People(),
        Sources(time.monotonic, time.time, bytes),
    )
    server = server_of(site, where, listening.getsockname()[1])
    tasks = [
        asyncio.create_task(site.hub.run()),
        asyncio.create_task(site.eyes.watch(site.pictures.came)),
        asyncio.create_task(server.serve([listening])),
    ]
    ready.set()
    while not over.is_set():
        await asyncio.sleep(0.02)
    server.should_exit = True
    await tasks.pop()
    for connection in tuple(server.server_state.connections):
        transport: asyncio.Transport = getattr(connection, "transport")  # noqa: B009  # untyped
        transport.abort()
    listening.close()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, BaseExceptionGroup):
            await task
    await asyncio.sleep(0.05)  # what was aborted is closed by the loop
