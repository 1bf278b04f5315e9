"""One presentation, looked at as a gate looks: the product's own look, light and policy.

Presentations have even seeds here: those with odd ones are for setting thresholds
(egate.vision.presentation_attack), so nothing is measured on what it was fitted to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
import time

import cv2
import numpy as np

from egate.domain.check import Check, Outcome
from egate.domain.face_measures import (
    FaceMeasures,
    FaceReason,
    LayerReason,
    LayerScore,
    PadLayer,
)
from egate.domain.head_turn import Turn, draw_turns
from egate.domain.light_order import LightStep, draw_order, shining
from egate.inspection.face_checks import examine_face
from egate.inspection.liveness_checks import CHECK_OF, asks_for_a_turn
from egate.inspection.policy import Policy
from egate.vision.capture import LONGER, FaceCapture
from egate.vision.enrol import embedding_of_picture
from egate.vision.faces import Embedding, FaceEngine, Picture
from egate.vision.presentation_attack import Challenge, Fitted, LivenessLook
from simulators import faces, sensor
from simulators.heads import Presented, sequence
from simulators.motion import Asks

RATE_HZ = 15.0  # what a Raspberry Pi looks at of a camera's 30
LONGEST_S = 3.0  # without turns of the head
OTHERS = 2  # who shows the face is this many places on in the list of people
LIT, UNLIT = "with the light", "without a light"

Frames = Iterable[tuple[Picture, float]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a policy makes of one presentation: the outcome of each check that concerns it."""

    live: Outcome
    holder: Outcome
    layers: Mapping[PadLayer, Outcome]
    reason: str

    @property
    def is_admitted(self) -> bool:
        """Say whether the face alone would have opened the gate."""
        return (self.live, self.holder) == (Outcome.PASSED, Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class Looked:
    """One presentation and what came of it, with the light's layer and without."""

    kind: str
    seed: int
    took_s: float
    compute_ms: float
    held: Mapping[str, Held]
    was_asked: bool = False


class Gallery:
    """The people of the bench: what the camera sees of them and what was enrolled."""

    def __init__(self, folder: Path, engine: FaceEngine) -> None:
        self.engine = engine
        self._cuts = faces.live_pictures(folder)
        self._names = list(self._cuts)
        self._enrolled = {
            name: embedding_of_picture(faces.enrolment_file(folder, name).read_bytes(), engine)
            for name in self._names
        }

    def look(self, kind: Presented, seed: int, policies: Mapping[str, Policy]) -> Looked:
        """Present one thing and look at it."""
        place = seed // 2 % len(self._names)
        holder = self._names[place]
        other = self._cuts[self._names[(place + OTHERS) % len(self._names)]]
        cut = self._cuts[holder]

        def frames(light: Callable[[float], tuple[int, int, int]], asks: Asks) -> Frames:
            return sequence(kind, cut, seed, light, LONGEST_S, RATE_HZ, other=other, asks=asks)

        return looked(kind.value, seed, frames, self.engine, self._enrolled[holder], policies)

    def still(
        self, name: str, picture: Picture, seed: int, policies: Mapping[str, Policy]
    ) -> Looked:
        """Show one real picture as if it were what the camera sees, with the sensor's noise."""
        return looked(
            name,
            seed,
            lambda _light, _asks: stills(picture, seed),
            self.engine,
            self._enrolled[self._names[0]],
            policies,
        )


def looked(  # noqa: PLR0913, PLR0917  # what is shown, who it should be, and by what it is judged
    kind: str,
    seed: int,
    frames: Callable[[Callable[[float], tuple[int, int, int]], Asks], Frames],
    engine: FaceEngine,
    reference: Embedding,
    policies: Mapping[str, Policy],
) -> Looked:
    """Feed the frames to one look until it has enough; light and turns follow its wishes."""
    draw = Random(seed)
    order: list[LightStep] = []
    told: tuple[LightStep, ...] = ()
    asks: list[tuple[float, Turn]] = []

    def is_unsure(layers: tuple[LayerScore, ...]) -> bool:
        dark = tuple(map(_not_lit, layers))
        said = {LIT: layers, UNLIT: dark}
        return any(asks_for_a_turn(said[way], each.liveness) for way, each in policies.items())

    newest_s = 0.0
    look = FaceCapture(
        engine,
        time.perf_counter,
        next(iter(policies.values())).face_quality,
        new_liveness=lambda: LivenessLook(
            Fitted(light=True),
            picks_own=False,
            challenge=Challenge(draw_turns(draw.randbytes), is_unsure),
        ),
        times=LONGER,
    )
    for picture, at_s in frames(lambda instant_s: shining(tuple(order), instant_s), asks):
        is_drawn = bool(order) and not told
        if look.wants_light and not is_drawn:
            order[:] = draw_order(draw.randbytes, at_s)
        told = tuple(step for step in order if step.at_s <= at_s)
        look.feed(picture, at_s, told)
        newest_s = at_s
        asked = look.asks or (Turn.AHEAD if asks else None)
        if asked is not None and (not asks or asks[-1][1] is not asked):
            asks.append((at_s, asked))
        if look.is_enough or (at_s >= LONGEST_S and look.asks is None):
            break
    measures = look.measures(reference)
    held = {LIT: measures, UNLIT: _without_light(measures)}
    return Looked(
        kind,
        seed,
        newest_s,
        measures.compute_ms,
        {name: _held(each, policies[name]) for name, each in held.items()},
        was_asked=bool(asks),
    )


def stills(picture: Picture, seed: int) -> Frames:
    """Give one picture again and again, filling the camera's height, with fresh noise."""
    draw = np.random.default_rng(seed)
    room, grain = sensor.room(draw), sensor.grain(draw)
    high, wide = picture.shape[:2]
    wide = min(sensor.WIDTH, round(wide * sensor.HEIGHT / high))
    left = (sensor.WIDTH - wide) // 2
    room[:, left : left + wide] = cv2.resize(picture, (wide, sensor.HEIGHT))
    for number in range(round(LONGEST_S * RATE_HZ)):
        yield sensor.sent(sensor.noisy(room, grain, draw)), number / RATE_HZ


def _without_light(measures: FaceMeasures) -> FaceMeasures:
    return replace(measures, layers=tuple(map(_not_lit, measures.layers)))


def _not_lit(one: LayerScore) -> LayerScore:
    is_light = one.layer is PadLayer.ACTIVE_LIGHT
    return replace(one, score=None, reason=LayerReason.NOT_FITTED) if is_light else one


def _held(measures: FaceMeasures, policy: Policy) -> Held:
    found = {finding.check: finding for finding in examine_face(measures, policy)}
    live = found[Check.FACE_IS_LIVE]
    said = live.reason if measures.reason is FaceReason.OK else measures.reason.value
    return Held(
        live.outcome,
        found[Check.FACE_IS_THE_HOLDER].outcome,
        {layer: found[check].outcome for layer, check in CHECK_OF.items()},
        said,
    )
