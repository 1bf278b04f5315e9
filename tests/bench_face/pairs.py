"""Labelled pictures from a folder: which pairs show one person, which two.

    DIR/pairs.csv          a,b,genuine: two paths below DIR, and 1, yes or true for one person
    DIR/PERSON/PICTURE     a folder a person: every pair of one person, and impostor pairs that
                           are drawn by the seed, at most so many

Nothing outside DIR is opened; what is listed and not there is counted, not hidden.
"""

import csv
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
import random
from typing import Final

KINDS: Final = frozenset({".jpg", ".jpeg", ".png"})
LIST: Final = "pairs.csv"
YES: Final = frozenset({"1", "yes", "true"})
NO: Final = frozenset({"0", "no", "false"})
MOST_PAIRS: Final = 1_000_000


class NoPairs(Exception):
    """This folder is no labelled set; the text says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, named by their paths below the folder."""

    one: str
    other: str
    genuine: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set: its pairs, and the pictures of each person where the folders tell who is who."""

    pairs: tuple[Pair, ...]
    people: dict[str, tuple[str, ...]]

    @property
    def pictures(self) -> tuple[str, ...]:
        """Return every picture that is in a pair, once, in order."""
        return tuple(dict.fromkeys(name for pair in self.pairs for name in (pair.one, pair.other)))


def read(folder: Path, seed: int, most_impostors: int) -> Labelled:
    """Read a labelled set.

    Raises:
        NoPairs: there is no such folder, or no pair in it.
    """
    if not folder.is_dir():
        raise NoPairs(f"{folder}: there is no such folder")
    listed = folder / LIST
    found = _listed(listed) if listed.is_file() else _by_person(folder, seed, most_impostors)
    if not any(pair.genuine for pair in found.pairs) or all(pair.genuine for pair in found.pairs):
        raise NoPairs(f"{folder}: both genuine and impostor pairs are needed")
    return found


def _listed(path: Path) -> Labelled:
    pairs = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            told = str(row.get("genuine", "")).strip().lower()
            names = [row.get(column) or "" for column in ("a", "b")]
            if told not in YES | NO or not all(_is_below(name) for name in names):
                raise NoPairs(f"{path.name}, line {number}: a, b and genuine (1 or 0) are needed")
            pairs.append(Pair(names[0], names[1], told in YES))
            if len(pairs) > MOST_PAIRS:
                raise NoPairs(f"{path.name}: more than {MOST_PAIRS} pairs")
    return Labelled(tuple(pairs), {})


def _is_below(name: str) -> bool:
    return bool(name) and not Path(name).is_absolute() and ".." not in Path(name).parts


def _by_person(folder: Path, seed: int, most_impostors: int) -> Labelled:
    people = {
        person.name: tuple(
            f"{person.name}/{file.name}"
            for file in sorted(person.iterdir())
            if file.suffix.lower() in KINDS
        )
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    people = {person: pictures for person, pictures in people.items() if pictures}
    genuine = [
        Pair(one, other, True)
        for pictures in people.values()
        for one, other in combinations(pictures, 2)
    ]
    impostors = [
        Pair(one, other, False)
        for mine, theirs in combinations(people.values(), 2)
        for one in mine
        for other in theirs
    ]
    drawn = random.Random(seed).sample(impostors, min(most_impostors, len(impostors)))
    return Labelled((*genuine, *drawn), people)
