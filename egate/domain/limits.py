"""The time limits of a lane, in seconds on the monotonic clock.

Source: research/domain.md 2.2 (default of each state), IEC 60839-11-1 Table 2 (a permitted
open time of at least 10 s), UFGS 13720A page 84 (hint after 5 s without action).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each step may take before the lane does what the state table says."""

    self_test_s: float = 60.0
    reading_s: float = 15.0
    turned_away_s: float = 3.0
    entry_released_s: float = 10.0
    entering_s: float = 10.0
    face_try_s: float = 10.0
    finger_try_s: float = 6.0
    verifying_s: float = 30.0
    decided_s: float = 1.0
    exit_warning_s: float = 10.0
    exit_released_s: float = 20.0
    leaving_s: float = 10.0
    left_object_s: float = 3.0
    referred_dwell_s: float = 60.0
    returning_s: float = 20.0
    maintenance_idle_s: float = 900.0
    hint_s: float = 5.0
    door_disagreement_s: float = 2.0
    door_follow_s: float = 3.0
    occupancy_settle_s: float = 0.3
    out_of_service_retry_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a traveller may try before an officer is called."""

    face: int = 3
    finger: int = 3
