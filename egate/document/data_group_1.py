"""DG1: the machine readable zone, without line ends.

    61  5F1F  72, 88 or 90 characters

Source: ICAO 9303-10, 4.7.1.
"""

from egate.document.lds import DATA_GROUPS, LdsError, content, inside
from egate.document.mrz import Reading, read, split

FILE = DATA_GROUPS[1]
ZONE = 0x5F1F


def read_data_group_1(raw: bytes) -> Reading:
    """Return the chip's zone; its check digits are findings, as those of a printed one.

    Raises:
        LdsError: it is no DG1. A zone that cannot be read is a finding.
    """
    zone = inside(content(raw, FILE), ZONE, FILE.name)
    try:
        return read(split(zone.decode("ascii")))
    except UnicodeDecodeError:
        raise LdsError(FILE.name, "bad_structure") from None
