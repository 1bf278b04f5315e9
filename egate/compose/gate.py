"""All processes of one gate, by name, and the supervisor that keeps them running."""

from __future__ import annotations

from collections.abc import Callable
import sys
from typing import TYPE_CHECKING, Final

from egate.compose.hosts import document_process, fingerprint_process, scanner_process
from egate.compose.lane import lane_process
from egate.compose.pages import pages_process
from egate.compose.setup import only_one, takes_documents
from egate.compose.vision import vision_process
from egate.loop.files import Places
from egate.loop.logs import configure_logs

if TYPE_CHECKING:
    from egate.profile.settings import HardwareProfile

WATCHDOG_S: Final = 0.6  # three beats, as long as the lane waits for a silent host
PAGES_WATCHDOG_S: Final = 3.0  # no door waits for a page; a busy board may


PROCESSES: Final[dict[str, Callable[[HardwareProfile, Places], int]]] = {
    "lane": lane_process,
    "scanner": scanner_process,
    "vision": vision_process,
    "document": document_process,
    "fingerprint": fingerprint_process,
    "pages": pages_process,
}


def processes_of(profile: HardwareProfile) -> tuple[str, ...]:
    """Return the processes this gate has: a host of its own for each device that is fitted."""
    is_absent = {
        "document": not takes_documents(profile),
        "fingerprint": profile.devices.fingerprint is None,
        "pages": profile.pages is None,
    }
    return tuple(name for name in PROCESSES if not is_absent.get(name))


def gate_process(profile: HardwareProfile, profile_name: str, places: Places) -> int:
    """Run all processes of a gate under a supervisor; return the exit status.

    Raises:
        SetupRefused: another gate runs in the same place.
    """
    from egate.loop.supervisor import ChildPlan, supervise

    configure_logs("supervisor")
    where = ("--data", str(places.data), "--run-dir", str(places.run))
    command = (sys.executable, "-m", "egate", "host")
    plans = [
        ChildPlan(
            name,
            (*command, name, "--profile", profile_name, *where),
            PAGES_WATCHDOG_S if name == "pages" else WATCHDOG_S,
        )
        for name in processes_of(profile)
    ]
    with only_one("gate", places.run):
        return supervise(plans, places.run)
