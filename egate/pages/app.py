"""The pages as one ASGI application: every request passes the same few gates, then its handler.

    host      only the names this gate is reached by: another name is somebody else's page (421)
    address   in the table of egate.pages.routes, by its path and method (414, 404, 405)
    body      at most MOST_BODY bytes, whole within BODY_WITHIN_S (413, 408)
    origin    a POST comes from our own page, and carries the session's proof (403)
    role      one of those in the table (303 to the start page, 401 or 403)

What goes wrong in a handler is one line in the log with the error's name, and 500 for the browser.

Source: OWASP cheat sheets on CSRF and on the content security policy; DESIGN section 8.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send
import structlog

from egate.pages.door import LANGUAGE_COOKIE
from egate.pages.people import Person
from egate.pages.routes import ADDRESSES, Address
from egate.pages.sessions import COOKIE, is_proof
from egate.pages.site import HERE, Site, Visitor
from egate.pages.stream import EventStream, TooManyStreams

MOST_BODY = 4096
BODY_WITHIN_S = 5.0
LONGEST_PATH = 256
STATIC = "/static"
PROOF_HEADER, PROOF_FIELD = "x-egate-proof", "proof"
FORM = "application/x-www-form-urlencoded"

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none, a browser hides the origin of a form too
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


class Turned(Exception):
    """A request is turned away with this status; the words are for a person."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.answer = PlainTextResponse(words + "\n", status, headers)


class Pages:
    """The application; `hosts` are the values of the Host header that are ours."""

    def __init__(self, site: Site, hosts: frozenset[str]) -> None:
        self._site = site
        self._hosts = hosts
        self._static = StaticFiles(directory=HERE / "static")
        self._by_path: dict[str, dict[str, Address]] = {}
        for address in ADDRESSES:
            self._by_path.setdefault(address.path, {})[address.method] = address
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return  # no WebSocket and no lifespan is spoken here
        send = _with_headers(send)
        try:
            answer = await self._answer(scope, receive)
        except Turned as turned:
            answer = turned.answer
        except TooManyStreams:
            answer = PlainTextResponse("Too many pages are open.\n", 503, {"retry-after": "5"})
        except ValueError:
            answer = PlainTextResponse("This request is not understood.\n", 400)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next request is answered
            self._log.error("page_failed", error=type(error).__name__)
            answer = PlainTextResponse("This page failed.\n", 500)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response | EventStream:
        """Return what answers this request.

        Raises:
            Turned: it does not get to a handler.
        """
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            raise Turned(421, "This is not the page of that name.")
        if len(scope.get("raw_path") or scope["path"]) > LONGEST_PATH:
            raise Turned(414, "This address is too long.")
        if scope["path"].startswith(STATIC + "/"):
            return await self._static_file(scope)
        address = self._address(scope)
        body = await asyncio.wait_for(_body(headers, receive), BODY_WITHIN_S)
        request = Request(scope, _given(body, receive))
        visitor = self._visitor(request)
        if address.method == "POST":
            _check_post(request, address, visitor, body)
        _check_role(address, visitor)
        return await address.handler(self._site, request, visitor)

    async def _static_file(self, scope: Scope) -> Response:
        if scope["method"] != "GET":
            raise Turned(405, "Only GET is answered here.", {"allow": "GET"})
        name = scope["path"].removeprefix(STATIC + "/")
        try:
            return await self._static.get_response(name, scope)
        except Exception:  # noqa: BLE001  # starlette tells every refusal as an exception of its own
            raise Turned(404, "There is no such file.") from None

    def _address(self, scope: Scope) -> Address:
        methods = self._by_path.get(scope["path"])
        if methods is None:
            raise Turned(404, "There is no such page.")
        address = methods.get(scope["method"])
        if address is None:
            allowed = ", ".join(sorted(methods))
            raise Turned(405, f"Only {allowed} is answered here.", {"allow": allowed})
        return address

    def _visitor(self, request: Request) -> Visitor:
        key = request.cookies.get(COOKIE, "")
        session = self._site.sessions.of(key) if key else None
        language = request.cookies.get(LANGUAGE_COOKIE, "")
        if session is None:
            return Visitor(Person(), language=language)
        return Visitor(session.person, session, language)


def _check_post(request: Request, address: Address, visitor: Visitor, body: bytes) -> None:
    own = f"{request.url.scheme}://{request.headers['host']}"
    if request.headers.get("origin") != own:
        raise Turned(403, "This did not come from our own page.")
    if not address.signed or visitor.session is None:  # without a session there is none to misuse
        return
    proof = request.headers.get(PROOF_HEADER, "")
    if not proof and request.headers.get("content-type") == FORM:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=4)
        proof = fields.get(PROOF_FIELD, [""])[0]
    if not is_proof(visitor.session, proof):
        raise Turned(403, "This page is an old one; load it again.")


def _check_role(address: Address, visitor: Visitor) -> None:
    if visitor.person.may(address.roles):
        return
    if visitor.session is not None:
        raise Turned(403, "This page is not for your role.")
    if address.method == "GET" and not address.path.endswith("/events"):
        raise Redirected
    raise Turned(401, "Sign in first.")


class Redirected(Turned):
    """Nobody is signed in: the start page is shown instead."""

    def __init__(self) -> None:
        super().__init__(303, "Sign in first.", {"location": "/"})


async def _body(headers: Headers, receive: Receive) -> bytes:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BODY:
        raise Turned(413, f"At most {MOST_BODY} bytes are taken.", {"connection": "close"})
    if length == "0" and "transfer-encoding" not in headers:
        return b""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Turned(400, "The request ended too early.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            raise Turned(413, f"At most {MOST_BODY} bytes are taken.", {"connection": "close"})
    return body


def _given(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body, which was read already, then whatever comes."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return parts.pop() if parts else await receive()

    return given


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
