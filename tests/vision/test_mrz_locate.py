"""Lines of letters in pictures: found where they stand, whatever way up; bounded when hostile."""

import cv2
import numpy as np
import pytest

from egate.vision.faces import Picture
from egate.vision.mrz_locate import Line, cut, lines, slope_deg, zones
from simulators.mrz_print import print_lines
from tests.vision.mrz_seen import CARD, PASSPORT


def page(text: tuple[str, ...], pitch_px: float = 18.0) -> Picture:
    zone = print_lines(text, pitch_px)
    whole = np.full((700, 1000), 225, np.uint8)
    whole[680 - zone.shape[0] : 680, 50 : 50 + zone.shape[1]] = zone
    return whole


@pytest.mark.parametrize("text", [PASSPORT, CARD])
def test_the_lines_of_a_zone_are_the_first_candidate(text: tuple[str, ...]) -> None:
    best = zones(lines(page(text)))[0]
    assert len(best) == len(text)
    for line in best:
        assert line.length == pytest.approx((len(text[0]) - 1) * 18 + 12, abs=18)
        assert line.height == pytest.approx(17, abs=3)
    assert best[0].left[1] < best[1].left[1]


@pytest.mark.parametrize("turn_deg", [0.0, 8.0, -8.0])
def test_a_tilted_line_is_followed(turn_deg: float) -> None:
    matrix = cv2.getRotationMatrix2D((500, 600), -turn_deg, 1)
    tilted = cv2.warpAffine(page(PASSPORT, 14), matrix, (1000, 700), borderValue=225)
    found = lines(np.asarray(tilted, np.uint8))
    assert slope_deg(found) == pytest.approx(turn_deg, abs=1.0)


def test_lines_are_told_in_the_pixels_of_the_picture_when_looked_at_turned() -> None:
    standing = np.rot90(page(PASSPORT), 3).copy()
    best = zones(lines(standing, 90.0)) or zones([one.turned for one in lines(standing, 90.0)])
    (x0, y0), (x1, y1) = best[0][0].left, best[0][0].right
    assert abs(y1 - y0) > 700
    assert abs(x1 - x0) < 10


def test_a_strip_shows_the_line_and_not_its_neighbour() -> None:
    first = zones(lines(page(PASSPORT)))[0][0]
    strip = cut(page(PASSPORT), first.quad(2.05, 2.5), 32, 1400)
    assert strip.shape[0] == 32
    rows = (strip < 120).sum(axis=1)
    assert rows[9:23].min() > 0
    assert rows[:4].sum() + rows[28:].sum() == 0


def test_a_line_upside_down_is_the_same_line() -> None:
    line = Line((10, 20), (110, 30), 9.0)
    assert line.turned.turned == line
    assert line.turned.below((60, 0)) == pytest.approx(-line.below((60, 0)))


def hostile() -> dict[str, Picture]:
    random = np.random.default_rng(1)
    stripes = np.tile(np.array([[0], [255]], np.uint8).repeat(6, 0), (60, 900))
    return {
        "one pixel": np.zeros((1, 1), np.uint8),
        "one row": np.zeros((1, 5000), np.uint8),
        "one column": np.zeros((5000, 1), np.uint8),
        "black": np.zeros((600, 800), np.uint8),
        "white": np.full((600, 800), 255, np.uint8),
        "noise": random.integers(0, 256, (700, 1000)).astype(np.uint8),
        "stripes": stripes,
        "letters everywhere": np.tile(print_lines(("<" * 60,), 14.0), (10, 1)),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_pictures_give_few_candidates(name: str) -> None:
    assert len(zones(lines(hostile()[name]))) <= 12
