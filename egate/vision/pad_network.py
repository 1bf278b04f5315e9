"""An operator's own network for texture, named by the profile with its hash; off by default.

No network with clean rights and known training data is in the registries, so none ships. What is
understood is the layout of MiniFASNet and its kin: one input 1 x 3 x 128 x 128, BGR, 0..255, the
face's box grown 2.7 times about its middle and shifted into the picture; one row of two or three
numbers out, of which the softmax's first is the living face.

Source: research/face.md sections 1a, 1c and 3c (fr_liveness: order of colours, growth, classes).
"""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from egate.vision.faces import Face, Picture
from egate.vision.pad_texture import Network

SIDE_PX = 128
GROWN = 2.7
LARGEST_BYTES = 64 * 1024 * 1024
CURE = "mend files.texture_network and its hash, or leave both out"


class NetworkRefused(Exception):
    """The network that the profile names is not there, is another one, or cannot be run."""


def load_network(path: Path, sha256: str) -> Network:
    """Load a network whose bytes have this SHA-256, and try it once.

    Raises:
        NetworkRefused: with the reason and the cure.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES)
    except OSError as error:
        raise NetworkRefused(f"{path.name}: {error.strerror}; {CURE}") from None
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256.lower():
        raise NetworkRefused(f"{path.name}: SHA-256 {found[:16]}... is another; {CURE}")
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(raw, np.uint8))
        _living(net, np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8))
    except (cv2.error, ValueError) as error:
        raise NetworkRefused(f"{path.name}: cannot be run as a liveness network; {CURE}") from error
    return lambda picture, face: _living(net, around(picture, face))


def around(picture: Picture, face: Face) -> Picture:
    """Return the face and what is about it, as such networks were trained on it."""
    left, top, width, height = face.box
    high, wide = picture.shape[:2]
    grown = min(GROWN, (high - 1) / max(height, 1.0), (wide - 1) / max(width, 1.0))
    across, down = round(width * grown), round(height * grown)
    x = min(max(0, round(left + width / 2 - across / 2)), wide - across)
    y = min(max(0, round(top + height / 2 - down / 2)), high - down)
    cut = picture[y : y + max(1, down), x : x + max(1, across)]
    return np.asarray(cv2.resize(cut, (SIDE_PX, SIDE_PX)), np.uint8)


def _living(net: cv2.dnn.Net, cut: Picture) -> float:
    net.setInput(cv2.dnn.blobFromImage(cut))
    row = np.asarray(net.forward(), np.float64).ravel()
    if row.size not in {2, 3} or not np.isfinite(row).all():
        raise ValueError("no row of two or three numbers")
    shares = np.exp(row - row.max())
    return float(shares[0] / shares.sum())
