"""The pages served for a test: real server, real sockets, and lanes that show what the test says.

Everything runs in one thread with a loop of its own, so that a test, or a browser it drives, talks
to it from outside. The lanes are real `Hosts` on their sockets, without a lane behind.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
import json
import os
from pathlib import Path
import socket
import threading
import time
from typing import Any, Self
from urllib.parse import urlencode

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling, Stage
from egate.domain.lane_part import Input, Shape
from egate.domain.lane_state import LaneState
from egate.loop.hosts import Hosts, Wish
from egate.loop.lane_client import LaneClient
from egate.loop.messages import Acknowledge, DecisionShown, GiveOrder, Message, StateShown
from egate.loop.picture_client import PictureClient
from egate.pages.people import People, Person, Role, key_digest
from egate.pages.process import serve
from egate.pages.reports import Reports
from egate.pages.server import Where, listen
from egate.pages.site import Gate, Links, Site, Sources, open_site
from egate.selftest.report import About
from egate.selftest.told import LaneChecks
from egate.wire.pictures import Picture, encode
from tests.loop.parts import ONE_USER

DEADLINE_S = 10.0
TICK_S = 0.1
KEYS = {role: f"key of the {role}" for role in Role if role is not Role.TRAVELLER}
EVERYONE = "key of one with all roles"
PEOPLE = People(
    (
        *(
            Person(f"The {role}", frozenset({Role.TRAVELLER, role}), key_digest(key))
            for role, key in KEYS.items()
        ),
        Person("Everyone", frozenset(Role), key_digest(EVERYONE)),
    )
)
AT_REST = {
    "state": LaneState.READY,
    "passage": None,
    "trouble": None,
    "prompt": None,
    "lamps": (),
    "doors": (),
    "missing": (),
    "active": tuple(line for line in Input if line is not Input.CHAMBER_SINGLE),
}
FINDINGS = (
    Finding(Check.PERMIT_IS_SIGNED, Outcome.PASSED, "signed", {"issuer_key": "key-1"}),
    Finding(Check.FACE_IS_THE_HOLDER, Outcome.FAILED, "other", {"score": 0.213, "threshold": 0.4}),
)


@dataclass(eq=False)
class LaneBefore:
    """One lane as the pages meet it: it shows what it is told to, and writes down what it hears."""

    name: str
    path: Path
    facts: dict[str, Any] = field(default_factory=lambda: dict(AT_REST))
    said: list[str] = field(default_factory=list)
    replies: dict[int, Callable[[Message], bool]] = field(default_factory=dict)
    attached: bool = False
    is_mute: bool = False
    hosts: Hosts | None = None

    async def open(self) -> None:
        self.hosts = Hosts(self.path, ONE_USER, time.monotonic, self)
        await self.hosts.open()
        self.show()

    def show(self, **facts: object) -> None:
        self.facts |= facts
        assert self.hosts is not None
        if not self.is_mute:
            self.hosts.show(StateShown(at_s=time.monotonic(), **self.facts))

    def decide(self, passage: int, findings: tuple[Finding, ...] = FINDINGS) -> None:
        assert self.hosts is not None
        self.hosts.tell_officers(
            DecisionShown(
                passage=passage, stage=Stage.TRAVELLER, ruling=Ruling.REFER, findings=findings
            )
        )

    # What the lane would hear.

    def host_came(self, host: str) -> None:
        self.said.append(f"{host} came")

    def host_went(self, host: str, why: str) -> None:
        self.said.append(f"{host} went: {why}")

    def heard(self, message: object) -> None:
        raise AssertionError(message)

    def officers_are(self, *, attached: bool) -> None:
        self.attached = attached

    def ordered(self, officer: str, order: GiveOrder) -> None:
        self.said.append(f"{officer}: {order.order} for {order.passage}: {order.reason}")

    def acknowledged(self, officer: str, alarm: Acknowledge) -> None:
        self.said.append(f"{officer}: saw {alarm.trouble} of {alarm.passage}")

    def wished(self, technician: str, wish: Wish, reply: Callable[[Message], bool]) -> None:
        self.said.append(f"{technician} wishes {wish.kind}")
        self.replies[wish.request] = reply


class Served:
    """The pages of a gate with these lanes, as a context."""

    def __init__(self, folder: Path, lanes: int = 1, *, port: int = 0) -> None:
        self.folder = folder
        self.lanes = [LaneBefore(f"gate-{n + 1}", folder / f"lane{n}") for n in range(lanes)]
        self.pictures = folder / "pages" / "eyes"
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self.site: Site
        self.failed: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(DEADLINE_S), self.failed
        self.until(lambda: all(lane.view for lane in self.site.hub.lanes.values()))
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    @property
    def lane(self) -> LaneBefore:
        return self.lanes[0]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def do(self, call: Callable[[], object]) -> None:
        """Do something in the loop, and wait until it was done."""
        done = threading.Event()

        def both() -> None:
            call()
            done.set()

        self._loop.call_soon_threadsafe(both)
        assert done.wait(DEADLINE_S)

    def show(self, **facts: object) -> None:
        """Have the first lane show this."""
        self.do(lambda: self.lane.show(**facts))

    def until(self, condition: Callable[[], object]) -> None:
        deadline_s, pause = time.monotonic() + DEADLINE_S, threading.Event()
        while not condition():
            assert time.monotonic() < deadline_s, "not in time"
            pause.wait(0.01)

    def send(self, picture: Picture) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as eyes:
            eyes.sendto(encode(picture), str(self.pictures))

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        except BaseException as error:
            self.failed = error
            raise
        finally:
            self._loop.close()

    async def _main(self) -> None:
        for lane in self.lanes:
            await lane.open()
        users = frozenset({os.getuid()})
        links = Links(
            tuple(LaneClient(lane.name, lane.path) for lane in self.lanes),
            PictureClient(self.pictures, users),
        )
        about = {"gate": "gate-1", "software": "0.1.0"}
        checks = LaneChecks(Shape.MANTRAP, About("lane_checks", 0.0, "gate-1", "SITE"))
        reports, sessions = Reports(self.folder / "reports"), self.folder / "sessions.json"
        gate = Gate(Shape.MANTRAP, about, reports, checks=checks, sessions=sessions)
        self.site = open_site(gate, links, PEOPLE, Sources(time.monotonic, time.time, os.urandom))
        listening = listen(Where("127.0.0.1", self._port))
        self.port = listening.getsockname()[1]
        ticking = asyncio.create_task(self._tick())
        self._up.set()
        try:
            where = Where("127.0.0.1", self.port)
            await serve(self.site, where, listening, lambda *_facts: None, self._stop)
        finally:
            ticking.cancel()
            for lane in self.lanes:
                assert lane.hosts is not None
                await lane.hosts.close()
            await asyncio.sleep(0.01)  # the transports of aborted lines close in the loop

    async def _tick(self) -> None:
        while True:
            for lane in self.lanes:
                assert lane.hosts is not None
                lane.hosts.check_silence()
                lane.show()
            await asyncio.sleep(TICK_S)


class Browser:
    """What a browser would send, by hand: cookies, origin and proof."""

    def __init__(self, served: Served, key: str = "") -> None:
        self._served = served
        self.cookie = self.proof = ""
        if key:
            self.sign_in(key)

    def sign_in(self, key: str) -> int:
        answer = self.post("/sign-in", urlencode({"key": key}))
        if answer.status == 303:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
            page = self.get("/").text
            self.proof = page.split('data-proof="')[1].split('"')[0]
        return answer.status

    def get(self, path: str, **headers: str) -> "Answer":
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: str = "", **headers: str) -> "Answer":
        headers = {"origin": self._served.origin, **headers}
        if self.proof:
            headers.setdefault("x-egate-proof", self.proof)
        return self.ask("POST", path, body, headers)

    def give(self, path: str, **fields: object) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.post(path, json.dumps(fields)).text)
        return told

    def ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> "Answer":
        line = HTTPConnection("127.0.0.1", self._served.port, timeout=DEADLINE_S)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            named.setdefault("cookie", self.cookie)
        try:
            line.request(method, path, body, named)
            return Answer(line.getresponse())
        finally:
            line.close()


class Answer:
    """An answer, read; of a stream its first event."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.is_stream = self.headers.get("content-type", "") == "text/event-stream"
        self.raw = self._event(answer) if self.is_stream else answer.read()

    @property
    def text(self) -> str:
        return self.raw.decode()

    @property
    def facts(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.text.removeprefix("data: "))
        return told

    @staticmethod
    def _event(answer: HTTPResponse) -> bytes:
        while not (line := answer.readline()).startswith(b"data: "):
            assert line, "the stream ended"
        return line.strip()
