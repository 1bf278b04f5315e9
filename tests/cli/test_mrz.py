"""`egate mrz read`: records, reasons and exit codes; nothing of a zone unless asked for."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from egate.cli import carry_out
from tests.vision.mrz_seen import PASSPORT
from tests.vision.test_mrz_locate import page


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    cv2.imwrite(str(file), page(PASSPORT))
    return file


def test_a_record_is_told_without_its_lines(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["mrz", "read", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "read, weakest character" in told
    assert "mrz_composite_has_its_digit" in told
    assert "ERIKSSON" not in told


def test_the_lines_are_shown_when_asked_for(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carry_out(["mrz", "read", str(picture), "--show-personal"])
    assert PASSPORT[1] in capsys.readouterr().out


def test_json_has_findings_boxes_and_milliseconds(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carry_out(["mrz", "read", str(picture), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.mrz.read/1"
    (one,) = told["pictures"]
    assert one["is_record"] is True
    assert len(one["boxes"]) == 2
    assert len(one["findings"]) == 6
    assert one["milliseconds"] > 0
    assert "lines" not in one


def test_a_copy_with_boxes_is_written_once_and_for_its_owner(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["mrz", "read", str(picture), "--boxes", str(tmp_path / "boxes")]
    assert carry_out(words) == 0
    copy = tmp_path / "boxes" / "page.png.boxes.png"
    assert copy.stat().st_mode & 0o777 == 0o600
    drawn = cv2.imread(str(copy))
    assert drawn is not None
    assert drawn.shape == (700, 1000, 3)
    assert carry_out(words) == 3
    assert "page.png.boxes.png" in capsys.readouterr().err


def test_a_page_without_a_zone_fails_the_check_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "white.png"
    cv2.imwrite(str(file), np.full((300, 400), 230, np.uint8))
    assert carry_out(["mrz", "read", str(file)]) == 1
    assert "keep the whole zone in the picture" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 64])
def test_a_file_that_is_no_picture_is_said_in_one_line(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.png"
    file.write_bytes(content)
    assert carry_out(["mrz", "read", str(file)]) == 3
    assert capsys.readouterr().err.startswith(f"egate: {file}: the picture cannot be used: ")
