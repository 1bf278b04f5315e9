"""Looks at what the bench's stage presents, and frames drawn for devices nobody here has."""

from random import Random

import numpy as np
from numpy.typing import NDArray

from egate.domain.face_measures import LayerScore, PadLayer
from egate.domain.light_order import draw_order, shining
from egate.vision.faces import Face, FaceEngine, Picture, dominant
from egate.vision.presentation_attack import Fitted, LivenessLook
from simulators.heads import Presented, sequence
from tests.vision.limits import LIMITS

FACE = Face((20, 10, 60, 80), ((35, 40), (65, 40), (50, 58), (40, 72), (60, 72)), 0.9)
SIZE = (100, 100)


def looked_at(
    engine: FaceEngine, kind: Presented, face: Picture, seed: int, seconds: float = 1.3
) -> dict[PadLayer, LayerScore]:
    """Return every layer's score of a lit look at this."""
    order = draw_order(Random(seed).randbytes, 0.1)  # a test repeats itself
    look = LivenessLook(Fitted(light=True))
    for picture, at_s in sequence(kind, face, seed, lambda at_s: shining(order, at_s), seconds):
        seen = dominant(engine.detect(picture), LIMITS)
        if isinstance(seen, Face):
            look.feed(picture, seen, at_s, order)
    return {one.layer: one for one in look.scores()}


def noise(seed: int) -> Picture:
    """Return a picture of soft noise with corners to track."""
    draw = np.random.default_rng(seed)
    return np.asarray(draw.integers(40, 215, (60, 80, 3)), np.uint8).repeat(8, 0).repeat(8, 1)


def depth_of(nose_m: float) -> NDArray[np.float32]:
    """Return depth in metres of a tilted plane with a nose of this height on it."""
    y, x = np.mgrid[0:100, 0:100].astype(np.float32)
    flat = 0.7 + 0.0004 * x - 0.0002 * y
    bump = nose_m * np.exp(-((x - 50) ** 2 + (y - 58) ** 2) / 60)
    return np.asarray(flat - bump, np.float32)
