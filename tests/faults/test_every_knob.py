"""No fault of a simulator is left out of the matrix, unless it is said here why.

Every row of the table is done at a bench, and what it changed is noted, field by field.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
import tempfile
from typing import Any, Final

import pytest

from egate.domain.lane_part import Shape
from tests.faults.bench import FaultBench
from tests.faults.table import Fault, faults

pytestmark = pytest.mark.bench

Part = Callable[[Any], Any]  # a FaultBench with all that its name tells of
PARTS: Final[Mapping[str, Part]] = {
    "board": lambda it: it.bench.board,
    "plant": lambda it: it.bench.plant.faults,
    "scanner": lambda it: it.bench.scanner.speaker.faults,
    "pages": lambda it: it.bench.documents.line.speaker.faults,
    "light": lambda it: it.bench.light.speaker,
    "light line": lambda it: it.bench.light.speaker.faults,
    "camera": lambda it: it.bench.camera,
    "card": lambda it: it.bench.documents.slots[0].radio,
    "finger": lambda it: it.bench.sensor.faults,
    "finger line": lambda it: it.bench.sensor.faults.line,
}
READING_CAMERAS: Final[Mapping[str, Part]] = {
    "code camera": lambda it: it.bench.code_camera,
    "page camera": lambda it: it.bench.page_camera,
}
BY_THE_PLUG = ("unplugged", "gone", "dead", "hangs up")  # no field, or a line that ends
NO_FAULT_OF_ITS_OWN = {
    "camera.seed": "its noise",
    "code camera.seed": "its noise",
    "page camera.seed": "its noise",
    "page camera.is_infrared": "a scanner's second line, which no shipped profile has",
    "card.jitter_ms": "late by chance: told as a slow card, or not at all",
    "finger.once": "the same, of one answer only",
    "finger.loses_upload": "the self-test uploads no template",
    "plant.bouncing": "how long a contact bounces is measured by `egate calibrate`",
    "light.frames": "how many it showed",
    "light line.noise": "it is passed over, as what stands before a greeting that does not end",
    "light line.slow_byte_s": "a greeting of four bytes: as one that waits",
    "light line.garbled": "every fifth byte of four",
    "light line.drops_line_s": "a plug that is pulled: as unplugged",
    "light line.babbles": "a light is shown nothing",
    "finger line.babbles": "a sensor is shown nothing",
    "finger line.drops_line_s": "a plug that is pulled: as unplugged",
}


def is_a_knob(one: Field[Any]) -> bool:
    """Say whether a field is off, empty or nothing unless somebody sets it."""
    if one.name.startswith("_") or one.name == "watchers":
        return False
    if one.default_factory is not MISSING:
        return one.default_factory in (set, dict)
    return one.default is not MISSING and not one.default


def knobs(parts: Mapping[str, Part], bench: FaultBench) -> Iterator[tuple[str, Any, str]]:
    for part, reach in parts.items():
        held = reach(bench)
        for one in fields(held):
            if is_a_knob(one):
                yield f"{part}.{one.name}", held, one.name


def turned(
    parts: Mapping[str, Part], rows: list[Fault], *, documents: bool = False, cameras: bool = False
) -> dict[str, bool]:
    """Return every knob of these parts, and whether any of the rows turns it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultBench(Shape.MANTRAP, Path(folder), documents=documents, cameras=cameras) as bench,
    ):
        told = {name: False for name, _, _ in knobs(parts, bench)}
        for row in rows:
            rest = [
                (held, field, copy(getattr(held, field))) for _, held, field in knobs(parts, bench)
            ]
            sensor = bench.bench.sensor
            assert sensor is not None
            before = sensor.faults
            bench.break_it(row)
            for (_, field, value), (name, held, _) in zip(rest, knobs(parts, bench), strict=True):
                told[name] |= getattr(held, field) != value
            sensor.faults = before
            for held, field, value in rest:
                setattr(held, field, value)
    return told


@cache
def every_knob() -> dict[str, bool]:
    rows = [one for one in faults(Shape.MANTRAP) if not one.name.endswith(BY_THE_PLUG)]
    reading = [one for one in rows if one.wire in {"code_camera", "page_camera"}]
    others = [one for one in rows if one not in reading]
    once_gone = [one for one in faults(Shape.MANTRAP) if one.name.endswith(("dead", "hangs up"))]
    at_last = [one for one in once_gone if one.wire not in {"code_camera", "page_camera"}]
    told = turned(PARTS, others + at_last, documents=True)
    lost = [one for one in once_gone if one.wire in {"code_camera", "page_camera"}]
    return told | turned(READING_CAMERAS, reading + lost, cameras=True)


def test_a_fault_that_a_simulator_can_show_is_in_the_matrix() -> None:
    left_out = {name for name, is_turned in every_knob().items() if not is_turned}
    assert left_out == set(NO_FAULT_OF_ITS_OWN)
    assert len(every_knob()) > 80
