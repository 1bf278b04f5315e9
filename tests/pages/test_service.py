"""The technician's page in a real browser: outputs by hand, the lane's checks, both languages."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
from typing import Literal

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect  # noqa: E402  # after the skip

from egate.domain.lane_part import Door, Input, Output, Shape  # noqa: E402
from egate.domain.lane_state import LaneState  # noqa: E402
from egate.loop.messages import Answered, CheckDone, Message, OutputFelt  # noqa: E402
from egate.pages.people import Role  # noqa: E402
from egate.selftest.boot import LaneSeen, checked  # noqa: E402
from tests.pages.chromium import chromium, needs_chromium, opened, shot, violations  # noqa: E402
from tests.pages.gate import KEYS, Served  # noqa: E402

pytestmark = needs_chromium
MAINTENANCE = {"state": LaneState.MAINTENANCE, "lamps": (Output.STOP,), "passage": None}
WHY = "the bolt sticks"
LEVELS = {line: line is not Input.CHAMBER_SINGLE for line in Input}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as pages:
        yield pages


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """Open the page of a technician whom a lane in maintenance has."""
    served.show(**MAINTENANCE)
    page = opened(browser, served, "/service", KEYS[Role.TECHNICIAN])
    expect(page.locator("#why")).to_contain_text("Press an output on the drawing")
    yield page
    page.context.close()


def hears(served: Served, count: int) -> None:
    served.until(lambda: len(served.lane.said) == count)


def answer(served: Served, *messages: Callable[[int], Message]) -> None:
    """Answer the newest wish that the lane heard."""
    number = max(served.lane.replies)
    for message in messages:
        served.do(lambda message=message: served.lane.replies[number](message(number)))  # type: ignore[misc]  # bound at once


def felt(
    what: Literal["driven", "line", "ended"],
    ms: float,
    line: Input | None = None,
    *,
    active: bool | None = None,
) -> Callable[[int], Message]:
    return lambda number: OutputFelt(
        request=number, felt=what, after_ms=ms, line=line, active=active
    )


def press_until(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with the keyboard")


def test_outside_maintenance_no_output_can_be_pressed_and_the_page_says_why(
    browser: Browser, served: Served
) -> None:
    page = opened(browser, served, "/service", KEYS[Role.TECHNICIAN])
    why = page.locator("#why")
    expect(why).to_contain_text("Outputs can be driven in maintenance only")
    expect(why).to_contain_text("“Ready”")
    expect(page.locator("[data-force]:enabled")).to_have_count(0)
    expect(page.locator("[data-force]:disabled")).to_have_count(6)
    expect(page.get_by_role("button", name="Enter maintenance")).to_be_disabled()
    expect(page.get_by_role("button", name="Run the self-test")).to_be_disabled()
    shot(page, "service_open")
    served.show(state=LaneState.CLOSED)
    expect(why).to_contain_text("It can go into maintenance now.")
    page.get_by_role("button", name="Enter maintenance").click()
    expect(page.locator("#answer")).to_have_text("Say why first: the reason is written down.")
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Enter maintenance").click()
    hears(served, 1)
    assert served.lane.said == ["The technician wishes set_maintenance"]
    answer(served, lambda number: Answered(request=number, against=("chamber_empty",)))
    expect(page.locator("#tries")).to_contain_text(
        "enter maintenance: NOT done: somebody or something is inside"
    )
    page.context.close()


def test_a_door_is_let_go_in_two_steps_with_the_keyboard_alone(page: Page, served: Served) -> None:
    page.get_by_label("Reason").focus()
    page.keyboard.type(WHY)
    page.locator("[data-force=entry_go]").focus()
    press_until(page, "[data-force=exit_release]")
    page.keyboard.press("Enter")
    expect(page.locator("#second-words")).to_contain_text(f"Release: exit, because: {WHY}")
    expect(page.get_by_role("button", name="Confirm")).to_be_focused()
    shot(page, "service_second_step")
    assert served.lane.said == []
    page.keyboard.press("Enter")
    hears(served, 1)
    assert served.lane.said == ["The technician wishes force_output"]
    answer(
        served,
        lambda number: Answered(request=number),
        felt("driven", 3.1),
        felt("line", 42.4, Input.EXIT_LOCKED, active=False),
    )
    tried = page.locator("#tries li").first
    expect(tried).to_contain_text("release exit: done")
    expect(tried).to_contain_text(f"The technician · {WHY}")
    expect(tried).to_contain_text("3 ms: the board took it")
    expect(tried).to_contain_text("42 ms: exit unlocked")


def test_a_door_whose_contacts_stay_silent_and_a_lamp_without_a_sensor_are_told_apart(
    page: Page, served: Served
) -> None:
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Light: exit arrow").click()
    hears(served, 1)
    done, driven, ended = Answered, felt("driven", 2.0), felt("ended", 2004.0)
    answer(served, lambda number: done(request=number), driven, ended)
    expect(page.locator("#tries li").first).to_contain_text("No sensor watches this output")
    page.get_by_role("button", name="Release: exit").click()
    page.get_by_role("button", name="Confirm").click()
    hears(served, 2)
    answer(served, lambda number: done(request=number), driven, felt("ended", 5003.0))
    expect(page.locator("#tries li").first).to_contain_text("No contact of this door changed")
    served.show(doors=(Door.EXIT,))
    expect(page.get_by_role("button", name="Lock again: exit")).to_be_enabled()
    shot(page, "service_tried")
    page.get_by_role("button", name="Lock again: exit").click()
    hears(served, 3)  # locking takes one step


def test_what_the_guard_refused_is_told_in_words(page: Page, served: Served) -> None:
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Release: entry").click()
    page.get_by_role("button", name="Confirm").click()
    hears(served, 1)
    against = ("other_door_secured", "chamber_empty")
    answer(served, lambda number: Answered(request=number, against=against))
    expect(page.locator("#tries li.refused").first).to_contain_text(
        "NOT done: the other door is not secured; somebody or something is inside"
    )


def test_the_checks_are_run_and_read_and_kept_with_who_ran_them(page: Page, served: Served) -> None:
    levels = LEVELS | {Input.EXIT_LOCKED: False}
    results = checked(LaneSeen(Shape.MANTRAP, levels, ("camera",)))
    page.get_by_role("button", name="Run the self-test").click()
    hears(served, 1)
    number = max(served.lane.replies)
    served.do(lambda: served.lane.replies[number](Answered(request=number)))
    for place, one in enumerate(results[:3], start=1):
        told = CheckDone(request=number, number=place, in_all=len(results), check=one)
        served.do(lambda told=told: served.lane.replies[number](told))  # type: ignore[misc]  # as above
    expect(page.locator("#run-progress")).to_have_text(f"3 of {len(results)}")
    expect(page.locator("#run-files")).to_be_hidden()
    for place, one in enumerate(results[3:], start=4):
        told = CheckDone(request=number, number=place, in_all=len(results), check=one)
        served.do(lambda told=told: served.lane.replies[number](told))  # type: ignore[misc]  # as above
    expect(page.locator("#run-by")).to_contain_text("by The technician")
    failed = page.locator("#results tr[data-outcome=failed]")
    expect(failed).to_have_count(2)
    expect(failed.first).to_contain_text("EG-S140.exit")
    for row in failed.all():
        assert all(text.strip() for text in row.locator("td").all_inner_texts())
    shot(page, "service_checked")
    page.locator("#last-run").scroll_into_view_if_needed()
    shot(page, "service_checked_results")
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this run (JSON)").click()
    told_file = json.loads(Path(download.value.path()).read_text())
    assert (told_file["schema"], told_file["about"]["operator"]) == (
        "egate.lane_checks/1",
        "The technician",
    )
    assert told_file["counts"]["failed"] == len(failed.all())
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this run (HTML)").click()
    assert "The technician" in Path(download.value.path()).read_text()


def test_the_page_says_which_checks_want_the_gate_stopped(page: Page) -> None:
    page.get_by_text("Checks that need the gate stopped").click()
    expect(page.locator(".elsewhere")).to_contain_text("EG-S102 ")
    expect(page.locator(".elsewhere")).not_to_contain_text("EG-S301")
    expect(page.locator("#only option")).to_have_count(
        1 + len(checked(LaneSeen(Shape.MANTRAP, LEVELS)))
    )


@pytest.mark.parametrize("shape", [LaneState.MAINTENANCE, LaneState.READY])
def test_the_page_is_accessible_whatever_can_be_pressed(
    page: Page, served: Served, shape: LaneState
) -> None:
    served.show(state=shape)
    expect(page.locator("#why")).to_have_attribute(
        "data-may", str(shape is LaneState.MAINTENANCE).lower()
    )
    assert violations(page) == []


@pytest.mark.parametrize("language", ["English", "Tiếng Việt"])
def test_buttons_stand_beside_one_another_on_their_drawing(page: Page, language: str) -> None:
    page.get_by_role("button", name=language).click()
    expect(page.locator("[data-force]:enabled")).to_have_count(6)
    for width in (1920, 1280, 960):
        page.set_viewport_size({"width": width, "height": 900})
        drawing, *boxes = (
            one.bounding_box() for one in page.locator(".lane-drawing, [data-force]").all()
        )
        assert drawing is not None
        for place, one in enumerate(boxes):
            assert one is not None
            assert drawing["x"] <= one["x"], (width, one)
            assert one["x"] + one["width"] <= drawing["x"] + drawing["width"], (width, one)
            for other in boxes[place + 1 :]:
                assert other is not None
                apart = (
                    one["x"] + one["width"] <= other["x"]
                    or other["x"] + other["width"] <= one["x"]
                    or one["y"] + one["height"] <= other["y"]
                    or other["y"] + other["height"] <= one["y"]
                )
                assert apart, (width, one, other)


def test_a_technician_reads_the_page_in_vietnamese_and_others_are_not_changed(
    browser: Browser, page: Page, served: Served
) -> None:
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("heading", name="Điều khiển đầu ra bằng tay")).to_be_visible()
    expect(page.locator("#state")).to_have_text("Bảo trì")
    expect(page.get_by_role("button", name="Mở: cửa ra")).to_be_enabled()
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.url.endswith("/service")
    shot(page, "service_vi")
    assert violations(page) == []
    other = opened(browser, served, "/service", KEYS[Role.TECHNICIAN])
    expect(other.locator("#state")).to_have_text("Maintenance")
    other.context.close()
