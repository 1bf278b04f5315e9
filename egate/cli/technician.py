"""The person at the terminal, for `egate selftest --interactive`: asked in words, answers by keys.

    question    y or n, then Enter; any other word shows the keys again
    deed        seen on the lines by itself; Enter says that it is done, n and Enter that it
                cannot be done here
    Ctrl-D, or a terminal that is closed: nobody is there any more

What was typed before a question stood there is no answer to it. The line at the bottom counts
down. Where a code has to be shown it is drawn here, in black and white on any ground. All of it is
written on standard error, as the progress is: standard output is the report's alone.
"""

from contextlib import ExitStack
import os
import select
import sys
import termios
from time import monotonic
from typing import Final
import unicodedata

import typer

from egate.cli.output import printable
from egate.cli.report_shown import Shown
from egate.permit.drawing import QUIET_MODULES, draw
from egate.selftest.catalogue import Catalogue
from egate.selftest.device_checks import TEST_CODE, TEST_PAGE
from egate.selftest.person import QUESTIONS, PersonLeft, Wish

YES: Final = frozenset({"y", "yes", "c", "có", "co"})
NO: Final = frozenset({"n", "no", "k", "không", "khong"})
DONE: Final = YES | {""}
CODES: Final = frozenset({Wish.SHOW_CODE, Wish.HOLD_CODE})
LONGEST: Final = 1024  # of a line; what a terminal hands over at most is 4096


class Technician:
    """A Person whose answers are typed; `shown` is the progress that is taken away meanwhile."""

    def __init__(self, told: Catalogue, shown: Shown) -> None:
        self._told = told
        self._shown = shown
        self._wish: Wish | None = None
        self._ends_at_s = 0.0
        self._left_s = -1
        self._typed = b""
        self._pause = ExitStack()
        self._is_over = False

    def ask(self, wish: Wish, part: str, within_s: float) -> None:
        self._pause.enter_context(self._shown.paused())
        self._wish, self._ends_at_s, self._left_s = wish, monotonic() + within_s, -1
        self._forget_what_was_typed()
        self._say("")
        if wish in CODES:
            for line in drawn(TEST_CODE):
                self._say(line, is_code=True)
        if wish is Wish.LAY_PAGE:
            for line in TEST_PAGE:
                self._say(line)
        self._say(self._told.word(wish).format(part=self._told.device(part)))

    def answer(self) -> bool | None:
        self._count_down()
        while (word := self._word()) is not None:
            if word in NO:
                return False
            if word in (YES if self._wish in QUESTIONS else DONE):
                return True
            self._left_s = -1  # show the keys again
        return None

    def thank(self) -> None:
        self._wish = None
        try:
            self._write("\r" + " " * 60 + "\r")
        except PersonLeft:
            self._is_over = True  # whoever asks next hears of it
        pause = self._pause.pop_all()
        if not self._is_over:
            pause.close()

    def leave(self) -> None:
        """Say nothing more; whatever is asked from now on, nobody is there."""
        self._is_over = True

    def _word(self) -> str | None:
        """Return the next line that was typed, None when there is none yet."""
        while b"\n" not in self._typed:
            if not select.select([sys.stdin], [], [], 0)[0]:
                return None
            try:
                typed = os.read(sys.stdin.fileno(), LONGEST)
            except OSError:
                typed = b""  # the terminal is gone
            if not typed:
                self._is_over = True
                raise PersonLeft
            self._typed = (self._typed + typed)[-LONGEST:]
        line, _, self._typed = self._typed.partition(b"\n")
        return unicodedata.normalize("NFC", line.decode(errors="replace")).strip().lower()

    def _forget_what_was_typed(self) -> None:
        self._typed = b""
        try:
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        except (termios.error, OSError):
            self._is_over = True

    def _count_down(self) -> None:
        left_s = max(0, round(self._ends_at_s - monotonic()))
        if left_s == self._left_s or self._wish is None:
            return
        self._left_s = left_s
        key = "yes_or_no" if self._wish in QUESTIONS else "cannot"
        self._write(f"\r{printable(self._told.word(key).format(left_s=left_s))} ")

    def _say(self, text: str, *, is_code: bool = False) -> None:
        line = printable(text)
        black, white = typer.colors.BLACK, typer.colors.BRIGHT_WHITE
        self._write((typer.style(line, fg=white, bg=black) if is_code else line) + "\n")

    def _write(self, text: str) -> None:
        """Write for the person; raise PersonLeft where nobody is there to read."""
        if self._is_over:
            raise PersonLeft
        try:
            typer.echo(text, nl=False, err=True)
        except OSError:
            self._is_over = True
            raise PersonLeft from None


def drawn(text: str) -> tuple[str, ...]:
    """Return a code as lines of half blocks, dark on a light ground, with its quiet zone."""
    rows = draw(text).rows
    blank = (False,) * (len(rows) + 2 * QUIET_MODULES)
    margin = (False,) * QUIET_MODULES
    padded = [blank] * QUIET_MODULES
    padded += [margin + row + margin for row in rows]
    padded += [blank] * (QUIET_MODULES + len(rows) % 2)
    marks = {(False, False): "█", (True, False): "▄", (False, True): "▀", (True, True): " "}
    return tuple(
        "".join(marks[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(padded[::2], padded[1::2], strict=False)
    )
