"""Inputs again, nothing watched: `python -m tests.fuzz.replay TARGET FILE ...` says what is wrong.

How a find is looked into once fuzzing ended, and what the ordinary tests judge the kept corpus by.
"""

from pathlib import Path
import sys
import time
import traceback

from tests.fuzz.one import SLOW_S
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


def kept(name: str) -> list[Path]:
    """Return the kept inputs of a target."""
    return sorted((CORPUS / name).glob("*"))


def fault(name: str, data: bytes, most_s: float = SLOW_S) -> str:
    """Return what is wrong with an input: what was raised, or that it is slow; empty when nothing.

    An error's own words are left out, for they may be of the input.
    """
    began_s = time.process_time()
    try:
        TARGETS[name](data)
    except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {last.filename}:{last.lineno}"
    took_s = time.process_time() - began_s
    return f"slow: {took_s:.2f} s" if took_s > most_s else ""


def main() -> int:
    """Run the named files through the target; 1 when something is wrong with one."""
    name, *files = sys.argv[1:]
    TARGETS[name](b"")  # what is computed once is not an input's fault
    faults = {file: fault(name, Path(file).read_bytes()) for file in files}
    sys.stdout.writelines(f"{file}: {told}\n" for file, told in faults.items() if told)
    return int(any(faults.values()))


if __name__ == "__main__":
    sys.exit(main())
