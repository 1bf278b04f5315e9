"""What kind of code a traveller shows, told by its beginning and its shape, and by nothing else.

    permit           BG1:
    identity_card    12 digits | 9 digits or nothing | a name | four fields and more
    visible_seal     bytes DC 02 or DC 03, or a text of the characters that stand for them
    sticker          a text that the operator's pattern knows
    zone             lines of A-Z, 0-9 and fillers in one of the five layouts
    unknown          all else

Only a permit is a permit. Of the others a gate can tell its traveller what it was that they held
before the scanner: `permit_is_readable` fails with the kind for its reason. No finding holds
content. A scanner on a serial line cannot bring a seal's bytes: they come as a garbled frame.

Source: research/mrz_qr.md sections 5 and 6.
"""

from enum import StrEnum
from typing import Final

from egate.document import identity_card_code, mrz, visible_digital_seal
from egate.document.mrz_key import ZONE_TEXT
from egate.domain.check import Check, Finding, Outcome
from egate.permit import permit, resident_sticker
from egate.permit.issuers import Issuers
from egate.permit.permit import Reading
from egate.permit.resident_sticker import StickerPattern, StickerUnreadable

READABLE: Final = Check.PERMIT_IS_READABLE
_LOOKED_AT: Final = 256  # characters; a zone has no more


class CodeKind(StrEnum):
    """The kinds of code that are told apart."""

    PERMIT = "permit"
    IDENTITY_CARD = "identity_card"
    VISIBLE_SEAL = "visible_seal"
    STICKER = "sticker"
    ZONE = "zone"
    UNKNOWN = "unknown"


# Why a code is no permit, in the words of a finding; of other kinds the permit's own reason stands.
REASONS: Final = {
    CodeKind.IDENTITY_CARD: "identity_card_code",
    CodeKind.VISIBLE_SEAL: "visible_seal",
    CodeKind.STICKER: "not_a_permit",
    CodeKind.ZONE: "not_a_permit",
}


def what_is(text: str, raw: bytes = b"", sticker: StickerPattern | None = None) -> CodeKind:
    """Say what kind of code this is.

    Args:
        text: what the reader made of it.
        raw: the bytes that the code holds, where the reader gives them.
        sticker: what the operator's stickers look like, where there are any.
    """
    if text.startswith(permit.PREFIX):
        return CodeKind.PERMIT
    begins = raw or text[:2].encode("latin-1", errors="replace")
    if visible_digital_seal.looks_like_one(begins):
        return CodeKind.VISIBLE_SEAL
    if identity_card_code.looks_like_one(text):
        return CodeKind.IDENTITY_CARD
    if sticker is not None and _is_sticker(text, sticker):
        return CodeKind.STICKER
    return CodeKind.ZONE if _is_zone(text) else CodeKind.UNKNOWN


def read_permit(text: str, issuers: Issuers, now_utc_s: float, raw: bytes = b"") -> Reading:
    """Read a permit; of a code that is another thing, say which.

    The findings are those of egate.permit.permit.read, always both, in the same order.
    """
    reading = permit.read(text, issuers, now_utc_s)
    readable, signed = reading.findings
    reason = REASONS.get(what_is(text, raw))
    if readable.outcome is Outcome.PASSED or reason is None:
        return reading
    return Reading(None, (Finding(READABLE, Outcome.FAILED, reason), signed))


def _is_sticker(text: str, pattern: StickerPattern) -> bool:
    try:
        resident_sticker.read(text, pattern)
    except StickerUnreadable:
        return False
    return True


def _is_zone(text: str) -> bool:
    lines = mrz.split(text[:_LOOKED_AT])
    shape = (len(lines), len(lines[0]) if lines else 0)
    return (
        len(text) <= _LOOKED_AT
        and shape in mrz.SHAPES
        and all(len(line) == shape[1] and ZONE_TEXT.fullmatch(line) for line in lines)
    )
