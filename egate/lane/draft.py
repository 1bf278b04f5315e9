"""One step of the lane while it is being worked out: the memory so far and the effects so far.

Every release is asked for here and nowhere else, and here the guard is asked.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from egate.domain.effect import (
    Alarm,
    Await,
    Cancel,
    Effect,
    EndPassage,
    Limit,
    Lock,
    Note,
    Purpose,
    Release,
)
from egate.domain.lane_part import Door
from egate.domain.lane_state import Trouble
from egate.lane.guard import objections
from egate.lane.memory import LaneSettings, Memory, is_secured

ADMISSION_USED_BY = {Purpose.LET_IN: "token", Purpose.LET_OUT: "traveller"}


@dataclass(slots=True)
class Draft:
    """The step in the making; `memory` is replaced, never changed."""

    settings: LaneSettings
    memory: Memory
    effects: list[Effect] = field(default_factory=list)

    def remember(self, **changes: Any) -> None:  # noqa: ANN401  # fields of Memory, checked by replace
        """Replace fields of the memory."""
        self.memory = replace(self.memory, **changes)

    def ask(self, *effects: Effect) -> None:
        """Add effects in order."""
        self.effects.extend(effects)

    def release(self, door: Door, purpose: Purpose, for_s: float) -> None:
        """Release a door if the guard has no objection; note the refusal otherwise.

        An admission is used up by the release it allowed.
        """
        against = objections(self.memory, self.settings, door, purpose)
        if against:
            what = f"guard refused {purpose} at {door}: {', '.join(against)}"
            self.ask(Note(what, self.memory.passage or None, Trouble.GUARD_REFUSED, against))
            return
        self.remember(
            released=self.memory.released | {door},
            settling=self.memory.settling - {door},
            cleared=frozenset(
                stage for stage in self.memory.cleared if stage != ADMISSION_USED_BY.get(purpose)
            ),
        )
        self.ask(Release(door, purpose, for_s))

    def lock(self, *doors: Door) -> None:
        """Stop releasing these doors; they settle until they are seen secured."""
        for door in doors:
            if door not in self.memory.released:
                continue
            settles = set() if is_secured(self.memory, door) else {door}
            self.remember(
                released=self.memory.released - {door}, settling=self.memory.settling | settles
            )
            self.ask(Lock(door))

    def lock_all(self) -> None:
        """Stop releasing every door."""
        self.lock(*self.settings.doors)

    def wait(self, limit: Limit, for_s: float) -> None:
        """Ask for a time limit, replacing one of the same name."""
        self.remember(awaited=self.memory.awaited | {limit})
        self.ask(Await(limit, for_s))

    def stop_waiting(self, *limits: Limit) -> None:
        """Forget these time limits."""
        for limit in limits:
            if limit in self.memory.awaited:
                self.remember(awaited=self.memory.awaited - {limit})
                self.ask(Cancel(limit))

    def call_officer(self, trouble: Trouble) -> None:
        """Name the trouble and sound the alarm."""
        self.remember(trouble=trouble)
        self.ask(Alarm(trouble))

    def end_passage(self) -> None:
        """Close the passage, if one runs, with the trouble it ended in."""
        if self.memory.passage:
            self.ask(EndPassage(self.memory.passage, self.memory.trouble))
        self.remember(passage=0, pending=None, cleared=frozenset(), attempt=0)
        self.remember(has_entered=False, wants_finger=False)
