"""What is measured of the fingerprint driver and of its peer, on the same simulated sensor.

Source: research/hardware.md 2.2 (times of the line), 2.3 (the faults).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
import tempfile
import time
from typing import Any, Final

from drivers.fingerprint_zfm import FingerprintZfm
from egate.domain.finger import FingerTemplate, TemplateFormat
from egate.wire.zfm import (
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    Kind,
    Packet,
    encode,
    image_bytes,
    in_packets,
    line_s,
)
from simulators.fingerprint_zfm import ReplyFaults
from simulators.fingers import picture
from tests.bench_finger.peer import Said, asked
from tests.drivers.finger_bench import (
    DECOY,
    NO_TIME,
    PASSED,
    PASSES,
    SIZE,
    TRAVELLER,
    Fault,
    FingerBench,
    below,
    scored,
    template,
)

BAUD: Final = 57600
ANSWER_MS: Final = 1500  # the profile's own default
PICTURE: Final = (IMAGE_WIDTH, IMAGE_HEIGHT)
PEER_STEPS: Final = ("readImage", "convertImage", "uploadCharacteristics", "compareCharacteristics")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault came to: `after` is what a clean comparison with the traveller's finger said."""

    said: str
    took_s: float
    after: str


@contextmanager
def bench(baud: int, **settings: object) -> Iterator[FingerBench]:
    """Return a sensor that thinks in no time, on a line of this speed."""
    with tempfile.TemporaryDirectory(prefix="bench-finger-") as folder:
        told = {"answer_timeout_ms": ANSWER_MS} | settings
        one = FingerBench(Path(folder) / "sensor", baud, NO_TIME, **told)
        one.sensor.finger = TRAVELLER
        try:
            yield one
        finally:
            one.close()


def ours(fault: Fault) -> Outcome:
    """Put a fault to our driver, once."""
    with bench(BAUD) as place:
        driver = place.opened()
        place.sensor.finger = fault.finger
        fault.put(place.sensor)
        began_s = time.monotonic()
        said = _words(scored(driver))
        took_s = time.monotonic() - began_s
        place.sensor.faults = ReplyFaults()
        after = _words(scored(driver))
        if after == "DeviceLost":
            after = f"{_words(scored(place.opened()))}, opened anew"
        return Outcome(said, took_s, after)


def peers(fault: Fault, cap_s: float) -> Outcome:
    """Put a fault to pyfingerprint, once; it has `cap_s` for all of it."""
    arguments: dict[str, list[Any]] = {
        "convertImage": [1],
        "uploadCharacteristics": [2, list(template(TRAVELLER).data)],
    }
    steps = [[step, *arguments.get(step, [])] for step in PEER_STEPS]
    with bench(BAUD) as place:
        place.sensor.finger = fault.finger
        fault.put(place.sensor)
        place.sensor.faults.once = True  # nobody could mend it between its steps
        said = asked(str(place.path), steps * 2, cap_s)
    first, second = said[: len(steps)], said[len(steps) :]
    ends = [one for one in first if one.error] or first[len(steps) - 1 :]
    if not ends:
        return Outcome("blocked", cap_s, "blocked")
    took_s = sum(one.took_s for one in first[: first.index(ends[0]) + 1])
    after = _peer_words(second[-1]) if len(second) == len(steps) else "blocked"
    return Outcome(_peer_words(ends[0]), took_s, after)


def single_ms(runs: int) -> list[float]:
    """Return how long one upload with its comparison takes our driver."""
    with bench(BAUD) as place:
        driver = place.opened()
        assert isinstance(driver, FingerprintZfm)
        driver.capture(0.0)
        claimed = template(TRAVELLER)
        taken = []
        for _ in range(runs):
            with driver._talk.turn():
                taken.append(_timed(partial(driver._score, claimed)))
        return taken


def whole_ms(runs: int) -> list[float]:
    """Return how long a comparison with one decoy takes our driver."""
    claimed, decoys = template(TRAVELLER), [template(DECOY)]
    taken = []
    with bench(BAUD) as place:
        driver = place.opened()
        assert isinstance(driver, FingerprintZfm)
        driver.capture(0.0)
        for run in range(runs):
            taken.append(_timed(partial(driver.compare, claimed, decoys, below(run))))
            with driver._talk.turn():
                driver._score(decoys[0])  # as a traveller finds it who comes after another
    return taken


def picture_ms(runs: int) -> list[float]:
    """Return how long a finger takes from its picture to its score, where this machine compares."""
    taken, (claimed, decoy) = [], (_record(finger) for finger in (TRAVELLER, DECOY))
    with bench(BAUD, driver="fingerprint_nbis") as place:
        driver = place.opened()
        for run in range(runs):
            began_s = time.monotonic()
            driver.capture(0.0)
            driver.compare(claimed, [decoy], below(run))
            taken.append(1000 * (time.monotonic() - began_s))
    return taken


def peer_ms(runs: int) -> list[float]:
    """Return how long pyfingerprint takes to upload and compare; it reads every upload back."""
    upload = ["uploadCharacteristics", 2, list(template(TRAVELLER).data)]
    with bench(BAUD) as place:
        steps: list[list[Any]] = [["readImage"], ["convertImage", 1]]
        steps += [upload, ["compareCharacteristics"]] * runs
        said = asked(str(place.path), steps, 60.0)[2:]
    pairs = zip(said[::2], said[1::2], strict=True)
    return [1000 * (one.took_s + other.took_s) for one, other in pairs]


def single_bytes(packet_bytes: int = 128) -> int:
    """Return how many bytes one upload with its comparison is on the line."""
    data = b"".join(encode(packet) for packet in in_packets(bytes(SIZE), packet_bytes, 0))
    commands = (b"\0\0", b"\0", b"\0", b"\0\0\0")  # DownChar, its answer, Match, its answer
    return len(data) + sum(len(encode(Packet(0, Kind.COMMAND, one))) for one in commands)


def whole_bytes() -> int:
    """Return how many bytes a comparison with one decoy is on the line."""
    match = (b"\0", b"\0\0\0")
    leftover = sum(len(encode(Packet(0, Kind.COMMAND, one))) for one in match)
    return leftover + 2 * single_bytes()


def picture_bytes() -> int:
    """Return how many bytes a look for a finger and its picture are on the line."""
    data = b"".join(encode(packet) for packet in in_packets(bytes(image_bytes(*PICTURE)), 128, 0))
    return len(data) + 4 * len(encode(Packet(0, Kind.COMMAND, b"\0")))


def line_ms(count: int) -> float:
    """Return how long so many bytes are on the line of the bench."""
    return 1000 * line_s(count, BAUD)


def _record(finger: int) -> FingerTemplate:
    from drivers.fingerprint_nbis import extractor, grey_map

    minutiae = extractor().extract_minutiae(
        grey_map(picture(finger, Random(1), PICTURE), IMAGE_WIDTH)
    )
    return FingerTemplate(TemplateFormat.ISO_19794_2, minutiae.to_iso_19794_2_2005())


def _timed(act: Callable[[], object]) -> float:
    began_s = time.monotonic()
    act()
    return 1000 * (time.monotonic() - began_s)


def _words(said: object) -> str:
    if isinstance(said, type):
        return said.__name__
    if isinstance(said, int):
        return PASSED if said >= PASSES else f"score {said}"
    return str(said)


def _peer_words(said: Said) -> str:
    if said.error:
        return said.error
    return _words(said.value)
