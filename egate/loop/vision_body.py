"""The vision host's body: keeps the camera running, looks at the traveller when asked.

Pictures and embeddings live here for the length of one look, the opened reference and what it was
opened from until the passage is forgotten or another one asks, and nowhere else but, made small,
on the pages while the passage lasts (picture_window). A look ends when
enough frames were seen, at its deadline, when the passage is over, or with the camera. Between
looks the newest frame is fetched and dropped, so that a camera that froze is known before the
next traveller needs it.

A gate with a light shows each look an order of colours of its own, drawn when the look wants it:
once a face is there, and anew when the look begins anew. A look that asks for a turn of the head
has the lane show it. The light goes dark with the order or the look. A light that is lost is told
once, and opened again for the next look; its layer cannot tell, and the policy decides.

Nothing native is imported here: camera and networks are opened by the functions passed in, in
the body's thread, while the main loop already talks to the lane.

Source: DESIGN sections 2 and 7; research/face.md section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.domain.head_turn import Turn
from egate.domain.light_order import LightStep
from egate.loop.device_host import Asked, BodyLink
from egate.loop.light_show import LightParts, LightShow
from egate.loop.messages import ExpectFace, FaceMeasured, Forget, MeasureFace, TurnAsked
from egate.loop.picture_window import PictureWindow
from egate.loop.reference import AboutAFace, FaceOf, ReferenceRefused
from egate.ports.errors import DeviceError

if TYPE_CHECKING:
    import numpy as np  # 50 ms of start that the Hello need not wait for
    from numpy.typing import NDArray

    from egate.ports.camera import Camera, Frame

IDLE_S = 0.1
LOOKS_EVERY_S = 0.06  # every second picture of a camera's 30 a second: limits were set at 15
REOPENS_AFTER_S = (0.1, 0.2, 0.5, 1.0)
CAMERA: Final = "camera"
LIGHT: Final = "light"
FROZEN = "frozen"  # how a driver's words begin when the pictures stopped changing


class Look(Protocol):
    """One look in the making; egate.vision.capture.FaceCapture is one."""

    @property
    def is_enough(self) -> bool:
        """Say whether nothing is gained by feeding more."""

    @property
    def wants_light(self) -> bool:
        """Say whether an order of colours is to be drawn and shown from now on."""

    @property
    def face_box(self) -> tuple[float, float, float, float] | None:
        """Where the one face of the last frame is, in pixels: left, top, width, height."""

    @property
    def asks(self) -> Turn | None:
        """Return which way the traveller is to look now, None when nothing is asked."""

    def feed(
        self, picture: NDArray[np.uint8], at_s: float, light: Sequence[LightStep] | None
    ) -> FaceReason:
        """Take one frame, and what the light was told to show since it was last wanted."""

    def measures(self, reference: Sequence[float]) -> FaceMeasures:
        """Return the score of the frames so far."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """What the loaded networks can do: look at a traveller, and find the face on a portrait.

    `rest` is called again and again while nobody is looked at: what can be made ready then is.
    """

    new_look: Callable[[], Look]
    face_of: FaceOf
    rest: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class VisionParts:
    """What the body is made of; `open_eyes` loads the networks.

    `light` is None without one, and so is `window` where no pages are served.
    """

    open_camera: Callable[[], Camera]
    open_eyes: Callable[[], Eyes]
    open_reference: Callable[[AboutAFace, FaceOf], Sequence[float]]
    clock: Callable[[], float]
    frame_timeout_s: float
    light: LightParts | None = None
    window: PictureWindow | None = None


class VisionBody:
    """Opens the camera, serves until it is lost, opens it again."""

    def __init__(self, parts: VisionParts) -> None:
        self._parts = parts
        self._window = parts.window
        self._eyes: Eyes | None = None
        self._opened: tuple[AboutAFace, Sequence[float]] | None = None

    def run(self, link: BodyLink) -> None:
        self._show = LightShow(self._parts.light, self._parts.clock, partial(link.device_is, LIGHT))
        try:
            self._run(link)
        finally:
            self._show.close()
            if self._window is not None:
                self._window.close()

    def _run(self, link: BodyLink) -> None:
        failures = 0
        while not link.is_stopping:
            try:
                camera = self._parts.open_camera()
            except DeviceError as error:
                failures += 1
                self._is_lost(link, error, failures)
                continue
            failures = 0
            try:
                self._serve(link, camera)
            except DeviceError as error:
                self._is_lost(link, error, 1)
            finally:
                camera.close()

    def _serve(self, link: BodyLink, camera: Camera) -> None:
        """Look when asked; raises DeviceError when the camera is to be opened anew."""
        link.alive()
        eyes = self._eyes = self._eyes or self._parts.open_eyes()
        link.device_is(CAMERA, present=True)
        self._show.rest()
        asked: Asked | None = None
        seen = 0
        while not link.is_stopping:
            if isinstance(asked, MeasureFace):
                try:
                    asked = self._look(link, camera, eyes, asked)
                finally:
                    self._show.rest()
                continue
            self._heard(asked)
            if isinstance(asked, ExpectFace):
                with suppress(ReferenceRefused):  # told when it is asked for
                    self._reference(asked, eyes)
            frame = camera.newest(seen, self._parts.frame_timeout_s)
            seen = frame.number
            if self._window is not None:
                self._window.preview(frame.picture)
            asked = link.asked(IDLE_S)
            if asked is None:
                eyes.rest()

    def _look(self, link: BodyLink, camera: Camera, eyes: Eyes, ask: MeasureFace) -> Asked | None:
        """Carry out one look and answer it; return what interrupted it, unanswered."""
        began_s = self._parts.clock()
        try:
            reference = self._reference(ask, eyes)
        except ReferenceRefused as refusal:
            waited_s = self._parts.clock() - began_s
            nothing = replace(_nothing(refusal.reason), waited_ms=waited_s * 1000)
            _answer(link, ask, nothing, waited_s)
            return None
        opened_in_s = self._parts.clock() - began_s
        look, seen, taken_at_s, turn = eyes.new_look(), 0, -LOOKS_EVERY_S, None
        while not look.is_enough and self._parts.clock() < ask.deadline_at_s:
            if (interruption := link.asked(0)) is not None:
                return interruption
            try:
                frame = camera.newest(seen, self._parts.frame_timeout_s)
            except DeviceError as error:
                _answer(link, ask, _nothing(_reason_of(error)))
                raise
            seen = frame.number
            if frame.taken_at_s - taken_at_s < LOOKS_EVERY_S:
                continue
            taken_at_s = frame.taken_at_s
            self._feed(look, frame)
            turn = _tell_turn(link, ask, look.asks, turn)
        measures = look.measures(reference)
        waited_s = opened_in_s + self._parts.clock() - max(taken_at_s, began_s + opened_in_s)
        _answer(link, ask, replace(measures, waited_ms=waited_s * 1000), opened_in_s)
        return None

    def _feed(self, look: Look, frame: Frame) -> None:
        """Show the next colour, and let look and officer have the frame."""
        if look.wants_light and not self._show.is_drawn:
            self._show.begin()
        self._show.follow()
        reason = look.feed(frame.picture, frame.taken_at_s, self._show.told)
        if self._window is not None:
            self._window.look(frame.picture, look.face_box, reason)

    def _reference(self, ask: AboutAFace, eyes: Eyes) -> Sequence[float]:
        """Open the reference, once for all looks of a passage.

        Raises:
            ReferenceRefused: nothing is kept.
        """
        if self._opened is not None and _is_same(self._opened[0], ask):
            return self._opened[1]
        self._opened = None
        if self._window is not None:
            self._window.begin(ask.passage)
        reference = self._parts.open_reference(ask, eyes.face_of)
        self._opened = (ask, reference)
        return reference

    def _heard(self, asked: Asked | None) -> None:
        if isinstance(asked, Forget):
            self._opened = None
            if self._window is not None:
                self._window.forget()

    def _is_lost(self, link: BodyLink, error: DeviceError, failures: int) -> None:
        """Tell, wait a little, and answer at once whoever asks meanwhile."""
        link.device_is(CAMERA, present=False, what=error.what[:256])
        asked = link.asked(REOPENS_AFTER_S[min(failures, len(REOPENS_AFTER_S)) - 1])
        self._heard(asked)
        if isinstance(asked, MeasureFace):
            _answer(link, asked, _nothing(_reason_of(error)))


def _is_same(opened: AboutAFace, ask: AboutAFace) -> bool:
    """Say whether both ask for one reference, tied to one permit, in one passage."""
    parts = ("passage", "registration", "nonce", "reference")
    return all(getattr(opened, part) == getattr(ask, part) for part in parts)


def _answer(link: BodyLink, ask: MeasureFace, measures: FaceMeasures, also_s: float = 0.0) -> None:
    """Answer; `also_s` is time of our own software that the look knows nothing of."""
    measures = replace(measures, compute_ms=measures.compute_ms + also_s * 1000)
    link.say(FaceMeasured(request=ask.request, passage=ask.passage, measures=measures))


def _tell_turn(
    link: BodyLink, ask: MeasureFace, wanted: Turn | None, told: Turn | None
) -> Turn | None:
    """Tell the lane which way the traveller is to look, when that changed; return what stands.

    A look that begins anew asks nothing at first: who was told to turn is told to look back.
    """
    now = wanted or (told and Turn.AHEAD)
    if now is not None and now is not told:
        link.say(TurnAsked(request=ask.request, passage=ask.passage, turn=now))
    return now


def _reason_of(error: DeviceError) -> FaceReason:
    is_frozen = error.what.startswith(FROZEN)
    return FaceReason.CAMERA_FROZEN if is_frozen else FaceReason.CAMERA_LOST


def _nothing(reason: FaceReason) -> FaceMeasures:
    return FaceMeasures(reason=reason, score=None, frames=0, faces_seen=0, compute_ms=0.0)
