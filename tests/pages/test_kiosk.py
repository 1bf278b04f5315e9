"""The gate's own display: a real browser is watched, and given up when it shows anything else."""

from collections.abc import Iterator
from contextlib import suppress
import os
from pathlib import Path
import signal
import threading

import pytest

from egate.cli import carry_out
from egate.cli.output import ExitCode
from egate.pages import kiosk
from egate.pages.kiosk import (
    Browser,
    BrowserLost,
    NoBrowser,
    answers,
    command,
    run_kiosk,
    watch,
)
from tests.pages.chromium import CHROMIUM, arguments, needs_chromium
from tests.pages.traveller.gate import ServedGate, served

UNSEEN = ["--headless=new", *arguments()]
QUICK_S = 2.0


@pytest.fixture(scope="module")
def gate() -> Iterator[ServedGate]:
    with served() as pages:
        yield pages


@pytest.fixture
def browser(gate: ServedGate, tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(command(str(CHROMIUM), screen(gate), tmp_path, UNSEEN))
    try:
        yield opened
    finally:
        opened.close()


def screen(gate: ServedGate) -> str:
    return f"{gate.address}/screen"


def pause(_seconds: float) -> None:
    """Wait for a moment that is too short for anybody to see."""
    threading.Event().wait(0.05)


@needs_chromium
def test_it_tells_that_the_screen_is_there_and_then_that_it_lives(
    gate: ServedGate, tmp_path: Path
) -> None:
    told: list[str] = []

    def tell(*facts: str) -> None:
        told.extend(facts)
        if len(told) > 1:
            raise BrowserLost("enough was seen")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kiosk, "ASKS_EVERY_S", 0.1)
        with pytest.raises(BrowserLost, match="enough"):
            run_kiosk(screen(gate), tmp_path, tell, UNSEEN)
    assert told == ["READY=1", "WATCHDOG=1"]


@needs_chromium
@pytest.mark.parametrize("what", ["another page", "another address", "a crash", "hung", "gone"])
def test_a_browser_that_shows_anything_but_the_screen_is_given_up(
    gate: ServedGate, browser: Browser, what: str
) -> None:
    told: list[str] = []

    def tell(*facts: str) -> None:
        told.extend(facts)
        if len(told) == 1:
            spoil(browser, gate, what)
            browser.patience_s = QUICK_S

    with pytest.raises(BrowserLost):
        watch(browser, screen(gate), tell, pause)
    assert told[0] == "READY=1"


def spoil(browser: Browser, gate: ServedGate, what: str) -> None:
    """Do to the browser what somebody, or its own fault, might."""
    targets = browser.ask("Target.getTargets")["targetInfos"]
    (page,) = [one["targetId"] for one in targets if one["type"] == "page"]
    session = browser.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
    match what:
        case "another page":
            browser.ask("Target.createTarget", url="about:blank")
        case "another address":
            browser.ask("Page.navigate", session, url=f"{gate.address}/")
        case "a crash":
            with suppress(BrowserLost):
                browser.ask("Page.crash", session)
        case "hung":
            os.kill(browser.pid, signal.SIGSTOP)
        case _:
            os.kill(browser.pid, signal.SIGKILL)


def test_the_pages_are_waited_for(gate: ServedGate) -> None:
    assert answers(screen(gate))
    assert not answers(f"{gate.address}/nowhere")
    assert not answers("http://127.0.0.1:9/screen")


@pytest.mark.parametrize(
    ("table", "cure"),
    [
        ("", "add a table [pages]"),
        (
            '[pages]\nport = 8800\ncertificate = "a"\nkey = "b"\nclient_ca = "c"\n',
            "serve them on loopback",
        ),
    ],
)
def test_a_profile_whose_screen_cannot_be_shown_here_is_refused_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, cure: str
) -> None:
    profile = tmp_path / "gate.toml"
    profile.write_text(f'extends = "bench_mantrap"\n{table}')
    words = ["pages", "kiosk", "--profile", str(profile), "--folder", str(tmp_path)]
    assert carry_out(words) == ExitCode.USAGE
    assert cure in capsys.readouterr().err


def test_without_a_browser_it_is_said_what_to_install(
    gate: ServedGate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoBrowser, match="apt-get install chromium"):
        run_kiosk(screen(gate), tmp_path, lambda *_facts: None)
