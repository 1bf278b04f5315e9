"""Every character of every language has a glyph, from the fonts that setup installs."""

from typing import Any

import pytest

from egate.domain.language import Language
from egate.domain.signs import SIGNS
from egate.pages.traveller.lines import JOINER, NO_BREAK, all_lines
from tests.pages.traveller.kiosk import Kiosk

NOTO = {
    "vi": {"Noto Sans"},
    "en": {"Noto Sans"},
    "zh": {"Noto Sans CJK SC", "Noto Sans"},
    "lo": {"Noto Sans Lao", "Noto Sans"},
    "km": {"Noto Sans Khmer", "Noto Sans"},
}
# Draws each character alone, and says which look like a character that no font has.
WITHOUT_GLYPH = """([language, characters]) => {
  const line = document.getElementById("line");
  line.lang = language;
  const { fontFamily } = getComputedStyle(line);
  const paper = new OffscreenCanvas(120, 120).getContext("2d", { willReadFrequently: true });
  const drawn = (character) => {
    paper.clearRect(0, 0, 120, 120);
    paper.font = `64px ${fontFamily}`;
    paper.fillText(character, 20, 80);
    return paper.getImageData(0, 0, 120, 120).data.join();
  };
  const missing = [drawn("\\u0378"), drawn("\\u{10fffd}"), drawn("")];
  return characters.filter((one) => missing.includes(drawn(one)));
}"""


def characters(language: str) -> list[str]:
    lines = all_lines()[Language(language)]
    text = "".join([lines.name, *lines.say.values(), *lines.part.values(), *lines.page.values()])
    return sorted(set(text) - {" ", NO_BREAK, JOINER})


def fonts_of(kiosk: Kiosk, where: str) -> set[str]:
    """Return the families that the browser really drew this with."""
    asked = kiosk.devtools
    asked.send("DOM.enable")
    asked.send("CSS.enable")
    root: dict[str, Any] = asked.send("DOM.getDocument")["root"]
    node = asked.send("DOM.querySelector", {"nodeId": root["nodeId"], "selector": where})
    drawn = asked.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})["fonts"]
    return {font["familyName"] for font in drawn}


@pytest.mark.parametrize("language", Language)
def test_no_character_of_a_language_is_without_its_glyph(kiosk: Kiosk, language: str) -> None:
    alphabet = characters(language)
    assert len(alphabet) >= 20
    assert kiosk.page.evaluate(WITHOUT_GLYPH, [language, alphabet]) == []


@pytest.mark.parametrize("language", Language)
def test_every_line_is_drawn_with_the_fonts_of_its_own_script(kiosk: Kiosk, language: str) -> None:
    for sign in SIGNS:
        kiosk.tell(sign, "face", language)
        assert fonts_of(kiosk, "#line") <= NOTO[language], sign


def test_a_character_that_no_font_has_is_noticed(kiosk: Kiosk) -> None:
    nowhere = ["\u0379", "A"]
    assert kiosk.page.evaluate(WITHOUT_GLYPH, ["en", nowhere]) == ["\u0379"]
