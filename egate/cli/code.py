"""`egate code`: which codes a picture shows, and what each of them is.

It proves nothing: what a permit claims is shown, its signature is not looked at (`egate permit
verify`), and neither is a seal's.

Source: DESIGN section 8; research/mrz_qr.md sections 4 to 6.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.output import ExitCode, complain, show_json, show_table
from egate.cli.permit_shown import claims_in_words

if TYPE_CHECKING:
    from egate.vision.codes import FoundCode, Seen

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Read the codes in pictures, and tell what they are.",
    rich_markup_mode=None,
)

MOST_PICTURES = 1000


@app.callback()
def _commands() -> None:
    """Make `read` a command of its own though it is the only one."""


@app.command()
def read(
    pictures: Annotated[list[Path], typer.Argument(help="JPEG or PNG files.")],
    *,
    zbar: Annotated[
        bool, typer.Option("--zbar", help="Ask zbar too, as the last resort (extra `zbar`).")
    ] = False,
    personal: Annotated[
        bool, typer.Option("--show-personal", help="Show what the codes hold, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which codes pictures show: format, size, and what they are.

    All formats are looked for. Ends with 1 when a picture shows none, or more than one.

    Example: egate code read slip.png --show-personal
    """
    if len(pictures) > MOST_PICTURES:
        raise typer.BadParameter(f"at most {MOST_PICTURES} pictures at once")
    shown = {str(path): _seen(path, zbar=zbar) for path in pictures}
    told = {
        name: [code_in_words(code, personal=personal) for code in seen.codes]
        for name, seen in shown.items()
    }
    if as_json:
        sights = [
            {"picture": name, "sight": seen.sight.value, "codes": told[name]}
            for name, seen in shown.items()
        ]
        show_json("code.read", pictures=sights)
    else:
        show_table(("picture", "code"), _rows(told), unfolded=1)
    if any(seen.code is None for seen in shown.values()):
        raise typer.Exit(ExitCode.CHECK_FAILED)


def code_in_words(code: FoundCode, *, personal: bool) -> dict[str, str]:
    """Return what is to be shown of a code, in words."""
    from egate.inspection.presented_code import CodeKind, what_is
    from egate.permit.permit import PermitUnreadable, unproven

    kind = what_is(code.text or "", code.raw)
    words = {"format": code.format.value, "bytes": str(len(code.raw)), "is": kind.value}
    if personal:
        words["holds"] = code.raw.hex() if code.text is None else code.text
    if kind is not CodeKind.PERMIT or code.text is None:
        return words
    try:
        claims = claims_in_words(unproven(code.text), personal=personal)
    except PermitUnreadable as error:
        return {**words, "claims": f"none can be read ({error.reason})"}
    return {**words, **claims, "signature": "not checked"}


def _rows(told: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    """Return a line for each thing said of a code, the picture's name at the first."""
    rows = []
    for name, codes in told.items():
        lines = [
            f"{key.replace('_', ' ')}: {words}" for code in codes for key, words in code.items()
        ]
        for place, line in enumerate(lines or ["no code was found"]):
            rows.append(("" if place else name, line))
    return rows


def _seen(path: Path, *, zbar: bool) -> Seen:
    """Look at one picture; end the command when it cannot be read."""
    from egate.compose.setup import quiet_opencv

    quiet_opencv()
    from egate.vision.codes import CodeDecoder, CodeFormat, DecoderMissing, find_codes
    from egate.vision.enrol import LARGEST_BYTES, PictureRefused, decode_picture

    decoder = CodeDecoder.ZXING_AND_ZBAR if zbar else CodeDecoder.ZXING
    try:
        with path.open("rb") as file:
            picture = decode_picture(file.read(LARGEST_BYTES + 1))
        return find_codes(picture, frozenset(CodeFormat), decoder)
    except OSError as error:
        complain(f"{path}: {error.strerror}")
    except PictureRefused as refusal:
        complain(f"{path}: {refusal}")
    except DecoderMissing as missing:
        complain(f"{missing}; install egate's extra `zbar`, and libzbar0")
    raise typer.Exit(ExitCode.COULD_NOT_RUN)
