"""Debian's Chromium for the tests of the pages, driven by Playwright; nothing is downloaded."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright
import pytest

from tests.pages.gate import DEADLINE_S, Served

CHROMIUM = shutil.which("chromium")
WIDE, TALL = (1920, 1080), (1080, 1920)
ARTEFACTS = Path(__file__).parent.parent.parent / ".bench" / "screenshots"
MISSING = "chromium is not installed (apt-get install chromium): the pages are NOT tested"

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
expect.set_options(timeout=DEADLINE_S * 1000)


def arguments() -> list[str]:
    """Return what a browser is started with; as root it has no sandbox of its own."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments())
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, served: Served, path: str, key: str = "") -> Page:
    """Open a page in a context of its own, signed in with this key; an error on it fails loudly."""
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    page = context.new_page()
    page.set_default_timeout(DEADLINE_S * 1000)
    page.on("pageerror", _raise)
    if key:
        page.goto(served.origin + "/")
        page.get_by_label("Your key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
    page.goto(served.origin + path)
    return page


def shot(page: Page, name: str) -> None:
    """Keep a screenshot."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", animations="disabled")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against the accessibility of a page, by rule and place."""
    from importlib.resources import files

    if not page.evaluate("'axe' in window"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    told: dict[str, Any] = page.evaluate("axe.run()")
    return [f"{one['id']}: {node['target']}" for one in told["violations"] for node in one["nodes"]]


def _raise(error: object) -> None:
    raise AssertionError(error)
