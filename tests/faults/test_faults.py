"""Every fault that a simulator can show is told as itself, and nothing else is said to fail."""

from functools import cache
import json
from pathlib import Path
import subprocess
import sys

import pytest

from tests.faults.proof import Told, cases

HOUSE = Path(__file__).parent.parent.parent
NAMES = [case.name for case in cases(quick=True)]


@cache
def everything_told() -> dict[str, Told]:
    command = [sys.executable, "-m", "tests.faults", "--quick", "--json"]
    ran = subprocess.run(
        command, cwd=HOUSE, capture_output=True, text=True, check=False, timeout=500
    )
    return {one["name"]: Told.read(one) for one in json.loads(ran.stdout)}


@pytest.mark.bench
@pytest.mark.timeout(520)  # the first of them runs all: 60 s on a machine that is free
@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_told_as_itself(name: str) -> None:
    told = everything_told()[name]
    assert told.is_right, f"wanted {told.wanted}, failed {told.failed}, not done {told.not_done}"
    assert all(device and finding and cure for device, finding, cure in told.lines)
