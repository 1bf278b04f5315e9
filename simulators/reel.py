"""Two seconds of one scene before the bench's camera, each picture made when it is first wanted.

    "person_1"          a living head
    "photo:person_1"    a print of that face held to the camera; PREFIXES has the other kinds
    "cloth:person_1"    a living head with a cloth before its mouth; simulators.worn.WORN has more

Whoever holds something up stands behind it with a face of their own: the next one of the bench.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final
from zlib import crc32

import numpy as np

from simulators import sensor
from simulators.faces import CUT_WIDTH, Picture
from simulators.heads import OFF, Actor, Casting, Presented, Take
from simulators.motion import Hold
from simulators.relief import M_PER_PX
from simulators.stage import Rgb
from simulators.worn import WORN

SECONDS: Final = 2.0
FRAMES: Final = round(SECONDS * sensor.RATE_HZ)
EMPTY_FRAMES: Final = 10  # nothing moves: only the noise differs
BEHIND_M: Final = 0.1
STOOD_M: Final = 0.01  # who is seen stands already
PREFIXES: Final = {
    "photo": Presented.PRINTED_PHOTO,
    "phone": Presented.PHONE_PHOTO,
    "video": Presented.REPLAYED_VIDEO,
    "mask": Presented.PAPER_MASK,
    "swap": Presented.SWAP,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is seen, nearest first, by names as above."""

    pictures: tuple[str, ...] = ()
    distance_m: float = 0.7
    black: bool = False


class Reel:
    """The pictures of one scene; safe to be used by two threads."""

    def __init__(self, scene: Scene, faces: Mapping[str, Picture], seed: int) -> None:
        self.length = FRAMES if scene.pictures else EMPTY_FRAMES
        self._take = Take(_cast(scene, faces, seed), seed, covered=scene.black)
        self._pictures: dict[tuple[int, Rgb, float], bytes] = {}
        self._lock = Lock()

    def kept(self, number: int, lamp: Rgb, yaw_deg: float = 0.0) -> bytes | None:
        """Return that picture if it is there already."""
        return self._pictures.get((number, lamp, yaw_deg))

    def jpeg(self, number: int, lamp: Rgb, yaw_deg: float = 0.0) -> bytes:
        """Return the picture of this number, lamp and turn of those who turn when asked."""
        key = (number, lamp, yaw_deg)
        with self._lock:
            if key not in self._pictures:
                picture = self._take.picture(number / sensor.RATE_HZ, *key)
                self._pictures[key] = sensor.encode(picture)
            return self._pictures[key]

    def forget_the_lit(self) -> None:
        """Drop the pictures under a coloured lamp and of heads that were asked to turn."""
        with self._lock:
            usual = {key: raw for key, raw in self._pictures.items() if key[1:] == (OFF, 0.0)}
            self._pictures = usual


def in_hand(name: str) -> tuple[Presented, str]:
    """Return what is presented under this name, and whose face it shows.

    >>> in_hand("photo:person_1")
    (<Presented.PRINTED_PHOTO: 'printed_photo'>, 'person_1')
    """
    prefix, is_held, face = name.partition(":")
    if not is_held:
        return Presented.LIVING, name
    return (Presented.LIVING if prefix in WORN else PREFIXES[prefix]), face


def _cast(scene: Scene, faces: Mapping[str, Picture], seed: int) -> tuple[Actor, ...]:
    """Place everybody side by side, the nearest in the middle and last, so that it hides nobody."""
    cast: list[Actor] = []
    for place, name in reversed(list(enumerate(scene.pictures))):
        kind, face = in_hand(name)
        aside = (place + 1) // 2 * (1 if place % 2 else -1)
        hold = Hold(aside * CUT_WIDTH * M_PER_PX, 0.0, scene.distance_m + place * BEHIND_M, STOOD_M)
        draw = np.random.default_rng([seed, place, crc32(name.encode())])
        holder = faces[_next_to(face, list(faces))]
        wears = WORN.get(name.partition(":")[0], np.asarray)
        cast.extend(Casting(draw, SECONDS, hold).actors(kind, wears(faces[face]), holder))
    return tuple(cast)


def _next_to(face: str, names: list[str]) -> str:
    return names[(names.index(face) + 1) % len(names)]
