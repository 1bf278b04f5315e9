"""Where data that is not in the repository lies: EGATE_TEST_DATA, or ../shared/data beside it."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared(folder: str) -> Path:
    """Return a folder of the shared data, or skip the test that asks for it and say so."""
    here = Path(os.environ.get("EGATE_TEST_DATA", BESIDE)) / folder
    if not here.is_dir():
        pytest.skip(f"NO SHARED DATA: {folder} is not in {here.parent}; set EGATE_TEST_DATA")
    return here
