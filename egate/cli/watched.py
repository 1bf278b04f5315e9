"""What a person who watches a lane has seen: how it stands now, and counts since they began.

It knows no socket, no clock and no terminal: views and instants come in, rows go out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from egate.domain.lane_part import DOOR_RELEASE, Door, Input, Output
from egate.domain.lane_state import LaneState
from egate.domain.lane_view import HealthView, LaneView
from egate.domain.service import HOUR_S, PartSeen, Tally

STALE_S = 2.0  # DESIGN section 8: an older state is not shown as if it were one
SHOWN_EVERY_S = 1.0  # the lane says how it stands at every change, and this often

Row = tuple[str, str, str]


@dataclass(slots=True)
class Watched:
    """The newest view and health, and what came before; instants are seconds of CLOCK_MONOTONIC.

    `late_s` is the longest between an instant at which the lane was bound to say how it stands and
    its saying so, `way_s` the longest a view took from the lane to here.
    """

    began_s: float
    view: LaneView | None = None
    health: HealthView | None = None
    passages: int = 0
    late_s: float = 0.0
    way_s: float = 0.0
    states: Counter[LaneState] = field(default_factory=Counter)
    changes: Counter[Input] = field(default_factory=Counter)
    releases: Counter[Door] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    lines: set[Input] = field(default_factory=set)  # those that this lane is seen to have

    def take(self, view: LaneView, now_s: float) -> None:
        """Take in what the lane shows now."""
        before, self.view = self.view, view
        self.lines.update(view.active, view.unknown)
        if before is None:  # who comes is shown the last state again, as old as it is
            self.states[view.state] += 1
            return
        self.way_s = max(self.way_s, now_s - view.at_s)
        self.late_s = max(self.late_s, view.at_s - before.at_s - SHOWN_EVERY_S)
        self.states[view.state] += view.state is not before.state
        self.passages += view.passage is not None and view.passage != before.passage
        self.changes.update(line for line in Input if _level(line, view) != _level(line, before))
        self.releases.update(set(view.doors) - set(before.doors))
        self.losses.update(set(view.missing) - set(before.missing))

    def is_stale(self, now_s: float) -> bool:
        """Say whether nothing was heard for so long that nobody knows how the lane stands."""
        return self.view is None or now_s - self.view.at_s > STALE_S

    def rows(self, now_s: float) -> Iterator[Row]:
        """Give what is watched, how it stands, and what was counted since the beginning."""
        view = self.view
        if view is None or self.is_stale(now_s):
            yield "lane", "not heard", ""
            return
        yield "lane", _words(view.state, view.trouble), _times(self.states[view.state], "time")
        yield "passage", str(view.passage or "none"), _times(self.passages, "passage")
        yield "screen", _words(view.prompt), ""
        yield "lamps", _words(*(lamp for lamp in Output if lamp in view.lamps)), ""
        for door in Door:
            if door in view.doors or self.releases[door]:
                stands = "released" if door in view.doors else "held"
                yield f"door {door}", stands, _times(self.releases[door], "release")
        for line in (line for line in Input if line in self.lines):
            yield f"line {line}", LEVELS[_level(line, view)], _times(self.changes[line], "change")
        yield from self._outputs(view)
        yield "devices", _missing(view), _losses(self.losses)
        yield "self-test", _words(*view.failing) if view.failing else "passed", ""
        late = f"late by {self.late_s * 1000:.0f} ms at most" if self.late_s > 0 else "never late"
        yield "loop", *_lateness(self.health)
        yield "told", f"{self.way_s * 1000:.1f} ms on the way at most" if self.way_s else "", late

    def _outputs(self, view: LaneView) -> Iterator[Row]:
        """Give each output as it is driven, and each other part that is counted."""
        driven = {*view.lamps, *(DOOR_RELEASE[door] for door in view.doors)}
        for one in self.health.parts if self.health is not None else ():
            if one.part in set(Output):
                yield f"output {one.part}", "driven" if one.part in driven else "rests", _worn(one)
            else:
                now = "missing" if one.part in view.missing else "wants service" * bool(one.due)
                yield f"part {one.part}", now or "there", _worn(one)


LEVELS = {True: "yes", False: "no", None: "unknown"}


def _level(line: Input, view: LaneView) -> bool | None:
    """Say whether what the line's name says is proven; None when nothing is known of it."""
    return None if line in view.unknown else line in view.active


def _words(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part is not None) or "none"


def _missing(view: LaneView) -> str:
    return f"missing: {', '.join(view.missing)}" if view.missing else "all there"


def _losses(losses: Counter[str]) -> str:
    return ", ".join(f"{device} lost {count}x" for device, count in losses.most_common())


def _times(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}" if count else ""


def _lateness(health: HealthView | None) -> tuple[str, str]:
    """Say how late the lane's loop turned to things, by the lane's own word."""
    if health is None:
        return "not told yet", ""
    late = (health.late_p50_ms, health.late_p99_ms, health.late_max_ms)
    now = "late by {:.1f} ms, {:.1f} at p99, {:.1f} at most".format(*late)
    return now, f"{_times(health.turns, 'turn')} in {health.over_s:.0f} s"


def _worn(one: PartSeen) -> str:
    """Say what a part has done since its last service, and what it wants."""
    counted = ", ".join(_counts(one.since)) or "nothing"
    wants = f"; WANTS SERVICE: {', '.join(one.due)}" if one.due else ""
    ever = f" ({one.life.cycles} ever)" if one.life != one.since else ""
    return f"{counted} since service{ever}{wants}"


def _counts(since: Tally) -> Iterator[str]:
    if since.cycles:
        yield _times(since.cycles, "cycle")
    if since.on_s >= HOUR_S / 10:
        yield f"{since.on_s / HOUR_S:.1f} h"
    for each, several in (("retry", "retries"), ("error", "errors"), ("return", "returns")):
        if count := getattr(since, several):
            yield f"{count} {each if count == 1 else several}"
