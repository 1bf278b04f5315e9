"""Single cues on values drawn for them: a bent sheet, a frame in a hand, a lamp's own picture."""

import numpy as np
from numpy.typing import NDArray
import pytest

from egate.domain.face_measures import LayerReason, PadLayer
from egate.domain.light_order import COLOURS, DARK, LightStep
from egate.vision import pad_light, pad_motion, pad_texture
from egate.vision.presentation_attack import Fitted, LivenessLook

Sides = NDArray[np.float64]
FRAMES = np.arange(20)
ORDER = (
    *(LightStep(0.2 * number, COLOURS[number % 3]) for number in range(5)),
    LightStep(1.0, DARK),
)


def moved_as(shape: str) -> pad_motion.Motion:
    """Return what points say that went aside by how far they stand out, with a little noise."""
    draw = np.random.default_rng(1)
    places = draw.uniform((-0.9, -0.6), (0.9, 1.5), (80, 2)).astype(np.float32)
    start = (places * 100 + 300).astype(np.float32)
    stands_out = {
        "head": pad_motion.relief(places),
        "bent": pad_motion.bent(places),
        "flat": np.zeros(80, np.float32),
    }[shape]
    ways = [
        start
        + np.outer(stands_out, (0.8 * step, 0.2 * step)).astype(np.float32)
        + draw.normal(0, 0.05, (80, 2)).astype(np.float32)
        for step in range(1, 9)
    ]
    shapes = (pad_motion.relief(places), pad_motion.bent(places))
    return pad_motion._weighed(start, ways, shapes, 100.0)


def test_a_head_is_told_from_a_sheet_that_is_bent_and_both_from_a_plane() -> None:
    head, bent, flat = (moved_as(shape) for shape in ("head", "bent", "flat"))
    assert head.likeness > 0.9
    assert head.head_over_bent > 1.05
    assert bent.head_over_bent < 0.95
    assert flat.likeness < 0.2


def edges(left: Sides, right: Sides) -> float:
    pairs = zip(left, right, strict=True)
    return pad_texture._share_in_a_hand(
        [pad_texture._Edges(240.0, one, other, is_closed=True) for one, other in pairs]
    )


def test_a_frame_in_a_hand_goes_to_and_fro_and_a_door_behind_does_not() -> None:
    sway = 2.0 * np.sin(FRAMES / 2.0)
    noise = np.random.default_rng(2).normal(0, 0.3, (2, 20))
    assert edges(160 + sway, 300 + sway) == 1.0
    assert edges(160 + noise[0], 300 + noise[1]) == 0.0
    assert edges(160 + sway, 300 - sway) == 0.0
    assert edges(160 + sway, np.full(20, 300.0)) == 0.0
    assert edges(160 + sway[:4], 300 + sway[:4]) == 0.0


@pytest.mark.parametrize(
    ("gains", "reason"),
    [
        ((0.30, 0.28, 0.33, 0.29, 0.31), LayerReason.LIVING),
        ((0.10, 0.11, 0.60, 0.10, 0.12), LayerReason.GLINTS_IN_A_SPOT),
        ((0.0, 0.0, 0.0, 0.0, 0.0), LayerReason.TOO_BRIGHT),
    ],
)
def test_skin_gains_alike_everywhere_and_a_screen_in_a_spot(
    gains: tuple[float, ...], reason: LayerReason
) -> None:
    look, draw = LivenessLook(Fitted(light=True)), np.random.default_rng(3)
    at_s = np.arange(0.0, 1.3, 1 / 15)
    shown = pad_light._commanded(ORDER, at_s - 0.1)
    for instant_s, colour in zip(at_s, shown, strict=True):
        sent = [0.2 * (1 + gain * colour) for gain in (*gains, 0.01)]
        look._skin._at_s.append(float(instant_s))
        look._skin._sent.append(np.stack(sent) * (1 + draw.normal(0, 0.002, (6, 3))))
    look._skin._order = ORDER
    told = {one.layer: one for one in look.scores()}[PadLayer.ACTIVE_LIGHT]
    assert told.reason is reason
