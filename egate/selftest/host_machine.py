"""The doctor's look at the board: power, heat, memory.

    bits of the Pi's get_throttled   now     since it was switched on
    voltage below 4.63 V             0       16
    clock held down                  1       17
    throttled                        2       18
    at the soft limit of heat        3       19

Source: Raspberry Pi documentation, vcgencmd get_throttled and "Thermal control" (80 and 85 °C);
DESIGN section 9 (the whole gate: 450 MB).
"""

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.host import Host

THROTTLED_FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
LOW_VOLTAGE = 0b1
HELD_DOWN = 0b1110
SINCE = 16
WARM_C, HOT_C = 80.0, 85.0
LITTLE_MIB, NEXT_TO_NONE_MIB = 256.0, 64.0

STEADY = Reason("steady", Outcome.PASSED)
LOW_NOW = Reason("low_now", Outcome.FAILED)
LOW_BEFORE = Reason("low_before", Outcome.WARNED)
UNTOLD = Reason("untold", Outcome.NOT_APPLICABLE)

AT_FULL_SPEED = Reason("at_full_speed", Outcome.PASSED)
SLOWED_NOW = Reason("slowed_now", Outcome.FAILED)
SLOWED_BEFORE = Reason("slowed_before", Outcome.WARNED)

COOL = Reason("cool", Outcome.PASSED, ("degrees",))
WARM = Reason("warm", Outcome.WARNED, ("degrees",))
HOT = Reason("hot", Outcome.FAILED, ("degrees",))

ENOUGH = Reason("enough", Outcome.PASSED, ("mib",))
LITTLE = Reason("little", Outcome.WARNED, ("mib",))
NEXT_TO_NONE = Reason("next_to_none", Outcome.FAILED, ("mib",))

NEVER = Reason("never", Outcome.PASSED)
KILLED = Reason("killed", Outcome.WARNED, ("count",))


def _power(host: Host) -> Answer:
    return _flags(host, LOW_VOLTAGE, (STEADY, LOW_NOW, LOW_BEFORE))


def _speed(host: Host) -> Answer:
    return _flags(host, HELD_DOWN, (AT_FULL_SPEED, SLOWED_NOW, SLOWED_BEFORE))


def _flags(host: Host, mask: int, reasons: tuple[Reason, Reason, Reason]) -> Answer:
    """Answer with a reason for none of these bits, for now and for before."""
    bits = _throttled(host)
    if bits is None:
        return Answer(UNTOLD)
    now, before = bits & mask, bits >> SINCE & mask
    figures = (Measured("flags", now.bit_count() + before.bit_count(), at_most=0),)
    good, bad, odd = reasons
    return Answer(bad if now else odd if before else good, measured=figures)


def _throttled(host: Host) -> int | None:
    """Return the bits, None where the board does not tell any."""
    text = host.text(THROTTLED_FILE) or host.run(("vcgencmd", "get_throttled")) or ""
    try:
        return int(text.strip().rpartition("=")[2], 16)
    except ValueError:
        return None


def _heat(host: Host) -> Answer:
    told = (host.number(file) for file in host.files("sys/class/thermal/thermal_zone*/temp"))
    thousandths = [one for one in told if one is not None]
    if not thousandths:
        return Answer(UNTOLD)
    degrees = max(thousandths) / 1000
    reason = COOL if degrees < WARM_C else WARM if degrees < HOT_C else HOT
    figures = (Measured("heat", degrees, "°C", at_most=WARM_C),)
    return Answer(reason, {"degrees": degrees}, figures)


def _memory(host: Host) -> Answer:
    kib = _field(host.text("proc/meminfo"), "MemAvailable:")
    if kib is None:
        return Answer(UNTOLD)
    mib = kib / 1024
    reason = ENOUGH if mib >= LITTLE_MIB else LITTLE if mib >= NEXT_TO_NONE_MIB else NEXT_TO_NONE
    return Answer(reason, {"mib": mib}, (Measured("free", mib, "MiB", at_least=LITTLE_MIB),))


def _killed(host: Host) -> Answer:
    count = _field(host.text("proc/vmstat"), "oom_kill")
    if count is None:
        return Answer(UNTOLD)
    figures = (Measured("killed", count, at_most=0),)
    return Answer(KILLED, {"count": count}, figures) if count else Answer(NEVER, measured=figures)


def _field(text: str | None, name: str) -> int | None:
    """Return the number behind a name at the beginning of a line."""
    for line in (text or "").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name and words[1].isdigit():
            return int(words[1])
    return None


MACHINE: tuple[Check[Host], ...] = (
    Check("EG-H201", "power", (STEADY, LOW_NOW, LOW_BEFORE, UNTOLD), _power, measures=("flags",)),
    Check("EG-H202", "processor", (COOL, WARM, HOT, UNTOLD), _heat, measures=("heat",)),
    Check(
        "EG-H203",
        "processor",
        (AT_FULL_SPEED, SLOWED_NOW, SLOWED_BEFORE),
        _speed,
        ("EG-H201",),
        measures=("flags",),
    ),
    Check(
        "EG-H301",
        "memory",
        (ENOUGH, LITTLE, NEXT_TO_NONE, UNTOLD),
        _memory,
        measures=("free",),
    ),
    Check("EG-H302", "memory", (NEVER, KILLED, UNTOLD), _killed, measures=("killed",)),
)
