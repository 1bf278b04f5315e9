"""The drawings are of one style: a grid of two, a few classes, no colour and no text."""

import re
from xml.etree import ElementTree as ET

import pytest

from egate.domain.signs import Pictogram
from egate.pages.traveller.sheet import DRAWINGS, drawings
from tests.pages.traveller.style import CSS

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"g", "path", "circle", "ellipse", "rect"}
GEOMETRY = {"d", "cx", "cy", "r", "rx", "ry", "x", "y", "width", "height", "transform"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
STYLED = set(re.findall(r"\.([a-z][a-z-]*)", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)))


def parts(name: str) -> list[ET.Element]:
    root = ET.fromstring(drawings()[name])
    assert root.attrib == {"viewBox": "0 0 240 240"}
    return [one for one in root.iter() if one is not root]


def test_every_pictogram_is_drawn_and_every_drawing_is_one() -> None:
    assert {path.stem for path in DRAWINGS.glob("*.svg")} == {*Pictogram}


@pytest.mark.parametrize("name", Pictogram)
def test_a_drawing_is_shapes_with_classes_and_brings_no_colour(name: str) -> None:
    for part in parts(name):
        assert part.tag.removeprefix(SVG) in SHAPES
        assert part.attrib.keys() - {"class"} <= GEOMETRY
        assert set(part.get("class", "").split()) <= STYLED, part.get("class")
        assert part.tag == f"{SVG}g" or part.get("class")


@pytest.mark.parametrize("name", Pictogram)
def test_a_drawing_lies_on_the_grid_of_two(name: str) -> None:
    for part in parts(name):
        for key in part.attrib.keys() - {"class", "transform"}:
            odd = [one for one in NUMBER.findall(part.attrib[key]) if float(one) % 2]
            assert odd == [], part.attrib[key]


@pytest.mark.parametrize("name", Pictogram)
def test_a_drawing_is_small(name: str) -> None:
    assert len(drawings()[name].encode()) < 6000
    assert len({drawings()[other] for other in Pictogram}) == len(Pictogram)
