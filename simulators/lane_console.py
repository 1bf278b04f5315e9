"""The bench's officer: attaches to the lane's socket, watches its state, gives orders.

Where somebody else is the officer, it only watches.

A second speaker of the lane's messages, written from their description and sharing no code
with the gate: frames of a length (4 bytes, big endian) and a JSON object.

Source: ARCHITECTURE.md, messages between processes.
"""

import asyncio
from collections.abc import Callable
import json
from pathlib import Path
import struct
from typing import Any

LENGTH = struct.Struct(">I")
LARGEST = 262_144
BEAT_S = 0.5
RETRY_S = 0.05
OFFICER = "bench-officer"

Shown = dict[str, Any]


class LaneConsole:
    """One console; `on_state` hears every state that the lane shows."""

    def __init__(
        self, socket: Path, on_state: Callable[[Shown], None], *, attends: bool = True
    ) -> None:
        self.attends = attends
        self._socket = socket
        self._on_state = on_state
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Stay attached: connect, and connect again whenever the lane was away."""
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(str(self._socket))
                if self.attends:
                    self._say({"kind": "attach", "officer": OFFICER})
                    await asyncio.gather(self._listen(reader), self._beat())
                else:
                    self._say({"kind": "watch"})
                    await self._listen(reader)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                await asyncio.sleep(RETRY_S)
            finally:
                if self._writer is not None:
                    self._writer.close()
                    self._writer = None

    def attend(self, *, attends: bool) -> None:
        """Be the lane's officer from now on, or only watch."""
        if attends is not self.attends:
            self.attends = attends
            if self._writer is not None:
                self._writer.close()  # who attached once is attached until the line ends

    def order(self, order: str, passage: int, reason: str) -> None:
        """Give an order for the passage that is on the screen."""
        self._say({"kind": "give_order", "order": order, "passage": passage, "reason": reason})

    def _say(self, message: Shown) -> None:
        if self._writer is not None:
            body = json.dumps(message).encode()
            self._writer.write(LENGTH.pack(len(body)) + body)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if length > LARGEST:
                raise ValueError("a frame is longer than it may be")
            message = json.loads(await reader.readexactly(length))
            if message.get("kind") == "state_shown":
                self._on_state(message)

    async def _beat(self) -> None:
        line = self._writer
        while line is not None and self._writer is line:
            self._say({"kind": "beat"})
            await line.drain()
            await asyncio.sleep(BEAT_S)
