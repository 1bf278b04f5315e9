"""A picture file to one embedding: what the issuer of a permit does once.

Takes JPEG and PNG. The size is read from the header before anything is decoded, so that a few
bytes cannot ask for gigabytes. Nothing is kept; a refusal says why and never what was seen.

Source: ISO/IEC 15948 11.2.1 (IHDR); ITU-T T.81 B.2.2 (frame header); research/face.md section 5.
"""

from enum import StrEnum
import struct

import cv2
import numpy as np

from egate.vision.faces import Embedding, Face, FaceEngine, Picture

LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
EYE_DISTANCE_PX = 60.0  # research/face.md 3b
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
JPEG_FRAME_HEADERS = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive
JPEG_SCAN = 0xDA


class Refusal(StrEnum):
    """Why a picture is not taken."""

    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_PICTURE = "no_picture"
    NO_FACE = "no_face"
    TWO_FACES = "two_faces"
    TOO_SMALL = "too_small"


CURES = {
    Refusal.TOO_LARGE: f"the file is larger than {LARGEST_BYTES // 1024 // 1024} MB",
    Refusal.TOO_MANY_PIXELS: f"it has more than {LARGEST_PIXELS // 1_000_000} megapixels",
    Refusal.NO_PICTURE: "it is no JPEG or PNG picture",
    Refusal.NO_FACE: "no face was found in it",
    Refusal.TWO_FACES: "more than one face was found in it; cut out the holder's",
    Refusal.TOO_SMALL: f"the eyes are less than {EYE_DISTANCE_PX:.0f} pixels apart",
}


class PictureRefused(Exception):
    """This picture gives no reference face; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"the picture cannot be used: {CURES[reason]}")
        self.reason = reason


def embedding_of_picture(raw: bytes, engine: FaceEngine) -> Embedding:
    """Return the embedding of the one face in a JPEG or PNG file, 128 numbers of length one.

    Raises:
        PictureRefused: with the reason; nothing was kept.
    """
    picture = decode_picture(raw)
    return engine.embed(picture, _only_face(engine.detect(picture)))


def decode_picture(raw: bytes) -> Picture:
    """Decode a JPEG or PNG file into BGR, upright as its EXIF says, within the bounds above.

    Raises:
        PictureRefused: too large, too many pixels, or no picture.
    """
    if len(raw) > LARGEST_BYTES:
        raise PictureRefused(Refusal.TOO_LARGE)
    width, height = _size(raw)
    if width * height > LARGEST_PIXELS:
        raise PictureRefused(Refusal.TOO_MANY_PIXELS)
    try:
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureRefused(Refusal.NO_PICTURE) from error
    if picture is None:
        raise PictureRefused(Refusal.NO_PICTURE)
    return np.asarray(picture, np.uint8)


def _only_face(faces: tuple[Face, ...]) -> Face:
    if not faces:
        raise PictureRefused(Refusal.NO_FACE)
    if len(faces) > 1:
        raise PictureRefused(Refusal.TWO_FACES)
    if faces[0].eye_distance_px < EYE_DISTANCE_PX:
        raise PictureRefused(Refusal.TOO_SMALL)
    return faces[0]


def _size(raw: bytes) -> tuple[int, int]:
    """Return (width, height) as the header of the file claims."""
    try:
        size = _png_size(raw) if raw.startswith(PNG) else _jpeg_size(raw)
    except (struct.error, IndexError) as error:
        raise PictureRefused(Refusal.NO_PICTURE) from error
    if size is None or 0 in size:
        raise PictureRefused(Refusal.NO_PICTURE)
    return size


def _png_size(raw: bytes) -> tuple[int, int] | None:
    length, kind, width, height = struct.unpack_from(">I4sII", raw, len(PNG))
    return (width, height) if (length, kind) == (13, b"IHDR") else None


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    """Walk the marker segments up to the frame header; None when there is none before the scan."""
    if not raw.startswith(JPEG):
        return None
    at = len(JPEG)
    while raw[at] == 0xFF and raw[at + 1] != JPEG_SCAN:
        marker = raw[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in JPEG_FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", raw, at + 5)
            return width, height
        at += 2 + max(2, struct.unpack_from(">H", raw, at + 2)[0])
    return None
