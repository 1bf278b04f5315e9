"""The corpus on the command line: `python -m tests.corpus [--pcscd] [WORD ...]`.

A row a case: the check that told, how many others follow from it, and what came of it. Words pick
the cases that have one of them in their name.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
import sys
import time

from rich.console import Console
from rich.table import Table

from egate.domain.check import Check
from simulators.private_pcscd import SOCKET_VARIABLE, PcscdNotPossible, PrivatePcscd
from tests.corpus.carried_out import Judged, deviations, in_process
from tests.corpus.case import Case
from tests.corpus.cases import CASES, TABLES

BY = "policy.toml"
COLUMNS = ("case", "check that told", "reason", "", "ruling", "trouble")
CHECKS = tuple(Check)
TELLING = ("failed", "inconclusive", "not_applicable", "not_done", "passed")


def main() -> int:
    """Carry the cases out; 0 when each is as its table has it, 1 when one is not."""
    words = _parser().parse_args()
    say = Console()
    try:
        with _way(through_pcscd=words.pcscd) as carry_out:
            return _carried_out(words.words, carry_out, say)
    except (PcscdNotPossible, ImportError) as why:
        say.print(f"NO PC/SC HERE: {why}", markup=False)
        return 1


def _carried_out(words: list[str], carry_out: Callable[[Case], Judged], say: Console) -> int:
    began_s, amiss = time.monotonic(), 0
    rulings: Counter[str] = Counter()
    for name, cases in TABLES.items():
        table = Table(*COLUMNS, title=name, title_justify="left", box=None)
        for case in (one for one in cases if _is_meant(one, words)):
            judged = carry_out(case)
            wrong = deviations(case, judged)
            amiss += bool(wrong)
            rulings[judged.rulings[BY]] += 1
            table.add_row(case.name, *_row(case, judged), style="bold red" if wrong else None)
            for line in wrong:
                table.add_row("", line, style="red")
        if table.row_count:
            say.print(table, "")
    took_s = time.monotonic() - began_s
    counted = ", ".join(f"{count} {ruling}" for ruling, count in rulings.most_common())
    say.print(f"{rulings.total()} of {len(CASES)} cases ({counted}), {amiss} amiss, {took_s:.1f} s")
    return 1 if amiss or not rulings else 0


def _row(case: Case, judged: Judged) -> tuple[str, ...]:
    """Return the check that told and its reason, how many follow, the ruling and the trouble."""
    odd = [(check, said) for check in case.odd if (said := judged.told.get(check)) is not None]
    odd.sort(key=lambda one: (TELLING.index(one[1][0]), CHECKS.index(one[0])))
    check, reason = (odd[0][0], odd[0][1][1]) if odd else ("", "")
    follow = f"+{len(odd) - 1}" if len(odd) > 1 else ""
    return check, reason, follow, judged.rulings[BY], judged.troubles[BY] or ""


def _is_meant(case: Case, words: list[str]) -> bool:
    return not words or any(word.lower() in case.name.lower() for word in words)


@contextmanager
def _way(*, through_pcscd: bool) -> Iterator[Callable[[Case], Judged]]:
    """Return how a case is carried out."""
    if not through_pcscd:
        yield in_process
        return
    pcscd = PrivatePcscd()
    os.environ[SOCKET_VARIABLE] = str(pcscd.socket)
    try:
        from tests.corpus.through_pcscd import TwoSlots

        slots = TwoSlots(pcscd)
        yield slots.carry_out
        slots.close()
    finally:
        pcscd.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--pcscd", action="store_true", help="through the real pcscd")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only cases with it in their name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
