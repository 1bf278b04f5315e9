"""One browser for all tests of a file: starting it takes longer than most of them.

It is gone before the next file begins, for Playwright keeps a loop running in this thread.
"""

from collections.abc import Iterator

from playwright.sync_api import Browser
import pytest

from tests.pages.chromium import CHROMIUM, MISSING, chromium
from tests.pages.traveller.kiosk import Kiosk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with chromium() as started:
        yield started


@pytest.fixture
def kiosk(browser: Browser) -> Iterator[Kiosk]:
    opened = Kiosk(browser, "portrait")
    yield opened
    opened.close()
