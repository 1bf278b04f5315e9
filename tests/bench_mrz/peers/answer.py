"""What every reader's program does: ask for each file named on standard input, and time it.

Nothing but the standard library: it runs in the environments of the peers, too.
"""

from collections.abc import Callable, Sequence
import json
import re
import resource
import sys
import time

WIDTHS = (30, 36, 44)


def answer(read: Callable[[str], Sequence[str]]) -> None:
    """Answer for each file; what a reader raises is a picture it does not read, and is told."""
    for name in sys.stdin.read().splitlines():
        began_s, cpu_s, raised = time.perf_counter(), _cpu_s(), ""
        try:
            lines = list(read(name))
        except Exception as error:  # noqa: BLE001  # a peer may raise anything, and is measured on
            lines, raised = [], type(error).__name__
        took_ms = (time.perf_counter() - began_s) * 1000
        cost_ms = (_cpu_s() - cpu_s) * 1000
        _say({"lines": lines, "ms": took_ms, "cpu_ms": cost_ms, "raised": raised})
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    _say({"peak_mb": (own + children) / 1024})


def _cpu_s() -> float:
    """Return processor time of this process and of those it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def zone_of(text: str) -> list[str]:
    """Return the last lines of a text that look like a zone's: long, and of its characters.

    The rule is kind to the peer: spaces go, capitals come, a line may lack a few characters.
    """
    lines = [re.sub(r"\s", "", line.upper()).replace("«", "<<") for line in text.splitlines()]
    alike = [line for line in lines if len(line) >= 26 and re.fullmatch(r"[A-Z0-9<]+", line)]
    return alike[-3:] if alike and len(alike[-1]) <= 33 else alike[-2:]
