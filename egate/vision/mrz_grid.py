"""Which characters of a line stand where: what a network saw in each step, set on an even grid.

A line of a zone has exactly 30, 36 or 44 characters, each as far from the next as any other. The
best such grid is found by dynamic programming: a character in each of its places, nothing between
two of them, nothing before the first and after the last. So a run of fillers keeps its length.
The grid may stretch a little from place to place: paper bends, and what is nearer is larger.

Nothing here knows what a field is.

Source: research/mrz_qr.md section 3 (runs of fillers are what readers of text lose count in);
ICAO 9303-3, 4.1.1 (constant pitch).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FINE: Final = 4  # places looked at for each step of the network
STRETCH: Final = 0.15  # how much nearer or farther the next place may be, of the pitch
STIFF: Final = 30.0  # what the square of that costs
DEEPEST: Final = -6.0  # no single step speaks louder than this
BETWEEN: Final = 0.5  # weight of nothing between two places
FEWEST_PEAKS: Final = 6
PITCHES: Final = (2.0, 8.0)  # in steps; a strip cut in proportion has 4.1
MIDDLE: Final = 0.18  # of the pitch to both sides: what is read as the character's place


@dataclass(frozen=True, slots=True, repr=False)
class Grid:
    """One line on its grid; `score` is its mean log-probability a place, 0 at best."""

    places: Values  # (characters,), in steps of the network
    seen: Values  # (characters, classes), log-probabilities
    score: float

    def __repr__(self) -> str:
        """Give the measures only."""
        return f"Grid({len(self.places)} places, score {self.score:.2f})"


def pitch_of(seen: Values) -> float | None:
    """Return how many steps characters are apart, from where they stand out; None if they do not.

    `seen` is (steps, classes), log-probabilities; the last class is `nothing`.
    """
    there = 1 - np.exp(seen[:, -1])
    inner = there[1:-1]
    peaks = np.flatnonzero((inner > 0.5) & (inner >= there[:-2]) & (inner > there[2:])) + 1
    if len(peaks) < FEWEST_PEAKS:
        return None
    around = np.stack([there[peaks + shift] for shift in (-1, 0, 1)])
    centres = peaks + (around[2] - around[0]) / around.sum(axis=0)
    apart = np.diff(centres)
    usual = float(np.median(apart))
    even = apart[np.abs(apart - usual) < 0.45 * usual]
    if len(even) < FEWEST_PEAKS - 1 or not PITCHES[0] <= even.mean() <= PITCHES[1]:
        return None
    return float(even.mean())


def aligned(seen: Values, pitch: float, counts: tuple[int, ...]) -> dict[int, Grid]:
    """Return the best grid for each number of characters that has room; `pitch` is in steps."""
    fine = _finer(seen)
    nothing = np.maximum(fine[:, -1], DEEPEST)
    there = np.maximum(np.log1p(-np.exp(np.minimum(fine[:, -1], -1e-9))), DEEPEST)
    step = pitch * FINE
    moves = np.arange(max(1, round(step * (1 - STRETCH))), round(step * (1 + STRETCH)) + 1)
    half = max(1, round(step / 2))
    free = np.concatenate([[0.0], np.cumsum(nothing)]) / step  # nothing before each place
    places = np.arange(len(fine))
    before = free[np.maximum(places - half, 0)]
    after = free[-1] - free[np.minimum(places + half, len(fine))]
    table, came = [before + there], [np.zeros(len(fine), np.int64)]
    for _ in range(max(counts) - 1):
        best, origin = _next(table[-1], nothing, moves, step)
        table.append(best + there)
        came.append(origin)
    found = {}
    for count in counts:
        ends = table[count - 1] + after
        last = int(np.argmax(ends))
        if np.isfinite(ends[last]):
            found[count] = _grid(seen, fine, came, (count, last, float(ends[last])), step)
    return found


def _next(
    scores: Values, nothing: Values, moves: NDArray[np.int64], step: float
) -> tuple[Values, NDArray[np.int64]]:
    """Return the best score of standing one character further, and where that came from."""
    best = np.full(len(scores), -np.inf)
    origin = np.zeros(len(scores), np.int64)
    for move in moves:
        if move >= len(scores):
            break
        cost = STIFF * ((move - step) / step) ** 2
        middle = nothing[move // 2 : len(nothing) - (move - move // 2)]
        coming = scores[:-move] + BETWEEN * middle - cost
        better = np.flatnonzero(coming > best[move:])
        best[better + move] = coming[better]
        origin[better + move] = better
    return best, origin


def _grid(
    seen: Values,
    fine: Values,
    came: list[NDArray[np.int64]],
    ending: tuple[int, int, float],
    step: float,
) -> Grid:
    """Follow the best grid back from its last place, and read what stands in its places."""
    count, last, score = ending
    places = [last]
    for number in range(count - 1, 0, -1):
        places.append(int(came[number][places[-1]]))
    places.reverse()
    reach = max(1, round(MIDDLE * step))
    rows = [fine[max(0, at - reach) : at + reach + 1].mean(axis=0) for at in places]
    read = np.array(rows)
    read -= np.logaddexp.reduce(read, axis=1, keepdims=True)
    steps = (np.array(places, float) + 0.5) / FINE - 0.5
    return Grid(np.clip(steps, 0, len(seen) - 1), read, score / count)


def _finer(seen: Values) -> Values:
    """Return log-probabilities at FINE places for each step, in between along straight lines."""
    steps = len(seen)
    at = np.clip((np.arange(steps * FINE) + 0.5) / FINE - 0.5, 0, steps - 1)
    low = np.minimum(at.astype(int), max(0, steps - 2))
    share = (at - low)[:, None]
    return np.asarray(seen[low] * (1 - share) + seen[np.minimum(low + 1, steps - 1)] * share)
