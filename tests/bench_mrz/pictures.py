"""The pictures of the benchmark: labelled specimens and camera shots from the shared data."""

from dataclasses import dataclass
import json
import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


class NoPictures(Exception):
    """There is nothing to measure with; the text says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and the lines that stand in it; one not `conformant` is reported apart."""

    file: Path
    group: str
    lines: tuple[str, ...]


def labelled() -> tuple[Labelled, ...]:
    """Return every labelled picture.

    Raises:
        NoPictures: the shared data is not there.
    """
    folder = Path(os.environ.get("EGATE_TEST_DATA", BESIDE)) / "mrz"
    try:
        images = json.loads((folder / "manifest.json").read_text("utf-8"))["images"]
    except OSError as error:
        raise NoPictures(f"{folder}: no labelled pictures; set EGATE_TEST_DATA") from error
    return tuple(Labelled(folder / one["file"], _group(one), tuple(one["mrz"])) for one in images)


def _group(image: dict[str, object]) -> str:
    if not image["conformant"]:
        return "odd"
    return "camera" if str(image["file"]).startswith("cam_") else "specimen"
