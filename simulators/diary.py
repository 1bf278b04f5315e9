"""What happened in the scenario that goes on: who did what, what the lane said, one line each."""

from typing import Final

from simulators.bench import Bench
from simulators.lane_console import Shown
from simulators.people import Doing
from simulators.scenario import Scenario

MOST_LINES: Final = 80
DOING: Final = {
    Doing.APPROACHING: "walks up to the gate",
    Doing.PRESENTED: "has shown {shown} and waits",
    Doing.WALKING_IN: "walks in",
    Doing.HESITATING: "hesitates in the doorway",
    Doing.STANDING: "stands still",
    Doing.WALKING_OUT: "walks out",
    Doing.WALKING_BACK: "walks back",
}
Line = tuple[float, str, str]


class Diary:
    """The lines of one scenario: seconds since it began, who, and what."""

    def __init__(self, bench: Bench) -> None:
        self.lines: list[Line] = []
        self.page = 0
        self._bench = bench
        self._people: dict[str, str] = {}
        self._doing: dict[str, Doing] = {}
        self._lane = ("", "")

    def begin(self, scenario: Scenario) -> None:
        """Begin a page for this scenario."""
        one = len(scenario.names) == 1
        self._people = {
            name: "Traveller" if one else f"Traveller {number}"
            for number, name in enumerate(scenario.names, 1)
        }
        self.lines, self._doing = [], {}
        self.page += 1

    def look(self, shown: Shown, since_s: float | None) -> None:
        """Write down what has changed; without `since_s` nobody walks, and nothing is written."""
        lane = (str(shown.get("state", "")), str(shown.get("prompt") or ""))
        before, self._lane = self._lane, lane
        if since_s is None:
            return
        if lane[0] != before[0]:
            trouble = shown.get("trouble")
            self._write(
                since_s, "Lane", plain(lane[0]) + (f": {plain(trouble)}" if trouble else "")
            )
        if lane[1] != before[1] and lane[1]:
            self._write(since_s, "Screen", plain(lane[1]))
        self._look_at_people(since_s)

    def _look_at_people(self, since_s: float) -> None:
        there = {person.name: person for person in self._bench.walkway.people}
        for name, who in self._people.items():
            person = there.get(name)
            if person is None:
                if self._doing.pop(name, None) is not None:
                    self._write(since_s, who, "is gone")
            elif self._doing.get(name) is not person.doing:
                self._doing[name] = person.doing
                shown = "the document" if person.document else "a code"
                self._write(since_s, who, DOING[person.doing].format(shown=shown))

    def _write(self, since_s: float, who: str, what: str) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append((round(since_s, 1), who, what))


def plain(name: object) -> str:
    """Return a name of ours with spaces.

    >>> plain("face_mismatch")
    'face mismatch'
    """
    return str(name).replace("_", " ")
