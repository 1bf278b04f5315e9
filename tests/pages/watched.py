"""A real passage as each person sees it: a bench, its gate with pages, and one browser with both.

    gate      the bench of tests/walk, whose gate also serves pages
    screen    the traveller's screen, upright
    console   the officer's console beside it, signed in
    diary     every sign of the screen, written down by the page itself: some last a moment only

The browser is one with a profile on disk, as a person's is, so that what it keeps can be searched.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
import shutil
import socket
from typing import Any, Self

from playwright.sync_api import (
    BrowserContext,
    Page,
    Response,
    TimeoutError,  # noqa: A004  # of the browser
    sync_playwright,
)

from egate.domain.record import EntryKind
from egate.pages.people import People, Person, Role, key_digest, written
from simulators.gate_process import GateProcess
from tests.pages.chromium import ARTEFACTS, CHROMIUM, TALL, WIDE, arguments
from tests.pages.gate import DEADLINE_S
from tests.walk.bench_gate import BenchGate, Stage
from tests.walk.drills import stage

KEY = "key of the officer at the bench"
OFFICER = "A. Officer"
PICTURES = ("/screen/preview", "/console/reference", "/console/live")
SHOTS = ARTEFACTS / "passage"
PASSES_WITHIN_S = 20.0
LOOK_MS = 20
DIARY = """() => {
  window.diary = [];
  const root = document.documentElement;
  const note = () => {
    const now = {
      sign: root.dataset.sign, language: root.lang,
      mirrored: root.classList.contains("mirrored"),
      part: document.querySelector("#progress .now")?.dataset.part ?? null,
    };
    if (JSON.stringify(now) !== JSON.stringify(diary.at(-1))) diary.push(now);
  };
  new MutationObserver(note).observe(root, { attributes: true, subtree: true });
  note();
}"""


class WithPages(GateProcess):
    """A gate that serves pages beside, to one officer, who is a technician too."""

    port = 0

    async def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as one:
            self.port = int(one.getsockname()[1])
        person = Person(OFFICER, frozenset(Role), key_digest(KEY))
        (self._data / "people.json").write_text(written(People((person,))))
        with self._bench.profile.open("a") as profile:
            profile.write(f"[pages]\nport = {self.port}\n")
        await super().start()


class PagedGate(BenchGate):
    """The bench of the walks, with pages."""

    def __init__(self, folder: Path) -> None:
        limits = {"turned_away_s": 1.0, "out_of_service_retry_s": 2.0}
        super().__init__(folder, limits, carries=True)
        self.gate = self.paged = WithPages(self.bench, self.data, self.log)

    @property
    def origin(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.paged.port}"


@dataclass(eq=False)
class Watched:
    """What a test of a whole passage holds."""

    staged: Stage
    gate: PagedGate
    browser: BrowserContext
    profile: Path
    screen: Page
    console: Page
    name: str = ""
    kept: dict[str, set[str]] = field(default_factory=dict)  # cache-control of pictures, by path

    def begins(self, name: str) -> Self:
        """Begin a passage: its screenshots are kept under this name."""
        self.staged.thread.carry_out(self._tidied())
        self.name = name
        shutil.rmtree(SHOTS / name, ignore_errors=True)
        self.kept.clear()
        self.screen.evaluate("() => { diary.length = 0; }")
        return self

    async def _tidied(self) -> None:
        """Send away whom a passage that went wrong has left in the lane."""
        if not self.gate.is_ready():
            self.gate.bench.walkway.people.clear()
            await self.gate.until(lambda: self.gate.state == "exception", PASSES_WITHIN_S)
            self.gate.order("clear")
            await self.gate.until(self.gate.is_ready, PASSES_WITHIN_S)

    def soon(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever it gives
        """Do something at the bench, in its own thread."""

        async def acts() -> Any:  # noqa: ANN401  # as above
            return act()

        return self.staged.thread.carry_out(acts())

    def shows(self, sign: str, within_s: float = PASSES_WITHIN_S) -> None:
        """Wait until the screen has shown this sign, and keep a picture of both pages."""
        try:
            self.screen.wait_for_function(
                "sign => diary.some((one) => one.sign === sign)",
                arg=sign, polling=LOOK_MS, timeout=within_s * 1000,
            )  # fmt: skip
        except TimeoutError:
            told = f"{sign} was not shown after {self.signs()}; {self.against()}"
            raise AssertionError(told) from None
        self.shot(sign)

    def against(self) -> list[str]:
        """Return what stood against an admission so far, as the journal has it."""
        entries = self.soon(lambda: self.gate.entries(0.0))
        decisions = [one.facts for one in entries if one.kind is EntryKind.DECISION]
        return [str(one["reasons"]) for one in decisions if one["reasons"]]

    def shot(self, stage_name: str) -> None:
        """Keep a picture of both pages."""
        folder = SHOTS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        number = len({path.name[:2] for path in folder.glob("*.png")})
        for who, page in (("traveller", self.screen), ("officer", self.console)):
            page.screenshot(path=folder / f"{number:02}_{stage_name}_{who}.png")

    @property
    def diary(self) -> list[dict[str, Any]]:
        """What the screen showed since the passage began."""
        told: list[dict[str, Any]] = self.screen.evaluate("() => diary")
        return told

    def signs(self) -> list[str]:
        """Return the signs since the passage began, each once in a row."""
        signs = [one["sign"] for one in self.diary]
        return [one for place, one in enumerate(signs) if place == 0 or signs[place - 1] != one]

    def picture(self, name: str) -> bytes:
        """Return the picture that the console shows under this name, empty where there is none."""
        answer = self.console.request.get(f"{self.gate.origin}/console/{name}")
        assert answer.headers["cache-control"] == "no-store"
        return answer.body()

    def heard(self, answer: Response) -> None:
        """Take down what the browser was told about keeping a picture."""
        path = answer.url.removeprefix(self.gate.origin).split("?")[0]
        if path in PICTURES:
            self.kept.setdefault(path, set()).add(answer.headers.get("cache-control", ""))

    def over(self) -> None:
        """Wait until everybody has gone and both pages show that the lane is ready."""
        self.staged.thread.carry_out(self.gate.empties())
        self.screen.wait_for_function("() => diary.at(-1).sign === 'present_token'")
        self.console.wait_for_function(
            "() => document.getElementById('lane-state').textContent === 'Ready'"
        )
        self.shot("over")

    def open(self) -> None:
        """Open both pages."""
        for page, (width, height) in ((self.screen, TALL), (self.console, WIDE)):
            page.set_viewport_size({"width": width, "height": height})
            page.set_default_timeout(DEADLINE_S * 1000)
            page.on("response", self.heard)
        self.screen.goto(f"{self.gate.origin}/screen")
        self.screen.evaluate(DIARY)
        self.console.goto(self.gate.origin + "/")
        self.console.get_by_label("Your key").fill(KEY)
        self.console.get_by_role("button", name="Sign in").click()
        self.console.get_by_role("button", name="Sign out").wait_for()
        self.console.goto(f"{self.gate.origin}/console")


@contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    """Open bench, gate, browser and both pages."""
    profile = folder / "browser"
    gate = PagedGate(folder / "bench")
    (folder / "bench").mkdir()
    with stage(gate) as staged, sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=arguments(), reduced_motion="reduce"
        )
        try:
            screen, console = browser.pages[0], browser.new_page()
            both = Watched(staged, gate, browser, profile, screen, console)
            both.open()
            yield both
        finally:
            browser.close()
