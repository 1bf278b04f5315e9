"""The bench's faces come whole out of the pinned archives, or are refused."""

from pathlib import Path
import shutil

import cv2
import numpy as np
import pytest

from simulators import faces
from simulators.faces import (
    ARCHIVES,
    CUT_HEIGHT,
    CUT_WIDTH,
    PERSONS,
    PICTURES,
    FacesNotObtained,
    enrolment_file,
    live_pictures,
    obtain,
)

CACHE = Path(__file__).parents[2] / ".bench" / "faces"


@pytest.fixture(scope="module")
def folder() -> Path:
    try:
        obtain(CACHE)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    return CACHE


def test_every_person_has_a_picture_for_the_permit_and_one_for_the_camera(folder: Path) -> None:
    live = live_pictures(folder)
    assert len({person.enrolment.file for person in PERSONS.values()}) >= 4
    for name in PERSONS:
        enrolment = cv2.imread(str(enrolment_file(folder, name)))
        assert enrolment is not None
        assert enrolment.shape == live[name].shape == (CUT_HEIGHT, CUT_WIDTH, 3)
        assert not np.array_equal(enrolment, live[name])


def test_the_enrolment_picture_is_no_live_picture_of_anybody(folder: Path) -> None:
    live = {picture.tobytes() for picture in live_pictures(folder).values()}
    assert len(live) == len(PERSONS)


def test_what_is_there_is_not_fetched_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "faces")

    def refuse(_folder: Path) -> None:
        pytest.fail("the registry was asked")

    monkeypatch.setattr(faces, "_download", refuse)
    obtain(tmp_path / "faces")


def test_an_altered_portrait_is_fetched_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "faces")
    altered = tmp_path / "faces" / "biden.jpg"
    altered.write_bytes(altered.read_bytes() + b"x")
    monkeypatch.setattr(faces, "_download", lambda _folder: None)
    with pytest.raises(FacesNotObtained, match=r"biden\.jpg"):
        obtain(tmp_path / "faces")


def test_a_registry_that_says_no_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("--no-index\nface_recognition==1.3.0 --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setattr(faces, "ARCHIVES", wanted)
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(FacesNotObtained, match=r"ERROR: .*face_recognition"):
        obtain(tmp_path / "faces")


def test_the_archives_are_pinned_by_hash_and_by_no_address() -> None:
    text = ARCHIVES.read_text()
    assert text.count("==") == 3
    assert "://" not in text
    assert all(len(digest) == 64 for digest in PICTURES.values())
