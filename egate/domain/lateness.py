"""How late a loop does what it is to do: every health round, time limit and input edge, in order.

Late is what lies between the instant something was due, or happened at the board, and the loop's
turning to it. What is kept is of the last minute; of a busier one the newest MOST.

Source: DESIGN section 9 (event to output: p99 <= 50 ms).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

OVER_S = 60.0
MOST = 4096
LATE_MS = 50.0  # DESIGN section 9, of an event's way to the output


@dataclass(frozen=True, slots=True)
class Ticks:
    """How late it was until `at_utc_s`, over so many seconds and so many turns."""

    at_utc_s: float
    over_s: float
    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class Lateness:
    """The newest turns of one loop. Instants are seconds of CLOCK_MONOTONIC."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._late: deque[tuple[float, float]] = deque(maxlen=MOST)

    def note(self, due_s: float, now_s: float) -> None:
        """Note that what was due then was turned to now."""
        self._late.append((now_s, max(0.0, now_s - due_s)))

    def ticks(self, now_s: float, at_utc_s: float) -> Ticks:
        """Return how late it was in the last minute."""
        while self._late and self._late[0][0] < now_s - OVER_S:
            self._late.popleft()
        late_ms = sorted(1000 * late_s for _, late_s in self._late)
        over_s = min(OVER_S, now_s - self._began_s)
        if len(self._late) == MOST:
            over_s = min(over_s, now_s - self._late[0][0])
        figures = (of_hundred(late_ms, 50), of_hundred(late_ms, 99), of_hundred(late_ms, 100))
        return Ticks(at_utc_s, round(over_s, 1), len(late_ms), *(round(one, 2) for one in figures))


def of_hundred(ordered: Sequence[float], percent: int) -> float:
    """Return the figure that so many of a hundred do not exceed (nearest rank); 0.0 of none.

    >>> of_hundred([1.0, 2.0, 3.0, 4.0], 50), of_hundred([], 99)
    (2.0, 0.0)
    """
    if not ordered:
        return 0.0
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]
