"""Pictures of the office's pages and of the bench's own, taken while a gate works at an open bench.

    bench.png     an impostor stands in the chamber, and the lane waits for its officer
    console.png   the same, as the officer sees it; faces are blurred, for they are somebody's
    service.png   the scanner's plug is out, and a leaf's contact is broken
    day.png       what came of those who were sent

The open bench is the one of `make demo PAGES=1`.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, expect

from tests.simulators.opened import READY, OpenedBench

SIZE = {"width": 1440, "height": 900}
WITHIN_MS = 120_000
BLURS = "document.querySelectorAll('img').forEach(one => { one.style.filter = 'blur(12px)'; })"


def pictures_of_work(browser: Browser, folder: Path) -> Iterator[Path]:
    """Take them; yield each file."""
    with OpenedBench() as opened:
        opened.until(READY)
        bench = _page(browser, opened.bench)
        office = _signed_in(browser, opened)
        _send(bench, "01_passes", ends=True)
        _send(bench, "30_expired", ends=True)
        _send(bench, "20_impostor")
        office.goto(opened.pages["Officer's console"].address)
        expect(office.locator("#picture-live")).to_be_visible(timeout=WITHIN_MS)
        expect(bench.locator("#call")).not_to_be_empty()
        office.evaluate(BLURS)
        yield _taken(office, folder / "console.png")
        yield _taken(bench, folder / "bench.png")
        bench.get_by_role("button", name="Tell them to leave").click()
        office.get_by_label("Reason").fill("compared by eye: not the same person")
        office.get_by_role("button", name="Let back", exact=True).click()
        office.get_by_role("button", name="Confirm").click()
        _until_ended(bench)
        office.goto(opened.pages["Technician's page"].address)
        bench.get_by_role("button", name="scanner unplugged", exact=True).click()
        bench.get_by_role("button", name="exit leaf contact broken", exact=True).click()
        expect(office.locator("#missing")).to_have_text("scanner", timeout=WITHIN_MS)
        yield _taken(office, folder / "service.png")
        office.goto(opened.pages["All of them, and the day"].address + "day")
        yield _taken(office, folder / "day.png")
        bench.context.close()
        office.context.close()


def _page(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]  # a ViewportSize
    page.goto(address)
    return page


def _signed_in(browser: Browser, opened: OpenedBench) -> Page:
    shown = opened.pages["All of them, and the day"]
    page = _page(browser, shown.address)
    page.get_by_label("Your key").fill(shown.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def _send(bench: Page, name: str, *, ends: bool = False) -> None:
    expect(bench.locator("#state")).to_have_text("ready", timeout=WITHIN_MS)
    bench.locator(f"[data-scenario='{name}']").click()
    expect(bench.locator("#walk-head")).not_to_have_text("Nobody walks")
    if ends:
        _until_ended(bench)


def _until_ended(bench: Page) -> None:
    expect(bench.locator("#walk-head")).to_have_text("Nobody walks", timeout=WITHIN_MS)


def _taken(page: Page, file: Path) -> Path:
    """Keep what the page shows, packed as small as it gets."""
    raw = page.screenshot(animations="disabled")
    picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    cv2.imwrite(str(file), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return file
