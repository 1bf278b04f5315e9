"""Train the network on rendered strips, measure it on others, write it with its manifest.

    python -m simulators.mrz_training.train --batches 800 800 --seed 2

Each number of batches is one cycle: the rate of learning rises and falls once. Every batch is
rendered from its own number, so a run can be repeated; the strips it is measured on come from
numbers no batch has. Nothing photographed is ever learned from.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
import datetime as dt
import hashlib
from itertools import groupby
import multiprocessing
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
import torch

from simulators.mrz_print import CHARACTERS
from simulators.mrz_training.network import Network, prepared, write_onnx
from simulators.mrz_training.strips import IGNORED, NOTHING, a_strip

BATCH: Final = 32
WIDTH: Final = 512
RATE: Final = 3e-3
EASING: Final = 0.75  # each cycle learns less quickly than the one before
RENDERERS: Final = 1
HELD_OUT: Final = 1_000_000  # batches never reach this number
MEASURED: Final = 2_000  # strips
LICENCE: Final = "Apache-2.0; learned from rendered OCR-B outlines of Debian's fonts-ocr-b only"
Batch = tuple[NDArray[np.float32], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the network reads of the held-out strips, by the file that is shipped."""

    strips: int
    strips_exact: float
    characters_wrong: float


def a_batch(seed: tuple[int, int]) -> Batch:
    """Render batch `seed[1]` of run `seed[0]`."""
    cv2.setNumThreads(1)
    strips = [a_strip((*seed, number), WIDTH) for number in range(BATCH)]
    pictures = np.stack([prepared(one.picture) for one in strips])[:, None]
    return pictures, np.stack([one.labels for one in strips])


def train(seed: int, cycles: Sequence[int], out: Path) -> Network:
    """Return a network that has seen `cycles` batches of run `seed`, and of those after it.

    What it is after each cycle is written to `out`: a run that is broken off was not in vain.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = Network()
    network.to(memory_format=torch.channels_last)
    for number, batches in enumerate(cycles):
        _cycle(network, seed + number, batches, RATE * EASING**number)
        network.eval()
        write_onnx(network, out)
    return network


def _cycle(network: Network, seed: int, batches: int, rate: float) -> None:
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, batches, pct_start=0.1)
    score = torch.nn.CrossEntropyLoss(ignore_index=IGNORED, label_smoothing=0.002)
    for number, (pictures, labels) in enumerate(_rendered(seed, batches)):
        optimiser.zero_grad()
        strips = torch.from_numpy(pictures).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):  # half the time; the weights stay whole
            scores = network(strips)
        loss = score(scores.float(), torch.from_numpy(labels))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        pace.step()
        if number % 50 == 0:
            print(f"batch {number} of {batches}: loss {loss.item():.4f}", flush=True)


def _rendered(seed: int, batches: int) -> Iterator[Batch]:
    seeds = [(seed, number) for number in range(batches)]
    with multiprocessing.get_context("spawn").Pool(RENDERERS) as pool:
        yield from pool.imap(a_batch, seeds)


def measure(model: Path, seed: int, count: int = MEASURED) -> Figures:
    """Read `count` held-out strips with the ONNX file, by the engine of the gate."""
    network = cv2.dnn.readNetFromONNX(str(model))
    exact = wrong = characters = 0
    for number in range(count):
        strip = a_strip((seed, HELD_OUT, number), 2 * WIDTH)
        network.setInput(prepared(strip.picture)[None, None])
        read, printed = (
            _read(np.asarray(network.forward()[0, :, 0].T, np.float32)),
            strip.text.replace(" ", ""),
        )
        distance = _edits(read, printed)
        exact += distance == 0
        wrong += distance
        characters += len(printed)
    return Figures(count, round(exact / count, 4), round(wrong / characters, 5))


def _read(scores: NDArray[np.float32]) -> str:
    """Return one character for each run of steps that see any: what the run sees most of all."""
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    runs = groupby(range(len(logs)), lambda step: logs[step].argmax() != NOTHING)
    seen = (logs[list(steps), :NOTHING].sum(0).argmax() for there, steps in runs if there)
    return "".join(CHARACTERS[one] for one in seen)


def _edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for x in a:
        before, row[0] = row[0], row[0] + 1
        for place, y in enumerate(b, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (x != y)),
            )
    return row[-1]


def manifest(model: Path, figures: Figures, command: str, day: str) -> str:
    """Return the text that lies beside the model."""
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    measured = "\n".join(f"{name} = {value}" for name, value in asdict(figures).items())
    return f"""# Written by simulators/mrz_training/train.py, together with the model.
file = "{model.name}"
bytes = {model.stat().st_size}
sha256 = "{sha256}"
date = {day}
command = "{command}"
licence = "{LICENCE}"

[held_out]  # rendered strips that were not trained on, read by cv2.dnn, nothing repaired
{measured}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batches", type=int, nargs="+", default=[800, 800])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("egate/vision/mrz.onnx"))
    asked = parser.parse_args(arguments)
    train(asked.seed, asked.batches, asked.out)
    figures = measure(asked.out, asked.seed)
    cycles = " ".join(map(str, asked.batches))
    command = f"make train-mrz BATCHES='{cycles}' SEED={asked.seed}"
    day = dt.datetime.now(dt.UTC).date().isoformat()  # noqa: TID251  # a stamp
    text = manifest(asked.out, figures, command, day)
    asked.out.with_name("mrz_model.toml").write_text(text)
    print(text + "\nnow write its sha256 into egate/vision/models.py")


if __name__ == "__main__":
    main()
