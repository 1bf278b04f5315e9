"""Which user may be what to the lane, by the names that systemd/sysusers.d makes.

Source: DESIGN section 2; research/fleet_ops.md section 3 (peer-credential checks).
"""

from collections.abc import Mapping
from typing import Final

from egate.loop.hosts import CONSOLE, PAGE, TECHNICIAN, Users

UNIT_USERS: Final = {  # systemd/sysusers.d
    "scanner": "egate-scanner",
    "vision": "egate-vision",
    "document": "egate-document",
    "fingerprint": "egate-fingerprint",
    "pages": "egate-pages",
}


def users(own: int, uids: Mapping[str, int]) -> Users:
    """Return who may be what to the lane: this user all, the user of a device host only that.

    On a bench one user runs everything. On a gate the pages' user is the only other one that may be
    a console, a technician or a page: who sits before one is for the pages to prove.
    """
    hosts = {
        host: frozenset({own, *([uids[name]] if name in uids else [])})
        for host, name in UNIT_USERS.items()
    }
    pages = hosts.pop("pages")
    return {**hosts, CONSOLE: pages, PAGE: pages, TECHNICIAN: pages}
