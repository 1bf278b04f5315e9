"""The technician's addresses without a browser: two steps, bounds, and a real lane behind them."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest

from egate.domain.lane_event import Order
from egate.domain.lane_part import Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.lane_view import AnswerView, CheckView, FeltView, ToldByHand
from egate.domain.record import EntryKind
from egate.loop.lane_client import LaneClient
from egate.loop.messages import Answered
from egate.pages import workbench
from egate.pages.desk import Refusal
from egate.pages.people import Role
from egate.selftest.boot import LaneSeen, checked
from tests.loop.gate import Gate, running_gate
from tests.loop.parts import until
from tests.pages.gate import EVERYONE, KEYS, Browser, Served

RELEASE: dict[str, Any] = {"output": "exit_release", "on": True, "reason": "the bolt sticks"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as pages:
        pages.show(state=LaneState.MAINTENANCE)
        yield pages


@pytest.fixture
def technician(served: Served) -> Browser:
    """Return a technician whom the lane has."""
    return at_work(served, KEYS[Role.TECHNICIAN])


def at_work(served: Served, key: str) -> Browser:
    browser = Browser(served, key)
    served.until(
        lambda: (
            browser.post("/service/beat").status == 204
            and browser.get("/service/events").facts["attached"]
        )
    )
    return browser


def test_a_door_wants_a_second_step_from_the_one_who_asked(
    served: Served, technician: Browser
) -> None:
    told = technician.give("/service/force", **RELEASE)
    assert len(told["code"]) == 32
    other = at_work(served, EVERYONE)
    assert other.give("/service/confirm", code=told["code"])["refused"] == Refusal.NOT_ASKED
    assert technician.give("/service/confirm", code="0" * 32)["refused"] == Refusal.NOT_ASKED
    assert served.lane.said == []
    assert technician.give("/service/confirm", code=told["code"]) == {"given": True}
    served.until(lambda: served.lane.said == ["The technician wishes force_output"])
    assert technician.give("/service/confirm", code=told["code"])["refused"] == Refusal.NOT_ASKED


def test_a_second_step_that_comes_late_is_none(
    served: Served, technician: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "CONFIRM_S", -1.0)
    code = technician.give("/service/force", **RELEASE)["code"]
    assert technician.give("/service/confirm", code=code)["refused"] == Refusal.TOO_LATE
    assert served.lane.said == []


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (RELEASE | {"reason": "  "}, Refusal.NO_REASON),
        (RELEASE | {"output": "alive"}, Refusal.NO_ACTION),
    ],
)
def test_what_cannot_be_asked_is_refused_before_the_lane_hears_of_it(
    served: Served, technician: Browser, fields: dict[str, Any], refusal: Refusal
) -> None:
    assert technician.give("/service/force", **fields)["refused"] == refusal
    assert served.lane.said == []


@pytest.mark.parametrize(
    "fields",
    [
        {}, RELEASE | {"output": "drawbridge"}, RELEASE | {"on": "yes"},
        RELEASE | {"reason": "x" * 401}, {**RELEASE, "output": 1},
    ],
)  # fmt: skip
def test_what_is_no_wish_is_not_understood(technician: Browser, fields: dict[str, Any]) -> None:
    assert technician.post("/service/force", json.dumps(fields)).status == 400


def test_outside_maintenance_nothing_is_asked_of_the_lane(
    served: Served, technician: Browser
) -> None:
    served.show(state=LaneState.READY)
    served.until(lambda: technician.get("/service/events").facts["words"] == "Ready")
    for address, fields in (
        ("/service/force", RELEASE),
        ("/service/check", {"only": ""}),
        ("/service/maintenance", {"on": False, "reason": "x"}),
    ):
        told = technician.give(address, **fields)
        assert told["refused"] == Refusal.NOT_IN_THIS_STATE, address
    assert served.lane.said == []


def test_a_technician_without_a_page_open_is_not_the_lanes(served: Served) -> None:
    browser = Browser(served, KEYS[Role.TECHNICIAN])
    assert browser.give("/service/force", **RELEASE)["refused"] == Refusal.NOT_ATTACHED
    assert browser.give("/service/check", only="")["refused"] == Refusal.NOT_ATTACHED


def test_an_officer_and_a_technician_are_not_one_another(served: Served) -> None:
    at_work(served, KEYS[Role.TECHNICIAN])
    assert not served.lane.attached  # a technician keeps no lane open
    officer = Browser(served, KEYS[Role.OFFICER])
    assert officer.post("/service/force", "{}").status == 403


def test_only_the_newest_tries_are_kept(served: Served, technician: Browser) -> None:
    for _ in range(workbench.TRIES + 2):
        technician.give("/service/force", output="sounder", on=True, reason="x")
    served.until(lambda: len(served.lane.said) == workbench.TRIES + 2)
    number = max(served.lane.replies)
    served.do(lambda: served.lane.replies[1](Answered(request=1)))  # one that is forgotten
    served.do(lambda: served.lane.replies[number](Answered(request=number)))
    served.until(lambda: technician.get("/service/events").facts["tries"][0]["answer"] == "done")
    assert len(technician.get("/service/events").facts["tries"]) == workbench.TRIES


def test_a_report_is_there_once_a_run_is_whole(technician: Browser) -> None:
    assert technician.get("/service/checked").status == 404
    assert technician.get("/service/checked?form=exe").status == 404


def test_a_browser_keeps_its_language_and_is_led_nowhere_else(served: Served) -> None:
    browser = Browser(served)
    answer = browser.post("/language", "language=vi&from=//elsewhere.example/")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    kept, *attributes = answer.headers["set-cookie"].split("; ")
    assert kept == "egate-language=vi"
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {*attributes}
    assert "Khóa của bạn" in browser.get("/", cookie=kept).text
    assert "Your key" in browser.get("/").text
    assert "Your key" in browser.get("/", cookie="egate-language=tlh").text
    assert "set-cookie" not in browser.post("/language", "language=tlh&from=/service").headers


async def answered(told: list[ToldByHand], number: int) -> tuple[str, ...]:
    def mine() -> list[AnswerView]:
        return [one for one in told if isinstance(one, AnswerView) and one.request == number]

    await until(mine)
    return mine()[0].against


def is_last(one: CheckView) -> bool:
    return one.number == one.in_all


def test_a_real_lane_goes_into_maintenance_lets_a_door_go_and_is_checked(tmp_path: Path) -> None:
    told: list[ToldByHand] = []

    async def case(gate: Gate) -> None:
        gate.checks = lambda only: checked(LaneSeen(Shape.MANTRAP, gate.board.levels_now), only)
        link = LaneClient("gate-1", gate.socket)
        officer = link.attach("An officer", lambda _decision: None)
        technician = link.serve("A technician", told.append)
        await until(lambda: officer.is_attached and technician.is_attached)
        technician.set_maintenance(1, "service", is_on=True)
        assert await answered(told, 1) == ("state_can_be_left", "lane_closed")
        officer.order(Order.CLOSE_LANE, 0, "service")
        await gate.stands(LaneState.CLOSED)
        technician.set_maintenance(2, "service", is_on=True)
        assert await answered(told, 2) == ()
        technician.force(3, Output.EXIT_RELEASE, "the bolt sticks", active=True)
        assert await answered(told, 3) == ()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        gate.moves((Input.EXIT_LOCKED, False))
        await until(lambda: [one for one in told if isinstance(one, FeltView) and one.line])
        technician.run_checks(4, "")
        assert await answered(told, 4) == ()
        await until(lambda: any(isinstance(one, CheckView) and is_last(one) for one in told))
        officer.detach()
        technician.detach()

    gate = running_gate(tmp_path)(case)
    outcomes = {one.check.id: one.check.outcome for one in told if isinstance(one, CheckView)}
    assert outcomes["EG-S140.exit"] == "failed"  # its bolt stands open, as was asked
    assert outcomes["EG-S140.entry"] == "passed"
    named = [dict(entry.personal) for entry in gate.journal.entries if entry.kind is EntryKind.NOTE]
    assert {"technician": "A technician", "reason": "the bolt sticks"} in named
