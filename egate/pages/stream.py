"""Server-sent events by hand: the newest state as often as it changes, and every second.

    event: NAME   data: one line of JSON   (blank line)

Bounds: MOST_STREAMS at once, one event every PAUSE_S at most, and a browser that does not take
one within SLOW_S is cut off; it opens the stream again by itself and misses nothing, because each
event is the whole state.

Source: HTML standard section 9.2 (server-sent events); research/fleet_ops.md section 4.
"""

import asyncio
from collections.abc import Callable, Mapping
import json

from starlette.types import Receive, Scope, Send

from egate.pages.connection import connection_of
from egate.pages.hub import Hub

EVERY_S = 0.5  # a page that hears nothing for 2 s shows "closed": four must be late
PAUSE_S = 0.05
SLOW_S = 5.0
MOST_STREAMS = 48
RETRY_MS = 500
ENDED = "ended"  # who read may read no more

Facts = Mapping[str, object]


class TooManyStreams(Exception):
    """No further reader is taken now."""


class EventStream:
    """An ASGI response that never ends by itself; `facts()` is asked for each event."""

    def __init__(self, hub: Hub, facts: Callable[[], Facts | None]) -> None:
        """Build it; `facts` returns None when its reader may read no more.

        Raises:
            TooManyStreams: ask again later.
        """
        if hub.readers >= MOST_STREAMS:
            raise TooManyStreams
        self._hub = hub
        self._facts = facts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the browser goes, is too slow or may read no more."""
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.create_task(_until_gone(receive))
        try:
            with self._hub.waiter() as waiter:
                await _send(send, f"retry: {RETRY_MS}\n\n".encode())
                while not gone.done() and (facts := self._facts()) is not None:
                    waiter.changed.clear()
                    await _send(send, event(facts))
                    await asyncio.wait({gone}, timeout=PAUSE_S)
                    await _first_of(gone, waiter.changed, EVERY_S - PAUSE_S)
            await _send(send, event({}, ENDED), more=False)
        except TimeoutError:
            connection_of(scope).abort()
        finally:
            gone.cancel()


def event(facts: Facts, name: str = "state") -> bytes:
    r"""Return one event.

    >>> event({"a": 1})
    b'event: state\ndata: {"a":1}\n\n'
    """
    data = json.dumps(facts, separators=(",", ":"))  # JSON has no raw line break
    return f"event: {name}\ndata: {data}\n\n".encode()


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    message = {"type": "http.response.body", "body": body, "more_body": more}
    await asyncio.wait_for(send(message), SLOW_S)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(gone: "asyncio.Task[None]", event: asyncio.Event, timeout_s: float) -> None:
    """Wait for either, or for this long."""
    changed = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({gone, changed}, timeout=timeout_s, return_when="FIRST_COMPLETED")
    finally:
        changed.cancel()
