"""The doctor's look at the storage under the journal: room, writable, sound, worn, quick enough.

Wear is what the storage says of itself: eMMC in two registers (life_time in tenths, pre_eol_info 1
normal, 2 warning, 3 urgent), other disks through smartctl where that is installed.

Source: JEDEC JESD84-B51 7.4.43 and 7.4.44; Linux, Documentation/ABI/testing/sysfs-fs-ext4;
research/fleet_ops.md 2.1 (write times); smartctl(8), --json.
"""

from collections.abc import Iterator
import json
import os
from pathlib import Path
from statistics import median
from typing import Any

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.host import Host

MIB = 1024 * 1024
LOW_MIB, FULL_MIB = 1024.0, 100.0  # a passage keeps 9.2 kB: 100,000 of them, and next to nothing
FEWEST_FILES = 1000
WORN, WORN_OUT = 80, 100  # percent of the life its maker gives it
URGENT = 3
WRITES, WRITE_BYTES = 20, 4096
SLOW_MS = 50.0  # SQLite's commit in FULL mode: 4 ms on an SSD, 20 ms aimed at
DECIDED_S = 1.0  # TimeLimits.decided_s where no profile says another: later, nobody is admitted
VOLATILE = frozenset({"tmpfs", "ramfs", "overlay"})

ROOM = Reason("room", Outcome.PASSED, ("mib",))
LOW = Reason("low", Outcome.WARNED, ("mib",))
FULL = Reason("full", Outcome.FAILED, ("mib",))
NO_FILES = Reason("no_files", Outcome.FAILED, ("count",))

WRITABLE = Reason("writable", Outcome.PASSED, ("kind",))
READ_ONLY = Reason("read_only", Outcome.FAILED, ("mount",))
FORGETS = Reason("forgets", Outcome.FAILED, ("mount", "kind"))
UNTOLD = Reason("untold", Outcome.NOT_APPLICABLE)

CLEAN = Reason("clean", Outcome.PASSED)
ERRORS = Reason("errors", Outcome.FAILED, ("count", "disk"))

YOUNG = Reason("young", Outcome.PASSED, ("percent", "disk"))
AGED = Reason("aged", Outcome.WARNED, ("percent", "disk"))
DYING = Reason("dying", Outcome.FAILED, ("disk",))

QUICK = Reason("quick", Outcome.PASSED, ("middle_ms", "worst_ms"))
SLOW = Reason("slow", Outcome.WARNED, ("middle_ms", "worst_ms"))
TOO_SLOW = Reason("too_slow", Outcome.FAILED, ("worst_ms", "limit_ms"))


def _room(host: Host) -> Answer:
    space = host.space(host.data)
    mib = space.free_bytes / MIB
    figures = (
        Measured("free", mib, "MiB", at_least=LOW_MIB),
        Measured("files", space.free_files, at_least=FEWEST_FILES),
    )
    if 0 < space.free_files < FEWEST_FILES:  # 0: this kind of file system does not count them
        return Answer(NO_FILES, {"count": space.free_files}, figures)
    reason = ROOM if mib >= LOW_MIB else LOW if mib >= FULL_MIB else FULL
    return Answer(reason, {"mib": mib}, figures if space.free_files else figures[:1])


def _mounted(host: Host) -> Answer:
    mounts = [line.split() for line in (host.text("proc/mounts") or "").splitlines()]
    under = [one for one in mounts if len(one) > 3 and host.data.is_relative_to(one[1])]
    if not under:
        return Answer(UNTOLD)
    _, place, kind, options, *_ = max(under, key=lambda one: len(one[1]))
    if "ro" in options.split(","):
        return Answer(READ_ONLY, {"mount": place})
    if kind in VOLATILE:
        return Answer(FORGETS, {"mount": place, "kind": kind})
    return Answer(WRITABLE, {"kind": kind})


def _errors(host: Host) -> Answer:
    files = host.files("sys/fs/ext4/*/errors_count")
    counted = {Path(file).parent.name: host.number(file) or 0 for file in files}
    if not counted:
        return Answer(UNTOLD)
    disk, count = max(counted.items(), key=lambda one: one[1])
    figures = (Measured("errors", count, at_most=0),)
    if count:
        return Answer(ERRORS, {"count": count, "disk": disk}, figures)
    return Answer(CLEAN, measured=figures)


def _wear(host: Host) -> Answer:
    told = [*_cards(host), *_disks(host)]
    if not told:
        return Answer(UNTOLD)
    disk, percent = max(told, key=lambda one: one[1])
    figures = (Measured("used", percent, "%", at_most=WORN - 1),)
    if percent >= WORN_OUT:
        return Answer(DYING, {"disk": disk}, figures)
    reason = AGED if percent >= WORN else YOUNG
    return Answer(reason, {"percent": percent, "disk": disk}, figures)


def _cards(host: Host) -> Iterator[tuple[str, int]]:
    """Give each eMMC with the percent of its life that is used."""
    for file in host.files("sys/block/mmcblk*/device/life_time"):
        folder = file.removesuffix("life_time")
        tenths = [int(word, 16) for word in (host.text(file) or "").split()]
        is_urgent = host.number(f"{folder}pre_eol_info", 16) == URGENT
        if any(tenths) or is_urgent:  # all 0: it does not tell
            yield file.split("/")[2], WORN_OUT if is_urgent else 10 * (max(tenths) - 1)


def _disks(host: Host) -> Iterator[tuple[str, int]]:
    """Give each disk that smartctl understands; one that fails its own test is used up."""
    for pattern in ("sys/block/sd*", "sys/block/nvme*"):
        for disk in (Path(found).name for found in host.files(pattern)):
            told = _told(host.run(("smartctl", "--json", "-H", "-A", f"/dev/{disk}")))
            status = told.get("smart_status")
            if isinstance(status, dict) and "passed" in status:
                log = told.get("nvme_smart_health_information_log")
                used = log.get("percentage_used") if isinstance(log, dict) else None
                percent = used if isinstance(used, int) else 0
                yield disk, percent if status["passed"] else WORN_OUT


def _told(text: str | None) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _quick(host: Host) -> Answer:
    took_ms = _writes_ms(host, host.data / f".egate-doctor-{host.random(6).hex()}")
    middle_ms, worst_ms = median(took_ms), max(took_ms)
    limit_ms = 1000 * (host.gate.profile.limits.decided_s if host.gate else DECIDED_S)
    figures = (
        Measured("middle", middle_ms, "ms", at_most=SLOW_MS),
        Measured("worst", worst_ms, "ms", at_most=limit_ms),
    )
    series = (Series("writes", "ms", tuple(took_ms), at_most=limit_ms),)
    if worst_ms > limit_ms:
        values = {"worst_ms": worst_ms, "limit_ms": limit_ms}
        return Answer(TOO_SLOW, values, figures, series)
    reason = QUICK if middle_ms <= SLOW_MS else SLOW
    return Answer(reason, {"middle_ms": middle_ms, "worst_ms": worst_ms}, figures, series)


def _writes_ms(host: Host, path: Path) -> list[float]:
    """Write a small file so often and wait for the disk each time; the file is gone afterwards."""
    took_ms = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for _ in range(WRITES):
            began_s = host.monotonic_s()
            os.write(descriptor, bytes(WRITE_BYTES))
            os.fsync(descriptor)
            took_ms.append(1000 * (host.monotonic_s() - began_s))
    finally:
        os.close(descriptor)
        path.unlink()
    return took_ms


STORAGE: tuple[Check[Host], ...] = (
    Check("EG-H401", "storage", (ROOM, LOW, FULL, NO_FILES), _room, measures=("free", "files")),
    Check("EG-H402", "storage", (WRITABLE, READ_ONLY, FORGETS, UNTOLD), _mounted),
    Check("EG-H403", "storage", (CLEAN, ERRORS, UNTOLD), _errors, measures=("errors",)),
    Check(
        "EG-H404",
        "storage",
        (YOUNG, AGED, DYING, UNTOLD),
        _wear,
        measures=("used",),
        limit_s=30.0,
    ),
    Check(
        "EG-H405",
        "storage",
        (QUICK, SLOW, TOO_SLOW),
        _quick,
        ("EG-H401", "EG-H402"),
        measures=("middle", "worst", "writes"),
        limit_s=60.0,
        applies=lambda host: host.data.is_dir() and host.may_use(host.data),  # else EG-H602, H615
    ),
)
