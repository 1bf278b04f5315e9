"""What a traveller held before the scanner: told by kind, and never taken for a permit."""

from pathlib import Path
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import mrz
from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Ruling, Subject
from egate.domain.lane_state import Trouble
from egate.inspection import presented_code
from egate.inspection.decide import decide
from egate.inspection.policy import load
from egate.inspection.presented_code import CodeKind, read_permit, what_is
from egate.inspection.trouble import trouble_of
from egate.permit import permit
from egate.permit.resident_sticker import StickerPattern
from egate.wire import code_frames
from egate.wire.frames import Splitter
from tests.document.test_identity_card_code import PARTS, TEXT, ZONE
from tests.document.test_visible_digital_seal import RAW
from tests.permit import made

PERMIT = permit.sign(made.PERMIT, made.KEY)
STICKERS = StickerPattern.of(r"LS-(\d{6})")
LATIN = RAW.decode("latin-1")
LINES = mrz.encode(ZONE)
POLICY = load((Path(presented_code.__file__).parent / "policy.toml").read_text())


@pytest.mark.parametrize(
    ("text", "raw", "kind"),
    [
        (PERMIT, b"", CodeKind.PERMIT),
        ("BG1:", b"", CodeKind.PERMIT),
        (TEXT, b"", CodeKind.IDENTITY_CARD),
        (TEXT + "|more", TEXT.encode(), CodeKind.IDENTITY_CARD),
        ("|".join(PARTS[:5]), b"", CodeKind.UNKNOWN),
        (LATIN, b"", CodeKind.VISIBLE_SEAL),
        ("\ufffd", RAW, CodeKind.VISIBLE_SEAL),
        ("Ü", b"", CodeKind.UNKNOWN),
        ("LS-123456", b"", CodeKind.STICKER),
        ("LS-12345", b"", CodeKind.UNKNOWN),
        ("\n".join(LINES), b"", CodeKind.ZONE),
        ("".join(LINES), b"", CodeKind.ZONE),
        ("A" * 89, b"", CodeKind.UNKNOWN),
        ("", b"", CodeKind.UNKNOWN),
        ("https://example.org/BG1:", b"", CodeKind.UNKNOWN),
    ],
)
def test_a_code_is_told_by_its_shape(text: str, raw: bytes, kind: CodeKind) -> None:
    assert what_is(text, raw, STICKERS) is kind


@pytest.mark.parametrize(
    ("text", "raw", "reason", "trouble"),
    [
        (TEXT, b"", "identity_card_code", Trouble.IDENTITY_CARD_CODE_SHOWN),
        (LATIN, b"", "visible_seal", Trouble.VISIBLE_SEAL_SHOWN),
        ("?", RAW, "visible_seal", Trouble.VISIBLE_SEAL_SHOWN),
        ("".join(LINES), b"", "not_a_permit", Trouble.NO_PERMIT_SHOWN),
        ("hello", b"", "not_a_permit", Trouble.NO_PERMIT_SHOWN),
        ("BG1", b"", "truncated", Trouble.TOKEN_REFUSED),
        ("BG1:ABC", b"", "bad_structure", Trouble.TOKEN_REFUSED),
    ],
)
def test_another_code_is_no_permit_and_its_kind_is_the_reason(
    text: str, raw: bytes, reason: str, trouble: Trouble
) -> None:
    reading = read_permit(text, made.ISSUERS, made.NOW_S, raw)
    readable, signed = reading.findings
    assert reading.permit is None
    assert (readable, signed.check, signed.outcome) == (
        Finding(Check.PERMIT_IS_READABLE, Outcome.FAILED, reason),
        Check.PERMIT_IS_SIGNED,
        Outcome.NOT_DONE,
    )
    decision = decide(1, Subject.PERMIT, reading.findings, POLICY)
    assert (decision.ruling, trouble_of(decision)) == (Ruling.REFER, trouble)


@pytest.mark.parametrize("charset", ["utf-8", "cp1258"])
def test_the_code_of_an_identity_card_is_known_behind_a_scanner_on_a_line(charset: str) -> None:
    text = unicodedata.normalize("NFC", TEXT.replace("ễ", "ê").replace("ị", "i").replace("ữ", "ư"))
    sent = "".join(one for one in text if one.encode(charset, "ignore")).encode(charset)
    framing = code_frames.Framing(code_frames.Terminator.CR)
    (code,) = Splitter(framing).feed(sent + b"\r", 1.0)
    assert isinstance(code, code_frames.Code)
    assert what_is(code.text) is CodeKind.IDENTITY_CARD


def test_a_permit_is_a_permit() -> None:
    assert read_permit(PERMIT, made.ISSUERS, made.NOW_S) == permit.read(
        PERMIT, made.ISSUERS, made.NOW_S
    )


@given(st.text(max_size=120), st.binary(max_size=120))
def test_whatever_else_it_is_it_is_no_permit(text: str, raw: bytes) -> None:
    reading = read_permit(text, made.ISSUERS, made.NOW_S, raw)
    assert reading.permit is None
    assert len(reading.findings) == 2
    assert what_is(text, raw, STICKERS) in CodeKind
