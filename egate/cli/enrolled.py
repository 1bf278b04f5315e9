"""What `egate enrol add` takes of a person: a face and fingers, each step told as it comes.

A face is the mean of the best frames of half a second before the gate's own camera, held against
the gate's own limits, or one picture. A finger is three captures that the sensor makes one
template of, as alike as the gate's policy asks of a finger that passes. Nothing is kept here; the
command writes what came of it into the registry.

Source: research/face.md section 5 (enrolment); research/hardware.md 2.1; issue 5, item 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
import time
from typing import TYPE_CHECKING, Final

from egate.cli.output import show
from egate.domain.embedding import quantise
from egate.domain.face_measures import FaceReason
from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerReason,
    FingerTemplate,
    TemplateFormat,
)

if TYPE_CHECKING:
    from egate.domain.face_limits import FaceLimits
    from egate.ports.camera import Camera
    from egate.ports.fingerprint import FingerprintSensor
    from egate.vision.capture import Eye

FACE_WITHIN_S: Final = 30.0
STEP_WITHIN_S: Final = 20.0  # for each step of a finger's enrolment
TELL_EVERY_S: Final = 2.0
CAPTURES: Final = 3
CLEARLY: Final = 1.5  # times what a gate asks for, so that a worse day is enough still
FACE_CURES: Final = {
    FaceReason.NO_FACE: "no face is seen; stand before the camera",
    FaceReason.TWO_FACES: "more than one face is seen",
    FaceReason.TOO_SMALL: "come closer",
    FaceReason.TURNED_AWAY: "face the camera",
    FaceReason.UP_OR_DOWN: "look straight ahead",
    FaceReason.TILTED: "hold your head upright",
    FaceReason.TOO_DARK: "more light is needed on the face",
    FaceReason.TOO_BRIGHT: "there is too much light on the face",
    FaceReason.UNEVENLY_LIT: "the face is lit from one side",
    FaceReason.BLURRED: "hold still",
    FaceReason.EYES_COVERED: "take off your glasses",
    FaceReason.MOUTH_COVERED: "take off your mask",
    FaceReason.EYES_CLOSED: "open your eyes",
    FaceReason.TOO_FEW_FRAMES: "keep looking into the camera",
}
FINGER_CURES: Final = {
    FingerReason.NO_FINGER: f"no finger came within {STEP_WITHIN_S:.0f} s",
    FingerReason.TOO_DRY: "too dry; breathe on the finger",
    FingerReason.TOO_WET: "too wet; dry the finger",
    FingerReason.SMEARED: "smeared; wipe finger and sensor",
    FingerReason.TOO_FEW_POINTS: "too little of it was seen; press firmer, with its middle",
    FingerReason.CAPTURES_DIFFER: "the captures are not alike; lay the same finger down each time",
    FingerReason.NOT_LIFTED: "the finger was not lifted in time",
}


class NothingTaken(Exception):
    """The person gave nothing to enrol; the message says what was in the way, and names nobody."""


def face_before(
    camera: Camera, engine: Eye, limits: FaceLimits, clock: Callable[[], float]
) -> bytes:
    """Return the template of whoever stands before the camera.

    Raises:
        NothingTaken: no face was fit in time.
        DeviceError: the camera is lost.
    """
    from egate.vision.capture import FaceCapture

    look, seen = FaceCapture(engine, clock, limits), 0
    end_s = clock() + FACE_WITHIN_S
    tell_at_s = clock() + TELL_EVERY_S
    while not look.is_enough:
        now_s = clock()
        if now_s >= end_s:
            raise NothingTaken(f"face: {_face_cure(look.in_the_way)}")
        if now_s >= tell_at_s:
            show(f"face: {_face_cure(look.in_the_way)} ({end_s - now_s:.0f} s left)")
            tell_at_s = now_s + TELL_EVERY_S
        frame = camera.newest(seen, end_s - now_s)
        seen = frame.number
        look.feed(frame.picture, frame.taken_at_s)
    mean = look.mean()
    assert mean is not None  # enough frames are enough for a mean
    show("face: taken")
    return quantise([float(value) for value in mean])


def finger_on(
    sensor: FingerprintSensor, number: int, of: int, accept_at: Mapping[TemplateFormat, int]
) -> FingerTemplate:
    """Return the template of a finger that is laid down three times.

    `accept_at` is what the gate's policy asks of a finger that passes: captures that are less alike
    would make a template with which its owner does not.

    Raises:
        NothingTaken: no three good captures of one finger were had.
        DeviceError: the sensor is lost or not believed.
    """
    which, what = f"finger {number} of {of}", "the finger" if number == 1 else "another finger"
    taken = sensor.enrol(STEP_WITHIN_S, lambda one: show(f"{which}, {_step(one, what)}"))
    if taken.template is None:
        raise NothingTaken(f"{which}: {FINGER_CURES.get(taken.reason, taken.reason.value)}")
    alike, asked = " and ".join(map(str, taken.scores)), accept_at[taken.template.format]
    if min(taken.scores) < asked:
        raise NothingTaken(
            f"{which}: the captures are alike by {alike}, a gate asks for {asked}; "
            "wipe finger and sensor, or take another finger"
        )
    is_clear = min(taken.scores) >= CLEARLY * asked
    told = "good" if is_clear else "just enough, another finger may do better"
    show(f"{which}: taken; the captures are alike by {alike}, a gate asks for {asked}: {told}")
    return taken.template


def clock() -> float:
    """Return the monotonic clock of this machine."""
    return time.monotonic()


def _step(progress: EnrolProgress, what: str) -> str:
    capture = f"capture {progress.capture} of {CAPTURES}"
    match progress.step:
        case EnrolStep.PLACE:
            return f"{capture}: lay {what} on the sensor"
        case EnrolStep.TAKEN:
            return f"{capture}: good"
        case EnrolStep.AGAIN:
            return f"{capture}: {FINGER_CURES.get(progress.reason, progress.reason.value)}; again"
        case EnrolStep.LIFT:
            return f"{capture}: lift the finger"


def _face_cure(reason: FaceReason) -> str:
    return FACE_CURES.get(reason, reason.value)
