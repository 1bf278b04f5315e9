"""One reading for a command, in a thread of its own that the command can leave behind.

A silent card holds `transmit` for as long as it likes (egate/ports/card_reader.py), and nothing in
this process can end that call, so the main thread only waits: for the reading, for its limit, or
for Ctrl-C. After the last two the thread may still hang in PC/SC, whose own tidying up waits for
the very same call. So such a process ends at once (`leave`); its socket closes with it, and pcscd
takes the reader back.

Source: research/hardware.md 1.3 (measured); DESIGN section 2 (native libraries are killed).
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
import os
import secrets
import sys
import threading
import time
from typing import Final, NoReturn, TextIO, TypeVar

from egate.cli.document_given import Given
from egate.document.file_reading import FileProgress
from egate.document.inspected import Inspected
from egate.document.reading_result import Plan, Progress, Reading, StepBegun
from egate.domain.check import Check
from egate.domain.chip_times import ChipTimes
from egate.loop.card_session import CardSession, Exchanged, SessionParts
from egate.ports.card_reader import Card, CardMute, CardReader
from egate.ports.errors import DeviceRefused
from egate.registry.trust import Loaded
from egate.wire.apdu import Command, Response
from egate.wire.apdu_trace import trace_line

GRACE_S: Final = 5.0  # for what goes on when the deadline passes: one command, and closing
CLEARED: Final = "\r\x1b[K"
UNREAD: Final = {
    "no_card": "no card came in time; lay the document on the reader and leave it there",
    "card_left": "the card was taken away before it was read; leave it there until the end",
    "card_mute": "a card is there and does not answer; turn it over, or clean its contacts",
    "card_garbled": "the card answers nonsense; lay it on again, and do not move it",
    "card_refused": "the card is held by another program, or is no chip card; close the program",
    "too_slow": "the card was not read in time; do not move it, or give it longer with --within",
}

T = TypeVar("T")


class StillSilent(Exception):
    """The work was not done within its limit, and cannot be ended."""


class NotRead(Exception):
    """No document was read; the text says why and what helps."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What is to be read, and how; `within_s` is for all of it, the wait for a card included.

    `reader` is a pattern of names.
    """

    given: Given
    trust: Loaded
    plan: Plan
    reader: str
    within_s: float


@dataclass(frozen=True, slots=True, repr=False)
class Came:
    """What came of a document that was read, and how it was reached."""

    inspected: Inspected
    reading: Reading
    times: ChipTimes
    is_contactless: bool
    has_extended_length: bool


class Steps:
    """Tells a person at a terminal what is going on, on one line that is written over."""

    def __init__(self, terminal: TextIO) -> None:
        self.last = "waiting for a card"
        self._terminal = terminal if terminal.isatty() else None

    def say(self, words: str) -> None:
        """Tell one thing in the place of the one before."""
        if self._terminal is not None:
            self._terminal.write(f"{CLEARED}{words}")
            self._terminal.flush()

    def notice(self, progress: Progress) -> None:
        """Tell the step of a reading."""
        match progress:
            case StepBegun(step=step):
                self.last = step
                self.say(step)
            case FileProgress(file=file, read_bytes=read, whole_bytes=whole):
                self.say(f"{file}: {read} of {whole} bytes")
            case _:
                pass

    def clear(self) -> None:
        """Leave an empty line."""
        self.say("")


class Attended:
    """A CardReader that keeps how the last card was reached, and tells when one will not talk."""

    def __init__(self, reader: CardReader, steps: Steps) -> None:
        self.is_contactless = self.has_extended_length = False
        self._reader = reader
        self._steps = steps

    def wait_for_card(self, timeout_s: float) -> bool:
        return self._reader.wait_for_card(timeout_s)

    def wait_for_removal(self, timeout_s: float) -> bool:
        return self._reader.wait_for_removal(timeout_s)

    def connect(self) -> Card:
        try:
            card = self._reader.connect()
        except (CardMute, DeviceRefused) as error:
            self._steps.say(f"{error.what.rstrip('.')}; take the card off, and lay it on again")
            raise
        self.is_contactless = card.is_contactless
        self.has_extended_length = card.has_extended_length
        return card

    def close(self) -> None:
        self._reader.close()


def examine(
    open_reader: Callable[[], CardReader], asked: Asked, steps: Steps, trace: TextIO | None
) -> Came:
    """Find out what there is to find out about the document on a reader.

    Raises:
        NotRead: none came, or none that could be read.
        DeviceLost: there is no such reader, or it is gone.
    """
    reader = Attended(open_reader(), steps)
    steps.say("lay the document on the reader")
    parts = SessionParts(
        store=asked.trust.store,
        clock=time.monotonic,
        utc_s=time.time,
        draw=secrets.token_bytes,
        plan=asked.plan,
        card_within_s=asked.within_s,
        exchanged=_exchanged(trace),
        noticed=steps.notice,
    )
    deadline_s = time.monotonic() + asked.within_s
    try:
        session = CardSession(reader, parts)
        found = session.inspect(asked.given.printed, asked.given.access, deadline_s)
    finally:
        reader.close()
    if found.reading is None:
        reason = found.inspected.told(Check.CHIP_WAS_READ_WHOLE).reason
        raise NotRead(UNREAD.get(reason, reason))
    kind = reader.is_contactless, reader.has_extended_length
    return Came(found.inspected, found.reading, found.times, *kind)


def _exchanged(trace: TextIO | None) -> Exchanged:
    """Return who writes each exchange into the trace, or nowhere."""
    numbers = count(1)

    def exchanged(command: Command, response: Response, seconds: float) -> None:
        if trace is not None:
            trace.write(trace_line(next(numbers), seconds, command, response) + "\n")

    return exchanged


def within(limit_s: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises, within a limit.

    Raises:
        StillSilent: it does neither; its thread goes on.
        KeyboardInterrupt: as soon as it comes; the thread goes on.
    """
    answer: Future[T] = Future()

    def carry_out() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised on in the thread that waits
            answer.set_exception(error)

    threading.Thread(target=carry_out, name="reading", daemon=True).start()
    try:
        return answer.result(limit_s)
    except TimeoutError:
        if answer.done():
            raise
        raise StillSilent from None


def leave(code: int) -> NoReturn:
    """End the process now, without waiting for a thread that hangs."""
    with suppress(OSError):  # whoever reads it may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
