"""Paints a thing that stands before the camera: its relief turned and moved, and lit by a lamp.

A thing is a cut (simulators.faces) with a relief, an outline and what it does with light. For
every fourth pixel the point of the thing that is seen there is found by a few Newton steps from
the flat guess; between them it is interpolated. Light adds up before the camera's gamma, which is
a plain square root here. What cannot happen here: one part of a thing hides another part of it,
casts a shadow, or sends light on to another.

    what is sent = cut, linear x (ambient + lamp x reflects x cos x (0.7 m / distance)^2)
    a screen     = cut, linear x its own glow x its grating + what little it reflects

Source: the pin-hole camera; Lambert's law; research/face.md section 5 (active light).
"""

from dataclasses import dataclass
import math
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faces import CUT_EYES_AT, CUT_HEIGHT, CUT_WIDTH, Picture
from simulators.relief import M_PER_PX, Relief
from simulators.sensor import EYES_HIGH, FOCAL_PX, HEIGHT, WIDTH

Field = NDArray[np.float32]
S = TypeVar("S", np.float32, np.uint8)
Rgb = tuple[int, int, int]

STEP_PX: Final = 4
NEWTON_STEPS: Final = 4
LAMP_AT_M: Final = (0.0, -0.08, 0.0)  # a strip above the lens
LAMP_REACHES_M: Final = 0.7
CROSSTALK: Final = 0.08  # how much of a colour the sensor's two other filters let through
SHARPEST_GLINT: Final = 400.0  # the lamp is as broad as a hand
VEIL: Final = 0.012  # what a screen reflects of the room, of full white
LINEAR: Final = ((np.arange(256) / 255.0) ** 2).astype(np.float32)
DARK: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a thing's eyes are, in metres from the lens, and how it is turned, in degrees."""

    x_m: float
    y_m: float
    z_m: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Material:
    """What a thing does with light: skin and paper reflect, a screen glows and glints.

    `pitch_m` is how far a screen's pixels are apart; the sensor sees beats of them.
    """

    reflects: float = 1.0
    glow: float = 0.0
    glint: float = 0.0
    pitch_m: float = 0.0
    grating: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A cut with its relief; `pivot_m` is what it turns about, behind and below the eyes."""

    cut: Picture
    relief: Relief
    normals: Relief
    outline: Picture
    m_per_px: float = M_PER_PX
    pivot_m: tuple[float, float] = (0.02, 0.0)
    material: Material = Material()


def lamp_of(rgb: Rgb, strength: float) -> tuple[float, float, float]:
    """Return what a lamp of this colour adds to blue, green and red, of the ambient light."""
    red, green, blue = (value / 255 for value in rgb)
    own = (blue, green, red)
    spill = CROSSTALK * (sum(own))
    return tuple(strength * ((1 - CROSSTALK) * one + spill) for one in own)  # type: ignore[return-value]  # three in, three out


def paint(picture: Picture, thing: Thing, pose: Pose, lamp: tuple[float, float, float]) -> None:
    """Paint the thing into the picture, in place, over what is there."""
    view = _View(thing, pose)
    left, top, right, bottom = view.box
    if right - left < 2 * STEP_PX or bottom - top < 2 * STEP_PX:
        return
    at_x, at_y = view.sources()
    gain, added = _light(thing, view, at_x, at_y, lamp)
    wide, high = right - left, bottom - top
    full_x, full_y = _fine(at_x, wide, high), _fine(at_y, wide, high)
    seen = cv2.LUT(_look_up(thing.cut, full_x, full_y), LINEAR).astype(np.float32)
    if thing.material.grating > 0:
        seen = seen * _grating(thing, full_x, full_y)
    sent = cv2.add(cv2.multiply(seen, _fine(gain, wide, high)), _fine(added, wide, high))
    lit = np.clip(255 * cv2.sqrt(np.maximum(sent, 0)), 0, 255)
    part = picture[top:bottom, left:right]
    cover = _look_up(thing.outline, full_x, full_y).astype(np.float32)[:, :, None] / 255
    part[:] = (part + cover * (lit - part)).astype(np.uint8)


class _View:
    """One thing in one pose: where its points are, and where in the picture."""

    def __init__(self, thing: Thing, pose: Pose) -> None:
        self._thing = thing
        self._turn = _rotation(pose)
        self._at = np.array([pose.x_m, pose.y_m, pose.z_m])
        down_m, behind_m = thing.pivot_m
        self._pivot = np.array([0.0, down_m, behind_m])
        corners = self.pixels(*_grid(CUT_WIDTH / 6))
        left, top = (math.floor(axis.min()) for axis in corners)
        right, bottom = (math.ceil(axis.max()) for axis in corners)
        self.box = (max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT))

    def turned(self, looks: Field) -> Field:
        """Return normals as they look now; theirs count z towards the camera, ours away."""
        return np.asarray((looks * (1, 1, -1)) @ self._turn.T, np.float32)

    def points(self, x_px: Field, y_px: Field) -> Field:
        """Return the points of the thing at these places of its cut, in metres from the lens."""
        size = self._thing.m_per_px
        x_m, y_m = (x_px - CUT_EYES_AT[0]) * size, (y_px - CUT_EYES_AT[1]) * size
        away_m = -_look_up(self._thing.relief, x_px, y_px) * (size / M_PER_PX)
        own = np.stack([x_m, y_m, away_m], axis=-1) - self._pivot
        return np.asarray(own @ self._turn.T + self._pivot + self._at, np.float32)

    def pixels(self, x_px: Field, y_px: Field) -> tuple[Field, Field]:
        """Return where in the picture these places of the cut are seen."""
        points = self.points(x_px, y_px)
        away = np.maximum(points[..., 2], 0.05)
        return (
            np.asarray(WIDTH / 2 + FOCAL_PX * points[..., 0] / away, np.float32),
            np.asarray(HEIGHT * EYES_HIGH + FOCAL_PX * points[..., 1] / away, np.float32),
        )

    def sources(self) -> tuple[Field, Field]:
        """Return which place of the cut is seen at every fourth pixel of the box."""
        left, top, right, bottom = self.box
        u, v = np.meshgrid(
            np.arange(left, right + STEP_PX, STEP_PX, dtype=np.float32),
            np.arange(top, bottom + STEP_PX, STEP_PX, dtype=np.float32),
        )
        slope, back = self._flat_guess()
        x = np.asarray(CUT_EYES_AT[0] + back[0, 0] * (u - slope[0]) + back[0, 1] * (v - slope[1]))
        y = np.asarray(CUT_EYES_AT[1] + back[1, 0] * (u - slope[0]) + back[1, 1] * (v - slope[1]))
        for _ in range(NEWTON_STEPS):
            seen_u, seen_v = self.pixels(x.astype(np.float32), y.astype(np.float32))
            x = x + back[0, 0] * (u - seen_u) + back[0, 1] * (v - seen_v)
            y = y + back[1, 0] * (u - seen_u) + back[1, 1] * (v - seen_v)
        return x.astype(np.float32), y.astype(np.float32)

    def _flat_guess(self) -> tuple[tuple[float, float], NDArray[np.float64]]:
        """Return where the eyes are seen, and what a pixel of the picture is in the cut there."""
        x = np.array([[0, 60, 0]], np.float32) + np.float32(CUT_EYES_AT[0])
        y = np.array([[0, 0, 60]], np.float32) + np.float32(CUT_EYES_AT[1])
        u, v = (axis[0].astype(np.float64) for axis in self.pixels(x, y))
        forward = np.array([[u[1] - u[0], u[2] - u[0]], [v[1] - v[0], v[2] - v[0]]]) / 60
        return (float(u[0]), float(v[0])), np.asarray(np.linalg.inv(forward), np.float64)


def _light(
    thing: Thing, view: _View, at_x: Field, at_y: Field, lamp: tuple[float, float, float]
) -> tuple[Field, Field]:
    """Return by what each pixel of the cut is multiplied, and what is added to it, linear BGR."""
    material, shape = thing.material, (*at_x.shape, 3)
    if not any(lamp) and not material.glint:
        return np.full(shape, max(1.0, material.glow), np.float32), np.zeros(shape, np.float32)
    points = view.points(at_x, at_y)
    looks = view.turned(_look_up(thing.normals, at_x, at_y))
    to_lamp = np.asarray(LAMP_AT_M, np.float32) - points
    away_m = np.linalg.norm(to_lamp, axis=-1, keepdims=True)
    to_lamp /= away_m
    fades = (LAMP_REACHES_M / away_m) ** 2
    falls = np.maximum(0.0, (to_lamp * looks).sum(axis=-1, keepdims=True)) * fades
    colour = np.asarray(lamp, np.float32)
    if not material.glow:
        return (1 + material.reflects * falls * colour).astype(np.float32), np.zeros(
            shape, np.float32
        )
    half = to_lamp - points / np.linalg.norm(points, axis=-1, keepdims=True)
    half /= np.linalg.norm(half, axis=-1, keepdims=True)
    glint = np.maximum(0.0, (half * looks).sum(axis=-1, keepdims=True)) ** SHARPEST_GLINT
    added = VEIL + (material.reflects * falls + material.glint * glint) * colour
    return np.full(shape, material.glow, np.float32), added.astype(np.float32)


def _grating(thing: Thing, x_px: Field, y_px: Field) -> Field:
    """Return what a screen's pixels do to what is seen of them: each colour a third aside."""
    turns = 2 * np.pi * thing.m_per_px / thing.material.pitch_m
    rows = np.cos(turns * y_px)
    columns = [np.cos(turns * x_px + third * 2 * np.pi / 3) for third in range(3)]
    return np.dstack([1 + thing.material.grating * (one + rows) for one in columns])


def _rotation(pose: Pose) -> NDArray[np.float64]:
    yaw, pitch, roll = (math.radians(a) for a in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
    about_y = np.array(
        [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
    )
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array(
        [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
    )
    return np.asarray(about_y @ about_x @ about_z)


def _grid(step: float) -> tuple[Field, Field]:
    x, y = np.meshgrid(np.arange(0, CUT_WIDTH + 1, step), np.arange(0, CUT_HEIGHT + 1, step))
    return x.astype(np.float32), y.astype(np.float32)


def _look_up(field: NDArray[S], x_px: Field, y_px: Field) -> NDArray[S]:
    """Return a field at these places of the cut; outside of it the relief goes on, a cut ends."""
    border = cv2.BORDER_REPLICATE if field.dtype == np.float32 else cv2.BORDER_CONSTANT
    found = cv2.remap(field, x_px, y_px, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(found, field.dtype)


def _fine(coarse: Field, wide: int, high: int) -> Field:
    """Return a field given at every fourth pixel at every pixel."""
    spread = np.array([[STEP_PX, 0, 0], [0, STEP_PX, 0]], np.float32)
    return np.asarray(cv2.warpAffine(coarse, spread, (wide, high), flags=cv2.INTER_LINEAR))
