"""Error rates of a matcher from its scores: FMR, FNMR, where they are equal, and one at the other.

    FMR    share of impostor scores at or above the threshold (false match rate)
    FNMR   share of genuine scores below it, pictures without a face counted as below (a traveller
           whose face is not found is not let through either)

With n impostor pairs nothing can be said below 3/n (rule of three): a rate of none is printed so.

Source: ISO/IEC 19795-1 (FMR, FNMR, failure to acquire, DET); research/face.md 3b.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """Sorted scores of both kinds, and how many genuine pairs had no score."""

    genuine: Scores
    impostor: Scores
    genuine_lost: int = 0

    def fmr(self, threshold: float) -> float:
        """Return the false match rate at this threshold."""
        below = int(np.searchsorted(self.impostor, threshold, "left"))
        return 1 - below / len(self.impostor)

    def fnmr(self, threshold: float) -> float:
        """Return the false non-match rate at this threshold."""
        below = int(np.searchsorted(self.genuine, threshold, "left"))
        return (below + self.genuine_lost) / (len(self.genuine) + self.genuine_lost)

    def threshold_at(self, fmr: float) -> float | None:
        """Return the lowest threshold whose FMR is at most this; None when too few pairs tell."""
        if fmr * len(self.impostor) < 1:
            return None
        allowed = int(fmr * len(self.impostor) + 1e-9)
        return float(np.nextafter(self.impostor[-allowed - 1], np.inf))

    def equal(self) -> tuple[float, float]:
        """Return the equal error rate and its threshold: where the two rates are closest."""
        candidates = np.unique(np.concatenate([self.genuine, self.impostor]))
        gaps = [abs(self.fmr(at) - self.fnmr(at)) for at in candidates]
        at = float(candidates[int(np.argmin(gaps))])
        return (self.fmr(at) + self.fnmr(at)) / 2, at

    def curve(self) -> list[tuple[float, float]]:
        """Return (FMR, FNMR) at every score, threshold rising."""
        candidates = np.unique(np.concatenate([self.genuine, self.impostor]))
        return [(self.fmr(at), self.fnmr(at)) for at in candidates]


def rates(genuine: Sequence[float], impostor: Sequence[float], genuine_lost: int = 0) -> Rates:
    """Build the rates of these scores.

    >>> rates([0.2, 0.6, 0.8, 0.9], [0.1, 0.3]).equal()
    (0.375, 0.3)
    """
    return Rates(np.sort(np.asarray(genuine)), np.sort(np.asarray(impostor)), genuine_lost)
