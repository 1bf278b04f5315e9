"""What a process tells the supervisor, systemd or our own, about itself: the sd_notify protocol.

Without NOTIFY_SOCKET in the environment nothing is said. Call it from the main loop only: a
helper thread would vouch for a loop that hangs.

Source: sd_notify(3); research/hardware.md section 5 row 7.
"""

from contextlib import suppress
import os
import socket

SOCKET = "notify.sock"  # of our own supervisor, in the run directory
READY = "READY=1"
WATCHDOG = "WATCHDOG=1"
STOPPING = "STOPPING=1"


class Notifier:
    """The way to whoever supervises this process, or to nobody."""

    def __init__(self, address: str | None) -> None:
        self._address = "\0" + address[1:] if address and address[0] == "@" else address

    @classmethod
    def from_environment(cls) -> "Notifier":
        """Build it from NOTIFY_SOCKET."""
        return cls(os.environ.get("NOTIFY_SOCKET"))

    def tell(self, *facts: str) -> None:
        """Send the facts as one datagram; a supervisor that does not listen is not our fault."""
        if not self._address:
            return
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as way:
            way.sendto("\n".join(facts).encode(), self._address)
