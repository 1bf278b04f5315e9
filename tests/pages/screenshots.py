"""The pictures of the README, made from the pages that ship: `python -m tests.pages.screenshots`.

tests/pages/shown/traveller.png   the traveller's screen, a sign in each language, both ways up
tests/pages/shown/NAME.png        the other pages of a gate at work (tests/pages/at_work.py)
"""

from pathlib import Path
import sys

import cv2
import numpy as np

from tests.pages.at_work import pictures_of_work
from tests.pages.chromium import CHROMIUM, chromium
from tests.pages.traveller.kiosk import Kiosk

SHOWN = Path(__file__).parent / "shown"
UPRIGHT = (
    ("present_token", None, None),
    ("walk_in", "way_in", "zh"),
    ("look_here", "face", "lo"),
    ("walk_out", "way_out", "km"),
    ("wait_for_officer", None, "en"),
)
LYING = (("take_off_mask", "face", "vi"), ("step_back", None, "en"))
WIDTH, GAP = 1800, 12
FRAME = (208, 212, 216)

Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def main() -> int:
    """Make them; return the exit status."""
    if CHROMIUM is None:
        sys.stderr.write("screenshots: chromium is not installed (Debian: apt-get install)\n")
        return 1
    SHOWN.mkdir(exist_ok=True)
    with chromium() as browser:
        for file in pictures_of_work(browser, SHOWN):
            sys.stdout.write(f"screenshots: {file.relative_to(Path.cwd())}\n")
        rows = []
        for size, signs in (("portrait", UPRIGHT), ("landscape", LYING)):
            kiosk = Kiosk(browser, size)
            row = []
            for sign in signs:
                kiosk.tell(*sign)
                raw = np.frombuffer(kiosk.page.screenshot(), np.uint8)
                picture = cv2.imdecode(raw, cv2.IMREAD_COLOR)
                assert picture is not None
                row.append(np.asarray(picture, np.uint8))
            kiosk.close()
            rows.append(beside(row))
    sheet = np.vstack([np.vstack([row, gap(GAP, WIDTH)]) for row in rows])
    file = SHOWN / "traveller.png"
    cv2.imwrite(str(file), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    sys.stdout.write(f"screenshots: {file.relative_to(Path.cwd())}\n")
    return 0


def beside(pictures: list[Picture]) -> Picture:
    """Return the pictures in a row that is WIDTH wide, gaps between them."""
    each = (WIDTH - GAP * (len(pictures) - 1)) // len(pictures)
    height = round(pictures[0].shape[0] * each / pictures[0].shape[1])
    small = [cv2.resize(one, (each, height), None, 0, 0, cv2.INTER_AREA) for one in pictures]
    parts = [part for one in small for part in (one, gap(height, GAP))][:-1]
    row = np.hstack(parts)
    return np.asarray(
        cv2.copyMakeBorder(row, 0, 0, 0, WIDTH - row.shape[1], cv2.BORDER_CONSTANT, value=FRAME),
        np.uint8,
    )


def gap(height: int, width: int) -> Picture:
    """Return a piece of the frame."""
    return np.full((height, width, 3), FRAME, np.uint8)


if __name__ == "__main__":
    sys.exit(main())
