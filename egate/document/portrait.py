"""The portrait that a document's chip holds: taken out of DG2, and not decoded here.

    passed     by its kind: jpeg, jp2, j2k
    failed     too_long, no_size, too_many_pixels; and of DG2: malformed, bad_structure, ...
    not_done   not_read

The first picture of the first template is the portrait. What its header announces bounds what a
decoder would allocate; the decoder's own limits hold too (egate/vision).

Source: ICAO 9303-10, 4.7.2; research/emrtd.md 5.1 (12 to 25 KB) and 6.2, rule 17.
"""

from typing import Final

from egate.document.data_group_2 import read_data_group_2
from egate.document.lds import LdsError
from egate.document.picture_size import picture_size
from egate.domain.check import Check, Finding, Outcome
from egate.domain.token import MAX_PORTRAIT, Portrait

CHECK: Final = Check.DOCUMENT_HAS_A_PORTRAIT
MAX_PIXELS: Final = 2_000_000  # 9303-3 asks for 300 dpi or more: 413 x 531; some have 1200 x 1600
MAX_SIDE: Final = 2_000


def portrait_of(data_group_2: bytes | None) -> tuple[Portrait | None, Finding]:
    """Return the portrait, None without one, and the finding about it."""
    if data_group_2 is None:
        return None, Finding(CHECK, Outcome.NOT_DONE, "not_read")
    try:
        picture = read_data_group_2(data_group_2)[0].pictures[0]
    except LdsError as error:
        return None, Finding(CHECK, Outcome.FAILED, error.reason)
    if len(picture.data) > MAX_PORTRAIT:
        return None, Finding(CHECK, Outcome.FAILED, "too_long")
    size = picture_size(picture)
    if size is None:
        return None, Finding(CHECK, Outcome.FAILED, "no_size")
    width, height = size
    evidence = {"width": width, "height": height}  # not its bytes: by them it is known again
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        return None, Finding(CHECK, Outcome.FAILED, "too_many_pixels", evidence)
    return Portrait(picture.data), Finding(CHECK, Outcome.PASSED, picture.kind.value, evidence)
