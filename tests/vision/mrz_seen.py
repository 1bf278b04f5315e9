"""What a network might have seen of a zone, made without one: log-probabilities step by step."""

from collections.abc import Sequence
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egate.vision.mrz_network import ALPHABET

Values = NDArray[np.float64]
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
VISA = (
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
    "L8988901C4XXX4009078F9612109<<<<<<<<",
)


def row(character: str | None, sure: float = 0.999, **others: float) -> Values:
    """One step: `sure` of a character (None: of nothing), `others` by name (`less` is <)."""
    chances = np.full(len(ALPHABET) + 1, 1e-9)
    chances[-1 if character is None else ALPHABET.index(character)] = sure
    for name, chance in others.items():
        chances[ALPHABET.index("<" if name == "less" else name.lstrip("_"))] = chance
    return np.asarray(np.log(chances / chances.sum()))


def cells(lines: Sequence[str], changes: dict[tuple[int, int], Values] | None = None) -> list[Any]:
    """A zone on its grid; `changes` are rows by line and column."""
    changes = changes or {}
    return [
        np.array([changes.get((at, column), row(one)) for column, one in enumerate(line)])
        for at, line in enumerate(lines)
    ]


def steps(text: str, pitch: float = 4.1, before: int = 9, after: int = 9) -> Values:
    """A line as the network gives it: a character around its middle, nothing in between."""
    count = before + math.ceil(len(text) * pitch) + after
    seen = [row(None)] * count
    for number, one in enumerate(text):
        middle = before + (number + 0.5) * pitch
        for step in range(count):
            if abs(step + 0.5 - middle) < 0.25 * pitch and one != " ":
                seen[step] = row(one)
    return np.array(seen)
