"""What a traveller reads and hears, by language; a catalogue that lacks a line is refused.

A `~` in a catalogue is a space at which no line is broken: Vietnamese words are written in parts.
A `_` is no space and no break: Khmer writes no spaces, and a browser breaks words it does not know.

Source: DESIGN section 8 (one short line in the traveller's own language).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import tomllib
from types import MappingProxyType

from egate.domain.language import Language
from egate.domain.signs import SIGNS, Part

FOLDER = Path(__file__).parent / "lines"
NO_BREAK = "\N{NO-BREAK SPACE}"
JOINER = "\N{WORD JOINER}"
PAGE_WORDS = ("languages", "progress")


class LinesRefused(ValueError):
    """A catalogue is not whole, or says what no sign needs."""


@dataclass(frozen=True, slots=True)
class Lines:
    """All that is said in one language; `name` is the language's name in itself."""

    name: str
    say: Mapping[str, str]
    part: Mapping[str, str]
    page: Mapping[str, str]


def read_lines(text: str) -> Lines:
    """Return the lines of one catalogue.

    Raises:
        LinesRefused: a key is missing, unknown or no text.
    """
    held = tomllib.loads(text)
    name = held.get("name")
    if not isinstance(name, str) or not name:
        raise LinesRefused("a catalogue begins with the name of its language")
    return Lines(
        name,
        _section(held, "say", tuple(SIGNS)),
        _section(held, "part", tuple(Part)),
        _section(held, "page", PAGE_WORDS),
    )


@cache
def all_lines() -> Mapping[Language, Lines]:
    """Return the shipped catalogues, in the order of the keys on the screen."""
    texts = {one: (FOLDER / f"{one}.toml").read_text(encoding="utf-8") for one in Language}
    return MappingProxyType({language: read_lines(text) for language, text in texts.items()})


def _section(held: Mapping[str, object], name: str, keys: tuple[str, ...]) -> Mapping[str, str]:
    section = held.get(name)
    texts = section if isinstance(section, dict) else {}
    odd = {*keys} ^ {*texts}
    odd |= {key for key, text in texts.items() if not isinstance(text, str) or not text.strip()}
    if odd:
        raise LinesRefused(f"[{name}]: missing, unknown or empty: {', '.join(sorted(odd))}")
    marks = str.maketrans({"~": NO_BREAK, "_": JOINER})
    return MappingProxyType({str(key): texts[key].translate(marks) for key in keys})
