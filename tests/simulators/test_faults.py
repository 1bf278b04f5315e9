"""Each fault of the table comes and goes, says when it is in, and is told by the self-test."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from egate.domain.lane_part import Input, Shape
from simulators.bench import Bench
from simulators.code_camera import CodeCamera
from simulators.document_reader import FAULTS as OF_DOCUMENTS
from simulators.faults import faults, faults_of
from simulators.page_camera import PageCamera
from simulators.private_pcscd import PcscdNotPossible
from simulators.scenario import FAULTS as OF_SCENARIOS
import tests.faults.table

# What the proof of the self-test (tests/faults) does not put in, and why.
NOT_IN_THE_PROOF = {
    "finger answer replayed": "an attack on the wire: tests/drivers and scenario 94",
    "card pulled off": "of a dialogue: scenario 78",
    **{f"{line} bounces": "is measured: tests/selftest/test_calibration" for line in Input},
}

OF_A_DEVICE = (
    *("mute", "garbled", "drops_line", "slow_s", "swallows_reports", "frozen", "black", "dark"),
    *("glaring", "blurred", "lying"),
)


async def flip(bench: Bench) -> dict[str, tuple[bool, bool, bool]]:
    """Put each fault in and mend it again; return whether it was in before, meanwhile and after."""
    seen = {}
    for fault in faults_of(bench):
        before = fault.is_in(bench)
        fault.switch(bench, True)
        meanwhile = await comes_true(lambda: fault.is_in(bench))  # noqa: B023  # awaited at once
        fault.switch(bench, False)
        gone = await comes_true(lambda: not fault.is_in(bench))  # noqa: B023  # as above
        seen[fault.name] = (before, meanwhile, not gone)
    return seen


async def comes_true(holds: Callable[[], bool]) -> bool:
    """Say whether it is so, at once or, where a service has to end or begin, in good time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)
    return holds()


def standing(bench: Bench) -> list[object]:
    """Return how every simulator of the bench is set, as far as a fault may change it."""
    parts: list[object] = [
        bench.plant.faults,
        bench.sensor,
        bench.light.speaker.faults,
        bench.light.is_plugged,
    ]
    if bench.scanner is not None:
        parts += [bench.scanner.speaker.faults, bench.scanner.is_plugged]
    if bench.documents is not None:
        parts += [slot.radio for slot in bench.documents.slots]
        parts += [bench.documents.line.speaker.faults, bench.documents.line.is_plugged]
    parts += [
        [getattr(each, field, None) for field in OF_A_DEVICE]
        for each in (bench.board, bench.camera, bench.code_camera, bench.page_camera)
    ]
    return [*map(repr, parts), repr(bench.plant.bodies), bench.plant.emergency_open]


def flipped(bench: Bench) -> dict[str, tuple[bool, bool, bool]]:
    async def plays() -> dict[str, tuple[bool, bool, bool]]:
        await bench.open({})
        try:
            sound = standing(bench)
            seen = await flip(bench)
            assert standing(bench) == sound
            return seen
        finally:
            await bench.close()

    return asyncio.run(plays())


@pytest.mark.bench
@pytest.mark.parametrize("shape", Shape)
def test_every_fault_comes_and_goes_and_says_so(shape: Shape, tmp_path: Path) -> None:
    seen = flipped(Bench(shape, tmp_path, {}))
    assert {name for name, told in seen.items() if told != (False, True, False)} == set()
    assert ("finger sensor mute" in seen) is (shape is Shape.MANTRAP)
    assert ("entry jammed shut" in seen) is (shape is Shape.MANTRAP)
    assert "code camera mute" not in seen
    assert "card mute" not in seen


@pytest.mark.bench
@pytest.mark.parametrize("by_cameras", [False, True])
def test_readers_of_documents_break_each_in_its_own_way(by_cameras: bool, tmp_path: Path) -> None:
    bench = Bench(Shape.TURNSTILE, tmp_path, {}, carried={})
    if by_cameras:
        bench.code_camera, bench.page_camera = CodeCamera(1), PageCamera(1)
    try:
        seen = flipped(bench)
    except PcscdNotPossible as why:
        pytest.skip(f"no pcscd of our own: {why}")
    assert {name for name, told in seen.items() if told != (False, True, False)} == set()
    assert ("page camera covered" in seen) is by_cameras
    assert ("pages mute" in seen) is not by_cameras
    assert ("scanner mute" in seen) is not by_cameras
    assert "card far away" in seen


@pytest.mark.parametrize("shape", Shape)
def test_the_proof_of_the_self_test_has_every_fault_or_says_why_not(shape: Shape) -> None:
    ours = [fault.name for fault in faults(shape)]
    rows = [row for row in tests.faults.table.faults(shape) if not row.reader]
    proved = {row.put_in or row.name for row in rows}
    assert len(set(ours)) == len(ours)
    assert proved <= set(ours)
    assert proved.isdisjoint(NOT_IN_THE_PROOF)
    assert set(ours) - proved <= set(NOT_IN_THE_PROOF)


def test_every_reason_not_to_be_in_the_proof_is_of_a_fault_that_there_is() -> None:
    assert set(NOT_IN_THE_PROOF) <= {fault.name for fault in faults(Shape.MANTRAP)}


def test_what_a_scenario_breaks_by_name_is_a_fault_of_the_table(tmp_path: Path) -> None:
    bench = Bench(Shape.MANTRAP, tmp_path, {})
    unseen = []

    async def breaks() -> None:
        await bench.open({})
        for name in sorted(OF_SCENARIOS - OF_DOCUMENTS):
            bench.set_fault(name, on=True)
            if not any(fault.is_in(bench) for fault in faults_of(bench)):
                unseen.append(name)
            bench.set_fault(name, on=False)
        await bench.close()

    asyncio.run(breaks())
    assert unseen == []
