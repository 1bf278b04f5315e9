"""PassportEye as shipped: its own locator, tesseract with the language it comes with."""

from collections.abc import Sequence

from answer import answer  # type: ignore[import-not-found]  # beside this program
from passporteye import read_mrz  # type: ignore[import-not-found]  # in no environment of ours


def read(name: str) -> Sequence[str]:
    """Return the lines of the zone it found."""
    zone = read_mrz(name)
    return [] if zone is None else str(zone.aux["text"]).replace(" ", "").split("\n")


if __name__ == "__main__":
    answer(read)
