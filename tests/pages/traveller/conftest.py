"""One browser for all tests of the screen: starting it takes longer than most of them."""

from collections.abc import Iterator

from playwright.sync_api import Browser
import pytest

from tests.pages.chromium import CHROMIUM, MISSING, chromium
from tests.pages.traveller.kiosk import Kiosk


@pytest.fixture(scope="package")
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
