"""A camera that reads the codes held before it; newest frame only.

A code is told at the second glance at it, and then once while it is held: two equal codes inside
2 s are one thing. Whatever was told and is still held after 5 s is told again, because a gate that
was busy with somebody else did not take it; what is no code to tell is never told again. While
two different codes are in view, and for a second after, none is told: which one the traveller
means is not ours to guess.

The camera's silence is a lost device, unlike a serial scanner's: drivers/_video.py. This driver
does not know what a permit is.

Source: research/mrz_qr.md section 4; egate/vision/codes.py for how a code is found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
import math
from typing import Final, Protocol

from drivers._video import open_video
from egate.ports.camera import Frame
from egate.ports.code_reader import CodeFrame, CodeReader
from egate.ports.errors import DeviceGarbled, DeviceRefused
from egate.profile.settings import QrCameraSettings
from egate.vision.codes import (
    CodeDecoder,
    CodeFinder,
    CodeFormat,
    DecoderMissing,
    Formats,
    Seen,
    Sight,
)

DEVICE: Final = "scanner"
MOST_CHARACTERS: Final = 2048  # of the port
GLANCES: Final = 2  # one may have caught half of what is in view
ONE_THING_S: Final = 2.0  # research/mrz_qr.md section 7: two equal frames inside 2 s are one
STILL_HELD_S: Final = 5.0  # longer than a gate takes to be ready again after a traveller
SETTLES_S: Final = 1.0  # after several codes: the others may only be hidden for a moment

FORMATS: Final[dict[str, Formats]] = {
    "qr": frozenset({CodeFormat.QR}),
    "qr+code128": frozenset({CodeFormat.QR, CodeFormat.CODE_128}),
    "all": frozenset(CodeFormat),
}


class Pictures(Protocol):
    """What this driver needs of a camera; drivers._video.Video is one."""

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        """Return the newest frame past `after`, None when none came yet; raise DeviceLost."""

    def close(self) -> None:
        """Give the line back."""


@dataclass(slots=True)
class Held:
    """What is in view, by its digest alone: since when, last seen, how often, and told when."""

    digest: bytes = b""
    began_s: float = -math.inf
    seen_s: float = -math.inf
    glances: int = 0
    told_s: float = -math.inf


class QrCamera:
    """A CodeReader; it holds no code longer than it takes to tell it."""

    def __init__(self, pictures: Pictures, finder: CodeFinder, clock: Callable[[], float]) -> None:
        self._pictures = pictures
        self._finder = finder
        self._clock = clock
        self._number = 0
        self._held = Held()
        self._several_s = -math.inf

    def read(self, timeout_s: float) -> CodeFrame | None:
        deadline_s = self._clock() + timeout_s
        left_s = timeout_s
        while left_s >= 0:
            frame = self._pictures.newer(self._number, left_s)
            if frame is not None:
                self._number = frame.number
                code = self._look(frame)
                if code is not None:
                    return code
            left_s = deadline_s - self._clock()
        return None

    def close(self) -> None:
        self._pictures.close()

    def _look(self, frame: Frame) -> CodeFrame | None:
        """Return what is to be told of this picture; raise DeviceGarbled when it is no code."""
        seen, at_s = self._finder.feed(frame.picture), frame.taken_at_s
        if seen.sight is Sight.SEVERAL:
            self._several_s = at_s
        elif seen.sight is Sight.NOTHING or at_s - self._several_s < SETTLES_S:
            return None
        held = self._glance(_digest(seen), at_s)
        if held.glances < GLANCES:
            return None
        began_s = held.began_s if held.told_s == -math.inf else at_s
        if at_s - held.told_s < STILL_HELD_S:
            return None
        held.told_s = math.inf  # what is no code is never told again
        code = CodeFrame(_text(seen), began_s, self._clock())
        held.told_s = at_s
        return code

    def _glance(self, digest: bytes, at_s: float) -> Held:
        held = self._held
        if digest != held.digest or at_s - held.seen_s >= ONE_THING_S:
            held = self._held = Held(digest, at_s)
        held.seen_s = at_s
        held.glances += 1
        return held


def build(settings: QrCameraSettings, clock: Callable[[], float]) -> CodeReader:
    """Open the camera of a profile and see it alive; `clock` is monotonic, in seconds.

    Raises:
        DeviceLost: it does not answer in time, or gives no two different pictures.
        DeviceRefused: it gives pictures of another size, its line is of no known kind, or the
            decoder that the profile wants is not installed.
    """
    try:
        finder = CodeFinder(FORMATS[settings.codes], CodeDecoder(settings.decoder))
    except DecoderMissing as missing:
        raise DeviceRefused(DEVICE, str(missing)) from None
    return QrCamera(open_video(DEVICE, settings, clock), finder, clock)


def _digest(seen: Seen) -> bytes:
    """Return what two equal sights have in common, without what is in it."""
    codes = sorted((code.format, code.raw) for code in seen.codes)
    return sha256(repr(codes).encode()).digest()


def _text(seen: Seen) -> str:
    """Return the text of the one code there is.

    Raises:
        DeviceGarbled: there are several, or it is no text, or too long.
    """
    code = seen.code
    if code is None:
        raise DeviceGarbled(DEVICE, f"{len(seen.codes)} codes at once")
    if code.text is None:
        raise DeviceGarbled(DEVICE, f"a code of {len(code.raw)} bytes that are no text")
    if len(code.text) > MOST_CHARACTERS:
        what = f"a code of {len(code.text)} characters, {MOST_CHARACTERS} are allowed"
        raise DeviceGarbled(DEVICE, what)
    return code.text
