"""Morphs of a set: each person with the most alike others, and what a gate makes of them.

A forger takes somebody alike, so the partners are those whose mean embeddings are closest. The
live frames are pictures of either person that are not in the morph, their mean against the morph:
what the gate compares. Genuine: mean of as many other pictures against one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from egate.vision.faces import Embedding, FaceEngine, match
from simulators.morph import morph
from tests.bench_face.faces import Gallery, mean_of, picture

PARTNERS = 3
LIVE_FRAMES = 3
MOST_PEOPLE = 40  # a morph takes 20 ms and more of whoever waits


@dataclass(frozen=True, slots=True)
class Morphed:
    """Scores of live means: against own pictures, and of both persons against their morph."""

    genuine: tuple[float, ...]
    holder: tuple[float, ...]
    partner: tuple[float, ...]


def measure(
    folder: Path, people: dict[str, tuple[str, ...]], gallery: Gallery, engine: FaceEngine
) -> Morphed | None:
    """Make the morphs and score them; None when nobody has pictures enough."""
    known = {
        person: [name for name in pictures if name in gallery.faces]
        for person, pictures in people.items()
    }
    known = {who: names for who, names in known.items() if len(names) > LIVE_FRAMES}
    if len(known) <= PARTNERS:
        return None
    genuine = [
        match(_live(gallery, names, name), gallery.faces[name].embedding)
        for names in known.values()
        for name in names
    ]
    holder, partner = [], []
    for who in list(known)[:MOST_PEOPLE]:
        for other in _most_alike(gallery, known, who):
            made = _morphed(folder, gallery, engine, (known[who][0], known[other][0]))
            if made is not None:
                holder.append(match(_live(gallery, known[who], known[who][0]), made))
                partner.append(match(_live(gallery, known[other], known[other][0]), made))
    return Morphed(tuple(genuine), tuple(holder), tuple(partner))


def _live(gallery: Gallery, names: Sequence[str], but: str) -> Embedding:
    others = [name for name in names if name != but][:LIVE_FRAMES]
    return mean_of([gallery.faces[name].embedding for name in others])


def _most_alike(gallery: Gallery, known: dict[str, list[str]], who: str) -> list[str]:
    means = {
        person: mean_of([gallery.faces[name].embedding for name in names])
        for person, names in known.items()
    }
    others = [person for person in known if person != who]
    return sorted(others, key=lambda other: -match(means[who], means[other]))[:PARTNERS]


def _morphed(
    folder: Path, gallery: Gallery, engine: FaceEngine, names: tuple[str, str]
) -> Embedding | None:
    """Return the embedding of a morph of halves, None when no face is found in it."""
    one, other = (gallery.faces[name].face.points for name in names)
    made = morph(picture(folder, names[0]), one, picture(folder, names[1]), other)
    faces = engine.detect(made)
    return engine.embed(made, faces[0]) if faces else None
