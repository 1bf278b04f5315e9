"""Which day a date of a machine readable zone means, seen from a day that is passed in.

    birth     the last century in which the day has come: nobody is born tomorrow
    expiry    from 69 years before to 30 years after: no document lasts longer, and one that
              seems to is taken as expired long ago, so that doubt never lengthens a document

A birth date may lack its day, its month and day, or all (`<<`). Who is older than a hundred
seems younger by a century; the chip's DG11 tells the whole year. What is no date is None.

Source: ICAO 9303-3, 4.8 (dates, unknown parts); the century is left to whoever reads.
"""

from dataclasses import dataclass
from datetime import date
import re
from typing import Final

YEARS_AHEAD: Final = 30
_BIRTH: Final = re.compile(r"([0-9]{2})(?:<<<<|([0-9]{2})(?:<<|([0-9]{2})))")
_EXPIRY: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """A day, or as much of it as is known."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def earliest(self) -> date:
        """The first day it can have been."""
        return date(self.year, self.month or 1, self.day or 1)


def birth_date(yymmdd: str, seen_on: date) -> BirthDate | None:
    """Return the day of birth as seen on a day; None when the zone does not tell one."""
    found = _BIRTH.fullmatch(yymmdd)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    century = seen_on.year // 100 * 100
    candidates = (BirthDate(century + start + year, month, day) for start in (0, -100))
    return next((one for one in candidates if _has_come(one, seen_on)), None)


def expiry_date(yymmdd: str, seen_on: date) -> date | None:
    """Return the last day of a document as seen on a day; None when the zone does not tell one."""
    if not _EXPIRY.fullmatch(yymmdd):
        return None
    first_year = seen_on.year + YEARS_AHEAD - 99
    year = first_year + (int(yymmdd[:2]) - first_year) % 100
    try:
        return date(year, int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return None


def _has_come(born: BirthDate, seen_on: date) -> bool:
    if born.month == 0 or born.day == 0:
        return False
    try:
        return born.earliest <= seen_on
    except ValueError:
        return False
