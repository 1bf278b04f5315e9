"""Codes in a picture: QR, and Code 128, Data Matrix and Aztec where they are asked for.

    look         what is decoded, by zxing-cpp                         when
    plain        the grey picture as it is                             every picture
    refocused    the likeliest part, blur of 2.2 px undone, at 2x      in turn, every 3rd picture
    levelled     the likeliest part, local contrast made equal, at 2x  that shows no code
    smoothed     the likeliest part, specks and thin cracks removed
    twice        the whole picture at 2x
    zbar         the whole picture by pyzbar; only where it is set     after 4 rounds of the others

The likeliest part is where both horizontal and vertical edges are densest. The look that found
the last code stays the first one in turn: what blurred one picture blurs the next.

Of zbar only printable ASCII is taken, because it guesses another character set for names and
breaks binary payloads; and where zxing-cpp reads anything in the same picture, both must have the
same bytes, or nothing was read. More than one code is told as that: none of them is chosen.
A code read here proves nothing: what it says is for egate.permit and others to prove.

Source: research/mrz_qr.md section 4 (what was measured); the table of `make bench-codes`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
import zxingcpp

Picture = NDArray[np.uint8]
Point = tuple[int, int]

MOST_BYTES: Final = 2953  # of QR version 40, the most that any of the formats holds
MOST_CODES: Final = 16
MOST_PIXELS: Final = 40_000_000
DEEPER_EVERY: Final = 3  # pictures without a code: 7 ms every third one beside 2 ms each
ROUNDS_TO_ZBAR: Final = 4  # it takes ten times as long
PART_PX: Final = 448  # a side: version 14 at 5 px a module with its quiet zone
BLUR_PX: Final = 2.2  # of 1.5 to 2.8 the one that gave most codes back, at 3 to 5 px a module
BLUR_FLOOR: Final = 0.01  # of the filter: less makes noise into modules
LEVEL_PX: Final = 15
EDGE_CELL: Final = 8  # pixels of the halved picture in one cell of the search for edges
EDGE_CELLS: Final = 11  # as wide as a code of version 7 at 4 px a module


class CodeFormat(StrEnum):
    """A kind of code, as it is told to people and programs."""

    QR = "qr_code"
    CODE_128 = "code_128"
    DATA_MATRIX = "data_matrix"
    AZTEC = "aztec"


class CodeDecoder(StrEnum):
    """Which libraries read: the second one is the last resort of the first."""

    ZXING = "zxing"
    ZXING_AND_ZBAR = "zxing+zbar"


class Sight(StrEnum):
    """What a picture shows."""

    NOTHING = "nothing"
    ONE = "one"
    SEVERAL = "several"


class DecoderMissing(Exception):
    """A library that was asked for is not installed."""


class PictureUnfit(Exception):
    """This is no picture of eight bits a sample within the bounds."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """One code: its bytes as they were encoded, and where its corners are in the picture.

    `text` is None where the bytes are no text that can be printed.
    """

    format: CodeFormat
    raw: bytes
    text: str | None
    corners: tuple[Point, Point, Point, Point]

    def __repr__(self) -> str:
        """Give format and length only: the content may be personal data."""
        return f"FoundCode({self.format}, {len(self.raw)} bytes)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture shows; equal codes are one. At most MOST_CODES are kept."""

    codes: tuple[FoundCode, ...] = ()

    @property
    def sight(self) -> Sight:
        """Say how many different codes there are."""
        if not self.codes:
            return Sight.NOTHING
        return Sight.ONE if len(self.codes) == 1 else Sight.SEVERAL

    @property
    def code(self) -> FoundCode | None:
        """The code, where there is exactly one."""
        return self.codes[0] if len(self.codes) == 1 else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class View:
    """A picture to decode, and how to get back: point / scale + at."""

    grey: Picture
    scale: int = 1
    at: Point = (0, 0)


Formats = frozenset[CodeFormat]
Looking = Callable[[Picture, Formats], Seen]

_ZXING: Final = {
    CodeFormat.QR: zxingcpp.BarcodeFormat.QRCode,
    CodeFormat.CODE_128: zxingcpp.BarcodeFormat.Code128,
    CodeFormat.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    CodeFormat.AZTEC: zxingcpp.BarcodeFormat.Aztec,
}
_OURS: Final = {theirs: ours for ours, theirs in _ZXING.items()}
_ZBAR: Final = {CodeFormat.QR: "QRCODE", CodeFormat.CODE_128: "CODE128"}
ONLY_QR: Final[Formats] = frozenset({CodeFormat.QR})


class CodeFinder:
    """Looks at one picture after another of the same camera, harder while there is no code."""

    def __init__(
        self, formats: Formats = ONLY_QR, decoder: CodeDecoder = CodeDecoder.ZXING
    ) -> None:
        """Make ready.

        Raises:
            DecoderMissing: pyzbar or its library is wanted and not installed.
        """
        self._formats = formats
        self._looks = _looks(decoder)
        self._turn = 0
        self._empty = 0

    def feed(self, picture: Picture) -> Seen:
        """Return what is seen in the newest picture, BGR or grey.

        Raises:
            PictureUnfit: it is no picture of the kind, or too large.
        """
        grey = _grey(picture)
        seen = plain(grey, self._formats)
        self._empty = 0 if seen.codes else self._empty + 1
        if self._empty and self._empty % DEEPER_EVERY == 0:
            seen = self._looks[self._turn % len(self._looks)](grey, self._formats)
            self._turn += 0 if seen.codes else 1
        return seen


def find_codes(
    picture: Picture, formats: Formats = ONLY_QR, decoder: CodeDecoder = CodeDecoder.ZXING
) -> Seen:
    """Return what is seen in a single picture, BGR or grey, by every look until one finds a code.

    Raises:
        DecoderMissing: pyzbar or its library is wanted and not installed.
        PictureUnfit: it is no picture of the kind, or too large.
    """
    grey = _grey(picture)
    for look in (plain, *dict.fromkeys(_looks(decoder))):
        seen = look(grey, formats)
        if seen.codes:
            return seen
    return Seen()


def plain(grey: Picture, formats: Formats) -> Seen:
    """Look at the picture as it is."""
    return _decoded(View(grey), formats)


def _refocused(grey: Picture, formats: Formats) -> Seen:
    part = _likeliest(grey)
    waves = cv2.dft(part.grey.astype(np.float32), flags=cv2.DFT_COMPLEX_OUTPUT)
    sharp = cv2.idft(
        waves * _unblurring(part.grey.shape), flags=cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
    )
    return _decoded(_doubled(View(_eight_bits(sharp), 1, part.at)), formats)


def _levelled(grey: Picture, formats: Formats) -> Seen:
    part = _likeliest(grey)
    return _decoded(_doubled(View(_level(part.grey), 1, part.at)), formats)


def _smoothed(grey: Picture, formats: Formats) -> Seen:
    part = _likeliest(grey)
    smooth = np.asarray(cv2.medianBlur(part.grey, 3), np.uint8)
    return _decoded(View(_level(smooth), 1, part.at), formats)


def _twice(grey: Picture, formats: Formats) -> Seen:
    return _decoded(_doubled(View(grey)), formats)


def _by_zbar(grey: Picture, formats: Formats) -> Seen:
    """Look with zbar, and take what it says only where zxing-cpp says nothing else."""
    theirs = zbar_reads(grey, formats)
    return agreed(theirs, find_codes(grey, formats)) if theirs.codes else theirs


_DEEPER: Final[tuple[Looking, ...]] = (_refocused, _levelled, _smoothed, _twice)


def _looks(decoder: CodeDecoder) -> tuple[Looking, ...]:
    """Return the deeper looks in their turn."""
    if decoder is CodeDecoder.ZXING:
        return _DEEPER
    pyzbar()
    return (*_DEEPER * ROUNDS_TO_ZBAR, _by_zbar)


def agreed(zbar: Seen, zxing: Seen) -> Seen:
    """Return what both read: zbar's where zxing-cpp read nothing, else only what is equal.

    Equal are format and bytes; a code that only one of them has, where both have some, is nothing.
    """
    if not zxing.codes:
        return zbar
    theirs = {(code.format, code.raw) for code in zbar.codes}
    ours = {(code.format, code.raw) for code in zxing.codes}
    return zxing if theirs == ours else Seen()


def pyzbar() -> Any:  # noqa: ANN401  # it has no types
    """Return the module that speaks to zbar.

    Raises:
        DecoderMissing: it is not installed, or zbar is not.
    """
    try:
        return import_module("pyzbar.pyzbar")
    except ImportError as error:
        raise DecoderMissing(f"no codes can be read with zbar: {error}") from error


def zbar_reads(grey: Picture, formats: Formats) -> Seen:
    """Return what zbar reads, of printable ASCII only."""
    module = pyzbar()
    wanted = [module.ZBarSymbol[_ZBAR[one]] for one in sorted(formats) if one in _ZBAR]
    if not wanted:
        return Seen()
    names = {name: ours for ours, name in _ZBAR.items()}
    return _different(
        FoundCode(names[read.type], bytes(read.data), text, _zbar_corners(read.polygon))
        for read in module.decode(grey, symbols=wanted)
        if (text := ascii_text(bytes(read.data))) is not None
    )


def ascii_text(raw: bytes) -> str | None:
    r"""Return printable ASCII as text, None for everything else.

    >>> ascii_text(b"BG1:A B"), ascii_text("Ngô".encode()), ascii_text(b"a\n")
    ('BG1:A B', None, None)
    """
    text = raw.decode("ascii", "replace")
    return text if text.isascii() and text.isprintable() and text else None


def _zbar_corners(polygon: Sequence[Any]) -> tuple[Point, Point, Point, Point]:
    points = [(int(one.x), int(one.y)) for one in polygon] or [(0, 0)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = (min(xs), min(ys)), (max(xs), max(ys))
    return low, (high[0], low[1]), high, (low[0], high[1])


def _decoded(view: View, formats: Formats) -> Seen:
    read = zxingcpp.read_barcodes(
        view.grey,
        formats=zxingcpp.BarcodeFormats([_ZXING[one] for one in sorted(formats)]),
        text_mode=zxingcpp.TextMode.Plain,
    )
    return _different(_found(one, view) for one in read if one.valid and one.format in _OURS)


def _found(read: zxingcpp.Barcode, view: View) -> FoundCode:
    place, (left, top) = read.position, view.at
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    one, two, three, four = (
        (corner.x // view.scale + left, corner.y // view.scale + top) for corner in corners
    )
    is_text = read.content_type in {zxingcpp.ContentType.Text, zxingcpp.ContentType.GS1}
    text = _utf8(read.bytes) or (read.text if is_text else "")
    shown = text if text.isprintable() and text else None
    return FoundCode(_OURS[read.format], bytes(read.bytes), shown, (one, two, three, four))


def _utf8(raw: bytes) -> str:
    """Return bytes as the text they are in UTF-8, which codes seldom announce; "" when none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return ""


def _different(codes: Iterable[FoundCode]) -> Seen:
    kept: dict[tuple[CodeFormat, bytes], FoundCode] = {}
    for code in codes:
        if 0 < len(code.raw) <= MOST_BYTES and len(kept) < MOST_CODES:
            kept.setdefault((code.format, code.raw), code)
    return Seen(tuple(kept.values()))


def _grey(picture: Picture) -> Picture:
    if picture.dtype != np.uint8 or not 0 < picture.size <= 3 * MOST_PIXELS:
        raise PictureUnfit(f"samples of {picture.dtype}, {picture.size} of them")
    if picture.ndim == 3 and picture.shape[2] == 3:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    if picture.ndim != 2:
        raise PictureUnfit(f"a picture of shape {picture.shape}")
    return np.ascontiguousarray(picture)


def _likeliest(grey: Picture) -> View:
    """Return the part of the picture where edges of both directions are densest."""
    high, wide = grey.shape
    if min(high, wide) <= PART_PX:
        return View(grey)
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    edges = np.minimum(_edges(half, 1, 0), _edges(half, 0, 1))
    dense = cv2.blur(edges, (EDGE_CELLS, EDGE_CELLS), borderType=cv2.BORDER_CONSTANT)
    row, column = divmod(int(np.argmax(dense)), dense.shape[1])
    left = _begin(column, wide)
    top = _begin(row, high)
    part = np.ascontiguousarray(grey[top : top + PART_PX, left : left + PART_PX])
    return View(part, 1, (left, top))


def _begin(cell: int, length: int) -> int:
    """Return where a part begins whose middle is this cell."""
    middle = round((cell + 0.5) * 2 * EDGE_CELL)
    return min(max(middle - PART_PX // 2, 0), length - PART_PX)


def _edges(half: NDArray[Any], dx: int, dy: int) -> NDArray[np.float32]:
    strength = cv2.convertScaleAbs(cv2.Sobel(half, cv2.CV_16S, dx, dy, ksize=3))
    cells = cv2.resize(
        strength, None, fx=1 / EDGE_CELL, fy=1 / EDGE_CELL, interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.blur(cells.astype(np.float32), (3, 3)), np.float32)


def _doubled(view: View) -> View:
    twice = cv2.resize(view.grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return View(np.asarray(twice, np.uint8), 2 * view.scale, view.at)


@lru_cache(maxsize=4)
def _unblurring(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return Wiener's filter against a Gaussian blur of BLUR_PX, once for real and imaginary."""
    down, across = (np.fft.fftfreq(side) for side in shape)
    blur = np.exp(-2 * (np.pi * BLUR_PX) ** 2 * (down[:, None] ** 2 + across[None, :] ** 2))
    sharpen = (blur / (blur * blur + BLUR_FLOOR)).astype(np.float32)
    return np.dstack([sharpen, sharpen])


def _level(grey: Picture) -> Picture:
    """Return the picture with the same mean and contrast everywhere."""
    wide = (LEVEL_PX, LEVEL_PX)
    off = grey.astype(np.float32)
    off -= cv2.blur(off, wide)
    spread = cv2.sqrt(cv2.blur(off * off, wide)) + 4
    return _eight_bits(128 + 60 * off / spread)


def _eight_bits(levels: NDArray[Any]) -> Picture:
    return np.asarray(np.clip(levels, 0, 255), np.uint8)
