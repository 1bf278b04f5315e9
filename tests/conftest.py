"""What tests of several rooms share: logs set up anew, a lane, and a pcscd for the whole run.

libpcsclite asks once in a process which pcscd is meant, so there cannot be two. Where none can be
started, every test that needs it is skipped with the reason.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
import os
from pathlib import Path

from hypothesis import settings
import pytest
import structlog

from simulators.private_pcscd import SOCKET_VARIABLE, PcscdNotPossible, PrivatePcscd
from simulators.vpcd import Slot
from tests.loop.gate import Gate, running_gate

_NEXT = cycle([0, 1])

# In CI the same examples every time: a change is judged by what it changed. A developer's runs
# keep looking for new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Let no test write where another one looked."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def run_gate(tmp_path: Path) -> Callable[..., Gate]:
    """Run a case against a lane that is ready for a traveller, in this process."""
    return running_gate(tmp_path)


@pytest.fixture(scope="session")
def pcscd() -> Iterator[PrivatePcscd]:
    """A pcscd with the slots `Gate NFC 00 00` and `Gate NFC 00 01`."""
    try:
        started = PrivatePcscd()
    except PcscdNotPossible as why:
        pytest.skip(f"NO PC/SC HERE: {why}")
    os.environ[SOCKET_VARIABLE] = str(started.socket)
    yield started
    started.close()


@pytest.fixture
def slot(pcscd: PrivatePcscd) -> Iterator[Slot]:
    """Of the two slots, the one the test before left alone: a removal takes 0.4 s to be seen."""
    number = next(_NEXT)
    slot = Slot(partial(pcscd.plug, number), pcscd.names[number])
    yield slot
    slot.remove()


collect_ignore_glob = ["bench_mrz/peers/*"]  # run by other programs, in environments of their own
