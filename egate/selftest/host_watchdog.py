"""The doctor's look at the hardware watchdog: there, fed by systemd, and soon enough.

It restarts a computer whose kernel hangs; until then the safety relay keeps the doors at rest, but
nobody is served. /dev/watchdog is never opened here: opening it arms it.

    watchdogN/state   RuntimeWatchdogUSec   is told as
    active            any                   armed, or slow, by watchdogN/timeout
    inactive          0, or not told        not_armed
    inactive          a time                not_fed: systemd is told to, and does not
    not told          a time                armed, as far as systemd says
    no watchdogN      any                   none

Source: Linux, Documentation/ABI/testing/sysfs-class-watchdog and watchdog-api.rst (bootstatus,
WDIOF_CARDRESET); systemd-system.conf(5), RuntimeWatchdogSec; a Pi's counts at most 15 s.
"""

from typing import Final

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.host import Host

MOST_S: Final = 60.0  # a lane that hangs longer has a queue before it
RESTARTED_BY_IT: Final = 0x20
ASK_SYSTEMD: Final = ("systemctl", "show", "--property=RuntimeWatchdogUSec", "--value")
OFF: Final = frozenset({"", "0", "infinity"})

ARMED = Reason("armed", Outcome.PASSED)
RESTARTED = Reason("restarted", Outcome.WARNED)
SLOW = Reason("slow", Outcome.WARNED, ("seconds",))
NOT_ARMED = Reason("not_armed", Outcome.WARNED)
NOT_FED = Reason("not_fed", Outcome.FAILED)
NONE = Reason("none", Outcome.WARNED)
UNTOLD = Reason("untold", Outcome.NOT_APPLICABLE)


def _watchdog(host: Host) -> Answer:
    folder = next((one.removesuffix("/uevent") for one in host.files(_UEVENTS)), None)
    if folder is None:
        return Answer(NONE)
    is_told_to = (host.run(ASK_SYSTEMD) or "").strip() not in OFF
    state = host.text(f"{folder}/state")
    if state is None and not is_told_to:
        return Answer(UNTOLD)
    if state == "inactive":
        return Answer(NOT_FED if is_told_to else NOT_ARMED)
    return _armed(host, folder)


def _armed(host: Host, folder: str) -> Answer:
    seconds = host.number(f"{folder}/timeout")
    figures = () if seconds is None else (Measured("timeout", seconds, "s", at_most=MOST_S),)
    identity = (("model", host.text(f"{folder}/identity") or "watchdog"),)
    if seconds is not None and seconds > MOST_S:
        return Answer(SLOW, {"seconds": seconds}, figures, identity=identity)
    is_after_a_hang = (host.number(f"{folder}/bootstatus") or 0) & RESTARTED_BY_IT
    return Answer(RESTARTED if is_after_a_hang else ARMED, measured=figures, identity=identity)


_UEVENTS: Final = "sys/class/watchdog/watchdog*/uevent"
WATCHDOG: Final = (
    Check(
        "EG-H802",
        "watchdog",
        (ARMED, RESTARTED, SLOW, NOT_ARMED, NOT_FED, NONE, UNTOLD),
        _watchdog,
        measures=("timeout",),
    ),
)
