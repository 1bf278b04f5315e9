"""The small network that reads one line of a machine readable zone from a strip.

    strip     (32, width) grey uint8, dark on light, width 64 to 2048, one line of text
              letters' heads at the top edge of row 8, feet at the top edge of row 24
              one character to the next 16.5 px, when the picture is cut in proportion
    bears     heads and feet 3 px off, letters 12 % too large or small, pitch 13 to 20.5 px,
              2 px of rise over the strip: what it was trained with
    answers   one row each 4 px: log of the probability of each of ALPHABET, then of NOTHING

Row t stands for the pixels around (t + 0.5) * STEP_PX. Near a character's middle, a quarter of a
pitch to each side, its class is the likely one; between two characters NOTHING is. The reading
itself (grid, alphabets, check digits) is mrz_ocr's: here nothing is decided, and nothing read
from anywhere but this package's own file.

Source: research/mrz_qr.md section 3; simulators/mrz_training (made by `make train-mrz`);
mrz_model.toml beside this file (date, figures, licence).
"""

import importlib
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from egate.vision.models import MRZ, ModelError, read_model

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
NOTHING: Final = len(ALPHABET)  # the last class: no character here
STRIP_HEIGHT: Final = 32
CAP_TOP: Final = 8.0
BASELINE: Final = 24.0
PITCH_PX: Final = 16.5  # 2.54 mm where letters 2.46 mm tall have 16 px
STEP_PX: Final = 4
NARROWEST: Final = 64
WIDEST: Final = 2048
SOFT: Final = 8.0  # keeps an empty strip's noise from being blown up; trained with it

Engine = Literal["cv2", "onnxruntime"]
Grey = NDArray[np.uint8]
Scores = NDArray[np.float32]


class StripRefused(Exception):
    """This is no strip: the message says which rule it breaks, never what it shows."""


class MrzNetwork:
    """The network, loaded once; one at a time may read."""

    def __init__(self, model: bytes, engine: Engine = "cv2") -> None:
        """Take the ONNX file's bytes.

        Raises:
            ModelError: the engine is not installed, or refuses the bytes.
        """
        self._scores = _with_cv2(model) if engine == "cv2" else _with_onnxruntime(model)

    def read(self, strip: Grey) -> Scores:
        """Return natural logarithms of probabilities, (width // STEP_PX, len(ALPHABET) + 1).

        Raises:
            StripRefused: wrong type, height or width.
        """
        checked(strip)
        whole = strip[:, : strip.shape[1] // STEP_PX * STEP_PX]
        scores = self._scores(prepared(whole)[None, None])[0, :, 0].T
        shifted = scores - scores.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return np.asarray(logs, np.float32)


def load_network(folder: Path | None = None, engine: Engine = "cv2") -> MrzNetwork:
    """Return the network of this package, or of `folder`, if its every byte is known.

    Raises:
        ModelMissing: the file is absent or cannot be read.
        ModelAltered: the file differs from the one this gate was tested with.
    """
    place = Path(__file__).parent if folder is None else folder
    return MrzNetwork(read_model(place, MRZ), engine)


def checked(strip: Grey) -> None:
    """Raise StripRefused unless `strip` is one."""
    if not isinstance(strip, np.ndarray) or strip.dtype != np.uint8 or strip.ndim != 2:
        raise StripRefused("not a grey picture of bytes")
    height, width = strip.shape
    if height != STRIP_HEIGHT:
        raise StripRefused(f"height {height}, not {STRIP_HEIGHT}")
    if not NARROWEST <= width <= WIDEST:
        raise StripRefused(f"width {width}, not {NARROWEST} to {WIDEST}")


def prepared(strip: Grey) -> Scores:
    """Return the strip as the network was taught to see it: its mean gone, its contrast one."""
    grey = strip.astype(np.float32)
    return np.asarray((grey - grey.mean()) / (grey.std() + SOFT), np.float32)


def _with_cv2(model: bytes) -> Any:  # noqa: ANN401  # a closure over a native engine
    try:
        network = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    except cv2.error as error:
        raise ModelError(f"{MRZ}: OpenCV refuses it") from error

    def scores(strip: Scores) -> Scores:
        network.setInput(strip)
        return np.asarray(network.forward(), np.float32)

    return scores


def _with_onnxruntime(model: bytes) -> Any:  # noqa: ANN401  # a closure over a native engine
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ModelError(f"{MRZ}: the engine onnxruntime is not installed") from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common class but this
        raise ModelError(f"{MRZ}: onnxruntime refuses it") from error

    def scores(strip: Scores) -> Scores:
        return np.asarray(session.run(None, {"strip": strip})[0], np.float32)

    return scores
