"""tesseract over the whole page, English, as one block of text."""

from collections.abc import Sequence
import shutil
import subprocess
import sys

from answer import answer, zone_of  # type: ignore[import-not-found]  # beside this program


def read(name: str) -> Sequence[str]:
    """Return the lines that look like a zone's."""
    came = subprocess.run(
        ["tesseract", name, "-", "-l", "eng", "--psm", "6"],
        capture_output=True,
        text=True,
        check=True,
    )
    return list(zone_of(came.stdout))


if __name__ == "__main__":
    if shutil.which("tesseract") is None:
        sys.exit("tesseract is not installed: apt-get install tesseract-ocr")
    answer(read)
