"""The words of officers, technicians and auditors: two catalogues, one key for each thing said.

    egate/pages/office/LANGUAGE.toml     [states] [troubles] [checks] ... one row a name of ours
                                         [page] of templates, [script] of scripts, [hands]

A catalogue that lacks a name, or has one more, is refused when it is read. The traveller's words
are elsewhere and in five languages. Reasons and evidence of findings are codes, the same in both:
they are what a log, a journal and a manual call it.

Source: research/domain.md 2.2, 2.3 and 6 (Vietnamese always, English everywhere).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import tomllib

from egate.domain.check import Check, Outcome
from egate.domain.decision import Ruling
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.service import PARTS, Want

FOLDER = Path(__file__).parent / "office"
ENGLISH = "en"
LANGUAGES = ("en", "vi")
TABLES: Mapping[str, tuple[str, ...]] = {
    "states": tuple(LaneState),
    "troubles": tuple(Trouble),
    "rulings": tuple(Ruling),
    "outcomes": tuple(Outcome),
    "active": tuple(Input),
    "inactive": tuple(Input),
    "outputs": tuple(Output),
    "doors": tuple(Door),
    "checks": tuple(Check),
    "parts": PARTS,
    "wants": tuple(Want),
}
FREE = ("devices", "no_reference", "refusals", "actions", "against", "page", "script", "hands")


class WordsRefused(ValueError):
    """A catalogue is not whole, or says what nobody needs."""


@dataclass(frozen=True, slots=True)
class Words:
    """All that is said in one language; `name` is the language's name in itself."""

    language: str
    name: str
    tables: Mapping[str, Mapping[str, str]]

    def of(self, table: str, key: str) -> str:
        """Return one word.

        >>> read_words("en").of("states", LaneState.READY)
        'Ready'
        """
        return self.tables[table][key]

    def say(self, table: str, key: str, **values: object) -> str:
        """Return one line with these values in it."""
        return self.tables[table][key].format(**values)

    def known(self, table: str, key: str) -> str:
        """Return the word of a name that another process said; one without is shown as it is."""
        return self.tables[table].get(key, plain(key))

    def line(self, line: Input, *, active: bool) -> str:
        """Return what a line says at this level."""
        return self.tables["active" if active else "inactive"][line]


def read_catalogue(text: str, language: str) -> Words:
    """Return the words of one catalogue.

    Raises:
        WordsRefused: a name has no words, or words no name.
    """
    held = tomllib.loads(text)
    name = held.pop("name", "")
    if held.keys() != {*TABLES, *FREE} or not isinstance(name, str) or not name:
        raise WordsRefused(f"{language}: its name, and {', '.join((*TABLES, *FREE))} are wanted")
    for table, keys in TABLES.items():
        if held[table].keys() != set(keys):
            raise WordsRefused(f"{language}.{table}: {', '.join(held[table].keys() ^ {*keys})}")
    if not all(isinstance(one, str) and one for table in held.values() for one in table.values()):
        raise WordsRefused(f"{language}: there is a line without words")
    return Words(language, name, held)


@cache
def read_words(language: str) -> Words:
    """Return the shipped words of a language, English for one that there is none of."""
    known = language if language in LANGUAGES else ENGLISH
    return read_catalogue((FOLDER / f"{known}.toml").read_text(encoding="utf-8"), known)


def plain(name: str) -> str:
    """Return a name of ours with spaces.

    >>> plain("too_dark")
    'too dark'
    """
    return name.replace("_", " ")


def evidence_words(evidence: dict[str, str | int | float]) -> str:
    """Return what a finding rests on, on one line, figures to three places.

    >>> evidence_words({"score": 0.71234, "threshold": 0.4})
    'score 0.712, threshold 0.4'
    """
    return ", ".join(
        f"{plain(name)} {round(value, 3) if isinstance(value, float) else value}"
        for name, value in evidence.items()
    )


def differences(one: Words, other: Words) -> Iterable[str]:
    """Yield every key that only one of the two has."""
    for table in FREE:
        for key in sorted(one.tables[table].keys() ^ other.tables[table].keys()):
            yield f"{table}.{key}"
