"""Codes are read from pictures as they are, spoilt or hostile, and two of them are never one."""

from importlib.util import find_spec
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
import pytest
import zxingcpp

from egate.vision import codes
from egate.vision.codes import (
    DEEPER_EVERY,
    MOST_CODES,
    CodeDecoder,
    CodeFinder,
    CodeFormat,
    DecoderMissing,
    FoundCode,
    PictureUnfit,
    Seen,
    Sight,
    agreed,
    ascii_text,
    find_codes,
    plain,
)
from simulators.code_frames import Condition, Content, frame, frames, room

Picture = NDArray[np.uint8]
TEXT = "BG1:ABC0123456789"
EVERY = frozenset(CodeFormat)
CORNERS = ((0, 0), (9, 0), (9, 9), (0, 9))


def drawn(content: str | bytes, kind: CodeFormat = CodeFormat.QR, scale: int = 4) -> Picture:
    code = zxingcpp.create_barcode(content, codes._ZXING[kind])
    return np.array(code.to_image(scale=scale, add_quiet_zones=True), np.uint8)


def laid(*slips: Picture) -> Picture:
    """Return a grey wall with these slips side by side."""
    wall = np.full((720, 1280), 120, np.uint8)
    left = 40
    for slip in slips:
        high, wide = slip.shape
        wall[60 : 60 + high, left : left + wide] = slip
        left += wide + 60
    return wall


def code(raw: bytes, kind: CodeFormat = CodeFormat.QR) -> FoundCode:
    return FoundCode(kind, raw, ascii_text(raw), CORNERS)


@pytest.mark.parametrize("kind", CodeFormat)
def test_every_format_is_read_where_it_is_asked_for(kind: CodeFormat) -> None:
    picture = laid(drawn(TEXT, kind, 3))
    seen = find_codes(picture, EVERY)
    assert seen.code is not None
    assert (seen.code.format, seen.code.text, seen.code.raw) == (kind, TEXT, TEXT.encode())
    if kind is not CodeFormat.QR:
        assert plain(picture, codes.ONLY_QR).sight is Sight.NOTHING


def test_a_code_is_found_where_it_is() -> None:
    found = find_codes(laid(drawn(TEXT))).code
    assert found is not None
    assert np.allclose(found.corners[0], (56, 76), atol=4)  # behind four white modules of 4 px


def test_names_in_utf_8_are_read_though_the_code_does_not_announce_it() -> None:
    text = "001199001234||Ngô Thị Ánh|01011990|Nữ|Đồng Đăng, Lạng Sơn|01012021"
    found = find_codes(laid(drawn(text.encode()))).code
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("raw", [b"\xdc\x03\xff\x00\x80" * 8, b"one\ntwo", bytes(40)])
def test_bytes_that_are_no_text_stay_bytes(raw: bytes) -> None:
    found = find_codes(laid(drawn(raw))).code
    assert found is not None
    assert (found.raw, found.text) == (raw, None)


def test_two_different_codes_are_several_and_none_is_chosen() -> None:
    seen = find_codes(laid(drawn("one"), drawn("another")))
    assert (seen.sight, seen.code, len(seen.codes)) == (Sight.SEVERAL, None, 2)


def test_two_equal_codes_are_one() -> None:
    assert find_codes(laid(drawn(TEXT), drawn(TEXT))).sight is Sight.ONE


def test_a_sheet_full_of_codes_is_bounded() -> None:
    sheet = np.full((720, 1280), 255, np.uint8)
    for number in range(40):
        slip = drawn(f"{number:04}", scale=2)
        row, column = divmod(number, 10)
        sheet[row * 150 : row * 150 + slip.shape[0], column * 120 :][:, : slip.shape[1]] = slip
    assert len(find_codes(sheet).codes) == MOST_CODES


def test_nothing_of_a_code_is_in_its_repr() -> None:
    assert repr(code(b"secret")) == "FoundCode(qr_code, 6 bytes)"


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0), np.uint8),
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 3, 1), np.uint8),
        np.zeros(16, np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture: NDArray[np.uint8]) -> None:
    with pytest.raises(PictureUnfit):
        find_codes(picture)


def test_a_picture_of_gigabytes_is_refused() -> None:
    endless = np.broadcast_to(np.zeros(1, np.uint8), (20_000, 20_000))
    with pytest.raises(PictureUnfit):
        find_codes(endless)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (3000, 2, 3), (449, 449), (448, 2000, 3)])
def test_a_picture_of_any_shape_is_looked_through(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    assert find_codes(noise, EVERY).sight is Sight.NOTHING


def test_noise_stripes_and_a_wall_of_modules_are_no_code() -> None:
    random = np.random.default_rng(2)
    stripes = (np.indices((720, 1280)).sum(axis=0) // 4 % 2 * 255).astype(np.uint8)
    modules = np.kron(random.integers(0, 2, (90, 160), np.uint8), np.full((8, 8), 255, np.uint8))
    for picture in (stripes, modules):
        assert find_codes(picture).sight is Sight.NOTHING


def test_most_of_every_condition_but_motion_is_read_and_nothing_wrongly() -> None:
    right = dict.fromkeys(Condition, 0)
    for one in frames(seed=20, each=6):
        seen = find_codes(one.picture)
        assert {found.text for found in seen.codes} <= {one.text}
        right[one.condition] += seen.sight is Sight.ONE
    plenty = {condition for condition, number in right.items() if number >= 3}
    assert plenty >= set(Condition) - {Condition.MOTION}


def test_the_pictures_of_a_seed_are_the_same_ones() -> None:
    one, again = (list(frames(seed=3, each=3)) for _ in range(2))
    other = next(iter(frames(seed=4, each=1)))
    assert [a.text for a in one] == [b.text for b in again]
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(one, again, strict=True))
    assert other.text != one[0].text
    assert {a.content for a in one} == set(Content)


def blurred() -> Picture:
    """Return a code that only a deeper look reads."""
    for seed in range(40):
        picture = frame(TEXT * 5, Condition.BLUR, np.random.default_rng((5, seed)))
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        if not plain(grey, codes.ONLY_QR).codes and codes._refocused(grey, codes.ONLY_QR).codes:
            return picture
    pytest.fail("no such picture")


def test_a_camera_is_looked_at_harder_while_it_shows_no_code() -> None:
    picture, finder = blurred(), CodeFinder()
    sights = [finder.feed(picture).sight for _ in range(3 * DEEPER_EVERY)]
    assert sights.count(Sight.ONE) == 3  # the look that found it stays the first in turn
    assert sights[DEEPER_EVERY - 1] is Sight.ONE


def test_every_look_has_its_turn_in_an_empty_room(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    def look(name: str) -> codes.Looking:
        def looked(_grey: Picture, _formats: codes.Formats) -> Seen:
            turns.append(name)
            return Seen()

        return looked

    monkeypatch.setattr(codes, "_DEEPER", (look("first"), look("second")))
    finder, empty = CodeFinder(), room(np.random.default_rng(1)).astype(np.uint8)
    for _ in range(4 * DEEPER_EVERY + 1):
        finder.feed(empty)
    assert turns == ["first", "second", "first", "second"]


def test_what_both_libraries_read_must_be_the_same_bytes() -> None:
    ours, other = Seen((code(b"BG1:A"),)), Seen((code(b"BG1:B"),))
    assert agreed(ours, ours) == ours
    assert agreed(ours, Seen()) == ours
    assert agreed(ours, other).sight is Sight.NOTHING
    assert agreed(ours, Seen((code(b"BG1:A", CodeFormat.CODE_128),))).sight is Sight.NOTHING
    assert agreed(Seen((*ours.codes, *other.codes)), ours).sight is Sight.NOTHING


class Zbar:
    """What pyzbar gives, as the test wants it."""

    ZBarSymbol: ClassVar = {"QRCODE": 64, "CODE128": 128}

    class Read:
        type = "QRCODE"
        polygon = ()

        def __init__(self, data: bytes) -> None:
            self.data = data

    def __init__(self, *reads: bytes) -> None:
        self._reads = reads

    def decode(self, _grey: Picture, symbols: list[int]) -> list["Zbar.Read"]:
        assert symbols == [64]
        return [self.Read(data) for data in self._reads]


def test_of_zbar_only_ascii_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = np.full((64, 64), 128, np.uint8)
    guessed = Zbar("Ngﾃｴ".encode(), b"\xdc\x03\xff", b"", b"a\x00b", b"BG1:A")
    monkeypatch.setattr(codes, "pyzbar", lambda: guessed)
    seen = find_codes(blank, decoder=CodeDecoder.ZXING_AND_ZBAR)
    assert [found.raw for found in seen.codes] == [b"BG1:A"]


def test_zbar_is_not_believed_against_zxing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "pyzbar", lambda: Zbar(b"BG1:FORGED"))
    assert codes._by_zbar(laid(drawn(TEXT)), codes.ONLY_QR).sight is Sight.NOTHING


@pytest.mark.skipif(find_spec("pyzbar") is not None, reason="pyzbar is installed")
def test_zbar_that_is_not_installed_is_told_at_once() -> None:
    with pytest.raises(DecoderMissing, match="zbar"):
        CodeFinder(decoder=CodeDecoder.ZXING_AND_ZBAR)


@pytest.mark.skipif(find_spec("pyzbar") is None, reason="pyzbar, egate's extra `zbar`, is missing")
def test_zbar_reads_what_zxing_reads() -> None:
    picture = laid(drawn(TEXT))
    theirs, ours = codes.zbar_reads(picture, EVERY), find_codes(picture)
    assert agreed(theirs, ours) == ours
