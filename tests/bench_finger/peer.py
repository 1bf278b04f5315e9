"""pyfingerprint, unmodified, in a process of its own: steps come in, what it says goes out.

It blocks for half a minute where a sensor is mute, so it runs where it can be ended. Standard input
is one JSON list: the port, then each step as [name of its method, arguments...]. Each step's answer
is one line of JSON: [what it returned, or null; the error's type and words, or null; seconds].

Source: pyfingerprint 1.5 (PyPI, Bastian Raschke and others, D-FSL), used as it is.
"""

from collections.abc import Sequence
import json
import subprocess
import sys
import time
from typing import Any, NamedTuple

Step = Sequence[object]


class Said(NamedTuple):
    """What one step came to: `error` is empty where it returned."""

    value: Any
    error: str
    took_s: float


def asked(port: str, steps: Sequence[Step], within_s: float) -> list[Said]:
    """Have pyfingerprint take these steps; those it did not finish in time are not there.

    The time counts from when it has the line.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench_finger.peer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps([port, *steps]) + "\n")
    child.stdin.flush()
    began = child.stdout.readline()  # it has the line, or could not start
    try:
        told, wrong = child.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        child.kill()
        told, wrong = child.communicate()
    if not began:
        raise RuntimeError(wrong)
    return [Said(*json.loads(line)) for line in told.splitlines()]


def _take(sensor: object, step: list[Any]) -> Said:
    began_s = time.monotonic()
    value, error = None, ""
    try:
        value = getattr(sensor, step[0])(*step[1:])
    except Exception as raised:  # noqa: BLE001  # whatever it raises is what is to be shown
        error = f"{type(raised).__name__}: {raised}"
    return Said(value, error, time.monotonic() - began_s)


def _main() -> None:
    from pyfingerprint.pyfingerprint import PyFingerprint

    port, *steps = json.loads(sys.stdin.readline())
    sensor = PyFingerprint(port, 57600, 0xFFFFFFFF, 0)
    _tell("began")
    for step in steps:
        _tell(_take(sensor, step))


def _tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main()
