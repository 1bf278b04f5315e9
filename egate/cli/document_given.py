"""What opens a chip, from what a person typed: the printed zone, three fields of it, or a number.

    zone    2 lines of 44 or 36 characters, or 3 of 30; between them a line end or a `/`
    key     document number, birth date, expiry date, with commas: opens the chip all the same,
            but there is no page to compare it with
    CAN     six digits, printed on the front of an identity card

A zone with a misread key field is refused here: it would cost the chip a try. Nothing that was
typed is told again.

Source: ICAO 9303-3, 4.9; 9303-11, 4.3.2 and 4.4.4.1; BSI TR-03110-2, 3.3 (CAN).
"""

from collections.abc import Sequence
from dataclasses import dataclass
import re
from typing import Final, TextIO

from egate.document import mrz
from egate.document.mrz import DIGIT_CHECKS
from egate.document.mrz import Reading as ZoneReading
from egate.document.mrz_key import FILLER, MrzKey
from egate.document.reading_result import Access
from egate.domain.check import Check, Finding, Outcome
from egate.loop.card_session import KEY_DIGITS

STANDARD_INPUT: Final = "-"
LONGEST_LINE: Final = 256
ENDS_WITH_LINE: Final = {44: 2, 36: 2, 30: 3}  # lines of a zone by their width
_CAN: Final = re.compile(r"[0-9]{6}")


class NotUsable(Exception):
    """What was typed cannot be used; the text says why, and holds nothing of it."""


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """The page as far as it was given, and what opens the chip."""

    printed: ZoneReading
    access: Access

    @property
    def has_page(self) -> bool:
        """Whether there is a printed zone to compare the chip with."""
        return self.printed.mrz is not None


def given(zone: Sequence[str], key: str | None, can: str | None, typed: TextIO) -> Given:
    """Return what was given; `-` is read from `typed`.

    Raises:
        NotUsable: none of the three was given, or more than one, or it is not what it should be.
    """
    if bool(zone) + (key is not None) + (can is not None) != 1:
        raise NotUsable("say what opens the chip: one of --mrz, --mrz-key and --can")
    if zone:
        return _from_zone(
            "\n".join(_lines(typed) if part == STANDARD_INPUT else part for part in zone)
        )
    if key is not None:
        return _from_key(_lines(typed) if key == STANDARD_INPUT else key)
    return _from_can(_lines(typed) if can == STANDARD_INPUT else can or "")


def _lines(typed: TextIO) -> str:
    """Read what one zone, key or number can have: to its last line, an empty one, or the end."""
    lines: list[str] = []
    try:
        while line := typed.readline(LONGEST_LINE).strip():
            lines.append(line)
            if len(lines) == ENDS_WITH_LINE.get(len(lines[0]), 1):
                break
    except UnicodeDecodeError:
        raise NotUsable("standard input holds no text") from None
    return "\n".join(lines)


def _from_zone(text: str) -> Given:
    lines = mrz.split(
        "\n".join(_capitals(part) for part in re.split(r"[\n/]", text) if part.strip())
    )
    printed = mrz.read(lines)
    if printed.mrz is None:
        reason = printed.findings[0].reason.replace("_", " ")
        there = " and ".join(str(len(line)) for line in lines) or "no"
        raise NotUsable(
            f"--mrz: {reason}; a zone has 2 lines of 44 or 36 characters or 3 of 30, "
            f"here are lines of {there}"
        )
    for one in printed.findings:
        if one.check in KEY_DIGITS and one.outcome is Outcome.FAILED:
            raise NotUsable(f"--mrz: {one.check}: {one.reason}; compare it with the page again")
    return Given(printed, Access(mrz=printed.mrz.key))


def _from_key(text: str) -> Given:
    fields = [_capitals(field) for field in text.split(",")]
    if len(fields) != 3:
        raise NotUsable("--mrz-key: give NUMBER,YYMMDD,YYMMDD: document number, birth, expiry")
    number, birth, expiry = fields
    try:
        return Given(_no_page(), Access(mrz=MrzKey(number.rstrip(FILLER), birth, expiry)))
    except ValueError as error:
        raise NotUsable(f"--mrz-key: {error}") from None


def _from_can(text: str) -> Given:
    if not _CAN.fullmatch(text.strip()):
        raise NotUsable("--can: a card access number has six digits")
    return Given(_no_page(), Access(can=text.strip()))


def _no_page() -> ZoneReading:
    checks = (Check.MRZ_IS_READABLE, *DIGIT_CHECKS)
    return ZoneReading(
        None, (), tuple(Finding(check, Outcome.NOT_DONE, "not_given") for check in checks)
    )


def _capitals(text: str) -> str:
    """Return what was typed as a zone has it; other letters stay as they are."""
    return text.strip().upper() if text.isascii() else text.strip()
