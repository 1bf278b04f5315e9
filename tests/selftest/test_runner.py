"""Checks are carried out so that each ends in a result, and no fault shows as another one."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from threading import Event

import pytest

from egate.ports.errors import DeviceGarbled, DeviceLost, DeviceRefused
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason, Result
from egate.selftest.person import PersonCannot, PersonLeft
from egate.selftest.registry import Registry, UnknownCheck
from egate.selftest.report import About, Ending, Report, ending, was_stopped
from egate.selftest.runner import (
    NEEDS_PERSON,
    NO_CAMERA,
    NOT_IN_PROFILE,
    Means,
    Step,
    in_thread,
    run,
)

GOOD = Reason("good", Outcome.PASSED)
BAD = Reason("bad", Outcome.FAILED, ("count",))
ODD = Reason("odd", Outcome.WARNED)


def means() -> Means:
    ticks = count()
    return Means(lambda: float(next(ticks)), lambda ask, _limit_s: ask())


def check(
    id_: str, ask: Callable[[None], Answer] = lambda _: Answer(GOOD), *needs: str
) -> Check[None]:
    return Check(id_, "host", (GOOD, BAD, ODD), ask, needs, measures=("size",))


def raising(error: BaseException) -> Callable[[None], Answer]:
    def ask(_: None) -> Answer:
        raise error

    return ask


def outcomes(*checks: Check[None]) -> list[tuple[str, str]]:
    return [(one.outcome.value, one.reason) for one in run(checks, None, means())]


def bad(_: None) -> Answer:
    return Answer(BAD, {"count": 2})


def test_what_hangs_on_a_failed_check_is_not_done_and_never_failed() -> None:
    chain = (
        check("EG-A001", bad),
        check("EG-A002", raising(DeviceLost("a", "b")), "EG-A001"),
        check("EG-A003", raising(ValueError()), "EG-A002"),
        check("EG-A004"),
    )
    assert outcomes(*chain) == [
        ("failed", "bad"),
        ("not_done", "need_not_met"),
        ("not_done", "need_not_met"),
        ("passed", "good"),
    ]


def test_whoever_waits_is_told_for_the_first_in_the_chain() -> None:
    chain = (check("EG-A001", bad), check("EG-A002", bad, "EG-A001"))
    *_, last = run((*chain, check("EG-A003", bad, "EG-A002")), None, means())
    assert last.answer.values == {"check": "EG-A001"}


def test_what_hangs_on_a_warning_is_asked() -> None:
    odd = check("EG-A001", lambda _: Answer(ODD))
    assert outcomes(odd, check("EG-A002", bad, "EG-A001"))[1] == ("failed", "bad")


def test_what_hangs_on_an_absent_device_is_not_applicable() -> None:
    absent = Check[None]("EG-A001", "light", (GOOD,), bad, applies=lambda _: False)
    assert outcomes(absent, check("EG-A002", bad, "EG-A001")) == [
        ("not_applicable", "absent"),
        ("not_applicable", "need_absent"),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DeviceLost("a", "b"), "device_lost"),
        (DeviceGarbled("a", "b"), "device_garbled"),
        (DeviceRefused("a", "b"), "device_refused"),
        (PermissionError(13, "Permission denied"), "not_permitted"),
        (FileNotFoundError(2, "No such file"), "not_found"),
        (OSError(5, "Input/output error"), "system_error"),
        (ZeroDivisionError("a secret"), "raised"),
    ],
)
def test_a_check_that_raises_has_failed_by_the_kind_of_its_error(
    error: Exception, reason: str
) -> None:
    (result,) = run((check("EG-A001", raising(error)),), None, means())
    assert (result.outcome, result.reason) == (Outcome.FAILED, reason)
    assert "secret" not in repr(result)


def test_a_check_that_does_not_answer_in_time_has_failed_and_is_left_behind() -> None:
    never = Event()

    def waits(_: None) -> Answer:
        never.wait()
        return Answer(GOOD)

    slow = Check("EG-A001", "host", (GOOD,), waits, limit_s=0.05)
    first, second = run((slow, check("EG-A002")), None, Means(lambda: 0.0, in_thread))
    never.set()
    assert (first.reason, first.answer.values) == ("too_late", {"limit_s": 0.05})
    assert second.outcome is Outcome.PASSED


def test_a_timeout_of_the_checks_own_is_its_own_error() -> None:
    late = check("EG-A001", raising(TimeoutError(110, "Connection timed out")))
    (result,) = run((late,), None, Means(lambda: 0.0, in_thread))
    assert (result.reason, result.answer.values) == (
        "system_error",
        {"error": "Connection timed out"},
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Reason("other", Outcome.PASSED)),
        Answer(BAD),
        Answer(GOOD, {"count": 1}),
        Answer(GOOD, measured=(Measured("weight", 1),)),
        Answer(GOOD, measured=(Measured("size", 5, at_most=4),)),
    ],
)
def test_an_answer_that_was_not_declared_is_no_pass(answer: Answer) -> None:
    assert outcomes(check("EG-A001", lambda _: answer)) == [("failed", "broken")]


def test_when_it_is_interrupted_every_check_left_is_told_as_stopped() -> None:
    checks = (check("EG-A001"), check("EG-A002", raising(KeyboardInterrupt())), check("EG-A003"))
    results = run(checks, None, means())
    assert [one.reason for one in results] == ["good", "stopped", "stopped"]
    assert ending(results) is Ending.COULD_NOT_RUN


def test_when_the_person_leaves_every_check_left_is_told_as_stopped() -> None:
    checks = (check("EG-A001", raising(PersonLeft())), check("EG-A002"))
    results = run(checks, None, Means(lambda: 0.0))  # in a thread, as at the gate
    assert [one.reason for one in results] == ["stopped", "stopped"]
    assert was_stopped(results)
    assert Report(About("selftest", 0.0), (results,)).was_stopped


def test_what_a_person_cannot_do_is_not_done_and_no_fault() -> None:
    chain = (check("EG-A001", raising(PersonCannot())), check("EG-A002", bad, "EG-A001"))
    assert outcomes(*chain) == [("not_done", "person_cannot"), ("not_done", "need_not_met")]


@pytest.mark.parametrize("why", [NOT_IN_PROFILE, NEEDS_PERSON, NO_CAMERA])
def test_what_does_not_apply_is_never_asked_and_says_why(why: Reason) -> None:
    absent = replace(check("EG-A001", raising(AssertionError())), instead=why)
    assert outcomes(absent, check("EG-A002", bad, "EG-A001")) == [
        ("not_applicable", why.code),
        ("not_applicable", "need_absent"),
    ]


def test_progress_is_told_before_and_after_each_check() -> None:
    steps: list[Step] = []
    run((check("EG-A001"), check("EG-A002", bad)), None, means(), steps.append)
    assert [(one.number, one.in_all, one.id, one.result is None) for one in steps] == [
        (1, 2, "EG-A001", True),
        (1, 2, "EG-A001", False),
        (2, 2, "EG-A002", True),
        (2, 2, "EG-A002", False),
    ]


def test_a_result_tells_when_it_began_and_how_long_it_took() -> None:
    (result,) = run((check("EG-A001"),), None, means())
    assert (result.at_s, result.took_s) == (0.0, 1.0)


@pytest.mark.parametrize(
    "checks",
    [
        (check("EG-A001"), check("EG-A001")),
        (check("EG-A001", bad, "EG-A002"), check("EG-A002")),
        (Check[None]("EG-A001", "host", (), bad),),
        (Check[None]("EG-A001", "host", (GOOD, GOOD), bad),),
    ],
)
def test_a_registry_that_does_not_fit_together_is_refused(checks: tuple[Check[None], ...]) -> None:
    with pytest.raises(ValueError, match="EG-A00"):
        Registry(checks)


@pytest.mark.parametrize("name", ["H101", "EG-101", "EG-h101", "EG-H1010", "EG-H101."])
def test_an_id_has_one_form(name: str) -> None:
    with pytest.raises(ValueError, match="no id"):
        check(name)


def test_asking_for_one_check_asks_what_it_needs_too_and_nothing_else() -> None:
    registry = Registry(
        (
            check("EG-A001"),
            check("EG-A002", bad, "EG-A001"),
            check("EG-A003.left", bad, "EG-A002"),
            check("EG-A003.right"),
            check("EG-A004"),
        )
    )
    assert [one.id for one in registry.only(["EG-A003.left"])] == [
        "EG-A001", "EG-A002", "EG-A003.left",
    ]  # fmt: skip
    assert len(registry.only(["EG-A003"])) == 4
    with pytest.raises(UnknownCheck, match="did you mean EG-A004"):
        registry.only(["EG-A404"])


def result(reason: Reason) -> Result:
    return Result("EG-A001", "host", Answer(reason, dict.fromkeys(reason.names, 1)))


UNDONE = Reason("undone", Outcome.NOT_DONE)
ABSENT = Reason("absent", Outcome.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("reasons", "plain", "strict"),
    [
        ((GOOD, ABSENT), Ending.HOLDS, Ending.HOLDS),
        ((GOOD, ODD), Ending.HOLDS, Ending.FAILED),
        ((GOOD, UNDONE), Ending.HOLDS, Ending.FAILED),
        ((GOOD, BAD), Ending.FAILED, Ending.FAILED),
        ((ABSENT,), Ending.COULD_NOT_RUN, Ending.COULD_NOT_RUN),
        ((), Ending.COULD_NOT_RUN, Ending.COULD_NOT_RUN),
    ],
)
def test_how_a_run_ends(reasons: tuple[Reason, ...], plain: Ending, strict: Ending) -> None:
    results = [result(reason) for reason in reasons]
    assert (ending(results), ending(results, strict=True)) == (plain, strict)


def test_of_many_rounds_the_worst_is_told_and_how_often_it_failed() -> None:
    rounds = tuple((result(reason),) for reason in (GOOD, BAD, ODD, BAD))
    report = Report(About("selftest", 0.0), rounds)
    (worst,) = report.worst()
    assert (worst.result.reason, worst.failed, worst.rounds) == ("bad", 2, 4)
    assert report.ending() is Ending.FAILED
