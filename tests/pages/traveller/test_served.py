"""The screen as the pages serve it: a passage, silence, and the server gone and back."""

from collections.abc import Iterator
from pathlib import Path
import time
import urllib.request
import wave

from playwright.sync_api import Browser, Page, expect
import pytest

from egate.domain.effect import Prompt as P  # noqa: N817  # a table wants one letter
from egate.domain.lane_state import LaneState as S
from egate.domain.lane_state import Trouble
from egate.domain.lane_view import LaneView
from egate.domain.language import Language
from egate.pages.traveller.lines import all_lines
from egate.pages.traveller.voices import marked
from egate.vision.preview import to_jpeg
from egate.wire.pictures import Picture, PictureKind
from tests.pages.traveller.gate import ServedGate, served
from tests.vision.pictures import scene

WITHIN_MS = 20_000  # of a busy machine; a passage is over in seconds


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1080, "height": 1920})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda told: faults.append(told.text) if "policy" in told.text else None)
    yield opened
    opened.close()
    assert faults == []


def shows(page: Page, sign: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-sign", sign, timeout=WITHIN_MS)


def tell(gate: ServedGate, state: S, prompt: P, language: Language | None = None) -> None:
    passage = None if state is S.READY else 7
    gate.lane.view = LaneView(0.0, state, passage, Trouble.FACE_MISMATCH, prompt, language=language)


def test_a_passage_as_its_traveller_sees_it(page: Page) -> None:
    with served() as gate:
        page.goto(f"{gate.address}/screen")
        shows(page, "present_token")
        for state, prompt in (
            (S.READING, P.HOLD_TOKEN_STILL),
            (S.ENTRY_RELEASED, P.WALK_IN),
            (S.ENTERING, P.STEP_FORWARD),
            (S.VERIFYING, P.LOOK_HERE),
            (S.VERIFYING, P.TAKE_OFF_MASK),
            (S.EXIT_RELEASED, P.WALK_OUT),
            (S.LEAVING, P.DO_NOT_STOP),
        ):
            tell(gate, state, prompt, Language.KHMER)
            shows(page, prompt)
            expect(page.locator("#line")).to_have_text(all_lines()[Language.KHMER].say[prompt])
        tell(gate, S.READY, P.PRESENT_TOKEN)
        shows(page, "present_token")
        expect(page.locator("html")).to_have_attribute("lang", "vi")


def test_a_lane_that_falls_silent_is_closed_and_so_is_a_screen_whose_server_is_gone(
    page: Page,
) -> None:
    with served() as gate:
        page.goto(f"{gate.address}/screen")
        shows(page, "present_token")
        gate.lane.is_mute = True
        shows(page, "closed")
        gate.lane.is_mute = False
        shows(page, "present_token")
        port = int(gate.address.rsplit(":", 1)[1])
    shows(page, "closed")
    with served(port):
        shows(page, "present_token")


def test_the_mirror_shows_what_the_camera_sees_and_only_while_it_guides(page: Page) -> None:
    picture = to_jpeg(scene(400, 225), 400)
    face = (0.4, 0.3, 0.2, 0.3)
    with served() as gate:
        page.goto(f"{gate.address}/screen")
        tell(gate, S.VERIFYING, P.LOOK_HERE)
        shows(page, "look_here")
        until = time.monotonic() + WITHIN_MS / 1000
        while not page.locator("canvas").is_visible() and time.monotonic() < until:
            gate.sees(Picture(PictureKind.PREVIEW, 7, time.monotonic(), face, "blurred", picture))
            page.wait_for_timeout(50)
        expect(page.locator("canvas")).to_be_visible(timeout=500)
        shows(page, "hold_still")
        tell(gate, S.REFERRED, P.WAIT_FOR_OFFICER)
        shows(page, "wait_for_officer")
        expect(page.locator("canvas")).to_be_hidden()
        with urllib.request.urlopen(f"{gate.address}/screen/preview") as answer:
            assert (answer.status, answer.read()) == (204, b"")


def test_an_event_says_nothing_of_the_trouble_the_passage_or_the_person(page: Page) -> None:
    with served() as gate:
        tell(gate, S.REFERRED, P.WAIT_FOR_OFFICER)
        page.goto(f"{gate.address}/screen")
        shows(page, "wait_for_officer")
        with urllib.request.urlopen(f"{gate.address}/screen/events") as events:
            told = events.read(160).decode()
    assert '{"sign":"wait_for_officer","part":null,"language":null,"preview":null}' in told
    assert "mismatch" not in told + page.content()


def test_the_browser_understands_a_voice_and_its_length(page: Page, tmp_path: Path) -> None:
    spoken = tmp_path / "vi" / "walk_in.wav"
    spoken.parent.mkdir()
    with wave.open(str(spoken), "wb") as file:
        file.setparams((1, 2, 8000, 4000, "NONE", ""))
        file.writeframes(bytes(8000))
    spoken.write_bytes(marked(spoken.read_bytes()))
    with served(voices=tmp_path) as gate:
        page.goto(f"{gate.address}/screen")
        length_s = page.evaluate("""() => new Promise((told, failed) => {
          const sound = new Audio("/screen/voice?of=vi/walk_in");
          sound.onloadedmetadata = () => told(sound.duration);
          sound.onerror = () => failed(sound.error);
        })""")
    assert length_s == pytest.approx(0.5)


def test_a_voice_is_served_by_its_name_and_nothing_else_is(tmp_path: Path) -> None:
    spoken = tmp_path / "voices" / "vi" / "walk_in.wav"
    spoken.parent.mkdir(parents=True)
    spoken.write_bytes(b"RIFF of the voice")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    with served(voices=tmp_path / "voices") as gate:
        asked = f"{gate.address}/screen/voice?of="
        with urllib.request.urlopen(f"{asked}vi/walk_in") as answer:
            assert answer.headers["content-type"] == "audio/wav"
            assert answer.read() == b"RIFF of the voice"
        for other in ("vi/walk_out", "../secret", "vi/../../secret", "", "vi", "%00"):
            with urllib.request.urlopen(asked + other) as answer:
                assert (answer.status, answer.read()) == (204, b"")
