"""One browser for all tests of a file, and one window: opening them takes longer than most tests.

It is gone before the next file begins, for Playwright keeps a loop running in this thread.
"""

from collections.abc import Iterator

from playwright.sync_api import Browser
import pytest

from tests.pages.chromium import CHROMIUM, MISSING, chromium
from tests.pages.traveller.kiosk import SIZES, Kiosk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Iterator[dict[str, Kiosk]]:
    """Hold one window of each size for all tests of a file."""
    assert browser.is_connected()  # it outlives its windows
    opened: dict[str, Kiosk] = {}
    yield opened
    for one in opened.values():
        one.close()


def fresh(browser: Browser, windows: dict[str, Kiosk], size: str) -> Iterator[Kiosk]:
    """Open the window of this size, or load its page anew."""
    if size in windows:
        windows[size].again()
    else:
        windows[size] = Kiosk(browser, size)
    yield windows[size]
    windows[size].faultless()


@pytest.fixture
def kiosk(browser: Browser, windows: dict[str, Kiosk]) -> Iterator[Kiosk]:
    yield from fresh(browser, windows, "portrait")


@pytest.fixture(params=SIZES)
def upright_or_lying(
    browser: Browser, windows: dict[str, Kiosk], request: pytest.FixtureRequest
) -> Iterator[Kiosk]:
    yield from fresh(browser, windows, request.param)
