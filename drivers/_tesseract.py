"""A second opinion on the lines of a zone: tesseract, with a model made for zones.

It is Debian's program, a process of its own for each strip, under a limit of time; what it reads
goes through pipes and is on no disk. The model is an operator's own, held by its hash: none with
clean rights is in a registry by itself. It cannot make anything sure that the network did not read
just so (egate.vision.mrz_weigh.confirmed), so whatever goes wrong here is no opinion.

Source: research/mrz_qr.md sections 2 and 3 (where both agree on 55 pictures: 0 wrong).
"""

from collections.abc import Sequence
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
from typing import Final

import cv2

from egate.ports.errors import DeviceRefused
from egate.vision.faces import Picture

DEVICE: Final = "mrz_reader"
ANSWERS_WITHIN_S: Final = 1.5  # a strip takes 0.1 to 0.3 s
LARGEST_MODEL: Final = 64 * 1024 * 1024
CURE: Final = "mend second_opinion and its hash, or leave both out"


class Tesseract:
    """Reads strips; make one with `load`."""

    def __init__(self, program: str, model: Path) -> None:
        folder, name = str(model.parent), model.stem
        self._command = (program, "-", "-", "--psm", "7", "--tessdata-dir", folder, "-l", name)

    def __call__(self, strips: Sequence[Picture]) -> tuple[str, ...]:
        """Return a line for each strip; () when one of them is not told in time."""
        lines = tuple(map(self._line, strips))
        return lines if all(lines) else ()

    def _line(self, strip: Picture) -> str:
        done, packed = cv2.imencode(".png", strip)
        if not done:
            return ""
        try:
            said = subprocess.run(  # noqa: S603  # no shell; the words are a profile's
                self._command,
                input=packed.tobytes(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
                timeout=ANSWERS_WITHIN_S,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return ""
        return "".join(said.decode(errors="replace").split())


def load(model: Path, sha256: str) -> Tesseract:
    """Find the program, and the model with this SHA-256.

    Raises:
        DeviceRefused: either is not there, or the model is another one.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise DeviceRefused(DEVICE, "tesseract is not installed; apt-get install tesseract-ocr")
    try:
        with model.open("rb") as file:
            found = hashlib.sha256(file.read(LARGEST_MODEL)).hexdigest()
    except OSError as error:
        raise DeviceRefused(DEVICE, f"{model.name}: {error.strerror}; {CURE}") from None
    if found != sha256.lower():
        raise DeviceRefused(DEVICE, f"{model.name}: SHA-256 {found[:16]}... is another; {CURE}")
    return Tesseract(program, model)
