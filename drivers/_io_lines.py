"""What both I/O drivers must agree on: which level is rest, what active means, which order.

Rest is without power: every output de-energised, so that software at rest, a lapsed safety
relay and a power cut are the same for the doors. A door that fails "secured" is locked then, a
door that fails "free" is free: for its release, active means *not* energised. Opening gives such
a lock its power at once: behind a lapsed relay that changes nothing, and behind one that still
holds after a quick restart the door stays locked instead of being let go for a moment.

Source: DESIGN section 3 rule 5; research/domain.md 5.1 (fail state per door).
"""

from collections.abc import Iterable
import threading
from typing import Final

from egate.domain.lane_part import DOOR_RELEASE, Door, Output
from egate.profile.settings import Doors

BOARD: Final = "board"
RENEW_S: Final = 0.5  # ports/digital_io.py: the safety relay wants an edge at least so often
RELAY_LAPSES_S: Final = 1.0  # the longest a safety relay may hold after its last edge
RELEASES: Final = tuple(DOOR_RELEASE.values())


def locking_releases(doors: Doors) -> frozenset[Output]:
    """Return the releases whose power locks: those of doors that fail free."""
    wired = {Door.ENTRY: doors.entry, Door.EXIT: doors.exit}
    free = {door for door, wiring in wired.items() if wiring is not None and wiring.fail == "free"}
    return frozenset(DOOR_RELEASE[door] for door in free)


def wait_for_the_relay() -> None:
    """Wait until a safety relay that is fed no more has let go.

    Behind a relay that still holds, a lock without power is a door that its motor opens.
    """
    threading.Event().wait(RELAY_LAPSES_S)


def resting_order(outputs: Iterable[Output]) -> list[Output]:
    """Return the order in which outputs are rested and opened: releases first, ALIVE last.

    An edge on ALIVE feeds the safety relay. After a crash a release pin may still be driven
    behind a lapsed relay; feeding it before that pin rests would let the door go for a moment.
    """
    rank = {**dict.fromkeys(RELEASES, 0), Output.ALIVE: 2}
    return sorted(outputs, key=lambda output: rank.get(output, 1))
