"""The traveller's screen in Debian's own Chromium, with a lane that says what a test says.

The page, its style and its program are the ones that ship. A test's own are the stream of events,
the clock, so that two seconds of silence take none, and the loudspeaker, which only notes: voices
by their address, tones by their pitch.
"""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, Page, Route

from egate.domain.lane_part import Shape
from egate.pages.traveller.sheet import Screen, values_of
from tests.pages.chromium import ARTEFACTS, TALL, WIDE

PAGES = Path(__file__).parents[3] / "egate/pages"
SHOTS = ARTEFACTS / "traveller"
ADDRESS = "http://screen.test"
SIZES = {"portrait": TALL, "landscape": WIDE}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STREAM = """
window.EventSource = class {
  addEventListener(name, hear) {
    window.told = name;
    window.tell = (facts) => hear({ data: JSON.stringify(facts) });
  }
};
window.heard = [];
window.Audio = class {
  constructor(address) {
    heard.push(address);
  }
  play() {
    return Promise.resolve();
  }
  pause() {}
};
window.rung = [];
window.AudioContext = class {
  state = "running";
  currentTime = 0;
};
window.OscillatorNode = class {
  constructor(_sounds, { frequency }) {
    this.frequency = frequency;
  }
  connect(next) {
    return next;
  }
  start(from) {
    rung.push([from, this.frequency]);
  }
  stop() {}
};
window.GainNode = class {
  gain = { setTargetAtTime() {} };
  connect(next) {
    return next;
  }
};
"""


class Kiosk:
    """One screen. `asked` are the addresses that it asked for.

    Opening one takes longer than most tests of it: `again` begins anew in the same window.
    """

    def __init__(
        self,
        browser: Browser,
        size: str,
        *,
        screen: Screen | None = None,
        shape: Shape = Shape.MANTRAP,
        calm: bool = True,
    ) -> None:
        self.size = size
        width, height = SIZES[size]
        self._html = _page(screen or Screen(), shape)
        self.asked: list[str] = []
        self.preview = b""  # what the camera sees, as JPEG
        self.faults: list[str] = []
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": height},
            reduced_motion="reduce" if calm else "no-preference",
        )
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.clock.install(time=BEGAN)
        self.page.route("**/*", self._answer)
        self.page.add_init_script(STREAM)
        self.devtools = self.page.context.new_cdp_session(self.page)
        self._hours = 0
        self._load()

    def again(self) -> None:
        """Load the page anew: it knows nothing of what it was told before."""
        self.faultless()
        self.asked.clear()
        self.preview = b""
        self._load()

    def _load(self) -> None:
        self._hours += 1
        self.page.clock.resume()
        self.page.goto(f"{ADDRESS}/screen")
        self.page.clock.pause_at(BEGAN + timedelta(hours=self._hours))

    def tell(self, sign: str, part: str | None = None, language: str | None = None) -> None:
        """Say how the lane stands."""
        self._tell(sign, part, language, None)

    def look(self, number: int, face: list[float] | None, cue: str | None) -> None:
        """Say what the camera sees while it looks for a face, and wait until the page shows it."""
        seen = {"number": number, "face": face, "cue": cue}
        self._tell("look_here", "face", "en", seen)
        self.page.wait_for_function("number => reflected === number", arg=number)

    def _tell(self, sign: str, part: str | None, language: str | None, preview: object) -> None:
        facts = {"sign": sign, "part": part, "language": language, "preview": preview}
        self.page.evaluate("facts => tell(facts)", facts)

    def let_pass(self, seconds: float, *, sign: str = "", part: str | None = None) -> None:
        """Let time pass; with a sign the lane keeps saying it twice a second."""
        for _half in range(int(seconds * 2)):
            if sign:
                self.tell(sign, part)
            self.page.clock.run_for(500)

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        asked = {"format": "png", "optimizeForSpeed": True}
        return b64decode(self.devtools.send("Page.captureScreenshot", asked)["data"])

    def settled(self) -> bytes:
        """Return the picture when two in a row are the same: a tile may still be being drawn."""
        before = self.picture()
        for _try in range(10):
            now = self.picture()
            if now == before:
                return now
            before = now
        raise AssertionError("the picture never settles")

    @property
    def document(self) -> str:
        """All that is drawn, as the browser holds it."""
        return str(self.page.evaluate("() => document.documentElement.outerHTML"))

    @property
    def heard(self) -> list[str]:
        """The voices that were asked for, by their addresses."""
        return list(self.page.evaluate("() => heard"))

    def rung(self) -> list[float]:
        """Return the pitches that were rung since the last look, in their order."""
        tones = self.page.evaluate("() => rung.splice(0)")
        return [pitch for _from, pitch in sorted(tones)]

    @property
    def line(self) -> str:
        """The line that is shown."""
        return self.page.locator("#line").inner_text()

    @property
    def second(self) -> str:
        """The line in another language, or nothing."""
        return self.page.locator("#second").inner_text()

    @property
    def language(self) -> str | None:
        """The language that the page says it is in."""
        return self.page.locator("html").get_attribute("lang")

    @property
    def sign(self) -> str | None:
        """The sign that is shown."""
        return self.page.locator("html").get_attribute("data-sign")

    def close(self) -> None:
        """Close it; nothing may have gone wrong in it."""
        self.page.close()
        self.faultless()

    def faultless(self) -> None:
        """Nothing has gone wrong in it."""
        faults, self.faults[:] = list(self.faults), []
        assert faults == []

    def _answer(self, route: Route) -> None:
        address = route.request.url.removeprefix(ADDRESS)
        self.asked.append(address)
        if address == "/screen":
            route.fulfill(body=self._html, content_type="text/html; charset=utf-8")
        elif address.startswith("/screen/preview"):
            route.fulfill(body=self.preview, content_type="image/jpeg")
        elif address.startswith("/static/"):
            route.fulfill(path=PAGES / address.removeprefix("/"))
        else:
            route.fulfill(status=404)


def _page(screen: Screen, shape: Shape) -> str:
    environment = Environment(
        loader=FileSystemLoader(PAGES / "templates"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("traveller.html").render(
        gate="hn-1", **values_of(screen, shape)
    )
