"""Our reader, as the vision host would call it."""

from collections.abc import Sequence
import time

from answer import answer  # type: ignore[import-not-found]  # beside this program
import cv2
import numpy as np

from egate.vision.mrz_network import load_network
from egate.vision.mrz_ocr import SecondOpinion, read_zone

cv2.setNumThreads(1)
NETWORK = load_network()


def read(name: str, second: SecondOpinion | None = None) -> Sequence[str]:
    """Return the lines; a trailing `?` line marks what we would not take for a record."""
    picture = cv2.imread(name)
    seen = read_zone(np.asarray(picture, np.uint8), NETWORK, clock=time.monotonic, second=second)
    return seen.lines if seen.is_record else (*seen.lines, "?")


if __name__ == "__main__":
    answer(read)
