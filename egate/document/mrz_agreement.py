"""Whether the chip's zone is the printed one: a chip from another document says otherwise.

    passed        lines_agree       every character is the same
                  fields_agree      another layout, every field that both have is the same
    failed        fields_differ     evidence names the fields
    not_done      no_printed_zone, no_chip_zone

A name may be shorter in one layout than in the other, when its field was full there. Optional data
is compared within one layout only. No finding holds content.

Source: research/emrtd.md 6.2, rule 14; ICAO 9303-11, 4.2 (chip and zone belong together);
9303-3, 4.6 (truncated names).
"""

from typing import Final

from egate.document.mrz import FIELDS, Layout, Mrz, Reading
from egate.domain.check import Check, Finding, Outcome

CHECK: Final = Check.CHIP_MRZ_IS_THE_PRINTED_ONE
FIELDS_OF_BOTH: Final = (
    "document_code",
    "issuer",
    "document_number",
    "nationality",
    "birth_date",
    "sex",
    "expiry_date",
)


def compare(printed: Reading, chip: Reading) -> Finding:
    """Say whether the chip's zone is the printed one."""
    if printed.mrz is None:
        return Finding(CHECK, Outcome.NOT_DONE, "no_printed_zone")
    if chip.mrz is None:
        return Finding(CHECK, Outcome.NOT_DONE, "no_chip_zone")
    layout = chip.mrz.layout
    if printed.lines == chip.lines:
        return Finding(CHECK, Outcome.PASSED, "lines_agree", {"layout": layout})
    differing = _differing(printed.mrz, chip.mrz)
    if printed.mrz.layout is layout:
        differing = differing or ["other_characters"]
    if differing:
        return Finding(CHECK, Outcome.FAILED, "fields_differ", {"fields": ",".join(differing)})
    return Finding(CHECK, Outcome.PASSED, "fields_agree", {"layout": layout})


def _differing(printed: Mrz, chip: Mrz) -> list[str]:
    fields = [name for name in FIELDS_OF_BOTH if getattr(printed, name) != getattr(chip, name)]
    return fields + ([] if _same_name(printed, chip) else ["name"])


def _same_name(printed: Mrz, chip: Mrz) -> bool:
    shorter, longer = sorted((printed, chip), key=lambda mrz: _room(mrz.layout))
    if _name(shorter) == _name(longer):
        return True
    is_full = len(_name(shorter)) >= _room(shorter.layout) - 2  # the cut may end in fillers
    return (
        shorter.layout is not longer.layout and is_full and _name(longer).startswith(_name(shorter))
    )


def _name(mrz: Mrz) -> str:
    return f"{mrz.primary_identifier}  {mrz.secondary_identifier}".rstrip()


def _room(layout: Layout) -> int:
    spot = FIELDS[layout]["name"]
    return spot.last - spot.first + 1
