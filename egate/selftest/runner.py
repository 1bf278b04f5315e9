"""Carry out checks one after the other, so that every one of them ends in a result.

What is needed and not right keeps a check from being asked, so no fault shows as another one. A
check that raises has failed, with a reason by the kind of its error and never by its text, which
could hold what a device or a file said. A check that takes too long has failed and is left behind
in its thread: whoever uses the same device must need it. A person who interrupts the run (Ctrl-C),
or leaves the terminal, leaves all that comes after undone.

    need of a check            the check is
    passed, warned             asked
    not_applicable             not_applicable: there is nothing to ask
    failed, not_done           not_done: mend the other first

Source: DESIGN section 8; research/fleet_ops.md section 5.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from egate.ports.errors import DeviceGarbled, DeviceLost, DeviceRefused
from egate.selftest.check import Answer, C, Check, Outcome, Reason, Result
from egate.selftest.person import PersonCannot, PersonLeft

RAISED = Reason("raised", Outcome.FAILED, ("error",))
TOO_LATE = Reason("too_late", Outcome.FAILED, ("limit_s",))
BROKEN = Reason("broken", Outcome.FAILED, ("error",))
NEED_NOT_MET = Reason("need_not_met", Outcome.NOT_DONE, ("check",))
NEED_ABSENT = Reason("need_absent", Outcome.NOT_APPLICABLE, ("check",))
ABSENT = Reason("absent", Outcome.NOT_APPLICABLE)
NOT_IN_PROFILE = Reason("not_in_profile", Outcome.NOT_APPLICABLE)
NEEDS_PERSON = Reason("needs_person", Outcome.NOT_APPLICABLE)
NO_CAMERA = Reason("no_camera", Outcome.NOT_APPLICABLE)
STOPPED = Reason("stopped", Outcome.NOT_DONE)
ERRORS: tuple[tuple[type[Exception], Reason], ...] = (
    (PersonCannot, Reason("person_cannot", Outcome.NOT_DONE)),
    (DeviceLost, Reason("device_lost", Outcome.FAILED)),
    (DeviceGarbled, Reason("device_garbled", Outcome.FAILED)),
    (DeviceRefused, Reason("device_refused", Outcome.FAILED)),
    (PermissionError, Reason("not_permitted", Outcome.FAILED)),
    (FileNotFoundError, Reason("not_found", Outcome.FAILED)),
    (OSError, Reason("system_error", Outcome.FAILED, ("error",))),
)
COMMON = (
    *(RAISED, TOO_LATE, BROKEN, NEED_NOT_MET, NEED_ABSENT, ABSENT, STOPPED),
    *(NOT_IN_PROFILE, NEEDS_PERSON, NO_CAMERA),
    *(reason for _, reason in ERRORS),
)


class TooLate(Exception):
    """A check did not answer within its limit."""


class AnswerError(Exception):
    """A check gave an answer that it had not declared: a fault of ours."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the work is: the check at hand by number and id, and its result once there is one."""

    number: int
    in_all: int
    id: str
    device: str
    result: Result | None = None


Progress = Callable[[Step], None]
Limited = Callable[[Callable[[], Answer], float], Answer]


def in_thread(ask: Callable[[], Answer], limit_s: float) -> Answer:
    """Ask in a thread of its own.

    Raises:
        TooLate: no answer within the limit; the thread is left behind and ends with the process.
    """
    future: Future[Answer] = Future()
    Thread(target=_asked, args=(ask, future), name="check", daemon=True).start()
    try:
        return future.result(limit_s)
    except TimeoutError:
        if future.done():
            raise  # the check's own
        raise TooLate from None


@dataclass(frozen=True, slots=True)
class Means:
    """What a run is made with: the clock of all limits, and how a limit is kept."""

    monotonic_s: Callable[[], float]
    limited: Limited = in_thread


def run(
    checks: Iterable[Check[C]],
    context: C,
    means: Means,
    progress: Progress = lambda _: None,
) -> tuple[Result, ...]:
    """Ask every check in order; return a result for each, also when interrupted (Ctrl-C)."""
    todo = tuple(checks)
    results: dict[str, Result] = {}
    is_stopped = False
    for number, check in enumerate(todo, start=1):
        began_s = means.monotonic_s()
        answer = Answer(STOPPED) if is_stopped else None
        if answer is None:
            try:
                progress(Step(number, len(todo), check.id, check.device))
                answer = _kept_from(check, results, context) or _answer(check, context, means)
            except (KeyboardInterrupt, PersonLeft):
                answer, is_stopped = Answer(STOPPED), True
        took_s = means.monotonic_s() - began_s
        is_own = answer.reason in check.reasons
        result = Result(check.id, check.device, answer, began_s, took_s, is_own)
        results[check.id] = result
        if not is_stopped:
            progress(Step(number, len(todo), check.id, check.device, result))
    return tuple(results.values())


def _asked(ask: Callable[[], Answer], future: Future[Answer]) -> None:
    try:
        future.set_result(ask())
    except BaseException as error:  # noqa: BLE001  # handed to the thread that waits
        future.set_exception(error)


def _kept_from(check: Check[C], results: Mapping[str, Result], context: C) -> Answer | None:
    """Return the answer for a check that is not to be asked, None for one that is."""
    if check.instead is not None:
        return Answer(check.instead)
    for need in check.needs:
        result = results.get(need)
        if result is None or result.outcome in {Outcome.FAILED, Outcome.NOT_DONE}:
            return Answer(NEED_NOT_MET, {"check": _root(need, result)})
        if result.outcome is Outcome.NOT_APPLICABLE:
            return Answer(NEED_ABSENT, {"check": _root(need, result)})
    try:
        return None if check.applies(context) else Answer(ABSENT)
    except Exception as error:  # noqa: BLE001  # told by its kind
        return _of_error(error)


def _root(need: str, result: Result | None) -> str:
    """Return the check that a need itself hangs on, else the need."""
    if result is not None and result.answer.reason in {NEED_NOT_MET, NEED_ABSENT}:
        return str(result.answer.values["check"])
    return need


def _answer(check: Check[C], context: C, means: Means) -> Answer:
    """Ask one check; whatever it does, this returns an answer."""
    try:
        answer = means.limited(lambda: check.ask(context), check.limit_s)
        _hold_to_its_word(check, answer)
    except PersonLeft:
        raise
    except TooLate:
        return Answer(TOO_LATE, {"limit_s": check.limit_s})
    except AnswerError as error:
        return Answer(BROKEN, {"error": str(error)})
    except Exception as error:  # noqa: BLE001  # told by its kind
        return _of_error(error)
    return answer


def _of_error(error: Exception) -> Answer:
    """Return the answer for an error: its kind, and of the system's errors their name."""
    for kind, reason in ERRORS:
        if isinstance(error, kind):
            named = getattr(error, "strerror", None) or type(error).__name__
            return Answer(reason, {"error": named} if reason.names else {})
    return Answer(RAISED, {"error": type(error).__name__})


def _hold_to_its_word(check: Check[C], answer: Answer) -> None:
    """Raise AnswerError unless the check declared what it says."""
    if answer.reason not in check.reasons:
        raise AnswerError(f"undeclared reason {answer.reason.code}")
    if set(answer.values) != set(answer.reason.names):
        raise AnswerError(f"{answer.reason.code} without its values, or with others")
    names = {one.name for one in answer.measured} | {one.name for one in answer.series}
    if names - set(check.measures):
        raise AnswerError(f"undeclared figure {min(names - set(check.measures))}")
    if answer.reason.outcome is Outcome.PASSED and not all(
        one.is_within for one in answer.measured
    ):
        raise AnswerError(f"{answer.reason.code} with a figure beyond its limit")
