"""Fuzzing on the command line: `python -m tests.fuzz [--target NAME] [--seconds N]`, `make fuzz`.

    for each target     a process of its own, N seconds, bounded in time and memory
    afterwards          finds are run again unwatched; what is none after all is dropped
    then                the kept corpus is made anew: the fewest, smallest inputs (libFuzzer's
                        -merge) that go every way the kept ones and the new ones go

Finds stay in .bench/fuzz/TARGET/finds; `python -m tests.fuzz.replay TARGET FILE` repeats one. A
find that was mended becomes an ordinary test: the corpus keeps ways through the code, not finds.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
import re
import shutil
import subprocess
import sys
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.fuzz.replay import CORPUS
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

HOUSE: Final = Path(__file__).parent.parent.parent
WORK: Final = HOUSE / ".bench" / "fuzz"
MOST_BYTES: Final = 65_536  # of a kept input
ONE_INPUT_S: Final = 5
MEMORY_MB: Final = 1024
AFTERWARDS_S: Final = 120.0  # to load, to merge, to replay
GENTLY: Final = ("nice", "-n", "10", sys.executable, "-m")
COVERAGE: Final = re.compile(r"^#\d+\s+(INITED|\w+)\s+cov: (\d+)", re.MULTILINE)
UNITS: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one target."""

    target: str
    executions: int
    per_second: float
    coverage: int
    new_coverage: int
    kept: int
    kept_bytes: int
    finds: tuple[Path, ...]


def main() -> int:
    """Fuzz every target, or the one named; 1 when there is a find."""
    words = _parser().parse_args()
    say = Console()
    names = [words.target] if words.target else list(TARGETS)
    told = []
    for name in names:
        say.print(f"fuzzing {name}", highlight=False)
        told.append(fuzz(name, words.seconds))
    say.print(_table(told))
    for find in (find for one in told for find in one.finds):
        say.print(f"find: {find}", highlight=False, soft_wrap=True)
    return int(any(one.finds for one in told))


def fuzz(name: str, seconds: int) -> Told:
    """Fuzz one target, keep what went new ways, and tell."""
    work, finds, kept = WORK / name / "work", WORK / name / "finds", CORPUS / name
    for folder in (work, finds, kept):
        folder.mkdir(parents=True, exist_ok=True)
    _plant(name, work)
    limits = (
        f"-max_len={TARGETS[name].max_len}",
        f"-timeout={ONE_INPUT_S}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={finds}/",
    )
    asked = (f"-max_total_time={seconds}", "-print_final_stats=1", str(work), str(kept))
    said = _carry_out(name, finds, *limits, *asked, within_s=seconds + AFTERWARDS_S)
    _minimise(name, finds, limits)
    seen = [int(found[2]) for found in COVERAGE.finditer(said)] or [0]
    units = UNITS.search(said)
    executions = int(units[1]) if units else 0
    files = list(kept.iterdir())
    return Told(
        target=name,
        executions=executions,
        per_second=executions / seconds,
        coverage=seen[-1],
        new_coverage=seen[-1] - seen[0],
        kept=len(files),
        kept_bytes=sum(file.stat().st_size for file in files),
        finds=tuple(_confirmed(name, finds)),
    )


def _plant(name: str, folder: Path) -> None:
    """Give the fuzzer what the simulators make; what of it is kept is for the merge to say."""
    for seed in SEEDS[name]():
        (folder / sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)


def _minimise(name: str, finds: Path, limits: tuple[str, ...]) -> None:
    """Make the kept corpus anew from what is kept and what was found; by ways, not by counts."""
    kept, fresh = CORPUS / name, WORK / name / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    folders = (str(fresh), str(kept), str(WORK / name / "work"))
    merge = ("-merge=1", "-use_counters=0", *limits, *folders)
    _carry_out(name, finds, *merge, within_s=AFTERWARDS_S)
    if any(fresh.iterdir()):
        shutil.rmtree(kept)
        kept.mkdir()
        for file in fresh.iterdir():
            if file.stat().st_size <= MOST_BYTES:
                shutil.move(file, kept / file.name)


def _carry_out(name: str, finds: Path, *words: str, within_s: float) -> str:
    """Run the target's process; return what libFuzzer said."""
    ran = subprocess.run(
        [*GENTLY, "tests.fuzz.one", name, str(finds), *words],
        cwd=HOUSE,
        capture_output=True,
        timeout=within_s,
        check=False,
    )
    said = ran.stderr.decode(errors="replace")
    (WORK / name / "said.txt").write_text(said)
    if "INITED" not in said and "MERGE" not in said:
        raise SystemExit(f"{name} did not begin:\n{said[-2000:]}")
    return said


def _confirmed(name: str, finds: Path) -> Iterator[Path]:
    """Give the finds that are finds when nothing is watched; drop the others."""
    for find in sorted(file for file in finds.iterdir() if file.suffix != ".txt"):
        again = [*GENTLY, "tests.fuzz.replay", name, str(find)]
        try:
            ran = subprocess.run(
                again, cwd=HOUSE, capture_output=True, timeout=AFTERWARDS_S, check=False
            )
            is_find = ran.returncode != 0
        except subprocess.TimeoutExpired:
            is_find = True
        if is_find:
            yield find
        else:
            find.unlink()
            find.with_name(f"{find.name}.txt").unlink(missing_ok=True)


def _table(told: list[Told]) -> Table:
    table = Table(title="fuzzed")
    table.add_column("target")
    heads = ("executions", "a second", "ways", "new ways", "kept", "bytes", "finds")
    for head in heads:
        table.add_column(head, justify="right")
    for one in told:
        table.add_row(
            one.target,
            str(one.executions),
            f"{one.per_second:.0f}",
            str(one.coverage),
            str(one.new_coverage),
            str(one.kept),
            str(one.kept_bytes),
            str(len(one.finds)),
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--target", choices=list(TARGETS))
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    return parser


if __name__ == "__main__":
    sys.exit(main())
