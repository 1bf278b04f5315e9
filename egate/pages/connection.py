"""One connection of a browser, as our server knows it beside HTTP: its certificate, and its end.

Requests are bounded in time here, where uvicorn has no bound: a request's head must be whole
within REQUEST_WITHIN_S of the connection or of the answer before. Bodies are bounded in the app.

Source: uvicorn's documentation (settings: http, h11_max_incomplete_event_size).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN_S = 10.0
STATE = "egate.connection"


@dataclass(frozen=True, slots=True)
class Connection:
    """`common_name` is that of the client certificate, proven by TLS; empty without one."""

    common_name: str = ""
    abort: Callable[[], None] = lambda: None


def connection_of(scope: Scope) -> Connection:
    """Return the connection of this request."""
    found = scope.get("state", {}).get(STATE)
    return found if isinstance(found, Connection) else Connection()


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 on one connection, with an end to a browser that never asks."""

    _waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        peer = transport.get_extra_info("ssl_object")
        name = common_name_of(peer.getpeercert() or {}) if peer is not None else ""
        self.app_state = self.app_state | {STATE: Connection(name, transport.abort)}
        self._wait(transport)

    def handle_events(self) -> None:
        super().handle_events()
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy and self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._waits is not None:
            self._waits.cancel()

    def _wait(self, transport: asyncio.Transport) -> None:
        if self._waits is not None:
            self._waits.cancel()
        self._waits = self.loop.call_later(REQUEST_WITHIN_S, transport.abort)


def common_name_of(certificate: Mapping[str, Any]) -> str:
    """Return the common name of a certificate as ssl tells it.

    >>> common_name_of({"subject": ((("commonName", "A"),),)})
    'A'
    """
    pairs = [pair for group in certificate.get("subject", ()) for pair in group]
    return next((str(value) for name, value in pairs if name == "commonName"), "")
