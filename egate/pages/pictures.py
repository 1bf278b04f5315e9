"""The pictures of the passage that runs: newest only, in memory only, gone with the passage.

    preview     for the traveller's screen while it guides: not older than PREVIEW_LIVES_S
    reference   for an officer, beside
    live        the newest frame of a look that has a face

They are dropped when the vision host says so, when the lane shows another passage or none, when it
is not heard of, and after LIVES_S whatever happens.
"""

from collections.abc import Callable
from dataclasses import dataclass

from egate.domain.lane_state import LaneState
from egate.domain.lane_view import LaneView
from egate.pages.hub import Hub, Lane
from egate.wire.pictures import Picture, PictureKind

PREVIEW_LIVES_S = 1.0
LIVES_S = 300.0
GUIDING = {LaneState.ENTERING, LaneState.VERIFYING}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with a number of its own, which a page asks for it by."""

    number: int
    picture: Picture
    came_at_s: float


class Pictures:
    """What is held for one lane."""

    def __init__(self, hub: Hub, name: str, clock: Callable[[], float]) -> None:
        self._hub = hub
        self._name = name
        self._clock = clock
        self._held: dict[PictureKind, Shown] = {}
        self._numbers = 0
        hub.listeners.append(self._shown)

    def came(self, picture: Picture) -> None:
        """Take a picture in, or wipe what there is."""
        if picture.kind is PictureKind.FORGET:
            self._wipe(lambda shown: shown.picture.passage == picture.passage)
            return
        self._numbers += 1
        self._held[picture.kind] = Shown(self._numbers, picture, self._clock())
        self._hub.wake()

    def preview(self) -> Shown | None:
        """Return what the camera sees now, while the traveller is being guided by it."""
        lane = self._hub.lanes[self._name]
        shown = self._of_the_passage(PictureKind.PREVIEW)
        if shown is None or self._clock() - shown.came_at_s > PREVIEW_LIVES_S:
            return None
        return shown if lane.state(self._clock()) in GUIDING else None

    def portrait(self, kind: PictureKind) -> Shown | None:
        """Return the reference or the live picture of the passage that runs."""
        return self._of_the_passage(kind)

    def wipe_old(self) -> None:
        """Drop what nobody dropped in time, and all of a lane that is not heard of."""
        now_s = self._clock()
        if self._hub.lanes[self._name].is_stale(now_s):
            self._wipe(lambda _shown: True)
        self._wipe(lambda shown: now_s - shown.came_at_s > _lives_s(shown))

    def _of_the_passage(self, kind: PictureKind) -> Shown | None:
        view, shown = self._hub.lanes[self._name].view, self._held.get(kind)
        if view is None or shown is None or shown.picture.passage != view.passage:
            return None
        return None if self._hub.lanes[self._name].is_stale(self._clock()) else shown

    def _wipe(self, which: Callable[[Shown], bool]) -> None:
        gone = [kind for kind, shown in self._held.items() if which(shown)]
        for kind in gone:
            del self._held[kind]
        if gone:
            self._hub.wake()

    def _shown(self, lane: Lane, _before: LaneView | None) -> None:
        if lane.name == self._name and lane.view is not None:
            passage = lane.view.passage
            self._wipe(lambda shown: passage is None or shown.picture.passage < passage)


def _lives_s(shown: Shown) -> float:
    return PREVIEW_LIVES_S if shown.picture.kind is PictureKind.PREVIEW else LIVES_S
