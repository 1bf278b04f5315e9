"""What the page of the traveller's screen is filled with: drawings, lines and the table of signs.

The page has everything from its first second on, so that it changes at once, in any language, and
can show "closed" when nobody answers any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from egate.domain.lane_part import Shape
from egate.domain.language import Language
from egate.domain.signs import SIGNS, Pictogram
from egate.pages.traveller.lines import Lines, all_lines
from egate.pages.traveller.shown import PARTS
from egate.pages.traveller.voices import present

DRAWINGS = Path(__file__).parent / "pictograms"
HINT_AFTER_S = 5.0  # UFGS 13720A: a voice prompts only who does nothing for 5 s
SILENT_AFTER_S = 2.0  # DESIGN section 8
OWN_LANGUAGE_FOR_S = 20.0  # a language that was chosen and not used is forgotten


@dataclass(frozen=True, slots=True)
class Screen:
    """What is particular to one screen.

    `language` is the site's own; `voices` is the folder of spoken lines.
    """

    language: Language = Language.VIETNAMESE
    takes_documents: bool = True
    voices: Path | None = None

    @property
    def languages(self) -> tuple[Language, ...]:
        """All of them, the site's own first, in the order of the keys."""
        return (self.language, *(one for one in Language if one is not self.language))


@cache
def drawings() -> Mapping[str, str]:
    """Return every drawing as it stands in its file."""
    return {one.value: (DRAWINGS / f"{one}.svg").read_text() for one in Pictogram}


def values_of(screen: Screen, shape: Shape) -> dict[str, object]:
    """Return what the template is filled with."""
    lines = {one: all_lines()[one] for one in screen.languages}
    return {
        "drawings": drawings(),
        "parts": PARTS[shape],
        "languages": lines,
        "first": screen.languages[0],
        "data": {
            "lines": {language: _fields(one) for language, one in lines.items()},
            "signs": {
                prompt: {
                    "pictures": sign.pictures,
                    "meaning": sign.meaning,
                    "chime": sign.chime,
                }
                for prompt, sign in SIGNS.items()
            },
            "languages": screen.languages,
            "voices": sorted(present(screen.voices)),
            "hint_after_s": HINT_AFTER_S,
            "silent_after_s": SILENT_AFTER_S,
            "own_language_for_s": OWN_LANGUAGE_FOR_S,
        },
    }


def _fields(lines: Lines) -> dict[str, object]:
    return {"say": {**lines.say}, "part": {**lines.part}, "page": {**lines.page}}
