"""Pictures through OpenCV: MJPEG over HTTP by FFmpeg, a UVC camera by V4L2; newest frame only.

One thread takes every picture as it comes and keeps the last one: a consumer at half the rate
of an unread stream was 2.2 s behind after 60 pictures. Only a picture that differs from the one
before it counts as new, because a living sensor has noise and a stuck one repeats itself.

What the hardware does not promise: a camera that hangs says nothing, and some V4L2 drivers hand
out their last picture for ever when unplugged. So silence and sameness both end, after
`frame_timeout_ms`, in DeviceLost. A V4L2 read cannot be interrupted; it gives up by itself after
OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT (environment, in seconds; 10 unless set) a try, and close()
does not wait for that.

Source: research/hardware.md section 4 (options, latency, the abort at exit).
"""

import atexit
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
import threading
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.ports.camera import Frame
from egate.ports.errors import DeviceLost, DeviceRefused

FROZEN = "frozen"
OPEN_TIMEOUT_MS = 2000
CLOSE_GRACE_S = 1.0  # beyond the read time-out, after which a read of FFmpeg has returned
PROOF_OF_LIFE = 1  # the picture after the first one: it differs from it
COMPARED_ROWS = 4  # every fourth row tells two noisy pictures apart
MJPG = cv2.VideoWriter.fourcc(*"MJPG")

Picture = NDArray[np.uint8]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the pictures must keep to: their size, and how long none or no new one may come."""

    width: int
    height: int
    silence_s: float


class VideoSettings(Protocol):
    """What a profile says of a line of pictures."""

    @property
    def line(self) -> str:
        """http://... or a path under /dev."""

    @property
    def width(self) -> int:
        """Of a picture, in pixels."""

    @property
    def height(self) -> int:
        """Of a picture, in pixels."""

    @property
    def frame_timeout_ms(self) -> int:
        """Without a new picture for so long, the line is lost."""


def open_video(device: str, settings: VideoSettings, clock: Clock) -> "Video":
    """Open a line of pictures and see it alive; `device` is the name its errors carry.

    Raises:
        DeviceLost: it does not answer in OPEN_TIMEOUT_MS, or gives no two different pictures.
        DeviceRefused: it gives pictures of another size, or its line is of no known kind.
    """
    bounds = Bounds(settings.width, settings.height, settings.frame_timeout_ms / 1000)
    video = Video(device, _open(device, settings), bounds, clock)
    try:
        video.newest(PROOF_OF_LIFE, bounds.silence_s)
    except DeviceLost:
        video.close()
        raise
    return video


class Video:
    """One open line of pictures, and a ports.camera.Camera; close() or the exit lets go of it."""

    def __init__(
        self, device: str, capture: cv2.VideoCapture, bounds: Bounds, clock: Clock
    ) -> None:
        self._device = device
        self._capture = capture
        self._bounds = bounds
        self._clock = clock
        self._news = threading.Condition()
        self._newest: Frame | None = None
        self._is_repeating = False
        self._trouble: str | None = None
        self._grabber = threading.Thread(target=self._grab, name=f"{device} grabber", daemon=True)
        self._grabber.start()
        atexit.register(self.close)  # a live native thread at exit aborts the process

    def newest(self, after: int, timeout_s: float) -> Frame:
        """Return the newest frame past `after`; raise DeviceLost when none came in time."""
        with self._news:
            self._news.wait_for(lambda: self._trouble or self._is_new(after), timeout_s)
            if self._trouble is not None:
                raise DeviceLost(self._device, self._trouble)
            if self._newest is None or not self._is_new(after):
                raise self._nothing_new(timeout_s)
            return self._newest

    def newer(self, after: int, timeout_s: float) -> Frame | None:
        """Return the newest frame past `after`, None when none came yet.

        Raises:
            DeviceLost: as `newest`, and when the newest one is older than the frame time-out.
        """
        with self._news:
            self._news.wait_for(lambda: self._trouble or self._is_new(after), timeout_s)
            frame, bound_s = self._newest, self._bounds.silence_s
            if self._trouble is not None:
                raise DeviceLost(self._device, self._trouble)
            if frame is None or self._clock() - frame.taken_at_s > bound_s:
                raise self._nothing_new(bound_s)
            return frame if frame.number > after else None

    def close(self) -> None:
        """Stop the stream and give the line back; repeatable, never raises."""
        self._stop("closed")
        self._grabber.join(self._bounds.silence_s + CLOSE_GRACE_S)
        if not self._grabber.is_alive():
            self._capture.release()
        atexit.unregister(self.close)

    def _nothing_new(self, for_s: float) -> DeviceLost:
        what = f"{FROZEN}: the same" if self._is_repeating else "no new"
        return DeviceLost(self._device, f"{what} picture for {for_s:.1f} s")

    def _is_new(self, after: int) -> bool:
        frame = self._newest
        if frame is None or frame.number <= after:
            return False
        return self._clock() - frame.taken_at_s <= self._bounds.silence_s

    def _grab(self) -> None:
        """Keep the newest picture until something is wrong; runs in the grabber's thread."""
        number, last, changed_at_s = 0, None, self._clock()
        while self._trouble is None:
            picture = self._read()
            if picture is None:
                return
            now_s = self._clock()
            if last is None or not _same(last, picture):
                number, last, changed_at_s = number + 1, picture, now_s
                self._publish(Frame(picture, now_s, number))
                continue
            self._is_repeating = True
            if now_s - changed_at_s > self._bounds.silence_s:
                self._stop(f"{FROZEN}: the same picture for {now_s - changed_at_s:.1f} s")

    def _read(self) -> Picture | None:
        """Return the next picture, or None after telling the trouble."""
        done, picture = False, None
        with suppress(cv2.error):
            done, picture = self._capture.read()
        if not done or picture is None:
            self._stop("the stream ended or fell silent")
            return None
        expected = (self._bounds.height, self._bounds.width, 3)
        if picture.shape != expected:
            self._stop(f"picture of shape {picture.shape} instead of {expected}")
            return None
        return np.asarray(picture, np.uint8)

    def _publish(self, frame: Frame) -> None:
        with self._news:
            self._newest = frame
            self._is_repeating = False
            self._news.notify_all()

    def _stop(self, trouble: str) -> None:
        """Tell the first trouble, let go of the picture, and end the grabber."""
        with self._news:
            self._trouble = self._trouble or trouble
            self._newest = None
            self._news.notify_all()


def _open(device: str, settings: VideoSettings) -> cv2.VideoCapture:
    line, size = settings.line, (settings.width, settings.height)
    if line.startswith("http://"):
        capture = cv2.VideoCapture(line, cv2.CAP_FFMPEG, _ffmpeg_options(settings))
    elif line.startswith("/dev/"):
        capture = cv2.VideoCapture(line, cv2.CAP_V4L2, _v4l2_options(settings))
    else:
        raise DeviceRefused(device, "the line is neither http:// nor a path under /dev")
    if not capture.isOpened():
        raise DeviceLost(device, "does not answer, or gives no pictures")
    given = (
        round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
    )
    if given != size:
        capture.release()
        raise DeviceRefused(device, f"gives {given[0]} x {given[1]}, not {size[0]} x {size[1]}")
    return capture


def _ffmpeg_options(settings: VideoSettings) -> list[int]:
    """CAP_PROP_BUFFERSIZE must not be here: with it FFmpeg refuses to open."""
    read_ms = settings.frame_timeout_ms
    return [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, read_ms),
    ]


def _v4l2_options(settings: VideoSettings) -> list[int]:
    return [
        *(cv2.CAP_PROP_FOURCC, MJPG),
        *(cv2.CAP_PROP_FRAME_WIDTH, settings.width),
        *(cv2.CAP_PROP_FRAME_HEIGHT, settings.height),
    ]


def _same(one: Picture, other: Picture) -> bool:
    return np.array_equal(one[::COMPARED_ROWS], other[::COMPARED_ROWS])
