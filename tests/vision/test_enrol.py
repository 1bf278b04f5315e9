"""One face in one bounded picture becomes a reference; everything else is refused by name."""

from collections.abc import Callable
from pathlib import Path
import struct
from typing import Any
import zlib

import cv2
import numpy as np
import pytest

from egate.vision.enrol import PictureRefused, Refusal, decode_picture, embedding_of_picture
from egate.vision.faces import Embedding, FaceEngine, Picture, match
from simulators.faces import enrolment_file


def encoded(picture: np.ndarray[Any, Any], kind: str = ".jpg") -> bytes:
    return bytes(cv2.imencode(kind, picture)[1])


def png_that_claims(width: int, height: int) -> bytes:
    head = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def jpeg_that_claims(width: int, height: int) -> bytes:
    raw = bytearray(encoded(np.zeros((8, 8, 3), np.uint8)))
    at = raw.index(b"\xff\xc0")
    struct.pack_into(">HH", raw, at + 5, height, width)
    return bytes(raw)


def refusal(raw: bytes, engine: FaceEngine) -> Refusal:
    with pytest.raises(PictureRefused) as caught:
        embedding_of_picture(raw, engine)
    return caught.value.reason


def test_the_same_picture_as_png_and_jpeg_gives_the_same_reference(
    engine: FaceEngine, faces_folder: Path
) -> None:
    raw = enrolment_file(faces_folder, "person_1").read_bytes()
    png = encoded(decode_picture(raw), ".png")
    assert match(embedding_of_picture(raw, engine), embedding_of_picture(png, engine)) > 0.999


def test_no_face_two_faces_and_a_small_face_are_refused(
    engine: FaceEngine, live: dict[str, Picture], enrolled: dict[str, Embedding]
) -> None:
    one, other = live["person_2"], live["person_3"]
    assert refusal(encoded(np.full((300, 300, 3), 128, np.uint8)), engine) is Refusal.NO_FACE
    assert refusal(encoded(np.hstack([one, other])), engine) is Refusal.TWO_FACES
    assert refusal(encoded(cv2.resize(one, (192, 240))), engine) is Refusal.TOO_SMALL
    assert enrolled


@pytest.mark.parametrize("claims", [png_that_claims, jpeg_that_claims])
def test_a_picture_that_claims_too_many_pixels_is_not_decoded(
    engine: FaceEngine, claims: Callable[[int, int], bytes]
) -> None:
    assert refusal(claims(60_000, 60_000), engine) is Refusal.TOO_MANY_PIXELS
    assert refusal(claims(6_325, 6_325), engine) is Refusal.TOO_MANY_PIXELS
    assert refusal(claims(0, 100), engine) is Refusal.NO_PICTURE


def test_a_file_that_is_too_large_is_not_looked_at(engine: FaceEngine) -> None:
    assert refusal(b"\xff\xd8" + bytes(10 * 1024 * 1024), engine) is Refusal.TOO_LARGE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x00" * 3,
        b"\xff\xd8" + b"\xff" * 50,
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + bytes(20),
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        png_that_claims(10, 10),
        b"\xff\xd8\xff\xda\x00\x02",
    ],
)
def test_what_is_no_picture_is_refused(engine: FaceEngine, raw: bytes) -> None:
    assert refusal(raw, engine) is Refusal.NO_PICTURE


def test_a_refusal_says_the_cure_in_words() -> None:
    with pytest.raises(PictureRefused, match="no JPEG or PNG"):
        decode_picture(b"hello")
