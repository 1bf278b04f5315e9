"""What came of one check of the self-test, as a running lane tells it: codes only, in no language.

Source: egate/selftest/check.py (what the codes mean), egate/selftest/catalogue.py (their words).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One check and its answer; `is_own`: the reason is the check's own, not the runner's.

    `values` fill the reason's texts: counts, names of lines and checks, nothing of a person.
    """

    id: str
    device: str
    outcome: str
    reason: str
    is_own: bool
    values: Mapping[str, str | int | float]
    took_s: float
