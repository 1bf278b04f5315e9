"""`make faults`: every fault of the simulators, and what the self-test says of it.

    python -m tests.faults             every single fault, with a person and alone; pairs
    python -m tests.faults --quick     what the test suite runs: nothing a second time
    python -m tests.faults --whole     every check of every device in each run, minutes
    python -m tests.faults --profile NAME    nothing broken, with the devices of a shipped profile

Exits 1 when a fault was told as another one, or not at all.
"""

import argparse
import json
import os
import sys
import time

os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

from tests.faults.bench import suit_the_bench  # what is set above must be set first
from tests.faults.proof import Told, as_json, cases, tell, tell_all, walked


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.faults")
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--whole", action="store_true")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--case", default="")
    asked.add_argument("--like", default="", help="only cases whose name holds this")
    asked.add_argument("--profile", default="", help="walk this one, with nothing broken")
    given = asked.parse_args()
    suit_the_bench()
    if given.profile:
        return walk(given.profile)
    began_s = time.monotonic()
    todo = [case for case in cases(quick=given.quick) if given.like in case.name]
    if given.case:
        told = [tell(case, whole=given.whole) for case in todo if case.name == given.case]
    else:
        told = list(tell_all(todo, whole=given.whole))
    if given.json:
        sys.stdout.write(as_json(told))
    else:
        right = sum(one.is_right for one in told)
        again = sum(one.again for one in told)
        lines = [line for one in told for line in _lines(one)]
        took_s = time.monotonic() - began_s
        lines.append(f"{len(told)} cases, {right} told right, {again} not at once, {took_s:.0f} s")
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if any(not one.is_right for one in told) else 0


def walk(name: str) -> int:
    """Write what a bench like a shipped profile says, nothing broken: id, outcome, reason."""
    told = walked(name)
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if any(outcome in {"failed", "not_done"} for _, outcome, _ in told) else 0


def _lines(told: Told) -> list[str]:
    mark = "ok " if told.is_right else "BAD"
    lines = [f"{mark} {told.name}"]
    if not told.failed:
        lines.append("      nothing shows it" if not told.wanted else "      NOT FOUND")
    for (check, reason), (device, finding, cure) in zip(told.failed, told.lines, strict=False):
        lines.append(f"      {check} {reason} [{device}]: {finding}; {cure}")
    if not told.is_right:
        lines.append(f"      wanted {told.wanted}, not done {told.not_done}, {told.failed}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
