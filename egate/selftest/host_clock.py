"""The doctor's look at the clock: set, kept by something, and kept through a power cut.

A permit is in force for a time, so a gate whose clock is wrong refers everybody.

Source: adjtimex(2); Linux, Documentation/ABI/testing/sysfs-class-rtc; ARCHITECTURE section 5 (wall
clock goes back).
"""

from datetime import UTC, datetime

from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.host import Host

EARLIEST_UTC_S = 1_793_491_200.0  # 2026-11-01: no clock of this release can be before it
MOST_ERROR_MS = 1000.0  # a permit's times are whole seconds
MOST_RTC_S = 5.0  # of a crystal in a month, 2 ppm

PLAUSIBLE = Reason("plausible", Outcome.PASSED, ("date",))
TOO_EARLY = Reason("too_early", Outcome.FAILED, ("date", "earliest"))

SYNCHRONISED = Reason("synchronised", Outcome.PASSED, ("error_ms",))
NOT_SYNCHRONISED = Reason("not_synchronised", Outcome.FAILED)
FAR_OFF = Reason("far_off", Outcome.WARNED, ("error_ms",))
UNTOLD = Reason("untold", Outcome.NOT_APPLICABLE)

KEPT = Reason("kept", Outcome.PASSED, ("off_s",))
NO_CHIP = Reason("no_chip", Outcome.WARNED)
DIFFERS = Reason("differs", Outcome.WARNED, ("off_s",))


def _set(host: Host) -> Answer:
    now_utc_s = host.utc_s()
    told = {"date": _date(now_utc_s)}
    if now_utc_s < EARLIEST_UTC_S:
        return Answer(TOO_EARLY, told | {"earliest": _date(EARLIEST_UTC_S)})
    limit = f">= {_date(EARLIEST_UTC_S)}"
    return Answer(PLAUSIBLE, told, (Measured("date", told["date"], limit=limit),))


def _synchronised(host: Host) -> Answer:
    clock = host.kernel_clock()
    if clock is None:
        return Answer(UNTOLD)
    if not clock.is_synchronised:
        return Answer(NOT_SYNCHRONISED)
    error_ms = clock.largest_error_ms
    figures = (Measured("error", error_ms, "ms", at_most=MOST_ERROR_MS),)
    reason = SYNCHRONISED if error_ms <= MOST_ERROR_MS else FAR_OFF
    return Answer(reason, {"error_ms": error_ms}, figures)


def _kept(host: Host) -> Answer:
    chip_s = host.number("sys/class/rtc/rtc0/since_epoch")
    if chip_s is None:
        return Answer(NO_CHIP)
    off_s = abs(chip_s - host.utc_s())
    figures = (Measured("off", off_s, "s", at_most=MOST_RTC_S),)
    return Answer(KEPT if off_s <= MOST_RTC_S else DIFFERS, {"off_s": off_s}, figures)


def _date(at_utc_s: float) -> str:
    return datetime.fromtimestamp(at_utc_s, UTC).date().isoformat()


CLOCK: tuple[Check[Host], ...] = (
    Check("EG-H101", "clock", (PLAUSIBLE, TOO_EARLY), _set, measures=("date",)),
    Check(
        "EG-H102",
        "clock",
        (SYNCHRONISED, NOT_SYNCHRONISED, FAR_OFF, UNTOLD),
        _synchronised,
        measures=("error",),
    ),
    Check("EG-H103", "clock", (KEPT, NO_CHIP, DIFFERS), _kept, ("EG-H101",), measures=("off",)),
)
