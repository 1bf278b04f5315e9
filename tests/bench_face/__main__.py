"""Faces on labelled pictures: `python -m tests.bench_face DIR`; tables, a DET plot, nothing fails.

DIR holds pairs.csv (a,b,genuine) or a folder for each person. Names of files are never printed.
"""

import argparse
from importlib.resources import files
import os
from pathlib import Path
import platform
import random
import sys

import cv2
from rich.console import Console

from egate.inspection.policy import load
from egate.vision.faces import Embedding, FaceEngine, match
from egate.vision.models import load_models
from tests.bench_face import covers, morphs
from tests.bench_face.faces import Gallery, look_at, mean_of
from tests.bench_face.pairs import Labelled, NoPairs, read
from tests.bench_face.plot import det_svg
from tests.bench_face.rates import Rates, rates
from tests.bench_face.tables import (
    cover_table,
    morph_table,
    quality_table,
    rates_table,
    threshold_table,
    times_table,
)

MEANS_OF = (3, 5)
POLICIES = ("policy.toml", "policy_bench.toml")
MOST_IMPOSTORS = 20_000


def main() -> int:
    """Measure and print."""
    words = _parser().parse_args()
    say = Console(soft_wrap=False)
    try:
        labelled = read(words.folder, words.seed, words.impostors)
    except NoPairs as why:
        say.print(f"[bold red]{why}[/]")
        return 3
    policy = load(files("egate.inspection").joinpath(words.policy).read_text())
    engine = FaceEngine(load_models())
    with say.status("looking") as status:
        of = len(labelled.pictures)
        gallery = look_at(
            words.folder,
            labelled.pictures,
            engine,
            lambda done: status.update(f"{done} of {of} pictures"),
        )
        by_frames = {1: single(labelled, gallery)}
        by_frames |= {
            count: found
            for count in MEANS_OF
            if (found := mean_against_one(labelled, gallery, count, words.seed)) is not None
        }
        covered = covers.refused(words.folder, gallery, engine, policy.face_quality)
        morphed = morphs.measure(words.folder, labelled.people, gallery, engine)
    _say_what(say, labelled, gallery)
    say.print(rates_table(by_frames))
    say.print(threshold_table(by_frames, policy))
    say.print(quality_table(gallery, policy))
    say.print(cover_table(covered))
    if morphed is not None:
        say.print(morph_table(morphed, policy))
    say.print(times_table(gallery))
    curves = {f"mean of {count}": found.curve() for count, found in by_frames.items()}
    words.det.parent.mkdir(parents=True, exist_ok=True)
    words.det.write_text(det_svg(curves), encoding="utf-8")
    say.print(f"DET plot: {words.det}; policy {policy.version}")
    return 0


def single(labelled: Labelled, gallery: Gallery) -> Rates:
    """Return the rates of one picture against one."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    lost = 0
    for pair in labelled.pairs:
        one, other = gallery.faces.get(pair.one), gallery.faces.get(pair.other)
        if one is None or other is None:
            lost += pair.genuine
            continue
        scores[pair.genuine].append(match(one.embedding, other.embedding))
    return rates(scores[True], scores[False], lost)


def mean_against_one(labelled: Labelled, gallery: Gallery, count: int, seed: int) -> Rates | None:
    """Return the rates of the mean of `count` pictures against one, drawn by the seed."""
    drawn = random.Random(seed)
    own: dict[str, list[Embedding]] = {
        person: [gallery.faces[name].embedding for name in names if name in gallery.faces]
        for person, names in labelled.people.items()
    }
    genuine: list[float] = []
    impostor: list[float] = []
    for person, faces in own.items():
        others = [face for name, theirs in own.items() if name != person for face in theirs]
        if len(faces) <= count or not others:
            continue
        for place, reference in enumerate(faces):
            rest = faces[:place] + faces[place + 1 :]
            probe = mean_of(drawn.sample(rest, count))
            genuine.append(match(probe, reference))
            impostor += [match(probe, face) for face in others]
    return rates(genuine, impostor) if genuine else None


def _say_what(say: Console, labelled: Labelled, gallery: Gallery) -> None:
    genuine = sum(pair.genuine for pair in labelled.pairs)
    people = f"{len(labelled.people)} people, " if labelled.people else ""
    say.print(
        f"{people}{len(labelled.pictures)} pictures, {genuine} genuine and "
        f"{len(labelled.pairs) - genuine} impostor pairs"
    )
    say.print(
        f"no face found in {len(gallery.faceless)}, unreadable {len(gallery.unreadable)} "
        f"of {len(labelled.pictures)} pictures"
    )
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    say.print(
        f"OpenCV {cv2.__version__}, {platform.machine()}, {os.cpu_count()} cores, load {loads}: "
        "others' work on them lengthens every time"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_face", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--impostors", type=int, default=MOST_IMPOSTORS, help="at most so many")
    parser.add_argument("--policy", default="policy.toml", choices=POLICIES)
    parser.add_argument("--det", type=Path, default=Path(".bench/det.svg"), metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
