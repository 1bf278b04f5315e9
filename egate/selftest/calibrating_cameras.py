"""The measurements of cameras: their pace, a face at the mark, and what the light does to it.

    EG-C201.DEVICE    how long there is between two pictures, of every camera
    EG-C202           a face at the mark: how large, how sharp, how well lit     a person stands
    EG-C203           how much brighter the light makes it                       a person stands

Before them stand the self-test's own checks of the camera: one that is out of focus is told there
and nothing is measured with it. What a face must hold is the policy's table of face quality, and a
face that falls short is a camera, a lens, a lamp or a mark to be mended: nothing here changes it.

No picture is kept, and nobody is compared with anybody.

Source: issue 5, item 7; egate/vision/quality.py (components); policy.toml (their limits).
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import FaceReason
from egate.ports.camera import Camera
from egate.ports.light import Light
from egate.selftest.calibrating import Checks, Taken, derives, pictures_id
from egate.selftest.camera_checks import CAMERA, LEAST_HZ, camera_checks
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.person import Wish
from egate.vision.capture import Eye
from egate.vision.faces import Face, dominant
from egate.vision.quality import FaceQuality, unfit_because

WITHIN_S: Final = 5.0  # for one picture; the driver gives up sooner by itself
LOOKS: Final = 15  # faces that are measured
EACH: Final = 8  # faces in the dark, and as many in the light
SHOWS_S: Final = 3.0  # after the light changed, for a picture to show it
GAPS_A_REPEAT: Final = 20
LEAST_BRIGHTER: Final = 4.0  # of 255: less than the exposure's own flicker tells nothing
WHITE: Final = (255, 255, 255)
DARK: Final = (0, 0, 0)

TAKEN = Reason("taken", Outcome.PASSED)
FIT = Reason("fit", Outcome.PASSED)
NO_FACE = Reason("no_face", Outcome.FAILED)
TWO_FACES = Reason("two_faces", Outcome.FAILED)
TOO_SMALL = Reason("too_small", Outcome.FAILED)
BLURRED = Reason("blurred", Outcome.FAILED)
TOO_DARK = Reason("too_dark", Outcome.FAILED)
TOO_BRIGHT = Reason("too_bright", Outcome.FAILED)
UNEVENLY_LIT = Reason("unevenly_lit", Outcome.FAILED)
NOT_STRAIGHT = Reason("not_straight", Outcome.FAILED)  # the person's own, not the camera's
BRIGHTER = Reason("brighter", Outcome.PASSED)
NO_BRIGHTER = Reason("no_brighter", Outcome.FAILED)
SAYS: Final = {
    FaceReason.NO_FACE: NO_FACE,
    FaceReason.TWO_FACES: TWO_FACES,
    FaceReason.TOO_SMALL: TOO_SMALL,
    FaceReason.BLURRED: BLURRED,
    FaceReason.TOO_DARK: TOO_DARK,
    FaceReason.TOO_BRIGHT: TOO_BRIGHT,
    FaceReason.UNEVENLY_LIT: UNEVENLY_LIT,
}


@dataclass(frozen=True, slots=True)
class Optics:
    """What looks through the cameras.

    Args:
        eye: makes the finder of faces; a second of loading.
        limits: what the policy wants of a face.
        others: opens cameras that read codes and pages, by their names in the profile.
    """

    eye: Callable[[], Eye]
    limits: FaceLimits
    others: Mapping[str, Callable[[], Camera]] = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """The newest faces before the camera: what was in the way of each, and its components."""

    reasons: deque[FaceReason] = field(default_factory=lambda: deque(maxlen=LOOKS))
    qualities: deque[FaceQuality] = field(default_factory=lambda: deque(maxlen=LOOKS))
    widths: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKS))

    @property
    def is_fit(self) -> bool:
        """Whether there are enough, and most of them are fit."""
        return len(self.reasons) == LOOKS and self.reasons.count(FaceReason.OK) > LOOKS // 2

    @property
    def in_the_way(self) -> FaceReason:
        """What is in the way of most that are not fit."""
        many = Counter(reason for reason in self.reasons if reason is not FaceReason.OK)
        return many.most_common(1)[0][0] if many else FaceReason.NO_FACE


def camera_measurements(lane: ClosedLane, taken: Taken, optics: Optics) -> Checks:
    """Yield the checks that measure the camera that faces the traveller."""
    yield from camera_checks(lane)
    sees = ("EG-S242", "EG-S243") if lane.person is None else ("EG-S242", "EG-S243", "EG-S244")
    yield _pace(CAMERA, lambda lane: _gaps_ms(lane.camera(), _many(taken)), taken, *sees)
    needs = [f"EG-C201.{CAMERA}"]
    if lane.person is not None:
        limit_s = 30.0 + 2 * lane.paces.answers_s
        yield Check(
            "EG-C202", CAMERA, (FIT, *SAYS.values(), NOT_STRAIGHT), _face(optics), sees,
            ("eyes", "box", "sharpness", "light"), limit_s,
        )  # fmt: skip
        needs.append("EG-C202")
    if lane.person is not None and lane.openers.light is not None:
        yield Check(
            "EG-C203", "light", (BRIGHTER, NO_BRIGHTER, NO_FACE), _lit(optics), ("EG-C202",),
            ("dark", "lit", "brighter"), limit_s,
        )  # fmt: skip
        needs.append("EG-C203")
    yield _value(taken, CAMERA, *needs)


def other_measurements(device: str, taken: Taken, optics: Optics) -> Checks:
    """Yield the checks that measure a camera that reads codes or pages."""

    def gaps_ms(_lane: ClosedLane) -> tuple[float, ...]:
        with closing(optics.others[device]()) as camera:
            return _gaps_ms(camera, _many(taken))

    yield _pace(device, gaps_ms, taken)
    yield _value(taken, device, f"EG-C201.{device}")


def _value(taken: Taken, device: str, *needs: str) -> Check[ClosedLane]:
    key = ("devices", device, "frame_timeout_ms")
    return derives(taken, key, pictures_id(device), device, *needs)


def _many(taken: Taken) -> int:
    return GAPS_A_REPEAT * taken.repeats


def _pace(
    device: str, gaps: Callable[[ClosedLane], tuple[float, ...]], taken: Taken, *needs: str
) -> Check[ClosedLane]:
    """Return the check that takes the times between pictures."""

    def ask(lane: ClosedLane) -> Answer:
        gaps_ms = gaps(lane)
        taken.add(("devices", device, "frame_timeout_ms"), device, *gaps_ms)
        longest = Measured("longest", max(gaps_ms), "ms")
        return Answer(TAKEN, measured=(longest,), series=(Series("gap", "ms", gaps_ms),))

    limit_s = 15.0 + _many(taken) / LEAST_HZ
    return Check(f"EG-C201.{device}", device, (TAKEN,), ask, needs, ("longest", "gap"), limit_s)


def _gaps_ms(camera: Camera, many: int) -> tuple[float, ...]:
    frame = camera.newest(0, WITHIN_S)
    taken_s = [frame.taken_at_s]
    while len(taken_s) <= many:
        frame = camera.newest(frame.number, WITHIN_S)
        taken_s.append(frame.taken_at_s)
    return tuple(round((one - last) * 1000, 1) for last, one in pairwise(taken_s))


def _face(optics: Optics) -> Callable[[ClosedLane], Answer]:
    def ask(lane: ClosedLane) -> Answer:
        camera, eye, seen, number = lane.camera(), optics.eye(), Seen(), 0

        def until() -> bool:
            nonlocal number
            frame = camera.newest(number, WITHIN_S)
            number = frame.number
            found = dominant(eye.detect(frame.picture), optics.limits)
            if isinstance(found, Face):
                quality = eye.measure(frame.picture, found)
                seen.reasons.append(unfit_because(quality, optics.limits))
                seen.qualities.append(quality)
                seen.widths.append(found.box[2])
            elif found is FaceReason.TWO_FACES:
                seen.reasons.append(found)
            return seen.is_fit

        is_fit = lane.have_done(Wish.STAND_AT_MARK, CAMERA, until)
        reason = FIT if is_fit else SAYS.get(seen.in_the_way, NOT_STRAIGHT)
        return Answer(reason, measured=_measured(seen, optics.limits) if seen.qualities else ())

    return ask


def _measured(seen: Seen, limits: FaceLimits) -> tuple[Measured, ...]:
    def middle(component: str) -> float:
        return round(float(median(getattr(one, component) for one in seen.qualities)), 1)

    eyes, box = middle("eye_distance_px"), round(median(seen.widths), 1)
    darkest, brightest = limits.darkest, limits.brightest
    return (
        Measured("eyes", eyes, "px", at_least=limits.eye_distance_px),
        Measured("box", box, "px"),
        Measured("sharpness", middle("sharpness"), "", at_least=limits.sharpness),
        Measured("light", middle("light"), "", at_least=darkest, at_most=brightest),
    )


def _lit(optics: Optics) -> Callable[[ClosedLane], Answer]:
    """Look at the same face in the room's light, then with the light full on."""

    def ask(lane: ClosedLane) -> Answer:
        looks = Looks(lane.light(), lane.camera(), optics)

        def until() -> bool:
            looks.take(lane.now_s())
            return looks.are_enough

        try:
            in_time = lane.have_done(Wish.STAND_AT_MARK, CAMERA, until)
        finally:
            looks.light.shine(DARK)
            lane.put_down("light")
        return _brighter(looks) if in_time else Answer(NO_FACE)

    return ask


class Looks:
    """One face, in the dark first and then lit; a camera may show a change of light much later.

    The light counts from the first picture that is brighter, or once one had time to be.
    """

    def __init__(self, light: Light, camera: Camera, optics: Optics) -> None:
        self.light = light
        self.dark: list[float] = []
        self.lit: list[float] = []
        self._camera = camera
        self._eye = optics.eye()
        self._limits = optics.limits
        self._number = 0
        self._shone_at_s: float | None = None
        self._shows = False
        light.shine(DARK)

    @property
    def are_enough(self) -> bool:
        """Whether both were seen often enough."""
        return len(self.lit) >= EACH

    def take(self, now_s: float) -> None:
        """Take the next picture of the face, if there is one in it."""
        if self._shone_at_s is None and len(self.dark) >= EACH:
            self.light.shine(WHITE)
            self._shone_at_s = now_s
        frame = self._camera.newest(self._number, WITHIN_S)
        self._number = frame.number
        found = dominant(self._eye.detect(frame.picture), self._limits)
        if not isinstance(found, Face):
            return
        seen = self._eye.measure(frame.picture, found).light
        if self._shone_at_s is None:
            self.dark.append(seen)
        elif self._shows:
            self.lit.append(seen)
        else:
            is_late = frame.taken_at_s >= self._shone_at_s + SHOWS_S
            self._shows = is_late or seen - median(self.dark) >= LEAST_BRIGHTER


def _brighter(looks: Looks) -> Answer:
    dark, lit = round(median(looks.dark), 1), round(median(looks.lit), 1)
    more = Measured("brighter", round(lit - dark, 1), "", at_least=LEAST_BRIGHTER)
    figures = (Measured("dark", dark), Measured("lit", lit), more)
    return Answer(BRIGHTER if more.is_within else NO_BRIGHTER, measured=figures)
