"""One connection between two of our processes: frames in, messages out, for asyncio.

It decides nothing about a message; whoever holds the line does. A peer that sends what is no
message, or does not take what it is sent, loses the line.
"""

import asyncio
from collections.abc import Callable
import socket
import struct

from egate.loop.messages import MAX_FRAME, Message, MessageRefused, decode, encode

MOST_UNSENT = 4 * MAX_FRAME  # a peer that far behind is not reading
CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


class Line(asyncio.Protocol):
    """A connected line; `on_message` and `on_closed` are called from the loop."""

    def __init__(
        self,
        on_message: Callable[["Line", Message], None],
        on_closed: Callable[["Line", str], None],
        on_open: Callable[["Line"], None] = lambda _line: None,
    ) -> None:
        self._on_message = on_message
        self._on_closed = on_closed
        self._on_open = on_open
        self._buffer = b""
        self._why = "the other end closed it"
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._on_open(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            while self._is_open():
                message, self._buffer = decode(self._buffer)
                if message is None:
                    return
                self._on_message(self, message)
        except MessageRefused as refusal:
            self.close(str(refusal))

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._why = type(exc).__name__
        self._transport = None
        self._on_closed(self, self._why)

    def send(self, message: Message) -> bool:
        """Send one message; False when the line is closed or its reader fell too far behind."""
        if self._transport is None or self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self.close("the other end does not read")
            return False
        self._transport.write(encode(message))
        return True

    def close(self, why: str) -> None:
        """Drop the line at once; `on_closed` is told why. Repeatable."""
        if self._transport is not None and not self._transport.is_closing():
            self._why = why
            self._transport.abort()

    def peer_uid(self) -> int:
        """Return the user id of the process at the other end, as the kernel vouches for it."""
        assert self._transport is not None
        peer = self._transport.get_extra_info("socket")
        raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        _, uid, _ = CREDENTIALS.unpack(raw)
        return int(uid)

    def _is_open(self) -> bool:
        """Say whether messages may still come and go; a dropped line is over at once."""
        return self._transport is not None and not self._transport.is_closing()
