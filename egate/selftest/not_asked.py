"""Why a check of the devices is not asked here: the profile has no such part, or nobody is there.

Every lane has every check, so that a report says of each that it ran or why it did not apply. What
does not apply here needs nothing, and nothing is opened for it.
"""

from dataclasses import replace

from egate.selftest.check import Check, Reason
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.runner import NEEDS_PERSON, NO_CAMERA, NOT_IN_PROFILE

__all__ = ["NEEDS_PERSON", "NOT_IN_PROFILE", "NO_CAMERA", "unless", "where", "with_person"]


def unless(check: Check[ClosedLane], why_not: Reason | None) -> Check[ClosedLane]:
    """Return the check, or one that only says why it does not apply."""
    return check if why_not is None else replace(check, instead=why_not, needs=())


def where(there: bool, check: Check[ClosedLane]) -> Check[ClosedLane]:  # noqa: FBT001  # reads so
    """Return the check, to be asked only where the profile has what it is about."""
    return unless(check, None if there else NOT_IN_PROFILE)


def with_person(lane: ClosedLane, check: Check[ClosedLane]) -> Check[ClosedLane]:
    """Return the check, to be asked only where a person is beside the gate."""
    return unless(check, NEEDS_PERSON if lane.person is None else None)
