"""An operator's network is taken by its hash, tried, and heard; anything else is refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from egate.domain.face_measures import LayerReason
from egate.vision.faces import Face
from egate.vision.pad_network import NetworkRefused, around, load_network
from egate.vision.presentation_attack import LivenessLook

FACE = Face((20, 10, 60, 80), ((35, 40), (65, 40), (50, 58), (40, 72), (60, 72)), 0.9)


def field(number: int, value: bytes | int) -> bytes:
    """Write one field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    more, byte = divmod(value, 128)
    return bytes([byte | 128]) + varint(more) if more else bytes([byte])


def tensor(name: bytes, *sides: int) -> bytes:
    shape = b"".join(field(1, field(1, side)) for side in sides)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def network() -> bytes:
    """Write an ONNX network that returns the mean of each colour: blue is "living"."""
    node = field(1, b"in") + field(2, b"out") + field(4, b"GlobalAveragePool")
    graph = field(1, node) + field(2, b"g") + field(11, tensor(b"in", 1, 3, 128, 128))
    graph += field(12, tensor(b"out", 1, 3, 1, 1))
    return field(1, 7) + field(7, graph) + field(8, field(1, b"") + field(2, 11))


def written(folder: Path, raw: bytes) -> tuple[Path, str]:
    path = folder / "texture.onnx"
    path.write_bytes(raw)
    return path, hashlib.sha256(raw).hexdigest()


def test_a_network_with_its_hash_is_heard(tmp_path: Path) -> None:
    says = load_network(*written(tmp_path, network()))
    blue, red = (np.full((120, 160, 3), colour, np.uint8) for colour in ((90, 0, 0), (0, 0, 90)))
    assert says(blue, FACE) == pytest.approx(1.0)
    assert says(red, FACE) == pytest.approx(0.0)


def test_what_a_network_takes_for_an_attack_the_texture_layer_does_too(tmp_path: Path) -> None:
    look = LivenessLook(network=load_network(*written(tmp_path, network())))
    for number in range(6):
        look.feed(np.full((120, 160, 3), (0, 0, 90), np.uint8), FACE, number * 0.1)
    texture = look.scores()[2]
    assert texture.reason is LayerReason.NETWORK_SAYS_ATTACK
    assert texture.score == pytest.approx(0.0)


@pytest.mark.parametrize("raw", [b"", b"no network", network()[:40]])
def test_what_is_no_network_is_refused(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(NetworkRefused, match="cannot be run"):
        load_network(*written(tmp_path, raw))


def test_another_network_and_none_are_refused(tmp_path: Path) -> None:
    path, _ = written(tmp_path, network())
    with pytest.raises(NetworkRefused, match="is another"):
        load_network(path, "0" * 64)
    with pytest.raises(NetworkRefused, match="No such file"):
        load_network(tmp_path / "none.onnx", "0" * 64)


def test_a_face_at_the_edge_is_cut_within_the_picture() -> None:
    edge = Face((100, 60, 60, 60), FACE.points, 0.9)
    assert around(np.zeros((120, 160, 3), np.uint8), edge).shape == (128, 128, 3)
