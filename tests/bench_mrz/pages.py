"""Pages rendered for the benchmark: a zone in OCR-B on paper, before a camera, seeded.

Specimens are few and everybody has them; a page is new to every reader. It is easier than a real
one: no security print beneath, no fold, one font.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np

from egate.document.mrz import Layout, Mrz, encode
from egate.vision.faces import Picture
from simulators.mrz_print import print_lines
from tests.bench_mrz.pictures import Labelled

NAMES: Final = (
    *("NGUYEN", "TRAN", "LE", "PHAM", "HOANG", "VU", "DANG", "BUI", "SOK", "CHEA"),
    *("PHOMMASAN", "KEO", "XAYAVONG", "MUELLER", "QUACH", "ZHOU", "JACKSON", "WILDE"),
)
STATES: Final = ("VNM", "LAO", "KHM", "CHN", "THA", "FRA", "D", "USA")
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def rendered(folder: Path, count: int) -> Iterator[Labelled]:
    """Write `count` pages into `folder` and give them with what stands on them."""
    for seed in range(count):
        random = Random(seed)
        lines = encode(_mrz(random, list(Layout)[seed % len(Layout)]))
        file = folder / f"page_{seed}.jpg"
        cv2.imwrite(str(file), _seen(random, lines), [cv2.IMWRITE_JPEG_QUALITY, 85])
        yield Labelled(file, "page", lines)


def _mrz(random: Random, layout: Layout) -> Mrz:
    number = "".join(random.choice(LETTERS) for _ in range(random.randint(0, 2)))
    state = random.choice(STATES)
    return Mrz(
        layout,
        document_code={"TD1": "I", "TD2": "I", "TD3": "P"}.get(layout, "V"),
        issuer=state,
        document_number=number + str(random.randint(10**6, 10**7 - 1)),
        nationality=state,
        birth_date=_date(random, 40, 99),
        sex=random.choice("MF<"),
        expiry_date=_date(random, 26, 36),
        primary_identifier=random.choice(NAMES),
        secondary_identifier=" ".join(random.sample(NAMES, random.randint(1, 2))),
    )


def _date(random: Random, first: int, last: int) -> str:
    day, month = random.randint(1, 28), random.randint(1, 12)
    return f"{random.randint(first, last):02}{month:02}{day:02}"


def _seen(random: Random, lines: tuple[str, ...]) -> Picture:
    """Return the zone at the foot of a page of 1600 x 1100, tilted, blurred, dim, noisy."""
    zone = print_lines(lines, random.uniform(14, 1400 / (len(lines[0]) + 3)))
    page = np.full((1000, 1500), 235, np.uint8)
    bottom, left = 990, (1500 - zone.shape[1]) // 2
    page[bottom - zone.shape[0] : bottom, left : left + zone.shape[1]] = zone
    corners = np.array([(0, 0), (1500, 0), (1500, 1000), (0, 1000)], np.float32)
    moved = [(x * 0.9 + 100 + _off(random), y * 0.9 + 60 + _off(random)) for x, y in corners]
    matrix = cv2.getPerspectiveTransform(corners, np.array(moved, np.float32))
    seen = cv2.warpPerspective(page, matrix, (1600, 1100), borderValue=random.randint(30, 150))
    seen = cv2.GaussianBlur(seen, (0, 0), random.uniform(0.3, 2.2))
    light = random.uniform(0.35, 1.0)
    noise = np.random.default_rng(random.randrange(2**32)).normal(0, 4, seen.shape)
    return np.asarray(np.clip(seen * light + noise, 0, 255), np.uint8)


def _off(random: Random) -> float:
    return random.uniform(-50, 50)
