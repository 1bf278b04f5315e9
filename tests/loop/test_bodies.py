"""The bodies of the hosts, over devices played by the test: what they tell and when they reopen."""

from collections.abc import Sequence
from dataclasses import replace
import itertools
import threading
import time

import numpy as np
from numpy.typing import NDArray
import pytest

from egate.domain.check import Check, Outcome
from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.domain.head_turn import Turn
from egate.domain.light_order import DARK, LightStep, Rgb
from egate.domain.token import Portrait, SealedFace
from egate.loop.light_show import LightParts
from egate.loop.messages import (
    DeviceIs,
    ExpectFace,
    FaceMeasured,
    Forget,
    MeasureFace,
    TurnAsked,
)
from egate.loop.reference import AboutAFace, FaceOf, ReferenceRefused
from egate.loop.scanner_body import ScannerBody
from egate.loop.vision_body import Eyes, VisionBody, VisionParts
from egate.permit.permit import Reading
from egate.ports.camera import Frame
from egate.ports.code_reader import CodeFrame
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.ports.light import Light
from tests.loop.parts import PERMIT, READABLE, SIGNED, UNREADABLE
from tests.loop.served import Served

LOST = DeviceLost("scanner", "unplugged")
GARBLED = DeviceGarbled("scanner", "too long")
CODE = CodeFrame("BG1:A", 1.0, 1.5)
PICTURE: NDArray[np.uint8] = np.zeros((2, 2, 3), np.uint8)


class Reader:
    """A CodeReader that plays a list, one item a read, then stays quiet."""

    def __init__(self, *plays: CodeFrame | DeviceError) -> None:
        self._plays = list(plays)
        self.closed = 0

    def read(self, timeout_s: float) -> CodeFrame | None:
        if not self._plays:
            threading.Event().wait(min(timeout_s, 0.01))
            return None
        play = self._plays.pop(0)
        if isinstance(play, DeviceError):
            raise play
        return play

    def close(self) -> None:
        self.closed += 1


def reading(text: str) -> Reading:
    known = text == CODE.text
    return Reading(PERMIT, (READABLE, SIGNED)) if known else Reading(None, (UNREADABLE,))


def scanning(*readers: Reader | DeviceError) -> ScannerBody:
    left = list(readers)

    def open_reader() -> Reader:
        opened = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(opened, DeviceError):
            raise opened
        return opened

    return ScannerBody(open_reader, reading, time.monotonic)


def test_a_code_becomes_a_token_with_its_findings_and_times() -> None:
    with Served(scanning(Reader(CODE, CodeFrame("rubbish", 2.0, 2.5)))) as served:
        served.until(lambda: len(served.tokens()) == 2)
    permit, rubbish = served.tokens()
    assert (permit.began_at_s, permit.ended_at_s, permit.permit) == (1.0, 1.5, PERMIT)
    assert permit.findings == (READABLE, SIGNED)
    assert rubbish.permit is None
    assert rubbish.findings == (UNREADABLE,)


def test_a_garbled_code_is_an_unreadable_token_and_the_scanner_stays() -> None:
    with Served(scanning(Reader(GARBLED, CODE))) as served:
        served.until(lambda: len(served.tokens()) == 2)
    garbled = served.tokens()[0]
    assert garbled.permit is None
    assert garbled.findings[0].check is Check.PERMIT_IS_READABLE
    assert garbled.findings[0].outcome is Outcome.FAILED
    assert served.presence() == [True]


def test_a_scanner_that_only_garbles_is_lost_and_opened_again() -> None:
    with Served(scanning(Reader(*[GARBLED] * 5), Reader())) as served:
        served.until(lambda: served.presence() == [True, False, True])


def test_a_scanner_that_is_unplugged_is_told_lost_and_back() -> None:
    first = Reader(LOST)
    with Served(scanning(first, LOST, LOST, Reader(CODE))) as served:
        served.until(served.tokens)
    assert served.presence() == [True, False, True]
    assert first.closed == 1


class Camera:
    """A Camera that shows a new picture every 10 ms until its trouble comes."""

    def __init__(self) -> None:
        self.trouble: DeviceError | None = None
        self.closed = 0

    def newest(self, after: int, timeout_s: float) -> Frame:
        threading.Event().wait(min(timeout_s, 0.01))
        if self.trouble is not None:
            raise self.trouble
        return Frame(PICTURE, time.monotonic(), after + 1)

    def close(self) -> None:
        self.closed += 1


class Look:
    """A Look that has enough after some frames."""

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self._fed = 0
        self.light: Sequence[LightStep] | None = None
        self.turns: list[Turn | None] = []

    @property
    def asks(self) -> Turn | None:
        return self.turns.pop(0) if self.turns else None

    @property
    def is_enough(self) -> bool:
        return self._fed >= self._enough

    @property
    def wants_light(self) -> bool:
        return self._fed > 0 and self.light is None

    @property
    def face_box(self) -> tuple[float, float, float, float] | None:
        return (0.0, 0.0, 1.0, 1.0) if self._fed else None

    def feed(
        self, picture: NDArray[np.uint8], at_s: float, light: Sequence[LightStep] | None
    ) -> FaceReason:
        self.light = light or None
        assert picture.shape == (2, 2, 3)
        assert at_s > 0
        self._fed += 1
        return FaceReason.OK

    def measures(self, reference: Sequence[float]) -> FaceMeasures:
        score = reference[0] if self.is_enough else None
        reason = FaceReason.OK if self.is_enough else FaceReason.TOO_FEW_FRAMES
        return FaceMeasures(reason, score, self._fed, 1, 1.0)


class Parts:
    """A vision body's parts. Faults are fields; `opening_s` is what opening a reference takes."""

    def __init__(self, enough: int = 3, *, lit: bool = False) -> None:
        self.camera = Camera()
        self.opens: list[DeviceError | None] = [None]
        self.refusal: FaceReason | None = None
        self.opening_s = 0.0
        self.opened = 0
        self.light: Light | None = None
        self.looks: list[Look] = []
        self.body = VisionBody(
            VisionParts(
                open_camera=self._open,
                open_eyes=lambda: Eyes(lambda: self._look(enough), lambda _portrait: (0.9,)),
                open_reference=self._reference,
                clock=lambda: time.monotonic() + self.opening_s * self.opened,
                frame_timeout_s=0.5,
                light=LightParts(self._open_light, bytes) if lit else None,
            )
        )

    def _open(self) -> Camera:
        fault = self.opens.pop(0) if len(self.opens) > 1 else self.opens[0]
        if fault is not None:
            raise fault
        self.camera = Camera()
        return self.camera

    def _look(self, enough: int) -> Look:
        self.looks.append(Look(enough))
        return self.looks[-1]

    def _open_light(self) -> Light:
        if self.light is None:
            raise DeviceLost("light", "unplugged")
        return self.light

    def _reference(self, ask: AboutAFace, face_of: FaceOf) -> Sequence[float]:
        self.opened += 1
        if self.refusal is not None:
            raise ReferenceRefused(self.refusal)
        portrait = ask.reference
        return face_of(portrait.picture) if isinstance(portrait, Portrait) else (0.7,)


class Lamp:
    """A Light that notes what it shows until it is lost."""

    def __init__(self) -> None:
        self.shown: list[Rgb] = []
        self.is_lost = False
        self.closed = 0

    def shine(self, rgb: Rgb) -> None:
        if self.is_lost:
            raise DeviceLost("light", "unplugged")
        self.shown.append(rgb)

    def close(self) -> None:
        self.closed += 1


def ask(
    request: int = 1,
    for_s: float = 60.0,
    passage: int = 7,
    reference: SealedFace | Portrait = SealedFace(b"s"),  # noqa: B008  # a frozen value
) -> MeasureFace:
    return MeasureFace(
        request=request,
        passage=passage,
        attempt=1,
        deadline_at_s=time.monotonic() + for_s,
        registration="R",
        nonce=b"n",
        reference=reference,
    )


def test_a_look_is_answered_when_enough_was_seen() -> None:
    with Served(Parts().body) as served:
        served.until(lambda: served.presence() == [True])
        served.link.ask(ask(5))
        served.until(served.reasons)
    answer = served.answers()[0]
    assert (answer.request, answer.passage) == (5, 7)
    measures = replace(answer.measures, compute_ms=0, waited_ms=0)
    assert measures == FaceMeasures(FaceReason.OK, 0.7, 3, 1, 0)


def test_a_portrait_is_what_the_eyes_make_of_it() -> None:
    with Served(Parts().body) as served:
        served.link.ask(ask(reference=Portrait(b"picture")))
        served.until(served.reasons)
    assert served.answers()[0].measures.score == 0.9


def test_the_time_that_opening_the_reference_takes_is_our_own() -> None:
    for refusal, least_ms in ((None, 2001.0), (FaceReason.REFERENCE_UNREADABLE, 2000.0)):
        parts = Parts()
        parts.opening_s, parts.refusal = 2.0, refusal
        with Served(parts.body) as served:
            served.link.ask(ask())
            served.until(served.reasons)
        measures = served.answers()[0].measures
        assert least_ms <= measures.compute_ms < 2500.0
        assert 2000.0 <= measures.waited_ms < 2500.0


def test_a_reference_is_opened_once_for_all_looks_of_a_passage() -> None:
    parts = Parts()
    with Served(parts.body) as served:
        for request in (1, 2):
            served.link.ask(ask(request))
            served.until(lambda: len(served.reasons()) == request)  # noqa: B023  # at once
        assert parts.opened == 1
        served.link.ask(ask(3, reference=SealedFace(b"other")))
        served.until(lambda: len(served.reasons()) == 3)
        assert parts.opened == 2
        served.link.ask(ask(4, passage=8, reference=SealedFace(b"other")))
        served.until(lambda: len(served.reasons()) == 4)
    assert parts.opened == 3


@pytest.mark.parametrize("trouble", [None, DeviceLost("camera", "gone")])
def test_nothing_of_a_reference_is_left_once_its_passage_is_forgotten(
    trouble: DeviceLost | None,
) -> None:
    parts = Parts()
    with Served(parts.body) as served:
        served.link.ask(ask())
        served.until(served.reasons)
        assert parts.body._opened is not None
        if trouble is not None:
            parts.opens = [trouble]
            parts.camera.trouble = trouble
            served.until(lambda: served.presence()[-1] is False)
        served.link.ask(Forget(passage=7))
        served.until(lambda: parts.body._opened is None)


def test_a_look_ends_at_its_deadline_with_what_it_has() -> None:
    with Served(Parts(enough=10_000).body) as served:
        served.link.ask(ask(for_s=0.05))
        served.until(lambda: served.reasons() == [FaceReason.TOO_FEW_FRAMES])


def test_a_forgotten_look_is_not_answered_and_the_next_one_is() -> None:
    with Served(Parts(enough=20).body) as served:
        served.link.ask(ask(1))
        served.link.ask(Forget(passage=7))
        served.link.ask(ask(2))
        served.until(served.reasons)
    assert [said.request for said in served.said if isinstance(said, FaceMeasured)] == [2]


def test_a_reference_that_does_not_open_is_answered_at_once() -> None:
    eyes = Parts()
    eyes.refusal = FaceReason.REFERENCE_BROKEN
    with Served(eyes.body) as served:
        served.link.ask(ask())
        served.until(lambda: served.reasons() == [FaceReason.REFERENCE_BROKEN])


def test_a_camera_that_freezes_in_a_look_is_answered_told_and_opened_again() -> None:
    eyes = Parts(enough=10_000)
    with Served(eyes.body) as served:
        served.until(lambda: served.presence() == [True])
        first = eyes.camera
        served.link.ask(ask())
        first.trouble = DeviceLost("camera", "frozen: the same picture for 1.0 s")
        served.until(lambda: served.presence() == [True, False, True])
    assert served.reasons() == [FaceReason.CAMERA_FROZEN]
    assert first.closed == 1


def test_who_asks_while_the_camera_is_away_is_answered_at_once() -> None:
    eyes = Parts()
    eyes.opens = [DeviceLost("camera", "does not answer")]
    with Served(eyes.body) as served:
        served.until(lambda: served.presence() == [False])
        served.link.ask(ask())
        served.until(lambda: served.reasons() == [FaceReason.CAMERA_LOST])


def expect(passage: int = 7) -> ExpectFace:
    told = ask(passage=passage)
    return ExpectFace(
        passage=passage, registration=told.registration, nonce=told.nonce, reference=told.reference
    )


def test_a_reference_that_was_expected_is_open_when_it_is_asked_for() -> None:
    parts = Parts()
    parts.opening_s = 2.0
    with Served(parts.body) as served:
        served.link.ask(expect())
        served.until(lambda: parts.opened == 1)
        served.link.ask(ask())
        served.until(served.answers)
    (answer,) = served.answers()
    assert (parts.opened, answer.measures.reason) == (1, FaceReason.OK)
    assert answer.measures.compute_ms < 1_000.0


def test_a_reference_expected_for_another_passage_is_not_taken() -> None:
    parts = Parts()
    with Served(parts.body) as served:
        served.link.ask(expect(passage=6))
        served.link.ask(ask())
        served.until(served.answers)
    assert parts.opened == 2


def test_an_expected_reference_that_does_not_open_is_told_when_it_is_asked_for() -> None:
    parts = Parts()
    parts.refusal = FaceReason.REFERENCE_BROKEN
    with Served(parts.body) as served:
        served.link.ask(expect())
        served.until(lambda: parts.opened == 1)
        assert served.answers() == []
        served.link.ask(ask())
        served.until(served.answers)
    assert served.reasons() == [FaceReason.REFERENCE_BROKEN]


def lit(served: Served) -> list[bool]:
    told = (said for said in served.said if isinstance(said, DeviceIs) and said.device == "light")
    return [one.present for one in told]


def test_a_look_that_wants_it_is_shown_an_order_and_told_what_was_shown() -> None:
    parts = Parts(enough=40, lit=True)
    parts.light = lamp = Lamp()
    with Served(parts.body) as served:
        served.link.ask(ask())
        served.until(served.reasons)
        served.until(lambda: lamp.shown[-1] == DARK)
    (look,) = parts.looks
    assert look.light is not None
    shown = [rgb for rgb in lamp.shown if rgb != DARK]
    assert [step.rgb for step in look.light if step.rgb != DARK] == shown
    assert len(shown) >= 2
    waits = [two.at_s - one.at_s for one, two in itertools.pairwise(look.light)]
    assert min(waits) > 0.15  # a step is told late, never early
    assert lamp.closed == 1
    assert lit(served) == [True]


def test_without_a_light_a_look_is_told_of_none() -> None:
    parts = Parts()
    with Served(parts.body) as served:
        served.link.ask(ask())
        served.until(served.reasons)
    assert parts.looks[0].light is None
    assert lit(served) == []


def test_a_light_that_is_lost_in_a_look_is_told_and_opened_for_the_next_one() -> None:
    parts = Parts(enough=30, lit=True)
    parts.light = broken = Lamp()
    with Served(parts.body) as served:
        served.until(lambda: lit(served) == [True])
        broken.is_lost = True
        served.link.ask(ask(1))
        served.until(lambda: len(served.reasons()) == 1)
        assert parts.looks[0].light is None
        assert (lit(served), broken.closed > 0) == ([True, False], True)
        parts.light = lamp = Lamp()
        served.link.ask(ask(2))
        served.until(lambda: len(served.reasons()) == 2)
    assert lit(served) == [True, False, True]
    assert lamp.shown


def test_the_light_goes_dark_with_a_look_that_is_forgotten() -> None:
    parts = Parts(enough=10_000, lit=True)
    parts.light = lamp = Lamp()
    with Served(parts.body) as served:
        served.link.ask(ask())
        served.until(lambda: any(rgb != DARK for rgb in lamp.shown))
        served.link.ask(Forget(passage=7))
        served.until(lambda: lamp.shown[-1] == DARK)


def test_which_way_to_look_is_told_when_it_changes_and_back_when_a_look_begins_anew() -> None:
    parts = Parts(enough=9)
    with Served(parts.body) as served:
        served.until(served.presence)
        real = parts._look

        def asking(enough: int) -> Look:
            look = real(enough)
            look.turns = [None, Turn.LEFT, Turn.LEFT, Turn.AHEAD, Turn.RIGHT, None, None]
            return look

        parts._look = asking  # type: ignore[method-assign]  # a look that asks
        served.link.ask(ask(5))
        served.until(served.answers)
    told = [(said.request, said.turn) for said in served.said if isinstance(said, TurnAsked)]
    assert [turn for _, turn in told] == [Turn.LEFT, Turn.AHEAD, Turn.RIGHT, Turn.AHEAD]
    assert {request for request, _ in told} == {served.answers()[0].request}
