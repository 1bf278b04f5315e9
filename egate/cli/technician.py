"""The person at the terminal, for `egate selftest --interactive`: asked in words, answers by keys.

A question wants yes or no and Enter; a deed is seen on the lines, and no and Enter says that it
cannot be done. The line at the bottom counts down. Where a code has to be shown it is drawn here.
"""

from contextlib import ExitStack
import select
import sys
from time import monotonic
from typing import Final

import typer

from egate.cli.output import printable, show
from egate.cli.report_shown import Shown
from egate.permit.drawing import QUIET_MODULES, draw
from egate.selftest.catalogue import Catalogue
from egate.selftest.device_checks import TEST_CODE, TEST_PAGE
from egate.selftest.person import QUESTIONS, Wish

YES: Final = frozenset({"y", "yes", "c", "có", "co"})
NO: Final = frozenset({"n", "no", "k", "không", "khong"})


class Technician:
    """A Person whose answers are typed; `shown` is the progress that is taken away meanwhile."""

    def __init__(self, told: Catalogue, shown: Shown) -> None:
        self._told = told
        self._shown = shown
        self._wish: Wish | None = None
        self._ends_at_s = 0.0
        self._left_s = -1
        self._pause = ExitStack()
        self._is_over = False

    def ask(self, wish: Wish, part: str, within_s: float) -> None:
        self._pause.enter_context(self._shown.paused())
        self._wish, self._ends_at_s, self._left_s = wish, monotonic() + within_s, -1
        show("")
        if wish in (Wish.SHOW_CODE, Wish.HOLD_CODE):
            for line in drawn(TEST_CODE):
                show(line)
        if wish is Wish.LAY_PAGE:
            for line in TEST_PAGE:
                show(line)
        show(self._told.word(wish).format(part=self._told.device(part)))

    def answer(self) -> bool | None:
        self._count_down()
        while not self._is_over and select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            self._is_over = not line
            word = line.strip().lower()
            if word in YES | NO:
                return word in YES
        return False if self._is_over else None

    def thank(self) -> None:
        self._wish = None
        typer.echo("\r" + " " * 40 + "\r", nl=False)
        self._pause.close()

    def _count_down(self) -> None:
        left_s = max(0, round(self._ends_at_s - monotonic()))
        if left_s == self._left_s or self._wish is None:
            return
        self._left_s = left_s
        key = "yes_or_no" if self._wish in QUESTIONS else "cannot"
        typer.echo(f"\r{printable(self._told.word(key).format(left_s=left_s))} ", nl=False)


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
