"""The network: depthwise and pointwise convolutions only, so that any engine runs it quickly.

rows x steps     what
32 x W           grey, (value - mean) / (deviation + 8) over the strip
16 x W/2         3x3 to 32, then one block to 64
 8 x W/4         block to 80, two blocks with a way around
 4 x W/4         block to 112, two blocks with a way around
 1 x W/4         4x1 to 160: the rows become one
 1 x W/4         three blocks 1x5 with a way around, then 38 scores a step
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import TensorProto, helper, numpy_helper
import torch
from torch import nn

from simulators.faces import Picture
from simulators.mrz_training.strips import HEIGHT, NOTHING

SOFT: Final = 8.0  # keeps an empty strip's noise from being blown up
OPSET: Final = 13

# kernel rows, columns; input, output; stride rows, columns; groups; padding; with ReLU; adds to
# what came two layers before
Layer = tuple[int, int, int, int, int, int, bool, bool, bool]


def _block(channels: int, out: int, stride: tuple[int, int] = (1, 1)) -> list[Layer]:
    around = channels == out and stride == (1, 1)
    return [
        (3, 3, channels, channels, *stride, True, False, False),
        (1, 1, channels, out, 1, 1, False, True, around),
    ]


def _wide_block(channels: int) -> list[Layer]:
    return [
        (1, 5, channels, channels, 1, 1, True, False, False),
        (1, 1, channels, channels, 1, 1, False, True, True),
    ]


LAYERS: Final[list[Layer]] = [
    (3, 3, 1, 32, 2, 2, False, True, False),
    *_block(32, 64),
    *_block(64, 80, (2, 2)),
    *_block(80, 80),
    *_block(80, 80),
    *_block(80, 112, (2, 1)),
    *_block(112, 112),
    *_block(112, 112),
    (4, 1, 112, 160, 1, 1, False, True, False),
    *_wide_block(160),
    *_wide_block(160),
    *_wide_block(160),
    (1, 1, 160, NOTHING + 1, 1, 1, False, False, False),
]


def prepared(strip: Picture) -> NDArray[np.float32]:
    """Return a strip as the network wants it; egate.vision.mrz_network does the same."""
    grey = strip.astype(np.float32)
    return np.asarray((grey - grey.mean()) / (grey.std() + SOFT), np.float32)


def padding(layer: Layer) -> tuple[int, int]:
    """Return rows and columns added at each side: none over the four rows that become one."""
    rows, columns = layer[:2]
    return (0 if rows == 4 else rows // 2), columns // 2


class Network(nn.Module):  # type: ignore[misc]  # torch has no types here
    """LAYERS, each followed by its normalisation, which the export folds away."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(_convolution(one) for one in LAYERS)
        self.norms = nn.ModuleList(nn.BatchNorm2d(one[3]) for one in LAYERS[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return scores (batch, classes, steps) for strips (batch, 1, 32, width)."""
        before = x
        for number, layer in enumerate(LAYERS):
            if layer[6]:
                before = x
            x = self.convolutions[number](x)
            if number < len(self.norms):
                x = self.norms[number](x)
            if layer[8]:
                x = x + before
            if layer[7]:
                x = torch.relu(x)
        return x[:, :, 0]


def _convolution(layer: Layer) -> nn.Conv2d:
    rows, columns, channels, out, down, across, each, _, _ = layer
    return nn.Conv2d(
        channels,
        out,
        (rows, columns),
        stride=(down, across),
        padding=padding(layer),
        groups=channels if each else 1,
        bias=layer is LAYERS[-1],
    )


def write_onnx(network: Network, file: Path) -> None:
    """Write the network with its normalisations folded in; width stays free."""
    nodes, weights, name, before = [], [], "strip", "strip"
    for number, layer in enumerate(LAYERS):
        if layer[6]:
            before = name
        weight, bias = _folded(network, number)
        weights += [
            numpy_helper.from_array(weight, f"w{number}"),
            numpy_helper.from_array(bias, f"b{number}"),
        ]
        down, across = padding(layer)
        nodes.append(
            helper.make_node(
                "Conv",
                [name, f"w{number}", f"b{number}"],
                [f"c{number}"],
                kernel_shape=layer[:2],
                strides=layer[4:6],
                pads=[down, across, down, across],
                group=layer[2] if layer[6] else 1,
            )
        )
        name = f"c{number}"
        if layer[8]:
            nodes.append(helper.make_node("Add", [name, before], [f"a{number}"]))
            name = f"a{number}"
        if layer[7]:
            nodes.append(helper.make_node("Relu", [name], [f"r{number}"]))
            name = f"r{number}"
    nodes[-1].output[0] = "scores"
    strip = helper.make_tensor_value_info("strip", TensorProto.FLOAT, [1, 1, HEIGHT, "width"])
    scores = helper.make_tensor_value_info(
        "scores", TensorProto.FLOAT, [1, NOTHING + 1, 1, "steps"]
    )
    graph = helper.make_graph(nodes, "mrz", [strip], [scores], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8  # what OpenCV 4.14 and onnxruntime 1.17 both read
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def _folded(network: Network, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    convolution = network.convolutions[number]
    weight = convolution.weight.detach().numpy().astype(np.float64)
    if number == len(LAYERS) - 1:
        return weight.astype(np.float32), convolution.bias.detach().numpy()
    norm = network.norms[number]
    gain = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    bias = norm.bias.detach().numpy() - norm.running_mean.numpy() * gain
    return (weight * gain[:, None, None, None]).astype(np.float32), bias.astype(np.float32)
