"""The doctor's look at device names and at the units that run the gate; no device is opened.

A name that the kernel gives out in the order of plugging (/dev/ttyUSB0) may be another device
after the next boot: a rule of udev gives it one that stays.

    the profile's line           is looked at as
    /dev/..., run/scanner        a device file, a relative one below the data directory
    tcp://..., http://...        not at all: it is on the network

Source: ARCHITECTURE section 3; udev(7); systemd-analyze(1), security.
"""

from collections.abc import Callable
from pathlib import Path
import re
import stat

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.host import Host

BY_ORDER = re.compile(r"/dev/(ttyUSB|ttyACM|video)[0-9]+")
UNIT_FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
EXPOSURE = re.compile(r"Overall exposure level for \S+: ([0-9.]+)")
NAMED = ("board", "scanner", "camera", "mrz_reader", "light", "fingerprint")
MOST_EXPOSED = 2.0  # of 10; the units as delivered are below it (tests/test_units.py)

THERE = Reason("there", Outcome.PASSED, ("name",))
MISSING = Reason("missing", Outcome.FAILED, ("name",))
NO_DEVICE = Reason("no_device", Outcome.FAILED, ("name",))
FORBIDDEN = Reason("forbidden", Outcome.FAILED, ("name",))
UNSTEADY = Reason("unsteady", Outcome.WARNED, ("name",))
ON_NETWORK = Reason("on_network", Outcome.NOT_APPLICABLE)
NAMES = (THERE, MISSING, NO_DEVICE, FORBIDDEN, UNSTEADY, ON_NETWORK)

SERVED = Reason("served", Outcome.PASSED)
NO_SERVICE = Reason("no_service", Outcome.FAILED)

TIGHT = Reason("tight", Outcome.PASSED, ("exposure",))
LOOSE = Reason("loose", Outcome.FAILED, ("exposure",))
UNTOLD = Reason("untold", Outcome.NOT_APPLICABLE)


def line_of(host: Host, device: str) -> str | None:
    """Return the line of a device of the profile, None when the gate has no such device."""
    settings = getattr(host.the_gate.profile.devices, device)
    return None if settings is None else str(settings.line)


def _name(device: str) -> Callable[[Host], Answer]:
    """Return a check that the name in the profile leads to a device this user may use."""

    def ask(host: Host) -> Answer:
        name = line_of(host, device) or ""
        if "://" in name:
            return Answer(ON_NETWORK)
        path = placed(host, name)
        if not path.exists():
            return Answer(MISSING, {"name": name})
        if not stat.S_ISCHR(path.stat().st_mode):
            return Answer(NO_DEVICE, {"name": name})
        if not host.may_use(path):
            return Answer(FORBIDDEN, {"name": name})
        return Answer(UNSTEADY if BY_ORDER.fullmatch(name) else THERE, {"name": name})

    return ask


def placed(host: Host, name: str) -> Path:
    """Return the file of a line; an absolute one below the root that is looked at."""
    return host.root / name[1:] if name.startswith("/") else host.data / name


def _has(device: str) -> Callable[[Host], bool]:
    return lambda host: host.gate is None or line_of(host, device) is not None


def _named(device: str) -> Check[Host]:
    return Check(
        f"EG-H701.{device}", device, NAMES, _name(device), ("EG-H601",), applies=_has(device)
    )


def _cards(host: Host) -> Answer:
    return Answer(SERVED if host.card_socket.is_socket() else NO_SERVICE)


def _takes_cards(host: Host) -> bool:
    return host.gate is None or host.the_gate.profile.devices.card_reader is not None


def _unit_file(host: Host, unit: str) -> Path | None:
    found = (host.root / folder / unit for folder in UNIT_FOLDERS)
    return next((path for path in found if path.is_file()), None)


def _sandbox(unit: str) -> Callable[[Host], Answer]:
    """Return a check that a unit is as shut in as it was delivered."""

    def ask(host: Host) -> Answer:
        words = ("systemd-analyze", "security", "--offline=true", "--no-pager")
        told = host.run((*words, str(_unit_file(host, unit))))
        found = EXPOSURE.search(told or "")
        if found is None:
            return Answer(UNTOLD)
        exposure = float(found[1])
        figures = (Measured("exposure", exposure, at_most=MOST_EXPOSED),)
        reason = TIGHT if exposure <= MOST_EXPOSED else LOOSE
        return Answer(reason, {"exposure": exposure}, figures)

    return ask


def _unit(part: str) -> Check[Host]:
    unit = f"egate-{part}.service"
    return Check(
        f"EG-H801.{part}",
        f"unit_{part}",
        (TIGHT, LOOSE, UNTOLD),
        _sandbox(unit),
        measures=("exposure",),
        limit_s=30.0,
        applies=lambda host: _unit_file(host, unit) is not None,
    )


DEVICES: tuple[Check[Host], ...] = (
    *(_named(device) for device in NAMED),
    Check(
        "EG-H702",
        "card_service",
        (SERVED, NO_SERVICE),
        _cards,
        ("EG-H601",),
        applies=_takes_cards,
    ),
)
UNITS: tuple[Check[Host], ...] = tuple(
    _unit(part) for part in ("lane", "scanner", "vision", "document", "fingerprint", "pages")
)
