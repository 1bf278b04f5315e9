"""The office's pages in a real browser: what an officer and a technician see and press."""

from collections.abc import Iterator
from pathlib import Path
import re

import cv2
import numpy as np
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect  # noqa: E402  # after the skip

from egate.domain.lane_part import Input, Output  # noqa: E402
from egate.domain.lane_state import LaneState, Trouble  # noqa: E402
from egate.domain.service import PartSeen, Tally, Want  # noqa: E402
from egate.loop.messages import HealthShown  # noqa: E402
from egate.pages.people import Role  # noqa: E402
from egate.wire.pictures import Picture, PictureKind  # noqa: E402
from tests.pages.chromium import chromium, needs_chromium, opened, shot, violations  # noqa: E402
from tests.pages.gate import EVERYONE, KEYS, Served  # noqa: E402

pytestmark = needs_chromium
FACE = cv2.imencode(".jpg", np.full((480, 400, 3), (90, 120, 160), np.uint8))[1].tobytes()
REFERRED = {"state": LaneState.REFERRED, "passage": 7, "trouble": Trouble.FACE_MISMATCH}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path, lanes=3) as pages:
        yield pages


def refer(served: Served) -> None:
    served.show(**REFERRED)
    served.do(lambda: served.lane.decide(7))


def test_an_officer_admits_in_two_steps_with_the_keyboard_alone(
    browser: Browser, served: Served
) -> None:
    refer(served)
    page = opened(browser, served, "/console", KEYS[Role.OFFICER])
    expect(page.locator("#lane-state")).to_have_text("Waits for an officer")
    expect(page.locator("#lane-facts")).to_contain_text("you are attached")
    served.do(lambda: served.lane.decide(7))
    page.get_by_label("Reason").focus()
    page.keyboard.type("compared by eye")
    press_until(page, "Admit")
    page.keyboard.press("Enter")
    expect(page.locator("#second-words")).to_have_text("Admit at gate-1, because: compared by eye")
    expect(page.get_by_role("button", name="Confirm")).to_be_focused()
    shot(page, "console_second_step")
    assert served.lane.said == []
    page.keyboard.press("Enter")
    served.until(lambda: served.lane.said)
    assert served.lane.said == ["The officer: admit for 7: compared by eye"]
    page.context.close()


def press_until(page: Page, name: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == name:
            return
    raise AssertionError(f"{name} is not reached with the keyboard")


def test_a_lane_that_calls_comes_first_and_is_acknowledged(
    browser: Browser, served: Served
) -> None:
    page = opened(browser, served, "/console", KEYS[Role.OFFICER])
    expect(page.locator(".tile").first).to_contain_text("gate-1")
    served.do(
        lambda: served.lanes[2].show(
            state=LaneState.EXCEPTION, passage=3, trouble=Trouble.TAILGATING
        )
    )
    expect(page.locator(".tile").first).to_contain_text("gate-3")
    expect(page.locator(".tile").first).to_contain_text("Somebody followed through the door")
    page.locator(".tile").first.click()
    page.get_by_role("button", name="Seen: Somebody followed through the door").click()
    expect(page.locator("#alarms")).to_contain_text("seen by The officer")
    served.until(lambda: served.lanes[2].said == ["The officer: saw tailgating of 3"])
    page.context.close()


def test_findings_and_faces_are_there_while_the_passage_waits_and_gone_after(
    browser: Browser, served: Served
) -> None:
    served.show(**REFERRED)
    page = opened(browser, served, "/console", KEYS[Role.OFFICER])
    expect(page.locator("#lane-facts")).to_contain_text("you are attached")
    served.do(lambda: served.lane.decide(7))
    served.send(Picture(PictureKind.LIVE, 7, jpeg=FACE))
    expect(page.locator("#no-reference")).to_be_visible()
    served.send(Picture(PictureKind.REFERENCE, 7, jpeg=FACE))
    expect(page.locator("#no-reference")).to_be_hidden()
    expect(page.locator("#findings")).to_contain_text("Face is the holder")
    for name in ("reference", "live"):
        image = page.locator(f"#picture-{name}")
        expect(image).to_be_visible()
        page.wait_for_function(f"document.getElementById('picture-{name}').naturalWidth === 400")
    shot(page, "console_referral")
    served.show(state=LaneState.READY, passage=None, trouble=None)
    expect(page.locator("#pictures")).to_be_hidden()
    expect(page.locator("#findings")).not_to_contain_text("Face")
    assert page.locator("#picture-live").get_attribute("src") is None
    page.context.close()


def test_pages_that_died_leave_nothing_that_looks_alive_and_come_back_by_themselves(
    browser: Browser, tmp_path: Path
) -> None:
    with Served(tmp_path) as first:
        console = opened(browser, first, "/console", KEYS[Role.OFFICER])
        service = opened(browser, first, "/service", KEYS[Role.TECHNICIAN])
        screen = opened(browser, first, "/screen")
        expect(console.locator("#lane-state")).to_have_text("Ready")
        expect(service.locator("#state")).to_have_text("Ready")
        expect(screen.locator("html")).to_have_attribute("data-sign", "present_token")
        port = first.port
    expect(console.locator("#silent")).to_be_visible()
    expect(console.locator("#lane-state")).to_have_text("No word from the lane")
    expect(console.locator("#buttons button")).to_have_count(0)
    expect(service.locator("#silent")).to_be_visible()
    expect(service.locator("[data-input=entry_closed] td")).to_have_text("unknown")
    expect(screen.locator("html")).to_have_attribute("data-sign", "closed")
    shot(console, "console_without_pages")
    with Served(tmp_path, port=port):
        expect(console.locator("#lane-state")).to_have_text("Ready")
        expect(console.locator("#lane-facts")).to_contain_text("you are attached")
        expect(service.locator("[data-input=entry_closed] td")).to_have_text("entry leaf closed")
        expect(screen.locator("html")).to_have_attribute("data-sign", "present_token")
        assert not console.locator("#silent").is_visible()
    for page in (console, service, screen):
        page.context.close()


def health(*parts: PartSeen) -> HealthShown:
    return HealthShown(
        at_s=1.0, over_s=60.0, turns=300, late_p50_ms=0.21, late_p99_ms=3.0, late_max_ms=41.0,
        parts=parts,
    )  # fmt: skip


def test_the_technician_sees_what_the_parts_have_done_and_which_want_service(
    browser: Browser, served: Served
) -> None:
    hosts = served.lane.hosts
    assert hosts is not None
    worn = PartSeen("exit", Tally(500_001, errors=2), Tally(700_000, errors=9), (Want.CYCLES,))
    lamp = PartSeen("stop", Tally(3, on_s=5400.0), Tally(3, on_s=5400.0))
    page = opened(browser, served, "/service", KEYS[Role.TECHNICIAN])
    expect(page.locator("#late")).to_have_text("nothing is known yet")
    served.do(lambda: hosts.show_health(health(worn, lamp)))
    expect(page.locator("#late")).to_contain_text("3.0 ms at p99, 41.0 ms at most, over 60 s")
    exit_leaf = page.locator("[data-counter=exit] td")
    expect(exit_leaf).to_have_text(
        ["exit leaf", "500001", "0", "0", "2", "0", "700000", "service: cycles"]
    )
    expect(page.locator("[data-counter=stop] td").nth(2)).to_have_text("1.5")
    expect(page.locator("[data-wants=service]")).to_have_count(1)
    shot(page, "service_parts")
    served.do(lambda: hosts.show_health(health(lamp)))
    expect(page.locator("#parts tr")).to_have_count(1)
    served.lane.is_mute = True
    expect(page.locator("#parts tr")).to_have_count(0)  # of a lane that is silent nothing is known
    page.context.close()


def test_the_technician_sees_levels_as_they_change(browser: Browser, served: Served) -> None:
    page = opened(browser, served, "/service", KEYS[Role.TECHNICIAN])
    expect(page.locator("[data-input=exit_closed] td")).to_have_text("exit leaf closed")
    active = tuple(line for line in Input if line is not Input.EXIT_CLOSED)
    served.show(active=active, unknown=(Input.ENTRY_LOCKED,), lamps=(Output.EXIT_GO,))
    expect(page.locator("[data-input=exit_closed] td")).to_have_text("exit leaf open")
    expect(page.locator("[data-input=entry_locked] td")).to_have_text("unknown")
    drawn = page.locator(".lane-drawing [data-part=exit_closed]")
    expect(drawn).to_have_attribute("data-level", "inactive")
    expect(page.locator("[data-output=exit_go] td")).to_have_text("on")
    shot(page, "service")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report").click()
    assert download.value.suggested_filename == "egate-gate-1.json"
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/console", "/day", "/service"])
def test_every_page_is_accessible(browser: Browser, served: Served, path: str) -> None:
    refer(served)
    served.do(
        lambda: served.lanes[1].show(state=LaneState.EMERGENCY, trouble=Trouble.EMERGENCY_OPEN)
    )
    page = opened(browser, served, path, EVERYONE)
    if path == "/console":
        expect(page.locator("#lane-facts")).to_contain_text("you are attached")
        served.do(lambda: served.lane.decide(7))
        page.locator(".tile", has_text="gate-1").click()
        expect(page.locator("#findings")).to_contain_text("Face")
    shot(page, f"office{path.replace('/', '_')}")
    assert violations(page) == []
    page.context.close()


def test_nobody_signed_in_sees_an_accessible_way_to_sign_in(
    browser: Browser, served: Served
) -> None:
    page = opened(browser, served, "/console")
    expect(page.get_by_label("Your key")).to_be_focused()
    assert violations(page) == []
    page.context.close()


def test_a_lane_that_falls_silent_is_a_loud_tile_until_somebody_has_seen_it(
    browser: Browser, served: Served
) -> None:
    page = opened(browser, served, "/console", KEYS[Role.OFFICER])
    expect(page.locator("#lane-facts")).to_contain_text("you are attached")
    served.do(lambda: setattr(served.lanes[1], "is_mute", True))
    tile = page.locator(".tile").first
    expect(tile).to_contain_text("gate-2")
    expect(tile).to_have_class(re.compile("calling"))
    expect(tile).to_contain_text("No word from the lane")
    expect(tile).to_contain_text("1 not seen")
    expect(page).to_have_title(re.compile("(1)"))
    shot(page, "console_silent_lane")
    tile.click()
    page.get_by_role("button", name="Seen: Nothing was heard from the lane for 2 s").click()
    expect(page.locator("#alarms")).to_contain_text("seen by The officer")
    expect(tile).not_to_contain_text("not seen")
    served.until(lambda: served.lanes[1].said == ["The officer: saw lane_silent of None"])
    page.context.close()


def test_an_officer_works_in_vietnamese(browser: Browser, served: Served) -> None:
    refer(served)
    page = opened(browser, served, "/console", KEYS[Role.OFFICER])
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("#lane-state")).to_have_text("Chờ cán bộ")
    expect(page.locator("#lane-facts")).to_contain_text("bạn đang trực")
    served.do(lambda: served.lane.decide(7))
    expect(page.locator("#findings")).to_contain_text("Khuôn mặt là của người đứng tên")
    page.get_by_label("Lý do").fill("so bằng mắt")
    page.get_by_role("button", name="Cho phép qua").click()
    expect(page.locator("#second-words")).to_have_text(
        "Cho phép qua tại gate-1, lý do: so bằng mắt"
    )
    shot(page, "console_vi")
    assert violations(page) == []
    page.get_by_role("button", name="Xác nhận").click()
    served.until(lambda: served.lane.said == ["The officer: admit for 7: so bằng mắt"])
    page.goto(served.origin + "/day")
    expect(page.get_by_role("heading", name="Trong ngày")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="The day")).to_be_visible()
    assert page.url.endswith("/day")
    page.context.close()
