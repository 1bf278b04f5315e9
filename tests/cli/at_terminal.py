"""A technician at a real terminal: a pseudo-terminal, a child process, and hands at the bench.

What the child asks is read from its screen, in words; what is asked for is done at the bench, and
answers are typed. Standard output may be a file, as `egate selftest --json > report.json` has it.
"""

from collections.abc import Callable, Mapping
from itertools import product
import os
from pathlib import Path
import select
import subprocess
import sys
import time
from typing import Final, Self

from egate.domain.lane_part import Input
from egate.selftest.catalogue import DEVICES, Catalogue, read_catalogue
from egate.selftest.person import QUESTIONS, Wish
from tests.faults.bench import FaultBench
from tests.faults.person import Technician

HOUSE: Final = Path(__file__).parent.parent.parent
WITHIN_S: Final = 60.0
# A session of its own has no terminal yet: it takes the one that it reads, then becomes egate.
OWN_TERMINAL: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
Asked = tuple[Wish, str]
Act = Callable[["Terminal"], object]


def prompts(told: Catalogue) -> dict[str, Asked]:
    """Return every question there can be, by its words."""
    parts = (*told.tables[DEVICES], Input.EMERGENCY_CLEAR)  # the last: what no part is named in
    return {
        told.word(wish).format(part=told.device(part)): (wish, str(part))
        for wish, part in product(Wish, parts)
    }


class Terminal:
    """A pseudo-terminal with `egate selftest --interactive` at its other end."""

    def __init__(self, bench: FaultBench, *words: str, lang: str = "en") -> None:
        self._hand = Technician(bench)
        self._prompts = prompts(read_catalogue(lang))
        self.screen = ""
        self._seen = 0
        self.out = bench.folder / "out.txt"
        self.master, slave = os.openpty()
        command = [
            *("-m", "egate", "selftest", "--interactive", "--lang", lang),
            *("--profile", str(bench.bench.profile), "--data", str(bench.folder), *words),
        ]
        with self.out.open("w") as out:
            self.child = subprocess.Popen(
                [sys.executable, "-c", OWN_TERMINAL, *command],
                cwd=HOUSE, stdin=slave, stdout=out, stderr=slave, start_new_session=True,
                env={**os.environ, "TERM": "xterm", "COLUMNS": "160"},
            )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def close(self) -> None:
        """Close the terminal's window; repeatable."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def type(self, keys: str) -> None:
        """Type these keys."""
        os.write(self.master, keys.encode())

    def asked(self) -> Asked | None:
        """Return the next question on the screen, None when the child has ended without one."""
        deadline_s = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline_s:
            for line_end in range(self._seen, len(self.screen)):
                if self.screen[line_end] != "\n":
                    continue
                line = self.screen[self._seen : line_end].rpartition("\r")[2] or self.screen[
                    self._seen : line_end
                ].strip("\r")
                self._seen = line_end + 1
                if line.strip() in self._prompts:
                    return self._prompts[line.strip()]
            if not self._hears():
                return None
        raise AssertionError(f"no question within {WITHIN_S} s:\n{self.screen[-2000:]}")

    def shows(self, text: str) -> None:
        """Wait until this stands on the screen behind the last question."""
        deadline_s = time.monotonic() + WITHIN_S
        while text not in self.screen[self._seen :]:
            is_going_on = time.monotonic() < deadline_s and self._hears()
            assert is_going_on, self.screen[-2000:]

    def do(self, asked: Asked) -> None:
        """Do what is asked, or look and answer truthfully."""
        wish, part = asked
        self._hand.ask(wish, part, WITHIN_S)
        if wish not in QUESTIONS:
            return
        while (sees := self._hand.answer()) is None:
            time_to_look()
        self.type("y\n" if sees else "n\n")

    def attend(self, otherwise: Mapping[Wish, Act] | None = None) -> int:
        """Answer everything, some of it otherwise than truthfully; return the exit code."""
        acts = otherwise or {}
        while (asked := self.asked()) is not None:
            if asked[0] in acts:
                acts[asked[0]](self)
            else:
                self.do(asked)
        return self.ended()

    def ended(self) -> int:
        """Return the exit code once the child has ended."""
        return self.child.wait(WITHIN_S)

    def _hears(self) -> bool:
        """Take in what the child wrote; False when it has ended and said all."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return self.child.poll() is None
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False  # nobody holds the other end any more
        self.screen += data.decode(errors="replace")
        return bool(data)


def time_to_look() -> None:
    """Wait a moment: a hand's eyes look again and again."""
    select.select([], [], [], 0.05)
