"""How a head is carried and how a hand holds something up: slow waves, and a tremor.

A movement gives the pose at any instant, so that pictures can be asked for in any order. Nobody
holds quite still, and nobody moves in steps.

Source: physiological tremor of the hand is 8 to 12 Hz; a standing body sways below 1 Hz. How
wide each goes is the author's own guess.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
import math
from typing import Final

import numpy as np

from egate.domain.head_turn import Turn
from simulators.stage import Pose

Movement = Callable[[float], Pose]
Asks = Sequence[tuple[float, Turn]]  # since when which way to look was asked; it may grow

WAVES: Final = 3
SWAY_HZ: Final = (0.15, 0.8)
TREMOR_HZ: Final = (7.0, 11.0)
TREMOR_M: Final = 0.0006
TREMOR_DEG: Final = 0.25
NEARS_M: Final = 0.08  # the last step towards the camera
NEARS_FOR_S: Final = 1.2
REACTS_S: Final = (0.4, 0.9)  # reads what is asked, then turns
TURNS_DEG: Final = (20.0, 30.0)  # farther the stage cannot hide one cheek behind the nose
TURNS_DEG_S: Final = (40.0, 90.0)
OWN_SIDE: Final = {Turn.LEFT: -1.0, Turn.RIGHT: 1.0, Turn.AHEAD: 0.0}  # of Pose.yaw_deg


@dataclass(frozen=True, slots=True)
class Hold:
    """Where a thing is held, in metres from the lens; a head comes from up to `nears_m` beyond."""

    x_m: float
    y_m: float
    z_m: float
    nears_m: float = NEARS_M


@dataclass(frozen=True, slots=True)
class Wander:
    """An aimless movement about nought: (height, hertz, phase) of each wave."""

    waves: tuple[tuple[float, float, float], ...]

    def at(self, at_s: float) -> float:
        """Return how far it has gone at this instant."""
        return sum(
            high * math.sin(2 * math.pi * (hz * at_s + phase)) for high, hz, phase in self.waves
        )


def wander(draw: np.random.Generator, reach: float, hertz: tuple[float, float]) -> Wander:
    """Draw an aimless movement that goes about as far as `reach`."""
    return Wander(
        tuple(
            (
                reach * float(draw.uniform(0.3, 0.8)),
                float(draw.uniform(*hertz)),
                float(draw.uniform(0, 1)),
            )
            for _ in range(WAVES)
        )
    )


def head(draw: np.random.Generator, hold: Hold) -> Movement:
    """Draw how a living head is carried: it sways, and looks about a little."""
    x, y, z = (wander(draw, reach, SWAY_HZ) for reach in (0.008, 0.004, 0.006))
    yaw, pitch, roll = (wander(draw, reach, SWAY_HZ) for reach in (4.0, 2.5, 1.2))
    comes_m = float(draw.uniform(0.2, 1.0)) * hold.nears_m

    def pose(at_s: float) -> Pose:
        left = max(0.0, 1 - at_s / NEARS_FOR_S)
        return Pose(
            hold.x_m + x.at(at_s),
            hold.y_m + y.at(at_s),
            hold.z_m + z.at(at_s) + comes_m * left * left,
            yaw.at(at_s),
            pitch.at(at_s),
            roll.at(at_s),
        )

    return pose


def hand(draw: np.random.Generator, hold: Hold) -> Movement:
    """Draw how a hand holds something up: hardly moved, or waved about, and never quite still."""
    waved = float(draw.uniform(0.1, 1.6))
    x, y, z = (wander(draw, waved * reach, SWAY_HZ) for reach in (0.012, 0.008, 0.012))
    turns = [wander(draw, waved * reach, SWAY_HZ) for reach in (6.0, 5.0, 2.5)]
    shakes_m = [wander(draw, TREMOR_M, TREMOR_HZ) for _ in range(2)]
    shakes_deg = [wander(draw, TREMOR_DEG, TREMOR_HZ) for _ in range(3)]

    def pose(at_s: float) -> Pose:
        yaw, pitch, roll = (
            turn.at(at_s) + shake.at(at_s) for turn, shake in zip(turns, shakes_deg, strict=True)
        )
        return Pose(
            hold.x_m + x.at(at_s) + shakes_m[0].at(at_s),
            hold.y_m + y.at(at_s) + shakes_m[1].at(at_s),
            hold.z_m + z.at(at_s),
            yaw,
            pitch,
            roll,
        )

    return pose


def obeying(draw: np.random.Generator, moves: Movement, asks: Asks) -> Movement:
    """Let a head also turn as it is asked, as far and as fast as is drawn."""
    reacts_s, deg, deg_s = (
        float(draw.uniform(*each)) for each in (REACTS_S, TURNS_DEG, TURNS_DEG_S)
    )

    def pose(at_s: float) -> Pose:
        there = moves(at_s)
        return replace(there, yaw_deg=there.yaw_deg + turned(asks, at_s - reacts_s, deg, deg_s))

    return pose


def turned(asks: Asks, at_s: float, deg: float, deg_s: float) -> float:
    """Return how far a head is turned that goes where it is asked at an even pace.

    >>> asks = [(1.0, Turn.RIGHT), (2.0, Turn.AHEAD)]
    >>> [turned(asks, at_s, 20.0, 40.0) for at_s in (0.5, 1.25, 1.75, 2.25, 3.0)]
    [0.0, 10.0, 20.0, 10.0, 0.0]
    """
    is_at = 0.0
    for number, (since_s, turn) in enumerate(asks):
        until_s = min(at_s, asks[number + 1][0]) if number + 1 < len(asks) else at_s
        way = OWN_SIDE[turn] * deg - is_at
        is_at += math.copysign(min(abs(way), max(0.0, until_s - since_s) * deg_s), way)
    return is_at


def askew(moves: Movement, yaw_deg: float) -> Movement:
    """Let a head be turned by so much more."""

    def pose(at_s: float) -> Pose:
        there = moves(at_s)
        return replace(there, yaw_deg=there.yaw_deg + yaw_deg)

    return pose


def by_chance(draw: np.random.Generator, moves: Movement, asks: Asks) -> Movement:
    """Let a head turn whenever it is asked, to sides that have nothing to do with it."""
    flips = draw.random(16) < 0.5
    other = {Turn.LEFT: Turn.RIGHT, Turn.RIGHT: Turn.LEFT, Turn.AHEAD: Turn.AHEAD}
    own: list[tuple[float, Turn]] = []
    turns = obeying(draw, moves, own)

    def pose(at_s: float) -> Pose:
        for since_s, turn in asks[len(own) :]:
            own.append((since_s, other[turn] if flips[len(own) % len(flips)] else turn))
        return turns(at_s)

    return pose
