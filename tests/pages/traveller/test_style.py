"""The style of the traveller's screen: contrast as WCAG computes it, large type, calm movement."""

import re

import pytest

from egate.domain.signs import Meaning
from tests.pages.traveller.style import CSS, colours, contrast

COLOURS = colours()
PERIOD = re.compile(r"animation: ([\w-]+) ([\d.]+)s [\w-]+(?: [\w-]+)*? infinite;")
VMIN_PX = 10.8  # of 1080x1920 and of 1920x1080


def size_px(name: str) -> float:
    (told,) = re.findall(rf"--{name}: ([\d.]+)vmin;", CSS)
    return float(told) * VMIN_PX


@pytest.mark.parametrize("meaning", Meaning)
def test_a_drawing_stands_out_from_the_colour_of_every_meaning(meaning: str) -> None:
    """7:1 is what WCAG asks of text at its strictest (1.4.6); of drawings 3:1 (1.4.11)."""
    assert contrast(COLOURS["drawing"], COLOURS[meaning]) >= 7


def test_the_line_and_the_quiet_words_stand_out_from_the_paper() -> None:
    assert contrast(COLOURS["ink"], COLOURS["paper"]) >= 12
    assert contrast(COLOURS["quiet"], COLOURS["paper"]) >= 7


def test_the_colour_of_every_meaning_stands_out_from_the_paper() -> None:
    assert all(contrast(COLOURS[meaning], COLOURS["paper"]) >= 3 for meaning in Meaning)


def test_meanings_that_must_not_be_mistaken_have_colours_of_their_own() -> None:
    assert len({COLOURS[one] for one in Meaning}) == len(Meaning) - 1
    assert COLOURS["free"] == COLOURS["go"]  # both are: walk


def test_the_line_is_read_from_two_metres() -> None:
    """DIN 1450 asks an x-height of 18 minutes of arc for signs: 10.5 mm at 2 m.

    That is 19.5 mm of type size in Noto Sans (x-height 0.536 em), 79 px on a 21.5" screen of
    0.248 mm a pixel; Lao and Khmer are set at nine tenths.
    """
    assert 0.9 * size_px("line") * 0.248 * 0.536 >= 10.5
    assert size_px("second") * 0.248 * 0.536 >= 7
    assert size_px("small") >= 36


def test_nothing_moves_faster_than_once_a_second_and_nothing_moves_for_who_asks_so() -> None:
    infinite = PERIOD.findall(CSS)
    assert len(infinite) == CSS.count("infinite") >= 15
    assert all(float(period_s) >= 1 for _name, period_s in infinite)
    calm = CSS.split("@media (prefers-reduced-motion: no-preference)")[1].split("\n}\n")[0]
    assert len(PERIOD.findall(calm)) == len(infinite)
    assert re.search(r"reduced-motion: reduce\) \{\s*\*.* \{ animation: none !important", CSS)


def test_every_movement_that_is_named_is_described() -> None:
    named = set(re.findall(r"animation: ([a-z][\w-]*) ", CSS)) - {"none"}
    assert named == set(re.findall(r"@keyframes ([\w-]+)", CSS))


def test_the_pages_own_files_ask_nobody_else_for_anything() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
