"""A face that persists and stirs: it goes from place to place without a jump, and never stands.

    jumped   it went farther between two frames than a head can
    odd      its box and its eyes do not belong together, or it grew as nobody walks
    stirred  how far its points went from where they were first, root mean square, in pixels:
             a print on a stand and a recording that stopped stay where they are, and the noise
             of the tracks is under 0.3 px

Source: research/face.md section 5, layer 1. A standing head sways by millimetres a second.
"""

from dataclasses import dataclass
import math

from egate.vision.faces import Face

FASTEST = 8.0  # eye distances a second, 0.5 m/s across
STEP = 0.3  # of an eye distance: what the detector may be off from frame to frame
FEWEST_FRAMES = 8
SHORTEST_S = 0.4
GROWS_MOST = 1.6  # in one look
BOX_TO_EYES = (1.4, 3.6)  # width of YuNet's box to the eye distance, turned heads with them


@dataclass(slots=True)
class Path:
    """The way of one face through one look."""

    frames: int = 0
    span_s: float = 0.0
    jumped: bool = False
    odd: bool = False
    _last: tuple[float, float, float] | None = None
    _smallest: float = math.inf
    _largest: float = 0.0

    @property
    def is_long_enough(self) -> bool:
        """Say whether anything can be told of it."""
        return self.frames >= FEWEST_FRAMES and self.span_s >= SHORTEST_S

    def feed(self, face: Face, at_s: float) -> None:
        """Go one frame further."""
        x = sum(point[0] for point in face.points) / len(face.points)
        y = sum(point[1] for point in face.points) / len(face.points)
        eyes = max(face.eye_distance_px, 1.0)
        if self._last is not None:
            since_s = max(0.0, at_s - self._last[2])
            went = math.dist((x, y), self._last[:2]) / eyes
            self.jumped |= went > STEP + FASTEST * since_s
            self.span_s += since_s
        self._smallest, self._largest = min(self._smallest, eyes), max(self._largest, eyes)
        self.odd |= not BOX_TO_EYES[0] <= face.box[2] / eyes <= BOX_TO_EYES[1]
        self.odd |= self._largest / self._smallest > GROWS_MOST
        self._last = (x, y, at_s)
        self.frames += 1
