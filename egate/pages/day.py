"""The day of each lane, held in memory: how passages ended, and how long they took, hour by hour.

It is drawn from the states that a lane shows; the journal, which these pages have no key to, holds
the whole truth and is read with `egate passages`. A restart of the pages begins the day anew, and
the page says since when it has counted.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import LaneView
from egate.pages.hub import Hub, Lane

HOUR_S = 3600
HOURS = 24
MOST_PASSAGES = 5000  # of one lane in 24 hours: one in 17 s
MOST_EVENTS = 200


class Ending(StrEnum):
    """How a passage ended, as far as its states tell."""

    CROSSED = "crossed"
    TURNED_AWAY = "turned_away"
    LET_BACK = "let_back"
    OTHERWISE = "otherwise"


BY_STATE = {
    LaneState.LEAVING: Ending.CROSSED,
    LaneState.TURNED_AWAY: Ending.TURNED_AWAY,
    LaneState.RETURNING: Ending.LET_BACK,
}


@dataclass(frozen=True, slots=True)
class Ended:
    """One passage that is over; no word of who it was."""

    at_utc_s: float
    took_s: float
    ending: Ending
    officer_was_called: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something for the list of what happened: a trouble, by its state."""

    at_utc_s: float
    state: LaneState
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a lane: how many ended how, how many called an officer, and the middle time."""

    began_utc_s: int
    endings: dict[Ending, int]
    called: int
    median_s: float | None


@dataclass(slots=True)
class _Passage:
    number: int
    began_at_s: float
    ending: Ending = Ending.OTHERWISE
    called: bool = False


@dataclass(slots=True)
class _Book:
    """What is held of one lane."""

    ended: deque[Ended] = field(default_factory=lambda: deque(maxlen=MOST_PASSAGES))
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))
    running: _Passage | None = None


class Day:
    """The days of all lanes. It listens to the hub."""

    def __init__(self, hub: Hub, utc_s: Callable[[], float]) -> None:
        self._utc_s = utc_s
        self.since_utc_s = utc_s()
        self._books = {name: _Book() for name in hub.lanes}
        hub.listeners.append(self._shown)

    def hours(self, name: str) -> tuple[Hour, ...]:
        """Return the last 24 hours of a lane, the oldest first, empty ones too."""
        this_hour = int(self._utc_s() // HOUR_S) * HOUR_S
        began = range(this_hour - (HOURS - 1) * HOUR_S, this_hour + 1, HOUR_S)
        by_hour: dict[int, list[Ended]] = {hour: [] for hour in began}
        for one in self._books[name].ended:
            by_hour.get(int(one.at_utc_s // HOUR_S) * HOUR_S, []).append(one)
        return tuple(_hour(hour, ended) for hour, ended in by_hour.items())

    def events(self, name: str) -> tuple[Event, ...]:
        """Return the troubles of a lane, the newest first."""
        return tuple(reversed(self._books[name].events))

    def _shown(self, lane: Lane, before: LaneView | None) -> None:
        view, book = lane.view, self._books[lane.name]
        if view is None:
            return
        was = (before.state, before.trouble) if before else None
        if view.trouble is not None and was != (view.state, view.trouble):
            book.events.append(Event(self._utc_s(), view.state, view.trouble))
        running = book.running
        if running is not None and running.number != view.passage:
            took_s = view.at_s - running.began_at_s
            book.ended.append(Ended(self._utc_s(), took_s, running.ending, running.called))
            running = None
        if running is None and view.passage is not None:
            running = _Passage(view.passage, view.at_s)
        if running is not None:
            running.ending = BY_STATE.get(view.state, running.ending)
            running.called |= view.state is LaneState.REFERRED
        book.running = running


def _hour(began: int, ended: list[Ended]) -> Hour:
    crossed = [one.took_s for one in ended if one.ending is Ending.CROSSED]
    return Hour(
        began,
        dict(Counter(one.ending for one in ended)),
        sum(one.officer_was_called for one in ended),
        round(median(crossed), 1) if crossed else None,
    )
