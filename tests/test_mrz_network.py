import hashlib
from itertools import groupby
from pathlib import Path
import tomllib

import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from egate.vision import models, mrz_network
from egate.vision.models import ModelAltered, ModelError, ModelMissing
from egate.vision.mrz_network import (
    ALPHABET,
    BASELINE,
    NARROWEST,
    NOTHING,
    PITCH_PX,
    STEP_PX,
    STRIP_HEIGHT,
    WIDEST,
    MrzNetwork,
    StripRefused,
    load_network,
)
from simulators.mrz_print import CHARACTERS, baseline_px, print_lines

NETWORK = load_network()
FOLDER = Path(mrz_network.__file__).parent
LINES = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "0O0D1I5S8B2Z<K<KKX0QOQ1I1JT7Z2VYVUWMNHGC6G",
    ALPHABET,
)


def a_strip(line: str, seen_px: float = PITCH_PX) -> NDArray[np.uint8]:
    """Print a line, see it at `seen_px` a character, and cut it as the network wants it."""
    printed = print_lines([line], seen_px)
    scale = PITCH_PX / seen_px
    size = (round(printed.shape[1] * scale), round(printed.shape[0] * scale))
    seen = cv2.resize(printed, size, interpolation=cv2.INTER_LINEAR)
    top = round(baseline_px(0, PITCH_PX) - BASELINE)
    return seen[top : top + STRIP_HEIGHT].astype(np.uint8)


def read(strip: NDArray[np.uint8]) -> str:
    """Take what each run of steps sees most of: between two characters there is always nothing."""
    logs = NETWORK.read(strip)
    runs = groupby(range(len(logs)), lambda step: logs[step].argmax() != NOTHING)
    seen = (logs[list(steps), :NOTHING].sum(0).argmax() for there, steps in runs if there)
    return "".join(ALPHABET[one] for one in seen)


@pytest.mark.parametrize("line", LINES)
def test_a_printed_line_is_read_exactly(line: str) -> None:
    assert read(a_strip(line)) == line


@pytest.mark.parametrize("seen_px", [8.0, 11.0, 24.0, 40.0])
def test_a_line_seen_from_farther_or_nearer_is_read_exactly(seen_px: float) -> None:
    assert read(a_strip(LINES[1], seen_px)) == LINES[1]


def test_a_line_on_dim_noisy_paper_is_read_exactly() -> None:
    dim = a_strip(LINES[1]).astype(np.float32) * 0.3 + 60
    noisy = dim + np.random.default_rng(4).normal(0, 5, dim.shape)
    assert read(np.clip(noisy, 0, 255).astype(np.uint8)) == LINES[1]


@pytest.mark.parametrize("count", [1, 2, 7, 29])
def test_a_run_of_fillers_keeps_its_length(count: int) -> None:
    assert read(a_strip("A" + "<" * count + "B")) == "A" + "<" * count + "B"


@pytest.mark.parametrize("width", [NARROWEST, 65, 66, 67, 700, WIDEST])
def test_each_step_is_a_distribution(width: int) -> None:
    strip = np.random.default_rng(width).integers(0, 256, (STRIP_HEIGHT, width), np.uint8)
    logs = NETWORK.read(strip)
    assert logs.shape == (width // STEP_PX, len(ALPHABET) + 1)
    assert logs.dtype == np.float32
    assert np.exp(logs).sum(axis=1) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_nothing_is_read_from_an_empty_strip(grey: int) -> None:
    assert read(np.full((STRIP_HEIGHT, 600), grey, np.uint8)) == ""


def test_a_character_is_told_at_its_own_step() -> None:
    logs = NETWORK.read(a_strip("A<<<<<B"))
    likeliest = int(logs[:, ALPHABET.index("B")].argmax())
    assert (likeliest + 0.5) * STEP_PX == pytest.approx((1.5 + 6.5) * PITCH_PX, abs=STEP_PX)


@pytest.mark.parametrize(
    "strip",
    [
        np.zeros((32, 63), np.uint8),
        np.zeros((32, 2049), np.uint8),
        np.zeros((31, 400), np.uint8),
        np.zeros((32, 0), np.uint8),
        np.zeros((0, 0), np.uint8),
        np.zeros((32, 400, 3), np.uint8),
        np.zeros(32, np.uint8),
        np.zeros((32, 400), np.float32),
    ],
)
def test_what_is_no_strip_is_refused(strip: NDArray[np.uint8]) -> None:
    with pytest.raises(StripRefused):
        NETWORK.read(strip)


def test_a_missing_or_altered_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="install egate again"):
        load_network(tmp_path)
    altered = bytearray((FOLDER / models.MRZ).read_bytes())
    altered[-1] ^= 1
    (tmp_path / models.MRZ).write_bytes(altered)
    with pytest.raises(ModelAltered, match="instead of"):
        load_network(tmp_path)


def test_bytes_that_are_no_network_are_refused() -> None:
    with pytest.raises(ModelError, match="refuses it"):
        MrzNetwork(b"no network")


def test_the_manifest_tells_of_the_file_beside_it() -> None:
    manifest = tomllib.loads((FOLDER / "mrz_model.toml").read_text("utf-8"))
    model = (FOLDER / manifest["file"]).read_bytes()
    assert manifest["sha256"] == hashlib.sha256(model).hexdigest() == models.SHA256[models.MRZ]
    assert manifest["bytes"] == len(model) < 1_000_000


def test_the_alphabet_is_what_is_printed() -> None:
    assert ALPHABET == CHARACTERS


def test_onnxruntime_reads_the_same_where_it_is_installed() -> None:
    pytest.importorskip("onnxruntime")
    strip = a_strip(LINES[0])
    other = load_network(engine="onnxruntime").read(strip)
    assert other == pytest.approx(NETWORK.read(strip), abs=1e-3)
