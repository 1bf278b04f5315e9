"""The lines of a lane: contacts and beams in, releases and lamps out."""

from collections.abc import Callable, Mapping
from typing import Protocol

from egate.domain.lane_part import Input, Output

OnChange = Callable[[Input, bool, float], None]


class DigitalIo(Protocol):
    """Every input and output line of one lane, by name.

    At rest both releases are at their safe level and the lamps are off: so after
    close() and, through the safety relay, when renewal stops, until the first renew().
    Opening releases no door: while the relay still holds, after a quick restart, every door
    is locked, also one that is locked by power.
    """

    def watch(self, on_change: OnChange) -> None:
        """Call `on_change(line, active, at_s)` at each edge from now on.

        It is called from a thread of the driver, and must only post. `at_s` is on the
        monotonic clock. Edges shorter than the profile's debounce time are not told.
        """

    def levels(self) -> Mapping[Input, bool]:
        """Read every input now; True is active.

        Raises:
            DeviceLost: the board does not answer; no level may be assumed.
        """

    def set(self, output: Output, *, active: bool) -> None:
        """Drive one output; returns when the board has taken it.

        Raises:
            DeviceLost: the board does not answer; the safety relay will rest the outputs.
        """

    def renew(self) -> None:
        """Give the ALIVE line one edge; the safety relay wants one at least every 0.5 s.

        Raises:
            DeviceLost: the board does not answer.
        """

    def close(self) -> None:
        """Rest the outputs and give the lines back; repeatable, never raises."""
