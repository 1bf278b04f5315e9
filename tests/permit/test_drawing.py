"""A drawn permit is what a scanner reads, at the size that was promised."""

import struct
import xml.etree.ElementTree as ET
import zlib

import pytest

from egate.permit.drawing import MODULE_MM, QUIET_MODULES, draw, paper_png, paper_svg, phone_png
from egate.permit.permit import sign
from tests.permit.made import KEY, PERMIT, SEALED_PERMIT

zxingcpp = pytest.importorskip("zxingcpp")
np = pytest.importorskip("numpy")

TEXT = sign(SEALED_PERMIT, KEY)


def grey(png: bytes) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Take a PNG of one bit a pixel apart; return its side, a byte a pixel, its chunks."""
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + content)
        chunks[kind], at = content, at + 12 + size
    side = struct.unpack_from(">I", chunks[b"IHDR"])[0]
    raw, row = zlib.decompress(chunks[b"IDAT"]), 1 + -(-side // 8)
    lines = [raw[line * row + 1 : (line + 1) * row] for line in range(side)]
    bits = ("".join(f"{byte:08b}" for byte in line)[:side] for line in lines)
    return side, bytes(255 * int(bit) for line in bits for bit in line), chunks


@pytest.mark.parametrize("write", [paper_png, phone_png])
def test_a_scanner_reads_the_picture(write: object) -> None:
    assert callable(write)
    side, pixels, _ = grey(write(draw(TEXT)))
    code = zxingcpp.read_barcode(np.frombuffer(pixels, np.uint8).reshape(side, side))
    assert code.text == TEXT
    assert code.ec_level == "M"


def test_a_scanner_reads_the_vector_drawing() -> None:
    drawing = draw(TEXT)
    root = ET.fromstring(paper_svg(drawing))
    assert root.get("width") == f"{drawing.side_mm:.2f}mm"
    pixels = np.full((drawing.modules, drawing.modules), 255, np.uint8)
    for part in root[1].get("d", "").removesuffix("z").split("z"):
        place, length = part.removeprefix("M").split("v1")[0].split("h")
        column, line = map(int, place.split())
        pixels[line, column : column + int(length)] = 0
    assert zxingcpp.read_barcode(np.kron(pixels, np.ones((4, 4), np.uint8))).text == TEXT


def test_a_module_on_paper_is_at_least_four_tenths_of_a_millimetre() -> None:
    drawing = draw(TEXT)
    side, _, chunks = grey(paper_png(drawing))
    dots_a_metre, _, unit = struct.unpack(">IIB", chunks[b"pHYs"])
    assert unit == 1
    assert side / dots_a_metre * 1000 / drawing.modules >= 0.4
    assert side / dots_a_metre * 1000 == pytest.approx(drawing.side_mm, rel=0.001)
    assert MODULE_MM >= 0.4


def test_the_quiet_zone_is_four_modules_of_white() -> None:
    side, pixels, _ = grey(phone_png(draw(TEXT)))
    rows = [pixels[line * side : (line + 1) * side] for line in range(side)]
    margin = QUIET_MODULES * 8
    for row in rows[:margin] + rows[-margin:]:
        assert set(row) == {255}
    assert {set(row[:margin] + row[-margin:]).pop() for row in rows} == {255}


def test_a_slip_with_a_sealed_face_is_at_most_38_mm_wide_and_one_without_28_mm() -> None:
    with_face, without = draw(TEXT), draw(sign(PERMIT, KEY))
    assert (with_face.version, without.version) == (14, 10)
    assert with_face.side_mm <= 38.0
    assert without.side_mm <= 28.0
