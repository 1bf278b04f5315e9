"""DG15: the chip's public key for active authentication.

    6F  30 SubjectPublicKeyInfo

Source: ICAO 9303-10, 4.7.15; 9303-11, 6.1.
"""

from egate.document.lds import DATA_GROUPS, content, inside

FILE = DATA_GROUPS[15]


def read_data_group_15(raw: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo, byte for byte.

    Raises:
        LdsError: it is no DG15.
    """
    key = content(raw, FILE)
    inside(key, 0x30, FILE.name)
    return key
