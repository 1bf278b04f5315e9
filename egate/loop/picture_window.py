"""The vision host's window to the pages: small pictures sent away, never waited for, never kept.

A datagram to the pages' socket is sent without blocking; where nobody listens, or is too slow, it
is lost and no further picture is made for AWAY_S. So a page costs a look no more than the making of
a small JPEG, at most PREVIEWS_EVERY_S, and the eyes hear nothing from the pages.

Called from the body's thread only.

Source: egate.wire.pictures (the datagrams); DESIGN section 7 (no picture outlives the passage).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import socket
from typing import TYPE_CHECKING

from egate.wire.pictures import MOST_BYTES, NO_FACE, Box, Picture, PictureKind, encode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PREVIEWS_EVERY_S = 0.1
LIVES_EVERY_S = 0.5
AWAY_S = 1.0
PREVIEW_PX, PORTRAIT_PX = 400, 480  # the longer side

ToJpeg = Callable[["NDArray[np.uint8]", int], bytes]


class PictureWindow:
    """Where pictures of the running passage go; `to_jpeg(picture, longer_side)` is handed in."""

    def __init__(self, path: Path, to_jpeg: ToJpeg, clock: Callable[[], float]) -> None:
        self._path = str(path)
        self._to_jpeg = to_jpeg
        self._clock = clock
        self._passage: int | None = None
        self._away_until_s = self._next_s = self._next_live_s = 0.0
        self._socket: socket.socket | None = None

    def begin(self, passage: int) -> None:
        """Pictures from now on are of this passage."""
        if self._passage != passage:
            self.forget()
            self._passage = passage

    def look(self, picture: NDArray[np.uint8], face: Box | None, reason: str) -> None:
        """Show a frame of a look; the newest with a face stays for an officer to compare."""
        self.preview(picture, face, reason)
        now_s = self._clock()
        if face is not None and now_s >= self._next_live_s:
            self._next_live_s = now_s + LIVES_EVERY_S
            self._show(PictureKind.LIVE, around(picture, face))

    def preview(
        self, picture: NDArray[np.uint8], face: Box | None = None, reason: str = ""
    ) -> None:
        """Show what the camera sees, if it is time for another; `face` is a box in pixels."""
        now_s = self._clock()
        if now_s < self._next_s:
            return
        self._next_s = now_s + PREVIEWS_EVERY_S
        height, width = picture.shape[:2]
        shares = NO_FACE
        if face is not None:
            shares = (face[0] / width, face[1] / height, face[2] / width, face[3] / height)
        self._show(PictureKind.PREVIEW, picture, shares, reason)

    def reference(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Show the document's portrait; return it."""
        self._show(PictureKind.REFERENCE, picture)
        return picture

    def forget(self) -> None:
        """Have what was shown of the passage dropped."""
        if self._passage is not None:
            self._send(Picture(PictureKind.FORGET, self._passage))
            self._passage = None

    def close(self) -> None:
        """Forget, and give the socket back."""
        self.forget()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _show(
        self,
        kind: PictureKind,
        picture: NDArray[np.uint8],
        face: Box = NO_FACE,
        reason: str = "",
    ) -> None:
        passage, now_s = self._passage, self._clock()
        if passage is None or now_s < self._away_until_s:
            return
        longer = PREVIEW_PX if kind is PictureKind.PREVIEW else PORTRAIT_PX
        jpeg = self._to_jpeg(picture, longer)
        if len(jpeg) < MOST_BYTES // 2:
            self._send(Picture(kind, passage, now_s, face, reason, jpeg))

    def _send(self, picture: Picture) -> None:
        if self._socket is None:
            kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            self._socket = socket.socket(socket.AF_UNIX, kind)
        try:
            self._socket.sendto(encode(picture), self._path)
        except OSError:  # nobody listens, or too slowly: the pages are not worth a look's time
            self._away_until_s = self._clock() + AWAY_S


def around(picture: NDArray[np.uint8], face: Box) -> NDArray[np.uint8]:
    """Return the part of a picture with the face and half its size on every side."""
    height, width = picture.shape[:2]
    left, top = max(0, int(face[0] - face[2] / 2)), max(0, int(face[1] - face[3] / 2))
    right, bottom = int(face[0] + face[2] * 1.5), int(face[1] + face[3] * 1.5)
    part = picture[top : min(height, bottom), left : min(width, right)]
    return part if part.size else picture
