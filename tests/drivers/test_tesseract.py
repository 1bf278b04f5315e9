"""The second opinion on a zone: a program's lines, or none; its model is held by a hash."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from drivers._tesseract import Tesseract, load
from egate.ports.errors import DeviceRefused

STRIP = np.full((64, 600), 255, np.uint8)
READS = "cat >/dev/null; echo ' P<UTO ERIKSSON'"
MODEL = b"a model"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "zones.traineddata"
    path.write_bytes(MODEL)
    return path


def program(folder: Path, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a tesseract before all others that does this."""
    path = folder / "tesseract"
    path.write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\n{does}\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def loaded(model: Path) -> Tesseract:
    return load(model, sha256(MODEL).hexdigest().upper())


def test_a_line_is_told_for_each_strip_without_its_spaces(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(model.parent, READS, monkeypatch)
    assert loaded(model)([STRIP, STRIP]) == ("P<UTOERIKSSON",) * 2
    words = (model.parent / "asked").read_text().split()
    assert words == ["-", "-", "--psm", "7", "--tessdata-dir", str(model.parent), "-l", "zones"]


@pytest.mark.parametrize(
    "does", ["exit 1", "cat >/dev/null", "exec sleep 60", "kill -9 $$"], ids=str
)
def test_whatever_goes_wrong_is_no_opinion(
    does: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers._tesseract.ANSWERS_WITHIN_S", 0.3)
    program(model.parent, does, monkeypatch)
    assert loaded(model)([STRIP]) == ()


def test_a_model_that_is_another_or_away_and_a_program_that_is_not_there_are_refused(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(model.parent, READS, monkeypatch)
    with pytest.raises(DeviceRefused, match="is another; mend second_opinion"):
        load(model, "00" * 32)
    with pytest.raises(DeviceRefused, match="No such file"):
        load(model.with_name("away.traineddata"), "00" * 32)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeviceRefused, match="apt-get install tesseract-ocr"):
        loaded(model)
