"""Break a command off in order: Ctrl-C, the end of the terminal and `kill` interrupt it once.

The first of them raises KeyboardInterrupt where the work is; what comes after is ignored, so that
outputs are rested and the report is written. SIGQUIT still ends it at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
import sys
from threading import current_thread, main_thread
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupted_once() -> Iterator[None]:
    """Have the first of these signals interrupt, and no other one until the end of the block."""
    if current_thread() is not main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def nobody_reads() -> None:
    """Send what is still to be said nowhere: the terminal is gone, and each write would fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
