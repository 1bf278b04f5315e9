"""The pages' end of the pictures' socket: datagrams of the vision host's user, and nobody else's.

The kernel names the sender of each datagram (SO_PASSCRED). What is no picture, or comes from
another user, is dropped without a word.

Source: unix(7); egate.wire.pictures.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
import socket
import struct

from egate.wire.errors import FrameError
from egate.wire.pictures import MOST_BYTES, Picture, decode

CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))
MOST_AT_ONCE = 16
MODE = 0o660


class PictureClient:
    """Pictures by datagrams; a PictureLink. `users` are those that the vision host may have."""

    def __init__(self, path: Path, users: frozenset[int]) -> None:
        self._path = path
        self._users = users

    async def watch(self, on_picture: Callable[[Picture], None]) -> None:
        """Listen until cancelled; an older socket file is replaced."""
        loop = asyncio.get_running_loop()
        self._path.parent.mkdir(mode=0o750, exist_ok=True)
        self._path.unlink(missing_ok=True)
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        with socket.socket(socket.AF_UNIX, kind) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            listening.bind(str(self._path))
            self._path.chmod(MODE)
            loop.add_reader(listening, self._read, listening, on_picture)
            try:
                await loop.create_future()
            finally:
                loop.remove_reader(listening)
                self._path.unlink(missing_ok=True)

    def _read(self, listening: socket.socket, on_picture: Callable[[Picture], None]) -> None:
        for _ in range(MOST_AT_ONCE):
            try:
                datagram, notes, flags, _ = listening.recvmsg(
                    MOST_BYTES, socket.CMSG_SPACE(CREDENTIALS.size)
                )
            except OSError:
                return
            if flags & socket.MSG_TRUNC or not self._is_ours(notes):
                continue
            try:
                on_picture(decode(datagram))
            except FrameError:
                continue

    def _is_ours(self, notes: list[tuple[int, int, bytes]]) -> bool:
        return any(
            kind == socket.SCM_CREDENTIALS and CREDENTIALS.unpack(raw)[1] in self._users
            for level, kind, raw in notes
            if level == socket.SOL_SOCKET and len(raw) == CREDENTIALS.size
        )
