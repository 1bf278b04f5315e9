"""How long the steps of reading a chip took: measures of a device, nothing of a person.

Source: research/domain.md 2.6 (the budget of a chip document, step by step).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChipTimes:
    """Seconds, 0.0 for what was not reached; together they are the time from zone to result.

    `card_s` until a card was there and powered, `access_s` opening it, `proofs_s` chip and active
    authentication with their keys, `files_s` the other files, `portrait_s` DG2. `own_s` is how
    much of all that was our own work and not the reader's or the chip's.
    """

    card_s: float = 0.0
    access_s: float = 0.0
    files_s: float = 0.0
    proofs_s: float = 0.0
    portrait_s: float = 0.0
    own_s: float = 0.0
