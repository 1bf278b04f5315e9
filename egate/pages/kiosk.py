"""The traveller's screen on the gate's own display: a browser, full screen, and whether it lives.

    opened   once the pages answer, so that no browser's own error is seen by anybody
    asked    every ASKS_EVERY_S, through a pipe that nobody else has: is the screen all there is?
    ended    when it does not answer within ANSWERS_WITHIN_S, or shows anything else: a second
             page, another address, a crash. Whoever started this process starts it anew

What the page shows when the pages are gone is its own affair: it says "closed" and waits for them.

Source: Chrome DevTools Protocol (Target, Runtime): JSON ended by a zero byte, on file descriptors 3
and 4 with --remote-debugging-pipe; research/fleet_ops.md section 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
import json
import os
from pathlib import Path
import select
import shutil
import signal
import threading
import time
from typing import Any
from urllib.parse import urlsplit

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ASKS_EVERY_S = 2.0
ANSWERS_WITHIN_S = 5.0
OPENS_WITHIN_S = 30.0
PAGES_WITHIN_S = 1.0
LARGEST = 262_144
READY, WATCHDOG = "READY=1", "WATCHDOG=1"  # sd_notify(3)
SIGN = "document.documentElement.dataset.sign ?? ''"  # the screen's, and no other page's

FLAGS = (
    "--kiosk",
    "--incognito",  # nothing is kept, nothing is restored
    "--remote-debugging-pipe",
    "--autoplay-policy=no-user-gesture-required",  # nobody touches it before it speaks
    "--block-new-web-contents",
    "--disable-background-networking",
    "--disable-breakpad",  # no picture of its memory
    "--disable-component-update",
    "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--disable-notifications",
    "--disable-pinch",
    "--disable-sync",
    "--deny-permission-prompts",
    "--disk-cache-size=1",
    "--no-default-browser-check",
    "--no-first-run",
    "--noerrdialogs",
    "--overscroll-history-navigation=0",
    "--password-store=basic",
)

WAYLAND = ("--ozone-platform=wayland",)

Tell = Callable[..., None]


class NoBrowser(Exception):
    """There is nothing to show the screen with."""


class BrowserLost(Exception):
    """The browser is gone, is silent, or shows something else; the text says which."""


def program() -> str:
    """Return the browser of this machine.

    Raises:
        NoBrowser: there is none.
    """
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoBrowser("no browser is installed (Debian: apt-get install chromium)")
    return found


def command(browser: str, address: str, folder: Path, more: Sequence[str] = ()) -> list[str]:
    """Return what the browser is started with; it keeps what it needs in `folder`."""
    return [browser, *FLAGS, f"--user-data-dir={folder}", *more, address]


@dataclass(slots=True)
class Browser:
    """One browser, from its start; `ask` speaks its protocol and waits `patience_s`."""

    argv: list[str]
    patience_s: float = OPENS_WITHIN_S
    pid: int = field(init=False)
    _to: int = field(init=False)
    _from: int = field(init=False)
    _heard: bytearray = field(default_factory=bytearray)
    _number: int = 0

    def __post_init__(self) -> None:
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        os.set_blocking(self._from, False)
        kept = [os.dup(one) for one in (theirs_in, theirs_out)]  # neither is 3 or 4 by chance
        for one in (theirs_in, theirs_out):
            os.close(one)
        moves = [(os.POSIX_SPAWN_DUP2, one, place) for one, place in zip(kept, (3, 4), strict=True)]
        self.pid = os.posix_spawn(self.argv[0], self.argv, os.environ, file_actions=moves)
        for one in kept:
            os.close(one)

    def ask(self, method: str, session: str = "", **params: object) -> Any:  # noqa: ANN401  # JSON
        """Return what the browser answers.

        Raises:
            BrowserLost: it does not, in time.
        """
        self._number += 1
        said: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if session:
            said["sessionId"] = session
        deadline_s = time.monotonic() + self.patience_s
        try:
            os.write(self._to, json.dumps(said).encode() + b"\0")
        except OSError:
            raise BrowserLost("it is gone") from None
        while True:
            message = json.loads(self._message(deadline_s))
            if message.get("id") == self._number:
                return message.get("result", {})

    def close(self) -> None:
        """End it."""
        for one in (self._to, self._from):
            os.close(one)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        os.waitpid(self.pid, 0)

    def _message(self, deadline_s: float) -> bytes:
        while b"\0" not in self._heard:
            wait_s = deadline_s - time.monotonic()
            ready, _, _ = select.select([self._from], [], [], max(0.0, wait_s))
            part = os.read(self._from, 65_536) if ready else b""
            if not part:
                raise BrowserLost("it is gone" if ready else "it does not answer")
            self._heard += part
            if len(self._heard) > LARGEST:
                raise BrowserLost("it says too much")
        message, _, rest = bytes(self._heard).partition(b"\0")
        self._heard = bytearray(rest)
        return message


def shows_the_screen(browser: Browser, address: str) -> bool:
    """Say whether the screen is the one page of this browser, and its program runs.

    Raises:
        BrowserLost: it does not answer.
    """
    told = browser.ask("Target.getTargets").get("targetInfos", [])
    pages = [one for one in told if one["type"] == "page"]
    if len(pages) != 1 or pages[0]["url"] != address:
        return False
    target = pages[0]["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    answer = browser.ask("Runtime.evaluate", session, expression=SIGN, returnByValue=True)
    browser.ask("Target.detachFromTarget", sessionId=session)
    return bool(answer.get("result", {}).get("value"))


def watch(browser: Browser, address: str, tell: Tell, pause: Callable[[float], object]) -> None:
    """Tell that the screen lives for as long as it does.

    Raises:
        BrowserLost: it does no more, or never did.
    """
    deadline_s, was_there = time.monotonic() + OPENS_WITHIN_S, False
    while True:
        if shows_the_screen(browser, address):
            browser.patience_s = ANSWERS_WITHIN_S
            tell(WATCHDOG if was_there else READY)
            was_there = True
        elif was_there or time.monotonic() > deadline_s:
            raise BrowserLost("it shows something else")
        pause(ASKS_EVERY_S if was_there else 0.2)


def answers(address: str) -> bool:
    """Say whether the pages give their screen."""
    where = urlsplit(address)
    line = HTTPConnection(where.hostname or "", where.port, timeout=PAGES_WITHIN_S)
    try:
        line.request("GET", where.path)
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def run_kiosk(address: str, folder: Path, tell: Tell, more: Sequence[str] = ()) -> None:
    """Show the screen until it is lost.

    Raises:
        NoBrowser: there is nothing to show it with.
        BrowserLost: it is to be started anew.
    """
    found, pause = program(), threading.Event()
    while not answers(address):
        pause.wait(PAGES_WITHIN_S)
    browser = Browser(command(found, address, folder, more))
    try:
        watch(browser, address, tell, pause.wait)
    finally:
        browser.close()
