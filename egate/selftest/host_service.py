"""The doctor's look at what the lane has counted: parts that want service, and a loop that is late.

A part that wants service is a warning, never a fault: it works. What the lane wrote down last is
looked at, a minute old at most while it runs; the newest measures of its loop are those of the
last two hours of its work.

Source: egate/domain/service.py (limits); DESIGN section 9 (event to output).
"""

from collections.abc import Callable

from egate.domain.lateness import LATE_MS
from egate.domain.service import CYCLES_OF, HOUR_S, LAMPS, PARTS, Counter, Due, Want, due
from egate.profile.counted import counted_parts, service_limits
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Series
from egate.selftest.host import CountedState, Host, Unusable

COUNTED = Reason("counted", Outcome.PASSED, ("parts",))
NOT_YET = Reason("not_yet", Outcome.NOT_APPLICABLE)
SPOILT = Reason("spoilt", Outcome.FAILED, ("what",))

WITHIN = Reason("within", Outcome.PASSED, ("cycles",))
CYCLES_DUE = Reason("cycles_due", Outcome.WARNED, ("cycles", "limit", "key"))
HOURS_DUE = Reason("hours_due", Outcome.WARNED, ("hours", "limit", "key"))
ERRORS_DUE = Reason("errors_due", Outcome.WARNED, ("rate", "limit", "key"))
NAMED = {
    Want.CYCLES: (CYCLES_DUE, "cycles"),
    Want.HOURS: (HOURS_DUE, "hours"),
    Want.ERRORS: (ERRORS_DUE, "rate"),
}

PROMPT = Reason("prompt", Outcome.PASSED, ("p99_ms", "max_ms"))
LATE = Reason("late", Outcome.WARNED, ("p99_ms", "max_ms"))


def _counted(host: Host) -> Answer:
    try:
        state = host.the_gate.counted()
    except Unusable as error:
        return Answer(SPOILT, {"what": str(error)})
    if state is None:
        return Answer(NOT_YET)
    return Answer(COUNTED, {"parts": len(state.counters)})


def _state(host: Host) -> CountedState:
    state = host.the_gate.counted()
    assert state is not None  # EG-H616 is needed
    return state


def _worn(part: str) -> Callable[[Host], Answer]:
    """Return a check that a part wants no service; of several reasons the first is told."""

    def ask(host: Host) -> Answer:
        limits = service_limits(host.the_gate.profile)
        since = _state(host).counters.get(part, Counter()).since
        rate = 1000 * since.errors / max(since.cycles, 1000)
        figures = [Measured("rate", round(rate, 1), at_most=limits.errors_per_1000)]
        if part in CYCLES_OF:
            most = getattr(limits, CYCLES_OF[part])
            figures.insert(0, Measured("cycles", since.cycles, at_most=most))
        if part in LAMPS:
            hours = round(since.on_s / HOUR_S, 1)
            figures.insert(0, Measured("hours", hours, "h", at_most=limits.lamp_hours))
        for one in due(part, since, limits):
            return _wants(one, tuple(figures))
        return Answer(WITHIN, {"cycles": since.cycles}, tuple(figures))

    return ask


def _wants(one: Due, figures: tuple[Measured, ...]) -> Answer:
    reason, name = NAMED[one.want]
    return Answer(reason, {name: one.counted, "limit": one.limit, "key": one.key}, figures)


def _prompt(host: Host) -> Answer:
    ticks = _state(host).ticks
    if not ticks:
        return Answer(NOT_YET)
    p99_ms, max_ms = max(one.p99_ms for one in ticks), max(one.max_ms for one in ticks)
    figures = (
        Measured("p99", p99_ms, "ms", at_most=LATE_MS),
        Measured("worst", max_ms, "ms"),
    )
    series = (Series("late", "ms", tuple(one.p99_ms for one in ticks), at_most=LATE_MS),)
    reason = PROMPT if p99_ms <= LATE_MS else LATE
    return Answer(reason, {"p99_ms": p99_ms, "max_ms": max_ms}, figures, series)


def _is_counted(part: str) -> Callable[[Host], bool]:
    return lambda host: host.gate is None or part in counted_parts(host.gate.profile)


def _service(part: str) -> Check[Host]:
    reasons = (WITHIN, CYCLES_DUE, HOURS_DUE, ERRORS_DUE)
    measures, id_ = ("cycles", "hours", "rate"), f"EG-H617.{part}"
    return Check(id_, part, reasons, _worn(part), ("EG-H616",), measures, applies=_is_counted(part))


SERVICE: tuple[Check[Host], ...] = (
    Check("EG-H616", "counters", (COUNTED, NOT_YET, SPOILT), _counted, ("EG-H615",)),
    *(_service(str(part)) for part in PARTS),
    Check(
        "EG-H618",
        "lane_loop",
        (PROMPT, LATE, NOT_YET),
        _prompt,
        ("EG-H616",),
        measures=("p99", "worst", "late"),
    ),
)
