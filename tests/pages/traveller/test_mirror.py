"""The traveller in the mirror: as in a mirror, at any height, and wiped when it is over."""

import cv2
import numpy as np
from playwright.sync_api import Browser
import pytest

from egate.pages.traveller.lines import all_lines
from tests.pages.traveller.kiosk import Kiosk

ENGLISH = next(lines.say for language, lines in all_lines().items() if language == "en")
WELL_PLACED = [0.4, 0.3, 0.2, 0.3]
PIXELS = """() => {
  const { data, width, height } = paper.getImageData(0, 0, canvas.width, canvas.height);
  const at = (x, y) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)];
  return { left: at(40, 400), right: at(600, 400), top: at(320, 20), bottom: at(320, 780),
           drawn: data.some((one) => one > 0) };
}"""


def seen(*, red_side: slice = slice(0, 0), blue_rows: slice = slice(0, 0)) -> bytes:
    """Return what a camera might see: grey, red at one side, blue in some rows."""
    picture = np.full((225, 400, 3), 128, np.uint8)
    picture[:, red_side] = (0, 0, 255)
    picture[blue_rows] = (255, 0, 0)
    return cv2.imencode(".png", picture)[1].tobytes()


def is_red(pixel: list[int]) -> bool:
    return pixel[0] > 200 and pixel[2] < 60


def is_blue(pixel: list[int]) -> bool:
    return pixel[2] > 200 and pixel[0] < 60


def test_left_and_right_are_those_of_a_mirror(kiosk: Kiosk) -> None:
    kiosk.preview = seen(red_side=slice(0, 160))
    kiosk.look(1, WELL_PLACED, None)
    pixels = kiosk.page.evaluate(PIXELS)
    assert is_red(pixels["right"])
    assert not is_red(pixels["left"])


@pytest.mark.parametrize(("top", "shows"), [(0.0, "top"), (0.7, "bottom")])
def test_the_mirror_follows_a_face_up_and_down(kiosk: Kiosk, top: float, shows: str) -> None:
    kiosk.preview = seen(blue_rows=slice(0, 20) if shows == "top" else slice(205, 225))
    kiosk.look(1, [0.4, top, 0.2, 0.3], None)
    assert is_blue(kiosk.page.evaluate(PIXELS)[shows])
    kiosk.look(2, [0.4, 0.7 - top, 0.2, 0.3], None)
    assert not is_blue(kiosk.page.evaluate(PIXELS)[shows])


@pytest.mark.parametrize("eyes", [0.2, 0.35, 0.5, 0.65, 0.8])
def test_the_eyes_of_whoever_is_seated_short_or_tall_are_in_the_middle_of_the_oval(
    kiosk: Kiosk, eyes: float
) -> None:
    row = round(eyes * 225)
    kiosk.preview = seen(blue_rows=slice(row - 6, row + 6))
    kiosk.look(1, [0.4, eyes - 0.1, 0.1, 0.2], None)
    middle = kiosk.page.evaluate(
        "() => [...paper.getImageData(320, 400, 1, 1).data].slice(0, 3)",
    )
    assert is_blue(middle)


def test_what_the_mirror_asks_takes_the_place_of_the_line_and_does_not_flicker(
    kiosk: Kiosk,
) -> None:
    kiosk.preview = seen()
    kiosk.look(1, WELL_PLACED, None)
    assert kiosk.line == ENGLISH["look_here"]
    assert kiosk.page.locator("#mirror").get_attribute("class") == "placed"
    kiosk.look(2, WELL_PLACED, "come_closer")
    assert kiosk.line == ENGLISH["come_closer"]
    kiosk.look(3, WELL_PLACED, "hold_still")
    assert kiosk.line == ENGLISH["come_closer"]
    kiosk.page.clock.run_for(1300)
    kiosk.look(4, WELL_PLACED, "hold_still")
    assert kiosk.line == ENGLISH["hold_still"]
    assert kiosk.page.locator("#mirror").get_attribute("class") == ""


@pytest.mark.parametrize("over", ["walk_out", "wait_for_officer", "please_wait", ""])
def test_nothing_of_a_face_is_left_when_the_look_is_over(kiosk: Kiosk, over: str) -> None:
    kiosk.preview = seen()
    kiosk.look(1, WELL_PLACED, None)
    assert kiosk.page.evaluate(PIXELS)["drawn"]
    assert kiosk.page.locator("canvas").is_visible()
    if over:
        kiosk.tell(over)
    else:
        kiosk.let_pass(3)  # nothing more is heard
    assert not kiosk.page.evaluate(PIXELS)["drawn"]
    assert not kiosk.page.locator("canvas").is_visible()


def test_two_refusals_look_the_same_whatever_the_mirror_showed(browser: Browser) -> None:
    looks = set()
    for cue in (None, "take_off_mask"):
        kiosk = Kiosk(browser, "landscape")
        kiosk.preview = seen()
        kiosk.look(1, WELL_PLACED, cue)
        kiosk.tell("wait_for_officer", None, "en")
        looks.add(kiosk.settled())
        kiosk.close()
    assert len(looks) == 1


def test_a_picture_that_cannot_be_had_leaves_the_drawing(kiosk: Kiosk) -> None:
    kiosk.preview = b"no picture"
    seen_now = {"number": 1, "face": WELL_PLACED, "cue": None}
    facts = {"sign": "look_here", "part": "face", "language": "en", "preview": seen_now}
    kiosk.page.evaluate("facts => tell(facts)", facts)
    kiosk.page.wait_for_function("() => !fetching")
    assert kiosk.page.locator("[data-picture]:visible").count() == 1
    assert not kiosk.page.locator("canvas").is_visible()
