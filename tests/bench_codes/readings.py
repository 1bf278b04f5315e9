"""What every decoder makes of the same pictures: right, wrong or nothing, and processor time.

Source: research/mrz_qr.md section 4 (decoders and how they were set up there).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import time
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
import zxingcpp

from egate.vision.codes import CodeDecoder, CodeFinder, DecoderMissing, find_codes, pyzbar
from simulators.code_frames import CodeFrame, Condition, room

Picture = NDArray[np.uint8]
Reader = Callable[[Picture], Sequence[str]]

STREAM: Final = 90  # pictures of an empty room: three seconds of a camera


@dataclass(slots=True)
class Score:
    """One decoder over all pictures; `took_ms` is processor time of this thread alone."""

    right: Counter[Condition] = field(default_factory=Counter)
    wrong: int = 0
    took_ms: list[float] = field(default_factory=list)


def readers() -> Mapping[str, Reader]:
    """Return every decoder that is installed here, ours first."""
    cv2.setNumThreads(1)
    every: dict[str, Reader] = {"egate": _ours(CodeDecoder.ZXING)}
    try:
        module = pyzbar()
    except DecoderMissing:
        module = None
    if module is not None:
        every["egate +zbar"] = _ours(CodeDecoder.ZXING_AND_ZBAR)
    every["zxing-cpp"] = _zxing
    if module is not None:
        every["pyzbar"] = _zbar(module)
    every["OpenCV"] = _opencv()
    return every


def scores(
    pictures: Iterable[CodeFrame], decoders: Mapping[str, Reader]
) -> tuple[dict[str, Score], Counter[Condition]]:
    """Let every decoder read every picture; return also how many there were of each condition."""
    every = {name: Score() for name in decoders}
    shown: Counter[Condition] = Counter()
    for one in pictures:
        shown[one.condition] += 1
        for name, read in decoders.items():
            began_s = time.process_time()
            texts = read(one.picture)
            every[name].took_ms.append(1000 * (time.process_time() - began_s))
            every[name].right[one.condition] += one.text in texts
            every[name].wrong += any(text != one.text for text in texts)
    return every, shown


def empty_stream_ms(seed: int, pictures: int = STREAM) -> list[float]:
    """Return what each picture of a room without a code takes, as a camera's reader does it."""
    random = np.random.default_rng(seed)
    rooms = [_noisy(room(random), random) for _ in range(6)]
    finder, took = CodeFinder(), []
    for number in range(pictures):
        began_s = time.process_time()
        finder.feed(rooms[number % len(rooms)])
        took.append(1000 * (time.process_time() - began_s))
    return took


def _noisy(scene: NDArray[np.float32], random: np.random.Generator) -> Picture:
    grey = np.clip(scene + random.normal(0, 3.0, scene.shape), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def _ours(decoder: CodeDecoder) -> Reader:
    def read(picture: Picture) -> Sequence[str]:
        seen = find_codes(picture, decoder=decoder)
        return [code.text or "" for code in seen.codes]

    return read


def _grey(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def _zxing(picture: Picture) -> Sequence[str]:
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    return [code.text for code in zxingcpp.read_barcodes(_grey(picture), formats=formats)]


def _zbar(module: Any) -> Reader:  # noqa: ANN401  # it has no types
    def read(picture: Picture) -> Sequence[str]:
        found = module.decode(_grey(picture), symbols=[module.ZBarSymbol.QRCODE])
        return [bytes(code.data).decode("utf-8", "replace") for code in found]

    return read


def _opencv() -> Reader:
    detector = cv2.QRCodeDetector()

    def read(picture: Picture) -> Sequence[str]:
        try:
            text, _, _ = detector.detectAndDecode(_grey(picture))
        except (cv2.error, UnicodeDecodeError):
            return []  # its binding cannot make a string of every content
        return [text] if text else []

    return read
