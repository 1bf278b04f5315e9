"""The officer's desk through the console's own addresses: orders, alarms, findings, faces."""

from collections.abc import Iterator
from pathlib import Path
import socket
from typing import Any

import pytest

from egate.domain.effect import Prompt
from egate.domain.lane_part import Door
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import LaneView
from egate.pages import desk
from egate.pages.desk import ACTIONS, Refusal
from egate.pages.hub import Hub
from egate.pages.people import Role
from egate.wire.pictures import Picture, PictureKind
from tests.pages.gate import DEADLINE_S, EVERYONE, KEYS, Browser, Served
from tests.pages.test_parts import Nowhere

JPEG = b"\xff\xd8 a face \xff\xd9"
REFERRED: dict[str, Any] = {
    "state": LaneState.REFERRED,
    "passage": 7,
    "trouble": Trouble.FACE_MISMATCH,
}
READY: dict[str, Any] = {"state": LaneState.READY, "passage": None, "trouble": None}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as pages:
        yield pages


@pytest.fixture
def officer(served: Served) -> Browser:
    """Return an officer's console that has just beaten, and is attached."""
    browser = Browser(served, KEYS[Role.OFFICER])
    attach(served, browser)
    return browser


def attach(served: Served, browser: Browser) -> None:
    served.until(lambda: browser.post("/console/beat").status == 204 and served.lane.attached)


def lane(browser: Browser) -> dict[str, Any]:
    """Return what the console shows of the first lane."""
    shown: dict[str, Any] = browser.get("/console/events").facts["lanes"][0]
    return shown


def wish(action: str, passage: int = 7, reason: str = "by hand") -> dict[str, object]:
    return {"lane": "gate-1", "action": action, "passage": passage, "reason": reason}


def test_closing_takes_one_step_and_whatever_opens_takes_two() -> None:
    one_step = {name for name, action in ACTIONS.items() if not action.two_steps}
    assert one_step == {"close_lane"}


def test_an_admission_wants_its_second_step_and_is_given_with_name_and_reason(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    told = officer.give("/console/order", **wish("admit", reason="compared by eye"))
    assert len(told["code"]) == 32
    assert served.lane.said == []
    assert officer.give("/console/confirm", code=told["code"]) == {"given": True}
    served.until(lambda: served.lane.said == ["The officer: admit for 7: compared by eye"])
    assert officer.give("/console/confirm", code=told["code"])["refused"] == Refusal.NOT_ASKED


def test_a_refusal_lets_back_and_says_that_it_was_one(served: Served, officer: Browser) -> None:
    served.show(**REFERRED)
    told = officer.give("/console/order", **wish("refuse", reason="another person"))
    officer.give("/console/confirm", code=told["code"])
    said = ["The officer: let_back for 7: refused: another person"]
    served.until(lambda: served.lane.said == said)


def test_a_lane_is_closed_at_once(served: Served, officer: Browser) -> None:
    told = officer.give("/console/order", **wish("close_lane", passage=0, reason="shift ends"))
    assert told == {"given": True}
    served.until(lambda: served.lane.said == ["The officer: close_lane for 0: shift ends"])


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (wish("admit", reason="  "), Refusal.NO_REASON),
        (wish("admit", passage=6), Refusal.ANOTHER_PASSAGE),
        (wish("reset_emergency"), Refusal.NOT_IN_THIS_STATE),
        (wish("dance"), Refusal.NO_ACTION),
        (wish("admit") | {"lane": "gate-9"}, Refusal.NO_LANE),
    ],
)
def test_an_order_that_cannot_be_is_refused_before_the_lane_hears_of_it(
    served: Served, officer: Browser, fields: dict[str, object], refusal: Refusal
) -> None:
    served.show(**REFERRED)
    assert officer.give("/console/order", **fields)["refused"] == refusal
    assert served.lane.said == []


def test_an_officer_whose_console_does_not_beat_orders_nothing(served: Served) -> None:
    served.show(**REFERRED)
    browser = Browser(served, KEYS[Role.OFFICER])
    told = browser.give("/console/order", **wish("admit"))
    assert told["refused"] == Refusal.NOT_ATTACHED


def test_a_second_step_for_a_passage_that_is_over_is_refused(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    told = officer.give("/console/order", **wish("admit"))
    served.show(state=LaneState.REFERRED, passage=8)
    answer = officer.give("/console/confirm", code=told["code"])
    assert answer["refused"] == Refusal.ANOTHER_PASSAGE


def test_a_second_step_that_comes_too_late_is_refused(
    served: Served, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CONFIRM_S", -1.0)
    served.show(**REFERRED)
    told = officer.give("/console/order", **wish("admit"))
    assert officer.give("/console/confirm", code=told["code"])["refused"] == Refusal.TOO_LATE


def test_one_officers_code_is_nothing_in_anothers_hand(served: Served, officer: Browser) -> None:
    served.show(**REFERRED)
    told = officer.give("/console/order", **wish("admit"))
    other = Browser(served, EVERYONE)
    attach(served, other)
    assert other.give("/console/confirm", code=told["code"])["refused"] == Refusal.NOT_ASKED
    assert served.lane.said == []


def test_the_lane_loses_its_officer_when_the_console_no_longer_beats(
    served: Served, officer: Browser
) -> None:
    served.until(lambda: not served.lane.attached)
    assert lane(officer)["attached"] is False


def test_a_stream_says_that_it_ended_when_its_reader_signs_out(
    served: Served, officer: Browser
) -> None:
    with socket.create_connection(("127.0.0.1", served.port), DEADLINE_S) as line:
        head = f"GET /console/events HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        line.sendall(f"{head}Cookie: {officer.cookie}\r\nConnection: close\r\n\r\n".encode())
        served.until(lambda: served.site.hub.readers == 1)
        officer.post("/sign-out")
        said = b""
        while part := line.recv(65_536):
            said += part
    assert b"event: ended\n" in said.splitlines(keepends=True)
    served.until(lambda: served.site.hub.readers == 0)


def test_who_signs_out_is_detached_at_once(served: Served, officer: Browser) -> None:
    officer.post("/sign-out")
    served.until(lambda: not served.lane.attached and served.site.desk.officers() == 0)


def test_an_alarm_stays_until_somebody_has_seen_it_and_says_who(
    served: Served, officer: Browser
) -> None:
    served.show(state=LaneState.EXCEPTION, passage=7, trouble=Trouble.TAILGATING)
    served.show(**READY)
    (alarm,) = lane(officer)["alarms"]
    assert (alarm["words"], alarm["seen_by"]) == ("Somebody followed through the door", "")
    attach(served, officer)
    told = officer.give("/console/acknowledge", lane="gate-1", number=alarm["number"])
    assert told == {"given": True}
    served.until(lambda: served.lane.said == ["The officer: saw tailgating of 7"])
    (alarm,) = lane(officer)["alarms"]
    assert alarm["seen_by"] == "The officer"


def test_a_lane_that_goes_on_calling_raises_one_alarm_until_its_trouble_changes(
    served: Served,
) -> None:
    for _ in range(3):
        served.show(state=LaneState.EXCEPTION, trouble=Trouble.DOOR_FORCED)
    served.show(state=LaneState.EXCEPTION, trouble=Trouble.DEVICE_LOST)
    served.until(lambda: len(served.site.desk.alarms("gate-1")) > 1)
    troubles = [alarm.trouble for alarm in served.site.desk.alarms("gate-1")]
    assert troubles == [Trouble.DEVICE_LOST, Trouble.DOOR_FORCED]


def test_alarms_are_bounded_and_those_that_were_seen_go_first(served: Served) -> None:
    def many() -> None:
        for number in range(desk.MOST_ALARMS + 5):
            served.lane.show(
                state=LaneState.EXCEPTION,
                trouble=Trouble.TAMPER if number % 2 else Trouble.DOOR_FORCED,
            )

    served.do(many)
    served.until(lambda: len(served.site.desk.alarms("gate-1")) == desk.MOST_ALARMS)


def test_findings_are_shown_while_the_passage_lasts_the_worst_first_and_never_after(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    served.do(lambda: served.lane.decide(7))
    served.until(lambda: lane(officer)["decisions"])
    (decision,) = lane(officer)["decisions"]
    first, second = decision["findings"]
    assert (first["check"], first["answer"]) == ("Face is the holder", "NO")
    assert first["evidence"] == "score 0.213, threshold 0.4"
    assert (second["check"], second["answer"]) == ("Permit is signed", "yes")
    served.show(**READY)
    served.until(lambda: not lane(officer)["decisions"])
    assert served.site.desk.decisions("gate-1") == ()


def test_what_is_found_is_never_on_the_travellers_screen(served: Served, officer: Browser) -> None:
    served.show(**REFERRED, prompt=Prompt.WAIT_FOR_OFFICER, doors=(Door.ENTRY,))
    served.do(lambda: served.lane.decide(7))
    served.until(lambda: lane(officer)["decisions"])
    facts = Browser(served).get("/screen/events").facts
    assert facts.keys() == {"sign", "part", "language", "preview"}


def test_faces_are_shown_to_an_officer_while_the_passage_waits_and_never_after(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    served.send(Picture(PictureKind.REFERENCE, 7, jpeg=JPEG))
    served.send(Picture(PictureKind.LIVE, 7, jpeg=JPEG))
    served.until(lambda: len(lane(officer)["pictures"]) == 2)
    assert officer.get("/console/reference").raw == JPEG
    assert officer.get("/console/live").raw == JPEG
    served.send(Picture(PictureKind.FORGET, 7))
    served.until(lambda: not lane(officer)["pictures"])
    assert officer.get("/console/live").status == 204


def test_faces_go_with_their_passage_even_when_nobody_says_so(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    served.send(Picture(PictureKind.LIVE, 7, jpeg=JPEG))
    served.until(lambda: lane(officer)["pictures"])
    served.show(**READY)
    assert officer.get("/console/live").status == 204
    served.show(**REFERRED)  # of the same number: what was wiped stays away
    assert officer.get("/console/live").status == 204


def test_the_preview_is_for_the_traveller_who_is_being_guided_only(served: Served) -> None:
    browser = Browser(served)
    served.show(state=LaneState.VERIFYING, passage=7, prompt=Prompt.LOOK_HERE)
    served.send(Picture(PictureKind.PREVIEW, 7, 1.0, (0.4, 0.2, 0.2, 0.3), "too_small", JPEG))
    served.until(lambda: browser.get("/screen/events").facts["preview"])
    assert browser.get("/screen/preview").raw == JPEG
    served.show(state=LaneState.REFERRED)
    assert browser.get("/screen/preview").status == 204


def test_a_lane_that_is_not_heard_of_is_closed_everywhere_and_offers_nothing(
    served: Served, officer: Browser
) -> None:
    served.show(**REFERRED)
    served.do(lambda: setattr(served.lane, "is_mute", True))
    served.until(lambda: lane(officer)["stale"])
    shown = lane(officer)
    assert (shown["state"], shown["words"]) == ("closed", "No word from the lane")
    assert (shown["actions"], shown["decisions"], shown["pictures"]) == ([], [], {})
    facts = Browser(served).get("/screen/events").facts
    assert (facts["sign"], facts["part"]) == ("closed", None)


def test_lanes_that_call_come_first(tmp_path: Path) -> None:
    with Served(tmp_path, lanes=4) as pages:
        browser = Browser(pages, KEYS[Role.OFFICER])
        pages.do(
            lambda: pages.lanes[2].show(
                state=LaneState.REFERRED, passage=1, trouble=Trouble.FACE_MISMATCH
            )
        )
        pages.do(
            lambda: pages.lanes[3].show(state=LaneState.EMERGENCY, trouble=Trouble.EMERGENCY_OPEN)
        )

        def order() -> list[str]:
            return [one["name"] for one in browser.get("/console/events").facts["lanes"]]

        pages.until(lambda: order() == ["gate-4", "gate-3", "gate-1", "gate-2"])


def test_a_lane_that_falls_silent_calls_at_once_and_whoever_saw_it_is_written_down_when_it_is_back(
    served: Served, officer: Browser
) -> None:
    served.do(lambda: setattr(served.lane, "is_mute", True))
    served.until(lambda: lane(officer)["alarms"])
    shown = lane(officer)
    assert (shown["stale"], shown["calling"]) == (True, True)
    (alarm,) = shown["alarms"]
    assert (alarm["words"], alarm["seen_by"]) == ("Nothing was heard from the lane for 2 s", "")
    attach(served, officer)
    seen = officer.give("/console/acknowledge", lane="gate-1", number=alarm["number"])
    assert seen == {"given": True}
    assert lane(officer)["alarms"][0]["seen_by"] == "The officer"
    served.until(
        lambda: (
            officer.post("/console/beat").status == 204
            and "The officer: saw lane_silent of None" in served.lane.said
        )
    )
    served.do(lambda: setattr(served.lane, "is_mute", False))
    served.until(lambda: not lane(officer)["stale"])
    assert len(lane(officer)["alarms"]) == 1  # one silence, one alarm


def test_a_lane_that_was_never_heard_of_calls_too() -> None:
    now_s, told = [100.0], list[str]()
    hub = Hub((Nowhere(),), lambda: now_s[0])
    hub.silences.append(lambda lane: told.append(lane.name))
    for at_s in (101.9, 102.1, 102.3, 200.0):
        now_s[0] = at_s
        hub.look()
    assert told == ["gate"]
    hub.shown(hub.lanes["gate"], LaneView(200.0, LaneState.READY))
    now_s[0] = 202.1
    hub.look()
    assert told == ["gate", "gate"]
    assert hub.lanes["gate"].since_s == 200.0
