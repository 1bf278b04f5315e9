"""What stands before the gate's camera: a living head, or one of the things held up instead.

    LIVING          a portrait over the relief of a head: sways, nears, turns a little, blinks
    PRINTED_PHOTO   the portrait on paper in a hand: flat or a little bent, tilted, trembling
    PHONE_PHOTO     the portrait on a phone or tablet: bezel, own glow, pixels that beat with the
                    sensor's, a glint of the lamp; answers hardly to the colour of the lamp
    REPLAYED_VIDEO  a living head on a tablet, recorded under another order of colours, or none;
                    it turns when it is asked to, as if started then, to a side of its own
    PAPER_MASK      the portrait on paper round a living head, cut out, with its eyes in the holes
    TWO_FACES       two living heads side by side
    SWAP            a living head, before which a print of another one's is soon held

A living head turns as it is asked, and so does the one behind a mask.

What this is not. Every head has the same relief, made by hand, and moves as one stiff piece: no
expression, no speech, no hair that stays behind, no parallax of the shoulders. The portrait
brings its own light and shadow along; skin is matt, has no pores under the lamp and no pulse. A
rim of the portrait's own background moves with a head. Blinks are skin drawn over the eyes. Two
things never shade each other. The sensor's noise is grey and the same in light and dark; there is
no white balance and no motion blur. Screens, prints and masks are the ideas an engineer has of
them, not copies of real ones: nobody's figures here say how a real attack fares at a real
gate. They say that a check sees the difference it was made to see.

Source: issue 4 section 3; ISO/IEC 30107-3 (species of attack); research/face.md section 5.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

import cv2
import numpy as np

from simulators import relief, sensor
from simulators.faces import CUT_EYES_AT, CUT_HEIGHT, CUT_WIDTH, Picture
from simulators.motion import Asks, Hold, Movement, askew, by_chance, hand, head, obeying
from simulators.sensor import EYES_APART_M, FOCAL_PX, HEIGHT, WIDTH
from simulators.stage import Material, Pose, Rgb, Thing, lamp_of, paint

Schedule = Callable[[float], Rgb]  # the colour commanded at an instant of the sequence
Lamp = tuple[float, float, float]

OFF: Final[Rgb] = (0, 0, 0)
LAMP_STRENGTHS: Final = (0.2, 0.5)  # of the ambient light, each colour: 24 LEDs in 300 lux
ROOM_ANSWERS: Final = 0.1  # of the lamp, what comes back from a wall 1.2 m farther off
NIGHT: Final = 2  # of 255, behind a cover
EXPOSED_S: Final = 1 / 60
EXPOSURES: Final = 3  # instants of one exposure at which the lamp is looked at
LATE_S: Final = (0.02, 0.06)  # from light to picture: exposure, read-out, the line
EYES_PX: Final = (85.0, 115.0)  # between the eyes: what a gate asks people to come near for
PAPER_SHARE: Final = (0.75, 1.1)  # of life
PAPER_BORDER: Final = 24
BEZEL: Final = 16
PHONE_WIDE_M: Final = 0.072
PHONE_ZOOM: Final = 1.6  # the face fills the little there is
PHONE_PITCH_M: Final = 6e-5  # 420 pixels an inch
TABLET_SHARE: Final = 0.6  # 15 cm wide
TABLET_PITCH_M: Final = 1e-4
MASK_AWAY_M: Final = 0.014  # paper from eye
MASK_CURVE_PER_M: Final = 9.0
SWAPS_AFTER: Final = (0.12, 0.25)  # of the sequence: within the first look at it
FLASHES_S: Final = 0.3  # how long a colour stays in a recording
ASKED_S: Final = 8.0  # a sequence of somebody who may be asked to turn goes on for so long


class Presented(StrEnum):
    """What is presented to the camera."""

    LIVING = "living"
    PRINTED_PHOTO = "printed_photo"
    PHONE_PHOTO = "phone_photo"
    REPLAYED_VIDEO = "replayed_video"
    PAPER_MASK = "paper_mask"
    TWO_FACES = "two_faces"
    SWAP = "swap"


class Actor(Protocol):
    """Somebody or something before the camera."""

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        """Paint what is seen of it at this instant, in place."""


@dataclass(frozen=True, slots=True, eq=False)
class Living:
    """A living head."""

    thing: Thing
    moves: Movement
    covered: Picture
    blinks_at_s: tuple[float, ...]

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        paint(picture, self.open_to(at_s), self.moves(at_s), lamp)

    def turned(self, yaw_deg: float) -> "Living":
        """Return the head turned by so much more."""
        return replace(self, moves=askew(self.moves, yaw_deg))

    def open_to(self, at_s: float) -> Thing:
        """Return the head with its lids as they are at this instant."""
        shut = max((_shut(at_s - blink_s) for blink_s in self.blinks_at_s), default=0.0)
        return replace(self.thing, cut=relief.lids(self.thing.cut, self.covered, shut))


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A sheet or a screen in a hand."""

    thing: Thing
    moves: Movement

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        paint(picture, self.thing, self.moves(at_s), lamp)


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """A screen on which a recording of a living head runs."""

    screen: Held
    recorded: Living
    room: Picture
    colours: Schedule
    strength: float

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        film = self.room.copy()
        self.recorded.paint(film, at_s, lamp_of(self.colours(at_s), self.strength))
        shown = _framed(_cut_out(film), (14, 14, 16), BEZEL)
        paint(picture, replace(self.screen.thing, cut=shown), self.screen.moves(at_s), lamp)


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """A living head behind a paper mask that moves with it."""

    wearer: Living
    mask: Thing

    def turned(self, yaw_deg: float) -> "Masked":
        """Return both turned by so much more."""
        return replace(self, wearer=self.wearer.turned(yaw_deg))

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        pose = self.wearer.moves(at_s)
        paint(picture, self.wearer.open_to(at_s), pose, lamp)
        paint(picture, self.mask, replace(pose, z_m=pose.z_m - MASK_AWAY_M), lamp)


@dataclass(frozen=True, slots=True, eq=False)
class Swapped:
    """One who is seen first, and what is held before them from `at_s` on."""

    first: Actor
    then: Actor
    at_s: float

    def paint(self, picture: Picture, at_s: float, lamp: Lamp) -> None:
        self.first.paint(picture, at_s, lamp)
        if at_s >= self.at_s:
            self.then.paint(picture, at_s, lamp)


class Take:
    """One scene: who is in it, in what room; any picture of it can be asked for at any time."""

    def __init__(
        self,
        actors: tuple[Actor, ...],
        seed: int,
        strength: float = sum(LAMP_STRENGTHS) / 2,
        *,
        covered: bool = False,
    ) -> None:
        draw = np.random.default_rng(seed)
        room = sensor.room(draw)
        self._room = np.full_like(room, NIGHT) if covered else room
        self._grain = sensor.grain(draw)
        self._actors = () if covered else actors
        self._seed = seed
        self._strength = strength

    def picture(self, at_s: float, number: int, rgb: Rgb = OFF, yaw_deg: float = 0.0) -> Picture:
        """Return what the sensor takes at this instant under this colour; `number` is its noise.

        `yaw_deg` is how much farther those who hear what they are asked are turned.
        """
        lamp = lamp_of(rgb, self._strength)
        seen = _room_under(self._room, lamp)
        for actor in self._actors:
            if yaw_deg and isinstance(actor, Living | Masked):
                actor.turned(yaw_deg).paint(seen, at_s, lamp)
            else:
                actor.paint(seen, at_s, lamp)
        draw = np.random.default_rng([self._seed, number, *rgb])
        return sensor.noisy(seen, self._grain, draw)


def sequence(  # noqa: PLR0913, PLR0917  # what is shown, to whom, under which light, how long
    kind: Presented,
    face: Picture,
    seed: int,
    light: Schedule | None = None,
    seconds: float = 2.0,
    rate_hz: float = sensor.RATE_HZ,
    *,
    other: Picture | None = None,
    asks: Asks | None = None,
) -> Iterator[tuple[Picture, float]]:
    """Give the pictures the gate gets, as they arrive, each with its instant from 0 on.

    `face` is the holder's cut, which an attacker shows; `other` is the attacker's own, made from
    the holder's where there is none; `asks` may grow while pictures are taken. A picture shows the
    lamp as it was LATE_S before its instant.
    """
    draw = np.random.default_rng(seed)
    stage = Casting(draw, seconds, asks=asks)
    take = Take(
        stage.actors(kind, face, _somebody_else(face) if other is None else other),
        seed,
        float(draw.uniform(*LAMP_STRENGTHS)),
    )
    late_s = float(draw.uniform(*LATE_S))
    for number in range(round((seconds if asks is None else ASKED_S) * rate_hz)):
        at_s = number / rate_hz
        rgb = OFF if light is None else exposed(light, at_s - late_s)
        yield sensor.sent(take.picture(at_s, number, rgb)), at_s


def exposed(light: Schedule, until_s: float) -> Rgb:
    """Return the mean colour of one exposure."""
    instants = [until_s - EXPOSED_S * part / (EXPOSURES - 1) for part in range(EXPOSURES)]
    colours = [light(instant) for instant in instants]
    red, green, blue = (round(sum(channel) / EXPOSURES) for channel in zip(*colours, strict=True))
    return red, green, blue


class Casting:
    """Draws who and what is before the camera; `hold` says where, drawn too if left out."""

    def __init__(
        self,
        draw: np.random.Generator,
        seconds: float,
        hold: Hold | None = None,
        asks: Asks | None = None,
    ) -> None:
        self._draw = draw
        self._seconds = seconds
        self._hold = hold
        self._asks = asks

    def actors(self, kind: Presented, face: Picture, other: Picture) -> tuple[Actor, ...]:
        """Return them, the farthest first."""
        if kind is Presented.TWO_FACES:
            aside = self._draw.choice([-1, 1])
            return (self.living(other, float(aside) * 0.19, 0.08), self.living(face))
        if kind is Presented.SWAP:
            return (self._swapped(face, other),)
        if kind is Presented.PAPER_MASK:
            return (self._masked(face, other),)
        single: dict[Presented, Callable[[Picture], Actor]] = {
            Presented.LIVING: self.living,
            Presented.PRINTED_PHOTO: self._printed,
            Presented.PHONE_PHOTO: self._on_phone,
            Presented.REPLAYED_VIDEO: self._replayed,
        }
        return (single[kind](face),)

    def living(self, face: Picture, aside_m: float = 0.0, behind_m: float = 0.0) -> Living:
        """Return a living head with this face."""
        thing = Thing(
            face,
            relief.head(),
            relief.normals_of("head"),
            relief.outline_of("head"),
            pivot_m=(0.03, 0.09),
        )
        first_s = self._draw.uniform(0.1, 3.0 if self._hold is None else self._seconds - 0.3)
        blinks = (first_s, first_s + self._draw.uniform(2.0, 4.0))
        hold = self._where(1.0)
        hold = replace(hold, x_m=hold.x_m + aside_m, z_m=hold.z_m + behind_m)
        moves = head(self._draw, hold)
        if self._asks is not None:
            moves = obeying(self._draw.spawn(1)[0], moves, self._asks)
        return Living(thing, moves, relief.eyes_covered(face), blinks)

    def _printed(self, face: Picture) -> Held:
        share = self._draw.uniform(*PAPER_SHARE)
        curve = 0.0 if self._draw.random() < 0.5 else round(self._draw.uniform(0.5, 4.0), 1)
        return self._held(_printed_on_paper(face), share, Material(), curve)

    def _on_phone(self, face: Picture) -> Held:
        if self._draw.random() < 0.5:
            return self._held(
                _framed(face, (14, 14, 16), BEZEL), TABLET_SHARE, self._screen(TABLET_PITCH_M)
            )
        across, down = round(CUT_WIDTH / PHONE_ZOOM), round(CUT_HEIGHT / PHONE_ZOOM)
        left, top = (CUT_WIDTH - across) // 2, round(CUT_EYES_AT[1] * (1 - 1 / PHONE_ZOOM))
        near = cv2.resize(face[top : top + down, left : left + across], (CUT_WIDTH, CUT_HEIGHT))
        shown = _framed(np.asarray(near, np.uint8), (14, 14, 16), BEZEL)
        share = PHONE_WIDE_M / CUT_WIDTH / relief.M_PER_PX
        return self._held(shown, share, self._screen(PHONE_PITCH_M), zoom=PHONE_ZOOM)

    def _replayed(self, face: Picture) -> Replayed:
        where = Hold(0.0, 0.0, self._draw.uniform(0.42, 0.5))
        room = sensor.room(self._draw)
        screen = self._held(face, TABLET_SHARE, self._screen(TABLET_PITCH_M))
        colours = _recorded_colours(self._draw) if self._draw.random() < 0.5 else lambda _at_s: OFF
        recorded = Casting(self._draw, self._seconds, where).living(face)
        if self._asks is not None:
            moves = by_chance(self._draw.spawn(1)[0], recorded.moves, self._asks)
            recorded = replace(recorded, moves=moves)
        return Replayed(screen, recorded, room, colours, self._draw.uniform(0.2, 0.5))

    def _masked(self, face: Picture, other: Picture) -> Masked:
        mask = Thing(
            _printed_on_paper(face, border=0),
            relief.bent(MASK_CURVE_PER_M),
            relief.normals_of("bent", MASK_CURVE_PER_M),
            relief.outline_of("mask"),
            pivot_m=(0.03, 0.09 + MASK_AWAY_M),
        )
        return Masked(self.living(other), mask)

    def _swapped(self, face: Picture, other: Picture) -> Swapped:
        first, then = self.living(other), self._printed(face)
        at_s = self._seconds * self._draw.uniform(*SWAPS_AFTER)
        nearer = replace(then.thing, m_per_px=0.8 * relief.M_PER_PX)
        return Swapped(first, Held(nearer, _raised(then.moves, at_s)), at_s)

    def _held(
        self,
        shown: Picture,
        share: float,
        material: Material,
        curve: float = 0.0,
        zoom: float = 1.0,
    ) -> Held:
        thing = Thing(
            shown,
            relief.bent(curve),
            relief.normals_of("bent", curve),
            relief.outline_of("sheet"),
            m_per_px=share * relief.M_PER_PX,
            material=material,
        )
        return Held(thing, hand(self._draw, self._where(share * zoom)))

    def _screen(self, pitch_m: float) -> Material:
        draw = self._draw
        return Material(
            reflects=draw.uniform(0.003, 0.015),
            glow=draw.uniform(0.7, 1.3),
            glint=draw.uniform(0.2, 0.8),
            pitch_m=pitch_m * draw.uniform(0.8, 1.2),
            grating=draw.uniform(0.01, 0.05),
        )

    def _where(self, share: float) -> Hold:
        """Return where it is held: a small picture nearer, so that the eyes are as far apart."""
        if self._hold is not None:
            return replace(self._hold, z_m=self._hold.z_m * share)
        z_m = FOCAL_PX * EYES_APART_M * share / self._draw.uniform(*EYES_PX)
        return Hold(self._draw.uniform(-0.03, 0.03), self._draw.uniform(-0.02, 0.02), z_m)


def _shut(since_s: float) -> float:
    """Return how far lids are shut that began to close so long ago: 0.1 s down, 0.15 s up."""
    if not 0.0 < since_s < 0.25:
        return 0.0
    return since_s / 0.1 if since_s < 0.1 else (0.25 - since_s) / 0.15


def _raised(moves: Movement, at_s: float) -> Movement:
    """Let a sheet come up from below in a quarter of a second."""

    def pose(now_s: float) -> Pose:
        there, up = moves(now_s), min(1.0, (now_s - at_s) / 0.25)
        return replace(there, y_m=there.y_m + 0.35 * (1 - up))

    return pose


def _recorded_colours(draw: np.random.Generator) -> Schedule:
    """Draw the order of colours under which a recording was made."""
    order = [tuple(255 * (value == one) for one in range(3)) for value in draw.integers(0, 3, 64)]
    began_s = draw.uniform(0, FLASHES_S)

    def colour(at_s: float) -> Rgb:
        red, green, blue = order[int((at_s + began_s) / FLASHES_S) % len(order)]
        return red, green, blue

    return colour


def _room_under(room: Picture, lamp: Lamp) -> Picture:
    if not any(lamp):
        return room.copy()
    gains = np.array([*((1 + ROOM_ANSWERS * one) ** 0.5 for one in lamp), 1.0])
    return np.asarray(cv2.multiply(room, gains), np.uint8)


def _cut_out(film: Picture) -> Picture:
    """Return the middle of a recording, as a cut."""
    wide = HEIGHT * CUT_WIDTH // CUT_HEIGHT
    left = (WIDTH - wide) // 2
    middle = film[:, left : left + wide]
    return np.asarray(cv2.resize(middle, (CUT_WIDTH, CUT_HEIGHT), None, 0, 0, cv2.INTER_AREA))


def _printed_on_paper(face: Picture, border: int = PAPER_BORDER) -> Picture:
    """Return a print: paler, softer, on white paper."""
    soft = cv2.GaussianBlur(face, (0, 0), 1.0)
    pale = cv2.addWeighted(soft, 0.82, np.full_like(soft, 215), 0.18, 0)
    return _framed(np.asarray(pale, np.uint8), (236, 240, 240), border)


def _framed(face: Picture, colour: tuple[int, int, int], border: int) -> Picture:
    framed = face.copy()
    if border:
        cv2.rectangle(framed, (0, 0), (CUT_WIDTH - 1, CUT_HEIGHT - 1), colour, border)
    return framed


def _somebody_else(face: Picture) -> Picture:
    """Return a face made from another: mirrored, longer, narrower, of another complexion."""
    about_x, about_y = CUT_EYES_AT
    move = np.array([[-1, 0, 2 * about_x], [0, 1.18, -0.18 * about_y]], np.float32)
    longer = cv2.warpAffine(face, move, (CUT_WIDTH, CUT_HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    tinted = longer.astype(np.float32) * (0.72, 0.8, 0.95)
    return np.asarray(np.clip(tinted, 0, 255), np.uint8)
