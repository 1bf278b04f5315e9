"""`egate mrz read`: read the machine readable zone of pictures as a gate would, and tell why not.

What stands in a zone is personal data: lines are shown only when asked for, and no file's name
or message holds any of it. A copy with boxes shows the picture it was made from.

Source: DESIGN section 8 (exit codes); research/mrz_qr.md sections 1 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from egate.cli.output import ExitCode, complain, in_words, printable, show, show_json

if TYPE_CHECKING:
    from egate.vision.faces import Picture
    from egate.vision.mrz_network import MrzNetwork
    from egate.vision.mrz_ocr import MrzSeen

app = typer.Typer(
    help="Read the machine readable zone of pictures.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)

TURN: Final = "keep the whole zone in the picture, and lay the page flat"
ADVICE: Final = {
    "no_zone": TURN,
    "unsure_character": "hold it still, lay it flat, come nearer",
    "digit_differs": "once more; when it stays so, the page itself is wrong",
    "unknown_state": "the code of a state is in no list",
    "glare": "tilt it away from the light",
    "too_small": "come nearer: letters must be 6 pixels apart at least",
    "too_dark": "more light",
    "out_of_time": "the picture took too long",
}


@app.callback()
def mrz() -> None:
    """Read the machine readable zone of pictures."""


@dataclass(frozen=True, slots=True, repr=False)
class _Told:
    """One picture, what was seen in it, and how long that took."""

    file: Path
    picture: Picture
    seen: MrzSeen
    took_ms: float


@app.command()
def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE...", exists=True, dir_okay=False, help="JPEG, PNG ..."),
    ],
    *,
    boxes: Annotated[
        Path | None,
        typer.Option("--boxes", metavar="DIR", file_okay=False, help="Write copies with boxes."),
    ] = None,
    personal: Annotated[
        bool, typer.Option("--show-personal", help="Show the lines, too: personal data.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read the zone of each picture; tell every check, the weakest character and the time.

    Exits 0 when every picture gave a record that a gate would take, 1 when one did not, 3 when
    one is no picture.

    Example: egate mrz read page.jpg --boxes boxes --show-personal
    """
    from egate.cli.key_folder import FolderError
    from egate.vision.models import ModelError
    from egate.vision.mrz_network import load_network

    try:
        network = load_network()
        told = [_read(file, network) for file in files]
        if boxes is not None:
            _write_boxes(boxes, told)
    except (_NoPicture, ModelError, FolderError) as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    except OSError as error:
        complain(in_words(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    if as_json:
        show_json("mrz.read", pictures=[_fields(one, personal=personal) for one in told])
    else:
        for one in told:
            _show(one, personal=personal)
    is_done = all(one.seen.is_record for one in told)
    raise typer.Exit(ExitCode.DONE if is_done else ExitCode.CHECK_FAILED)


class _NoPicture(Exception):
    """A file is no picture that can be read; the text names it."""


def _read(file: Path, network: MrzNetwork) -> _Told:
    from egate.vision.mrz_ocr import read_zone

    picture = _picture(file)
    began_s = time.monotonic()
    seen = read_zone(picture, network, clock=time.monotonic)
    return _Told(file, picture, seen, (time.monotonic() - began_s) * 1000)


def _picture(file: Path) -> Picture:
    """Return the picture of a file; its size is known from its header before it is decoded."""
    from egate.vision.enrol import LARGEST_BYTES, PictureRefused, decode_picture

    try:
        with file.open("rb") as opened:
            return decode_picture(opened.read(LARGEST_BYTES + 1))
    except PictureRefused as refusal:
        raise _NoPicture(f"{file}: {refusal}") from None


def _write_boxes(folder: Path, told: list[_Told]) -> None:
    """Write a copy of each picture with boxes, readable by its owner; none is overwritten."""
    import cv2

    from egate.cli.key_folder import write_new
    from egate.vision.mrz_shown import boxed

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in told:
        copy = boxed(one.picture, one.seen.boxes, is_record=one.seen.is_record)
        _, raw = cv2.imencode(".png", copy)
        write_new(folder / f"{one.file.name}.boxes.png", raw.tobytes(), mode=0o600)


def _show(one: _Told, *, personal: bool) -> None:
    from egate.cli.finding_shown import show_findings

    seen = one.seen
    surely = f", weakest character {_percent(seen)} %" if seen.lines else ""
    replaced = f", {seen.replaced} by their check digit" if seen.replaced else ""
    show(f"{one.file}: {seen.reason}{surely}{replaced}, {one.took_ms:.0f} ms")
    if personal:
        for line in seen.lines:
            show(f"    {line}")
    show_findings(seen.findings)
    if str(seen.reason) in ADVICE:
        show(f"    {ADVICE[str(seen.reason)]}")


def _percent(seen: MrzSeen) -> int:
    import math

    return round(100 * math.exp(seen.weakest))


def _fields(one: _Told, *, personal: bool) -> dict[str, object]:
    from egate.cli.finding_shown import finding_fields

    seen = one.seen
    fields: dict[str, object] = {
        "file": printable(str(one.file)),
        "reason": seen.reason,
        "is_record": seen.is_record,
        "weakest_percent": _percent(seen) if seen.lines else None,
        "replaced": seen.replaced,
        "milliseconds": round(one.took_ms, 1),
        "boxes": [[[round(x, 1), round(y, 1)] for x, y in quad] for quad in seen.boxes],
        "findings": [finding_fields(finding) for finding in seen.findings],
    }
    return fields | ({"lines": list(seen.lines)} if personal else {})
