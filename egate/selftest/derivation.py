"""From what was measured to figures: edges to settling times, samples to their spread.

Pure. Edges are those of a board whose lines are told undebounced; a change of a line is one burst
of them, each less than GAP_S after the one before: the longest time that a profile can debounce.

Source: egate/profile/calibrated.py (the rules); egate/profile/settings.py (debounce, 50 ms).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final

from egate.domain.lane_part import Input
from egate.profile.calibrated import Figures

Edge = tuple[Input, bool, float]
GAP_S: Final = 0.05


def settling_ms(edges: Iterable[Edge], line: Input) -> tuple[float, ...]:
    """Return for every change of a line how long it took to be still, 0 for a clean one.

    >>> beam = Input.EXIT_BEAM_CLEAR
    >>> settling_ms([(beam, False, 1.0), (beam, True, 1.004), (beam, False, 1.01)], beam)
    (10.0,)
    >>> settling_ms([(beam, False, 1.0), (beam, True, 2.0)], beam)
    (0.0, 0.0)
    """
    stamps = [at_s for one, _, at_s in edges if one is line]
    return tuple(round((burst[-1] - burst[0]) * 1000, 1) for burst in _bursts(stamps))


def together_s(edges: Iterable[Edge], lines: frozenset[Input]) -> float | None:
    """Return how long it took from the first edge of these lines to the last, None without one."""
    stamps = [at_s for line, _, at_s in edges if line in lines]
    return round(max(stamps) - min(stamps), 4) if stamps else None


def overlap_s(edges: Iterable[Edge], closed: Input, locked: Input) -> float:
    """Return the longest time for which a bolt was told home while its leaf was open.

    Both contacts are made before the first edge.

    >>> edges = [(Input.EXIT_CLOSED, False, 1.0), (Input.EXIT_LOCKED, False, 1.25)]
    >>> overlap_s(edges, Input.EXIT_CLOSED, Input.EXIT_LOCKED)
    0.25
    """
    made, since_s, longest_s = {closed, locked}, 0.0, 0.0
    was_told = False
    for line, active, at_s in edges:
        (made.add if active else made.discard)(line)
        is_told = locked in made and closed not in made
        if is_told and not was_told:
            since_s = at_s
        elif was_told and not is_told:
            longest_s = max(longest_s, at_s - since_s)
        was_told = is_told
    return round(longest_s, 4)


def figures(part: str, samples: Sequence[float]) -> Figures:
    """Return the spread of samples; the p95 is the smallest that 95 of a hundred do not exceed.

    >>> figures("exit", [0.2, 0.1, 0.3])
    Figures(part='exit', n=3, p50=0.2, p95=0.3, largest=0.3)
    """
    ordered = sorted(samples)
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    return Figures(part, len(ordered), round(median(ordered), 4), p95, ordered[-1])


def worst(samples: Mapping[str, Sequence[float]]) -> Figures:
    """Return the figures of the part that wants most: a good contact makes no bad one better."""
    told = (figures(part, values) for part, values in samples.items() if values)
    return max(told, key=lambda one: (one.p95, one.largest))


def _bursts(stamps: Sequence[float]) -> list[list[float]]:
    bursts = [[stamps[0]]] if stamps else []
    for before_s, at_s in pairwise(stamps):
        if at_s - before_s < GAP_S:
            bursts[-1].append(at_s)
        else:
            bursts.append([at_s])
    return bursts
