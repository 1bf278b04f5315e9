"""The portrait of a chip document to a picture, and to the embedding a look is compared with.

    kind      JPEG, JP2 or a bare JPEG 2000 codestream, told by its first bytes; colour or grey
    before    bytes, pixels and sides, as the header announces them, are bounded
    after     the decoded size is the announced one, samples have 8 bits; grey becomes BGR
    face      exactly one, its eyes far enough apart

An orientation in EXIF is not followed: a portrait stands upright as stored, and one that does not
shows no face. These bounds do not bound the time, nor the memory: of 2 megapixels in 150 KB a
codestream can make seconds and gigabytes. So a gate decodes in egate.loop.decoder_child.

Source: research/emrtd.md sections 5.1 and 6.2 (rule 17); ISO/IEC 19794-5:2005, 5.8.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.document.face_record import SIGNATURES
from egate.document.face_record import Picture as StoredPicture
from egate.document.picture_size import picture_size
from egate.document.portrait import MAX_PIXELS, MAX_SIDE
from egate.domain.token import MAX_PORTRAIT
from egate.vision.faces import Embedding, Face, FaceEngine, Picture

EYE_DISTANCE_PX = 40.0  # DG2 has 60 to 120; at half of this a face still scores 0.9 with itself
TO_BGR = {1: cv2.COLOR_GRAY2BGR, 4: cv2.COLOR_BGRA2BGR}  # by samples of a pixel


class Refusal(StrEnum):
    """Why a portrait gives no face; every word fits a reply of the decoder."""

    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_PICTURE = "no_picture"
    OTHER_SIZE = "other_size"
    OTHER_SAMPLES = "other_samples"
    TOO_SLOW = "too_slow"
    DECODER_DIED = "decoder_died"
    NO_FACE = "no_face"
    TWO_FACES = "two_faces"
    TOO_SMALL = "too_small"


UNREADABLE = frozenset(Refusal) - {Refusal.NO_FACE, Refusal.TWO_FACES, Refusal.TOO_SMALL}


class PortraitRefused(Exception):
    """This portrait gives no reference face; `reason` says why, nothing says what was in it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def embedding_of_portrait(
    raw: bytes, engine: FaceEngine, decode: Callable[[bytes], Picture] | None = None
) -> Embedding:
    """Return the embedding of the one face in a portrait, 128 numbers of length one.

    `decode` is `decode_portrait` of this or of another process.

    Raises:
        PortraitRefused: with the reason; nothing was kept.
    """
    picture = (decode or decode_portrait)(raw)
    return engine.embed(picture, _only_face(engine.detect(picture)))


def decode_portrait(raw: bytes) -> Picture:
    """Decode a portrait into BGR, 8 bits a sample.

    Raises:
        PortraitRefused: it is over a bound, no picture, or another than it announces.
    """
    width, height = announced_size(raw)
    try:
        decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise PortraitRefused(Refusal.NO_PICTURE)
    if decoded.shape[:2] != (height, width):
        raise PortraitRefused(Refusal.OTHER_SIZE)
    return _as_bgr(decoded)


def announced_size(raw: bytes) -> tuple[int, int]:
    """Return width and height as the header has them, within the bounds; decodes nothing.

    Raises:
        PortraitRefused: TOO_LARGE, NO_PICTURE or TOO_MANY_PIXELS.
    """
    if len(raw) > MAX_PORTRAIT:
        raise PortraitRefused(Refusal.TOO_LARGE)
    kind = next((kind for start, kind in SIGNATURES.items() if raw.startswith(start)), None)
    size = None if kind is None else picture_size(StoredPicture(kind, raw, 0, 0))
    if size is None:
        raise PortraitRefused(Refusal.NO_PICTURE)
    if max(size) > MAX_SIDE or size[0] * size[1] > MAX_PIXELS:
        raise PortraitRefused(Refusal.TOO_MANY_PIXELS)
    return size


def _as_bgr(decoded: NDArray[Any]) -> Picture:
    """IMREAD_COLOR would do this, but gives nothing for a grey codestream (OpenCV 4.14)."""
    samples = 1 if decoded.ndim == 2 else decoded.shape[2]
    if decoded.dtype != np.uint8 or samples not in {1, 3, 4}:
        raise PortraitRefused(Refusal.OTHER_SAMPLES)
    return np.asarray(decoded if samples == 3 else cv2.cvtColor(decoded, TO_BGR[samples]), np.uint8)


def _only_face(faces: tuple[Face, ...]) -> Face:
    if not faces:
        raise PortraitRefused(Refusal.NO_FACE)
    if len(faces) > 1:
        raise PortraitRefused(Refusal.TWO_FACES)
    if faces[0].eye_distance_px < EYE_DISTANCE_PX:
        raise PortraitRefused(Refusal.TOO_SMALL)
    return faces[0]
