"""The way from the pages to one lane: watch it, attach an officer to it, give orders.

Losing the lane raises nothing: a link connects again by itself, and a state that is not renewed
grows old (`at_s`). What is said while there is no lane is lost; an order given then is refused.
"""

from collections.abc import Callable
from typing import Protocol

from egate.domain.lane_event import Order
from egate.domain.lane_part import Output
from egate.domain.lane_state import Trouble
from egate.domain.lane_view import DecisionView, HealthView, LaneView, ToldByHand


class OfficerLine(Protocol):
    """One officer's own line to a lane. The lane drops it after 2 s without a beat."""

    @property
    def is_attached(self) -> bool:
        """Say whether the lane has this officer now."""

    def beat(self) -> None:
        """Show that the officer's console lives; attach again when the lane was away."""

    def order(self, order: Order, passage: int, reason: str) -> bool:
        """Give an order for the passage on the screen; False when the lane was not reached."""

    def acknowledge(self, trouble: Trouble, passage: int | None) -> bool:
        """Say that this alarm was seen; False when the lane was not reached."""

    def detach(self) -> None:
        """Leave."""


class TechnicianLine(Protocol):
    """One technician's own line to a lane. The lane drops it after 2 s without a beat.

    What is asked is answered by its number, see egate.domain.lane_view; False: not reached.
    """

    @property
    def is_attached(self) -> bool:
        """Say whether the lane has this technician now."""

    def beat(self) -> None:
        """Show that the technician's page lives; attach again when the lane was away."""

    def set_maintenance(self, request: int, reason: str, *, is_on: bool) -> bool:
        """Ask for maintenance, or for its end."""

    def force(self, request: int, output: Output, reason: str, *, active: bool) -> bool:
        """Ask for one output by hand."""

    def run_checks(self, request: int, only: str) -> bool:
        """Ask for the lane's own checks: one by its id, or all."""

    def detach(self) -> None:
        """Leave."""


class LaneLink(Protocol):
    """One lane, as pages reach it."""

    @property
    def name(self) -> str:
        """Which gate it is."""

    async def watch(
        self,
        on_shown: Callable[[LaneView], None],
        on_health: Callable[[HealthView], None] = lambda _health: None,
    ) -> None:
        """Tell every state and health that the lane shows, until cancelled; connect again."""

    def attach(self, officer: str, on_decision: Callable[[DecisionView], None]) -> OfficerLine:
        """Attach an officer; decisions of the passage that runs are told on this line only."""

    def serve(self, technician: str, on_told: Callable[[ToldByHand], None]) -> TechnicianLine:
        """Attach a technician; what comes of the technician's requests is told on this line."""
