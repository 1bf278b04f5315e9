"""The engine and the bench's portraits, loaded once; without a registry the tests say so."""

from pathlib import Path

import pytest

from egate.vision.enrol import embedding_of_picture
from egate.vision.faces import Embedding, FaceEngine, Picture
from egate.vision.models import load_models
from simulators.faces import PERSONS, FacesNotObtained, enrolment_file, live_pictures, obtain

CACHE = Path(__file__).parents[2] / ".bench" / "faces"


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    return FaceEngine(load_models())


@pytest.fixture(scope="session")
def faces_folder() -> Path:
    try:
        obtain(CACHE)
    except FacesNotObtained as error:
        pytest.skip(f"the faces of the bench could not be had: {error}")
    return CACHE


@pytest.fixture(scope="session")
def enrolled(engine: FaceEngine, faces_folder: Path) -> dict[str, Embedding]:
    """Give the embedding a permit would carry, by person."""
    return {
        name: embedding_of_picture(enrolment_file(faces_folder, name).read_bytes(), engine)
        for name in PERSONS
    }


@pytest.fixture(scope="session")
def live(faces_folder: Path) -> dict[str, Picture]:
    """Give the cuts the camera makes its scenes from, by person."""
    return live_pictures(faces_folder)
