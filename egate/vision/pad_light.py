"""Active light: whether the skin answers the order of colours that this look has drawn.

The colour (not the brightness) of five patches of skin and of the room beside the head is fitted,
frame by frame, with a slow drift and with what was commanded. Light, exposure and line come late
by 0 to 300 ms (on a loaded board), which nobody knows: the delay under which the skin fits best is
taken for all.

    follows   the part of the change beyond drift that the order explains, 0..1; the median of
              the five patches, so that the lamp's own glint in a screen is not taken for skin
    gain      how much of the ambient light the lamp adds there, in a full colour: the second
              least of the five
    room      the same beside the head
    glint     how many times the median of the five the brightest of them gained: skin is matt, a
              screen throws back a picture of the lamp

A screen brings its own light and hardly reflects ours; a recording answers another order. Paper
and a mask answer as skin does: other layers are for them.

Source: research/face.md section 5, layer 5; the camera's gamma is near enough to 2.2 (sRGB).
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egate.domain.light_order import DARK, LightOrder
from egate.vision.faces import Face, Picture
from egate.vision.pad_sight import ABOVE, HALF_WIDTH, Sight, upright

Numbers = NDArray[np.float64]

PX_PER_EYE = 20.0
GAMMA = 2.2
FRAMES_KEPT = 90
FEWEST_FRAMES = 10
DELAYS_S = tuple(0.01 * step for step in range(31))
EXPOSED_S = 0.03  # before the instant of a frame, read-out with it
INSTANTS = 7  # of one exposure at which the order is looked at
PATCHES = (  # left, right, top, end, in eye distances
    (-0.65, -0.3, 0.4, 0.8),
    (0.3, 0.65, 0.4, 0.8),
    (-0.55, -0.15, -0.7, -0.35),
    (0.15, 0.55, -0.7, -0.35),
    (-0.18, 0.18, 0.1, 0.6),
)
ROOM_AWAY = (0.35, 0.85)  # of the box's width, from its side
DARKEST = 1e-3  # of full white
LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Answer:
    """How skin and room answered; nought where nothing was commanded."""

    follows: float
    gain: float
    room: float
    glint: float
    delay_s: float


class LitSkin:
    """What the patches of skin and the room sent, frame by frame; the newest are kept."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=FRAMES_KEPT)
        self._sent: deque[Numbers] = deque(maxlen=FRAMES_KEPT)
        self._order: LightOrder = ()

    @property
    def order(self) -> LightOrder:
        """Return what was drawn for this look."""
        return self._order

    def feed(self, sight: Sight) -> None:
        """Look at one frame more."""
        if not sight.light:
            return
        self._order = tuple(sight.light)
        face = upright(sight.picture, sight.face, PX_PER_EYE)
        self._at_s.append(sight.at_s)
        self._sent.append(np.stack([*_patches(face), _room(sight.picture, sight.face)]))

    def answer(self) -> Answer | None:
        """Return how the order was answered, None when too little of it was seen."""
        if len(self._at_s) < FEWEST_FRAMES:
            return None
        at_s, sent = np.array(self._at_s), np.stack(self._sent)
        told = {delay: _commanded(self._order, at_s - delay) for delay in DELAYS_S}
        if np.ptp(told[DELAYS_S[0]], axis=0).max() < 0.5:
            return None
        colours = _colours(sent)
        fits = {delay: _fitted(at_s, colours, one) for delay, one in told.items()}
        best = max(fits, key=lambda delay: float(np.median(fits[delay][0][:-1])))
        follows, gains = fits[best]
        return Answer(
            follows=float(np.median(follows[:-1])),
            gain=float(np.sort(gains[:-1])[1]),
            room=float(gains[-1]),
            glint=float(gains[:-1].max() / max(float(np.median(gains[:-1])), LEAST)),
            delay_s=best,
        )


def _patches(face: Picture) -> list[Numbers]:
    """Return the mean linear colour of each patch of the upright face."""
    told = []
    for left, right, top, end in PATCHES:
        columns = slice(*(round((side + HALF_WIDTH) * PX_PER_EYE) for side in (left, right)))
        rows = slice(*(round((side + ABOVE) * PX_PER_EYE) for side in (top, end)))
        told.append(_linear(face[rows, columns].reshape(-1, 3)))
    return told


def _room(picture: Picture, face: Face) -> Numbers:
    """Return the mean linear colour of what is beside the head, sampled."""
    left, top, width, height = face.box
    high, wide = picture.shape[:2]
    rows = slice(max(0, int(top)), min(high, int(top + 0.5 * height)), 4)
    near, far = (width * part for part in ROOM_AWAY)
    sides = ((left - far, left - near), (left + width + near, left + width + far))
    parts = [
        picture[rows, max(0, int(begin)) : max(0, min(wide, int(end))) : 4].reshape(-1, 3)
        for begin, end in sides
    ]
    pixels = np.concatenate(parts)
    return _linear(pixels) if len(pixels) else np.zeros(3)


def _linear(pixels: NDArray[np.uint8]) -> Numbers:
    return np.asarray(((pixels / 255.0) ** GAMMA).mean(axis=0), np.float64)


def _commanded(order: LightOrder, at_s: Numbers) -> Numbers:
    """Return what was commanded on average over the exposure of each frame: blue, green, red."""
    colours = np.array([DARK, *(step.rgb for step in order)], np.float64)[:, ::-1] / 255.0
    instants = at_s[:, None] - np.linspace(0.0, EXPOSED_S, INSTANTS)
    shown = np.searchsorted([step.at_s for step in order], instants, side="right")
    return np.asarray(colours[shown].mean(axis=1), np.float64)


def _colours(sent: Numbers) -> Numbers:
    """Return the logarithm of light without its brightness; shape as it came, channels last."""
    told = np.log(np.maximum(sent, DARKEST))
    return np.asarray(told - told.mean(axis=-1, keepdims=True))


def _fitted(at_s: Numbers, colours: Numbers, told: Numbers) -> tuple[Numbers, Numbers]:
    """Return for each place the part of its change that the order explains, and its gain."""
    drift = np.column_stack([np.ones_like(at_s), at_s - at_s.mean(), (at_s - at_s.mean()) ** 2])
    basis, _ = np.linalg.qr(drift)
    wanted = told - told.mean(axis=1, keepdims=True)
    wanted = wanted - basis @ (basis.T @ wanted)
    flat = colours.reshape(len(at_s), -1)
    change = np.asarray(flat - basis @ (basis.T @ flat)).reshape(colours.shape)
    energy = max(float((wanted**2).sum()), 1e-9)
    gains = np.einsum("tpc,tc->p", change, wanted) / energy
    explained = np.where(gains > 0, gains**2 * energy, 0.0)
    return explained / np.maximum((change**2).sum(axis=(0, 2)), 1e-12), np.expm1(gains)
