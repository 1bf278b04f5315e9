"""The three fields of a machine readable zone that open a chip, and the check digit over them.

    information   document number, birth date, expiry date, each with its check digit; a number
                  of fewer than nine characters is filled up, a longer one is written whole
    key_seed      first 16 bytes of SHA-1 over it: basic access control
    password      all 20 bytes of SHA-1 over it: PACE with the zone

Check digits are computed, never taken from the zone: a zone whose digits differ gives the key
of what it says. SHA-1 is what the standard derives keys with; nothing here is signed with it.

Source: ICAO 9303-3, 4.9 (check digits); 9303-11, 4.3.2 and 4.4.4.1 (keys), appendix D.
"""

from dataclasses import dataclass
import hashlib
import re
from typing import Final

FILLER: Final = "<"
MAX_NUMBER: Final = 23  # TD1: nine places, and fourteen of the optional data's fifteen
ZONE_TEXT: Final = re.compile(r"[A-Z0-9<]*")
_WEIGHTS: Final = (7, 3, 1)
_NUMBER: Final = re.compile(rf"[A-Z0-9<]{{1,{MAX_NUMBER}}}")
_DATE: Final = re.compile(r"[0-9<]{6}")


def check_digit(content: str) -> str:
    """Return the check digit over A-Z, 0-9 and fillers: weights 7 3 1, modulo 10.

    Raises:
        ValueError: it holds another character.

    >>> check_digit("L898902C3"), check_digit("740812")
    ('6', '2')
    """
    if not ZONE_TEXT.fullmatch(content):
        raise ValueError("a zone holds A-Z, 0-9 and fillers")
    values = (0 if one == FILLER else int(one, 36) for one in content)
    total = sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values))
    return str(total % 10)


@dataclass(frozen=True, slots=True, repr=False)
class MrzKey:
    """Document number without trailing fillers, birth and expiry date as YYMMDD."""

    document_number: str
    birth_date: str
    expiry_date: str

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.document_number):
            raise ValueError(f"a document number has 1 to {MAX_NUMBER} of A-Z, 0-9 and fillers")
        if not (_DATE.fullmatch(self.birth_date) and _DATE.fullmatch(self.expiry_date)):
            raise ValueError("a date is YYMMDD")

    def __repr__(self) -> str:
        """Give nothing: it is a key made of personal data."""
        return "MrzKey()"

    @property
    def numbered(self) -> bytes:
        """The document number as the zone has it, its check digit behind it."""
        number = self.document_number.ljust(9, FILLER)
        return (number + check_digit(number)).encode()

    @property
    def information(self) -> bytes:
        """What the keys are derived from: `MRZ_information` of 9303-11."""
        dates = (self.birth_date, self.expiry_date)
        return self.numbered + "".join(day + check_digit(day) for day in dates).encode()

    @property
    def password(self) -> bytes:
        """The 20 bytes that PACE takes for the zone."""
        return hashlib.sha1(self.information, usedforsecurity=False).digest()

    @property
    def key_seed(self) -> bytes:
        """The 16 bytes that basic access control derives its two keys from."""
        return self.password[:16]
