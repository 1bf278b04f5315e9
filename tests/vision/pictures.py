"""Pictures for the tests of decoders: every kind a chip may hold, and hostile ones.

OpenCV writes the honest ones. A hostile codestream is written here, header by header.

Source: ITU-T T.800, A.5 (SIZ), A.6 (COD, QCD), B.10 (packet headers); ITU-T T.81, B.2.
"""

from bisect import bisect_right
import random
import struct
from typing import Any

import cv2
import numpy as np

from egate.vision.faces import Picture

RATE = cv2.IMWRITE_JPEG2000_COMPRESSION_X1000
CODESTREAM = b"\xff\x4f\xff\x51"


def scene(width: int = 90, height: int = 120) -> Picture:
    """Something with edges, colours and noise."""
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)


def grey(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def encoded(picture: np.ndarray[Any, Any], extension: str, *options: int) -> bytes:
    done, raw = cv2.imencode(extension, picture, list(options))
    assert done
    return bytes(raw)


def every_kind(picture: np.ndarray[Any, Any]) -> dict[str, bytes]:
    boxed = encoded(picture, ".jp2", RATE, 400)
    return {
        "jpeg": encoded(picture, ".jpg"),
        "progressive": encoded(picture, ".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "jp2": boxed,
        "j2k": boxed[boxed.index(CODESTREAM) :],
    }


def within(picture: Picture, most: int, *, is_boxed: bool = True) -> bytes:
    """Return the best JPEG 2000 of at most this many bytes, as an issuer makes it."""
    rates = range(1, 500)
    above = bisect_right(rates, most, key=lambda rate: len(encoded(picture, ".jp2", RATE, rate)))
    raw = encoded(picture, ".jp2", RATE, rates[above - 1])
    return raw if is_boxed else raw[raw.index(CODESTREAM) :]


def codestream(
    width: int, height: int, tile: bytes, *, precinct: int = 0xFF, tile_side: int = 0
) -> bytes:
    """Write three samples a pixel, 8 bits, 30 bit planes, no wavelet, one tile part.

    `precinct` holds both exponents of a precinct's sides.
    """
    sides = struct.pack(">HIIII", 0, width, height, 0, 0)
    tiles = struct.pack(">IIII", tile_side or width, tile_side or height, 0, 0)
    size = sides + tiles + struct.pack(">H", 3) + b"\x07\x01\x01" * 3
    coding = bytes([1, 0, 0, 1, 0, 0, 4, 4, 0, 1, precinct])
    part = struct.pack(">HHHIBB", 0xFF90, 10, 0, 14 + len(tile), 0, 1) + b"\xff\x93" + tile
    head = _segment(0x51, size) + _segment(0x52, coding) + _segment(0x5C, bytes([7 << 5, 24 << 3]))
    return b"\xff\x4f" + head + part + b"\xff\xd9"


def slow_codestream(width: int, height: int, bytes_each: int) -> bytes:
    """Write 88 coding passes over every code block of 64 x 64, each with a few bytes of noise."""
    noise, blocks = random.Random(1), -(-width // 64) * -(-height // 64) * 3  # a picture
    packets = (
        _packet(bytes(noise.randrange(255) for _ in range(bytes_each))) for _ in range(blocks)
    )
    return codestream(width, height, b"".join(packets), precinct=0x66)


def four_sample_jpeg(width: int = 64, height: int = 64) -> bytes:
    """Write a JPEG of four samples a pixel (CMYK), all of one colour."""
    samples = range(1, 5)
    frame = struct.pack(">BHHB", 8, height, width, 4) + b"".join(
        bytes([sample, 0x11, 0]) for sample in samples
    )
    codes = b"".join(_segment(0xC4, bytes([table, 1, *[0] * 15, 0])) for table in (0x00, 0x10))
    scan = bytes([4, *(value for sample in samples for value in (sample, 0)), 0, 63, 0])
    parts = _segment(0xDB, bytes([0, *[1] * 64])) + _segment(0xC0, frame) + codes
    blocks = (width // 8) * (height // 8) * 4
    return b"\xff\xd8" + parts + _segment(0xDA, scan) + bytes(blocks // 4) + b"\xff\xd9"


def jpeg_of_many_scans(scans: int, side: int) -> bytes:
    """Write a grey progressive JPEG that goes over its blocks again and again."""
    frame = struct.pack(">BHHB", 8, side, side, 1) + b"\x01\x11\x00"
    code = _segment(0xC4, bytes([0x10, 1, *[0] * 15, 0xE0]))  # one code: 16384 blocks of nothing
    parts = _segment(0xDB, bytes([0, *[1] * 64])) + _segment(0xC2, frame) + code
    runs = -(-((side // 8) ** 2) // 16384)
    scan = _segment(0xDA, b"\x01\x01\x00\x01\x3f\x00") + bytes(2 * runs)
    return b"\xff\xd8" + parts + scan * scans + b"\xff\xd9"


def turned_by_exif(jpeg: bytes) -> bytes:
    """Return a JPEG whose EXIF says that it lies on its side."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    directory = struct.pack(">H", 1) + entry + bytes(4)
    exif = b"Exif\0\0MM\0\x2a" + struct.pack(">I", 8) + directory
    return jpeg[:2] + _segment(0xE1, exif) + jpeg[2:]


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _packet(data: bytes) -> bytes:
    """One code block: included, no zero plane, 88 passes, the length in 9 bits or more."""
    more = max(0, len(data).bit_length() - 9)
    bits = "111" + "1" * 9 + f"{88 - 37:07b}" + "1" * more + "0" + f"{len(data):0{9 + more}b}"
    return _stuffed(bits) + data


def _stuffed(bits: str) -> bytes:
    """Pack bits; after a byte FF the next one begins with a zero."""
    packed = bytearray()
    while bits:
        room = 7 if packed[-1:] == b"\xff" else 8
        packed.append(int(bits[:room].ljust(room, "0"), 2))
        bits = bits[room:]
    return bytes(packed) + (b"\0" if packed[-1:] == b"\xff" else b"")
