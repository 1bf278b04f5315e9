"""A permit drawn as a QR code: PNG and SVG for a paper slip, PNG for a telephone.

    error correction   M (15 %)
    quiet zone         4 modules on each side (ISO/IEC 18004 section 9.1)
    paper              5 pixels a module at 300 dots an inch = 0.423 mm, never under 0.4 mm
    telephone          8 pixels a module, no size on paper

The pictures are black on white and hold the code only: no name, number or photograph.

Source: research/mrz_qr.md section 6 (0.4 mm a module); PNG third edition, 11.2 and 11.3.4.3.
"""

from dataclasses import dataclass
import struct
import zlib

QUIET_MODULES = 4
PAPER_PIXELS, PAPER_DPI = 5, 300
PHONE_PIXELS = 8
MM_PER_INCH = 25.4
MODULE_MM = PAPER_PIXELS / PAPER_DPI * MM_PER_INCH


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """The modules of one code, row by row, True where black, without the quiet zone."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def version(self) -> int:
        """The version of the QR code, 1 to 40."""
        return (len(self.rows) - 17) // 4

    @property
    def modules(self) -> int:
        """The modules of one side, quiet zone included."""
        return len(self.rows) + 2 * QUIET_MODULES

    @property
    def side_mm(self) -> float:
        """The side on paper, quiet zone included."""
        return self.modules * MODULE_MM


def draw(text: str) -> Drawing:
    """Lay out the QR code of a permit's text.

    Raises:
        ValueError: no QR code holds this text.
    """
    import zxingcpp  # noqa: PLC0415  # native; the scanner host reads permits without it

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = code.to_image(scale=1, add_quiet_zones=False)
    side = int(image.shape[0])
    grey = memoryview(image).tobytes()  # type: ignore[arg-type]  # its stub hides the buffer
    return Drawing(
        tuple(
            tuple(level == 0 for level in grey[row * side : (row + 1) * side])
            for row in range(side)
        )
    )


def paper_png(drawing: Drawing) -> bytes:
    """Return the code for a paper slip; its size in millimetres is in the file."""
    return _png(drawing, PAPER_PIXELS, dots_a_metre=round(PAPER_DPI / MM_PER_INCH * 1000))


def phone_png(drawing: Drawing) -> bytes:
    """Return the code for a telephone's screen."""
    return _png(drawing, PHONE_PIXELS, dots_a_metre=None)


def paper_svg(drawing: Drawing) -> str:
    """Return the code for a paper slip, one unit a module, its size in millimetres given."""
    path = "".join(
        f"M{column + QUIET_MODULES} {line + QUIET_MODULES}h{length}v1h-{length}z"
        for line, row in enumerate(drawing.rows)
        for column, length in _runs(row)
    )
    side, size = drawing.modules, f"{drawing.side_mm:.2f}mm"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{path}"/></svg>\n'
    )


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Return where black begins in a row, and for how many modules."""
    runs: list[tuple[int, int]] = []
    for column, black in enumerate(row):
        if not black:
            continue
        if runs and sum(runs[-1]) == column:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((column, 1))
    return runs


def _png(drawing: Drawing, scale: int, dots_a_metre: int | None) -> bytes:
    """Write the drawing as a PNG of one bit a pixel."""
    side = drawing.modules * scale
    margin = (False,) * QUIET_MODULES
    blank = (False,) * drawing.modules
    lines = [blank] * QUIET_MODULES
    lines += [margin + row + margin for row in drawing.rows]
    lines += [blank] * QUIET_MODULES
    pixels = b"".join((b"\x00" + _packed(line, scale)) * scale for line in lines)
    size = b"" if dots_a_metre is None else struct.pack(">IIB", dots_a_metre, dots_a_metre, 1)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
            _chunk(b"pHYs", size) if size else b"",
            _chunk(b"IDAT", zlib.compress(pixels, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _packed(line: tuple[bool, ...], scale: int) -> bytes:
    """Pack a line of modules into bits, 1 for white, filled up with white."""
    bits = "".join(("0" if black else "1") * scale for black in line)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
