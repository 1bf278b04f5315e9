"""RapidOCR's general text reader over the whole page, with the weights in its wheel."""

from collections.abc import Sequence

from answer import answer, zone_of  # type: ignore[import-not-found]  # beside this program
from rapidocr_onnxruntime import (  # type: ignore[import-not-found]  # in no environment of ours
    RapidOCR,
)

ENGINE = RapidOCR(intra_op_num_threads=1)


def read(name: str) -> Sequence[str]:
    """Return the lines that look like a zone's."""
    found, _ = ENGINE(name)
    return list(zone_of("\n".join(text for _, text, _ in found or ())))


if __name__ == "__main__":
    answer(read)
