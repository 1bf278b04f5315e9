"""The demonstration says in one line what it cannot do here, and how to cure it."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.bench
@pytest.mark.parametrize("token", ["chip", "mixed"])
def test_where_no_card_reader_can_be_had_it_says_so_before_anything_else(
    tmp_path: Path, token: str
) -> None:
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\necho not permitted >&2\nexit 1\n")
    refusing.chmod(0o755)
    ran = subprocess.run(
        [sys.executable, "-m", "simulators", "demo", "--token", token],
        cwd=HOUSE,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(HOUSE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 3
    assert ran.stderr == ""
    told = [line for line in ran.stdout.splitlines() if "cannot run" in line]
    assert len(told) == 1
    assert "apt-get install pcscd vsmartcard-vpcd" in told[0]
    assert "making" not in ran.stdout
