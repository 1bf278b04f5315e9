"""A camera that faces the traveller."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frame:
    """One picture: BGR, uint8, shape (height, width, 3); `number` grows by one a picture."""

    picture: NDArray[np.uint8]
    taken_at_s: float
    number: int


class Camera(Protocol):
    """A camera of which only the newest picture counts."""

    def newest(self, after: int, timeout_s: float) -> Frame:
        """Return the newest frame whose number is greater than `after`.

        Raises:
            DeviceLost: no new picture in time, the stream ended, or the pictures stopped
                changing (a frozen camera repeats itself; a living one has noise).
        """

    def close(self) -> None:
        """Stop the stream and give the line back; repeatable, never raises."""
