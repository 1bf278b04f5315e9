"""One browser for all tests of the pages: starting it takes longer than most of them."""

from collections.abc import Iterator

from playwright.sync_api import Browser
import pytest

from tests.pages.traveller.kiosk import Kiosk, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def kiosk(browser: Browser) -> Iterator[Kiosk]:
    opened = Kiosk(browser, "portrait")
    yield opened
    opened.close()
