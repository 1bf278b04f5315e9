"""What is heard: a chime by the table of signs, and of two voices that of a person."""

from pathlib import Path
import urllib.request

from playwright.sync_api import Browser
import pytest

from egate.domain.effect import Prompt
from egate.domain.signs import SIGNS, Chime, Cue, Meaning
from egate.pages.traveller.sheet import Screen
from egate.pages.traveller.voices import SPEAKS, render
from tests.pages.traveller.gate import served
from tests.pages.traveller.kiosk import Kiosk
from tests.pages.traveller.test_voices import piped

PITCHES = {
    Chime.NONE: [],
    Chime.ASK: [660, 880],
    Chime.GO: [784, 1175],
    Chime.HALT: [330, 330],
}
SLEEPS = """() => {
  window.AudioContext = class {
    state = "suspended";
    currentTime = 0;
    resume() {
      return new Promise((wakes) => (window.wake = () => wakes((this.state = "running"))));
    }
  };
}"""


def test_every_sign_rings_the_chime_of_its_row_once_and_only_when_it_comes(kiosk: Kiosk) -> None:
    for sign, row in SIGNS.items():
        kiosk.tell("hold_token_still" if sign == "present_token" else "present_token")
        kiosk.rung()
        kiosk.tell(sign)
        assert kiosk.rung() == PITCHES[row.chime], sign
        kiosk.tell(sign)
        assert kiosk.rung() == [], sign


def test_a_sign_that_lasts_and_is_hinted_at_rings_no_more(kiosk: Kiosk) -> None:
    for sign in ("look_here", "walk_in", "step_back"):
        kiosk.tell(sign)
        kiosk.rung()
        kiosk.let_pass(6, sign=sign)
        assert kiosk.rung() == [], sign


def test_each_chime_is_of_one_meaning_as_the_lamps_are() -> None:
    of = {chime: {row.meaning for row in SIGNS.values() if row.chime is chime} for chime in Chime}
    assert of[Chime.GO] == {Meaning.GO, Meaning.FREE}  # with a green lamp: test_signs
    assert of[Chime.HALT] == {Meaning.STOP}
    assert of[Chime.ASK] == {Meaning.DO, Meaning.WAIT}
    assert of[Chime.NONE] <= {Meaning.DO, Meaning.GO, Meaning.WAIT, Meaning.SHUT}
    assert {sign for sign, row in SIGNS.items() if row.chime is Chime.GO} == {
        Prompt.WALK_IN,
        Prompt.WALK_OUT,
        Prompt.FREE_WAY,
    }


def test_two_refusals_sound_the_same_and_a_look_in_the_mirror_is_quiet(kiosk: Kiosk) -> None:
    heard = set()
    for before in ("hold_token_still", "take_off_mask", "walk_in"):
        kiosk.tell(before)
        kiosk.rung()
        kiosk.tell("wait_for_officer")
        heard.add(tuple(kiosk.rung()))
    assert heard == {(660, 880)}
    kiosk.tell("look_here", "face", "en")
    kiosk.rung()
    for number, cue in enumerate((Cue.MOVE_LEFT, Prompt.COME_CLOSER), start=1):
        seen = {"number": number, "face": None, "cue": cue}
        facts = {"sign": "look_here", "part": "face", "language": "en", "preview": seen}
        kiosk.page.evaluate("facts => tell(facts)", facts)
        kiosk.page.clock.run_for(1300)
    assert kiosk.sign == Prompt.COME_CLOSER
    assert kiosk.rung() == []


@pytest.mark.parametrize(("wakes_after_ms", "rings"), [(100, [784, 1175]), (2000, [])])
def test_the_first_chime_waits_for_a_loudspeaker_and_an_old_one_is_not_rung(
    kiosk: Kiosk, wakes_after_ms: int, rings: list[int]
) -> None:
    kiosk.page.evaluate(SLEEPS)
    kiosk.tell("walk_in")
    assert kiosk.rung() == []
    kiosk.page.clock.run_for(wakes_after_ms)
    kiosk.page.evaluate("() => wake()")
    assert kiosk.rung() == rings


def test_a_recording_takes_the_place_of_a_spoken_line_and_adds_a_language(
    browser: Browser, tmp_path: Path
) -> None:
    recordings = {"vi/walk_in": b"RIFF of a person", "lo/walk_in": b"RIFF of another"}
    render(tmp_path, piped)
    for name, sound in recordings.items():
        file = tmp_path / f"{name}.wav"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(sound)
    assert render(tmp_path, piped) == (len(SPEAKS) * len(SIGNS) - 1, 1)  # after a new version
    with served(voices=tmp_path) as gate:
        for name, sound in recordings.items():
            with urllib.request.urlopen(f"{gate.address}/screen/voice?of={name}") as answer:
                assert answer.read() == sound
    kiosk = Kiosk(browser, "portrait", screen=Screen(voices=tmp_path))
    for language in ("vi", "lo", "km"):
        kiosk.tell("please_wait")
        for _half in range(12):
            kiosk.tell("walk_in", "way_in", language)
            kiosk.page.clock.run_for(500)
    assert kiosk.heard == [f"/screen/voice?of={name}" for name in recordings]  # Khmer has none
    kiosk.close()
