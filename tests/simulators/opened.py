"""The open bench as a developer starts it: one command, its pages' addresses, and how it stops."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
from typing import Self
from uuid import uuid4

HOUSE = Path(__file__).parents[2]
MARK = "EGATE_TEST_MARK"  # inherited by whatever the command starts
STOPS_WITHIN_S = 60.0
LINE = re.compile(r"^  (\S.*?)  +(http://\S+)  +(?:key (\S+))?")
READY = "Ctrl-C stops all of it."


@dataclass(frozen=True, slots=True)
class Shown:
    """One page that the command names, and its key."""

    address: str
    key: str


class OpenedBench:
    """`python -m simulators demo --pages`, which is what `make demo PAGES=1` runs."""

    def __init__(self, *words: str) -> None:
        self.mark = uuid4().hex
        self.said: list[str] = []
        self.pages: dict[str, Shown] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulators", "demo", "--pages", *words],
            cwd=HOUSE,
            env={**os.environ, MARK: self.mark, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # a terminal of its own, as Ctrl-C has it
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait()

    @property
    def bench(self) -> str:
        return self.pages["The bench"].address

    def until(self, line: str) -> None:
        """Read what it says, up to this line."""
        assert self.process.stdout is not None
        for said in self.process.stdout:
            self.said.append(said.rstrip())
            named = LINE.match(said)
            if named:
                self.pages[named[1]] = Shown(named[2], named[3] or "")
            if line in said:
                return
        raise AssertionError(f"it ended before it said {line!r}: {self.said}")

    def stop(self, number: signal.Signals, *, whole_group: bool) -> int:
        """Stop it as a terminal does (the whole group hears it) or as `kill` does."""
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read().splitlines()
        return self.process.wait(STOPS_WITHIN_S)

    def left_over(self) -> Mapping[int, str]:
        """Return every process that it or one of its own has started, and that still runs."""
        return {
            int(entry.name): (entry / "cmdline").read_text().replace("\0", " ")
            for entry in Path("/proc").iterdir()
            if entry.name.isdecimal() and _has(entry, f"{MARK}={self.mark}")
        }


def _has(process: Path, variable: str) -> bool:
    try:
        return variable.encode() in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False  # it has gone, or is not ours
