"""What strangers send: answered in bounded time with a short refusal, and the next is served."""

from collections.abc import Iterator
from contextlib import ExitStack
import socket

import pytest

from egate.pages import connection, stream
from egate.pages.people import Role
from egate.pages.server import MOST_CONNECTIONS, MayNotListen, Where, listen
from tests.pages.gate import DEADLINE_S, KEYS, Browser, Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("pages")) as pages:
        yield pages


def raw(served: Served, request: bytes) -> bytes:
    """Send bytes as they are; return all that comes until the other end closes."""
    with socket.create_connection(("127.0.0.1", served.port), DEADLINE_S) as line:
        line.sendall(request)
        answer = b""
        while part := line.recv(65_536):
            answer += part
        return answer


def ask(served: Served, head: str, body: bytes = b"") -> str:
    request = f"{head}\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n"
    answer = raw(served, request.encode() + b"\r\n" + body)
    return answer.split(b"\r\n", 1)[0].decode()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /nowhere HTTP/1.1", 404),
        ("GET /console/ HTTP/1.1", 404),
        ("GET /" + "a" * 300 + " HTTP/1.1", 414),
        ("GET /static/../app.py HTTP/1.1", 404),
        ("GET /static/%2e%2e/%2e%2e/pages/app.py HTTP/1.1", 404),
        ("GET /static//etc/passwd HTTP/1.1", 404),
        ("GET /static/ HTTP/1.1", 404),
        ("DELETE / HTTP/1.1", 405),
        ("TRACE /screen HTTP/1.1", 405),
        ("HEAD /screen HTTP/1.1", 405),
        ("POST /screen HTTP/1.1", 405),
        ("POST /static/live.js HTTP/1.1", 405),
        ("GET /sign-in HTTP/1.1", 405),
        ("GE\x00T / HTTP/1.1", 400),
        ("nonsense", 400),
    ],
)
def test_what_is_no_request_of_ours_is_refused(served: Served, head: str, status: int) -> None:
    assert ask(served, head).split()[1] == str(status)
    assert Browser(served).get("/screen").status == 200


def test_a_head_that_grows_without_end_is_refused(served: Served) -> None:
    head = b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000
    assert raw(served, head).startswith(b"HTTP/1.1 400 ")


def test_another_host_name_is_somebody_elses_page(served: Served) -> None:
    answer = raw(served, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_post_from_another_page_is_refused(served: Served, origin: str) -> None:
    browser = Browser(served, KEYS[Role.OFFICER])
    assert browser.post("/console/beat", origin=origin).status == 403
    assert browser.post("/sign-in", "key=x", origin=origin).status == 403


@pytest.mark.parametrize("proof", ["", "0" * 64, "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_post_without_the_sessions_proof_is_refused(served: Served, proof: str) -> None:
    browser = Browser(served, KEYS[Role.OFFICER])
    browser.proof = proof
    assert browser.post("/console/beat").status == 403


@pytest.mark.parametrize("cookie", ["egate=", "egate=" + "0" * 64, "egate=x; egate=y", "\x01=;;;"])
def test_a_cookie_that_is_nobodys_is_nobody(served: Served, cookie: str) -> None:
    browser = Browser(served)
    browser.cookie = cookie
    assert browser.get("/console").status == 303


def test_a_body_over_its_bound_is_refused_by_its_length_or_as_it_comes(served: Served) -> None:
    browser = Browser(served, KEYS[Role.OFFICER])
    assert browser.post("/console/order", "x" * 5000).status == 413
    head = "POST /sign-in HTTP/1.1\r\nTransfer-Encoding: chunked"
    assert " 413 " in ask(served, head, b"2000\r\n" + b"x" * 0x2000 + b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    ["", "[]", "1", '"x"', "{}", "{", "\xff", '{"lane": 1}', '{"code": null}', "[" * 4000,
     '{"lane": "gate-1", "action": "admit", "passage": -1, "reason": "x"}',
     '{"lane": "gate-1", "action": "admit", "passage": 1e99, "reason": "x"}',
     '{"lane": "gate-1", "action": "admit", "passage": true, "reason": "x"}'],
)  # fmt: skip
def test_a_body_that_is_no_order_is_refused(served: Served, body: str) -> None:
    browser = Browser(served, KEYS[Role.OFFICER])
    for path in ("/console/order", "/console/confirm", "/console/acknowledge"):
        assert browser.post(path, body).status == 400, path
    assert served.lane.said == []


def test_every_answer_forbids_foreign_scripts_and_keeping(served: Served) -> None:
    browser = Browser(served)
    for path in ("/", "/screen", "/screen/events", "/nowhere", "/static/live.js"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert (headers["x-content-type-options"], headers["cache-control"]) == (
            "nosniff",
            "no-store",
        )
        assert "server" not in headers


def test_a_request_that_never_ends_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REQUEST_WITHIN_S", 0.2)
    assert raw(served, b"GET / HTTP/1.1\r\nHost: ") == b""


def test_a_browser_that_does_not_read_its_stream_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SLOW_S", 0.2)
    monkeypatch.setattr(stream, "PAUSE_S", 0.001)
    monkeypatch.setattr(stream, "EVERY_S", 0.002)
    readers = served.site.hub.readers
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", served.port))
        host = f"127.0.0.1:{served.port}"
        line.sendall(f"GET /screen/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        served.until(lambda: served.site.hub.readers > readers)
        monkeypatch.setattr(stream, "event", lambda _facts: b"x" * 1_000_000)
        served.until(lambda: served.site.hub.readers == readers)


def test_more_streams_than_the_bound_are_asked_to_come_again(served: Served) -> None:
    served.until(lambda: served.site.hub.readers == 0)
    head = f"GET /screen/events HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode()
    with ExitStack() as open_lines:
        for _ in range(stream.MOST_STREAMS):
            line = socket.create_connection(("127.0.0.1", served.port), DEADLINE_S)
            open_lines.enter_context(line).sendall(head)
        served.until(lambda: served.site.hub.readers == stream.MOST_STREAMS)
        answer = Browser(served).get("/screen/events")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert Browser(served).get("/screen").status == 200
    served.until(lambda: served.site.hub.readers == 0)


def test_more_connections_than_the_bound_are_refused_and_then_served(served: Served) -> None:
    with ExitStack() as open_lines:
        for _ in range(MOST_CONNECTIONS + 1):
            line = socket.create_connection(("127.0.0.1", served.port), DEADLINE_S)
            open_lines.enter_context(line)
        assert ask(served, "GET /screen HTTP/1.1").split()[1] == "503"
    served.until(lambda: Browser(served).get("/screen").status == 200)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "gate.example"])
def test_an_address_that_others_reach_is_not_opened_without_tls(host: str) -> None:
    with pytest.raises(MayNotListen):
        listen(Where(host, 0))
