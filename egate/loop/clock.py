"""The two clocks of a process, passed in: one for every limit, one for what is written down."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """`monotonic_s` never jumps and is one for all processes of a machine; `utc_s` may jump."""

    monotonic_s: Callable[[], float]
    utc_s: Callable[[], float]
