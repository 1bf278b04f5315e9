"""The bench's own page: a button for each traveller and each fault, served on loopback.

    GET  /            the page; /bench.css and /bench.js
    GET  /what        who can be sent, what can break, what to open: said once
    GET  /live        how everything stands, as server-sent events, ten a second while it changes
    POST /do          {"what": one of DEEDS, ...}: 200, or 409 with words for a person

It is no part of a gate, and knows nothing of the gate's pages but their addresses. Whoever reaches
it may do everything, so it answers only under its own address, and a POST comes from the page.

Source: HTML standard section 9.2 (server-sent events); RFC 9112 (HTTP/1.1), as much as a browser
needs.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
import json
from pathlib import Path
from typing import Any, Final

from simulators.diary import plain
from simulators.play import AT_THE_LANE, NotNow, Play, expected_of
from simulators.scenario import Scenario
from simulators.switches import Fault

FILES: Final = Path(__file__).with_name("bench_files")
TYPES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/bench.css": ("bench.css", "text/css; charset=utf-8"),
    "/bench.js": ("bench.js", "text/javascript; charset=utf-8"),
}
HEADERS: Final = (
    "content-security-policy: default-src 'self'; img-src 'self' data:; frame-ancestors 'none'\r\n"
    "x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n"
)
REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
}
MOST_HEAD, MOST_BODY = 16_384, 4096
LOOKS_EVERY_S: Final = 0.05
TELLS_EVERY_S: Final = 0.1
TELLS_AGAIN_S: Final = 1.0
ASKS_WITHIN_S: Final = 5.0
GROUPS: Final = (  # by the number a scenario's file begins with
    (1, "Residents with a permit"),
    (11, "Passports and cards"),
    (20, "Those who deceive or follow"),
    (30, "Permits that are refused"),
    (40, "How people behave"),
    (45, "Pictures, masks and coverings"),
    (50, "Devices that fail meanwhile"),
    (54, "Pictures, masks and coverings"),
    (60, "Emergency"),
    (70, "Documents that are refused"),
    (81, "Those who deceive or follow"),
    (82, "Devices that fail meanwhile"),
    (90, "Face and finger"),
)
WORDS: Final = {  # an input by what a technician calls the thing
    "entry_closed": "entry leaf contact",
    "entry_locked": "entry bolt contact",
    "exit_closed": "exit leaf contact",
    "exit_locked": "exit bolt contact",
    "entry_beam_clear": "entry beam",
    "exit_beam_clear": "exit beam",
    "chamber_empty": "mat",
    "chamber_single": "counter",
    "emergency_clear": "emergency loop",
}
NOUNS: Final = {  # what is not said again below the name of a part
    "board": ("board",),
    "emergency loop": ("emergency",),
    "entry door": ("entry",),
    "exit door": ("exit",),
    "safety relay": ("safety relay",),
    "code scanner": ("scanner",),
    "page reader": ("pages",),
    "card reader": ("card",),
    "code camera": ("code camera",),
    "page camera": ("page camera",),
    "light": ("light",),
    "camera": ("camera",),
    "finger sensor": ("finger sensor", "finger"),
    "every finger": ("finger",),
}
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """One page of the gate: what it is called, where it is, and the key that opens it, if any."""

    name: str
    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to it."""

    status: int
    kind: str
    body: bytes

    @property
    def raw(self) -> bytes:
        """As it goes on the line."""
        head = f"HTTP/1.1 {self.status} {REASONS[self.status]}\r\n{HEADERS}"
        about = f"content-type: {self.kind}\r\ncontent-length: {len(self.body)}\r\n\r\n"
        return (head + about).encode() + self.body


class BenchPage:
    """The page of one open bench; `links` are the gate's own pages."""

    def __init__(self, play: Play, links: tuple[Link, ...]) -> None:
        self.play = play
        self.links = links
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._origin = ""

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{self._origin}/"

    async def open(self, host: str, port: int = 0) -> None:
        """Listen; any free port unless one is named."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MOST_HEAD)
        self._origin = f"http://{host}:{self._server.sockets[0].getsockname()[1]}"
        looking = asyncio.get_running_loop().create_task(self._look())
        self._tasks.add(looking)

    async def close(self) -> None:
        """Close it, and whatever a browser still reads; end whatever walks."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.play.close()

    def answer(self, asked: Asked) -> Answer | None:
        """Return the answer to a request; None is the stream, which does not end."""
        if asked.headers.get("host", "") != self._origin.removeprefix("http://"):
            return _words(403, "This is not the page of that name.")
        if asked.method == "GET" and asked.path in TYPES:
            name, kind = TYPES[asked.path]
            return Answer(200, kind, (FILES / name).read_bytes())
        if (asked.method, asked.path) == ("GET", "/what"):
            return _json(200, self.what())
        if (asked.method, asked.path) == ("GET", "/live"):
            return None
        if (asked.method, asked.path) == ("POST", "/do"):
            return self._done(asked)
        return _words(404, "There is nothing here.")

    def what(self) -> Facts:
        """Return what does not change: who, what and where."""
        return {
            "shape": self.play.bench.shape,
            "links": [asdict(link) for link in self.links],
            "scenarios": [self._scenario(one) for one in self.play.scenarios.values()],
            "faults": [_fault(one) for one in self.play.faults.values()],
            "processes": self.play.processes(),
            "at_the_lane": AT_THE_LANE,
        }

    def _scenario(self, scenario: Scenario) -> Facts:
        return {
            "name": scenario.name,
            "group": group_of(scenario.name),
            "title": scenario.title,
            "about": scenario.about,
            "expected": expected_of(scenario, self.play.bench),
        }

    def _done(self, asked: Asked) -> Answer:
        if asked.headers.get("origin", "") != self._origin:
            return _words(403, "This did not come from the page.")
        try:
            wish = json.loads(asked.body)
            DEEDS[wish.pop("what")](self.play, **wish)
        except NotNow as refusal:
            return _json(409, {"refused": str(refusal)})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _words(400, "This is not understood.")
        return _json(200, {})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            asked = await asyncio.wait_for(_read(reader), ASKS_WITHIN_S)
            answer = self.answer(asked)
            if answer is None:
                await self._tell(writer)
            else:
                writer.write(answer.raw)
                await writer.drain()
        except (OSError, ValueError, TimeoutError, EOFError, asyncio.LimitOverrunError):
            return  # whoever asked has gone, or spoke no HTTP
        except asyncio.CancelledError:
            return  # the bench ends; CPython 3.11 would print a traceback for each connection
        finally:
            writer.close()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        """Tell how everything stands, at every change and once a second, until nobody reads."""
        now = asyncio.get_running_loop().time
        writer.write(
            f"HTTP/1.1 200 OK\r\n{HEADERS}content-type: text/event-stream\r\n\r\n".encode()
        )
        last, told_s = "", 0.0
        while True:
            facts = json.dumps(self.play.facts(), separators=(",", ":"))
            if facts != last or now() - told_s > TELLS_AGAIN_S:
                last, told_s = facts, now()
                writer.write(f"data: {facts}\n\n".encode())
                await writer.drain()
            await asyncio.sleep(TELLS_EVERY_S)

    async def _look(self) -> None:
        while True:
            self.play.look()
            await asyncio.sleep(LOOKS_EVERY_S)


def _deed(act: Callable[..., None], **kinds: type) -> Callable[..., None]:
    """Return a deed whose fields must be there, alone and of these types."""

    def does(play: Play, **fields: object) -> None:
        if fields.keys() != kinds.keys():
            raise ValueError("not these fields")
        if any(type(fields[name]) is not kind for name, kind in kinds.items()):
            raise ValueError("not of these types")
        act(play, **fields)

    return does


DEEDS: Final[Mapping[str, Callable[..., None]]] = {
    "walk": _deed(Play.walk, name=str),
    "call_off": _deed(Play.call_off),
    "switch": _deed(Play.switch, key=str, on=bool),
    "mend_all": _deed(Play.mend_all),
    "end_process": _deed(Play.end_process, name=str, how=str),
    "at_the_lane": _deed(Play.do, action=str),
    "attend": _deed(Play.attend, by_script=bool),
}


def group_of(name: str) -> str:
    """Return the heading under which a scenario stands, by the number of its file.

    >>> group_of("22_tailgater"), group_of("mine")
    ('Those who deceive or follow', 'Others')
    """
    number = name.partition("_")[0]
    if not number.isdecimal():
        return "Others"
    return [heading for first, heading in GROUPS if first <= int(number)][-1]


def _fault(fault: Fault) -> Facts:
    """Return a fault in words; the short ones stand below the name of the part.

    >>> from simulators.faults import faults
    >>> from egate.domain.lane_part import Shape
    >>> told = {one.name: _fault(one) for one in faults(Shape.MANTRAP)}
    >>> told["exit_closed stuck"]["name"], told["exit_closed stuck"]["short"]
    ('exit leaf contact stuck', 'leaf contact stuck')
    >>> told["chamber_empty chatters"]["short"], told["board hangs up"]["short"]
    ('mat', 'hangs up')
    """
    first, _, rest = fault.name.partition(" ")
    words = f"{WORDS.get(first, plain(first))} {rest}"
    short = words.removesuffix(" chatters").removesuffix(" bounces")
    for noun in NOUNS.get(fault.part, ()):
        short = short.removeprefix(f"{noun} ")
    return {"key": fault.key, "part": fault.part, "short": short, "name": words}


def _words(status: int, words: str) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", f"{words}\n".encode())


def _json(status: int, facts: Facts) -> Answer:
    return Answer(status, "application/json", json.dumps(facts).encode())


async def _read(reader: asyncio.StreamReader) -> Asked:
    """Read one request.

    Raises:
        ValueError: it is none, or longer than anything a browser sends here.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _version = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MOST_BODY:
        raise ValueError("longer than may be")
    with suppress(asyncio.IncompleteReadError):
        return Asked(method, path, headers, await reader.readexactly(length))
    raise ValueError("shorter than it says")
