"""Every picture of a set through the gate's own steps once, with what each step took.

The widest face counts when there are more: public pictures have people behind. Nothing is kept
but embeddings, qualities and points; the pictures themselves are read again for a morph.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
import time

import numpy as np

from egate.vision.enrol import PictureRefused, decode_picture
from egate.vision.faces import Embedding, Face, FaceEngine, Picture
from egate.vision.quality import FaceQuality, quality_of

STEPS = ("decode", "detect", "align", "quality", "embed")


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """The face of one picture."""

    embedding: Embedding
    face: Face
    quality: FaceQuality


@dataclass(slots=True)
class Gallery:
    """What came of a set: faces by picture, what was lost and why, milliseconds by step."""

    faces: dict[str, Found] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    faceless: list[str] = field(default_factory=list)
    took_ms: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Count what happens inside as this step."""
        began_s = time.perf_counter()
        yield
        self.took_ms[step].append((time.perf_counter() - began_s) * 1000)


def look_at(
    folder: Path, names: Sequence[str], engine: FaceEngine, step: Callable[[int], None]
) -> Gallery:
    """Find and embed the face of every picture; `step` is told how many are done."""
    gallery = Gallery()
    for done, name in enumerate(names, start=1):
        _add(gallery, folder, name, engine)
        step(done)
    return gallery


def picture(folder: Path, name: str) -> Picture:
    """Return one picture of the set.

    Raises:
        PictureRefused: it is none.
        OSError: it cannot be read.
    """
    return decode_picture((folder / name).read_bytes())


def mean_of(embeddings: Sequence[Embedding]) -> Embedding:
    """Return the mean of some embeddings, of length one again."""
    mean = np.mean(embeddings, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _add(gallery: Gallery, folder: Path, name: str, engine: FaceEngine) -> None:
    try:
        with gallery.timed("decode"):
            decoded = picture(folder, name)
    except (PictureRefused, OSError):
        gallery.unreadable.append(name)
        return
    with gallery.timed("detect"):
        faces = engine.detect(decoded)
    if not faces:
        gallery.faceless.append(name)
        return
    face = faces[0]
    with gallery.timed("align"):
        crop = engine.align(decoded, face)
    with gallery.timed("quality"):
        quality = quality_of(crop, face.points)
    with gallery.timed("embed"):
        embedding = engine.embed(decoded, face)
    gallery.faces[name] = Found(embedding, face, quality)
