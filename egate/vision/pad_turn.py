"""The head-turn challenge: whether the head goes where it was asked to, in time, and comes back.

    asked      the side that is asked now, AHEAD while the head is to come back, None before and
               after
    answered   how many of the turns were followed and come back from
    ended      followed; turned_the_other_way; did_not_turn (too late, or not back in time)

Yaw counts from where the head was when the first turn was asked, so a head that is carried askew
is asked no more than others. A flat picture that is turned in the hand keeps its nose between its
eyes: its yaw hardly changes.

What it cannot tell: a recording that happens to turn as asked (a half of them a turn, if they turn
at all), a screen on which a face is made to obey, and a mask, whose wearer hears what is asked.
It is asked only when other layers could not tell, and never stands for one that said attack.

Source: research/face.md section 5, layer 4, and 3d (yaw of five points follows a head's).
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from egate.domain.head_turn import Turn

TURNED_DEG = 10.0  # of yaw as five points tell it; heads sway by 4, and one point is 3 off
OTHER_WAY_DEG = 9.0
BACK_DEG = 7.0
WITHIN_S = 2.5  # to read and to turn; and again to come back
TOGETHER = 3  # frames whose median counts: single ones are off


class Ended(StrEnum):
    """How the turns came out."""

    FOLLOWED = "followed"
    OTHER_WAY = "other_way"
    TOO_LATE = "too_late"


@dataclass(slots=True)
class HeadTurn:
    """The turns of one look; feed it every frame, also those before it begins."""

    turns: tuple[Turn, ...]
    asked: Turn | None = None
    answered: int = 0
    ended: Ended | None = None
    _seen_deg: deque[float] = field(default_factory=lambda: deque(maxlen=TOGETHER))
    _ahead_deg: float = 0.0
    _asked_at_s: float = 0.0

    @property
    def is_on(self) -> bool:
        """Say whether something is asked now."""
        return self.asked is not None

    @property
    def is_over(self) -> bool:
        """Say whether it came out, one way or another."""
        return self.ended is not None

    def begin(self, at_s: float) -> None:
        """Ask the first turn; the frames just fed show the head as it is carried."""
        self._ahead_deg = median(self._seen_deg) if self._seen_deg else 0.0
        self._ask(self.turns[0], at_s)

    def feed(self, yaw_deg: float, at_s: float) -> None:
        """Take the yaw of one frame more, above 0 to the traveller's left."""
        self._seen_deg.append(yaw_deg)
        if self.asked is not None:
            self._weigh(median(self._seen_deg) - self._ahead_deg, at_s)

    def _weigh(self, went_deg: float, at_s: float) -> None:
        to_side_deg = -went_deg if self.asked is Turn.RIGHT else went_deg
        if self.asked is Turn.AHEAD and abs(went_deg) <= BACK_DEG:
            self._is_back(at_s)
        elif self.asked is not Turn.AHEAD and to_side_deg >= TURNED_DEG:
            self._ask(Turn.AHEAD, at_s)
        elif self.asked is not Turn.AHEAD and to_side_deg <= -OTHER_WAY_DEG:
            self._end(Ended.OTHER_WAY)
        elif at_s - self._asked_at_s > WITHIN_S:
            self._end(Ended.TOO_LATE)

    def _ask(self, turn: Turn, at_s: float) -> None:
        self.asked, self._asked_at_s = turn, at_s

    def _is_back(self, at_s: float) -> None:
        self.answered += 1
        if self.answered == len(self.turns):
            self._end(Ended.FOLLOWED)
        else:
            self._ask(self.turns[self.answered], at_s)

    def _end(self, how: Ended) -> None:
        self.asked, self.ended = None, how
