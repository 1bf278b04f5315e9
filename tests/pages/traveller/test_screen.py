"""The traveller's screen in a real browser: every sign, every language, both ways up."""

from pathlib import Path

from playwright.sync_api import Browser
import pytest

from egate.domain.effect import Prompt
from egate.domain.lane_part import Shape
from egate.domain.lane_state import LaneState
from egate.domain.language import Language
from egate.domain.signs import SIGNS, Meaning
from egate.lane.table import ENTER
from egate.pages.traveller.lines import all_lines
from egate.pages.traveller.sheet import Screen
from egate.pages.traveller.shown import Shown, shown_of
from tests.pages.chromium import violations
from tests.pages.traveller.kiosk import ADDRESS, SHOTS, Kiosk

ASIDE = {Meaning.WAIT, Meaning.SHUT, Meaning.FREE}
SPILLS = """() => {
  const spills = [];
  for (const one of document.querySelectorAll("#line, #second, button, #progress span")) {
    const box = one.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(one);
    const text = range.getBoundingClientRect();
    if (one.scrollWidth > one.clientWidth + 1 && one.tagName !== "SPAN") spills.push(one.id);
    if (text.left < 0 || text.right > innerWidth || text.bottom > innerHeight) spills.push(text);
  }
  const line = document.getElementById("line");
  const height = parseFloat(getComputedStyle(line).lineHeight);
  if (line.getBoundingClientRect().height > 3 * height + 1) spills.push("more than three lines");
  const words = document.getElementById("words").getBoundingClientRect();
  const content = document.getElementById("line").getBoundingClientRect();
  if (content.top < words.top - 1) spills.push("the line is higher than its place");
  return spills;
}"""


BREAKS = """() => {
  const text = document.getElementById("line").firstChild;
  const tops = [...text.data].map((_one, place) => {
    const range = document.createRange();
    range.setStart(text, place);
    range.setEnd(text, place + 1);
    return range.getBoundingClientRect();
  });
  const starts = [];
  let bottom = null;
  tops.forEach((box, place) => {
    if (bottom !== null && box.width > 0 && box.top >= bottom - 4) starts.push(place);
    if (box.width > 0) bottom = Math.max(bottom ?? 0, box.bottom);
  });
  return starts;
}"""
CAMERA = "កា\N{WORD JOINER}មេ\N{WORD JOINER}រ៉ា"  # in no browser's dictionary


def lines(language: str) -> dict[str, str]:
    return dict(all_lines()[Language(language)].say)


@pytest.mark.parametrize("language", Language)
def test_every_state_has_its_picture_kept_in_every_language(
    upright_or_lying: Kiosk, language: str
) -> None:
    kiosk = upright_or_lying
    folder = SHOTS / kiosk.size / language
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[Shown, bytes] = {}
    for state in LaneState:
        shown = shown_of(state, ENTER[state].prompt, Language(language), takes_documents=True)
        if shown not in pictures:
            kiosk.tell(shown.sign, shown.part, language)
            assert (kiosk.sign, kiosk.line) == (shown.sign, lines(language)[shown.sign])
            pictures[shown] = kiosk.picture()
        (folder / f"{state}.png").write_bytes(pictures[shown])
    assert len(set(pictures.values())) == len(pictures) >= 12


@pytest.mark.parametrize("language", Language)
def test_every_line_has_room_and_exactly_one_picture_is_seen(
    upright_or_lying: Kiosk, language: str
) -> None:
    kiosk = upright_or_lying
    for sign in SIGNS:
        kiosk.tell(sign, "face", language)
        assert kiosk.line == lines(language)[sign]
        assert kiosk.page.evaluate(SPILLS) == [], sign
        assert kiosk.page.locator("[data-picture]:visible").count() == 1


def test_no_line_of_khmer_is_broken_within_the_word_for_a_camera(upright_or_lying: Kiosk) -> None:
    kiosk = upright_or_lying
    broken = {}
    for sign, text in lines("km").items():
        kiosk.tell(sign, "face", "km")
        broken[sign] = [(text[:at], text[at:]) for at in kiosk.page.evaluate(BREAKS)]
    assert sum(map(len, broken.values())) >= 5
    for sign, text in lines("km").items():
        before = text.find(CAMERA)
        for first, _second in broken[sign]:
            assert not before < len(first) < before + len(CAMERA) or before < 0, sign
    assert sum(CAMERA in text for text in lines("km").values()) >= 4


def test_the_line_is_as_large_as_the_style_promises(upright_or_lying: Kiosk) -> None:
    for language in Language:
        upright_or_lying.tell("walk_in", "way_in", language)
        size = upright_or_lying.page.locator("#line").evaluate(
            "one => parseFloat(getComputedStyle(one).fontSize)"
        )
        assert size >= 97


def test_two_seconds_of_silence_close_the_screen_and_the_next_word_opens_it(kiosk: Kiosk) -> None:
    kiosk.tell("walk_in", "way_in", "en")
    kiosk.let_pass(1.5)
    assert kiosk.sign == "walk_in"
    kiosk.let_pass(1)
    assert (kiosk.sign, kiosk.second) == ("closed", lines("en")["closed"])
    kiosk.tell("walk_out", "way_out", "en")
    assert kiosk.line == lines("en")["walk_out"]


def test_a_screen_that_never_heard_anything_is_closed(kiosk: Kiosk) -> None:
    assert kiosk.sign == "closed"
    kiosk.let_pass(60)
    assert kiosk.sign == "closed"


def test_a_sign_that_the_page_does_not_know_is_shown_as_closed(kiosk: Kiosk) -> None:
    kiosk.tell("dance", "face", "en")
    assert kiosk.sign == "closed"


def test_five_seconds_of_nothing_bring_a_hint_and_a_second_language(kiosk: Kiosk) -> None:
    kiosk.tell("come_closer", "face", "zh")
    assert kiosk.second == ""
    for _half in range(9):
        kiosk.page.clock.run_for(500)
        kiosk.tell("come_closer", "face", "zh")
    assert "hinting" not in (kiosk.page.locator("html").get_attribute("class") or "")
    for _half in range(2):
        kiosk.page.clock.run_for(500)
        kiosk.tell("come_closer", "face", "zh")
    assert kiosk.page.locator("html").get_attribute("class") == "hinting"
    assert kiosk.second == lines("en")["come_closer"]
    kiosk.tell("hold_still", "face", "zh")
    assert kiosk.page.locator("html").get_attribute("class") == ""


@pytest.mark.parametrize("sign", [sign for sign, one in SIGNS.items() if one.meaning in ASIDE])
def test_who_can_do_nothing_but_wait_is_not_hurried(kiosk: Kiosk, sign: str) -> None:
    kiosk.let_pass(8, sign=sign)
    assert not kiosk.page.locator("html").get_attribute("class")


def test_a_token_brings_its_language_and_a_key_another(kiosk: Kiosk) -> None:
    kiosk.tell("look_here", "face", "lo")
    assert (kiosk.language, kiosk.line) == ("lo", lines("lo")["look_here"])
    for number, language in enumerate(Language, start=1):
        kiosk.page.keyboard.press(str(number))
        assert (kiosk.language, kiosk.line) == (language, lines(language)["look_here"])
    kiosk.page.keyboard.press("l")
    assert kiosk.language == Language.VIETNAMESE
    kiosk.page.keyboard.press("9")
    kiosk.page.keyboard.press("x")
    assert kiosk.language == Language.VIETNAMESE


def test_a_language_that_was_chosen_lasts_until_the_passage_is_over(kiosk: Kiosk) -> None:
    kiosk.tell("present_token")
    kiosk.page.keyboard.press("4")
    kiosk.tell("present_token")
    assert kiosk.language == "lo"
    kiosk.tell("hold_token_still", "token", "zh")
    kiosk.tell("walk_out", "way_out", "zh")
    assert kiosk.language == "lo"
    kiosk.tell("present_token")
    assert kiosk.language == "vi"


def test_a_language_that_nobody_used_is_forgotten(kiosk: Kiosk) -> None:
    kiosk.tell("present_token")
    kiosk.page.keyboard.press("4")
    kiosk.let_pass(19, sign="present_token")
    assert kiosk.language == "lo"
    kiosk.let_pass(2, sign="present_token")
    assert kiosk.language == "vi"


def test_without_a_mouse_every_language_is_reached_and_the_place_is_seen(kiosk: Kiosk) -> None:
    kiosk.tell("look_here", "face", "en")
    for language in Language:
        kiosk.page.keyboard.press("Tab")
        focused = kiosk.page.locator(":focus")
        assert focused.get_attribute("data-language") == language
        assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        kiosk.page.keyboard.press("Enter")
        assert kiosk.language == language


PRESSED = """(fills) => {
  const keys = [
    ["t", { ctrlKey: true }], ["w", { ctrlKey: true }], ["i", { ctrlKey: true, shiftKey: true }],
    ["F4", { altKey: true }], ["ArrowLeft", { altKey: true }], ["F5", {}], ["F11", {}], ["F12", {}],
    ["Escape", {}], ["a", {}], ["4", {}], ["l", {}], ["Tab", {}], ["Enter", {}], [" ", {}],
  ];
  Object.defineProperty(MediaQueryList.prototype, "matches", { get: () => fills });
  return keys.filter(([key, more]) => !document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key, ...more, bubbles: true, cancelable: true })
  )).map(([key]) => key);
}"""


def test_on_a_gates_own_display_no_key_but_its_own_does_anything(kiosk: Kiosk) -> None:
    assert kiosk.page.evaluate(PRESSED, False) == []  # a developer's browser keeps its keys
    lost = kiosk.page.evaluate(PRESSED, True)
    assert lost == ["t", "w", "i", "F4", "ArrowLeft", "F5", "F11", "F12", "Escape", "a"]
    assert not kiosk.page.evaluate(
        "() => document.body.dispatchEvent("
        "new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))"
    )


def test_a_screen_reader_is_told_the_line_at_once_and_no_picture(kiosk: Kiosk) -> None:
    kiosk.tell("take_off_mask", "face", "en")
    status = kiosk.page.get_by_role("status")
    assert status.inner_text() == lines("en")["take_off_mask"]
    assert status.get_attribute("aria-live") == "assertive"
    tree = kiosk.page.locator("body").aria_snapshot()
    assert f'heading "{lines("en")["take_off_mask"]}" [level=1]' in tree
    assert "img" not in tree
    assert 'navigation "Language"' in tree
    assert 'list "Steps"' in tree
    assert 'button "English" [pressed]' in tree
    assert kiosk.page.locator("[aria-current=step]").inner_text() == "Face"
    for button in kiosk.page.locator("button").all():
        assert button.get_attribute("lang") in [*Language]


def test_no_rule_of_accessibility_is_broken(upright_or_lying: Kiosk) -> None:
    kiosk = upright_or_lying
    kiosk.page.clock.resume()  # the rules wait for frames
    for language, meaning in zip([*Language, None], Meaning, strict=True):
        sign = next(sign for sign, one in SIGNS.items() if one.meaning is meaning)
        kiosk.tell(sign, "face", language)
        assert violations(kiosk.page) == [], sign


def test_two_pictures_take_turns_and_a_lane_without_documents_shows_the_code_alone(
    kiosk: Kiosk,
) -> None:
    seen = set()
    for _second in range(9):
        kiosk.let_pass(1, sign="present_token")
        seen.add(kiosk.page.locator("[data-picture]:visible").get_attribute("data-picture"))
    assert seen == {"hold_code", "lay_passport"}
    kiosk.let_pass(9, sign="present_code")
    shown = kiosk.page.locator("[data-picture]:visible").get_attribute("data-picture")
    assert shown == "hold_code"


def test_who_asks_for_less_movement_gets_none(browser: Browser) -> None:
    moving = {}
    for calm in (True, False):
        kiosk = Kiosk(browser, "portrait", calm=calm)
        kiosk.tell("walk_in", "way_in", "en")
        moving[calm] = kiosk.page.evaluate(
            "() => document.getAnimations().filter("
            "  (one) => one.effect.getComputedTiming().iterations === Infinity).length"
        )
        kiosk.close()
    assert moving[True] == 0
    assert moving[False] >= 1


def test_a_voice_that_is_there_is_played_with_the_hint_and_no_other_is_asked_for(
    browser: Browser, tmp_path: Path
) -> None:
    spoken = tmp_path / "vi" / "walk_in.wav"
    spoken.parent.mkdir()
    spoken.write_bytes(b"RIFF")
    kiosk = Kiosk(browser, "portrait", screen=Screen(voices=tmp_path))
    for sign, part in (("come_closer", "face"), ("walk_in", "way_in")):
        kiosk.let_pass(4.5, sign=sign, part=part)
        assert kiosk.heard == []
        kiosk.let_pass(1.5, sign=sign, part=part)
    assert kiosk.heard == ["/screen/voice?of=vi/walk_in"]
    kiosk.close()


@pytest.mark.parametrize(
    ("sign", "after_s"),
    [("free_way", 0), ("step_back", 0), ("wait_for_officer", 5), ("look_here", 5)]
    + [(sign, None) for sign in ("present_token", "present_code", "closed", "please_wait")],
)
def test_who_does_not_see_hears_what_matters_and_a_hall_at_rest_is_quiet(
    browser: Browser, tmp_path: Path, sign: str, after_s: float | None
) -> None:
    spoken = tmp_path / "vi" / f"{sign}.wav"
    spoken.parent.mkdir()
    spoken.write_bytes(b"RIFF")
    kiosk = Kiosk(browser, "portrait", screen=Screen(voices=tmp_path))
    heard = []
    for half in range(16):
        kiosk.tell(sign)
        kiosk.page.clock.run_for(500)
        if kiosk.heard:
            heard.append(half / 2)
    assert heard[:1] == ([] if after_s is None else [after_s])
    kiosk.close()


def test_a_screen_that_hears_nonsense_closes(kiosk: Kiosk) -> None:
    kiosk.tell("walk_in", "way_in")
    for _half in range(6):
        kiosk.page.evaluate("() => { try { tell(null) } catch { } }")
        kiosk.page.clock.run_for(500)
    assert kiosk.sign == "closed"


def test_a_site_has_its_own_language_first(browser: Browser) -> None:
    kiosk = Kiosk(browser, "portrait", screen=Screen(Language.LAO), shape=Shape.TURNSTILE)
    kiosk.tell("hold_token_still", "token")
    assert (kiosk.line, kiosk.second) == (
        lines("lo")["hold_token_still"],
        lines("en")["hold_token_still"],
    )
    names = kiosk.page.locator("button").all_inner_texts()
    assert names == ["ລາວ", "Tiếng Việt", "English", "中文", "ខ្មែរ"]
    assert kiosk.page.locator("#progress li").count() == 3
    kiosk.close()


def test_nobody_else_is_asked_for_anything(kiosk: Kiosk) -> None:
    for sign in SIGNS:
        kiosk.tell(sign)
    own = {"/screen", "/static/traveller.css", "/static/traveller.js", "/static/icon.svg"}
    assert set(kiosk.asked) <= own
    assert kiosk.page.evaluate("() => window.told") == "state"
    assert kiosk.page.url.startswith(ADDRESS)


def test_two_refusals_are_one_picture_to_the_last_pixel(kiosk: Kiosk) -> None:
    documents, pictures = _refused(kiosk)
    assert len(documents) == 1
    for _try in range(9):  # under load the browser may hand out a picture it has not finished
        if len(pictures) == 1:
            break
        _documents, pictures = _refused(kiosk)
    assert len(pictures) == 1


def _refused(kiosk: Kiosk) -> tuple[set[str], set[bytes]]:
    documents, pictures = set(), set()
    for state, before in (
        (LaneState.TURNED_AWAY, Prompt.HOLD_TOKEN_STILL),
        (LaneState.REFERRED, Prompt.TAKE_OFF_MASK),
        (LaneState.EXCEPTION, None),
    ):
        shown = shown_of(state, before, Language.ENGLISH, takes_documents=True)
        kiosk.tell("please_wait")
        kiosk.tell(shown.sign, shown.part, shown.language)
        documents.add(kiosk.document)
        pictures.add(kiosk.settled())
    return documents, pictures
