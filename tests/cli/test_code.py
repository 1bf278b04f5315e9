"""`egate code read`: what a picture shows, and nothing personal unless it is asked for."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp

from egate.cli import carry_out
from egate.permit.drawing import draw, phone_png
from egate.permit.permit import sign
from tests.permit.made import KEY, SEALED_PERMIT

CARD = "001199001234||Ngô Thị Ánh|01011990|Nữ|Đồng Đăng, Lạng Sơn|01012021"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def picture(name: str, *contents: str | bytes) -> str:
    """Write a sheet with these codes on it."""
    sheet = np.full((400, 20 + 400 * max(len(contents), 1)), 255, np.uint8)
    for number, content in enumerate(contents):
        code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode)
        drawn = np.array(code.to_image(scale=4), np.uint8)
        high, wide = drawn.shape
        sheet[10 : 10 + high, 10 + 400 * number : 10 + 400 * number + wide] = drawn
    assert cv2.imwrite(name, sheet)
    return name


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.code.read/1"
    return list(told["pictures"])


def test_a_permit_is_told_with_its_claims_and_nothing_personal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = sign(SEALED_PERMIT, KEY)
    (folder / "slip.png").write_bytes(phone_png(draw(text)))
    assert carry_out(["code", "read", "slip.png", "--json"]) == 0
    (one,) = printed(capsys)
    (code,) = one["codes"]
    assert (one["sight"], code["format"], code["is"]) == ("one", "qr_code", "permit")
    assert (code["crossing"], code["signature"]) == ("huu-nghi", "not checked")
    assert not {"registration", "holds"} & set(code)
    assert carry_out(["code", "read", "slip.png", "--json", "--show-personal"]) == 0
    (code,) = printed(capsys)[0]["codes"]
    assert (code["registration"], code["holds"]) == (SEALED_PERMIT.registration, text)


def test_an_identity_card_is_told_by_kind_and_size_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["code", "read", picture("card.png", CARD.encode())]) == 0
    told = capsys.readouterr().out
    assert "is: identity_card" in told
    assert f"bytes: {len(CARD.encode())}" in told
    assert "Ngô" not in told
    assert "001199001234" not in told


def test_bytes_that_are_no_text_are_shown_as_digits_when_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw = b"\xdc\x03" + bytes(range(128, 160))
    assert carry_out(["code", "read", picture("seal.png", raw), "--show-personal"]) == 0
    told = capsys.readouterr().out
    assert "is: visible_seal" in told
    assert raw[:8].hex() in told


def test_a_spoilt_permit_is_told_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["code", "read", picture("slip.png", "BG1:ABC")]) == 0
    assert "claims: none can be read" in capsys.readouterr().out


def test_a_picture_without_a_code_or_with_two_ends_with_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["code", "read", picture("empty.png")]) == 1
    assert "no code was found" in capsys.readouterr().out
    assert carry_out(["code", "read", picture("two.png", "one", "other"), "--json"]) == 1
    assert printed(capsys)[0]["sight"] == "several"


@pytest.mark.parametrize("raw", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff\xd8\xff"])
def test_a_file_that_is_no_picture_is_named(
    folder: Path, raw: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.png").write_bytes(raw)
    assert carry_out(["code", "read", "a.png"]) == 3
    assert capsys.readouterr().err.startswith("egate: a.png: the picture cannot be used")


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["code", "read", "nowhere.png"]) == 3
    assert capsys.readouterr().err == "egate: nowhere.png: No such file or directory\n"
