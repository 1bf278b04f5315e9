"""The fingerprint sensor on the command line: `python -m tests.bench_finger`; nothing fails.

Every fault of tests/drivers/finger_bench.py at one moment, put to our driver and to pyfingerprint,
each on a sensor of its own at 57600 baud, and in what they differ; how many strangers look alike;
how long an upload with its comparison takes beside what the line takes. The sensor itself thinks in
no time, so what is over the line's time is ours, and the simulator's.
"""

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
import os
import platform
from random import Random
from typing import Final

from rich.console import Console
from rich.table import Table

from egate.domain.finger import TemplateFormat
from egate.wire.zfm import Op
from simulators.figures import percentile, table_of
from simulators.fingers import alike, captured
from tests.bench_finger.readings import (
    ANSWER_MS,
    BAUD,
    Outcome,
    line_ms,
    ours,
    peer_ms,
    peers,
    picture_bytes,
    picture_ms,
    single_bytes,
    single_ms,
    whole_bytes,
    whole_ms,
)
from tests.drivers.finger_bench import (
    ANSWER_S,
    FAULTS,
    IMPOSTOR,
    MOMENTS,
    PASSED,
    SIZE,
    Fault,
)
from tests.soak.fingers import POLICY

GOAL_MS: Final = 150.0  # for one upload with its comparison
WORDS: Final = 36
BLOCKED: Final = "blocked"
LONGER_S: Final = 1.0  # not worth a word


def main() -> int:
    """Measure and print."""
    words = _parser().parse_args()
    say = Console(soft_wrap=False)
    has_peer = find_spec("pyfingerprint") is not None
    if not has_peer:
        say.print("[bold red]pyfingerprint IS NOT INSTALLED: its columns are empty[/]")
    has_nbis = find_spec("nbis") is not None
    if not has_nbis:
        say.print("[bold red]nbis-py IS NOT INSTALLED: its row is empty[/]")
    moments = MOMENTS if words.moment == "all" else (Op[words.moment],)
    rows = [_as_here(fault) for fault in FAULTS if fault.moment in moments]
    peer = partial(peers, cap_s=words.cap) if has_peer else _nobody
    told = [(fault, ours(fault), peer(fault)) for fault in rows]
    say.print(fault_table(told))
    differ = Counter(difference(own, other) for _, own, other in told)
    alike = differ.pop("", 0)
    words_of = (f"{count} {word}" for word, count in differ.most_common())
    say.print(f"of {len(told)} faults pyfingerprint {', '.join(words_of)}; {alike} as the driver")
    say.print(strangers(words.pairs))
    say.print("an impostor's finger lies there in the row of the recorded score, and after it too")
    rows_of_times = (
        (f"driver, one template (goal {GOAL_MS:g})", single_bytes(), single_ms(words.runs)),
        ("driver, template and decoy", whole_bytes(), whole_ms(words.runs)),
        ("pyfingerprint, one template", 0, peer_ms(words.runs) if has_peer else []),
        ("driver, picture, compared here", picture_bytes(), picture_ms(3) if has_nbis else []),
    )
    say.print(time_table(rows_of_times))
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    say.print(
        f"{BAUD} baud, answers within {ANSWER_MS} ms; pyfingerprint ended after {words.cap:g} s"
    )
    say.print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {loads}: others' work counts too"
    )
    return 0


def fault_table(rows: Iterable[tuple[Fault, Outcome, Outcome]]) -> Table:
    """Return every fault beside what both said."""
    table = table_of(
        "What is wrong with an answer",
        "fault",
        "driver",
        "s",
        "then",
        "pyfingerprint",
        "s",
        "then",
        "difference",
    )
    for column in (1, 3, 4, 6, 7):
        table.columns[column].justify = "left"
    for fault, own, peer in rows:
        name = f"{fault}" + (", an impostor" if fault.finger == IMPOSTOR else "")
        table.add_row(name, *_cells(own), *_cells(peer), difference(own, peer))
    return table


def difference(own: Outcome, peer: Outcome) -> str:
    """Return in what pyfingerprint differs, the worst first; empty where in nothing that counts.

    >>> difference(Outcome("DeviceGarbled", 0.1, PASSED), Outcome(PASSED, 0.1, "score 200"))
    'believes it'
    >>> difference(Outcome(PASSED, 0.1, PASSED), Outcome("Exception: ...", 0.1, PASSED))
    'takes it for an error'
    """
    if not peer.said:
        return ""
    is_lost, answers = own.said == "DeviceLost", _is_answer(peer.said)
    rows = (
        (own.said.startswith("Device") and answers and not is_lost, "believes it"),
        (is_lost and answers, "waits for it"),
        (peer.said == BLOCKED, "never ends"),
        (_is_answer(own.said) and not _is_answer(peer.said), "takes it for an error"),
        (not _is_answer(peer.after), "is of no use afterwards"),
        (peer.took_s > own.took_s + LONGER_S, f"{peer.took_s - own.took_s:.0f} s longer"),
    )
    return next((word for holds, word in rows if holds), "")


def _is_answer(said: str) -> bool:
    return said == PASSED or said.startswith("score ")


def time_table(rows: Iterable[tuple[str, int, list[float]]]) -> Table:
    """Return times in ms beside those of the line, where the bytes on it are known."""
    table = table_of("Upload and comparison, ms", "what", "bytes", "line", "median", "p95", "over")
    for what, count, taken in rows:
        if not taken:
            continue
        median, line = percentile(taken, 0.5), line_ms(count)
        known = (f"{count}", f"{line:.1f}") if count else ("", "")
        over = f"{median - line:.1f}" if count else ""
        table.add_row(what, *known, f"{median:.1f}", f"{percentile(taken, 0.95):.1f}", over)
    return table


def strangers(pairs: int) -> str:
    """Say how many of so many made-up strangers' captures reached the policy's threshold."""
    draw, accept_at = Random(1), POLICY.finger_accept_at[TemplateFormat.ZFM]
    scores = [
        alike(captured(2 * one, draw, SIZE), captured(2 * one + 1, draw, SIZE))
        for one in range(pairs)
    ]
    reached = sum(score >= accept_at for score in scores)
    bound = 3 / pairs  # the rule of three, where none did
    return (
        f"{reached} of {pairs:,} pairs of made-up strangers scored {accept_at} or more, the most "
        f"alike {max(scores)}; none seen means below {bound:.1g} with 95 % confidence"
    )


def _as_here(fault: Fault) -> Fault:
    """Return the row for the answers of a gate, which may come later than a test's."""
    slow = fault.line.get("slow_s", 0.0) > ANSWER_S
    return replace(fault, line={"slow_s": ANSWER_MS / 1000 + 0.2}) if slow else fault


def _nobody(_: Fault) -> Outcome:
    return Outcome("", 0.0, "")


def _cells(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.said[:WORDS], f"{outcome.took_s:.2f}", outcome.after[:WORDS]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_finger", description=__doc__)
    names = [*(moment.name for moment in MOMENTS), "all"]
    parser.add_argument("--moment", choices=names, default=Op.MATCH.name, help="whose answer")
    parser.add_argument("--cap", type=float, default=30.0, help="seconds that pyfingerprint has")
    parser.add_argument("--pairs", type=int, default=40_000, help="strangers that are compared")
    parser.add_argument("--runs", type=int, default=20, help="comparisons that are timed")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
