"""DG14: the signed list of the chip's protocols and keys.

    6E  31 {SecurityInfo ...}

Source: ICAO 9303-10, 4.7.14; 9303-11, 9.2.
"""

from egate.document.lds import DATA_GROUPS, content
from egate.document.security_infos import SecurityInfos, read_security_infos

FILE = DATA_GROUPS[14]


def read_data_group_14(raw: bytes) -> SecurityInfos:
    """Return the infos in the order of the file.

    Raises:
        LdsError: it is no DG14.
    """
    return read_security_infos(content(raw, FILE), FILE.name)
